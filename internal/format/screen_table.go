package format

import (
	"fmt"
	"slices"
	"time"

	"mtpipe/internal/layout"
	"mtpipe/internal/terminal"
	"mtpipe/value"
)

// screenTable prints records as a table that is fitted to a terminal. The first rows are held back
// to find the widths: until there are tableRows, or firstWait has passed. Of more rows than the screen has
// room for it shows the first and the last; those that are the last so far are held back. All are
// shown that come after a pause of lastWait, or so slowly that one can read them.
type screenTable struct {
	on  Screen
	now func() time.Time
	grid
	numbers []int // the width of the numbers of each column, which are not cut
	begun   bool  // the names of grid are on the screen
	shapes  int   // tables that have begun

	rows    []screenRow // held back
	since   time.Time   // when the first came that was held back to find the widths
	latest  time.Time   // when the latest row came
	total   int         // rows in all
	shown   int         // since the last pause
	skipped int         // since the last row that was shown
	window              // in which rows are counted that are held back as the last ones
	buf     []byte
}

// window is a stretch of time of lastWait or more.
type window struct {
	from time.Time
	rows int
}

// screenRow is a row that is to be shown.
type screenRow struct {
	names []string
	cells []cell
}

// cell is what is shown of a value.
type cell struct {
	text   string
	colour terminal.Colour
	number bool // it is never cut
	blank  bool // so that it says nothing about its column
}

const (
	firstWait = 100 * time.Millisecond
	lastWait  = 250 * time.Millisecond

	usualRows     = 40 // that are shown where the height is not known
	fewestRows    = 10
	aroundPicture = 5 // rows of the screen for the names, the rule, what is left out, the count, and the cursor

	aroundRows = 6 // of the screen for the names, both rules, the count, and two lines of a shell
)

func newScreenTable(on Screen) *screenTable { return &screenTable{on: on, now: time.Now} }

// IsShown says that the text is escaped.
func (*screenTable) IsShown() {}

// limit returns how many rows are shown, those at the beginning and those at the end.
func (t *screenTable) limit() (head, tail int) {
	n := usualRows
	if t.on.Rows > 0 {
		n = max(t.on.Rows-aroundRows, fewestRows)
	}
	if t.on.Picture && t.on.Rows > 0 {
		n = max(t.on.Rows-aroundPicture, 1)
	}
	return n - n/2, n / 2
}

// Append holds v back, and appends what is to be shown by now.
func (t *screenTable) Append(dst []byte, v value.Value) ([]byte, error) {
	now := t.now()
	if len(t.rows) == 0 {
		if t.begun && now.Sub(t.latest) >= lastWait {
			t.shown = 0
		}
		t.since, t.window = now, window{from: now}
	}
	t.latest = now
	t.total++
	t.rows = append(t.rows, t.row(record(v)))
	head, tail := t.limit()
	switch {
	case !t.begun:
		if len(t.rows) >= tableRows || now.Sub(t.since) >= firstWait {
			dst = t.begin(dst)
			t.window = window{from: now}
		}
	case t.on.All || t.shown < head:
		if len(t.rows) >= tail {
			dst = t.begin(dst)
		}
	default:
		dst = t.hold(dst, now, tail)
	}
	return dst, nil
}

// hold counts a row that is held back as one of the last, and appends them when they come slowly.
func (t *screenTable) hold(dst []byte, now time.Time, tail int) []byte {
	t.window.rows++
	if now.Sub(t.from) >= lastWait {
		if t.window.rows <= tail {
			return t.Flush(dst)
		}
		t.window = window{from: now}
	}
	if len(t.rows) >= tableRows+tail {
		t.forget(0, len(t.rows)-tail)
	}
	return dst
}

// row returns what is shown of a record.
func (t *screenTable) row(rec *value.Record) screenRow {
	r := screenRow{names: rec.Shape().Names(), cells: make([]cell, rec.Len())}
	for i := range r.cells {
		r.cells[i] = t.cell(rec.At(i))
	}
	return r
}

// cell returns what is shown of e, which is no longer than the screen is wide.
func (t *screenTable) cell(e value.Value) (c cell) {
	_, c.number = e.Numeric()
	c.colour = colourOf(e, c.number)
	c.blank = e.Kind() == value.KindNull
	text := e.AppendText(nil)
	if c.number && !t.on.All {
		text = rounded(text)
	}
	most := len(text)
	if t.on.Columns > 0 && !t.on.All {
		most = min(most, mostBytes*t.on.Columns)
	}
	t.buf = terminal.AppendCell(t.buf[:0], text[:most])
	c.text = string(t.buf)
	return c
}

// mostBytes is how many bytes of a text are looked at for a column of the screen: more than the longest
// characters that are made of several take.
const mostBytes = 64

// colourOf returns the colour of a value by its kind.
func colourOf(e value.Value, number bool) terminal.Colour {
	switch e.Kind() {
	case value.KindBool:
		return terminal.Magenta
	case value.KindError:
		return terminal.Red
	case value.KindTime, value.KindDuration:
		return terminal.Blue
	}
	if number {
		return terminal.Cyan
	}
	return ""
}

// forget leaves out n of the rows that are held back, from row i on.
func (t *screenTable) forget(i, n int) {
	t.skipped += n
	t.rows = slices.Delete(t.rows, i, i+n)
}

