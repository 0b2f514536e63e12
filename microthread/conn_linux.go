package microthread

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"mtpipe/reactor"
)

// socket is a non-blocking socket. The kernel tells the reactor of it once; a read that gave
// less than was asked for shows that there is no more, so that the next one waits without
// trying.
type socket struct {
	fd      int
	ds      *reactor.Descriptor // nil until somebody waits
	drained bool
	awaited bool  // AwaitReadable has found something that was not read yet
	lost    error // what Alive met, which the kernel tells once; a read is to tell it
}

func (c *Conn) read(t *Thread, b []byte) (int, error) {
	for {
		if c.closed {
			return 0, net.ErrClosed
		}
		if c.drained && !c.mayRead() {
			if err := c.await(t); err != nil {
				return 0, err
			}
		}
		c.awaited = false
		n, err := readSocket(c.fd, b)
		switch {
		case err == unix.EAGAIN:
			if c.ds == nil {
				if err := c.watch(); err != nil {
					return 0, err
				}
			}
			c.drained = true
		case err == unix.EINTR:
		case err != nil:
			return 0, err
		case n == 0:
			return 0, c.lost
		default:
			c.drained = n < len(b) && c.ds != nil && !c.stopsShort()
			return n, nil
		}
	}
}

// stopsShort reports whether a read may give less than was asked for although there is more:
// it ends before urgent data, and behind descriptors that were sent with a text.
func (c *Conn) stopsShort() bool { return c.ds.Urgent() || c.network == "unix" }

// await suspends t until there may be something to read. However the wait ends, and be it that
// t is terminated, it may have used up the event that told of it: the next read tries. Only
// when the time is over has there been none.
func (c *Conn) await(t *Thread) error {
	c.drained = false
	err := c.wait(t, false, c.readBy)
	c.drained = err == os.ErrDeadlineExceeded
	return err
}

func (c *Conn) write(t *Thread, b []byte) (n int, err error) {
	for n < len(b) {
		if c.closed {
			return n, c.failed("write", net.ErrClosed)
		}
		var m int
		switch m, err = writeSocket(c.fd, b[n:]); err {
		case nil:
			n += m
		case unix.EINTR:
		case unix.EAGAIN:
			if err := c.wait(t, true, c.writeBy); err != nil {
				return n, c.failed("write", err)
			}
		default:
			return n, c.failed("write", err)
		}
	}
	return n, nil
}

// TryWrite writes as much of b as goes without waiting and returns how much that was.
func (c *Conn) TryWrite(b []byte) (n int, err error) {
	if c.closed {
		return 0, c.failed("write", net.ErrClosed)
	}
	for n < len(b) {
		m, err := writeSocket(c.fd, b[n:])
		switch err {
		case nil:
			n += m
		case unix.EINTR:
		case unix.EAGAIN:
			return n, nil
		default:
			return n, c.failed("write", err)
		}
	}
	return n, nil
}

// AwaitReadable suspends t until c has something to read or its other side has closed it, so
// that t needs no buffer meanwhile.
func (c *Conn) AwaitReadable(t *Thread) error {
	if err := t.check(); err != nil {
		return c.failed("read", err)
	}
	for !c.awaited && (!c.mayRead() || c.Alive()) {
		told := c.ds != nil && c.ds.Told() // before the wait, and it may be of what was read since
		if err := c.await(t); err != nil {
			return c.failed("read", err)
		}
		c.awaited = !told // the kernel tells only of what is there when it does
	}
	c.awaited = true
	return nil
}

// mayRead reports whether a read is to be tried before a wait: the one before has not shown
// that there is no more. The kernel tells of what there is when it is made known to it.
func (c *Conn) mayRead() bool {
	return c.closed || c.ds != nil && (!c.drained || c.ds.Gone())
}

// watch makes the socket known to the reactor, which it is not yet.
func (c *Conn) watch() (err error) {
	c.ds, err = c.p.r.Watch(c.fd)
	return err
}

func (c *Conn) wait(t *Thread, write bool, by time.Time) error {
	if c.ds == nil {
		if err := c.watch(); err != nil {
			return err
		}
	}
	limit := time.Duration(0)
	if !by.IsZero() {
		var err error
		if limit, err = untilDeadline(by); err != nil {
			return err
		}
	}
	if err := c.ds.Await(&t.d, write, limit); err != nil || c.closed {
		return c.waited(err)
	}
	return nil
}

