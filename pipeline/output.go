package pipeline

import (
	"errors"
	"fmt"
	"io"
	"syscall"

	"mtpipe/internal/format"
	"mtpipe/internal/input"
	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/pipeline/syntax"
	"mtpipe/reactor"
	"mtpipe/value"
)

const (
	outputBuffer = 64 << 10 // what is gathered before a write
	directWrite  = 8 << 10  // text that is written from its block instead of being copied
)

// Writer is what values are written to: a File or a Conn of package microthread, or a standard
// stream.
type Writer interface {
	Write(t *microthread.Thread, p []byte) error
}

// Output gathers what is to be written to a file. It is written when there is enough of it
// and before its thread sleeps.
type Output struct {
	t       *microthread.Thread
	file    Writer
	encoder format.Writer
	buf     []byte
	reject  rejecting       // nil: a value that does not fit into the format ends the writing
	names   func() []string // the fields of what comes, when nothing has come; may be nil
	memory  int64           // bytes that a program may take which writes the format
	some    *bool           // is set when a value has come; nil: nobody asks
}

// rejecting does with row i of b, which err is about, what --on-error says; an error ends the
// writing.
type rejecting func(b *value.Batch, i int, err error) error

// write is the body of the thread that prints what the pipeline puts.
func (r *run) write(t *microthread.Thread) error {
	to := r.streams.output()
	if file, ok := to.(*microthread.File); ok && !r.effect { // or else there is something to be done for others than the reader
		defer file.OnHangUp(t, t.Terminate)()
	}
	on := r.screen()
	if on.Terminal && (r.settings.Progress || r.settings.Live) {
		to = belowLine{to, r.streams}
	}
	encoder := format.New(r.settings.Out, on)
	if _, ok := encoder.(format.Shown); on.Terminal && !ok && r.settings.Out != "text" {
		to = &shown{Writer: to}
	}
	if _, outside := encoder.(format.OutsideWriter); outside && on.Terminal {
		return &syntax.Error{Stage: "output", Msg: fmt.Sprintf("a file in the format %s is not for a terminal; write FILE, or > FILE, puts it into a file", r.settings.Out)}
	}
	some := !r.settings.WantSome
	o := &Output{t: t, file: to, encoder: encoder, reject: r.rejectOutput(t), memory: r.memory / 2, some: &some,
		names: func() []string { return r.names(nil, nil) }}
	format.KeepDocuments(o.encoder, r.documents, on.Terminal)
	if err := annotateOutput(o.copy()); err != nil || some {
		return err
	}
	return &syntax.Error{Msg: "nothing was put"}
}

// annotateOutput returns what has gone wrong. That the reader of standard output has gone, and
// not that of a stage's file, is nothing of that.
func annotateOutput(err error) error {
	if err == nil {
		return nil
	}
	var list []error
	for _, cause := range causes(err) {
		if _, ok := cause.(*syntax.Error); !ok {
			if errors.Is(cause, syscall.EPIPE) || errors.Is(cause, io.ErrClosedPipe) {
				continue
			}
			cause = &syntax.Error{Stage: "output", Msg: message(cause), Err: cause}
		}
		list = append(list, cause)
	}
	return joined(list)
}

// WriteAll writes everything that the stage reads to file, in the given format: what a
// sink does. What --on-error says holds for values that do not fit into the format. When
// nothing comes, a format with a header has that, where the stage has the trait AsksNames.
func (j *Job) WriteAll(file Writer, encoder format.Writer) error {
	format.KeepDocuments(encoder, j.Documents(), false)
	o := &Output{t: j.Thread, file: file, encoder: encoder, reject: j.Reject, names: j.Names, memory: j.Memory()}
	return o.copyFrom(j.in)
}

// WriteAll writes everything that t reads from in to file, in the given format. What has come
// is written before t waits for more.
func WriteAll(t *microthread.Thread, in *pipe.Pipe, file Writer, encoder format.Writer) error {
	o := &Output{t: t, file: file, encoder: encoder}
	return o.copyFrom(in)
}

// FromStage reports whether err has the error of a stage in it, as that which comes with an input,
// other than what went wrong in writing it to a file.
func FromStage(err error) bool {
	var of *syntax.Error
	return errors.As(err, &of)
}

// NewOutput returns what writes batches to file without a thread: file does not suspend.
func NewOutput(file Writer, encoder format.Writer) *Output {
	return &Output{file: file, encoder: encoder}
}

// Put writes the rows of b.
func (o *Output) Put(b *value.Batch) error {
	err := o.batch(b)
	o.buf = format.Flush(o.buf, o.encoder)
	return errors.Join(err, o.flush())
}

// End writes what belongs behind the last row.
func (o *Output) End() error {
	o.buf = format.End(o.buf, o.encoder)
	return o.flush()
}

// Shrink gives back the memory that is kept for further rows.
func (o *Output) Shrink() { o.buf = nil }

// From goes on with what t reads from in, to the end, on file, which may suspend t.
func (o *Output) From(t *microthread.Thread, in *pipe.Pipe, file Writer) error {
	o.t, o.file = t, file
	return o.copyFrom(in)
}

func (o *Output) copy() error {
	return o.copyFrom(o.t.Stdin())
}

