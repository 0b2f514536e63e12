package watching

import (
	"cmp"
	"math"
	"strconv"
	"strings"

	"mtpipe/internal/aggregate"
	"mtpipe/value"
)

const numberSize = 16 // of a number that is kept, and the room that lists have for more

const usualBins = 10 // those of hist

// ranges is a chart with a bar for each range of numbers, none when there are no numbers.
type ranges struct {
	a         *plotArgs
	numbers   []float64
	low, high float64
}

func newRanges(a *plotArgs) *ranges {
	return &ranges{a: a, low: math.Inf(1), high: math.Inf(-1)}
}

func (c *ranges) take(v value.Value) (kept int, err error) {
	x, err := c.a.size(v)
	if err != nil || math.IsNaN(x) {
		return 0, err
	}
	c.numbers = append(c.numbers, x)
	c.low, c.high = min(c.low, x), max(c.high, x)
	return numberSize, nil
}

func (c *ranges) snapshot() chart                   { s := *c; return &s }
func (c *ranges) drawn(width int) ([]string, error) { return drawn(c.bars(), width), nil }
func (c *ranges) svg(width int) (string, error)     { return barsSVG(c.bars(), width), nil }

func (c *ranges) bars() (list []bar) {
	if len(c.numbers) == 0 {
		return nil
	}
	bins := cmp.Or(c.a.Bins, usualBins)
	edges := aggregate.Ranges(c.low, c.high, bins)
	names := scaled(edges, c.high/float64(bins)-c.low/float64(bins))
	for i, n := range aggregate.InRanges(c.numbers, edges) {
		list = append(list, bar{label: names[i] + " … " + names[i+1], number: strconv.FormatInt(n, 10), size: float64(n)})
	}
	return list
}

// size returns the number to draw of v, NaN for null.
func (a *plotArgs) size(v value.Value) (float64, error) {
	n, _, err := a.number(v)
	if err != nil || n.IsNull() {
		return math.NaN(), err
	}
	return sizeOf(n)
}

// scaled returns the numbers as text, right-aligned, with as many digits as tell numbers apart
// that differ by step.
func scaled(numbers []float64, step float64) []string {
	texts := make([]string, len(numbers))
	width := 0
	for i, x := range numbers {
		texts[i] = rounded(x, step)
		width = max(width, len(texts[i]))
	}
	for i, text := range texts {
		texts[i] = letters.FillLeft(text, width)
	}
	return texts
}

// rounded returns x with one digit more than a step of its scale needs.
func rounded(x, step float64) string {
	if step <= 0 {
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	scale := math.Floor(math.Log10(min(step, math.MaxFloat64)))
	digits := max(1-int(scale), 0)
	if digits > 12 || math.Abs(x) >= 1e15 {
		first := math.Floor(math.Log10(max(math.Abs(x), step)))
		return strconv.FormatFloat(x, 'g', max(1, min(int(first-scale)+2, 17)), 64)
	}
	text := strconv.FormatFloat(x, 'f', digits, 64)
	if digits > 0 {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	if text == "-0" {
		return "0"
	}
	return text
}

// sparks is the numbers of one line of --kind spark, with NaN for null.
type sparks struct {
	name    string
	numbers []float64
}

const sparksSize = 200 // of a line without its numbers, and its place in a map

// sparkLines is a line for each value of --by, all to one scale.
type sparkLines struct {
	a     *plotArgs
	all   []*sparks
	named map[string]*sparks
}

func (c *sparkLines) take(v value.Value) (kept int, err error) {
	x, err := c.a.size(v)
	if err != nil {
		return 0, err
	}
	name, err := c.a.series(v)
	if err != nil {
		return 0, err
	}
	kept, line := numberSize, c.named[name]
	if line == nil {
		line = &sparks{name: name}
		c.named[name], c.all = line, append(c.all, line)
		kept += sparksSize + len(name)
	}
	line.numbers = append(line.numbers, x)
	return kept, nil
}

func (c *sparkLines) snapshot() chart {
	s := &sparkLines{a: c.a}
	for _, line := range c.all {
		one := *line
		s.all = append(s.all, &one)
	}
	return s
}

func (c *sparkLines) svg(int) (string, error) { return "", nil } // Check refuses it

// series returns the name that --by gives v, "" without it.
func (a *plotArgs) series(v value.Value) (string, error) {
	if !a.By.IsSet() {
		return "", nil
	}
	key, err := a.By.Of(v)
	return visible(key.String()), err
}

func (c *sparkLines) drawn(width int) ([]string, error) {
	labels := 0
	for _, s := range c.all {
		labels = max(labels, letters.StringWidth(s.name))
	}
	labels = min(labels, width/2)
	if labels > 0 {
		width -= labels + 2
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, s := range c.all {
		s.numbers = means(s.numbers, width)
		for _, x := range s.numbers {
			if !math.IsNaN(x) {
				low, high = min(low, x), max(high, x)
			}
		}
	}
	lines := make([]string, len(c.all))
	for i, s := range c.all {
		var line strings.Builder
		if labels > 0 {
			line.WriteString(letters.FillRight(letters.Truncate(s.name, labels, "…"), labels) + "  ")
		}
		for _, x := range s.numbers {
			if math.IsNaN(x) {
				line.WriteByte(' ')
			} else {
				line.WriteRune(eighthsUp[min(int(8*share(x, low, high)), 7)])
			}
		}
		lines[i] = line.String()
	}
	return lines, nil
}

var eighthsUp = [...]rune{'▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'}

// share returns where x is between low, which is 0, and high, which is 1; it is in the middle when
// these are equal.
func share(x, low, high float64) float64 {
	d := high - low
	if math.IsInf(d, 0) {
		return max(0, min((x/2-low/2)/(high/2-low/2), 1))
	}
	if d <= 0 {
		return 0.5
	}
	return max(0, min((x-low)/d, 1))
}

// means returns n numbers, each the mean of as many neighbours, when there are more of them. NaN
// is passed over, and is the mean of nothing else.
func means(numbers []float64, n int) []float64 {
	if len(numbers) <= n {
		return numbers
	}
	list := make([]float64, n)
	for i := range list {
		mean, count := math.NaN(), 0.0
		for _, x := range numbers[i*len(numbers)/n : (i+1)*len(numbers)/n] {
			if count++; math.IsNaN(x) {
				count--
			} else if count == 1 {
				mean = x
			} else {
				mean += x/count - mean/count
			}
		}
		list[i] = mean
	}
	return list
}
