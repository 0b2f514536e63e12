package text

import (
	"errors"
	"slices"
	"unicode"
	"unicode/utf8"
)

const (
	none    rune = -1                  // no character
	deleted rune = -2                  // what becomes of a character that is deleted
	stray   rune = unicode.MaxRune + 1 // and a byte: that byte, which is no character
)

// translation says what becomes of each character, and which are squeezed.
type translation struct {
	ascii      [utf8.RuneSelf]rune // what becomes of these
	squeezed   [utf8.RuneSelf]bool
	simple     [utf8.RuneSelf]byte // the same for those that become an ASCII character which is not squeezed
	isSimple   [256]bool
	others     func(r rune) rune // what becomes of the others, stray bytes among them
	squeezes   func(r rune) bool // whether others are squeezed
	breaks     bool              // other characters may become newlines
	keepsLines bool              // a newline stays one, and no others come
}

func newTranslation() *translation {
	t := &translation{others: func(r rune) rune { return r }, squeezes: func(rune) bool { return false }}
	for i := range t.ascii {
		t.ascii[i] = rune(i)
	}
	return t
}

// remove deletes the characters of the set, or all others.
func (t *translation) remove(set *charSet, complement bool) {
	remove := func(r rune) rune {
		if set.has(r) != complement {
			return deleted
		}
		return r
	}
	t.set(remove)
}

func (t *translation) set(of func(rune) rune) {
	for i := range t.ascii {
		t.ascii[i] = of(rune(i))
	}
	t.others = of
}

// squeeze lets one stay of several equal characters in a row that are in the set, or not.
func (t *translation) squeeze(set *charSet, complement bool) {
	t.squeezes = func(r rune) bool { return set.has(r) != complement }
	for i := range t.squeezed {
		t.squeezed[i] = t.squeezes(rune(i))
	}
}

// replace puts the characters of second in place of those of first, or of all others.
func (t *translation) replace(first, second *charSet, complement bool) error {
	if len(second.chars) == 0 {
		return errors.New("set2 must not be empty")
	}
	t.breaks = slices.Contains(second.chars, '\n')
	if complement {
		return t.replaceOthers(first, second)
	}
	second.fillTo(len(first.chars))
	targets := make([]rune, len(first.classes)) // for characters beyond ASCII; none for the other case
	for i, c := range first.classes {
		targets[i] = second.at(c.last)
	}
	cases := make([]func(rune) rune, len(first.classes))
	for _, c := range second.classes {
		if c.first >= len(first.chars) {
			break // nothing becomes one of these
		}
		i := slices.IndexFunc(first.classes, func(f classAt) bool { return f.first == c.first && isCase(f.name) })
		if i < 0 || !isCase(c.name) {
			return errors.New("set2 can only have the classes [:lower:] and [:upper:], each in the place of the other in set1")
		}
		cases[i] = unicode.ToUpper
		if c.name == "lower" {
			cases[i] = unicode.ToLower
		}
	}
	t.set(func(r rune) rune {
		if i, ok := first.in[r]; ok {
			return second.at(i)
		}
		for i := len(first.classes) - 1; i >= 0; i-- {
			switch {
			case !first.classes[i].has(r):
			case cases[i] != nil:
				return cases[i](r)
			default:
				return targets[i]
			}
		}
		return r
	})
	return nil
}

func isCase(class string) bool { return class == "lower" || class == "upper" }

const beyondASCII = 128 // places that [x*] fills for the bytes that Unix tr has there

// replaceOthers puts the characters of second in place of those that are not in first: in
// their order as far as they are ASCII, the last one for all that follow.
func (t *translation) replaceOthers(first, second *charSet) error {
	if len(second.classes) > 0 {
		return errors.New("set2 cannot have a class with -c")
	}
	places := make(map[rune]int)
	for r := range rune(utf8.RuneSelf) {
		if !first.has(r) {
			places[r] = len(places)
		}
	}
	second.fillTo(len(places) + beyondASCII)
	last := second.chars[len(second.chars)-1]
	t.set(func(r rune) rune {
		if i, ok := places[r]; ok {
			return second.at(i)
		}
		if first.has(r) {
			return r
		}
		return last
	})
	return nil
}

// fillTo repeats what [x*] has, until the set has n characters.
func (s *charSet) fillTo(n int) {
	if s.fill < 0 {
		return
	}
	more := max(n-len(s.chars), -1) // -1: not even the one that stands there
	if more < 0 {
		s.chars = slices.Delete(s.chars, s.fill, s.fill+1)
	} else {
		s.chars = slices.Insert(s.chars, s.fill, slices.Repeat(s.chars[s.fill:s.fill+1], more)...)
	}
	for i := range s.classes {
		if s.classes[i].first > s.fill {
			s.classes[i].first += more
		}
	}
}

// at returns the character at place i, the last one for all places behind it.
func (s *charSet) at(i int) rune { return s.chars[min(i, len(s.chars)-1)] }

// finish works out what append asks for.
func (t *translation) finish() {
	t.keepsLines = !t.breaks && t.ascii['\n'] == '\n' && !t.squeezed['\n']
	for i, r := range t.ascii {
		if t.isSimple[i] = r >= 0 && r < utf8.RuneSelf && !t.squeezed[r]; t.isSimple[i] {
			t.simple[i] = byte(r)
		}
	}
}

// append appends text, translated. Last is the last character that was put before, and in
// the result.
func (t *translation) append(dst, text []byte, last rune) ([]byte, rune) {
	for len(text) > 0 {
		if n := t.appendSimple(&dst, text); n > 0 {
			last = rune(dst[len(dst)-1])
			text = text[n:]
		}
		n := 0
		for ; n < len(text) && !t.isSimple[text[n]]; n++ {
			c := text[n]
			r := stray + rune(c)
			if c < utf8.RuneSelf {
				r = t.ascii[c]
			} else {
				if other, size := utf8.DecodeRune(text[n:]); size > 1 {
					r = other
					n += size - 1
				}
				r = t.others(r)
			}
			if r == deleted || r == last && t.isSqueezed(r) {
				continue
			}
			last = r
			if r >= stray {
				dst = append(dst, byte(r-stray))
			} else {
				dst = utf8.AppendRune(dst, r)
			}
		}
		text = text[n:]
	}
	return dst, last
}

// appendSimple appends what becomes of the characters at the beginning of text that are
// simple, and returns how many there are.
func (t *translation) appendSimple(dst *[]byte, text []byte) int {
	n := 0
	for n < len(text) && t.isSimple[text[n]] {
		n++
	}
	at := len(*dst)
	*dst = append(*dst, text[:n]...)
	for i, c := range (*dst)[at:] {
		(*dst)[at+i] = t.simple[c&(utf8.RuneSelf-1)]
	}
	return n
}

func (t *translation) isSqueezed(r rune) bool {
	if r < utf8.RuneSelf {
		return t.squeezed[r]
	}
	return t.squeezes(r)
}
