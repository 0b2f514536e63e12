package pipeline

import (
	"strconv"
	"unicode"
	"unicode/utf8"

	"mtpipe/microthread"
)

// shown writes to a terminal, which acts on nothing that is data: control characters, but for tabs
// and the ends of lines, and those that turn the direction of text are written as in a Go string.
type shown struct {
	Writer
	buf []byte
}

// Write writes p, which holds whole characters.
func (s *shown) Write(t *microthread.Thread, p []byte) error {
	if at := firstActing(p); at < len(p) {
		s.buf = appendShown(append(s.buf[:0], p[:at]...), p[at:])
		p = s.buf
	}
	return s.Writer.Write(t, p)
}

// firstActing returns where the first byte is that may belong to something that a terminal acts on.
func firstActing(p []byte) int {
	for i, c := range p {
		if c < ' ' && c != '\n' && c != '\t' || c == 0x7f || c == 0xc2 || c == 0xd8 || c == 0xe2 {
			return i
		}
	}
	return len(p)
}

// appendShown appends p with what a terminal would act on escaped. Bytes that are no UTF-8 are left
// as they are.
func appendShown(dst, p []byte) []byte {
	for len(p) > 0 {
		r, n := utf8.DecodeRune(p)
		switch {
		case r == '\t' || r == '\n' || r == '\r' && n < len(p) && p[n] == '\n',
			!unicode.IsControl(r) && !unicode.Is(unicode.Bidi_Control, r):
			dst = append(dst, p[:n]...)
		default:
			if r == 0x7f { // so that it can stand in JSON, where there are no others of one byte
				dst = append(dst, `\u007f`...)
				break
			}
			quoted := strconv.AppendQuoteRuneToASCII(nil, r)
			dst = append(dst, quoted[1:len(quoted)-1]...)
		}
		p = p[n:]
	}
	return dst
}
