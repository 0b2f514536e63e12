package format

import "slices"

// ReaderArguments are the arguments of a stage that reads a format.
type ReaderArguments interface {
	// FileNames returns the files to read; none for the stage's input.
	FileNames() []string
	// Cutter returns what cuts one file into blocks of records.
	Cutter() Cutter
}

// reader is the arguments of a stage that reads a format with the options O, a struct with
// tags, whose zero value means that none is given.
type reader[O any] struct {
	Files   []string `arg:"file..." reach:"reads" help:"the files to read, one after another; without them the input is read"`
	Options O        `inline:"yes"`
	open    func(O) Cutter
}

// readBy returns the arguments of a reader whose cutters open returns.
func readBy[O any](open func(O) Cutter) ReaderArguments { return &reader[O]{open: open} }

// FileNames returns the files.
func (r *reader[O]) FileNames() []string { return r.Files }

// Cutter returns what cuts one file.
func (r *reader[O]) Cutter() Cutter { return r.open(r.Options) }

// Parts returns the files, and what finds the records of one, where several may read them.
func (r *reader[O]) Parts() ([]string, func(name string) Cutter) {
	return Shared(r.Files), func(string) Cutter { return r.Cutter() }
}

// Shared returns the files, and none when standard input, which is read once, is one of them.
func Shared(files []string) []string {
	if slices.Contains(files, "-") {
		return nil
	}
	return files
}

// IsSource reports whether the stage reads files.
func (r *reader[O]) IsSource() bool { return len(r.Files) > 0 }

// WithFiles returns a copy that reads these files.
func (r *reader[O]) WithFiles(files []string) any {
	c := *r
	c.Files = files
	return &c
}

// Check checks the options, if they have conditions.
func (r *reader[O]) Check() error { return check(&r.Options) }

// WriterArguments are the arguments of a stage that writes a format.
type WriterArguments interface {
	// Writer returns what writes one file, or the input of one stage.
	Writer() Writer
}

// writer is the arguments of a stage that writes a format with the options O.
type writer[O any] struct {
	Options O `inline:"yes"`
	open    func(O) Writer
}

// writeBy returns the arguments of a writer that open returns.
func writeBy[O any](open func(O) Writer) WriterArguments { return &writer[O]{open: open} }

// Writer returns what writes.
func (w *writer[O]) Writer() Writer { return w.open(w.Options) }

// Check checks the options, if they have conditions.
func (w *writer[O]) Check() error { return check(&w.Options) }

func check(options any) error {
	if c, ok := options.(interface{ Check() error }); ok {
		return c.Check()
	}
	return nil
}

// none is the options of a format that has none.
type none struct{}

// textReading is the options of a format whose only one is --text.
type textReading struct {
	Text bool `opt:"text" help:"values are text, never numbers"`
}

// optionError is an error of one option.
type optionError struct {
	option string // its name in the tag
	msg    string
}

func (e *optionError) Error() string { return e.msg }

// Argument returns the name of the option.
func (e *optionError) Argument() string { return e.option }
