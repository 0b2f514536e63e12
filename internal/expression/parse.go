package expression

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/parser/lexer"

	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

// maxText keeps the parser, which calls itself for every bracket, within its stack.
const maxText = 1 << 16

// program parses and compiles the whole text.
func (c *compiler) program() (root operand, err error) {
	if len(c.text) > maxText {
		return operand{}, &Error{maxText, "the expression is too long"}
	}
	for i, r := range c.text {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(c.text[i:]); n == 1 {
				return operand{}, &Error{i, `not valid UTF-8; write such bytes as b"\xff"`}
			}
		}
	}
	defer func() { // a slip of the parser must not end the run
		if r := recover(); r != nil {
			err = &Error{0, "the expression cannot be parsed"}
		}
	}()
	c.parsed = c.spelledOut(c.disguised())
	tree, err := parser.Parse(c.hideLargeIntegers(c.parsed))
	if err != nil {
		return operand{}, c.syntaxError(err)
	}
	if n, ok := tree.Node.(*ast.IntegerNode); ok && isDigits(strings.TrimSpace(c.text)) {
		return c.numeral(strings.TrimSpace(c.text), value.Int(int64(n.Value))), nil
	}
	return c.compile(tree.Node)
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// numeral compiles a whole number that is all of an expression: of a record that has a field of
// this name it is the field.
func (c *compiler) numeral(digits string, number value.Value) operand {
	c.digits, c.whole = digits, true
	var known places
	return operand{name: digits, v: number, run: func(it value.Value, _ *frame) (value.Value, error) {
		if it.Kind() == value.KindRecord {
			r := it.AsRecord()
			if i := known.find(r.Shape(), digits, nil); i >= 0 {
				return r.At(i), nil
			}
		}
		return number, nil
	}}
}

// hideLargeIntegers returns the text with integers beyond 64 bits, which the parser
// refuses, replaced by names of the same length, and remembers what they stand for.
func (c *compiler) hideLargeIntegers(text string) string {
	if !hasLongNumber(text) {
		return text
	}
	tokens, err := lexer.Lex(file.NewSource(text))
	if err != nil {
		return text // the parser finds the same and says so
	}
	letter := 'ᴬ' // letters nobody types
	for strings.ContainsRune(text, letter) {
		letter++
	}
	runes := []rune(text)
	for _, t := range tokens {
		if t.Kind != lexer.Number {
			continue
		}
		n, ok := largeInteger(t.Value)
		if !ok {
			continue
		}
		serial := []rune(strconv.Itoa(len(c.large)))
		name := runes[t.From:t.To]
		for i := range name {
			name[i] = letter
		}
		copy(name[len(name)-len(serial):], serial)
		if c.large == nil {
			c.large = map[string]largeLiteral{}
		}
		c.large[string(name)] = largeLiteral{t.Value, n}
	}
	return string(runes)
}

// largeLiteral is an integer beyond 64 bits that stands in the text.
type largeLiteral struct {
	text string
	v    value.Value
}

func hasLongNumber(s string) bool {
	run := 0
	for _, c := range []byte(s) {
		if c-'0' <= 9 || c == '_' || c|' ' >= 'a' && c|' ' <= 'f' {
			if run++; run > 15 {
				return true
			}
		} else if c != 'x' && c != 'X' && c != 'o' && c != 'O' {
			run = 0
		}
	}
	return false
}

func largeInteger(s string) (value.Value, bool) {
	s = strings.ReplaceAll(s, "_", "")
	base := 10
	if len(s) > 2 && s[0] == '0' {
		switch s[1] | ' ' {
		case 'x':
			base = 16
		case 'b':
			base = 2
		case 'o':
			base = 8
		}
		if base != 10 {
			s = s[2:]
		}
	}
	n, ok := new(big.Int).SetString(s, base)
	if !ok || n.IsInt64() {
		return value.Null, false
	}
	return value.Big(n), true
}

// offset returns the byte of the text that rune r stands for of what the parser is given.
func (c *compiler) offset(r int) int {
	more := 0
	for _, n := range c.inserted {
		if r < n.at {
			break
		}
		if r < n.at+n.length {
			r, more = n.stands, 0
			break
		}
		more += n.length
	}
	r -= more
	for i := range c.text {
		if r == 0 {
			return i
		}
		r--
	}
	return len(c.text)
}

