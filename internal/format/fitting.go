package format

import (
	"bytes"
	"iter"
	"strconv"
	"strings"

	"mtpipe/internal/terminal"
)

// columns is how wide each column of a table is on a screen.
type columns struct {
	widths  []int
	right   []bool
	from    int // the first column that is not shown
	hidden  int // how many are not shown
	colours bool
}

const (
	between    = 2 // columns of the screen between those of a table
	fewestText = 6 // columns of a text that is cut; with less, columns are left out
	ellipsis   = "…"
)

// columns returns the columns as the screen has room for them: the widest are cut first, numbers never.
// When all of them together still are too wide, some in the middle are left out.
func (t *screenTable) columns() columns {
	c := columns{widths: append([]int(nil), t.widths...), right: t.right, colours: t.on.Colours}
	if t.on.Columns == 0 || t.on.All {
		return c
	}
	least := make([]int, len(c.widths))
	for i, w := range c.widths {
		least[i] = max(min(w, fewestText), t.numbers[i])
	}
	c.leaveOut(least, t.on.Columns)
	c.shrink(least, t.on.Columns)
	return c
}

// shows reports whether column i is on the screen.
func (c *columns) shows(i int) bool { return i < c.from || i >= c.from+c.hidden }

// leaveOut leaves out columns in the middle until all are at least as wide as they have to be.
func (c *columns) leaveOut(least []int, screen int) {
	room := screen + between
	for _, w := range least {
		room -= w + between
	}
	if room >= 0 {
		return
	}
	room -= 1 + between // for the mark
	c.from = len(least) / 2
	for room < 0 && c.hidden < len(least)-1 {
		if c.from > 1 && c.from > len(least)-c.from-c.hidden {
			c.from--
			room += least[c.from] + between
		} else if c.from+c.hidden < len(least) {
			room += least[c.from+c.hidden] + between
		} else {
			break
		}
		c.hidden++
	}
}

// shrink cuts the widest columns, as far as there is no room for them.
func (c *columns) shrink(least []int, screen int) {
	room := screen + between
	if c.hidden > 0 {
		room -= 1 + between
	}
	widest := 0
	for i, w := range c.widths {
		if c.shows(i) {
			room -= between
			widest = max(widest, w)
		}
	}
	taken := func(most int) (sum int) {
		for i, w := range c.widths {
			if c.shows(i) {
				sum += max(least[i], min(w, most))
			}
		}
		return sum
	}
	most := widest
	for most > 1 && taken(most) > room {
		most--
	}
	rest := room - taken(most)
	for i, w := range c.widths {
		fitted := max(least[i], min(w, most))
		if c.shows(i) && fitted < w && rest > 0 {
			fitted++
			rest--
		}
		c.widths[i] = fitted
	}
}

// line appends a line of cells.
func (c *columns) line(dst []byte, cells []cell) []byte {
	start := len(dst)
	for i, cell := range cells {
		dst = c.before(dst, i)
		if !c.shows(i) {
			continue
		}
		text := cell.text
		w := width.StringWidth(text)
		if w > c.widths[i] && !cell.number {
			text = width.Truncate(text, c.widths[i], ellipsis)
			w = width.StringWidth(text)
		}
		if c.right[i] {
			dst = spaces(dst, c.widths[i]-w)
		}
		if c.colours {
			dst = cell.colour.Append(dst, text)
		} else {
			dst = append(dst, text...)
		}
		if !c.right[i] {
			dst = spaces(dst, c.widths[i]-w)
		}
	}
	for len(dst) > start && dst[len(dst)-1] == ' ' {
		dst = dst[:len(dst)-1]
	}
	return append(dst, '\n')
}

// before appends what stands before column i, and the mark of those that are left out in its place.
func (c *columns) before(dst []byte, i int) []byte {
	if i > 0 && c.shows(i) {
		dst = spaces(dst, between)
	}
	if i == c.from && c.hidden > 0 {
		if i > 0 {
			dst = spaces(dst, between)
		}
		dst = append(dst, ellipsis...)
	}
	return dst
}

// rule appends the line below the names.
func (c *columns) rule(dst []byte) []byte {
	cells := make([]cell, len(c.widths))
	for i, w := range c.widths {
		cells[i] = cell{text: strings.Repeat("─", w), colour: terminal.Dim}
	}
	return c.line(dst, cells)
}

// longFraction is how many digits after the point make a number one that is rounded.
const longFraction = 6

// rounded returns a number as it is shown: with three digits after the point when it has many, or
// four digits after zeros. Numbers that are spelled in another way are left as they are.
func rounded(text []byte) []byte {
	point := bytes.IndexByte(text, '.')
	if point < 0 {
		return text
	}
	exponent := bytes.IndexAny(text, "eE")
	end := len(text)
	if exponent >= 0 {
		end = exponent
	}
	if end-point-1 <= longFraction || point > 15 {
		return text
	}
	x, err := strconv.ParseFloat(string(bytes.TrimSpace(text)), 64)
	switch {
	case err != nil:
		return text
	case exponent >= 0:
		return strconv.AppendFloat(nil, x, 'e', 3, 64)
	case x > -1 && x < 1:
		return strconv.AppendFloat(nil, x, 'g', 4, 64)
	}
	return strconv.AppendFloat(nil, x, 'f', 3, 64)
}

// Fit returns a line that has at most so many columns, cut if it has more; 0 or less is any number. The
// colours of this program take none.
func Fit(line string, columns int) string {
	if columns <= 0 || Width(line) <= columns {
		return line
	}
	var fit []byte
	room := columns - 1
	for text, colour := range pieces(line) {
		switch w := width.StringWidth(text); {
		case room < 0:
			text = ""
		case w > room:
			text, room = width.Truncate(text, room, "")+ellipsis, -1
		default:
			room -= w
		}
		fit = append(append(fit, text...), colour...)
	}
	return string(fit)
}

// Rows returns how many rows of a terminal with so many columns a line takes.
func Rows(line string, columns int) int {
	if columns <= 0 {
		return 1
	}
	return max(1, (Width(line)+columns-1)/columns)
}

// Width returns how many columns a line takes.
func Width(line string) (n int) {
	for text := range pieces(line) {
		n += width.StringWidth(text)
	}
	return n
}

// pieces iterates over the pieces of a line, each with what begins or ends a colour after it.
func pieces(line string) iter.Seq2[string, string] {
	return func(yield func(text, colour string) bool) {
		for line != "" {
			text, rest, _ := strings.Cut(line, "\x1b[")
			colour := line[len(text):]
			if i := strings.IndexByte(rest, 'm'); i >= 0 {
				colour = colour[:i+3]
			}
			if !yield(text, colour) {
				return
			}
			line = line[len(text)+len(colour):]
		}
	}
}
