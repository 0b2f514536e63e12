package terminal

import (
	"strconv"
	"unicode"
	"unicode/utf8"
)

// FirstActing returns where the first byte of p is that may belong to something that a terminal acts
// on; len(p) when there is none.
func FirstActing(p []byte) int {
	for i, c := range p {
		if c < ' ' && c != '\n' && c != '\t' || c == 0x7f || c == 0xc2 || c == 0xd8 || c == 0xe2 {
			return i
		}
	}
	return len(p)
}

// AppendShown appends p with what a terminal would act on escaped as in a Go string: control
// characters, but for tabs and the ends of lines, and those that turn the direction of text. Bytes
// that are no UTF-8 are left as they are.
func AppendShown(dst, p []byte) []byte {
	for len(p) > 0 {
		r, n := utf8.DecodeRune(p)
		if r == '\t' || r == '\n' || r == '\r' && n < len(p) && p[n] == '\n' || !acts(r) {
			dst = append(dst, p[:n]...)
		} else {
			dst = appendEscape(dst, r)
		}
		p = p[n:]
	}
	return dst
}

// AppendCell appends text as it can stand within a line: tabs and the ends of lines are escaped, too.
// What is no UTF-8 is U+FFFD.
func AppendCell(dst, text []byte) []byte {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if acts(r) {
			dst = appendEscape(dst, r)
		} else {
			dst = utf8.AppendRune(dst, r)
		}
		text = text[n:]
	}
	return dst
}

func acts(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }

func appendEscape(dst []byte, r rune) []byte {
	if r == 0x7f { // so that it can stand in JSON, where there are no others of one byte
		return append(dst, `\u007f`...)
	}
	quoted := strconv.AppendQuoteRuneToASCII(nil, r)
	return append(dst, quoted[1:len(quoted)-1]...)
}
