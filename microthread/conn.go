package microthread

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"time"

	"mtpipe/reactor"
)

// Conn is a connection for a stream of bytes, by TCP or a Unix socket, whose reads and writes
// suspend the thread that makes them. One thread at a time may read and one may write. On
// returns it as a net.Conn. Its methods are for running threads of its program.
type Conn struct {
	Lock    // keeps what one thread writes together; see Lock
	socket  // the system's part
	p       *Program
	network string
	remote  netip.AddrPort // of TCP
	readBy  time.Time
	writeBy time.Time
	closed  bool
}

// Read reads up to len(b) bytes, suspending t until there are some; io.EOF at the end. An
// error is a *net.OpError.
func (c *Conn) Read(t *Thread, b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	if err := t.check(); err != nil {
		return 0, c.failed("read", err)
	}
	charge(&t.d, callUnits)
	n, err := c.read(t, b)
	if err != nil {
		return n, c.failed("read", err)
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// Write writes all of b, suspending t while the other side does not take it.
func (c *Conn) Write(t *Thread, b []byte) error {
	_, err := c.writeAll(t, b)
	return err
}

// writeAll is Write that also tells how much was written before the error.
func (c *Conn) writeAll(t *Thread, b []byte) (int, error) {
	if err := t.check(); err != nil {
		return 0, c.failed("write", err)
	}
	charge(&t.d, callUnits)
	return c.write(t, b)
}

// callUnits is what reading, writing and accepting are charged for, before they do it: a thread
// that is terminated where it gives up its turn has taken nothing.
const callUnits = 8

// Closed reports whether c was closed here.
func (c *Conn) Closed() bool { return c.closed }

func (c *Conn) failed(op string, err error) error {
	return &net.OpError{Op: op, Net: c.network, Addr: c.RemoteAddr(), Err: err}
}

// RemoteAddr returns the address of the other side.
func (c *Conn) RemoteAddr() net.Addr {
	if c.remote.IsValid() {
		return net.TCPAddrFromAddrPort(c.remote)
	}
	return &net.UnixAddr{Net: c.network}
}

// Dial connects to address, which is host:port for the network tcp, a path for unix. Names
// are looked up off the reactor. Every address of a name is tried, within limit altogether
// (0: none). The error is a *net.OpError.
func Dial(t *Thread, network, address string, limit time.Duration) (*Conn, error) {
	if err := t.check(); err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	var by time.Time
	if limit > 0 {
		by = time.Now().Add(limit)
	}
	if network == "unix" {
		c := &Conn{p: t.p, network: network, readBy: by, writeBy: by}
		if err := c.connect(t, netip.AddrPort{}, address); err != nil {
			return nil, &net.OpError{Op: "dial", Net: network, Addr: &net.UnixAddr{Net: network, Name: address}, Err: err}
		}
		c.readBy, c.writeBy = time.Time{}, time.Time{}
		return c, nil
	}
	addrs, err := lookUp(t, network, address, limit)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	for i, a := range addrs {
		c := &Conn{p: t.p, network: network, remote: a, writeBy: by}
		if left := len(addrs) - i; limit > 0 && left > 1 { // a dead one leaves time for the others
			c.writeBy = time.Now().Add(time.Until(by) / time.Duration(left))
		}
		if err = c.connect(t, a, ""); err == nil {
			c.writeBy = time.Time{}
			return c, nil
		}
		err = &net.OpError{Op: "dial", Net: network, Addr: net.TCPAddrFromAddrPort(a), Err: err}
	}
	return nil, err
}

// lookUp returns the addresses that a host:port stands for.
func lookUp(t *Thread, network, address string, limit time.Duration) ([]netip.AddrPort, error) {
	if a, err := netip.ParseAddrPort(address); err == nil {
		return []netip.AddrPort{a}, nil
	}
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if limit <= 0 {
		limit = 30 * time.Second
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	found, err := t.DeferTo(reactor.Blocking, func() (any, error) {
		port, err := net.DefaultResolver.LookupPort(ctx, network, service)
		if err != nil {
			return nil, fmt.Errorf("there is no port %.40q", service)
		}
		ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		var list []netip.AddrPort
		for _, ip := range ips {
			list = append(list, netip.AddrPortFrom(ip.Unmap(), uint16(port)))
		}
		return list, err
	}, limit)
	if err != nil {
		return nil, lookUpError(host, err)
	}
	return found.([]netip.AddrPort), nil
}

func lookUpError(host string, err error) error {
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return fmt.Errorf("%s: there is no such host", host)
	}
	return err
}

// Listener waits for connections. One thread at a time may accept.
type Listener struct {
	listening // the system's part
	p         *Program
	addr      net.Addr
	closed    bool
}

// Listen returns a listener at address: host:port for the network tcp (without a host, every
// address of the machine; port 0 is any that is free), a path for unix. Names are looked up
// off the reactor.
func Listen(t *Thread, network, address string) (*Listener, error) {
	if host, _, err := net.SplitHostPort(address); network == "tcp" && err == nil && host != "" {
		addrs, err := lookUp(t, network, address, 0)
		if err != nil {
			return nil, &net.OpError{Op: "listen", Net: network, Err: err}
		}
		i := slices.IndexFunc(addrs, func(a netip.AddrPort) bool { return a.Addr().Is4() })
		address = addrs[max(i, 0)].String()
	}
	inner, err := net.Listen(network, address)
	if err != nil {
		return nil, err
	}
	l := &Listener{p: t.p, addr: inner.Addr()}
	if l.addr == nil {
		_ = inner.Close()
		return nil, &net.OpError{Op: "listen", Net: network, Err: errors.New("the system does not tell the address")}
	}
	if err := l.take(inner); err != nil {
		_ = inner.Close()
		return nil, err
	}
	return l, nil
}

// Addr returns the address that the listener has.
func (l *Listener) Addr() net.Addr { return l.addr }
