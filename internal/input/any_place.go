package input

import (
	"context"
	"fmt"
	"io"
	"os"

	"mtpipe/internal/object"
	"mtpipe/microthread"
)

// atAnyPlace is a text that can be read at any place.
type atAnyPlace interface {
	io.ReaderAt
	io.Closer
}

// openAnyPlace opens a regular file, or an object for the thread t or, without one, for a caller that
// waits. It returns its size and what tells the content of an object. What is read of an object beyond
// until is asked for when somebody wants it.
func openAnyPlace(t *microthread.Thread, name string, until int64) (text atAnyPlace, size int64, tag string, err error) {
	if object.Is(name) {
		o := &objectText{t: t, name: name, until: until}
		if err := o.find(); err != nil {
			return nil, 0, "", err
		}
		return &streamed{name: name, length: o.size, close: func() error { return nil }, nearest: func(off int64) int64 { return off }, begin: o.begin}, o.size, o.tag, nil
	}
	info, err := os.Stat(name)
	switch {
	case name == "-" || err == nil && !info.Mode().IsRegular():
		return nil, 0, "", fmt.Errorf("%s is no regular file, so that it can be read only once", name)
	case err != nil:
		return nil, 0, "", err
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, 0, "", err
	}
	return file, info.Size(), "", nil
}

// objectText opens ranges of one content of an object.
type objectText struct {
	t     *microthread.Thread
	name  string
	until int64
	size  int64
	tag   string
}

// find finds out how large the object is.
func (o *objectText) find() error {
	r, err := o.open(0, 1)
	if err != nil {
		return err
	}
	o.size, o.tag = r.Version()
	r.Close()
	return nil
}

// begin returns what reads from a place on.
func (o *objectText) begin(at int64) (io.Reader, func(), error) {
	to := o.until
	if at >= to {
		to = o.size
	}
	r, err := o.open(at, to)
	if err != nil {
		return nil, nil, err
	}
	if size, tag := r.Version(); size != o.size || tag != o.tag {
		r.Close()
		return nil, nil, fmt.Errorf("%s: it was replaced by another object while it was read", o.name)
	}
	text, end := io.Reader(r), r.Close
	if o.t != nil {
		text = awaited{r, o.t}
	}
	if to < o.size {
		later := &laterText{begin: func() (io.Reader, func(), error) { return o.begin(to) }}
		return io.MultiReader(text, later), func() { end(); later.close() }, nil
	}
	return text, end, nil
}

// open opens a range.
func (o *objectText) open(from, to int64) (*object.Reader, error) {
	if o.t == nil {
		return object.OpenRange(context.Background(), o.name, from, to)
	}
	return onThreadOf(o.t, func(ctx context.Context) (*object.Reader, error) { return object.OpenRange(ctx, o.name, from, to) })
}

// laterText is opened when it is read.
type laterText struct {
	begin func() (io.Reader, func(), error)
	text  io.Reader
	end   func()
}

func (l *laterText) Read(p []byte) (n int, err error) {
	if l.text == nil {
		if l.text, l.end, err = l.begin(); err != nil {
			l.text = failing{err}
		}
	}
	return l.text.Read(p)
}

func (l *laterText) close() {
	if l.end != nil {
		l.end()
	}
}

// streamed is a text that is read in order, from any of some places on, as a text at any place. It keeps
// some of what it has read, so that reading at places that are not far before the last one costs
// nothing. One thread uses it.
type streamed struct {
	name    string
	length  int64                                                  // of the text
	nearest func(off int64) int64                                  // the last place, not after off, where reading may begin
	begin   func(at int64) (text io.Reader, end func(), err error) // at such a place
	close   func() error

	text   io.Reader // nil before the first read
	end    func()
	window []byte // what was read last
	base   int64  // where that stands in the text
}

// How much is read at a time, and how much of what was read is kept.
const (
	streamedPiece = 64 << 10
	streamedKept  = 1 << 20
)

// ReadAt reads what stands at a place in the text.
func (u *streamed) ReadAt(p []byte, off int64) (int, error) {
	to := min(off+int64(len(p)), u.length)
	if off >= to {
		return 0, io.EOF
	}
	if at := u.nearest(off); u.text == nil || off < u.base || at > u.base+int64(len(u.window)) {
		if err := u.restart(at); err != nil {
			return 0, err
		}
	}
	for u.base+int64(len(u.window)) < to {
		if err := u.more(off); err != nil {
			return 0, err
		}
	}
	n := copy(p, u.window[off-u.base:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// restart begins to read at a place.
func (u *streamed) restart(at int64) (err error) {
	u.stop()
	u.window, u.base = u.window[:0], at
	if u.text, u.end, err = u.begin(at); err != nil {
		u.text = nil
		return u.wrong(err)
	}
	return nil
}

// more reads a little more. What stands before off may be forgotten.
func (u *streamed) more(off int64) error {
	if old := min(off-u.base, int64(len(u.window))) - streamedKept; old > streamedKept {
		u.window = append(u.window[:0], u.window[old:]...)
		u.base += old
	}
	n := len(u.window)
	u.window = append(u.window, make([]byte, streamedPiece)...)
	m, err := u.text.Read(u.window[n:])
	u.window = u.window[:n+m]
	switch {
	case err == io.EOF && u.base+int64(len(u.window)) < u.length:
		return u.wrong(io.ErrUnexpectedEOF)
	case err == io.EOF:
		return nil
	case err != nil:
		return u.wrong(err)
	}
	return nil
}

func (u *streamed) wrong(err error) error {
	if object.Is(u.name) { // whose errors have its name
		return err
	}
	return fmt.Errorf("%s: %w, after %d bytes of text", u.name, err, u.base+int64(len(u.window)))
}

func (u *streamed) stop() {
	if u.text != nil {
		u.end()
		u.text = nil
	}
}

// Close closes the file.
func (u *streamed) Close() error {
	u.stop()
	return u.close()
}
