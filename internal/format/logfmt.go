package format

import (
	"fmt"
	"strconv"
	"unicode"
	"unicode/utf8"

	"mtpipe/value"
)

// logfmt prints each record as a line of key=value pairs. A value that is no record is one
// called value.
type logfmt struct{}

func (logfmt) Append(dst []byte, v value.Value) ([]byte, error) {
	dst, err := AppendLogfmt(dst, v)
	if err != nil {
		return dst, err
	}
	return append(dst, '\n'), nil
}
func (logfmt) Flush(dst []byte) []byte { return dst }
func (logfmt) End(dst []byte) []byte   { return dst }

// AppendLogfmt appends the key=value pairs of a record, without a newline behind them. Null
// is a key with nothing behind its =; lists and records are JSON in quotes. In quotes text is
// escaped as in Go. It is an error when a name is no key: nothing is appended then.
func AppendLogfmt(dst []byte, v value.Value) ([]byte, error) {
	rec := record(v)
	start := len(dst)
	for i := range rec.Len() {
		name, e := rec.Name(i), rec.At(i)
		if name == "" || needsQuotes([]byte(name)) {
			return dst[:start], fmt.Errorf("the name %s cannot be a key of logfmt", value.TextOf(name).Quote())
		}
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = append(append(dst, name...), '=')
		if e.IsNull() {
			continue
		}
		at := len(dst)
		dst = e.AppendText(dst)
		if text := dst[at:]; len(text) == 0 || needsQuotes(text) {
			dst = strconv.AppendQuote(dst[:at], string(text))
		}
	}
	return dst, nil
}

// needsQuotes reports whether text would be cut or misread without quotes.
func needsQuotes(text []byte) bool {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r <= ' ' || r == '=' || r == '"' || r == utf8.RuneError && size == 1 || unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return true
		}
		text = text[size:]
	}
	return false
}
