package search

import (
	"bytes"
	"regexp"
	"regexp/syntax"
	"unicode/utf8"
)

// Spans finds where a regular expression matches in texts, one after another, as
// regexp.FindAllIndex does: of the matches that begin first the one that the expression prefers.
//
// From each place at which a match may begin, an automaton reads on that remembers the places in
// the program in the order of their preference, and forgets those behind one that has come to the end
// (Cox, Regular Expression Matching in the Wild, 2010). Texts that are not ASCII, have newlines in them, or make it
// begin too often in vain are left to package regexp. One goroutine at a time may use it.
type Spans struct {
	re        *regexp.Regexp
	automaton      // whose transitions may have matchBefore
	words     bool // it asks for the ends of words
	around    bool // it asks for what stands around a match
}

// A transition is to no state when nothing can match any more; it may say that a match ends before the byte.
const (
	noState     = 1
	matchBefore = 1 << 31
	waste       = 8 // bytes that are read in vain for each one of a text
)

// NewSpans returns what finds the matches of re.
func NewSpans(re *regexp.Regexp) *Spans {
	s := &Spans{re: re}
	if a := compiled(re.String()); a != nil {
		s.automaton = *a
		for i := range s.prog.Inst {
			if in := &s.prog.Inst[i]; in.Op == syntax.InstEmptyWidth {
				s.around = true
				s.words = s.words || syntax.EmptyOp(in.Arg)&(syntax.EmptyWordBoundary|syntax.EmptyNoWordBoundary) != 0
			}
		}
		s.forget()
	}
	return s
}

// Each calls yield for the matches in text, at most so many, from left to right; without a limit when most is negative.
func (s *Spans) Each(text []byte, most int, yield func(start, end int)) {
	if !s.reads(text) {
		s.rest(text, 0, most, yield)
		return
	}
	s.each(text, most, yield)
}

// reads reports whether the automaton reads the text.
func (s *Spans) reads(text []byte) bool {
	return s.trans != nil && s.fills < maxFills && plain(text)
}

// EachGroups is Each, which tells of each match what regexp.FindSubmatchIndex does.
func (s *Spans) EachGroups(text []byte, most int, yield func(match []int)) {
	if s.around || !s.reads(text) {
		for _, m := range s.re.FindAllSubmatchIndex(text, most) {
			yield(m)
		}
		return
	}
	s.each(text, most, func(start, end int) {
		m := s.re.FindSubmatchIndex(text[start:end]) // it takes nothing else, since nothing is preferred to it
		for i := range m {
			if m[i] >= 0 {
				m[i] += start
			}
		}
		yield(m)
	})
}

// plain reports whether text is ASCII without newlines.
func plain(text []byte) bool {
	for i := range text {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return bytes.IndexByte(text, '\n') < 0
}

// each is Each for plain text.
func (s *Spans) each(text []byte, most int, yield func(start, end int)) {
	left := waste*len(text) + 1<<10
	last := -1 // where the last match ends
	for at := 0; at <= len(text) && most != 0; {
		start, end := -1, 0
		if left >= 0 {
			start, end = s.next(text, at, &left)
		}
		switch {
		case start < 0 && left < 0:
			s.rest(text, at, most, yield)
			return
		case start < 0:
			return
		}
		empty := end == start
		if !empty || start != last {
			yield(start, end)
			most--
		}
		last, at = end, end
		if empty {
			at++
		}
	}
}

// rest is each by package regexp, for the matches that do not begin before a place.
func (s *Spans) rest(text []byte, at, most int, yield func(start, end int)) {
	found := -1 // those that are left out count, too
	if at == 0 {
		found = most
	}
	for _, m := range s.re.FindAllIndex(text, found) {
		if most == 0 {
			return
		}
		if m[0] >= at {
			yield(m[0], m[1])
			most--
		}
	}
}

// next returns the first match that begins at from or later; -1 when there is none. Left is lessened by what was read
// in vain.
func (s *Spans) next(text []byte, from int, left *int) (start, end int) {
	for i := from; i <= len(text); i++ {
		state := s.from(text, i)
		if i < len(text) && s.trans[state+uint32(s.classes[text[i]])] == noState {
			continue
		}
		end, k := -1, i
		for ; k <= len(text); k++ {
			class := uint8(classEnd)
			if k < len(text) {
				class = s.classes[text[k]]
			}
			to := s.trans[state+uint32(class)]
			if to == unknown {
				to = s.step(state, class)
			}
			if to&matchBefore != 0 {
				end = k
				to &^= matchBefore
			}
			if to == noState {
				break
			}
			state = to
		}
		if end >= 0 {
			*left -= k - end
			return i, end
		}
		if *left -= k - i; *left < 0 {
			return -1, -1
		}
	}
	return -1, -1
}

// from returns the state in which a match begins at a place.
func (s *Spans) from(text []byte, i int) uint32 {
	switch {
	case i == 0:
		return s.stride
	case s.words && syntax.IsWordChar(rune(text[i-1])):
		return 3 * s.stride
	}
	return 2 * s.stride
}

// forget makes the automaton as it was at first: with the states in which matches begin.
func (s *Spans) forget() {
	s.begin(dstate{pcs: s.firsts(), begin: true}, dstate{pcs: s.firsts()}, dstate{pcs: s.firsts(), word: true})
}

// step computes the transition of the state for a class. The states may be forgotten then.
func (s *Spans) step(id uint32, class uint8) uint32 {
	d := s.states[id/s.stride]
	c := rune(s.samples[class])
	if class == classEnd {
		c = -1
	}
	word := c >= 0 && syntax.IsWordChar(c)
	next := dstate{word: word && s.words}
	to := uint32(0)
	if s.follow(&d, c, word, &next) {
		to = matchBefore
	}
	switch {
	case len(next.pcs) == 0:
		to |= noState
	case len(s.states) >= maxStates:
		s.forget()
		s.fills++
		return to | s.state(next)
	default:
		to |= s.state(next)
	}
	s.trans[id+uint32(class)] = to
	return to
}
