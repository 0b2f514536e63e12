package web

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"os"
	"time"

	"mtpipe/microthread"
)

// served is a connection that a server has taken. While nothing is under way, that is all
// there is of it.
type served struct {
	s          *Server
	c          *microthread.Conn
	prev, next *served
	run        func(*microthread.Thread) error // serve
	gone       func(error)                     // lost
	remote     string                          // its address, once a request has come
	local      net.Addr                        // the server's, or nil until a request has come
	tls        *secured                        // or nil
	d          *desk                           // while something is read or written
	t          *microthread.Thread             // that serves it, or nil
	state      http.ConnState
	posted     bool // the last request was a POST
	hijacked   bool
}

// secured is what a connection with TLS has besides.
type secured struct {
	config *tls.Config
	under  under
	conn   *tls.Conn            // once the agreement has begun
	agreed *tls.ConnectionState // once there is one
}

// under is the connection below TLS, which belongs to one thread after another.
type under struct {
	*microthread.BoundConn
	noWait bool
}

// Read gives what there is; with noWait, that there is nothing.
func (u *under) Read(p []byte) (int, error) {
	if u.noWait {
		return 0, notYet{}
	}
	return u.BoundConn.Read(p)
}

// notYet is an error after which TLS can be read again.
type notYet struct{}

func (notYet) Error() string   { return "it has not come yet" }
func (notYet) Timeout() bool   { return true }
func (notYet) Temporary() bool { return true }

// desk is what a thread needs to read requests and to answer them.
type desk struct {
	bound    *microthread.BoundConn // of the thread
	nc       net.Conn               // bound, or TLS over it
	r        *bufio.Reader          // of the desk
	out      []byte                 // what is sent next
	body     []byte                 // of a response, what has not been made part of out yet
	head     []byte                 // what has been read of a request's header, and behind it
	headLeft int64                  // bytes that a header may still have, or noLimit
	readBy   time.Time              // until when reads have to be done, or zero
	writeBy  time.Time              // and writes
	x        *reply                 // that is given at the moment, or nil
	gone     func()                 // ends the context of that
}

const (
	outSize  = 4 << 10
	bodySize = 4 << 10
	outMost  = 16 << 10 // bytes that are gathered before they are sent
)

// errBigHeader says that the header of a request has too many bytes.
var errBigHeader = errors.New("the header of the request is too large")

// Read reads what the client sends.
func (d *desk) Read(p []byte) (int, error) {
	if isOver(d.readBy) { // also when there is always something to read
		return 0, &net.OpError{Op: "read", Net: "tcp", Err: os.ErrDeadlineExceeded}
	}
	switch {
	case d.headLeft == noLimit:
		return d.nc.Read(p)
	case d.headLeft == 0:
		return 0, errBigHeader
	case int64(len(p)) > d.headLeft:
		p = p[:d.headLeft]
	}
	n, err := d.nc.Read(p)
	d.headLeft -= int64(n)
	d.head = append(d.head, p[:n]...)
	return n, err
}

// isOver reports whether a deadline has passed.
func isOver(by time.Time) bool { return !by.IsZero() && !time.Now().Before(by) }

// limit sets until when reads, or writes, have to be done; the zero time is for ever.
func (k *served) limit(write bool, by time.Time) {
	was := &k.d.readBy
	if write {
		was = &k.d.writeBy
	}
	if !was.IsZero() || !by.IsZero() {
		*was = by
		k.c.SetDeadline(write, by)
	}
}

// unlimit ends what limit began.
func (k *served) unlimit() {
	k.limit(false, time.Time{})
	k.limit(true, time.Time{})
}

// take makes c one of the server's connections.
func (s *Server) take(c *microthread.Conn, local net.Addr, config *tls.Config) {
	k := &served{s: s, c: c, local: local}
	k.run, k.gone = k.serve, k.lost
	if config != nil {
		k.tls = &secured{config: config}
	}
	s.link(k)
	k.setState(http.StateNew)
	limit := s.headerTimeout()
	if config != nil {
		limit = s.handshakeTimeout()
	}
	c.WhenReadable(limit, k.run, k.gone, asConnection)
}

var asConnection = microthread.Named("a web connection")

func (k *served) setState(state http.ConnState) {
	if k.state == state && state != http.StateNew {
		return
	}
	k.state = state
	if k.s.ConnState != nil {
		k.s.ConnState(k.c, state)
	}
}

// lost is called when a connection without a thread has ended.
func (k *served) lost(error) { k.leave(http.StateClosed) }

// leave takes k off the server's list.
func (k *served) leave(state http.ConnState) {
	k.s.unlink(k)
	k.setState(state)
}

// closeIdle closes a connection on which nothing is under way.
func (k *served) closeIdle() {
	if (k.state == http.StateIdle || k.state == http.StateNew) && k.d == nil && k.c.Pending() == 0 {
		_ = k.c.Close()
	}
}

// cut ends a connection and the thread of its handler.
func (k *served) cut() {
	if k.t != nil {
		k.t.Terminate()
	}
	_ = k.c.Close()
}

