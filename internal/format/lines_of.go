package format

import (
	"slices"

	"mtpipe/value"
)

// LinesOf returns what puts the records of a text in a format whose records are lines. They share
// no memory with the text.
func LinesOf(name string) func(text string, put func(value.Value)) error {
	codec := ByName(name).Cutter().(*records).codec
	return func(text string, put func(value.Value)) error {
		r := value.Records{Text: []byte(text), Codec: codec}
		codec.Parse(&r)
		for i := range r.Rows {
			if n := slices.IndexFunc(r.Bad, func(e value.RowError) bool { return e.Row == i }); n >= 0 {
				return r.Bad[n].Err
			}
			put(r.Value(i))
		}
		return nil
	}
}
