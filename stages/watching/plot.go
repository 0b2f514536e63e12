package watching

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/mattn/go-runewidth"

	"mtpipe/pipeline"
	"mtpipe/value"
)

func plotStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "plot",
		Safe:  true,
		Short: "Puts lines of text that are a bar chart of its input",
		Trait: pipeline.Global | pipeline.Retains | pipeline.Previews,
		Long: `The values themselves are not passed on. Each becomes a line: a label, the number and a
bar. Without EXPR, the number of a record is its last field that is one, and the label is
made of the other fields; a value that is no record is a number itself. So it draws what
count_by and hist put. Bars of negative numbers go to the left. Nulls have no bar. The chart
is as wide as the terminal, or 80 columns where there is none. Keeps all lines in memory; when
they take more than the stage's share of --max-memory, it fails.

--kind histogram draws bars of how many numbers fall into each of --bins ranges of one width,
as hist has them. --kind spark puts one line ▁▂▃▄▅▆▇█ from the smallest number to the largest,
a column for each number, or for the mean of several when there are more than columns; a null
is a blank. With --by it is one line for each value of EXPR, all to one scale. These two keep
the numbers alone.

--kind lines draws lines through points, in the order in which they come. The x of a record is
--label, or its first field but that of --by: a number, or a time, which is written in UTC. Its y is EXPR; without
it, each of its other fields is a line, but with --by, its last field that is a number. A value
that is no record has its place for x. A null y is a gap. Several lines are drawn with letters,
and with * where they meet; below them stands which is which.

--kind heat shows where many points are: x and y as of lines, but that a record has one y, EXPR or its last
field that is a number; ░▒▓█ say how many points fall into a cell, by quarters of the most that do.

With --svg the picture is one text, for > FILE.svg; a column is 8 pixels wide.`,
	}, plot)
}

type plotArgs struct {
	Of     pipeline.Expr `arg:"expr?" variable:"names" help:"the number to draw"`
	Kind   string        `opt:"kind" default:"bars" values:"bars,lines,histogram,spark,heat" help:"what to draw"`
	Label  pipeline.Expr `opt:"label" variable:"names" help:"what stands before it, or is its x (bars, lines, heat)"`
	By     pipeline.Expr `opt:"by" variable:"names" help:"what tells several lines apart (lines, spark)"`
	Bins   int           `opt:"bins" min:"1" max:"1000" help:"how many ranges there are, 10 without it (histogram)"`
	Height int           `opt:"height" min:"3" max:"200" help:"how many rows the picture has, 13 without it (lines, heat)"`
	SVG    bool          `opt:"svg" help:"put the picture as one text in SVG (all but spark)"`
	Width  int           `opt:"width" min:"20" max:"1000" help:"how many columns the chart has"`
}

// Check refuses options of another kind.
func (a *plotArgs) Check() error {
	for _, o := range []struct {
		name, kinds string
		set         bool
	}{
		{"label", "bars or lines or heat", a.Label.IsSet()},
		{"by", "lines or spark", a.By.IsSet()},
		{"bins", "histogram", a.Bins > 0},
		{"height", "lines or heat", a.Height > 0},
		{"svg", "bars or lines or histogram or heat", a.SVG},
	} {
		if o.set && !slices.Contains(strings.Split(o.kinds, " or "), a.Kind) {
			return &pipeline.ArgError{Arg: o.name, Err: fmt.Errorf("--%s goes with --kind %s, not %s", o.name, o.kinds, a.Kind)}
		}
	}
	return nil
}

const usualWidth = 80 // of a terminal

// bar is a line of a chart.
type bar struct {
	label, number string
	size          float64
}

const barSize = 160 // of a bar, the line that is drawn of it, and the room that lists have for more

// chart is a picture of what it has taken in.
type chart interface {
	// take takes in v and returns how many bytes it keeps of it.
	take(v value.Value) (kept int, err error)
	// drawn returns the lines of the picture, svg the picture in SVG.
	drawn(width int) ([]string, error)
	svg(width int) (string, error)
	// snapshot returns a chart of what was taken in until now.
	snapshot() chart
}

// chart returns a chart of nothing.
func (a *plotArgs) chart() chart {
	switch a.Kind {
	case "lines":
		return &curves{a: a, named: map[string]*curve{}}
	case "heat":
		return &heat{a: a}
	case "histogram":
		return newRanges(a)
	case "spark":
		return &sparkLines{a: a, named: map[string]*sparks{}}
	}
	return &bars{a: a}
}

func plot(j *pipeline.Job, a *plotArgs) error {
	width := a.Width
	if width == 0 {
		width = usualWidth
		if columns := j.Width(); columns > 0 {
			width = max(columns, 20)
		}
	}
	c := a.chart()
	over := j.Preview(func() func(*pipeline.Job) error {
		so := c.snapshot()
		return func(j *pipeline.Job) error { return a.put(j, so, width) }
	})
	defer over()
	if err := taken(j, c.take); err != nil {
		return err
	}
	over()
	return a.put(j, c, width)
}

// put puts the picture.
func (a *plotArgs) put(j *pipeline.Job, c chart, width int) error {
	if a.SVG {
		picture, err := c.svg(width)
		if err == nil {
			j.Put(value.TextOf(picture))
		}
		return err
	}
	lines, err := c.drawn(width)
	for _, line := range lines {
		j.Put(value.TextOf(line))
	}
	return err
}

