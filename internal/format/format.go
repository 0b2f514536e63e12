// Package format writes values as text: as plain lines, JSON, CSV, TSV, logfmt or a table.
package format

import (
	"fmt"
	"slices"
	"strings"

	"mtpipe/internal/codec"
	"mtpipe/value"
)

// Writer turns values into bytes. Text that a batch holds as it was read is appended as
// it is where the format allows.
type Writer interface {
	// Append appends v to dst. V is valid during the call.
	Append(dst []byte, v value.Value) ([]byte, error)
	// Flush appends what was held back and can be written now, because nothing more comes
	// for a while.
	Flush(dst []byte) []byte
	// End appends what belongs behind the last value.
	End(dst []byte) []byte
}

// Names returns the names of the formats.
func Names() []string { return []string{"text", "jsonl", "json", "csv", "tsv", "logfmt", "table"} }

// Known reports whether name is a format; "" is text.
func Known(name string) bool { return name == "" || slices.Contains(Names(), name) }

// New returns a writer of the format called name. The format "" prints text as it is and
// records as a table when terminal is set, as JSON lines otherwise.
func New(name string, terminal bool) Writer {
	switch name {
	case "jsonl":
		return &jsonl{}
	case "json":
		return &array{}
	case "csv":
		return NewRows("csv", ',')
	case "tsv":
		return NewRows("tsv", '\t')
	case "logfmt":
		return logfmt{}
	case "table":
		return &table{live: terminal}
	}
	return &text{tables: terminal && name == "", table: table{live: true}}
}

// ForFile returns a writer for a file whose name tells that it is to hold the format called
// name. Untyped text goes there as it is: it is in that format already, or meant to be.
func ForFile(name string) Writer { return &byFirst{Writer: New(name, false)} }

// byFirst becomes another writer with the first value.
type byFirst struct{ Writer }

// Chooser is implemented by writers that want to be replaced before they are used.
type Chooser interface {
	// Choose returns the writer to use; untyped says that the first value is untyped text.
	Choose(untyped bool) Writer
}

// Choose returns a writer of text, or of the format.
func (b *byFirst) Choose(untyped bool) Writer {
	if untyped {
		return New("text", false)
	}
	return b.Writer
}

// text prints each value on a line of its own.
type text struct {
	open   bool // the last line was written without its newline
	tables bool
	table  table
	objects
}

// TextTail is what a writer of text has to know of text that was written past it: whether
// the last line stands without a newline.
type TextTail interface {
	Tail(dst []byte, open bool) []byte
}

// Tail appends the newline that is still missing and notes whether the line that follows
// lacks one too.
func (t *text) Tail(dst []byte, open bool) []byte {
	if t.tables {
		dst = t.table.put(dst)
		t.table = table{live: true} // records behind the text begin a new one
	}
	if t.open {
		dst = append(dst, '\n')
	}
	t.open = open
	return dst
}

func (t *text) Append(dst []byte, v value.Value) ([]byte, error) {
	if t.tables && v.Kind() == value.KindRecord {
		return t.table.Append(dst, v)
	}
	dst = t.Tail(dst, v.Unterminated())
	dst = v.AppendText(dst)
	if !t.open {
		dst = append(dst, '\n')
	}
	return dst, nil
}

func (t *text) Flush(dst []byte) []byte { return t.table.Flush(dst) }
func (t *text) End(dst []byte) []byte   { return t.table.Flush(dst) }

// jsonl prints each value as JSON on a line of its own.
type jsonl struct{ objects }

func (*jsonl) Append(dst []byte, v value.Value) ([]byte, error) {
	return append(v.AppendJSON(dst), '\n'), nil
}
func (*jsonl) Flush(dst []byte) []byte { return dst }
func (*jsonl) End(dst []byte) []byte   { return dst }

// array prints all values as one JSON array, a value a line.
type array struct{ begun bool }

func (a *array) Append(dst []byte, v value.Value) ([]byte, error) {
	if a.begun {
		dst = append(dst, ",\n"...)
	} else {
		dst = append(dst, "[\n"...)
		a.begun = true
	}
	return v.AppendJSON(dst), nil
}
func (a *array) Flush(dst []byte) []byte { return dst }

