package microthread

import (
	"io"
	"os"
)

// File is an open file, pipe, terminal or socket as threads read and write it: waiting
// suspends the thread, where the system allows that, and never changes the descriptor's
// blocking mode, which other processes may share. Regular files are read and written in
// place.
type File struct {
	Lock // keeps what one thread writes together; see Lock
	f    *os.File
	fd   int
	poll polling
}

// NewFile returns f for threads to use. Closing it is the caller's affair, with Close.
func NewFile(f *os.File) *File {
	file := &File{f: f, fd: -1, poll: pollingOf(f)}
	if c, err := f.SyscallConn(); err == nil { // Fd would change the blocking mode
		_ = c.Control(func(fd uintptr) { file.fd = int(fd) })
	}
	return file
}

// Name returns the name that the file was opened by.
func (f *File) Name() string { return f.f.Name() }

// Read reads up to len(p) bytes, suspending t until there are some. At the end it returns
// io.EOF.
func (f *File) Read(t *Thread, p []byte) (int, error) {
	if err := t.check(); err != nil {
		return 0, err
	}
	n, err := f.read(t, p)
	if err == nil && n == 0 && len(p) > 0 {
		err = io.EOF
	}
	return n, err
}

// Write writes all of p, suspending t while the other side does not take it.
func (f *File) Write(t *Thread, p []byte) error {
	if err := t.check(); err != nil {
		return err
	}
	for len(p) > 0 {
		n, err := f.write(t, p)
		if err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

// OnHangUp makes fn be called on the goroutine of t's program, once, when the other side of a
// pipe or socket has gone, though nobody reads or writes f; stop takes that back. Of other files
// and where the system does not tell it is never called.
func (f *File) OnHangUp(t *Thread, fn func()) (stop func()) {
	if f.isPipe() {
		if stop, err := t.p.r.OnHangUp(f.fd, fn); err == nil {
			return stop
		}
	}
	return func() {}
}

// Close closes the file; threads that wait for it get an error.
func (f *File) Close(t *Thread) error {
	f.forget(t)
	return f.f.Close()
}
