package repl

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"

	"mtpipe/internal/format"
	"mtpipe/internal/terminal"
	"mtpipe/value"
)

// widths is the same on every machine, whatever its locale.
func widths() *runewidth.Condition { return &runewidth.Condition{StrictEmojiNeutral: true} }

// frame is what a screen shows: its lines from the top, and the place of the cursor.
type frame struct {
	lines       []string
	row, column int
}

// clip returns a line as it is shown: at most so many columns wide, with … where it is cut, and
// without anything that a terminal acts on but colours.
func clip(line string, columns int) string {
	var b strings.Builder
	cond := widths()
	column, fits, coloured := 0, 0, false // fits is where … can stand
	for i := 0; i < len(line); {
		if n := colourLen(line[i:]); n > 0 {
			b.WriteString(line[i : i+n])
			i, coloured = i+n, true
			continue
		}
		r, n := utf8.DecodeRuneInString(line[i:])
		i += n
		text, w := shown(r, column, cond)
		if column += w; column > columns {
			s := b.String()[:fits] + "…"
			if columns < 1 {
				s = ""
			}
			if coloured {
				s += "\x1b[0m"
			}
			return s
		}
		b.WriteString(text)
		if column < columns {
			fits = b.Len()
		}
	}
	return b.String()
}

// shown returns a character as it is shown in a column, and how wide that is.
func shown(r rune, column int, cond *runewidth.Condition) (string, int) {
	switch {
	case r == '\t':
		n := 8 - column%8
		return strings.Repeat(" ", n), n
	case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == '\u2028', r == '\u2029':
		return "\ufffd", 1
	}
	return string(r), cond.RuneWidth(r)
}

// colourLen returns the length of the colour that s begins with, 0 when it begins with none.
func colourLen(s string) int {
	if !strings.HasPrefix(s, "\x1b[") {
		return 0
	}
	n := 2 + len(s[2:]) - len(strings.TrimLeft(s[2:], "0123456789;"))
	if n == len(s) || s[n] != 'm' {
		return 0
	}
	return n + 1
}

// wrapped is a text cut into rows of a screen.
type wrapped struct {
	rows []string
	at   []int // where each row begins in the text, and where the text ends
}

// wrap cuts a text into rows of at most so many columns.
func wrap(text string, columns int) (w wrapped) {
	columns = max(columns, 2) // so that each character has room
	var b strings.Builder
	cond := widths()
	column, begin := 0, 0
	next := func(from int) {
		w.rows, w.at = append(w.rows, b.String()), append(w.at, begin)
		b.Reset()
		column, begin = 0, from
	}
	for i, r := range text {
		if r == '\n' {
			next(i + 1)
			continue
		}
		s, n := shown(r, column, cond)
		if column+n > columns {
			next(i)
			s, n = shown(r, column, cond)
		}
		b.WriteString(s)
		column += n
	}
	next(len(text))
	w.at = append(w.at, len(text))
	return w
}

// place returns the row and the column of a place in the text.
func (w *wrapped) place(text string, at int) (row, column int) {
	for row = len(w.rows) - 1; row > 0 && w.at[row] > at; row-- {
	}
	cond := widths()
	for _, r := range text[w.at[row]:max(at, w.at[row])] {
		_, n := shown(r, column, cond)
		column += n
	}
	return row, column
}

// table returns the values as they are shown in so many columns.
func table(values []value.Value, out string, all bool, columns int, colours bool) (lines []string) {
	w := format.New(out, format.Screen{Terminal: true, Columns: columns, Rows: 2*len(values) + 20, Colours: colours})
	var dst []byte
	var wrong error
	for _, v := range values {
		if k := v.Kind(); k == value.KindText || k == value.KindString {
			v = value.String(string(v.Bytes()[:min(len(v.Bytes()), 16*columns)])) // no more than is seen
		}
		if dst, wrong = w.Append(dst, v); wrong != nil {
			break
		}
	}
	if all && wrong == nil && len(values) > 0 {
		dst = format.End(dst, w)
	} else {
		dst = format.Flush(dst, w)
	}
	if _, ok := w.(format.Shown); !ok || out == "text" {
		dst = terminal.AppendShown(nil, dst)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(dst), "\n"), "\n") {
		lines = append(lines, clip(line, columns))
	}
	if wrong != nil {
		lines = append(lines, printable(wrong.Error()))
	}
	if len(values) == 0 && wrong == nil {
		return nil
	}
	return lines
}

