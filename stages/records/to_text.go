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
		trait := pipeline.Ordered
		if f.Write.Apart {
			trait = pipeline.PerValue
		}
		list = append(list, pipeline.DefineAs(pipeline.Doc{Name: doc.Name, Short: doc.Short, Trait: trait, Long: doc.Long}, f.Write.Arguments, toText))
	}
	return list
}

// toText puts what the writer of a format makes of each value: the text that it would write,
// without the newline at the end. A header is a text of its own.
func toText(j *pipeline.Job, args any) error {
	w := args.(format.WriterArguments).Writer()
	headed, _ := w.(format.Headed)
	return each.Change(j, func(v value.Value) (value.Value, error) {
		if headed != nil {
			if header, ok := headed.AppendHeader(nil, v); ok {
				j.Put(value.Text(header))
			}
		}
		text, err := w.Append(nil, v)
		return value.Text(bytes.TrimSuffix(text, []byte{'\n'})), err
	})
}