// copyFrom writes batches until the end. What was gathered is written before the thread would be
// suspended, and when reading fails.
func (o *Output) copyFrom(in *pipe.Pipe) error {
	if outside, ok := o.encoder.(format.OutsideWriter); ok {
		return o.through(in, outside)
	}
	return o.copyAll(in)
}

// through writes what the program of a format makes of all batches, when all have come.
func (o *Output) through(in *pipe.Pipe, outside format.OutsideWriter) error {
	made, err := input.StartWriter(o.t, outside, o.memory)
	if err != nil {
		return err
	}
	defer made.Close()
	inner := *o
	inner.file = made
	if err := inner.copyAll(in); err != nil {
		return made.Cause(err)
	}
	return made.Finish(func(p []byte) error { return o.file.Write(o.t, p) })
}

func (o *Output) copyAll(in *pipe.Pipe) error {
	for {
		var waited error
		if !in.Ready() {
			var err error
			if waited, err = o.pause(in); err != nil {
				return err
			}
		}
		b, err := nextBatch(in, waited)
		if err != nil {
			if err == io.EOF && o.names != nil {
				o.buf = format.AppendHeader(o.buf, o.encoder, o.names())
			}
			o.buf = format.End(o.buf, o.encoder)
			return errors.Join(notEnd(err), o.flush())
		}
		if err := o.batch(b); err != nil {
			return errors.Join(err, o.flush())
		}
	}
}

// nextBatch returns the next batch, unless waiting for it has failed.
func nextBatch(in *pipe.Pipe, failed error) (*value.Batch, error) {
	if failed != nil {
		return nil, failed
	}
	return in.NextBatch()
}

// pause writes what was gathered, and what the format holds back when nothing comes for as long as it may.
// Waited is what the waiting for that has failed with, err what the writing has.
func (o *Output) pause(in *pipe.Pipe) (waited, err error) {
	if wait := format.Wait(o.encoder); wait > 0 {
		if err := o.flush(); err != nil {
			return nil, err
		}
		if waited = pipe.Either(in, nil, wait); waited != reactor.ErrTimeout {
			return waited, nil
		}
	}
	o.buf = format.Flush(o.buf, o.encoder)
	return nil, o.flush()
}

func (o *Output) flush() error {
	if len(o.buf) == 0 {
		return nil
	}
	err := o.file.Write(o.t, o.buf)
	o.buf = o.buf[:0]
	return err
}

func (o *Output) batch(b *value.Batch) error {
	if o.some != nil && !*o.some {
		*o.some = b.Len() > 0
	}
	if c, ok := o.encoder.(format.Chooser); ok && b.Len() > 0 {
		o.encoder = c.Choose(b.IsText() || b.Form() == value.FormValues && b.Values()[0].Kind() == value.KindText)
	}
	if tail, ok := o.encoder.(format.TextTail); ok {
		switch b.Form() {
		case value.FormLines:
			return o.lines(b, tail)
		case value.FormSpans:
			return o.spans(b, tail)
		}
	}
	if raw, ok := o.encoder.(format.Raw); ok && b.Form() == value.FormRecords {
		return o.records(b, raw)
	}
	return o.values(b)
}

// values writes values one by one. It is apart because its loop takes memory.
func (o *Output) values(b *value.Batch) error {
	i := 0
	for v := range b.Look() { // encoders do not keep values
		if err := o.value(b, i, v); err != nil {
			return err
		}
		i++
	}
	return nil
}

// value writes v, which is row i of b.
func (o *Output) value(b *value.Batch, i int, v value.Value) error {
	buf, err := o.encoder.Append(o.buf, v)
	o.buf = buf
	if err != nil && o.reject != nil {
		err = o.reject(b, i, err)
	}
	if err != nil {
		return err
	}
	return o.flushIfFull()
}

// records writes records as they came where the format allows it.
func (o *Output) records(b *value.Batch, raw format.Raw) error {
	r := b.Records()
	for i := range r.Rows {
		var ok bool
		var err error
		if o.buf, ok = raw.AppendRow(o.buf, r, i); ok {
			err = o.flushIfFull()
		} else {
			err = o.value(b, i, r.Value(i))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// lines writes whole lines as they were read.
func (o *Output) lines(b *value.Batch, tail format.TextTail) error {
	o.buf = tail.Tail(o.buf, b.Unterminated())
	data := b.Data()
	if len(data) >= directWrite {
		if err := o.flush(); err != nil {
			return err
		}
		return o.file.Write(o.t, data)
	}
	o.buf = append(o.buf, data...)
	return o.flushIfFull()
}

// spans writes the rows that were chosen. Neighbours that stand together in the text are
// written together.
func (o *Output) spans(b *value.Batch, tail format.TextTail) error {
	data := b.Data()
	open := b.Unterminated()
	for _, s := range b.Spans() {
		end := s.Off + s.Len
		last := open && int(end) == len(data)
		o.buf = tail.Tail(o.buf, last)
		o.buf = append(o.buf, data[s.Off:end]...)
		if !last {
			o.buf = append(o.buf, '\n')
		}
		if err := o.flushIfFull(); err != nil {
			return err
		}
	}
	return nil
}

func (o *Output) flushIfFull() error {
	if len(o.buf) < outputBuffer {
		return nil
	}
	return o.flush()
}

// notEnd returns err unless it is the end of a pipe.
func notEnd(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}
