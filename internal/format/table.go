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
// widths are those of the first rows: as many as are held back, on a terminal those that
// came before the first pause. Records with other names begin a new table.
type table struct {
	live bool // a pause ends the holding back

	names  []string
	widths []int
	right  []bool
	rows   [][]string
	begun  bool
}

const tableRows = 1000 // rows that are held back to find the widths

// width is that of a terminal, the same on every machine.
var width = runewidth.Condition{StrictEmojiNeutral: true}

func (t *table) setLive() { t.live = true }

func (t *table) Append(dst []byte, v value.Value) ([]byte, error) {
	rec := record(v)
	if !slices.Equal(t.names, rec.Shape().Names()) {
		dst = t.put(dst)
		if t.begun {
			dst = append(dst, '\n')
		}
		t.begin(rec)
	}
	row := make([]string, rec.Len())
	for i := range row {
		e := rec.At(i)
		row[i] = printable(strings.Clone(e.String()))
		if _, number := e.Numeric(); !number && e.Kind() != value.KindNull {
			t.right[i] = false
		}
	}
	t.rows = append(t.rows, row)
	if len(t.rows) >= tableRows {
		dst = t.put(dst)
	}
	return dst, nil
}

func (t *table) begin(rec *value.Record) {
	*t = table{live: t.live, names: rec.Shape().Names(), right: make([]bool, rec.Len())}
	for i := range t.right {
		t.right[i] = true
	}
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

func (t *table) Flush(dst []byte) []byte {
	if !t.live {
		return dst
	}
	return t.put(dst)
}

// AppendNames appends the names as the line over a table without rows, if there was none.
func (t *table) AppendNames(dst []byte, names []string) []byte {
	if t.names != nil || len(names) == 0 {
		return dst
	}
	t.begin(namesOnly(names).AsRecord())
	names = t.heading(names)
	for i, name := range names {
		t.right[i] = false // as no column is known to be one of numbers
		t.widths = append(t.widths, width.StringWidth(name))
	}
	t.begun = true
	return t.line(dst, names)
}

// heading returns the names as they are shown: on a terminal, which must not act on them, as values.
func (t *table) heading(names []string) []string {
	if !t.live {
		return names
	}
	names = slices.Clone(names)
	for i, name := range names {
		names[i] = printable(name)
	}
	return names
}

// put appends the rows that were held back.
func (t *table) put(dst []byte) []byte {
	if len(t.rows) == 0 {
		return dst
	}
	if !t.begun {
		t.begun = true
		t.widths = make([]int, len(t.names))
		for _, row := range append([][]string{t.heading(t.names)}, t.rows...) {
			for i, cell := range row {
				t.widths[i] = max(t.widths[i], width.StringWidth(cell))
			}
		}
		dst = t.line(dst, t.heading(t.names))
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
