package repl

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// code is what a key asks for.
type code uint8

const (
	none code = iota
	typed
	enter
	newline
	tab
	backTab
	up
	down
	left
	right
	home
	end
	wordLeft
	wordRight
	pageUp
	pageDown
	backspace
	del
	killWord
	killBackWord
	killBack
	killRest
	yank
	undo
	escape
	help
	interrupt
	endOfInput
	redraw
	suspend
)

// key is a key that was pressed, or a text that was typed or pasted.
type key struct {
	code code
	text string // of typed
}

// decoder makes keys of what a terminal sends. The zero decoder is ready.
type decoder struct {
	rest    []byte // whose end has not come
	pasting bool
	pasted  []byte
}

const (
	pasteBegin = "\x1b[200~"
	pasteEnd   = "\x1b[201~"

	longestSequence = 64
	mostPasted      = 1 << 20 // bytes
)

// feed returns the keys that p ends.
func (d *decoder) feed(p []byte) (keys []key) {
	d.rest = append(d.rest, p...)
	for len(d.rest) > 0 {
		if d.pasting {
			if !d.paste(&keys) {
				return keys
			}
			continue
		}
		k, n := decode(d.rest)
		if n == 0 {
			return keys
		}
		d.pasting = string(d.rest[:n]) == pasteBegin
		d.rest = d.rest[n:]
		if k.code != none {
			keys = append(keys, k)
		}
	}
	return keys
}

// paste takes what was pasted, and reports whether its end has come.
func (d *decoder) paste(keys *[]key) bool {
	at := bytes.Index(d.rest, []byte(pasteEnd))
	n := at
	if at < 0 { // the rest may be the beginning of the end
		n = max(len(d.rest)-len(pasteEnd)+1, 0)
	}
	d.pasted = append(d.pasted, d.rest[:min(n, mostPasted-len(d.pasted))]...)
	d.rest = d.rest[n:]
	if at < 0 {
		return false
	}
	if text := plain(d.pasted); text != "" {
		*keys = append(*keys, key{typed, text})
	}
	d.rest, d.pasted, d.pasting = d.rest[len(pasteEnd):], nil, false
	return true
}

// waiting reports whether a key has begun that is Esc when nothing more comes.
func (d *decoder) waiting() bool { return len(d.rest) > 0 && !d.pasting }

// flush returns the key that has begun, since nothing more comes.
func (d *decoder) flush() []key {
	esc := len(d.rest) > 0 && d.rest[0] == 0x1b
	d.rest = nil
	if esc {
		return []key{{code: escape}}
	}
	return nil
}

// plain returns a text that was pasted as it can stand in a pipeline: without what is no UTF-8 and
// without control characters but for tabs and the ends of lines.
func plain(p []byte) string {
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(string(p), ""))
	return strings.TrimRight(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' && r != '\n' {
			return -1
		}
		return r
	}, text), "\n")
}

// decode returns the key that p begins with and how many bytes it takes: 0 when its end has not come.
func decode(p []byte) (key, int) {
	if p[0] == 0x1b {
		return decodeEscape(p)
	}
	if p[0] < ' ' || p[0] == 0x7f {
		return key{code: control(p[0])}, 1
	}
	if !utf8.FullRune(p) {
		return key{}, 0
	}
	r, n := utf8.DecodeRune(p)
	if r == utf8.RuneError && n == 1 || unicode.IsControl(r) {
		return key{}, n
	}
	return key{typed, string(r)}, n
}

// control returns what a control character asks for, as in readline.
func control(c byte) code {
	switch c {
	case 'A' & 31:
		return home
	case 'B' & 31:
		return left
	case 'C' & 31:
		return interrupt
	case 'D' & 31:
		return endOfInput
	case 'E' & 31:
		return end
	case 'F' & 31:
		return right
	case 'H' & 31, 0x7f:
		return backspace
	case '\t':
		return tab
	case '\r', '\n':
		return enter
	case 'K' & 31:
		return killRest
	case 'L' & 31:
		return redraw
	case 'N' & 31:
		return down
	case 'P' & 31:
		return up
	case 'U' & 31:
		return killBack
	case 'W' & 31:
		return killBackWord
	case 'Y' & 31:
		return yank
	case 'Z' & 31:
		return suspend
	case '_' & 31:
		return undo
	}
	return none
}

// decodeEscape decodes what begins with Esc.
func decodeEscape(p []byte) (key, int) {
	if len(p) == 1 {
		return key{}, 0
	}
	switch p[1] {
	case '[':
		return decodeCSI(p)
	case 'O':
		if len(p) == 2 {
			return key{}, 0
		}
		return key{code: letter(p[2], false)}, 3
	case 0x1b: // the first one stands for itself
		return key{code: escape}, 1
	}
	alt := map[byte]code{'b': wordLeft, 'f': wordRight, 'd': killWord, 0x7f: killBackWord, 'H' & 31: killBackWord, '\r': newline, '\n': newline}
	return key{code: alt[p[1]]}, 2
}

// decodeCSI decodes Esc [, numbers, and a letter.
func decodeCSI(p []byte) (key, int) {
	for i := 2; i < len(p); i++ {
		c := p[i]
		if c == '[' && i == 2 { // F1 … F5 of the Linux console
			if len(p) == 3 {
				return key{}, 0
			}
			return key{code: map[byte]code{'A': help}[p[3]]}, 4
		}
		if c >= 0x40 && c <= 0x7e {
			return key{code: sequence(string(p[2:i]), c)}, i + 1
		}
		if c < 0x20 || c > 0x7e || i == longestSequence {
			return key{}, i
		}
	}
	return key{}, 0
}

// sequence returns what a CSI sequence asks for.
func sequence(numbers string, last byte) code {
	first, modifier, _ := strings.Cut(numbers, ";")
	words := modifier == "3" || modifier == "5" // Alt, Ctrl
	if last != '~' {
		return letter(last, words)
	}
	switch first {
	case "1", "7":
		return home
	case "4", "8":
		return end
	case "3":
		return del
	case "5":
		return pageUp
	case "6":
		return pageDown
	case "11":
		return help
	}
	return none
}

func letter(c byte, words bool) code {
	switch c {
	case 'A':
		return up
	case 'B':
		return down
	case 'C':
		if words {
			return wordRight
		}
		return right
	case 'D':
		if words {
			return wordLeft
		}
		return left
	case 'H':
		return home
	case 'F':
		return end
	case 'P':
		return help
	case 'Z':
		return backTab
	}
	return none
}
