package codec

import (
	"errors"
	"strconv"
	"sync"

	"mtpipe/value"
)

// Logfmt is lines of key=value; a value in double quotes has the escapes of Go and JSON. A
// key without a value is true.
type Logfmt struct{ shapes sync.Pool }

// NewLogfmt returns the cutter of one file of lines of key=value.
func NewLogfmt() Cutter {
	return &records{codec: &Logfmt{sync.Pool{New: func() any { return new(shapes) }}}}
}

// Name returns logfmt.
func (c *Logfmt) Name() string { return "logfmt" }

var errNoKey = errors.New("a key is missing before =")

// Parse finds a row in each line that is not empty.
func (c *Logfmt) Parse(r *value.Records) {
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
}

func (c *Logfmt) row(r *value.Records, s *shapes, start, end int) {
	text := r.Text[:end]
	first := len(r.Fields)
	at := &s.root
	row := value.Row{Off: uint32(start), Len: uint32(end - start), First: uint32(first)}
	for i := afterBlanks(text, start); i < end; i = afterBlanks(text, i) {
		k := i
		for i < end && text[i] > ' ' && text[i] != '=' {
			i++
		}
		key := text[k:i]
		var f value.Field
		var err error
		if i == k {
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
		next := at.guess
		if next == nil || next.key != string(key) {
			next = s.child(at, key, func(k []byte) string { return string(k) })
			at.guess = next
		}
		at = next
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
func (c *Logfmt) Decode(text []byte) value.Value {
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
