package format

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mtpipe/value"
)

// rows prints records as delimited fields under a header made of the first one's names. A
// value that is no record is a row of one field called value.
type rows struct {
	name      string
	delimiter byte
	noHeader  bool
	quoted    bool // all fields are, so that none is written as it came
	field     func(dst, s []byte) []byte
	header    []string
	begun     bool
	scratch   []byte
	last      value.Codec  // whose records are written as they come
	shape     *value.Shape // that has the names of the header; nil before there was one
	alike     value.Codec  // of the last record
	same      bool         // fields that stand in its text are written as they stand there
}

// newRows returns a writer of rows in the format called name, whose fields field appends.
func newRows(name string, delimiter byte, noHeader bool, field func(dst, s []byte) []byte) *rows {
	return &rows{name: name, delimiter: delimiter, noHeader: noHeader, field: field}
}

// Append appends the row of v, before the first one the header.
func (r *rows) Append(dst []byte, v value.Value) ([]byte, error) {
	if v.Kind() == value.KindError {
		return dst, r.noPlace(v)
	}
	dst = r.begin(dst, v)
	dst, err := r.row(dst, v)
	if err != nil {
		return dst, err
	}
	return append(dst, '\n'), nil
}

// noPlace says that v, an error, cannot be a row.
func (r *rows) noPlace(v value.Value) error {
	return fmt.Errorf("an error that was kept has no place in %s: %w", r.name, v.AsError())
}

// Continue leaves the header out, and keeps to that of the file, which has to have one unless
// none is to be written.
func (r *rows) Continue(beginning []byte) error {
	if r.noHeader {
		return nil
	}
	c := &csvCutter{options: csvOptions{name: r.name, delimiter: r.delimiter, fixed: true}}
	text := bytes.Clone(beginning)
	if c.Cut(text, true); c.ends.alone {
		return errors.New("its lines end with carriage returns alone")
	}
	if c.begin(text); c.codec == nil {
		return nil // there are empty lines only
	}
	if c.codec.header == nil {
		return errors.New("it has no header that could be read")
	}
	r.header, r.begun = c.codec.shape.Names(), true
	return nil
}

// begin appends the header as a line if there is one to write.
func (r *rows) begin(dst []byte, v value.Value) []byte {
	dst, ok := r.AppendHeader(dst, v)
	if ok {
		dst = append(dst, '\n')
	}
	return dst
}

// AppendHeader appends the header for rows with the names of v, if there is none yet.
func (r *rows) AppendHeader(dst []byte, v value.Value) ([]byte, bool) {
	if r.begun || v.Kind() == value.KindError {
		return dst, false
	}
	rec := record(v)
	r.header = rec.Shape().Names()
	raw, c := rec.Raw()
	as := raw != nil && r.takes(c, rec.Shape())
	r.begun = true
	if r.noHeader {
		return dst, false
	}
	if as {
		if h := c.(*csvCodec).header; h != nil {
			return append(dst, h...), true
		}
	}
	for i, name := range r.header {
		dst = r.append(dst, i, []byte(name))
	}
	return dst, true
}

// AppendNames appends the header with these names as a line, if there is none yet.
func (r *rows) AppendNames(dst []byte, names []string) []byte {
	return r.begin(dst, namesOnly(names))
}

// namesOnly returns a record with these names.
func namesOnly(names []string) value.Value {
	return value.Rec(value.NewRecord(value.NewShape(names...), make([]value.Value, len(names))...))
}

// row appends the row of v without a newline behind it. It is an error when v has a field
// that the header lacks; nothing is appended then.
func (r *rows) row(dst []byte, v value.Value) ([]byte, error) {
	rec := record(v)
	if raw, c := rec.Raw(); raw != nil && r.takes(c, rec.Shape()) {
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

func (r *rows) append(dst []byte, i int, s []byte) []byte {
	if i > 0 {
		dst = append(dst, r.delimiter)
	} else if len(s) == 0 && len(r.header) == 1 && r.name != "tsv" {
		return append(dst, `""`...) // an empty line would be no row; TSV, which has no quotes, reads it as one
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

var valueShape = value.NewShape("value")

func record(v value.Value) *value.Record {
	if v.Kind() == value.KindRecord {
		return v.AsRecord()
	}
	return value.NewRecord(valueShape, v)
}

// takes reports whether records of c's text may be written as they came: the format is the
// same, and so is the header, unless there is none yet.
func (r *rows) takes(c value.Codec, shape *value.Shape) bool {
	csv, ok := c.(*csvCodec)
	return ok && !r.quoted && csv.odd == nil && (csv.uneven == nil || shape == csv.shape || slices.Equal(shape.Names(), csv.shape.Names())) && csv.name == r.name && csv.delimiter == r.delimiter && (!r.begun || slices.Equal(csv.shape.Names(), r.header))
}

// AppendRow appends a row of the same format under the same header as it came, and the fields of
// another record that has the names of the header.
func (r *rows) AppendRow(dst []byte, rs *value.Records, i int) ([]byte, bool) {
	if !r.begun {
		dst = r.begin(dst, rs.Value(i))
	}
	row := &rs.Rows[i]
	if row.Made {
		return r.fields(dst, rs, i)
	}
	if rs.Codec != r.last {
		if !r.takes(rs.Codec, row.Shape) {
			return r.fields(dst, rs, i)
		}
		if rs.Codec.(*csvCodec).uneven == nil {
			r.last = rs.Codec
		}
	}
	return append(append(dst, rs.Text[row.Off:row.Off+row.Len]...), '\n'), true
}

// fields appends the fields of a record with the names of the header, in its order.
func (r *rows) fields(dst []byte, rs *value.Records, i int) ([]byte, bool) {
	shape := rs.Rows[i].Shape
	if shape == nil {
		return dst, false
	}
	if shape != r.shape {
		if !slices.Equal(shape.Names(), r.header) {
			return dst, false
		}
		r.shape = shape
	}
	list := rs.FieldsOf(i)
	for k := 0; k < len(list); {
		if n := r.together(rs, list[k:]); n > 0 {
			if k > 0 {
				dst = append(dst, r.delimiter)
			}
			last := list[k+n-1]
			dst = append(dst, rs.Text[list[k].Off:last.Off+last.Len]...)
			k += n
			continue
		}
		v := rs.Field(i, k)
		text := r.scratch[:0]
		if v.IsText() {
			text = v.Bytes()
		} else {
			text = v.AppendText(text)
			r.scratch = text
		}
		dst = r.append(dst, k, text)
		k++
	}
	return append(dst, '\n'), true
}

// together returns how many of the fields of a record, from the first on, stand in the text one after
// another just as they are written.
func (r *rows) together(rs *value.Records, list []value.Field) int {
	if rs.Codec != r.alike {
		c, ok := rs.Codec.(*csvCodec)
		r.same = ok && !r.quoted && c.odd == nil && c.name == r.name && c.delimiter == r.delimiter
		r.alike = rs.Codec
	}
	if !r.same || len(r.header) == 1 { // which may be empty
		return 0
	}
	text, from := rs.Text, list[0].Off
	end, n := from, 0
	for n < len(list) && list[n].Kind <= value.FieldString && (n == 0 || list[n].Off == end+1 && text[end] == r.delimiter) {
		end = list[n].Off + list[n].Len
		n++
	}
	if n == 0 { // Off of what was computed is no place in the text
		return 0
	}
	span := text[from:end]
	if from > 0 && text[from-1] == '"' || bytes.IndexByte(span, '"') >= 0 || bytes.IndexByte(span, '\r') >= 0 {
		return 0
	}
	return n
}
