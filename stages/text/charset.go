package text

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"mtpipe/pipeline/syntax"
)

// charSet is a set of characters as tr reads it: in order, since places count.
type charSet struct {
	chars   []rune
	classes []classAt
	fill    int          // where [x*] stands in chars, as one x; -1 without one
	in      map[rune]int // the last place of each character
}

// class is the characters that a name such as [:alpha:] stands for.
type class struct {
	name string
	has  func(r rune) bool
}

// classAt is a class in a set. Its ASCII characters have places in chars, in their order;
// the others have none.
type classAt struct {
	*class
	first, last int // places in chars
}

var classes = []class{
	{"alnum", func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }},
	{"alpha", unicode.IsLetter},
	{"blank", func(r rune) bool { return r == ' ' || r == '\t' }},
	{"cntrl", unicode.IsControl},
	{"digit", func(r rune) bool { return '0' <= r && r <= '9' }},
	{"graph", func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }},
	{"lower", unicode.IsLower},
	{"print", func(r rune) bool { return r == ' ' || unicode.IsPrint(r) }},
	{"punct", func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }},
	{"space", unicode.IsSpace},
	{"upper", unicode.IsUpper},
	{"xdigit", func(r rune) bool { return '0' <= r && r <= '9' || 'a' <= r|' ' && r|' ' <= 'f' && r < utf8.RuneSelf }},
}

// has reports whether the set has r, which may be a byte that is no character.
func (s *charSet) has(r rune) bool {
	if _, ok := s.in[r]; ok {
		return true
	}
	for _, c := range s.classes {
		if c.has(r) {
			return true
		}
	}
	return false
}

// setReader reads a set.
type setReader struct {
	arg  string // its name in messages
	set  *charSet
	rest []setChar
}

// setChar is a character of a set's text; one behind a backslash only means itself.
type setChar struct {
	r       rune
	escaped bool
}

// parseSet reads the text of the argument arg as a set of characters.
func parseSet(arg, text string) (*charSet, error) {
	chars, err := setChars(text)
	if err != nil {
		return nil, fmt.Errorf("%s %w", arg, err)
	}
	p := &setReader{arg: arg, rest: chars, set: &charSet{fill: -1, in: make(map[rune]int)}}
	for len(p.rest) > 0 {
		if err := p.item(); err != nil {
			return nil, fmt.Errorf("%s %w", arg, err)
		}
	}
	for i, r := range p.set.chars {
		p.set.in[r] = i
	}
	return p.set, nil
}

// setChars reads the escapes in text.
func setChars(text string) ([]setChar, error) {
	var chars []setChar
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && size == 1 {
			return nil, fmt.Errorf("has a byte that is no character: %q", text[:1])
		}
		text = text[size:]
		if r != '\\' || text == "" {
			chars = append(chars, setChar{r, false})
			continue
		}
		r, size = utf8.DecodeRuneInString(text)
		if i := strings.IndexRune(`abfnrtv`, r); i >= 0 {
			r = rune("\a\b\f\n\r\t\v"[i])
		} else if '0' <= r && r <= '7' {
			size = 1
			for size < min(3, len(text)) && '0' <= text[size] && text[size] <= '7' {
				size++
			}
			n, _ := strconv.ParseUint(text[:size], 8, 16)
			if r = rune(n); r >= utf8.RuneSelf {
				return nil, fmt.Errorf(`has \%s, which is no character; write characters beyond ASCII as they are`, text[:size])
			}
		}
		text = text[size:]
		chars = append(chars, setChar{r, true})
	}
	return chars, nil
}

// plain reports whether the next characters are, without a backslash, those of text.
func (p *setReader) plain(text string) bool {
	for i, r := range []rune(text) {
		if i >= len(p.rest) || p.rest[i].escaped || p.rest[i].r != r {
			return false
		}
	}
	return true
}

// item reads a class, a repetition, a range or a character.
func (p *setReader) item() error {
	if p.plain("[:") {
		if name, ok := p.until(":]"); ok {
			return p.class(name)
		}
	}
	if p.plain("[=") && len(p.rest) > 4 && p.rest[3] == (setChar{'=', false}) && p.rest[4] == (setChar{']', false}) {
		p.set.chars = append(p.set.chars, p.rest[2].r)
		p.rest = p.rest[5:]
		return nil
	}
	if p.plain("[") && len(p.rest) > 3 && p.rest[2] == (setChar{'*', false}) {
		if done, err := p.repetition(); done || err != nil {
			return err
		}
	}
	first := p.rest[0].r
	if len(p.rest) < 3 || p.rest[1] != (setChar{'-', false}) {
		p.set.chars = append(p.set.chars, first)
		p.rest = p.rest[1:]
		return nil
	}
	last := p.rest[2].r
	if last < first {
		return fmt.Errorf("has the range %c-%c, whose ends are in the wrong order", first, last)
	}
	for r := first; r <= last; r++ {
		if utf8.ValidRune(r) {
			p.set.chars = append(p.set.chars, r)
		}
	}
	p.rest = p.rest[3:]
	return nil
}

// until returns the text between the two characters that come next and end, and moves
// behind that.
func (p *setReader) until(end string) (text string, ok bool) {
	for i := 2; i+1 < len(p.rest); i++ {
		if p.rest[i] == (setChar{rune(end[0]), false}) && p.rest[i+1] == (setChar{rune(end[1]), false}) {
			var b strings.Builder
			for _, c := range p.rest[2:i] {
				b.WriteRune(c.r)
			}
			p.rest = p.rest[i+2:]
			return b.String(), true
		}
	}
	return "", false
}

func (p *setReader) class(name string) error {
	var names []string
	for i := range classes {
		c := &classes[i]
		names = append(names, c.name)
		if c.name != name {
			continue
		}
		first := len(p.set.chars)
		for r := range rune(utf8.RuneSelf) {
			if c.has(r) {
				p.set.chars = append(p.set.chars, r)
			}
		}
		p.set.classes = append(p.set.classes, classAt{c, first, len(p.set.chars) - 1})
		return nil
	}
	return fmt.Errorf("has the class [:%s:]; there are %s", syntax.Cut(name), strings.Join(names, ", "))
}

// repetition reads [x*5] or [x*], which is as many as are needed.
func (p *setReader) repetition() (done bool, err error) {
	digits := ""
	i := 3
	for ; i < len(p.rest) && p.rest[i] != (setChar{']', false}); i++ {
		digits += string(p.rest[i].r)
	}
	if i == len(p.rest) || strings.Trim(digits, "0123456789") != "" {
		return false, nil // characters like others
	}
	n := uint64(0)
	if digits != "" {
		base := 10
		if digits[0] == '0' {
			base = 8
		}
		if n, err = strconv.ParseUint(digits, base, 20); err != nil {
			return false, fmt.Errorf("has a repetition with the number %s, which is wrong or too large", syntax.Cut(digits))
		}
	}
	r := p.rest[1].r
	if n == 0 {
		if p.arg == "set1" {
			return false, errors.New("cannot have a repetition without a number")
		}
		if p.set.fill >= 0 {
			return false, errors.New("can have only one repetition without a number")
		}
		p.set.fill, n = len(p.set.chars), 1
	}
	for range n {
		p.set.chars = append(p.set.chars, r)
	}
	p.rest = p.rest[i+1:]
	return true, nil
}
