package syntax

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"

	"mtpipe/internal/redact"
)

// Error is one thing wrong with a pipeline: where, in which stage, what.
type Error struct {
	File  string // the script's name, "" for the command line
	Pos   Pos    // the zero Pos if no place in the text is to blame
	Stage string // "" when no stage is concerned
	Msg   string // the bare message; if it is "", Err's text stands for it
	Err   error  // the cause, or nil
	Src   string // the whole source text when it is to be shown with a caret, "" otherwise
}

// Error returns "COL: stage: message", or "FILE:LINE:COL: stage: message" for a script. A command line of several lines
// gives "LINE:COL: …" behind the first one. What is not known is left out with its colon.
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File + ":")
	}
	if e.Pos.IsValid() {
		if e.File != "" || e.Pos.Line > 1 {
			b.WriteString(strconv.Itoa(e.Pos.Line) + ":")
		}
		b.WriteString(strconv.Itoa(e.Pos.Col) + ":")
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	if e.Stage != "" {
		b.WriteString(e.Stage + ": ")
	}
	switch {
	case e.Msg == "" && e.Err != nil:
		b.WriteString(e.Err.Error())
	default:
		b.WriteString(e.Msg)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

const (
	caretWindow = 72 // terminal columns of source that Caret shows
	caretBefore = 48 // of them at most before the caret, if the line is cut
	tabWidth    = 8
	ellipsis    = "…"
)

// Caret returns the source line of the error and, on a second line, a caret under the place; no line end follows it. It
// returns "" if there is no Src or no place. Tabs become blanks, characters that a terminal would act on become U+FFFD,
// and of a line wider than 72 columns a window around the caret is shown, with … where it is cut.
func (e *Error) Caret() string {
	if e.Src == "" || !e.Pos.IsValid() || e.Pos.Offset > len(e.Src) {
		return ""
	}
	start := strings.LastIndexByte(e.Src[:e.Pos.Offset], '\n') + 1
	line, _, _ := strings.Cut(e.Src[start:], "\n")
	at := min(e.Pos.Offset-start, len(line))
	before, after := withoutSecrets(line, at)
	after = strings.TrimSuffix(after, "\r")
	if start == 0 {
		before = strings.TrimPrefix(before, byteOrderMark)
	}
	cells := appendCells(nil, before)
	caret := len(cells)
	shown, mark := window(appendCells(cells, after), caret)
	return shown + "\n" + strings.Repeat(" ", mark) + "^"
}

// withoutSecrets returns what stands before and after a place of a line, without the credentials
// of URLs. A place in one of them is its beginning.
func withoutSecrets(line string, at int) (before, after string) {
	rest, passed := 0, false // the place
	for _, span := range append(redact.Spans(line), [2]int{len(line), len(line)}) {
		if !passed && span[0] >= at {
			before += line[rest:at]
			rest, passed = at, true
		}
		part := line[rest:span[0]]
		if rest = span[1]; span[0] < len(line) {
			part += redact.Mask
		}
		switch {
		case passed:
			after += part
		case rest > at: // the place is in it
			before, after, passed = before+strings.TrimSuffix(part, redact.Mask), redact.Mask, true
		default:
			before += part
		}
	}
	return before, after
}

// cell is one character as it is shown.
type cell struct {
	text  string
	width int
}

// widths is the same on every machine, whatever its locale.
func widths() *runewidth.Condition { return &runewidth.Condition{StrictEmojiNeutral: true} }

// appendCells appends the characters of s, which stand behind those of cells.
func appendCells(cells []cell, s string) []cell {
	column := cellsWidth(cells)
	cond := widths()
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		s = s[size:]
		c := cell{text: string(r)}
		switch {
		case r == '\t':
			c.width = tabWidth - column%tabWidth
			c.text = strings.Repeat(" ", c.width)
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			c = cell{text: string(utf8.RuneError), width: 1}
		default:
			c.width = cond.RuneWidth(r)
		}
		column += c.width
		cells = append(cells, c)
	}
	return cells
}

func cellsWidth(cells []cell) int {
	total := 0
	for _, c := range cells {
		total += c.width
	}
	return total
}

// window joins the cells around the one at index caret, and returns the column of that one in the result.
func window(cells []cell, caret int) (string, int) {
	if cellsWidth(cells) <= caretWindow {
		return joinCells(cells), cellsWidth(cells[:caret])
	}
	// Both marks have their columns reserved whether they are needed or not.
	from, to := caret, caret
	room := caretWindow - 2
	for before := caretBefore; from > 0 && cells[from-1].width <= before; from-- {
		before -= cells[from-1].width
		room -= cells[from-1].width
	}
	for ; to < len(cells) && cells[to].width <= room; to++ {
		room -= cells[to].width
	}
	for ; from > 0 && cells[from-1].width <= room; from-- {
		room -= cells[from-1].width
	}
	shown := joinCells(cells[from:to])
	mark := cellsWidth(cells[from:caret])
	if from > 0 {
		shown = ellipsis + shown
		mark++
	}
	if to < len(cells) {
		shown += ellipsis
	}
	return shown, mark
}

func joinCells(cells []cell) string {
	var b strings.Builder
	for _, c := range cells {
		b.WriteString(c.text)
	}
	return b.String()
}

// Printable returns a message with the characters escaped that a terminal would act on, but
// for tabs and newlines: messages may hold pieces of the data.
func Printable(s string) string {
	acts := func(r rune) bool {
		return unicode.IsControl(r) && r != '\t' && r != '\n' || unicode.Is(unicode.Bidi_Control, r)
	}
	if !strings.ContainsFunc(s, acts) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if acts(r) {
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Quote quotes at most 40 characters of s for a message, without the credentials of URLs.
func Quote(s string) string {
	return strconv.Quote(Cut(redact.Text(s)))
}

// Cut returns at most 40 characters of s, for a message that quotes in a way of its own, with … where it is cut.
func Cut(s string) string {
	n := 0
	for i := range s {
		if n == 40 {
			return s[:i] + ellipsis
		}
		n++
	}
	return s
}

// Short returns a name for a message: as Quote does when it is long, or not seen where it ends, otherwise as it is.
func Short(name string) string {
	if strings.Trim(name, " \t") != name || name == "" || len(name) > 40 || strings.ContainsAny(name, "\r\n\"") {
		return Quote(name)
	}
	return name
}
