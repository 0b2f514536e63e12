package input

import (
	"bufio"
	"compress/bzip2"
	"errors"
	"io"
	"os"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"mtpipe/microthread"
)

// unpacker unpacks a file off the reactor, so that what was unpacked before is worked on
// meanwhile; zstd is unpacked by several goroutines.
type unpacker struct {
	from io.Reader
	end  func()

	mu             sync.Mutex
	reading, ended bool
}

// newUnpacker returns the unpacker for files of a name that ends in ext, nil for others.
func newUnpacker(ext string, file *os.File) (*unpacker, error) {
	switch ext {
	case ".gz":
		z, err := gzip.NewReader(file)
		if err != nil {
			return nil, err
		}
		return &unpacker{from: z, end: func() { _ = z.Close() }}, nil
	case ".zst":
		d, err := zstd.NewReader(file, zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, err
		}
		return &unpacker{from: d, end: d.Close}, nil
	case ".bz2":
		return &unpacker{from: newBunzip(file), end: func() {}}, nil
	}
	return nil, nil
}

// bunzip reads what bzip2 has packed.
type bunzip struct{ from io.Reader }

var errBzip2 = errors.New("bzip2 data is wrong")

func newBunzip(r io.Reader) bunzip { return bunzip{bzip2.NewReader(bufio.NewReaderSize(r, BlockSize))} }

// Read reads unpacked bytes.
func (b bunzip) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	var wrong bzip2.StructuralError
	if errors.As(err, &wrong) {
		err = errBzip2
	}
	return n, err
}

// read fills p as far as possible when whole is set, and otherwise with what there is. The
// thread suspends meanwhile; when it is ended, the reading ends by itself.
func (u *unpacker) read(t *microthread.Thread, p []byte, whole bool) (int, error) {
	n, err := t.Blocking(func() (any, error) {
		if !u.begin() {
			return 0, os.ErrClosed
		}
		defer u.done()
		n := 0
		for {
			m, err := u.from.Read(p[n:])
			n += m
			if err != nil || n == len(p) || !whole && n > 0 {
				return n, err
			}
		}
	})
	if n == nil {
		return 0, err
	}
	return n.(int), err
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
