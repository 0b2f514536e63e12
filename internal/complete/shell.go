package complete

import (
	"path"
	"strings"
)

// Dialect is how a shell quotes words.
type Dialect struct {
	Name       string
	escape     byte   // quotes one character outside of quotes
	inDouble   string // what escape quotes between double quotes
	inSingle   string // and between single ones
	twice      bool   // a quote that stands twice is itself
	separators string // of commands
}

// dialects are those of the shells that completion knows.
var dialects = []Dialect{
	{Name: "bash", escape: '\\', inDouble: "$`\"\\", separators: "|&;()\n"},
	{Name: "zsh", escape: '\\', inDouble: "$`\"\\", separators: "|&;()\n"},
	{Name: "fish", escape: '\\', inDouble: "$\"\\", inSingle: `'\`, separators: "|&;()\n"},
	{Name: "powershell", escape: '`', inDouble: "$`\"", twice: true, separators: "|;&()\n"},
	{Name: "nushell", escape: 0, inDouble: "", separators: "|;()\n"},
}

// DialectOf returns that of the shell, nil when it is not known.
func DialectOf(shell string) *Dialect {
	for i := range dialects {
		if dialects[i].Name == shell {
			return &dialects[i]
		}
	}
	return nil
}

// words cuts a line into the words of its last command; the last word may be open.
func (d *Dialect) words(line string) (list []word) {
	for i := 0; i < len(line); {
		switch c := line[i]; {
		case c == ' ' || c == '\t' || c == '\r':
			i++
		case strings.IndexByte(d.separators, c) >= 0:
			list = nil
			i++
		default:
			w := d.word(line, i)
			list = append(list, w)
			i = w.end()
		}
	}
	return list
}

// word reads the word that begins at i.
func (d *Dialect) word(line string, i int) word {
	w := word{start: i, quoted: line[i] == '\'' || line[i] == '"'}
	var text []byte
	add := func(at int) { text, w.at = append(text, line[at]), append(w.at, at) }
	for ; i < len(line); i++ {
		c := line[i]
		switch {
		case d.escapes(w.open, line[i:]):
			add(i + 1)
			i++
		case c == w.open && d.twice && i+1 < len(line) && line[i+1] == c:
			add(i)
			i++
		case c == w.open:
			w.open = 0
		case w.open != 0:
			add(i)
		case c == '\'' || c == '"':
			w.open = c
		case i > w.start && (c == ' ' || c == '\t' || strings.IndexByte(d.separators, c) >= 0):
			w.text, w.raw, w.at = string(text), line[w.start:i], append(w.at, i)
			return w
		default:
			add(i)
		}
	}
	w.text, w.raw, w.at = string(text), line[w.start:], append(w.at, len(line))
	return w
}

// escapes reports whether rest begins with a character that is quoted by the one before it, in
// the quote that is open.
func (d *Dialect) escapes(open byte, rest string) bool {
	if d.escape == 0 || rest[0] != d.escape || len(rest) == 1 {
		return false
	}
	switch open {
	case '\'':
		return strings.IndexByte(d.inSingle, rest[1]) >= 0
	case '"':
		return strings.IndexByte(d.inDouble, rest[1]) >= 0
	}
	return true
}

// quote returns text as it is written in the quote that is open.
func (d *Dialect) quote(text string, open byte) string {
	switch {
	case open == '\'' && d.inSingle != "":
		return escapeBy(text, d.inSingle, d.escape)
	case open == '\'' && d.twice:
		return strings.ReplaceAll(text, "'", "''")
	case open == '\'':
		return strings.ReplaceAll(text, "'", `'\''`)
	case d.escape == 0:
		return text
	case open == '"':
		return escapeBy(text, d.inDouble, d.escape)
	}
	return escapeBy(text, " \t'\"\\$&|;<>(){}[]*?!#~`", d.escape)
}

// Line is a line of a shell with the cursor in it.
type Line struct {
	Dialect *Dialect
	Text    string
	Cursor  int // in bytes
	Program string
}

// Insertion is an answer as the shell takes it.
type Insertion struct {
	Answer
	Files bool   // the shell's own completion of files is meant
	Open  bool   // a quote is open
	Start int    // where the word at the cursor begins
	Kept  string // the text of the word, without quotes, before what is replaced
}

// Line returns what may be written at the cursor of a shell's line.
func (e *Engine) Line(l Line, program *Command) Insertion {
	before := l.Text[:l.Cursor]
	words := l.Dialect.words(before)
	cur := word{start: l.Cursor, at: []int{l.Cursor}}
	if n := len(words); n > 0 && words[n-1].end() == l.Cursor {
		cur, words = words[n-1], words[:n-1]
	}
	for i, w := range words {
		if name := path.Base(strings.ReplaceAll(w.text, `\`, "/")); name == l.Program || name == l.Program+".exe" {
			words = words[i+1:]
			break
		}
	}
	var after []string
	for _, w := range l.Dialect.words(l.Text) {
		if w.start > l.Cursor {
			after = append(after, w.text)
		}
	}
	c := &commandLine{Engine: e, dialect: l.Dialect, program: program, cur: cur, after: after}
	for _, w := range words {
		c.take(w.text)
	}
	answer := c.complete()
	answer.Start, answer.Open = cur.start, cur.open != 0
	n := 0
	for n < len(cur.text) && cur.at[n] < answer.From {
		n++
	}
	answer.Kept = cur.text[:n]
	return answer
}
