//go:build !linux

package microthread

import (
	"io"
	"net"
	"net/netip"
	"time"

	"mtpipe/reactor"
)

// socket is a connection of package net, whose calls run on goroutines of their own.
type socket struct{ inner net.Conn }

// offload runs call on a goroutine and suspends t until it returns. When t is terminated
// meanwhile, what the call opens after all is closed.
func offload[T any](t *Thread, call func() (T, error)) (result T, err error) {
	p, w := t.p, &outside{r: t.p.r}
	p.r.Hold()
	out := t.d.Suspend(w)
	if !out.Suspended() {
		p.r.Unhold()
		return result, out.Err()
	}
	go func() {
		v, callErr := call()
		if !p.Post(func() {
			if w.left {
				drop(v)
				return
			}
			result, err = v, callErr
			_ = p.r.Schedule(&t.d, nil)
		}) {
			drop(v)
		}
	}()
	taken := false
	defer func() {
		if !taken {
			drop(result)
		}
	}()
	_, werr := t.d.Parked()
	if taken = werr == nil; !taken {
		return result, werr
	}
	return result, err
}

// drop closes v if it is a connection.
func drop(v any) {
	if c, ok := v.(io.Closer); ok {
		_ = c.Close()
	}
}

// outside is what a thread waits in while a goroutine works for it. The program waits for that
// as long as the thread does.
type outside struct {
	r    *reactor.Reactor
	left bool
}

func (w *outside) Cancel(*reactor.Deferred) {
	w.left = true
	w.r.Unhold()
}

func (w *outside) Describe(*reactor.Deferred) string { return "waiting for a connection" }

func (c *Conn) read(t *Thread, b []byte) (int, error) {
	buf := make([]byte, len(b)) // the call outlives the wait when the thread is terminated
	n, err := offload(t, func() (int, error) {
		n, err := c.inner.Read(buf)
		return n, notEOF(err)
	})
	return copy(b, buf[:n]), err
}

func (c *Conn) write(t *Thread, b []byte) (int, error) {
	buf := append([]byte(nil), b...)
	return offload(t, func() (int, error) { return c.inner.Write(buf) })
}

// TryWrite writes nothing here, since that might wait.
func (c *Conn) TryWrite([]byte) (int, error) { return 0, nil }

// SetDeadline sets until when reads, or writes, may wait, one that waits already too; the
// zero time is for ever. They fail with os.ErrDeadlineExceeded.
func (c *Conn) SetDeadline(write bool, by time.Time) {
	if write {
		c.writeBy = by
		_ = c.inner.SetWriteDeadline(by)
		return
	}
	c.readBy = by
	_ = c.inner.SetReadDeadline(by)
}

// CloseWrite tells the other side that no more will come. Reading goes on.
func (c *Conn) CloseWrite() error {
	if w, ok := c.inner.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return nil
}

// CloseRead makes reads end when they have given what has come, those that wait too.
func (c *Conn) CloseRead() error {
	if r, ok := c.inner.(interface{ CloseRead() error }); ok {
		return r.CloseRead()
	}
	return nil
}

// Close closes the connection; threads that wait for it get an error.
func (c *Conn) Close() error {
	if c.closed {
		return c.failed("close", net.ErrClosed)
	}
	c.closed = true
	return c.inner.Close()
}

// Abandon closes the connection so that the other side sees an error, not an end.
func (c *Conn) Abandon() error {
	if tcp, ok := c.inner.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	return c.Close()
}

// Alive reports whether an idle connection can be used again, as far as can be told here.
func (c *Conn) Alive() bool { return !c.closed }

// OnGone does nothing here: only a read or a write tells that the other side has gone.
func (c *Conn) OnGone(func()) {}

// Pending returns how many bytes have come that were not read, as far as can be told here.
func (c *Conn) Pending() int { return 0 }

// LocalAddr returns the connection's own address.
func (c *Conn) LocalAddr() net.Addr { return c.inner.LocalAddr() }

func (c *Conn) connect(t *Thread, to netip.AddrPort, path string) error {
	d := net.Dialer{Deadline: c.writeBy}
	address := path
	if to.IsValid() {
		address = to.String()
	}
	inner, err := offload(t, func() (net.Conn, error) { return d.Dial(c.network, address) })
	c.inner = inner
	return err
}

// listening is a listener of package net.
type listening struct{ inner net.Listener }

func (l *Listener) take(inner net.Listener) error {
	l.inner = inner
	return nil
}

// Accept returns the next connection, suspending t until there is one.
func (l *Listener) Accept(t *Thread) (*Conn, error) {
	inner, err := offload(t, l.inner.Accept)
	if err != nil {
		return nil, err
	}
	c := &Conn{p: t.p, network: l.addr.Network(), socket: socket{inner}}
	if a, ok := inner.RemoteAddr().(*net.TCPAddr); ok {
		c.remote = a.AddrPort()
	}
	return c, nil
}

// Close ends the listening; a thread that waits in Accept gets net.ErrClosed. Connections
// that were accepted stay.
func (l *Listener) Close() error {
	l.closed = true
	return l.inner.Close()
}

// WhenReadable starts fn as a thread, as StartAndForget does, to read from c. Here it begins
// at once; gone is called only when c is closed.
//
//go:noinline
func (c *Conn) WhenReadable(maxWait time.Duration, fn func(*Thread) error, gone func(error), settings ...Setting) {
	if c.closed {
		if gone != nil {
			gone(net.ErrClosed)
		}
		return
	}
	s := Spec{Run: fn, kind: forget, site: callerPC()}
	s = s.with(settings)
	if maxWait > 0 {
		c.SetDeadline(false, time.Now().Add(maxWait))
	}
	c.p.Start(s)
}

// AwaitReadable returns at once here: the read that follows waits.
func (c *Conn) AwaitReadable(*Thread) error { return nil }