func (a *array) End(dst []byte) []byte {
	if !a.begun {
		return append(dst, "[]\n"...)
	}
	return append(dst, "\n]\n"...)
}

// Rows prints records as delimited fields under a header made of the first one's names. A
// value that is no record is a row of one field called value.
type Rows struct {
	name      string
	delimiter byte
	field     func(dst, s []byte) []byte
	header    []string
	begun     bool
	scratch   []byte
	last      value.Codec // whose records are written as they come
}

// NewRows returns a writer of csv or tsv with another delimiter; that of tsv is a tab
// always.
func NewRows(name string, delimiter byte) *Rows {
	r := &Rows{name: name, delimiter: delimiter, field: appendTSV}
	if name == "csv" {
		special := string([]byte{delimiter, '"', '\r', '\n'})
		r.field = func(dst, s []byte) []byte { return appendCSV(dst, s, special) }
	}
	return r
}

// Append appends the row of v, before the first one the header.
func (r *Rows) Append(dst []byte, v value.Value) ([]byte, error) {
	if !r.begun {
		dst = append(r.Header(dst, v), '\n')
	}
	dst, err := r.Row(dst, v)
	if err != nil {
		return dst, err
	}
	return append(dst, '\n'), nil
}

// Header appends the header for rows with the names of v, without a newline behind it.
func (r *Rows) Header(dst []byte, v value.Value) []byte {
	rec := record(v)
	r.header, r.begun = rec.Shape().Names(), true
	if raw, c := rec.Raw(); raw != nil && r.takes(c) {
		if h := c.(*codec.CSV).Header(); h != nil {
			return append(dst, h...)
		}
	}
	for i, name := range r.header {
		dst = r.append(dst, i, []byte(name))
	}
	return dst
}

// Row appends the row of v without a newline behind it. It is an error when v has a field
// that the header lacks; nothing is appended then.
func (r *Rows) Row(dst []byte, v value.Value) ([]byte, error) {
	if v.Kind() == value.KindError && r.begun {
		return dst, fmt.Errorf("an error that was kept has no place in %s: %w", r.name, v.AsError())
	}
	rec := record(v)
	if raw, c := rec.Raw(); raw != nil && r.takes(c) {
		return append(dst, raw...), nil
	}
	if !slices.Equal(r.header, rec.Shape().Names()) {
		if err := r.fits(rec); err != nil {
			return dst, err
		}
	}
	for i, name := range r.header {
		e, _ := rec.Get(name)
		r.scratch = e.AppendText(r.scratch[:0])
		dst = r.append(dst, i, r.scratch)
	}
	return dst, nil
}

func (r *Rows) append(dst []byte, i int, s []byte) []byte {
	if i > 0 {
		dst = append(dst, r.delimiter)
	} else if len(s) == 0 && len(r.header) == 1 {
		return append(dst, `""`...) // an empty line would be no row
	}
	return r.field(dst, s)
}

// fits checks that a record with other names than the header's has none beyond them.
func (r *Rows) fits(rec *value.Record) error {
	for i := range rec.Len() {
		if !slices.Contains(r.header, rec.Name(i)) {
			return fmt.Errorf("a record has the field %q, which the header %s lacks", rec.Name(i), strings.Join(r.header, ","))
		}
	}
	return nil
}

// Flush appends nothing: rows are not held back.
func (r *Rows) Flush(dst []byte) []byte { return dst }

// End appends nothing.
func (r *Rows) End(dst []byte) []byte { return dst }

var valueShape = value.NewShape("value")

func record(v value.Value) *value.Record {
	if v.Kind() == value.KindRecord {
		return v.AsRecord()
	}
	return value.NewRecord(valueShape, v)
}

// appendCSV appends a field as RFC 4180 has it, in quotes only when one of the special
// characters is in it.
func appendCSV(dst, s []byte, special string) []byte {
	if !strings.ContainsAny(value.Text(s).Str(), special) {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	for _, c := range s {
		if c == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}

// appendTSV appends a field with tabs, newlines and backslashes written as \t, \n and \\.
func appendTSV(dst, s []byte) []byte {
	for _, c := range s {
		switch c {
		case '\t':
			dst = append(dst, `\t`...)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\\':
			dst = append(dst, `\\`...)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