// paint returns text in a colour.
func (u *ui) paint(c terminal.Colour, text string) string {
	if !u.colours {
		return text
	}
	return string(c.Append(nil, text))
}

const prompt = "> "

// frame returns what the screen shows.
func (u *ui) frame() frame {
	f := u.helpFrame()
	if u.page == "" {
		f = u.editFrame()
	}
	for i := range f.lines { // no text reaches the terminal in another way
		f.lines[i] = clip(f.lines[i], u.columns)
	}
	return f
}

// editFrame is the text and what belongs to it.
func (u *ui) editFrame() frame {
	text, row, column := u.textRows()
	list := u.menuRows()
	rest := max(u.rows-len(text)-len(list)-1, 0)
	lines := slices.Concat(text, list, []string{u.rule(u.status())}, u.preview(rest))
	if len(lines) > u.rows {
		lines = lines[:u.rows]
	}
	for len(lines) < u.rows-1 {
		lines = append(lines, "")
	}
	if len(lines) < u.rows {
		lines = append(lines, u.paint(terminal.Dim, "Tab completes  F1 helps  ↑↓ history  Enter prints  Ctrl-C leaves"))
	}
	return frame{lines, min(row, max(u.rows-1, 0)), min(column, max(u.columns-1, 0))}
}

// textRows returns the rows of the text, the caret under the place of a mistake, and the message
// about it; and where the cursor is.
func (u *ui) textRows() (lines []string, row, column int) {
	w := wrap(u.text, u.columns-len(prompt)-1)
	row, column = w.place(u.text, u.at)
	message, at := u.message()
	caretRow, caret := -1, ""
	if at >= 0 {
		r, c := w.place(u.text, min(at, len(u.text)))
		caretRow, caret = r, strings.Repeat(" ", len(prompt)+c)+u.paint(terminal.BoldRed, "^")
	}
	most := max(u.rows/3, 1)
	first := max(row-most+1, 0)
	for i := first; i < len(w.rows) && i < first+most; i++ {
		start := "  "
		if i == 0 {
			start = u.paint(terminal.Bold, prompt)
		}
		lines = append(lines, start+w.rows[i])
		if i == caretRow {
			lines = append(lines, caret)
		}
	}
	cursor := row - first
	if caretRow >= first && caretRow < row {
		cursor++
	}
	if caretRow < first || caretRow >= first+most {
		lines = append(lines, "")
	}
	return append(lines, message...), cursor, len(prompt) + column
}

const mostMessage = 3 // rows of a message

// message returns the rows that say what is wrong with the text, or what is not run of it, and
// the place in the text; -1 for none.
func (u *ui) message() (lines []string, at int) {
	text, at, colour := u.said()
	rows := wrap(text, u.columns).rows
	if len(rows) > mostMessage {
		rows = rows[:mostMessage]
	}
	for _, r := range rows {
		lines = append(lines, u.paint(colour, r))
	}
	return lines, at
}

// menuRows returns the candidates of completion, those around the chosen one.
func (u *ui) menuRows() (lines []string) {
	m := u.menu
	if m == nil {
		return nil
	}
	most := min(len(m.list), max(u.rows/3, 1))
	first := min(max(m.chosen-most/2, 0), len(m.list)-most)
	widest, cond := 0, widths()
	var names []string
	for _, c := range m.list[first : first+most] {
		name := clip(printable(c.Show), 40)
		names, widest = append(names, name), max(widest, min(cond.StringWidth(name), 30))
	}
	for i, name := range names {
		mark, colour := "  ", terminal.Colour("")
		if first+i == m.chosen {
			mark, colour = "* ", terminal.Bold
		}
		blanks := strings.Repeat(" ", max(widest-cond.StringWidth(name), 0)+2)
		lines = append(lines, u.paint(colour, mark+name+blanks+printable(m.list[first+i].Summary)))
	}
	return lines
}

