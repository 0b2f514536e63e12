// Package format writes values as text: as plain lines, JSON, CSV, TSV or a table.
package format

import (
	"fmt"
	"slices"
	"strings"

	"mtpipe/value"
)

// Writer turns values into bytes. Text that a batch holds as it was read is appended as
// it is where the format allows.
type Writer interface {
	// Append appends v to dst.
	Append(dst []byte, v value.Value) ([]byte, error)
	// Flush appends what was held back and can be written now, because nothing more comes
	// for a while.
	Flush(dst []byte) []byte
	// End appends what belongs behind the last value.
	End(dst []byte) []byte
}

// Names returns the names of the formats.
func Names() []string { return []string{"text", "jsonl", "json", "csv", "tsv", "table"} }

// Known reports whether name is a format; "" is text.
func Known(name string) bool { return name == "" || slices.Contains(Names(), name) }

// New returns a writer of the format called name. The format "" prints text as it is and
// records as a table when terminal is set, as JSON lines otherwise.
func New(name string, terminal bool) Writer {
	switch name {
	case "jsonl":
		return jsonl{}
	case "json":
		return &array{}
	case "csv":
		return &rows{delimiter: ',', field: appendCSV}
	case "tsv":
		return &rows{delimiter: '\t', field: appendTSV}
	case "table":
		return &table{}
	}
	return &text{tables: terminal && name == ""}
}

// text prints each value on a line of its own.
type text struct {
	open   bool // the last line was written without its newline
	tables bool
	table  table
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
		dst = t.table.Flush(dst)
		t.table = table{} // records behind the text begin a new one
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
type jsonl struct{}

func (jsonl) Append(dst []byte, v value.Value) ([]byte, error) {
	return append(v.AppendJSON(dst), '\n'), nil
}
func (jsonl) Flush(dst []byte) []byte { return dst }
func (jsonl) End(dst []byte) []byte   { return dst }

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

// rows prints records as delimited fields under a header made of the first one's names. A
// value that is no record is a row of one field called value.
type rows struct {
	delimiter byte
	field     func(dst, s []byte) []byte
	header    []string
	scratch   []byte
}

func (r *rows) Append(dst []byte, v value.Value) ([]byte, error) {
	rec := record(v)
	if r.header == nil {
		r.header = rec.Shape().Names()
		for i, name := range r.header {
			dst = r.append(dst, i, []byte(name))
		}
		dst = append(dst, '\n')
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
	return append(dst, '\n'), nil
}

func (r *rows) append(dst []byte, i int, s []byte) []byte {
	if i > 0 {
		dst = append(dst, r.delimiter)
	} else if len(s) == 0 && len(r.header) == 1 {
		return append(dst, `""`...) // an empty line would be no row
	}
	return r.field(dst, s)
}

// fits checks that a record with other names than the header's has none beyond them.
func (r *rows) fits(rec *value.Record) error {
	for i := range rec.Len() {
		if !slices.Contains(r.header, rec.Name(i)) {
			return fmt.Errorf("a record has the field %q, which the header %s lacks", rec.Name(i), strings.Join(r.header, ","))
		}
	}
	return nil
}

func (r *rows) Flush(dst []byte) []byte { return dst }
func (r *rows) End(dst []byte) []byte   { return dst }

var valueShape = value.NewShape("value")

func record(v value.Value) *value.Record {
	if v.Kind() == value.KindRecord {
		return v.AsRecord()
	}
	return value.NewRecord(valueShape, v)
}

// appendCSV appends a field as RFC 4180 has it, in quotes only when it needs them.
func appendCSV(dst, s []byte) []byte {
	if !strings.ContainsAny(value.Text(s).Str(), ",\"\r\n") {
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
