package format

import (
	"mtpipe/internal/terminal"
	"mtpipe/value"
)

// painted is a writer of JSON, or of text in which records are JSON, with the colours of its kinds.
type painted struct {
	Writer
	text     bool // it writes text
	terminal bool
	buf      []byte
}

// paint returns w with colours, if it is a writer of JSON or text and the screen has some.
func paint(w Writer, on Screen) Writer {
	if !on.Colours {
		return w
	}
	switch w.(type) {
	case *array, *jsonl, pretty:
		return &painted{Writer: w, terminal: on.Terminal}
	case *text:
		return &painted{Writer: w, terminal: on.Terminal, text: true}
	}
	return w
}

// IsShown says that JSON is escaped. Text is not meant to be.
func (*painted) IsShown() {}

// Append appends v.
func (p *painted) Append(dst []byte, v value.Value) ([]byte, error) {
	at := len(dst)
	dst, err := p.Writer.Append(dst, v)
	if p.text && v.Kind() != value.KindRecord && v.Kind() != value.KindList {
		return dst, err
	}
	return p.paint(dst, at), err
}

// AppendRow appends row i of r as it came, where the format does so.
func (p *painted) AppendRow(dst []byte, r *value.Records, i int) ([]byte, bool) {
	raw, ok := p.Writer.(Raw)
	if !ok {
		return dst, false
	}
	at := len(dst)
	if dst, ok = raw.AppendRow(dst, r, i); !ok {
		return dst, false
	}
	return p.paint(dst, at), true
}

// End appends what belongs after the last value.
func (p *painted) End(dst []byte) []byte {
	at := len(dst)
	return p.paint(End(dst, p.Writer), at)
}

// paint gives dst from at on, which is JSON, its colours.
func (p *painted) paint(dst []byte, at int) []byte {
	p.buf = append(p.buf[:0], dst[at:]...)
	return appendPainted(dst[:at], p.buf, p.terminal)
}

// appendPainted appends JSON in colours; on a terminal, what that would act on is escaped.
func appendPainted(dst, json []byte, onTerminal bool) []byte {
	for i := 0; i < len(json); {
		n := tokenLen(json[i:])
		token := json[i : i+n]
		i += n
		colour := colourOfToken(token, json[i:])
		dst = colour.Begin(dst)
		if onTerminal {
			dst = terminal.AppendShown(dst, token)
		} else {
			dst = append(dst, token...)
		}
		dst = colour.End(dst)
	}
	return dst
}

// tokenLen returns how long the token is that json begins with: a string, a number, a word, or else
// a single byte.
func tokenLen(json []byte) int {
	if json[0] == '"' {
		for i := 1; i < len(json); i++ {
			switch json[i] {
			case '\\':
				i++
			case '"':
				return i + 1
			}
		}
		return len(json)
	}
	n := 0
	for n < len(json) && isWordByte(json[n]) {
		n++
	}
	return max(n, 1)
}

func isWordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '+' || c == '.'
}

// colourOfToken returns the colour of a token, after which rest stands.
func colourOfToken(token, rest []byte) terminal.Colour {
	switch c := token[0]; {
	case c == '"':
		for _, c := range rest {
			if c == ':' {
				return terminal.BoldBlue
			}
			if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
				break
			}
		}
		return terminal.Green
	case c == 't', c == 'f':
		return terminal.Magenta
	case c == 'n':
		return terminal.Dim
	case isWordByte(c):
		return terminal.Cyan
	}
	return ""
}
