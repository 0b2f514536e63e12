package search

import (
	"bytes"
	"regexp"
	"regexp/syntax"
	"strings"
)

// Options say what a pattern means.
type Options struct {
	Fixed      bool // the pattern is a literal
	IgnoreCase bool
	Word       bool // a match is no part of a longer word
	Line       bool // a match is the whole line
}

// Matcher tells which lines a pattern matches.
type Matcher struct {
	re    *regexp.Regexp // nil when the literal is all there is to it
	need  *Literal       // that every match holds, or nil
	exact bool           // a line that holds need matches
}

// Compile returns the matcher of a pattern in the syntax of package regexp.
func Compile(pattern string, o Options) (*Matcher, error) {
	expr := pattern
	if o.Fixed {
		expr = regexp.QuoteMeta(pattern)
	}
	if _, err := regexp.Compile(expr); err != nil {
		return nil, err
	}
	switch {
	case o.Line:
		expr = `^(?:` + expr + `)$`
	case o.Word:
		expr = `(?:^|[^\pL\pN_])(?:` + expr + `)(?:$|[^\pL\pN_])`
	}
	if o.IgnoreCase {
		expr = `(?i)` + expr
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil, err
	}
	m := &Matcher{re: re}
	text, whole := literalOf(expr)
	if len(text) > 0 {
		m.need = NewLiteral([]byte(text), o.IgnoreCase)
		m.exact = whole && !o.IgnoreCase
	}
	return m, nil
}

// literalOf returns the longest literal that every match of expr holds, and whether the
// literal is the whole expression.
func literalOf(expr string) (text string, whole bool) {
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return "", false
	}
	tree = tree.Simplify()
	return needed(tree), tree.Op == syntax.OpLiteral
}

func needed(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		text := string(re.Rune)
		if re.Flags&syntax.FoldCase != 0 && !foldsInASCII(text) {
			return ""
		}
		return text
	case syntax.OpCapture, syntax.OpPlus:
		return needed(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needed(re.Sub[0])
		}
	case syntax.OpConcat:
		best := ""
		for _, sub := range re.Sub {
			if s := needed(sub); len(s) > len(best) {
				best = s
			}
		}
		return best
	}
	return ""
}

// foldsInASCII reports whether no letter of s has another case outside ASCII: k and s do
// (the Kelvin sign and the long s).
func foldsInASCII(s string) bool {
	for _, r := range s {
		if r >= 0x80 || strings.ContainsRune("kKsS", r) {
			return false
		}
	}
	return true
}

// Match reports whether the pattern matches the line.
func (m *Matcher) Match(line []byte) bool {
	if m.need != nil && m.need.Index(line) < 0 {
		return false
	}
	return m.exact || m.re.Match(line)
}

// Each calls yield for every line of text that matches, with where it begins and ends
// without its newline, until yield returns false.
func (m *Matcher) Each(text []byte, yield func(start, end int) bool) {
	for off := 0; off < len(text); {
		start, end := off, 0
		if m.need != nil {
			i := m.need.Index(text[off:])
			if i < 0 {
				return
			}
			start = off + bytes.LastIndexByte(text[off:off+i], '\n') + 1
			end = lineEnd(text, off+i)
		} else {
			end = lineEnd(text, off)
		}
		if (m.exact || m.re.Match(text[start:end])) && !yield(start, end) {
			return
		}
		off = end + 1
	}
}

func lineEnd(text []byte, from int) int {
	if i := bytes.IndexByte(text[from:], '\n'); i >= 0 {
		return from + i
	}
	return len(text)
}

// FindAll calls yield for every match in the line, from left to right.
func (m *Matcher) FindAll(line []byte, yield func(start, end int)) {
	for _, at := range m.re.FindAllIndex(line, -1) {
		if at[0] < at[1] {
			yield(at[0], at[1])
		}
	}
}
