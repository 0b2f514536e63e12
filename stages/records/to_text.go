package records

import (
	"bytes"

	"mtpipe/internal/format"
	"mtpipe/pipeline"
	"mtpipe/stages/each"
	"mtpipe/value"
)

// toTextStages write values as text, in the formats in which files have them.
func toTextStages() []*pipeline.Stage {
	var list []*pipeline.Stage
	for _, f := range format.Writable() {
		doc := f.Write.Stage
		if doc.Name == "" {
			continue
		}
		var trait pipeline.Trait
		if !f.Write.Apart {
			trait = pipeline.Ordered
		}
		if _, ok := f.Write.Arguments.Writer().(format.Headed); ok {
			trait |= pipeline.AsksNames
		}
		list = append(list, each.Writing{
			Doc:   pipeline.Doc{Name: doc.Name, Short: doc.Short, Trait: trait, Safe: true, Long: doc.Long},
			Usual: f.Write.Arguments,
			Do:    func(a any) each.Writer { return newToText(a.(format.WriterArguments)) },
		}.Stage())
	}
	return list
}

// toText makes of each value what the writer of a format makes of it: the text that it would
// write, without the newline at the end. A header is a text of its own.
type toText struct {
	w      format.Writer
	headed format.Headed // nil for a format without a header
}

func newToText(args format.WriterArguments) *toText {
	t := &toText{w: args.Writer()}
	t.headed, _ = t.w.(format.Headed)
	return t
}

// Write puts the text for v, and before the first one the header.
func (t *toText) Write(put func(value.Value), v value.Value) error {
	if t.headed != nil {
		if header, ok := t.headed.AppendHeader(nil, v); ok {
			put(value.Text(header))
		}
	}
	text, err := t.w.Append(nil, v)
	if err == nil {
		put(withoutNewline(text))
	}
	return err
}

// End puts the header if there was no value.
func (t *toText) End(put func(value.Value), names []string) {
	if header := format.AppendHeader(nil, t.w, names); len(header) > 0 {
		put(withoutNewline(header))
	}
}

func withoutNewline(text []byte) value.Value {
	return value.Text(bytes.TrimSuffix(text, []byte{'\n'}))
}