// printable returns a text as it can stand in a line.
func printable(text string) string { return string(terminal.AppendCell(nil, []byte(text))) }

// rule returns a line with a text in it.
func (u *ui) rule(text string) string {
	line := "── " + text + " "
	line += strings.Repeat("─", max(u.columns-widths().StringWidth(line), 0))
	return u.paint(terminal.Dim, line)
}

// preview returns the first rows of the result.
func (u *ui) preview(rows int) []string {
	r := &u.result
	if of := (tableKey{r.of, u.columns, len(r.values), r.state}); u.tableOf != of {
		u.tableOf = of
		u.table = table(r.values, u.out, r.state == whole && r.mistake == nil, u.columns, u.colours)
	}
	return u.table[:min(rows, len(u.table))]
}

// status says what the rows below it are.
func (u *ui) status() string {
	r := &u.result
	n := len(r.values)
	text := fmt.Sprintf("%d rows", n)
	switch {
	case r.state == nothing && n == 0:
		return "nothing to show yet"
	case r.state == running && n == 0:
		return "running …"
	case r.state == more:
		text = "the first rows"
	case n == 0:
		text = "no rows"
	case n == 1:
		text = "1 row"
	}
	switch {
	case r.state == running:
		text += ", running …"
	case r.state == timedOut:
		text += fmt.Sprintf(" within %v", previewTime)
	}
	if r.sampled {
		text += fmt.Sprintf(" of the first %d MB", sampleBytes>>20)
	}
	switch {
	case r.part && strings.TrimSpace(u.text) == "":
		text = "the input: " + text
	case r.part:
		text = "what comes to it: " + text
	case n == 0 && r.unfed && r.state == whole:
		text += "; without a FILE or a pipe standard input is empty here"
	}
	return text
}

// helpFrame returns a page of help.
func (u *ui) helpFrame() frame {
	var all []string
	for line := range strings.SplitSeq(u.page, "\n") {
		all = append(all, fold(line, u.columns)...)
	}
	rows := max(u.rows-1, 0)
	u.pageAt = max(min(u.pageAt, len(all)-rows), 0)
	lines := all[u.pageAt:min(u.pageAt+rows, len(all))]
	for len(lines) < rows {
		lines = append(lines, "")
	}
	if u.rows > 0 {
		lines = append(lines, u.rule("Esc or F1 leaves the help, ↑↓ and PgUp PgDn move in it"))
	}
	return frame{lines, max(len(lines)-1, 0), 0}
}

// fold cuts a line between words, where it has to be, and begins the rest as far to the right.
func fold(line string, columns int) (lines []string) {
	line = printable(line)
	indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
	for {
		row := wrap(line, columns).rows[0]
		if len(row) >= len(line) || len(indent) >= columns/2 {
			return append(lines, row)
		}
		if at := strings.LastIndexByte(row, ' '); at > len(indent) && line[len(row)] != ' ' {
			row = row[:at]
		}
		lines, line = append(lines, row), indent+strings.TrimLeft(line[len(row):], " ")
	}
}

// display writes frames to a terminal: of each only what is not there already.
type display struct{ on frame }

// draw returns what makes a terminal that shows the frame before show f; nil when it does.
func (d *display) draw(f frame) []byte {
	if slices.Equal(d.on.lines, f.lines) && d.on.row == f.row && d.on.column == f.column {
		return nil
	}
	b := []byte("\x1b[?25l")
	for i, line := range f.lines {
		if i >= len(d.on.lines) || d.on.lines[i] != line {
			b = fmt.Appendf(b, "\x1b[%d;1H\x1b[2K%s", i+1, line)
		}
	}
	d.on = f
	return fmt.Appendf(b, "\x1b[%d;%dH\x1b[?25h", f.row+1, f.column+1)
}

// clear returns what makes a terminal of another size, or one that others have written to, empty.
func (d *display) clear() []byte {
	d.on = frame{}
	return []byte("\x1b[0m\x1b[2J")
}