// waited returns what a wait that ended with err means to its caller.
func (c *Conn) waited(err error) error {
	switch {
	case c.closed:
		return net.ErrClosed
	case err == reactor.ErrTimeout:
		return os.ErrDeadlineExceeded
	}
	return err
}

// SetDeadline sets until when reads, or writes, may wait, one that waits already too; the
// zero time is for ever. They fail with os.ErrDeadlineExceeded.
func (c *Conn) SetDeadline(write bool, by time.Time) {
	if write {
		c.writeBy = by
	} else {
		c.readBy = by
	}
	if c.ds == nil {
		return
	}
	limit, err := untilDeadline(by)
	if err != nil {
		limit = 1 // it is over: at the next turn
	}
	c.ds.SetLimit(write, limit)
}

// CloseWrite tells the other side that no more will come. Reading goes on.
func (c *Conn) CloseWrite() error {
	if c.closed {
		return c.failed("close", net.ErrClosed)
	}
	if err := unix.Shutdown(c.fd, unix.SHUT_WR); err != nil {
		return c.failed("close", err)
	}
	return nil
}

// CloseRead makes reads end when they have given what has come, those that wait too.
func (c *Conn) CloseRead() error {
	if c.closed {
		return c.failed("close", net.ErrClosed)
	}
	if err := unix.Shutdown(c.fd, unix.SHUT_RD); err != nil {
		return c.failed("close", err)
	}
	return nil
}

// Close closes the connection; threads that wait for it get net.ErrClosed.
func (c *Conn) Close() error {
	if c.closed {
		return c.failed("close", net.ErrClosed)
	}
	c.closed = true
	if c.ds != nil {
		c.ds.Forget()
	}
	return unix.Close(c.fd)
}

// Abandon closes the connection so that the other side sees an error, not an end.
func (c *Conn) Abandon() error {
	if !c.closed && c.network == "tcp" {
		_ = unix.SetsockoptLinger(c.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	}
	return c.Close()
}

// Alive reports whether an idle connection can be used again: the other side has neither
// closed it nor sent anything.
func (c *Conn) Alive() bool {
	if c.closed {
		return false
	}
	_, err := peekSocket(c.fd)
	if err != nil && err != unix.EAGAIN {
		c.lost = err
	}
	c.drained = err == unix.EAGAIN // then an event will tell of what comes
	return c.drained
}

// OnGone makes fn be called on the program's goroutine, once, when the other side has closed the
// connection, or has ended what it sends, or when there is an error, be it that nobody reads or
// writes; nil takes that back. Fn must not suspend. It is called when the reactor next looks for
// events, and at once when one has told of that before.
func (c *Conn) OnGone(fn func()) {
	if c.closed || c.ds == nil && (fn == nil || c.watch() != nil) {
		return
	}
	c.ds.OnGone(fn)
}

// Pending returns how many bytes have come that were not read.
func (c *Conn) Pending() int {
	if c.closed {
		return 0
	}
	n, err := unix.IoctlGetInt(c.fd, unix.TIOCINQ)
	if err != nil {
		return 0
	}
	return n
}

// LocalAddr returns the connection's own address.
func (c *Conn) LocalAddr() net.Addr {
	sa, err := unix.Getsockname(c.fd)
	if a := addrPort(sa); err == nil && a.IsValid() {
		return net.TCPAddrFromAddrPort(a)
	}
	return &net.UnixAddr{Net: c.network}
}

// connect makes the socket and connects it, by TCP unless path is given.
func (c *Conn) connect(t *Thread, to netip.AddrPort, path string) (err error) {
	domain, sa := sockaddr(to, path)
	if c.fd, err = unix.Socket(domain, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0); err != nil {
		return os.NewSyscallError("socket", err)
	}
	done := false
	defer func() { // also when t is terminated in between
		if !done {
			_ = c.Close()
		}
	}()
	for {
		err = unix.Connect(c.fd, sa)
		switch err {
		case unix.EINTR: // it goes on in the background, if it has begun
			continue
		case unix.EISCONN:
			err = nil
		case unix.EALREADY:
			err = unix.EINPROGRESS
		}
		if err != unix.EAGAIN { // the queue of a Unix socket is full, which no event ends
			break
		}
		limit, late := untilDeadline(c.writeBy)
		if late != nil {
			return late
		}
		t.Sleep(min(5*time.Millisecond, max(limit, time.Millisecond)))
	}
	for err == unix.EINPROGRESS {
		if err = c.wait(t, true, c.writeBy); err == nil {
			err = c.connected()
		}
	}
	if err != nil {
		return err
	}
	c.tune()
	done = true
	return nil
}

// connected returns how a connect that went on in the background has ended.
func (c *Conn) connected() error {
	code, err := unix.GetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return err
	}
	if code != 0 {
		return unix.Errno(code)
	}
	if _, err := unix.Getpeername(c.fd); err == unix.ENOTCONN {
		return unix.EINPROGRESS
	}
	return nil
}

