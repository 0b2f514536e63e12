package input

import (
	"fmt"
	"io"
	"os"
	"sync"

	"mtpipe/microthread"
)

// unpacker is the text of a packed file. That of a regular file is unpacked off the reactor, so
// that what was unpacked before is worked on meanwhile; zstd is unpacked by several goroutines.
// Of anything else it is unpacked by the thread that reads, which suspends when it has to.
type unpacker struct {
	t       *microthread.Thread
	name    string
	from    packedSource
	packing *packing
	apart   bool // from the reactor

	text  io.Reader // nil before the first read
	end   func()
	count int64 // bytes that were unpacked

	mu             sync.Mutex
	reading, ended bool
}

// packedSource is packed data. Its own errors are told apart from those that the data causes.
type packedSource struct {
	io.Reader
	failed error
}

func (s *packedSource) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && err != io.EOF {
		s.failed = err
	}
	return n, err
}

func newUnpacker(t *microthread.Thread, name string, packing *packing, from io.Reader, apart bool) *unpacker {
	return &unpacker{t: t, name: name, packing: packing, from: packedSource{Reader: from}, apart: apart, end: func() {}}
}

// Read reads up to len(p) bytes of the text.
func (u *unpacker) Read(p []byte) (int, error) {
	var n int
	var err error
	if u.apart {
		n, err = u.readApart(p)
	} else {
		n, err = u.fill(p)
	}
	u.count += int64(n)
	switch {
	case err == nil || err == io.EOF || err == os.ErrClosed:
		return n, err
	case u.from.failed != nil:
		return n, u.from.failed
	case u.count > 0:
		err = fmt.Errorf("%w, after %d bytes of text", err, u.count)
	}
	return n, fmt.Errorf("%s: %w", nameOf(u.name), err)
}

// readApart fills p off the reactor. When the thread is ended meanwhile, the reading ends by
// itself.
func (u *unpacker) readApart(p []byte) (int, error) {
	n, err := u.t.Blocking(func() (any, error) {
		if !u.begin() {
			return 0, os.ErrClosed
		}
		defer u.done()
		return u.fill(p)
	})
	if n == nil {
		return 0, err
	}
	return n.(int), err
}

// fill fills p, when that waits for nobody, and otherwise reads what there is.
func (u *unpacker) fill(p []byte) (n int, err error) {
	if u.text == nil {
		text, end, err := u.packing.open(&u.from, !u.apart)
		if err != nil {
			return 0, err
		}
		u.text, u.end = text, end
	}
	for {
		m, err := u.text.Read(p[n:])
		n += m
		if err != nil || n == len(p) || !u.apart && n > 0 {
			return n, err
		}
	}
}

// begin notes that a read begins, and reports false when close was called.
func (u *unpacker) begin() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.reading = !u.ended
	return u.reading
}

// done notes that the read has returned, and ends what close could not.
func (u *unpacker) done() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.reading = false
	if u.ended {
		u.end()
	}
}

// close ends the unpacking: now, or when the present read has returned. It is called once.
func (u *unpacker) close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ended = true; !u.reading {
		u.end()
	}
}