// begin appends the rows that belong to the first ones.
func (t *screenTable) begin(dst []byte) []byte {
	head, _ := t.limit()
	n := min(max(head-t.shown, 0), len(t.rows))
	if t.on.All {
		n = len(t.rows)
	}
	return t.put(dst, n)
}

// put appends the first n of the rows that are held back. The widths of a table that begins fit all of
// them.
func (t *screenTable) put(dst []byte, n int) []byte {
	for i := 0; i < n; {
		if !t.begun || !slices.Equal(t.names, t.rows[i].names) {
			dst = t.open(dst, t.rows[i:])
		}
		k := i
		for k < n && slices.Equal(t.names, t.rows[k].names) {
			t.fit(t.rows[k].cells)
			k++
		}
		columns := t.columns()
		for _, r := range t.rows[i:k] {
			dst = columns.line(dst, r.cells)
		}
		i = k
	}
	t.shown += n
	t.rows = slices.Delete(t.rows, 0, n)
	return dst
}

// open begins the table of the first of rows, with the widths of all that follow it there.
func (t *screenTable) open(dst []byte, rows []screenRow) []byte {
	if t.begun {
		dst = append(dst, '\n')
	}
	t.begun = true
	t.shapes++
	t.start(rows[0].names)
	for _, r := range rows {
		if !slices.Equal(t.names, r.names) {
			break
		}
		t.fit(r.cells)
	}
	return t.heading(dst)
}

// start makes the columns those of the names.
func (t *screenTable) start(names []string) {
	t.grid, t.numbers = newGrid(names), make([]int, len(names))
	t.widen(headings(names))
}

// heading appends the names and the rule below them.
func (t *screenTable) heading(dst []byte) []byte {
	cells := make([]cell, len(t.names))
	for i, name := range headings(t.names) {
		cells[i] = cell{text: name, colour: terminal.Bold}
	}
	columns := t.columns()
	return columns.rule(columns.line(dst, cells))
}

// headings returns names as they can be shown.
func headings(names []string) []string {
	shown := make([]string, len(names))
	for i, name := range names {
		shown[i] = string(terminal.AppendCell(nil, []byte(name)))
	}
	return shown
}

// fit makes the columns wide enough for cells, and no columns of numbers where they are none.
func (t *screenTable) fit(cells []cell) {
	for i, c := range cells {
		w := width.StringWidth(c.text)
		t.widths[i] = max(t.widths[i], w)
		if c.number {
			t.numbers[i] = max(t.numbers[i], w)
		}
		t.right[i] = t.right[i] && (c.number || c.blank)
	}
}

// Wait returns how long rows may be held back.
func (t *screenTable) Wait() time.Duration {
	switch {
	case len(t.rows) == 0:
		return 0
	case !t.begun:
		return max(firstWait-t.now().Sub(t.since), 0)
	}
	if head, _ := t.limit(); t.on.All || t.shown < head {
		return 0
	}
	return lastWait
}

// Flush appends the rows that are held back. When there are too many, some are left out, and a line
// says how many.
func (t *screenTable) Flush(dst []byte) []byte {
	if len(t.rows) == 0 {
		return dst
	}
	head, tail := t.limit()
	first := max(head-t.shown, 0)
	quiet := t.begun && first == 0
	if t.on.All {
		first = len(t.rows)
	}
	if more := len(t.rows) - first - tail; more > 0 {
		t.forget(first, more)
	}
	if t.skipped > 0 {
		dst = t.put(dst, first)
		dst = t.paint(dst, terminal.Dim, fmt.Sprintf("… %s more; --all shows all", counted(t.skipped, "row")))
		t.skipped = 0
	}
	dst = t.put(dst, len(t.rows))
	if quiet {
		t.shown = 0
	}
	return dst
}

// paint appends a line of text in a colour.
func (t *screenTable) paint(dst []byte, c terminal.Colour, text string) []byte {
	if !t.on.Colours {
		c = ""
	}
	return append(c.Append(dst, text), '\n')
}

// AppendNames appends the names as the line over a table without rows, if there was none.
func (t *screenTable) AppendNames(dst []byte, names []string) []byte {
	if t.total > 0 || len(names) == 0 {
		return dst
	}
	t.start(names)
	t.begun, t.shapes = true, 1
	clear(t.right) // as no column is known to be one of numbers
	return t.heading(dst)
}

// interrupt appends what is held back, since other text follows. A new table begins after it.
func (t *screenTable) interrupt(dst []byte) []byte {
	if t.total == 0 {
		return dst
	}
	dst = t.Flush(dst)
	*t = screenTable{on: t.on, now: t.now}
	return dst
}

// End appends what is held back, and how many rows there were.
func (t *screenTable) End(dst []byte) []byte {
	dst = t.Flush(dst)
	if t.shapes == 0 {
		return dst
	}
	text := counted(t.total, "row")
	if t.shapes > 1 {
		text += " in " + counted(t.shapes, "table")
	} else if hidden := t.columns().hidden; hidden > 0 {
		text += fmt.Sprintf(", %d of %s not shown; --all shows all", hidden, counted(len(t.names), "column"))
	}
	return t.paint(dst, terminal.Dim, text)
}

// counted returns n and the name of what it counts, with commas between thousands.
func counted(n int, what string) string {
	spec, _ := layout.Parse(",")
	text, _ := spec.Append(nil, value.Int(int64(n)))
	if n != 1 {
		what += "s"
	}
	return string(text) + " " + what
}