// serve answers requests until no more come for a while. It is the body of the connection's
// thread.
func (k *served) serve(t *microthread.Thread) error {
	kept := false
	k.t = t
	defer func() {
		k.t = nil
		k.giveBack()
		if !kept { // also when t was terminated
			k.end()
		}
	}()
	k.sitDown(t)
	if k.tls != nil && k.tls.agreed == nil && !k.handshake() {
		return nil
	}
	for k.answer(t) {
		if k.hasMore() {
			continue
		}
		k.giveBack()
		readable, err := k.linger(t)
		switch {
		case err != nil:
			return nil
		case !readable:
			kept = true
			k.c.WhenReadable(k.s.idleTimeout(), k.run, k.gone, asConnection)
			return nil
		}
		k.sitDown(t)
	}
	return nil
}

// end closes the connection, unless it is the handler's now.
func (k *served) end() {
	if k.hijacked {
		k.leave(http.StateHijacked)
		return
	}
	if !k.c.Closed() {
		_ = k.c.Close()
	}
	k.leave(http.StateClosed)
}

// sitDown gives the connection what it needs to be read and written by t.
func (k *served) sitDown(t *microthread.Thread) {
	d, _ := k.s.desks.Get().(*desk)
	if d == nil {
		d = &desk{out: make([]byte, 0, outSize), body: make([]byte, 0, bodySize)}
		d.r = bufio.NewReader(d)
		d.gone = func() {
			if d.x != nil {
				d.x.context.end()
			}
		}
	}
	d.bound = k.c.On(t)
	d.nc, d.headLeft = d.bound, noLimit
	if k.tls != nil {
		k.tls.under.BoundConn = d.bound
		if k.tls.conn == nil {
			k.tls.conn = tls.Server(&k.tls.under, k.tls.config)
		}
		d.nc = k.tls.conn
	}
	k.d = d
}

// giveBack ends what sitDown began.
func (k *served) giveBack() {
	d := k.d
	if d == nil {
		return
	}
	k.unlimit()
	k.d = nil
	d.bound, d.nc, d.x = nil, nil, nil
	d.out, d.body, d.head = d.out[:0], d.body[:0], d.head[:0]
	d.r.Reset(d)
	if cap(d.out) <= 2*outMost && cap(d.head) <= 2*outMost {
		k.s.desks.Put(d)
	}
}

// hasMore reports whether the next request has begun to come.
func (k *served) hasMore() bool {
	if k.d.r.Buffered() > 0 {
		return true
	}
	if k.tls == nil {
		return false
	}
	k.tls.under.noWait = true // TLS may have it already
	_, err := k.d.r.Peek(1)
	k.tls.under.noWait = false
	return err == nil
}

// lingering is how long a thread waits for the next request. When one comes, that saves the
// making of a thread; until then, it takes the memory of one.
const lingering = 200 * time.Millisecond

// linger waits for the next request for a moment. It reports whether it begins to come.
func (k *served) linger(t *microthread.Thread) (readable bool, err error) {
	wait := lingering
	if idle := k.s.idleTimeout(); idle > 0 {
		wait = min(wait, idle)
	}
	k.c.SetDeadline(false, time.Now().Add(wait))
	err = k.c.AwaitReadable(t)
	k.c.SetDeadline(false, time.Time{})
	if errors.Is(err, os.ErrDeadlineExceeded) && wait == lingering {
		return false, nil
	}
	return err == nil, err
}

// handshake agrees on TLS, and reports whether that came about.
func (k *served) handshake() bool {
	if limit := k.s.handshakeTimeout(); limit > 0 {
		by := time.Now().Add(limit)
		k.limit(false, by)
		k.limit(true, by)
		defer k.unlimit()
	}
	err := k.tls.conn.Handshake()
	if err == nil {
		k.tls.agreed = new(tls.ConnectionState)
		*k.tls.agreed = k.tls.conn.ConnectionState()
		return true
	}
	var header tls.RecordHeaderError
	if errors.As(err, &header) && header.Conn != nil && looksLikeHTTP(header.RecordHeader[:]) {
		_, _ = k.d.bound.Write([]byte("HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"))
		err = errors.New("client sent an HTTP request to an HTTPS server")
	}
	k.s.logf("http: TLS handshake error from %s: %v", k.c.RemoteAddr(), err)
	return false
}

// looksLikeHTTP reports whether what came instead of TLS begins as requests do.
func looksLikeHTTP(b []byte) bool {
	for _, begin := range []string{"GET /", "HEAD ", "POST ", "PUT /", "OPTIO"} {
		if bytes.HasPrefix(b, []byte(begin)) {
			return true
		}
	}
	return false
}

// rstAvoidance is how long a client that still sends may take to see why it was answered early.
const rstAvoidance = 500 * time.Millisecond

// closeGently sees to it that the client gets the answer although it has more to send, which
// nobody wants: what it sends is dropped for a moment, for the answer would be lost with the
// connection's reset.
func (k *served) closeGently() {
	_ = k.c.CloseWrite()
	k.d.headLeft = noLimit
	k.limit(false, time.Now().Add(rstAvoidance))
	scrap := k.d.body[:cap(k.d.body)]
	for {
		if _, err := k.d.Read(scrap); err != nil {
			return
		}
	}
}

// flush sends what is gathered.
func (d *desk) flush() error {
	if len(d.out) == 0 {
		return nil
	}
	err := d.write(d.out)
	d.out = d.out[:0]
	return err
}

// write sends p.
func (d *desk) write(p []byte) error {
	if isOver(d.writeBy) { // also when the client always takes something
		return &net.OpError{Op: "write", Net: "tcp", Err: os.ErrDeadlineExceeded}
	}
	_, err := d.nc.Write(p)
	return err
}