// taken gives each value of the input to take, which returns how much it keeps of it and what is
// wrong with it.
func taken(j *pipeline.Job, take func(v value.Value) (kept int, err error)) error {
	for v, err := range j.In() {
		if err != nil {
			return err
		}
		kept, err := take(v)
		if err == nil {
			err = j.Keep(int64(kept))
		} else {
			err = j.RejectValue(v, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// bars is a chart with a bar for each value.
type bars struct {
	a    *plotArgs
	list []bar
}

func (c *bars) take(v value.Value) (kept int, err error) {
	b, err := c.a.bar(v)
	if err == nil {
		c.list = append(c.list, b)
	}
	return barSize + len(b.label) + len(b.number), err
}

func (c *bars) snapshot() chart                   { s := *c; return &s }
func (c *bars) drawn(width int) ([]string, error) { return drawn(c.list, width), nil }
func (c *bars) svg(width int) (string, error)     { return barsSVG(c.list, width), nil }

var (
	errNoNumber  = errors.New("has no field that is a number; name one: plot EXPR")
	errNotFinite = errors.New("infinity and NaN have no bar")
)

// number returns what is drawn of v, which may be no number, and its place where it is the last
// field that is one, or -1.
func (a *plotArgs) number(v value.Value) (n value.Value, place int, err error) {
	if v.Kind() != value.KindRecord || a.Of.IsSet() {
		n, err = a.Of.Of(v)
		return n, -1, err
	}
	if place = lastNumber(v.AsRecord()); place < 0 {
		return n, place, errNoNumber
	}
	return v.AsRecord().At(place), place, nil
}

// sizeOf returns n as a finite number.
func sizeOf(n value.Value) (float64, error) {
	x, ok := n.Numeric()
	if !ok {
		return 0, &value.NotNumberError{Value: n}
	}
	size := value.FloatOf(x)
	if math.IsInf(size, 0) || math.IsNaN(size) {
		return 0, errNotFinite
	}
	return size, nil
}

// bar returns the line for v.
func (a *plotArgs) bar(v value.Value) (b bar, err error) {
	n, place, err := a.number(v)
	if err != nil {
		return b, err
	}
	switch {
	case a.Label.IsSet():
		l, err := a.Label.Of(v)
		if err != nil {
			return b, err
		}
		b.label = l.String()
	case v.Kind() == value.KindRecord:
		b.label = labelOf(v.AsRecord(), place, n)
	}
	b.label = visible(b.label)
	if n.IsNull() {
		return b, nil
	}
	if b.size, err = sizeOf(n); err != nil {
		return b, err
	}
	b.number = strings.TrimSpace(n.String())
	return b, nil
}

// lastNumber returns the last field that is a number, or -1.
func lastNumber(r *value.Record) int {
	for i := r.Len() - 1; i >= 0; i-- {
		if _, ok := r.At(i).Numeric(); ok {
			return i
		}
	}
	return -1
}

// labelOf joins the fields of r besides the one that is drawn: field used, or when that is
// not known the one that is n.
func labelOf(r *value.Record, used int, n value.Value) string {
	var parts []string
	for i := range r.Len() {
		if used < 0 && r.At(i) == n {
			used = i
		}
		if i == used {
			continue
		}
		if text := r.At(i).String(); text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, " ")
}

// visible returns s without characters that a terminal would act on.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

// letters measures text as terminals show it, the same on every machine.
var letters = runewidth.Condition{StrictEmojiNeutral: true}

// drawn returns the lines of a chart.
func drawn(bars []bar, width int) []string {
	labels, numbers := 0, 0
	low, high := 0.0, 0.0
	for _, b := range bars {
		labels = max(labels, letters.StringWidth(b.label))
		numbers = max(numbers, letters.StringWidth(b.number))
		low, high = min(low, b.size), max(high, b.size)
	}
	labels = min(labels, width/2)
	room := width - numbers - 1
	if labels > 0 {
		room -= labels + 2
	}
	room = max(room, 4)
	left := 0 // columns for bars of negative numbers
	if low < 0 {
		left = min(max(int(math.Round(float64(room)*(low/(low-high)))), 1), room)
	}
	lines := make([]string, len(bars))
	for i, b := range bars {
		var line strings.Builder
		if labels > 0 {
			line.WriteString(letters.FillRight(letters.Truncate(b.label, labels, "…"), labels) + "  ")
		}
		line.WriteString(letters.FillLeft(b.number, numbers) + " ")
		if b.size < 0 {
			n := int(math.Ceil(b.size / low * float64(left)))
			line.WriteString(strings.Repeat(" ", left-n) + strings.Repeat("█", n))
		} else {
			line.WriteString(strings.Repeat(" ", left) + eighths(b.size, high, room-left))
		}
		lines[i] = strings.TrimRight(line.String(), " ")
	}
	return lines
}

// eighths returns a bar for x of most, which is as long as the room; it is drawn in eighths
// of a column.
func eighths(x, most float64, room int) string {
	if x <= 0 || most <= 0 {
		return ""
	}
	n := max(int(math.Round(x/most*float64(8*room))), 1)
	s := strings.Repeat("█", n/8)
	if rest := n % 8; rest > 0 {
		s += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return s
}
