package microthread

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

// ErrOtherGoroutine says that a connection or a file of a thread was used by a goroutine that
// is not the thread's, where nothing can be suspended.
var ErrOtherGoroutine = errors.New("this goroutine is not that of the thread")

// here fails unless the calling goroutine is the one that runs t. It may be called by any
// goroutine that was started after t.
func (t *Thread) here(op string) error {
	if co := t.co; co != nil && co.g == currentG() && co.t == t { // co.t is for that goroutine only
		return nil
	}
	return fmt.Errorf("%s for %s: %w; give each thread a connection or file of its own with On", op, t.Name(), ErrOtherGoroutine)
}

// BoundConn is a Conn as ordinary Go code uses it: a net.Conn whose calls suspend the thread
// that it is bound to. Calls by any other goroutine are ErrOtherGoroutine. So bufio,
// crypto/tls, compress/gzip, encoding/json and the parsers of net/http run in a thread as
// they are, as long as they do not start goroutines that use the connection.
type BoundConn struct {
	c *Conn
	t *Thread
}

var _ net.Conn = (*BoundConn)(nil)

// On returns c for t, which may be another thread than the one that uses c itself.
func (c *Conn) On(t *Thread) *BoundConn { return &BoundConn{c, t} }

// Pass binds b to t from now on. The running thread only.
func (b *BoundConn) Pass(t *Thread) { b.t = t }

// Conn returns the connection itself.
func (b *BoundConn) Conn() *Conn { return b.c }

// Read is Conn.Read for the thread.
func (b *BoundConn) Read(p []byte) (int, error) {
	if err := b.t.here("read"); err != nil {
		return 0, err
	}
	return b.c.Read(b.t, p)
}

// Write writes all of p, or returns how much was written before the error.
func (b *BoundConn) Write(p []byte) (int, error) {
	if err := b.t.here("write"); err != nil {
		return 0, err
	}
	return b.c.writeAll(b.t, p)
}

// Close is Conn.Close.
func (b *BoundConn) Close() error {
	if err := b.t.here("close"); err != nil {
		return err
	}
	return b.c.Close()
}

// CloseWrite is Conn.CloseWrite.
func (b *BoundConn) CloseWrite() error {
	if err := b.t.here("close"); err != nil {
		return err
	}
	return b.c.CloseWrite()
}

// LocalAddr returns the connection's own address.
func (b *BoundConn) LocalAddr() net.Addr { return b.c.LocalAddr() }

// RemoteAddr returns the address of the other side.
func (b *BoundConn) RemoteAddr() net.Addr { return b.c.RemoteAddr() }

// SetDeadline sets until when reads and writes may wait, those that wait already too; the
// zero time is for ever. They fail with os.ErrDeadlineExceeded.
func (b *BoundConn) SetDeadline(by time.Time) error {
	return errors.Join(b.SetReadDeadline(by), b.SetWriteDeadline(by))
}

// SetReadDeadline is SetDeadline for reads alone.
func (b *BoundConn) SetReadDeadline(by time.Time) error {
	if err := b.t.here("set a deadline"); err != nil {
		return err
	}
	b.c.SetDeadline(false, by)
	return nil
}

// SetWriteDeadline is SetDeadline for writes alone.
func (b *BoundConn) SetWriteDeadline(by time.Time) error {
	if err := b.t.here("set a deadline"); err != nil {
		return err
	}
	b.c.SetDeadline(true, by)
	return nil
}

// BoundFile is a File as an io.Reader and io.Writer whose calls suspend the thread that it is
// bound to; see BoundConn.
type BoundFile struct {
	f *File
	t *Thread
}

var _ io.ReadWriteCloser = BoundFile{}

// On returns f for t.
func (f *File) On(t *Thread) BoundFile { return BoundFile{f, t} }

// Read is File.Read for the thread.
func (b BoundFile) Read(p []byte) (int, error) {
	if err := b.t.here("read"); err != nil {
		return 0, err
	}
	return b.f.Read(b.t, p)
}

// Write writes all of p.
func (b BoundFile) Write(p []byte) (int, error) {
	if err := b.t.here("write"); err != nil {
		return 0, err
	}
	n := len(p)
	if err := b.f.Write(b.t, p); err != nil {
		return 0, err
	}
	return n, nil
}

// Close is File.Close for the thread.
func (b BoundFile) Close() error {
	if err := b.t.here("close"); err != nil {
		return err
	}
	return b.f.Close(b.t)
}

// untilDeadline returns how long a wait may last (0: without limit).
func untilDeadline(by time.Time) (time.Duration, error) {
	if by.IsZero() {
		return 0, nil
	}
	left := time.Until(by)
	if left <= 0 {
		return 0, os.ErrDeadlineExceeded
	}
	return left, nil
}
