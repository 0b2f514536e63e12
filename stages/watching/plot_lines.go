package watching

import (
	"errors"
	"fmt"
	"math"
	"time"

	"mtpipe/internal/times"
	"mtpipe/value"
)

// curve is the points of one line of --kind lines, in the order in which they came; NaN is a gap.
type curve struct {
	name   string
	xs, ys []float64
}

const curveSize = 250 // of a line without its points, and its place in a map

// curves is a chart of lines.
type curves struct {
	a     *plotArgs
	all   []*curve
	named map[string]*curve
	count int  // of values
	timed bool // x is a time, in seconds since 1970
}

const (
	curveLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	usualHeight  = 13
)

var (
	errNoX       = errors.New("null is no place on the x axis")
	errTimeAndX  = errors.New("has a time for x, and those before have numbers")
	errXAndTimes = errors.New("has a number for x, and those before have times")
	errCurves    = fmt.Errorf("draws at most %d lines", len(curveLetters))
)

// rows returns how many rows lines have.
func (a *plotArgs) rows() int {
	if a.Height == 0 {
		return usualHeight
	}
	return a.Height
}

func (c *curves) snapshot() chart {
	s := &curves{a: c.a, count: c.count, timed: c.timed}
	for _, line := range c.all {
		one := *line
		s.all = append(s.all, &one)
	}
	return s
}

// take adds the points of v, all of them or none.
func (c *curves) take(v value.Value) (kept int, err error) {
	a := c.a
	x, first, timed, err := a.across(v, c.count+1)
	if err == nil {
		err = c.goesWith(timed)
	}
	if err != nil {
		return 0, err
	}
	names, ys, err := a.heights(v, first)
	if err != nil {
		return 0, err
	}
	c.timed = timed
	c.count++
	for i, name := range names {
		kept += c.add(name, x, ys[i])
	}
	return kept, nil
}

// goesWith returns what is wrong with an x that is a time, or none, after those before it.
func (c *curves) goesWith(timed bool) error {
	switch {
	case c.count > 0 && timed && !c.timed:
		return errTimeAndX
	case c.count > 0 && !timed && c.timed:
		return errXAndTimes
	}
	return nil
}

// add adds a point to the curve with this name, and returns how much is kept of it.
func (c *curves) add(name string, x, y float64) (kept int) {
	to := c.named[name]
	if to == nil {
		to = &curve{name: name}
		c.named[name], c.all = to, append(c.all, to)
		kept = curveSize + len(name)
	}
	to.xs, to.ys = append(to.xs, x), append(to.ys, y)
	return kept + 2*numberSize
}

// across returns where v is on the x axis: by --label, by its first field when it has others, which
// is not that of --by, and otherwise by its place, which is n. First is the number of its fields that are no y.
func (a *plotArgs) across(v value.Value, n int) (x float64, first int, timed bool, err error) {
	of := v
	switch {
	case a.Label.IsSet():
		if of, err = a.Label.Of(v); err != nil {
			return 0, 0, false, err
		}
	case v.Kind() == value.KindRecord && v.AsRecord().Len() > 1:
		if by, ok := a.By.Field(); ok && v.AsRecord().Shape().Names()[0] == by {
			first = 1
		}
		of, first = v.AsRecord().At(first), first+1
	default:
		return float64(n), 0, false, nil
	}
	if of.IsNull() {
		return 0, 0, false, errNoX
	}
	if _, ok := of.Numeric(); ok {
		x, err = sizeOf(of)
		return x, first, false, err
	}
	t, err := times.Of(of)
	if err != nil {
		return 0, 0, false, err
	}
	return float64(t.Unix()) + float64(t.Nanosecond())/1e9, first, true, nil
}

// heights returns the numbers to draw of v, NaN for null, and the names of their curves. Without
// EXPR and --by they are all fields of a record from first on that --label is not.
func (a *plotArgs) heights(v value.Value, first int) (names []string, ys []float64, err error) {
	if a.Of.IsSet() || a.By.IsSet() || v.Kind() != value.KindRecord {
		y, err := a.size(v)
		if err != nil {
			return nil, nil, err
		}
		name, err := a.series(v)
		return []string{name}, []float64{y}, err
	}
	r := v.AsRecord()
	label, _ := a.Label.Field()
	for i := first; i < r.Len(); i++ {
		name, y := r.Shape().Names()[i], math.NaN()
		if a.Label.IsSet() && name == label {
			continue
		}
		if n := r.At(i); !n.IsNull() {
			if y, err = sizeOf(n); err != nil {
				return nil, nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		names, ys = append(names, visible(name)), append(ys, y)
	}
	if len(names) == 0 {
		return nil, nil, errNoNumber
	}
	return names, ys, nil
}

// span is the numbers that an axis has.
type span struct{ low, high float64 }

// spans returns what the axes reach over; ok is false when there is no point.
func (c *curves) spans() (x, y span, ok bool) {
	x, y = span{math.Inf(1), math.Inf(-1)}, span{math.Inf(1), math.Inf(-1)}
	for _, one := range c.all {
		for i, at := range one.ys {
			if !math.IsNaN(at) {
				y.low, y.high = min(y.low, at), max(y.high, at)
				x.low, x.high = min(x.low, one.xs[i]), max(x.high, one.xs[i])
				ok = true
			}
		}
	}
	return x, y, ok
}

// of returns where x is on the axis, from 0 to 1.
func (s span) of(x float64) float64 { return share(x, s.low, s.high) }

// at returns the number at part i of n of the axis.
func (s span) at(i, n int) float64 {
	part := float64(i) / float64(n)
	return s.low*(1-part) + s.high*part
}

// text returns the number at part i of n as the axis has it written.
func (s span) text(i, n int, timed bool) string {
	x := s.at(i, n)
	if !timed {
		return rounded(x, s.high/float64(n)-s.low/float64(n))
	}
	whole, rest := math.Modf(x)
	t := time.Unix(int64(whole), int64(rest*1e9)).UTC()
	switch d := s.high - s.low; {
	case d >= 4*24*3600 || d == 0 && t.Equal(t.Truncate(24*time.Hour)):
		return t.Format("2006-01-02")
	case d >= 600 || d == 0:
		return t.Format("01-02 15:04")
	case d >= 10:
		return t.Format("15:04:05")
	}
	return t.Format("15:04:05.000")
}
