package format

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"unicode"
	"unicode/utf8"

	"mtpipe/value"
)

var logfmtFormat = &Format{
	Name:       "logfmt",
	Summary:    "lines of key=value",
	Extensions: []string{".logfmt"},
	Read: &Reading{
		Stage: StageDoc{
			Name:  "logfmt",
			Short: "Reads records from lines of key=value",
			Long: `A value with blanks stands in double quotes, in which a backslash escapes as in JSON. A
key without a value is true. Values count as numbers where they look like one; with --text
they never do. An empty value counts as null.`,
		},
		Arguments: readBy(func(o textReading) Cutter {
			return &records{codec: &logfmtCodec{sync.Pool{New: func() any { return new(shapes) }}, o.Text}}
		}),
	},
	Write: &Writing{
		Stage: StageDoc{
			Name:  "to_logfmt",
			Short: "Puts each record as a line of key=value pairs",
			Long: `A value with blanks, quotes or = in it stands in quotes, escaped as in Go, and so does
empty text; of null there is only the key and =. Lists and records are JSON. A value that
is no record is one field called value. A name with blanks, quotes or = is an error.`,
		},
		Arguments: writeBy(func(none) Writer { return logfmt{} }),
		Apart:     true,
	},
}

// logfmtCodec reads lines of key=value; a value in double quotes has the escapes of Go and JSON. A
// key without a value is true.
type logfmtCodec struct {
	shapes sync.Pool
	text   bool // values are text where they look like a number, too
}

// Name returns logfmt.
func (c *logfmtCodec) Name() string { return "logfmt" }

var errNoKey = errors.New("a key is missing before =")

// Parse finds a row in each line that is not empty.
func (c *logfmtCodec) Parse(r *value.Records) {
	defer keepRows(r, takeRows(r))
	s := c.shapes.Get().(*shapes)
	s.trim()
	for start := 0; start < len(r.Text); {
		end := start + lineLength(r.Text[start:])
		if afterBlanks(r.Text[:end], start) < end {
			c.row(r, s, start, end)
		}
		start = end + 1
	}
	c.shapes.Put(s)
	if c.text {
		asStrings(r.Fields)
	}
}

func (c *logfmtCodec) row(r *value.Records, s *shapes, start, end int) {
	text := r.Text[:end]
	first := len(r.Fields)
	at := &s.root
	row := value.Row{Off: uint32(start), Len: uint32(end - start), First: uint32(first)}
	for i, before := afterBlanks(text, start), start; i < end; i, before = afterBlanks(text, i), i {
		k := i
		for i < end && text[i] > ' ' && text[i] != '=' {
			i++
		}
		key := text[k:i]
		var f value.Field
		var err error
		if n := bytes.IndexByte(text[before:k], '\r'); n >= 0 {
			i, err = before+n, errReturnWithin
		} else if i == k {
			err = errNoKey
		} else if i < end && text[i] == '=' {
			f, i, err = logfmtValue(text, i+1)
		} else {
			f = value.Field{Off: uint32(k), Len: uint32(i - k), Kind: value.FieldTrue}
		}
		if err != nil {
			r.Bad = append(r.Bad, value.RowError{Row: len(r.Rows), Off: i, Err: err})
			r.Rows = append(r.Rows, value.Row{Off: row.Off, Len: row.Len})
			r.Fields = r.Fields[:first]
			return
		}
		at = s.next(at, key)
		r.Fields = append(r.Fields, f)
	}
	if at.twice {
		at.settle(r, first)
	}
	row.Shape = at.of()
	r.Rows = append(r.Rows, row)
}

// afterBlanks returns the first place from i on where no blank stands.
func afterBlanks(text []byte, i int) int {
	for i < len(text) && text[i] <= ' ' {
		i++
	}
	return i
}

// logfmtValue reads the value at i and returns the place behind it.
func logfmtValue(text []byte, i int) (f value.Field, next int, err error) {
	start := i
	if i == len(text) || text[i] != '"' {
		for i < len(text) && text[i] > ' ' {
			i++
		}
		return value.Field{Off: uint32(start), Len: uint32(i - start)}, i, nil
	}
	for i++; i < len(text) && text[i] != '"'; i++ {
		if text[i] == '\\' {
			f.Kind = value.FieldEncoded
			i++
		}
	}
	if i >= len(text) {
		return f, start, errOpenQuote
	}
	if i+1 < len(text) && text[i+1] > ' ' {
		return f, i + 1, errAfterQuote
	}
	f.Off, f.Len = uint32(start), uint32(i+1-start)
	if f.Kind == value.FieldText {
		f.Off, f.Len = f.Off+1, f.Len-2
	}
	return f, i + 1, nil
}

// Decode returns the text of a quoted value with escapes; with those that neither Go nor JSON
// has, it is as it stands there.
func (c *logfmtCodec) Decode(text []byte) value.Value {
	v := c.decode(text)
	if c.text {
		return value.String(v.Str())
	}
	return v
}

func (c *logfmtCodec) decode(text []byte) value.Value {
	if s, err := strconv.Unquote(string(text)); err == nil {
		return value.TextOf(s)
	}
	var s scanner
	s.begin(text)
	if end, _ := s.str(1); end == len(text) {
		return value.Text(unquote(text).Bytes())
	}
	return value.Text(text[1 : len(text)-1])
}

// logfmt prints each record as a line of key=value pairs. A value that is no record is one
// called value.
type logfmt struct{}

func (logfmt) Append(dst []byte, v value.Value) ([]byte, error) {
	dst, err := appendLogfmt(dst, v)
	if err != nil {
		return dst, err
	}
	return append(dst, '\n'), nil
}

// appendLogfmt appends the key=value pairs of a record, without a newline behind them. Null
// is a key with nothing behind its =; lists and records are JSON in quotes. In quotes text is
// escaped as in Go. It is an error when a name is no key: nothing is appended then.
func appendLogfmt(dst []byte, v value.Value) ([]byte, error) {
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
		if e.Kind() == value.KindNull {
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
