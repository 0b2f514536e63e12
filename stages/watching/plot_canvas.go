package watching

import (
	"math"
	"strings"
)

// canvas is the cells of a picture, of which each has two by four dots.
type canvas struct {
	width, height int // in cells
	dots          []uint8
	owners        []int16 // for each cell the curve that has dots there from 1 on, 0 for none, and -1 for several
}

func newCanvas(width, height int) *canvas {
	return &canvas{width, height, make([]uint8, width*height), make([]int16, width*height)}
}

// braille has for each dot of a cell its bit in the letters from U+2800 on.
var braille = [4][2]uint8{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}

// dot sets a dot for curve n.
func (c *canvas) dot(x, y, n int) {
	cell := y/4*c.width + x/2
	c.dots[cell] |= braille[y%4][x%2]
	switch owner := &c.owners[cell]; *owner {
	case 0, int16(n + 1):
		*owner = int16(n + 1)
	default:
		*owner = -1
	}
}

// line sets the dots between two, which are within the canvas.
func (c *canvas) line(x0, y0, x1, y1, n int) {
	steps := max(x1-x0, x0-x1, y1-y0, y0-y1, 1)
	for i := range steps + 1 {
		part := float64(i) / float64(steps)
		c.dot(x0+int(math.Round(part*float64(x1-x0))), y0+int(math.Round(part*float64(y1-y0))), n)
	}
}

// draw draws curve n, a gap where a number is missing.
func (c *canvas) draw(one *curve, n int, x, y span) {
	lastX, lastY := -1, -1
	for i, at := range one.ys {
		if math.IsNaN(at) {
			lastX = -1
			continue
		}
		dotX := int(math.Round(x.of(one.xs[i]) * float64(2*c.width-1)))
		dotY := int(math.Round((1 - y.of(at)) * float64(4*c.height-1)))
		if lastX < 0 {
			lastX, lastY = dotX, dotY
		}
		c.line(lastX, lastY, dotX, dotY, n)
		lastX, lastY = dotX, dotY
	}
}

// row returns a row of cells: dots when there is one curve, the letters of several otherwise, and
// * where they meet.
func (c *canvas) row(i int, several bool) string {
	var row strings.Builder
	for cell := i * c.width; cell < (i+1)*c.width; cell++ {
		switch owner := c.owners[cell]; {
		case owner == 0:
			row.WriteByte(' ')
		case !several:
			row.WriteRune(0x2800 + rune(c.dots[cell]))
		case owner < 0:
			row.WriteByte('*')
		default:
			row.WriteByte(curveLetters[owner-1])
		}
	}
	return row.String()
}

// drawn returns the rows of the chart; none when there is no point.
func (c *curves) drawn(width int) ([]string, error) {
	x, y, ok := c.spans()
	if len(c.all) > len(curveLetters) {
		return nil, errCurves
	}
	if !ok {
		return nil, nil
	}
	height := c.a.rows()
	labels := yLabels(y, height)
	room := max(width-letters.StringWidth(labels[0])-1, 4)
	picture := newCanvas(room, height)
	for n, one := range c.all {
		picture.draw(one, n, x, y)
	}
	var rows []string
	for i, label := range labels {
		axis := "│"
		if strings.TrimSpace(label) != "" {
			axis = "┤"
		}
		rows = append(rows, strings.TrimRight(label+axis+picture.row(i, len(c.all) > 1), " "))
	}
	before := strings.Repeat(" ", letters.StringWidth(labels[0]))
	rows = append(rows, before+"└"+strings.Repeat("─", room), strings.TrimRight(before+" "+xLabels(x, room, c.timed), " "))
	if len(c.all) > 1 {
		rows = append(rows, c.legend(before+" ", room)...)
	}
	return rows, nil
}

// yLabels returns what stands before each row, all of one width: numbers at every fourth row, or
// the only one in the middle.
func yLabels(y span, height int) []string {
	labels := make([]string, height)
	width := 0
	for i := range labels {
		switch {
		case y.low == y.high:
			if i == height/2 {
				labels[i] = rounded(y.low, 0)
			}
		case i == 0, i == height-1, i%4 == 0 && i < height-2:
			labels[i] = y.text(height-1-i, height-1, false)
		}
		width = max(width, len(labels[i]))
	}
	for i := range labels {
		labels[i] = letters.FillLeft(labels[i], width)
	}
	return labels
}

// xLabels returns the numbers or times at the left and the right, and in the middle where there
// is room.
func xLabels(x span, room int, timed bool) string {
	left, middle, right := x.text(0, 2, timed), x.text(1, 2, timed), x.text(2, 2, timed)
	if x.low == x.high {
		return strings.Repeat(" ", max(room-len(left), 0)/2) + left
	}
	at := (room - len(middle)) / 2
	if at < len(left)+2 || room-len(right) < at+len(middle)+2 {
		return left + strings.Repeat(" ", max(room-len(left)-len(right), 1)) + right
	}
	row := left + strings.Repeat(" ", at-len(left)) + middle
	return row + strings.Repeat(" ", room-len(right)-len(row)) + right
}

// legend returns rows with the letters and names of all curves.
func (c *curves) legend(before string, room int) []string {
	var rows []string
	row, used := "", 0
	for n, one := range c.all {
		name := string(curveLetters[n]) + " " + letters.Truncate(one.name, max(room-2, 1), "…")
		width := letters.StringWidth(name)
		switch {
		case used == 0:
		case used+3+width > room:
			rows = append(rows, strings.TrimRight(before+row, " "))
			row, used = "", 0
		default:
			row, used = row+"   ", used+3
		}
		row, used = row+name, used+width
	}
	return append(rows, strings.TrimRight(before+row, " "))
}
