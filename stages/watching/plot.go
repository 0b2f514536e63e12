package watching

import (
	"errors"
	"math"
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
		Trait: pipeline.Global | pipeline.Retains,
		Long: `The values themselves are not passed on. Each becomes a line: a label, the number and a
bar. Without EXPR, the number of a record is its last field that is one, and the label is
made of the other fields; a value that is no record is a number itself. So it draws what
count_by and hist put. Bars of negative numbers go to the left. Nulls have no bar. The chart
is as wide as the terminal, or 80 columns where there is none. Keeps all lines in memory; when
they take more than the stage's share of --max-memory, it fails.`,
	}, plot)
}

type plotArgs struct {
	Of    pipeline.Expr `arg:"expr?" variable:"names" help:"the number to draw"`
	Label pipeline.Expr `opt:"label" variable:"names" help:"what stands before it; without it, the other fields"`
	Width int           `opt:"width" min:"20" max:"1000" help:"how many columns the chart has"`
}

const usualWidth = 80 // of a terminal

// bar is a line of a chart.
type bar struct {
	label, number string
	size          float64
}

const barSize = 160 // of a bar, the line that is drawn of it, and the room that lists have for more

func plot(j *pipeline.Job, a *plotArgs) error {
	var bars []bar
	for v, err := range j.In() {
		if err != nil {
			return err
		}
		b, err := a.bar(v)
		if err == nil {
			bars = append(bars, b)
			if err := j.Keep(barSize + int64(len(b.label)+len(b.number))); err != nil {
				return err
			}
		} else if err := j.RejectValue(v, err); err != nil {
			return err
		}
	}
	width := a.Width
	if width == 0 {
		width = usualWidth
		if columns := j.Width(); columns > 0 {
			width = max(columns, 20)
		}
	}
	for _, line := range drawn(bars, width) {
		j.Put(value.TextOf(line))
	}
	return nil
}

var errNoNumber = errors.New("has no field that is a number; name one: plot EXPR")

// bar returns the line for v.
func (a *plotArgs) bar(v value.Value) (b bar, err error) {
	n, used := v, -1
	if v.Kind() == value.KindRecord && !a.Of.IsSet() {
		if used = lastNumber(v.AsRecord()); used < 0 {
			return b, errNoNumber
		}
		n = v.AsRecord().At(used)
	} else if n, err = a.Of.Of(v); err != nil {
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
		b.label = labelOf(v.AsRecord(), used, n)
	}
	b.label = visible(b.label)
	if n.IsNull() {
		return b, nil
	}
	x, ok := n.Numeric()
	if !ok {
		return b, &value.NotNumberError{Value: n}
	}
	if b.size = value.FloatOf(x); math.IsInf(b.size, 0) || math.IsNaN(b.size) {
		return b, errors.New("infinity and NaN have no bar")
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
