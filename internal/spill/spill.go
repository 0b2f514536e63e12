// Package spill keeps rows outside of the Go heap: in memory that is given back the moment it
// is not needed, and in temporary files once there is too much for memory.
//
// A File has no name where the system allows that, so nothing is left of it however the
// program ends. Elsewhere its name says whose it is, so that the next program that spills can
// remove what is left. Several writers may take turns to add to a File; what each wrote is a
// Section, to be read from its beginning. It has checksums: what has been changed in the file is
// an error when it is read. A File, its writers and its readers are for one
// goroutine at a time, except that sections of it may be read by several at once when
// nothing is written.
package spill

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"mtpipe/internal/tempfile"
)

// File is a temporary file.
type File struct {
	dir   string
	file  *os.File
	size  int64
	named bool // it could not be removed while it is open
}

// Create makes a temporary file in the directory dir, or in the one that the environment
// names (TMPDIR) when dir is empty.
func Create(dir string) (*File, error) {
	if dir == "" {
		dir = os.TempDir()
	}
	if f, err := tempfile.Nameless(dir, private); err == nil {
		return &File{dir: dir, file: f}, nil
	}
	tempfile.Sweep(dir) // what another could not remove either, and is gone
	f, err := tempfile.Create(dir, "spill", private)
	if err != nil {
		return nil, fmt.Errorf("cannot spill to %s: %w", dir, cause(err))
	}
	return &File{dir: dir, file: f, named: tempfile.Remove(f.Name()) != nil}, nil
}

const private = 0o600 // it is nobody else's affair what is spilled

// Size returns how many bytes were written.
func (f *File) Size() int64 { return f.size }

// OS returns the file itself, to be written and read without sections.
func (f *File) OS() *os.File { return f.file }

// Close removes the file. A File that is nil has nothing to close.
func (f *File) Close() error {
	if f == nil || f.file == nil {
		return nil
	}
	file := f.file
	f.file = nil
	err := file.Close()
	if f.named {
		err = errors.Join(err, tempfile.Remove(file.Name()))
	}
	return err
}

// cause returns the error inside of a *fs.PathError, which names a file that the user never
// heard of.
func cause(err error) error {
	var e *fs.PathError
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

// extent is a piece of a file.
type extent struct{ off, len int64 }

// Section is what one writer wrote.
type Section struct {
	extents []extent
	size    int64
}

// Size returns the number of bytes in the section.
func (s Section) Size() int64 { return s.size }

// LengthLen is the number of bytes before each row: its length, little-endian.
const LengthLen = 4

// Writer adds rows to a section of a file.
type Writer struct {
	file  *File
	buf   []byte // pieces
	piece int    // where the last of them begins
	end   int    // and up to where it may go
	done  Section
}

// leastBuffer is what a writer has at least.
const leastBuffer = 64

// NewWriter returns a writer that gathers rows in buf, all of its capacity, before it
// writes them to f.
func NewWriter(f *File, buf []byte) *Writer {
	if cap(buf) < leastBuffer {
		buf = make([]byte, leastBuffer)
	}
	return &Writer{file: f, buf: buf[:0]}
}

// Add adds a row that consists of these parts.
func (w *Writer) Add(parts ...[]byte) error {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	var length [LengthLen]byte
	binary.LittleEndian.PutUint32(length[:], uint32(n))
	if err := w.AddFramed(length[:]); err != nil {
		return err
	}
	for _, p := range parts {
		if err := w.AddFramed(p); err != nil {
			return err
		}
	}
	return nil
}

// AddFramed adds rows that stand behind their lengths already, or a part of such rows.
func (w *Writer) AddFramed(p []byte) error {
	for len(p) > w.end-len(w.buf) {
		n := w.end - len(w.buf)
		w.buf = append(w.buf, p[:n]...)
		p = p[n:]
		if err := w.begin(); err != nil {
			return err
		}
	}
	w.buf = append(w.buf, p...)
	return nil
}

func (w *Writer) flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	w.endPiece()
	sum(w.buf, w.file.size)
	err := w.write(w.buf)
	w.buf, w.end = w.buf[:0], 0
	return err
}

