package format

import (
	"errors"
	"fmt"
	"math/bits"

	"mtpipe/value"
)

// maxDepth is how deep lists and records may stand in each other.
const maxDepth = 10000

var (
	errNoValue   = errors.New("a value is missing")
	errString    = errors.New("a string has no closing quote")
	errControl   = errors.New("a control character stands in a string")
	errEscape    = errors.New("there is no such escape in JSON")
	errNumber    = errors.New("a number is written wrongly")
	errKey       = errors.New("a key is missing")
	errColon     = errors.New("a colon is missing behind a key")
	errComma     = errors.New("a comma or a closing bracket is missing")
	errDepth     = fmt.Errorf("lists and records stand more than %d deep in each other", maxDepth)
	errBehind    = errors.New("something stands behind the value")
	errDelimiter = errors.New("this is no value")
)

// scanner reads JSON text and checks all of it (RFC 8259); bytes that are not UTF-8 pass.
type scanner struct {
	text  []byte
	marks marks // of quotes, backslashes and control characters; text may be shortened
	shape shapes
	err   error // what is wrong, at the place at
	at    int
}

// fail notes a mistake and returns a place behind everything.
func (s *scanner) fail(at int, err error) int {
	if s.err == nil {
		s.at, s.err = at, err
	}
	return len(s.text) + 1
}

// blanks returns the first place from i on that is no white space.
func (s *scanner) blanks(i int) int {
	for i < len(s.text) {
		if c := s.text[i]; c > ' ' || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			break
		}
		i++
	}
	return i
}

// value reads the value at i, and returns the place behind it and what it is.
func (s *scanner) value(i, depth int) (end int, kind value.FieldKind) {
	if i >= len(s.text) {
		return s.fail(i, errNoValue), 0
	}
	switch c := s.text[i]; {
	case c == '"':
		end, escaped := s.str(i + 1)
		if escaped {
			return end, value.FieldEncoded
		}
		return end, value.FieldString
	case c == '-' || c-'0' <= 9:
		return s.number(i), value.FieldNumber
	case c == '{':
		return s.nested(i, depth+1, '}'), value.FieldEncoded
	case c == '[':
		return s.nested(i, depth+1, ']'), value.FieldEncoded
	case c == 't':
		return s.literal(i, "true"), value.FieldTrue
	case c == 'f':
		return s.literal(i, "false"), value.FieldFalse
	case c == 'n':
		return s.literal(i, "null"), value.FieldNull
	case c == ',' || c == '}' || c == ']':
		return s.fail(i, errNoValue), 0
	}
	return s.fail(i, errDelimiter), 0
}

func (s *scanner) literal(i int, word string) int {
	if len(s.text)-i < len(word) || string(s.text[i:i+len(word)]) != word {
		return s.fail(i, errDelimiter)
	}
	return i + len(word)
}

// str reads the string whose text begins at i, and returns the place behind its closing
// quote, and whether there are escapes in it.
func (s *scanner) str(i int) (end int, escaped bool) {
	text := s.text
	start := i
	for {
		if w := i >> 6; w < len(s.marks) {
			if x := s.marks[w] >> (i & 63); x != 0 {
				i += bits.TrailingZeros64(x)
			} else {
				i = s.marks.next((w+1)<<6, len(text))
			}
		}
		if i >= len(text) {
			return s.fail(start-1, errString), false
		}
		switch c := text[i]; {
		case c == '"':
			return i + 1, escaped
		case c == '\\':
			escaped = true
			if i = s.escape(i); i > len(text) {
				return i, true
			}
		case c == '\n':
			return s.fail(start-1, errString), false
		default:
			return s.fail(i, errControl), false
		}
	}
}

// begin makes the scanner read text, whose quotes, backslashes and control characters it
// finds first.
func (s *scanner) begin(text []byte) {
	s.text, s.err = text, nil
	s.marks.find(text, '"', '\\', '"', ' '-1)
}

// escape returns the place behind the escape at i.
func (s *scanner) escape(i int) int {
	if i+1 >= len(s.text) {
		return s.fail(i, errEscape)
	}
	switch s.text[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		for k := i + 2; k < i+6; k++ {
			if k >= len(s.text) || !isHex(s.text[k]) {
				return s.fail(i, errEscape)
			}
		}
		return i + 6
	}
	return s.fail(i, errEscape)
}

func isHex(c byte) bool { return c-'0' <= 9 || (c|0x20)-'a' <= 5 }

