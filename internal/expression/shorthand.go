package expression

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser/lexer"
)

// A name alone in a record stands for the field of that name: {a, b} is {a: a, b: b}. Of a
// variable, and of a field of an element, the name is what follows the sign: {$x, .y} is
// {x: $x, y: .y}. A record as the closure of a function such as map needs no braces of a closure
// around it when it has a colon or a comma: map(list, {n: #}). The parser knows none of this: it
// is given the text with what is missing.

// insertion is text that the parser is given and nobody has written.
type insertion struct {
	at, length int // in runes of the text as the parser is given it
	stands     int // the rune of the text that was written which errors in it are about
}

// closures are the functions whose second argument is computed for each element of a list.
var closures = strings.Fields("all none any one filter map count sum find findIndex findLast findLastIndex groupBy sortBy reduce")

// bracket is one that is open.
type bracket struct {
	record    bool
	bare      bool // a record that is a closure without braces of its own
	closure   int  // of a function's parenthesis: which of its arguments is a closure; -1 for none
	arguments int  // that were before
}

// spelledOut returns text with what the short forms in it stand for.
func (c *compiler) spelledOut(text string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	tokens, err := lexer.Lex(file.NewSource(text))
	if err != nil {
		return text // the parser finds the same and says so
	}
	s := speller{c: c, runes: []rune(text), tokens: tokens}
	for i := range tokens {
		s.token(i)
	}
	return string(append(s.out, s.runes[s.done:]...))
}

// speller writes a text anew, with insertions.
type speller struct {
	c      *compiler
	runes  []rune
	done   int // of the runes
	out    []rune
	tokens []lexer.Token
	open   []bracket
}

// insert writes text before a rune; errors in it are about the rune stands.
func (s *speller) insert(text string, before, stands int) {
	s.out = append(s.out, s.runes[s.done:before]...)
	s.done = before
	s.c.inserted = append(s.c.inserted, insertion{len(s.out), len([]rune(text)), stands})
	s.out = append(s.out, []rune(text)...)
}

// is reports whether token i is one of the operators or brackets.
func (s *speller) is(i int, values ...string) bool {
	return i >= 0 && i < len(s.tokens) && (s.tokens[i].Kind == lexer.Operator || s.tokens[i].Kind == lexer.Bracket) && slices.Contains(values, s.tokens[i].Value)
}

// token looks at token i.
func (s *speller) token(i int) {
	t := s.tokens[i]
	top := &bracket{closure: -1}
	if len(s.open) > 0 {
		top = &s.open[len(s.open)-1]
	}
	switch {
	case s.is(i, "{"):
		b := bracket{record: s.beginsOperand(i), closure: -1}
		if top.closure == top.arguments && s.is(i-1, "(", ",") {
			b.record = s.isRecord(i)
			b.bare = b.record
		}
		if b.bare {
			s.insert("{", t.From, t.From)
		}
		s.open = append(s.open, b)
		if b.record {
			s.entry(i + 1)
		}
	case s.is(i, "(", "["):
		s.open = append(s.open, bracket{closure: s.closureOf(i)})
	case s.is(i, ")", "]", "}"):
		if top.bare {
			s.insert("}", t.To, t.From)
		}
		s.open = s.open[:max(0, len(s.open)-1)]
	case s.is(i, ","):
		top.arguments++
		if top.record {
			s.entry(i + 1)
		}
	}
}

// entry writes the name that a field of a record lacks, which begins with token i.
func (s *speller) entry(i int) {
	from := s.tokens[i].From
	dot := s.is(i, ".")
	if dot {
		i++
	}
	t := s.tokens[i]
	if t.Kind != lexer.Identifier || !s.is(i+1, ",", "}") {
		return
	}
	name, variable := strings.CutPrefix(t.Value, "$")
	switch {
	case name == "", name == allName, name == countName, dot && variable:
	case !dot && !variable && slices.Contains([]string{"true", "false", "nil", "null"}, name): // which are no fields
	default:
		s.insert(name+": ", from, from)
	}
}

// beginsOperand reports whether the brace that is token i stands where a value does: not that of if or else.
func (s *speller) beginsOperand(i int) bool {
	if i == 0 || s.is(i-1, "(", "[", "{") {
		return true
	}
	before := s.tokens[i-1]
	return before.Kind == lexer.Operator && before.Value != "else" && !strings.HasPrefix(before.Value, "#")
}

// isRecord reports whether the brace that is token i begins a record with a colon or a comma, where
// it might be the brace of a closure as well.
func (s *speller) isRecord(i int) bool {
	i++
	switch t := s.tokens[i]; {
	case s.is(i, "."):
		return s.is(i+2, ",")
	case s.is(i, "("):
		for depth := 0; i < len(s.tokens); i++ {
			if s.is(i, "(", "[", "{") {
				depth++
			} else if s.is(i, ")", "]", "}") {
				if depth--; depth == 0 {
					return s.is(i+1, ":")
				}
			}
		}
	case t.Kind == lexer.Identifier, t.Kind == lexer.String, t.Kind == lexer.Number:
		return s.is(i+1, ":", ",")
	}
	return false
}

// closureOf returns which argument is a closure, of what stands in the parenthesis that is token
// i; -1 when none is.
func (s *speller) closureOf(i int) int {
	if i == 0 || s.tokens[i-1].Kind != lexer.Identifier || !s.is(i, "(") || !slices.Contains(closures, s.tokens[i-1].Value) {
		return -1
	}
	if s.is(i-2, "|") {
		return 0
	}
	return 1
}
