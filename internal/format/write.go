package format

import (
	"time"

	"mtpipe/value"
)

// Writer turns values into bytes. Text that a batch holds as it was read is appended as
// it is where the format allows.
type Writer interface {
	// Append appends v to dst. V is valid during the call.
	Append(dst []byte, v value.Value) ([]byte, error)
}

// Flusher is implemented by writers that hold values back for a while.
type Flusher interface {
	// Wait returns how long nothing may come before Flush is called; 0 is at once.
	Wait() time.Duration
	// Flush appends what was held back, because nothing more comes for a while.
	Flush(dst []byte) []byte
}

// Wait returns how long w may hold back what it has.
func Wait(w Writer) time.Duration {
	if f, ok := w.(Flusher); ok {
		return f.Wait()
	}
	return 0
}

// Flush appends what w holds back, if it does, and can be written now.
func Flush(dst []byte, w Writer) []byte {
	if f, ok := w.(Flusher); ok {
		return f.Flush(dst)
	}
	return dst
}

// Ender is implemented by writers that write something after the last value: End appends it.
type Ender interface{ End(dst []byte) []byte }

// End appends what belongs after the last value.
func End(dst []byte, w Writer) []byte {
	if e, ok := w.(Ender); ok {
		return e.End(dst)
	}
	return dst
}

// Headed is implemented by writers that write a line before that of the first value.
type Headed interface {
	// AppendHeader appends that line, as v asks for it, without its newline. It reports false,
	// and appends nothing, when there is none to write, or not any more.
	AppendHeader(dst []byte, v value.Value) ([]byte, bool)
}

// Naming is implemented by writers whose output begins with the names of fields.
type Naming interface {
	// AppendNames appends these names, if nothing was appended before.
	AppendNames(dst []byte, names []string) []byte
}

// AppendHeader appends the names of the records that did not come, if w begins with such a
// line and has written nothing. Nil names are not known.
func AppendHeader(dst []byte, w Writer, names []string) []byte {
	if n, ok := w.(Naming); ok && names != nil {
		return n.AppendNames(dst, names)
	}
	return dst
}

// Continuer is implemented by writers for which it makes a difference what the file has in their
// format already: Continue tells them, before the first value, how the file begins. It is an
// error when that is not their format.
type Continuer interface{ Continue(beginning []byte) error }

// New returns a writer of the format called name, which is one that is written, for the screen on. The
// format "" prints text as it is, and records as a table on a terminal, as JSON lines otherwise.
func New(name string, on Screen) Writer {
	switch {
	case name == "" && on.Terminal:
		return &shownText{table: newScreenTable(on)}
	case name == "":
		return newText()
	case name == tableFormat.Name && on.Terminal:
		return newScreenTable(on)
	}
	return ByName(name).Writer()
}

// ForFile returns a writer for the file called name. Where stages write its format, untyped
// text goes there as it is: it is in that format already, or meant to be.
func ForFile(name string) Writer {
	f := OfFile(name)
	if f.Write == nil {
		f = textFormat
	}
	w := f.Writer()
	if f.Write.Stage.Name == "" {
		return w
	}
	return &byFirst{w}
}

// ForAppending returns a writer that adds to the file called name: that of ForFile, but for a
// format in which all values stand in one list. There each value is a line.
func ForAppending(name string) Writer {
	if f := OfFile(name); f == jsonFormat || f == tableFormat {
		return newText()
	}
	return ForFile(name)
}

// byFirst becomes another writer with the first value.
type byFirst struct{ Writer }

// Chooser is implemented by writers that want to be replaced before they are used.
type Chooser interface {
	// Choose returns the writer to use; untyped says that the first value is untyped text.
	Choose(untyped bool) Writer
}

// End appends what belongs after the last value in the format.
func (b *byFirst) End(dst []byte) []byte { return End(dst, b.Writer) }

// AppendNames appends the names to begin with in the format.
func (b *byFirst) AppendNames(dst []byte, names []string) []byte {
	return AppendHeader(dst, b.Writer, names)
}

// Continue tells the format's writer what the file begins with.
func (b *byFirst) Continue(beginning []byte) error {
	if c, ok := b.Writer.(Continuer); ok {
		return c.Continue(beginning)
	}
	return nil
}

// Choose returns a writer of text, or of the format.
func (b *byFirst) Choose(untyped bool) Writer {
	if untyped {
		return newText()
	}
	return b.Writer
}

// Raw is implemented by writers that may write a record with the bytes that it came with.
type Raw interface {
	// AppendRow appends row i of r as it came. It reports false, and appends nothing, when the
	// format is another one, or the row would have to be changed.
	AppendRow(dst []byte, r *value.Records, i int) ([]byte, bool)
}