func (w *Writer) write(p []byte) error {
	n, err := w.file.file.WriteAt(p, w.file.size)
	if err != nil {
		return fmt.Errorf("cannot spill to %s: %w", w.file.dir, cause(err))
	}
	if last := len(w.done.extents) - 1; last >= 0 && w.done.extents[last].off+w.done.extents[last].len == w.file.size {
		w.done.extents[last].len += int64(n)
	} else {
		w.done.extents = append(w.done.extents, extent{w.file.size, int64(n)})
	}
	w.file.size += int64(n)
	w.done.size += int64(n)
	return nil
}

// Finish writes what was gathered and returns the section. The writer may begin another
// one; its buffer is free until it does.
func (w *Writer) Finish() (Section, error) {
	err := w.flush()
	s := w.done
	w.done = Section{}
	return s, err
}

// Reader reads the rows of a section in order.
type Reader struct {
	file     *File
	rest     []extent
	mem      []byte
	buf      []byte // what was read of mem and not returned
	from, to int    // what was read of mem after that and not looked at
	at       int64  // where that is in the file
}

// NewReader returns a reader of s, which is a section of f. It reads as much at a time as
// buf has capacity for.
func NewReader(f *File, s Section, buf []byte) *Reader {
	return &Reader{file: f, rest: append([]extent(nil), s.extents...), mem: buf[:cap(buf)]}
}

// Ready reports whether Next returns a row without reading, which would change rows that
// it returned before.
func (r *Reader) Ready() bool {
	return len(r.buf) >= LengthLen && len(r.buf)-LengthLen >= int(binary.LittleEndian.Uint32(r.buf))
}

// Next returns the next row, without its length; io.EOF at the end. It is valid as long as
// Ready says that Next need not read.
func (r *Reader) Next() ([]byte, error) {
	for !r.Ready() {
		need := LengthLen
		if len(r.buf) >= LengthLen {
			need += int(binary.LittleEndian.Uint32(r.buf))
		}
		if err := r.read(need); err != nil {
			return nil, err
		}
	}
	n := LengthLen + int(binary.LittleEndian.Uint32(r.buf))
	row := r.buf[LengthLen:n:n]
	r.buf = r.buf[n:]
	return row, nil
}

// read reads on until at least need bytes are there to be returned.
func (r *Reader) read(need int) error {
	mem := r.mem
	if least := need + pieceSize; least > len(mem) {
		mem = make([]byte, least)
	}
	n := copy(mem, r.buf)
	r.move(mem, n)
	r.buf, r.mem = mem[:n], mem
	for len(r.buf) < need {
		r.move(mem, len(r.buf))
		if err := r.readOn(); err != nil {
			return err
		}
		for {
			taken, err := r.take()
			if err != nil {
				return err
			}
			if !taken {
				break
			}
		}
	}
	return nil
}

// move moves what was not looked at to the place at in mem.
func (r *Reader) move(mem []byte, at int) {
	r.from, r.to = at, at+copy(mem[at:], r.mem[r.from:r.to])
}

// readOn reads as much as there is room for.
func (r *Reader) readOn() error {
	if len(r.rest) == 0 {
		switch {
		case r.from < r.to:
			return r.damaged() // a length leads beyond the end
		case len(r.buf) == 0:
			return io.EOF
		}
		return r.unread(io.ErrUnexpectedEOF)
	}
	e := &r.rest[0]
	if r.from == r.to {
		r.at = e.off
	} else if r.at+int64(r.to-r.from) != e.off {
		return r.damaged() // a piece has an end in its own extent
	}
	room := r.mem[r.to:]
	room = room[:min(int64(len(room)), e.len)]
	n, err := r.file.file.ReadAt(room, e.off)
	if err != nil {
		return r.unread(cause(err))
	}
	r.to += n
	if e.off, e.len = e.off+int64(n), e.len-int64(n); e.len == 0 {
		r.rest = r.rest[1:]
	}
	return nil
}

func (r *Reader) unread(err error) error {
	return fmt.Errorf("cannot read what was spilled to %s: %w", r.file.dir, err)
}
