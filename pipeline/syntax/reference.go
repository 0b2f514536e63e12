package syntax

import (
	"strings"
	"unicode/utf8"
)

// Reference stands on both sides of a variable's name in what References returns. It is not in the text of any word that
// may have references.
const Reference = "\x00"

// VariableAt returns the name of the variable that s begins with, written $name or ${name}, and its length there; 0 when
// it begins with none. $@ and $# are none: outside of words they are text.
func VariableAt(s string) (name string, length int) {
	rest, dollar := strings.CutPrefix(s, "$")
	if inner, braces := strings.CutPrefix(rest, "{"); dollar && braces {
		if name, _, closed := strings.Cut(inner, "}"); closed && isVariable(name) && name != "@" && name != "#" {
			return name, len(name) + len("${}")
		}
		return "", 0
	}
	if n := variableLen(rest); dollar && n > 0 && rest[0] != '@' && rest[0] != '#' {
		return rest[:n], n + 1
	}
	return "", 0
}

// run is text of a literal as it stands in the source, from a byte of the literal on.
type run struct {
	from    int
	pos     Pos
	escaped bool // a backslash stands there, which quotes its first character
}

// Dollar is the reference for a dollar sign that a backslash quotes in the source: it is text, wherever it stands.
const Dollar = "$"

const dollar = Reference + Dollar + Reference

// References returns the word's text with its variables as references instead of their values, so that no value becomes
// a part of a program.
func (w *Word) References() string {
	var b strings.Builder
	for i := range w.Parts {
		b.WriteString(w.Parts[i].reference())
	}
	return b.String()
}

func (p *Part) reference() string {
	if p.Kind == Variable {
		return Reference + p.Text + Reference
	}
	if strings.IndexByte(p.Text, '$') < 0 {
		return p.Text
	}
	var b strings.Builder
	for i := range p.runs {
		text, quoted := p.run(i)
		if quoted {
			text = dollar + text[1:]
		}
		b.WriteString(text)
	}
	if len(p.runs) == 0 {
		return p.Text
	}
	return b.String()
}

// run returns the text of a run, and whether it begins with a dollar sign that is quoted.
func (p *Part) run(i int) (text string, quoted bool) {
	end := len(p.Text)
	if i+1 < len(p.runs) {
		end = p.runs[i+1].from
	}
	text = p.Text[p.runs[i].from:end]
	return text, p.runs[i].escaped && strings.HasPrefix(text, "$")
}

// Place returns where the byte of the word's text stands in the source: of the text with the values that lookup has for
// the variables or, when lookup is nil, of what References returns.
func (w *Word) Place(offset int, lookup func(name string) (string, bool)) Pos {
	for i := range w.Parts {
		p := &w.Parts[i]
		size := len(p.Text)
		switch {
		case lookup == nil:
			size = len(p.reference())
		case p.Kind == Variable:
			text, _ := lookup(p.Text)
			size = len(text)
		}
		if offset < size || i == len(w.Parts)-1 {
			return p.place(offset, lookup == nil)
		}
		offset -= size
	}
	return w.Pos
}

// place returns where a byte of the part's text stands, or of its text as a reference.
func (p *Part) place(offset int, reference bool) Pos {
	for i, r := range p.runs {
		text, quoted := p.run(i)
		more := 0
		if quoted && reference {
			more = len(dollar) - 1
		}
		if offset < len(text)+more || i == len(p.runs)-1 {
			return r.at(text[:min(max(offset-more, 0), len(text))])
		}
		offset -= len(text) + more
	}
	return p.Pos
}

// at returns the place behind text, with which the run begins.
func (r run) at(text string) Pos {
	pos := r.pos
	if r.escaped && text != "" {
		pos.Offset, pos.Col = pos.Offset+1, pos.Col+1
	}
	for text != "" {
		_, n := utf8.DecodeRuneInString(text)
		pos.Offset, pos.Col = pos.Offset+n, pos.Col+1
		if text[0] == '\n' {
			pos.Line, pos.Col = pos.Line+1, 1
		}
		text = text[n:]
	}
	return pos
}
