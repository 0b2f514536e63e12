package format

import (
	"bytes"
	"slices"

	"mtpipe/internal/codec"
	"mtpipe/value"
)

// Raw is implemented by writers that may write a record with the bytes that it came with.
type Raw interface {
	// AppendRow appends row i of r as it came. It reports false, and appends nothing, when the
	// format is another one, or the row would have to be changed.
	AppendRow(dst []byte, r *value.Records, i int) ([]byte, bool)
}

// appendJSONRow appends a row of JSON that stands on one line.
func appendJSONRow(dst []byte, r *value.Records, i int) ([]byte, bool) {
	if _, ok := r.Codec.(*codec.JSON); !ok {
		return dst, false
	}
	row := &r.Rows[i]
	text := r.Text[row.Off : row.Off+row.Len]
	if r.Codec.Name() == "json" && bytes.IndexByte(text, '\n') >= 0 {
		return dst, false
	}
	return append(append(dst, text...), '\n'), true
}

// objects writes records of other formats as JSON, without making values of them first.
type objects struct {
	shape *value.Shape
	keys  [][]byte // of shape, as they are written
}

// append appends row i of r on a line of its own; false when it is no record.
func (o *objects) append(dst []byte, r *value.Records, i int) ([]byte, bool) {
	shape := r.Rows[i].Shape
	if shape == nil {
		return dst, false
	}
	if shape != o.shape {
		o.shape, o.keys = shape, o.keys[:0]
		for k, name := range shape.Names() {
			key := append([]byte(nil), "{,"[min(k, 1)])
			o.keys = append(o.keys, append(value.AppendQuoted(key, []byte(name)), ':'))
		}
	}
	if len(o.keys) == 0 {
		return append(dst, "{}\n"...), true
	}
	for k, key := range o.keys {
		dst = append(dst, key...)
		dst = r.Field(i, k).AppendJSON(dst)
	}
	return append(dst, "}\n"...), true
}

// AppendRow appends a line of JSON.
func (j *jsonl) AppendRow(dst []byte, r *value.Records, i int) ([]byte, bool) {
	if dst, ok := appendJSONRow(dst, r, i); ok {
		return dst, true
	}
	return j.objects.append(dst, r, i)
}

// AppendRow appends a record as JSON; anything else is printed as text.
func (t *text) AppendRow(dst []byte, r *value.Records, i int) ([]byte, bool) {
	if t.tables || r.Rows[i].Shape == nil {
		return dst, false
	}
	dst = t.Tail(dst, false)
	if dst, ok := appendJSONRow(dst, r, i); ok {
		return dst, true
	}
	return t.objects.append(dst, r, i)
}

// takes reports whether records of c's text may be written as they came: the format is the
// same, and so is the header, unless there is none yet.
func (r *Rows) takes(c value.Codec) bool {
	csv, ok := c.(*codec.CSV)
	return ok && csv.Name() == r.name && csv.Delimiter() == r.delimiter && (!r.begun || slices.Equal(csv.Shape().Names(), r.header))
}

// AppendRow appends a row of the same format under the same header.
func (r *Rows) AppendRow(dst []byte, rs *value.Records, i int) ([]byte, bool) {
	if !r.begun {
		dst = append(r.Header(dst, rs.Value(i)), '\n')
	}
	if rs.Codec != r.last {
		if !r.takes(rs.Codec) {
			return dst, false
		}
		r.last = rs.Codec
	}
	row := &rs.Rows[i]
	return append(append(dst, rs.Text[row.Off:row.Off+row.Len]...), '\n'), true
}