// parsedOffset is offset for the text as the parser was given it.
func (c *compiler) parsedOffset(r int) int {
	in := compiler{text: c.parsed}
	return in.offset(r)
}

// fail returns an *Error at the node's place.
func (c *compiler) fail(n ast.Node, format string, args ...any) error {
	return &Error{c.offset(n.Location().From), fmt.Sprintf(format, args...)}
}

// syntaxError turns the parser's error into one of ours: the place in bytes, and what
// stands there in its own spelling.
func (c *compiler) syntaxError(err error) error {
	var at *file.Error
	if !errors.As(err, &at) {
		return &Error{0, err.Error()}
	}
	from, to := c.offset(at.From), c.offset(at.To)
	msg := at.Message
	switch {
	case strings.HasPrefix(msg, "unexpected token EOF"), strings.HasPrefix(msg, "unexpected end"):
		return &Error{len(c.text), "unexpected end of expression"}
	case msg == "literal not terminated":
		return &Error{from, "the text has no closing quote"}
	case c.foreignAt(from) != "":
		return &Error{from, c.foreignAt(from)}
	case strings.HasPrefix(msg, "unexpected token "):
		return &Error{from, "unexpected " + quoteToken(syntax.Cut(shown(c.text[from:to])))}
	case strings.HasPrefix(msg, "unrecognized character"):
		return &Error{from, "unexpected " + quoteToken(syntax.Cut(shown(c.text[from:to])))}
	case strings.HasPrefix(msg, "bad number syntax"):
		return &Error{from, "not a number"}
	case strings.HasPrefix(msg, "a map key must be"):
		return &Error{from, "a key must be a name, a text or an expression in parentheses"}
	case strings.HasPrefix(msg, "compilation failed"):
		return &Error{from, "the expression is too long"}
	case strings.HasPrefix(msg, "Operator ("):
		return &Error{from, "?? beside another operator needs parentheses"}
	case strings.HasSuffix(msg, "value out of range"):
		return &Error{c.tokenBefore(from), "number too large"}
	}
	return &Error{from, brief(strings.TrimSuffix(strings.ToLower(msg[:1])+msg[1:], "."))}
}

// foreignAt returns what to write instead of what other languages have at byte at, "" for anything else.
func (c *compiler) foreignAt(at int) string {
	rest := c.text[at:]
	before := strings.TrimRight(c.text[:at], " ")
	switch {
	case strings.HasPrefix(rest, "=~"), strings.HasPrefix(rest, "~"):
		return "a pattern is compared by matches: name matches \"^a\""
	case strings.HasPrefix(rest, "!~"):
		return "a pattern is compared by matches: not (name matches \"^a\")"
	case strings.HasPrefix(rest, "="):
		return "values are compared by ==; what sets a field is the stage set"
	case before == "" && len(rest) > 1 && rest[0] == '.' && (isLetterByte(rest[1]) || rest[1] == '_'):
		return "a field is written without a dot before it: " + syntax.Cut(wordAt(rest[1:]))
	case strings.HasPrefix(rest, ",") && strings.HasPrefix(before, "if("):
		return "a choice is written with ? and : as in a > 0 ? b : c"
	}
	return ""
}

// wordAt returns the letters, digits and underscores that text begins with.
func wordAt(text string) string {
	n := strings.IndexFunc(text, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if n < 0 {
		return text
	}
	return text[:n]
}

func isLetterByte(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

// tokenBefore returns the beginning of the number that ends before byte at: the parser
// complains of a number only when it has read what follows.
func (c *compiler) tokenBefore(at int) int {
	tokens, err := lexer.Lex(file.NewSource(c.parsed))
	if err != nil {
		return at
	}
	found := at
	for _, t := range tokens {
		from := c.offset(t.From)
		if from > at {
			break
		}
		if t.Kind == lexer.Number && (from < at || c.offset(t.To) >= len(c.text)) {
			found = from
		}
	}
	return found
}

func quoteToken(s string) string {
	if len(s) > 1 && (s[0] == '"' || s[0] == '\'' || s[0] == '`') {
		return s
	}
	return strconv.Quote(s)
}

// brief returns a message that others have made, which may quote all of a text, as it is when it is short.
func brief(msg string) string {
	if len(msg) <= 200 {
		return msg
	}
	return strings.ToValidUTF8(msg[:160], "") + "…"
}
