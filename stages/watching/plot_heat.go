package watching

import (
	"fmt"
	"math"
	"strings"

	"mtpipe/value"
)

// heat is a chart of how many points fall into each cell of a grid.
type heat struct {
	a      *plotArgs
	points curve
	axes   curves // of which only the kind of x is used
}

const heatShades = "░▒▓█"

// take takes in the point of v, unless it has no y.
func (c *heat) take(v value.Value) (kept int, err error) {
	x, _, timed, err := c.a.across(v, c.axes.count+1)
	if err == nil {
		err = c.axes.goesWith(timed)
	}
	if err != nil {
		return 0, err
	}
	y, err := c.a.size(v)
	if err != nil {
		return 0, err
	}
	c.axes.timed = timed
	c.axes.count++
	if math.IsNaN(y) {
		return 0, nil
	}
	c.points.xs, c.points.ys = append(c.points.xs, x), append(c.points.ys, y)
	return 2 * numberSize, nil
}

func (c *heat) snapshot() chart { s := *c; return &s }

// spans returns what the axes reach over; ok is false when there is no point.
func (c *heat) spans() (x, y span, ok bool) { return (&curves{all: []*curve{&c.points}}).spans() }

// cells counts the points in each of so many columns and rows, the highest row first, and returns the
// largest count.
func (c *heat) cells(x, y span, columns, rows int) (counts [][]int, most int) {
	counts = make([][]int, rows)
	for i := range counts {
		counts[i] = make([]int, columns)
	}
	for i, at := range c.points.ys {
		row := min(int((1-y.of(at))*float64(rows)), rows-1)
		column := min(int(x.of(c.points.xs[i])*float64(columns)), columns-1)
		counts[row][column]++
		most = max(most, counts[row][column])
	}
	return counts, most
}

func (c *heat) drawn(width int) ([]string, error) {
	x, y, ok := c.spans()
	if !ok {
		return nil, nil
	}
	height := c.a.rows()
	labels := yLabels(y, height)
	before := strings.Repeat(" ", letters.StringWidth(labels[0]))
	room := max(width-len(before)-1, 4)
	counts, most := c.cells(x, y, room, height)
	shades := []rune(heatShades)
	var rows []string
	for i, label := range labels {
		row := []rune(label + "│")
		if strings.TrimSpace(label) != "" {
			row[len(row)-1] = '┤'
		}
		for _, n := range counts[i] {
			if n == 0 {
				row = append(row, ' ')
			} else {
				row = append(row, shades[(n*len(shades)-1)/most])
			}
		}
		rows = append(rows, strings.TrimRight(string(row), " "))
	}
	rows = append(rows, before+"└"+strings.Repeat("─", room), strings.TrimRight(before+" "+xLabels(x, room, c.axes.timed), " "))
	if most > 1 {
		rows = append(rows, fmt.Sprintf("%s %c few … %c %d in a cell", before, shades[0], shades[len(shades)-1], most))
	}
	return rows, nil
}

func (c *heat) svg(columns int) (string, error) {
	var s svg
	x, y, ok := c.spans()
	width, rows := columns*columnPixels, c.a.rows()
	if !ok {
		return s.whole(width, 4), nil
	}
	f := s.frame(x, y, width, rows, c.axes.timed)
	across := max(int(f.room)/columnPixels, 1)
	counts, most := c.cells(x, y, across, rows)
	w, h := f.room/float64(across), f.tall/float64(rows)
	for i, row := range counts {
		for k, n := range row {
			if n > 0 {
				fmt.Fprintf(&s.body, "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" fill=\"%s\" fill-opacity=\"%.2f\"/>\n",
					pixels(f.left+float64(k)*w), pixels(frameTop+float64(i)*h), pixels(w), pixels(h), curveColors[0], 0.15+0.85*float64(n)/float64(most))
			}
		}
	}
	s.text(f.left, float64(f.bottom()+11), "start", fmt.Sprintf("at most %d in a cell", most))
	return s.whole(int(max(float64(width), f.left+f.room)), f.bottom()+rowPixels), nil
}