// tune sets what nearly everybody wants of TCP: small messages go out at once, and dead
// peers are noticed.
func (c *Conn) tune() {
	if c.network == "unix" {
		return
	}
	_ = unix.SetsockoptInt(c.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	_ = unix.SetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)
}

func sockaddr(to netip.AddrPort, path string) (domain int, sa unix.Sockaddr) {
	switch {
	case !to.IsValid():
		return unix.AF_UNIX, &unix.SockaddrUnix{Name: path}
	case to.Addr().Is4():
		return unix.AF_INET, &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}
	}
	sa6 := &unix.SockaddrInet6{Port: int(to.Port()), Addr: to.Addr().As16()}
	if zone := to.Addr().Zone(); zone != "" {
		if in, err := net.InterfaceByName(zone); err == nil {
			sa6.ZoneId = uint32(in.Index)
		}
	}
	return unix.AF_INET6, sa6
}

// addrPort returns the address of a TCP socket; the zero one of any other.
func addrPort(sa unix.Sockaddr) netip.AddrPort {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr).Unmap(), uint16(sa.Port))
	}
	return netip.AddrPort{}
}

// listening is a socket that listens.
type listening struct {
	fd   int
	ds   *reactor.Descriptor
	path string // of a Unix socket, to be removed
}

// take makes the socket of inner the listener's, with a descriptor of its own.
func (l *Listener) take(inner net.Listener) error {
	f, ok := inner.(interface{ File() (*os.File, error) })
	if !ok {
		return errors.New("a listener without a descriptor")
	}
	file, err := f.File()
	if err != nil {
		return err
	}
	defer file.Close()
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	_ = raw.Control(func(fd uintptr) { l.fd, err = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 3) })
	if err != nil {
		return err
	}
	if err = unix.SetNonblock(l.fd, true); err == nil {
		l.ds, err = l.p.r.Watch(l.fd)
	}
	if err != nil {
		_ = unix.Close(l.fd)
		return err
	}
	if u, ok := inner.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false)
		l.path = u.Addr().String()
	}
	return inner.Close()
}

// Accept returns the next connection, suspending t until there is one. When the process has
// no descriptor left the error is EMFILE or ENFILE; the connection goes on waiting.
func (l *Listener) Accept(t *Thread) (*Conn, error) {
	if err := t.check(); err != nil {
		return nil, l.failed(err)
	}
	charge(&t.d, callUnits)
	for {
		if l.closed {
			return nil, l.failed(net.ErrClosed)
		}
		fd, sa, err := unix.Accept4(l.fd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		switch err {
		case nil:
			c := &Conn{p: t.p, network: l.addr.Network(), remote: addrPort(sa), socket: socket{fd: fd, drained: true}}
			c.tune()
			c.drained = c.watch() == nil // else the first wait says why
			return c, nil
		case unix.EAGAIN:
			if err := l.ds.Await(&t.d, false, 0); err != nil && !l.closed {
				return nil, l.failed(err)
			}
		case unix.EINTR, unix.ECONNABORTED:
		default:
			return nil, l.failed(err)
		}
	}
}

func (l *Listener) failed(err error) error {
	return &net.OpError{Op: "accept", Net: l.addr.Network(), Addr: l.addr, Err: err}
}

// Close ends the listening; a thread that waits in Accept gets net.ErrClosed. Connections
// that were accepted stay.
func (l *Listener) Close() error {
	if l.closed {
		return l.failed(net.ErrClosed)
	}
	l.closed = true
	l.ds.Forget()
	err := unix.Close(l.fd)
	if l.path != "" && l.path[0] != '@' {
		_ = os.Remove(l.path)
	}
	return err
}
