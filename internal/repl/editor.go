package repl

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// editor is the text of a pipeline that is being edited, with its cursor. It knows nothing of a screen.
type editor struct {
	text    string
	at      int // the cursor, in bytes
	killed  string
	undone  []version // what there was before the latest changes
	history []string  // the oldest first
	place   int       // in history; its length is the text that was typed
	draft   string    // that text, while another one is looked at
}

// version is a text as it was.
type version struct {
	text string
	at   int
}

const (
	mostUndone = 200
	longest    = 1 << 20 // bytes of a text
)

// newEditor returns an editor with the cursor at the end of text.
func newEditor(text string, history []string) editor {
	return editor{text: text, at: len(text), history: history, place: len(history)}
}

// press does what the key asks for, if that is the editor's business.
func (e *editor) press(k key) {
	switch k.code {
	case typed:
		e.replace(e.at, e.at, k.text)
	case newline:
		e.replace(e.at, e.at, "\n")
	case left:
		e.at = e.before(e.at)
	case right:
		e.at = e.after(e.at)
	case home:
		e.at = strings.LastIndexByte(e.text[:e.at], '\n') + 1
	case end:
		e.at = e.lineEnd()
	case wordLeft:
		e.at = e.wordBefore()
	case wordRight:
		e.at = e.wordAfter()
	case backspace:
		e.replace(e.before(e.at), e.at, "")
	case del, endOfInput:
		e.replace(e.at, e.after(e.at), "")
	case killWord:
		e.kill(e.at, e.wordAfter())
	case killBackWord:
		e.kill(e.blankBefore(), e.at)
	case killBack:
		e.kill(strings.LastIndexByte(e.text[:e.at], '\n')+1, e.at)
	case killRest:
		to := e.lineEnd()
		if to == e.at {
			to = e.after(to) // the end of the line itself
		}
		e.kill(e.at, to)
	case yank:
		e.replace(e.at, e.at, e.killed)
	case undo:
		e.undo()
	case up:
		e.vertical(-1)
	case down:
		e.vertical(1)
	}
}

// replace puts text in the place of what stands between two places, and the cursor after it.
func (e *editor) replace(from, to int, text string) {
	if e.text[from:to] == text || len(e.text)+len(text) > longest {
		return
	}
	e.undone = append(e.undone, version{e.text, e.at})
	if len(e.undone) > mostUndone {
		e.undone = slices.Delete(e.undone, 0, 1)
	}
	e.text = e.text[:from] + text + e.text[to:]
	e.at = from + len(text)
}

func (e *editor) kill(from, to int) {
	if from < to {
		e.killed = e.text[from:to]
		e.replace(from, to, "")
	}
}

func (e *editor) undo() {
	if n := len(e.undone); n > 0 {
		e.text, e.at = e.undone[n-1].text, e.undone[n-1].at
		e.undone = e.undone[:n-1]
	}
}

// before returns where the character before a place begins; marks on a letter belong to it.
func (e *editor) before(at int) int {
	for at > 0 {
		r, n := utf8.DecodeLastRuneInString(e.text[:at])
		at -= n
		if !isMark(r) {
			break
		}
	}
	return at
}

// after returns where the character at a place ends.
func (e *editor) after(at int) int {
	_, n := utf8.DecodeRuneInString(e.text[at:])
	for at += n; at < len(e.text); at += n {
		var r rune
		if r, n = utf8.DecodeRuneInString(e.text[at:]); !isMark(r) {
			break
		}
	}
	return at
}

// isMark reports whether r takes no column of its own.
func isMark(r rune) bool { return !unicode.IsControl(r) && runewidth.RuneWidth(r) == 0 }

func (e *editor) lineEnd() int {
	if n := strings.IndexByte(e.text[e.at:], '\n'); n >= 0 {
		return e.at + n
	}
	return len(e.text)
}

// isWord reports whether r is a part of what Alt-B and Alt-F move over.
func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// wordBefore returns where the word before the cursor begins.
func (e *editor) wordBefore() int {
	s := strings.TrimRightFunc(e.text[:e.at], func(r rune) bool { return !isWord(r) })
	return len(strings.TrimRightFunc(s, isWord))
}

// wordAfter returns where the word after the cursor ends.
func (e *editor) wordAfter() int {
	s := strings.TrimLeftFunc(e.text[e.at:], func(r rune) bool { return !isWord(r) })
	return len(e.text) - len(strings.TrimLeftFunc(s, isWord))
}

// blankBefore returns where what stands before the cursor begins, up to a blank.
func (e *editor) blankBefore() int {
	s := strings.TrimRightFunc(e.text[:e.at], unicode.IsSpace)
	return len(strings.TrimRightFunc(s, func(r rune) bool { return !unicode.IsSpace(r) }))
}

// vertical moves the cursor a line, or shows another text of the history when there is none.
func (e *editor) vertical(by int) {
	begin := strings.LastIndexByte(e.text[:e.at], '\n') + 1
	column := utf8.RuneCountInString(e.text[begin:e.at])
	switch {
	case by < 0 && begin > 0:
		e.at = e.inLine(strings.LastIndexByte(e.text[:begin-1], '\n')+1, column)
	case by > 0 && e.lineEnd() < len(e.text):
		e.at = e.inLine(e.lineEnd()+1, column)
	default:
		e.recall(e.place + by)
	}
}

// inLine returns the place in the line that begins at begin after so many characters.
func (e *editor) inLine(begin, column int) int {
	line, _, _ := strings.Cut(e.text[begin:], "\n")
	for i := range line {
		if column == 0 {
			return begin + i
		}
		column--
	}
	return begin + len(line)
}

// recall shows a text of the history; after the last one stands what was typed.
func (e *editor) recall(place int) {
	if place < 0 || place > len(e.history) {
		return
	}
	if e.place == len(e.history) {
		e.draft = e.text
	}
	text := e.draft
	if place < len(e.history) {
		text = e.history[place]
	}
	e.place = place
	e.replace(0, len(e.text), text)
}