// number reads the number at i.
func (s *scanner) number(i int) int {
	text := s.text
	start := i
	if text[i] == '-' {
		i++
	}
	switch {
	case i < len(text) && text[i] == '0':
		i++
	case i < len(text) && text[i]-'0' <= 9:
		i = digits(text, i)
	default:
		return s.fail(start, errNumber)
	}
	if i < len(text) && text[i] == '.' {
		k := digits(text, i+1)
		if k == i+1 {
			return s.fail(start, errNumber)
		}
		i = k
	}
	if i < len(text) && text[i]|0x20 == 'e' {
		i++
		if i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		k := digits(text, i)
		if k == i {
			return s.fail(start, errNumber)
		}
		i = k
	}
	if i < len(text) && (text[i]-'0' <= 9 || (text[i]|0x20)-'a' < 26 || text[i] == '.') {
		return s.fail(start, errNumber)
	}
	return i
}

func digits(text []byte, i int) int {
	for i < len(text) && text[i]-'0' <= 9 {
		i++
	}
	return i
}

// nested checks the list or record at i, whose fields nobody asks for and which end ends, and
// returns the place behind it.
func (s *scanner) nested(i, depth int, end byte) int {
	if depth > maxDepth {
		return s.fail(i, errDepth)
	}
	i = s.blanks(i + 1)
	if i < len(s.text) && s.text[i] == end {
		return i + 1
	}
	for {
		if end == '}' {
			if i = s.key(i); i > len(s.text) {
				return i
			}
		}
		if i, _ = s.value(i, depth); i > len(s.text) {
			return i
		}
		i = s.blanks(i)
		switch {
		case i < len(s.text) && s.text[i] == ',':
			i = s.blanks(i + 1)
		case i < len(s.text) && s.text[i] == end:
			return i + 1
		default:
			return s.fail(i, errComma)
		}
	}
}

// key reads the key at i and returns where its value begins.
func (s *scanner) key(i int) int {
	if i >= len(s.text) || s.text[i] != '"' {
		return s.fail(i, errKey)
	}
	if i, _ = s.str(i + 1); i > len(s.text) {
		return i
	}
	return s.colon(i)
}

// colon returns the place of the value behind the colon that is at i, or behind blanks.
func (s *scanner) colon(i int) int {
	if i = s.blanks(i); i >= len(s.text) || s.text[i] != ':' {
		return s.fail(i, errColon)
	}
	return s.blanks(i + 1)
}

// fields reads the record at i, adds its fields to r, and returns the place behind it and
// its shape.
func (s *scanner) fields(r *value.Records, i int) (end int, shape *value.Shape) {
	text := s.text
	first, fields := len(r.Fields), r.Fields
	i = s.blanks(i + 1)
	at := &s.shape.root
	if i < len(text) && text[i] == '}' {
		return i + 1, at.of()
	}
	for {
		next := at.guess
		if next != nil && next.begins(text, i) {
			i += len(next.key)
		} else if next, i = s.unexpected(at, i); next == nil {
			return i, nil
		}
		at = next
		if i+1 < len(text) && text[i] == ':' && text[i+1] > ' ' {
			i++
		} else if i = s.colon(i); i > len(text) {
			return i, nil
		}
		f := value.Field{Off: uint32(i)}
		if i < len(text) && text[i] == '"' {
			var escaped bool
			if i, escaped = s.str(i + 1); escaped {
				f.Len, f.Kind = uint32(i)-f.Off, value.FieldEncoded
			} else {
				f.Off++
				f.Len, f.Kind = uint32(i)-1-f.Off, value.FieldString
			}
		} else {
			i, f.Kind = s.value(i, 1)
			f.Len = uint32(i) - f.Off
		}
		if i > len(text) {
			return i, nil
		}
		fields = append(fields, f)
		if i+1 < len(text) && text[i] == ',' && text[i+1] == '"' {
			i++
			continue
		}
		if i = s.blanks(i); i >= len(text) {
			return s.fail(i, errComma), nil
		}
		switch text[i] {
		case ',':
			i = s.blanks(i + 1)
		case '}':
			if r.Fields = fields; at.twice {
				at.settle(r, first)
			}
			return i + 1, at.of()
		default:
			return s.fail(i, errComma), nil
		}
	}
}

// unexpected reads the key at i, which is not the one that was guessed, and returns its node
// and the place behind it; no node when it is no key.
func (s *scanner) unexpected(at *node, i int) (next *node, end int) {
	if i >= len(s.text) || s.text[i] != '"' {
		return nil, s.fail(i, errKey)
	}
	if end, _ = s.str(i + 1); end > len(s.text) {
		return nil, end
	}
	at.guess = s.shape.child(at, s.text[i:end], keyName)
	return at.guess, end
}
