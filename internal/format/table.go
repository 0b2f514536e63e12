package format

import (
	"slices"
	"strings"
	"unicode"

	"github.com/mattn/go-runewidth"

	"mtpipe/value"
)

var tableFormat = &Format{
	Name:    "table",
	Summary: "aligned columns, for people",
	Write:   &Writing{Arguments: writeBy(func(none) Writer { return new(table) })},
}

// table prints records as aligned columns under their names, numbers to the right. The
// widths are those of the first rows: as many as are held back. Records with other names begin a new
// table. On a terminal it is a screenTable.
type table struct {
	grid
	rows  [][]string
	begun bool
}

const tableRows = 1000 // rows that are held back to find the widths

// width is that of a terminal, the same on every machine.
var width = runewidth.Condition{StrictEmojiNeutral: true}

// grid is the columns of a table.
type grid struct {
	names  []string
	widths []int
	right  []bool // they are numbers
}

// newGrid returns columns that hold nothing yet.
func newGrid(names []string) grid {
	g := grid{names: names, widths: make([]int, len(names)), right: make([]bool, len(names))}
	for i := range g.right {
		g.right[i] = true
	}
	return g
}

// note notes that e stands in column i.
func (g *grid) note(i int, e value.Value) {
	if _, number := e.Numeric(); !number && e.Kind() != value.KindNull {
		g.right[i] = false
	}
}

// widen makes the columns wide enough for these cells.
func (g *grid) widen(cells []string) {
	for i, cell := range cells {
		g.widths[i] = max(g.widths[i], width.StringWidth(cell))
	}
}

func (t *table) Append(dst []byte, v value.Value) ([]byte, error) {
	rec := record(v)
	if !slices.Equal(t.names, rec.Shape().Names()) {
		dst = t.put(dst)
		if t.begun {
			dst = append(dst, '\n')
		}
		*t = table{grid: newGrid(rec.Shape().Names())}
	}
	row := make([]string, rec.Len())
	for i := range row {
		e := rec.At(i)
		row[i] = printable(strings.Clone(e.String()))
		t.note(i, e)
	}
	t.rows = append(t.rows, row)
	if len(t.rows) >= tableRows {
		dst = t.put(dst)
	}
	return dst, nil
}

// printable replaces what a terminal would act on or what would break the row.
func printable(s string) string {
	clean := true
	for _, r := range s {
		clean = clean && !unicode.IsControl(r)
	}
	if clean {
		return s
	}
	out := []rune(s)
	for i, r := range out {
		if unicode.IsControl(r) {
			out[i] = ' '
		}
	}
	return string(out)
}

// AppendNames appends the names as the line over a table without rows, if there was none.
func (t *table) AppendNames(dst []byte, names []string) []byte {
	if t.names != nil || len(names) == 0 {
		return dst
	}
	t.grid, t.begun = newGrid(names), true
	clear(t.right) // as no column is known to be one of numbers
	t.widen(names)
	return t.line(dst, names)
}

// put appends the rows that were held back.
func (t *table) put(dst []byte) []byte {
	if len(t.rows) == 0 {
		return dst
	}
	if !t.begun {
		t.begun = true
		for _, row := range append([][]string{t.names}, t.rows...) {
			t.widen(row)
		}
		dst = t.line(dst, t.names)
	}
	for _, row := range t.rows {
		dst = t.line(dst, row)
	}
	t.rows = t.rows[:0]
	return dst
}

func (t *table) line(dst []byte, cells []string) []byte {
	for i, cell := range cells {
		if i > 0 {
			dst = append(dst, "  "...)
		}
		pad := t.widths[i] - width.StringWidth(cell)
		if t.right[i] {
			dst = spaces(dst, pad)
		}
		dst = append(dst, cell...)
		if !t.right[i] && i < len(cells)-1 {
			dst = spaces(dst, pad)
		}
	}
	return append(dst, '\n')
}

func spaces(dst []byte, n int) []byte {
	for range n {
		dst = append(dst, ' ')
	}
	return dst
}

func (t *table) End(dst []byte) []byte { return t.put(dst) }
