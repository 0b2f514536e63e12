package pipeline

import (
	"errors"
	"fmt"
	"sync"

	"mtpipe/internal/format"
	"mtpipe/internal/input"
	"mtpipe/pipeline/syntax"
)

// FileFormat is an argument that says how a file is read which a stage reads beside its input, as
// --in says it: the name of a format, perhaps with options. The zero value goes by the file's name.
type FileFormat struct{ reader format.ReaderArguments }

// fileReaders is a registry of the stages that read formats.
var fileReaders = sync.OnceValue(func() *Registry {
	var stages []*Stage
	for _, f := range append(format.Readable(), format.ByName("text")) {
		stages = append(stages, DefineReaderAs(Doc{Name: f.Read.Stage.Name, Short: "Reads a file", Trait: Ordered}, f.Read.Arguments, func(*Job, any) error { return nil }))
	}
	return NewRegistry(Family{Name: "formats", Stages: stages})
})

// SetArg reads the name and the options.
func (f *FileFormat) SetArg(text string, _ func(string) (string, bool)) error {
	if text == "" {
		return errors.New(`must be a format such as csv, not ""`)
	}
	call, err := inCall(fileReaders(), text)
	if err != nil {
		return err
	}
	b := &binder{sourceText: new(sourceText), scope: Scope{Registry: fileReaders()}}
	bound, err := b.call(call, &frame{})
	var e *syntax.Error
	switch {
	case errors.As(err, &e):
		return fmt.Errorf("in the format %s: %s", syntax.Quote(text), e.Msg)
	case err != nil:
		return err
	}
	f.reader = bound.Args.(format.ReaderArguments)
	return nil
}

// IsSet reports whether a format was said.
func (f FileFormat) IsSet() bool { return f.reader != nil }

// Cutter returns what finds the records, or the lines, in the file of that name.
func (f FileFormat) Cutter(name string) format.Cutter {
	if f.reader != nil {
		return f.reader.Cutter()
	}
	return input.Cutter(name)
}
