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
	word  bool           // the first group of re is the match
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
		expr = `(?:^|[^\pL\pN_])(` + expr + `)(?:$|[^\pL\pN_])`
	}
	if o.IgnoreCase {
		expr = `(?i)` + expr
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil, err
	}
	m := &Matcher{re: re, word: o.Word && !o.Line}
	if need, whole := literalOf(expr); len(need.text) > 0 && !strings.Contains(need.text, "\n") {
		m.need = NewLiteral([]byte(need.text), need.fold)
		m.exact = whole && !need.fold
	}
	return m, nil
}

// requirement is text that every match holds, perhaps in other case.
type requirement struct {
	text string
	fold bool
}

// literalOf returns the longest literal that every match of expr holds, and whether the
// literal is the whole expression.
func literalOf(expr string) (need requirement, whole bool) {
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return requirement{}, false
	}
	tree = tree.Simplify()
	return needed(tree), tree.Op == syntax.OpLiteral
}

func needed(re *syntax.Regexp) requirement {
	switch re.Op {
	case syntax.OpLiteral:
		need := requirement{string(re.Rune), re.Flags&syntax.FoldCase != 0}
		if need.fold && !foldsInASCII(need.text) {
			return requirement{}
		}
		return need
	case syntax.OpCapture, syntax.OpPlus:
		return needed(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needed(re.Sub[0])
		}
	case syntax.OpConcat:
		var best requirement
		for _, sub := range re.Sub {
			if n := needed(sub); len(n.text) > len(best.text) {
				best = n
			}
		}
		return best
	}
	return requirement{}
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

// FindAll calls yield for every match in the line that is not empty, from left to right.
func (m *Matcher) FindAll(line []byte, yield func(start, end int)) {
	if m.word {
		m.findWords(line, yield)
		return
	}
	for _, at := range m.re.FindAllIndex(line, -1) {
		if at[0] < at[1] {
			yield(at[0], at[1])
		}
	}
}

// findWords finds matches between word boundaries. The character at a boundary may be the
// one before the next match, so the search goes on behind the word, not behind it.
func (m *Matcher) findWords(line []byte, yield func(start, end int)) {
	for off := 0; off < len(line); {
		at := m.re.FindSubmatchIndex(line[off:])
		if at == nil {
			return
		}
		if at[2] < at[3] {
			yield(off+at[2], off+at[3])
		}
		off += max(at[3], 1)
	}
}
