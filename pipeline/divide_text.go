package pipeline

import (
	"bytes"
	"errors"
	"io"
	"syscall"

	"mtpipe/internal/format"
	"mtpipe/microthread"
	"mtpipe/value"
)

// Writes reports whether each part may write its results itself, as text to be put together: what is written of one
// value depends on no other, but for a header.
func (d *Division) Writes() bool {
	if !d.Passes() || d.plan.settings.OnError != Fail {
		return false
	}
	f := format.ByName(d.plan.settings.Out)
	if d.plan.settings.Out == "" {
		f = format.ByName("text")
	}
	if f == nil || f.Write == nil {
		return false
	}
	_, headed := f.Writer().(format.Headed)
	return f.Write.Apart || headed
}

// TextPart writes the results of a part, of a division that Writes.
type TextPart struct {
	Header []byte // that belongs before the results; nil when there is none, or no result

	out   *Output
	emit  func(text []byte) error
	ended byte // the last byte that was written
}

// NewTextPart returns what gives emit the text of results, which it must not keep.
func (d *Division) NewTextPart(emit func(text []byte) error) *TextPart {
	p := &TextPart{emit: emit, ended: '\n'}
	p.out = NewOutput(p, format.New(d.plan.settings.Out, format.Screen{}))
	return p
}

// Write is that of Writer.
func (p *TextPart) Write(_ *microthread.Thread, text []byte) error {
	if len(text) > 0 {
		p.ended = text[len(text)-1]
	}
	return p.emit(text)
}

// Put writes the rows of b. The error is one of a value that does not fit into the format.
func (p *TextPart) Put(b *value.Batch) error {
	if h, ok := p.out.encoder.(format.Headed); ok && p.Header == nil && b.Len() > 0 {
		if header, some := h.AppendHeader(nil, b.ValueAt(0)); some {
			p.Header = append(header, '\n')
		}
	}
	return p.out.Put(b)
}

// End writes what belongs behind the last row. Open says that the last line has no newline.
func (p *TextPart) End() (open bool, err error) {
	err = p.out.End()
	return p.ended != '\n', err
}

// RunInOne runs the plan as a whole, without parts.
func (d *Division) RunInOne() error { return d.plan.Run(nil) }

// Note tells what a run would note at its end, when the results were written.
func (d *Division) Note(parts []PartDone) error {
	r := d.plan.newRun()
	for i := range parts {
		r.noted.take(parts[i].Sought, d.each)
	}
	return r.ended()
}

// WriteText writes text, which parts have written, as the result: next returns it piece by piece, and io.EOF behind the last.
func (d *Division) WriteText(next func() ([]byte, error)) error {
	for {
		text, err := next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			_, err = d.plan.settings.Stdout.Write(text)
		}
		if errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe) {
			return nil // its reader has left
		}
		if err != nil {
			return &RunError{[]error{annotateOutput(err)}}
		}
	}
}

// SameHeader returns the header of all parts, nil if none has one; ok is false when they differ.
func SameHeader(headers [][]byte) (header []byte, ok bool) {
	for _, h := range headers {
		switch {
		case h == nil:
		case header == nil:
			header = h
		case !bytes.Equal(header, h):
			return nil, false
		}
	}
	return header, true
}
