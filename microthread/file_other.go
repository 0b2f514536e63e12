//go:build !linux

package microthread

import (
	"io"
	"os"
)

// polling says whether reads go through the notifier for blocking calls.
type polling bool

func pollingOf(f *os.File) polling {
	info, err := f.Stat()
	return polling(err == nil && !info.Mode().IsRegular())
}

func (f *File) read(t *Thread, p []byte) (int, error) {
	if !f.poll {
		n, err := f.f.Read(p)
		return n, notEOF(err)
	}
	buf := make([]byte, len(p)) // the call outlives the wait when the thread is terminated
	n, err := t.Blocking(func() (any, error) {
		n, err := f.f.Read(buf)
		return n, notEOF(err)
	})
	if err != nil {
		return 0, err
	}
	return copy(p, buf[:n.(int)]), nil
}

func (f *File) write(t *Thread, p []byte) (int, error) { return f.f.Write(p) }

// isPipe reports that nobody knows whether f is one.
func (f *File) isPipe() bool { return false }

func (f *File) forget(*Thread) {}

// notEOF takes the end away from a read's error: no bytes say it.
func notEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}
