package search

import (
	"bytes"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"unicode/utf8"
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
	later *regexp.Regexp // of words: re after the first character of a line; the first group of both is the match
	dfas  sync.Pool      // of *dfa, that match what re does
	spans sync.Pool      // of *Spans, that find what re does
}

// Compile returns the matcher of a pattern in the syntax of package regexp.
func Compile(pattern string, o Options) (*Matcher, error) { return CompileAny(o, pattern) }

// CompileAny returns the matcher of patterns of which one has to match; without any, nothing does.
func CompileAny(o Options, patterns ...string) (*Matcher, error) {
	expr, err := anyOf(o, patterns)
	if err != nil {
		return nil, err
	}
	later := ""
	switch {
	case o.Line:
		expr = `^(?:` + expr + `)$`
	case o.Word:
		later = `[^\pL\pN_](` + expr + `)(?:$|[^\pL\pN_])`
		expr = `(?:^|[^\pL\pN_])(` + expr + `)(?:$|[^\pL\pN_])`
	}
	if o.IgnoreCase {
		expr, later = `(?i)`+expr, `(?i)`+later
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil, err
	}
	m := &Matcher{re: re}
	if o.Word && !o.Line {
		if m.later, err = regexp.Compile(later); err != nil {
			return nil, err
		}
	}
	m.dfas.New = func() any { return newDFA(expr) }
	m.spans.New = func() any { return NewSpans(re) }
	if need, whole := literalOf(expr); len(need.text) > 0 && !strings.Contains(need.text, "\n") {
		m.need = NewLiteral([]byte(need.text), need.fold)
		m.exact = whole && !need.fold
	}
	return m, nil
}

// anyOf returns the expression for any of the patterns.
func anyOf(o Options, patterns []string) (string, error) {
	if len(patterns) == 0 {
		return `[^\x00-\x{10FFFF}]`, nil
	}
	list := make([]string, len(patterns))
	for i, p := range patterns {
		if o.Fixed {
			p = regexp.QuoteMeta(p)
		}
		if _, err := CompilePattern(p); err != nil {
			return "", err
		}
		list[i] = p
	}
	if len(list) == 1 {
		return list[0], nil
	}
	return `(?:` + strings.Join(list, `)|(?:`) + `)`, nil
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
	if m.exact {
		return true
	}
	d := m.dfas.Get().(*dfa)
	defer m.dfas.Put(d)
	return m.matches(d, line)
}

// MatchText is Match for a text that may have newlines in it: it counts as one, whose ends are those
// of the text.
func (m *Matcher) MatchText(text []byte) bool {
	if bytes.IndexByte(text, '\n') >= 0 { // the automaton would take lines apart
		return m.re.Match(text)
	}
	return m.Match(text)
}

// matches reports whether the expression matches the line.
func (m *Matcher) matches(d *dfa, line []byte) bool {
	if d != nil && !d.exhausted() && len(line) > 0 {
		if yes, ok := d.match(line); ok {
			return yes
		}
	}
	return m.re.Match(line)
}

// Each calls yield for every line of text that matches, with where it begins and ends
// without its newline, until yield returns false.
func (m *Matcher) Each(text []byte, yield func(start, end int) bool) {
	if m.exact {
		m.eachLiteral(text, yield)
		return
	}
	d := m.dfas.Get().(*dfa)
	defer m.dfas.Put(d)
	off := 0
	if m.need != nil {
		if off = m.eachCandidate(d, text, yield); off < 0 {
			return
		}
	}
	for off < len(text) {
		var start, end int
		yes := true
		if d != nil && !d.exhausted() {
			outcome, at := d.run(text, off)
			if outcome == lineOver {
				return
			}
			start, end = lineAround(text, at)
			yes = outcome == matched || m.re.Match(text[start:end])
		} else {
			start, end = off, lineEnd(text, off)
			yes = m.re.Match(text[start:end])
		}
		if yes && !yield(start, end) {
			return
		}
		off = end + 1
	}
}

// eachLiteral is Each for a pattern that is a literal.
func (m *Matcher) eachLiteral(text []byte, yield func(start, end int) bool) {
	for off := 0; off < len(text); {
		i := m.need.Index(text[off:])
		if i < 0 {
			return
		}
		start, end := lineAround(text, off+i)
		if !yield(start, end) {
			return
		}
		off = end + 1
	}
}

const (
	sampled = 16  // lines with the literal after which it is seen how frequent they are
	sparse  = 256 // bytes from one to the next, for which looking for the literal is worth it
)

// eachCandidate does what Each does by the lines that hold the literal. Where these are
// frequent it stops, and returns the place from which on all lines are to be looked at; -1
// when there are no others.
func (m *Matcher) eachCandidate(d *dfa, text []byte, yield func(start, end int) bool) int {
	off := 0
	for n := 1; off < len(text); n++ {
		i := m.need.Index(text[off:])
		if i < 0 {
			return -1
		}
		start, end := lineAround(text, off+i)
		if m.matches(d, text[start:end]) && !yield(start, end) {
			return -1
		}
		off = end + 1
		if n == sampled && off < sampled*sparse {
			return off
		}
	}
	return -1
}

func lineEnd(text []byte, from int) int {
	if i := bytes.IndexByte(text[from:], '\n'); i >= 0 {
		return from + i
	}
	return len(text)
}

// FindAll calls yield for every match in the line that is not empty, from left to right.
func (m *Matcher) FindAll(line []byte, yield func(start, end int)) {
	if m.later != nil {
		m.findWords(line, yield)
		return
	}
	s := m.spans.Get().(*Spans)
	s.Each(line, -1, func(start, end int) {
		if start < end {
			yield(start, end)
		}
	})
	m.spans.Put(s)
}

// findWords finds matches between word boundaries. The character at a boundary may be the
// one before the next match, so the search goes on after the word, with its last character in
// sight.
func (m *Matcher) findWords(line []byte, yield func(start, end int)) {
	at, base := m.re.FindSubmatchIndex(line), 0
	for from := 0; at != nil; {
		start, end := base+at[2], base+at[3]
		if start < end {
			yield(start, end)
		}
		if from = max(end, from+1); from >= len(line) {
			return
		}
		_, size := utf8.DecodeLastRune(line[:from])
		base = from - size
		at = m.later.FindSubmatchIndex(line[base:])
	}
}
