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
		list = append(list, each.Value[any]{
			Doc:   pipeline.Doc{Name: doc.Name, Short: doc.Short, Trait: trait, Safe: true, Long: doc.Long},
			Usual: f.Write.Arguments,
			Do:    func(a *any) func(func(value.Value), value.Value) error { return toText((*a).(format.WriterArguments)) },
			Fresh: true,
		}.Stage())
	}
	return list
}

// toText returns what puts for each value what the writer of a format makes of it: the text
// that it would write, without the newline at the end. A header is a text of its own.
func toText(args format.WriterArguments) func(put func(value.Value), v value.Value) error {
	w := args.Writer()
	headed, _ := w.(format.Headed)
	return func(put func(value.Value), v value.Value) error {
		if headed != nil {
			if header, ok := headed.AppendHeader(nil, v); ok {
				put(value.Text(header))
			}
		}
		text, err := w.Append(nil, v)
		if err == nil {
			put(value.Text(bytes.TrimSuffix(text, []byte{'\n'})))
		}
		return err
	}
}
