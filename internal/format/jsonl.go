package format

import (
	"bytes"

	"mtpipe/value"
)

var jsonlFormat = &Format{
	Name:       "jsonl",
	Summary:    "JSON, one value a line",
	Extensions: []string{".jsonl", ".ndjson"},
	Any:        true,
	Read: &Reading{
		Stage: StageDoc{
			Name:  "jsonl",
			Short: "Reads JSON, one value a line",
			Long: `Numbers keep their digits and keys their order; of a key that stands twice the last
value counts. Empty lines are passed over. Records that are only chosen are written as
JSON lines with the bytes that they came with.`,
		},
		Arguments: readBy(func(none) Cutter { return &records{codec: newJSON("jsonl")} }),
	},
	Write: &Writing{
		Stage: StageDoc{
			Name:  "to_json",
			Short: "Puts each value as a line of JSON",
			Long: `Numbers keep their digits and records the order of their fields. Untyped text, such as a
line or a field of CSV, is a number where it is a plain decimal (12, -0.50); other text, such
as 007 and 1e5, is a string.`,
		},
		Arguments: writeBy(func(o jsonWriting) Writer {
			if o.Pretty {
				return pretty{}
			}
			return &jsonl{}
		}),
		Apart: true,
	},
}

type jsonWriting struct {
	Pretty bool `opt:"pretty" help:"indented, on as many lines as it takes"`
}

// jsonl prints each value as JSON on a line of its own.
type jsonl struct{ objects }

func (*jsonl) Append(dst []byte, v value.Value) ([]byte, error) {
	return append(v.AppendJSON(dst), '\n'), nil
}

// AppendRow appends a line of JSON.
func (j *jsonl) AppendRow(dst []byte, r *value.Records, i int) ([]byte, bool) {
	if dst, ok := appendJSONRow(dst, r, i); ok {
		return dst, true
	}
	return j.objects.append(dst, r, i)
}

// appendJSONRow appends a row of JSON that stands on one line.
func appendJSONRow(dst []byte, r *value.Records, i int) ([]byte, bool) {
	row := &r.Rows[i]
	if _, ok := r.Codec.(*jsonCodec); !ok || row.Made {
		return dst, false
	}
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
