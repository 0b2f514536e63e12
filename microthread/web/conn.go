package web

import (
	"bufio"
	"container/list"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"os"
	"strings"
	"time"
	"unicode"

	"mtpipe/microthread"
)

const (
	maxHeader = 256 << 10 // bytes of a response's header, with those of 1xx responses before it
	noLimit   = -1
)

// conn is a connection to a server or a proxy. An exchange has it for itself, or the pool.
type conn struct {
	to    route
	c     *microthread.Conn
	bound *microthread.BoundConn
	nc    net.Conn // bound, or TLS over it
	r     *bufio.Reader
	out   []byte // what is sent next

	agreed *tls.ConnectionState // by TLS, or nil without it

	x        *exchange
	got      int64 // bytes that came since the exchange began
	headLeft int64 // bytes that a header may still have, or noLimit
	headBy   time.Time
	headErr  error     // that a read of a header ended with: parsers may hide it
	setUpBy  time.Time // the limit while the connection is made, or zero
	used     bool      // by an exchange before this one
	sent     bool      // the request, wholly
	gone     bool      // the server takes no more: what it has sent is here, or on its way
	reading  bool      // a read has not returned
	noWait   bool      // reads give only what has come already
	pace     speed     // of the body

	idleSince time.Time
	place     *list.Element // among all that are idle
}

func newConn(x *exchange, to *route, c *microthread.Conn) *conn {
	k := &conn{to: *to, c: c, bound: c.On(x.t), x: x, headLeft: noLimit}
	k.nc = k.bound
	k.r = bufio.NewReader(k)
	return k
}

// begin gives k to an exchange.
func (k *conn) begin(x *exchange) {
	k.x, k.got, k.sent, k.gone, k.pace = x, 0, false, false, speed{}
	k.bound.Pass(x.t)
}

func (k *conn) close() {
	_ = k.c.Close()
	k.x = nil
}

// errNotThere says that the rest has not come yet.
var errNotThere = errors.New("it has not come yet")

var errLongHeader = fmt.Errorf("the header of the response is longer than %d KB", maxHeader>>10)

// Read reads what the server sends, within the limits.
func (k *conn) Read(p []byte) (int, error) {
	switch {
	case k.noWait:
		return 0, errNotThere
	case k.headLeft == 0:
		k.headErr = errLongHeader
		return 0, errLongHeader
	case k.headLeft > 0 && int64(len(p)) > k.headLeft:
		p = p[:k.headLeft]
	}
	n, err := k.readInTime(p)
	k.got += int64(n)
	if k.headLeft > 0 {
		k.headLeft -= int64(n)
	}
	if err != nil && err != io.EOF {
		err = k.explain(err)
	}
	if k.headLeft != noLimit {
		k.headErr = err
	}
	return n, err
}

// readInTime reads as soon as there is something, within the limits of time.
func (k *conn) readInTime(p []byte) (n int, err error) {
	k.reading = true
	defer func() { k.reading = false }()
	for {
		by := k.deadline()
		measured := k.x.o.MinSpeed > 0 && k.headLeft == noLimit && k.setUpBy.IsZero()
		began := time.Now()
		if measured {
			by = sooner(by, began.Add(k.pace.left(k.x.o)))
		}
		k.c.SetDeadline(false, by)
		if k.agreed != nil {
			k.c.SetDeadline(true, by) // TLS may have to answer
		}
		if n, err = k.nc.Read(p); !measured {
			return n, err
		}
		over, slow := k.pace.add(k.x.o, n, time.Since(began))
		switch {
		case slow != nil && (err == nil || errors.Is(err, os.ErrDeadlineExceeded)):
			return n, slow
		case over && errors.Is(err, os.ErrDeadlineExceeded):
			continue
		}
		return n, err
	}
}

// deadline returns until when the next read or write may wait.
func (k *conn) deadline() time.Time {
	by := k.setUpBy
	switch {
	case !by.IsZero():
		return by
	case k.headLeft != noLimit:
		by = k.headBy
	case k.x.o.IdleTimeout > 0:
		by = time.Now().Add(k.x.o.IdleTimeout)
	}
	return sooner(by, k.x.by)
}

// sooner returns the earlier time; a zero one is never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// timeoutError says which limit has passed.
type timeoutError struct{ text string }

func (e *timeoutError) Error() string { return e.text }

// Timeout is what url.Error and net.Error ask for.
func (e *timeoutError) Timeout() bool { return true }

// errLate is a timeoutError for the deadline of a context.
var errLate = &timeoutError{"not done in time"}

func isTimeout(err error) bool {
	var e *timeoutError
	return errors.As(err, &e)
}

// explain returns an error of the connection as messages show it.
func (k *conn) explain(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return k.x.late(!k.setUpBy.IsZero(), k.headLeft != noLimit)
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

// late says which limit has passed: while a connection was made, a header was waited for, or
// a body.
func (x *exchange) late(connecting, head bool) error {
	o := x.o
	switch {
	case !x.by.IsZero() && !time.Now().Before(x.by):
		if o.Timeout == 0 {
			return errLate
		}
		return &timeoutError{fmt.Sprintf("not done within %v", o.Timeout)}
	case connecting && o.ConnectTimeout == 0:
		return &timeoutError{"no connection in time"}
	case connecting:
		return &timeoutError{fmt.Sprintf("no connection within %v", o.ConnectTimeout)}
	case head:
		return &timeoutError{fmt.Sprintf("no response within %v", o.HeaderTimeout)}
	}
	return &timeoutError{fmt.Sprintf("the connection was idle for %v", o.IdleTimeout)}
}

// writeError is an error of the connection while the request was sent.
type writeError struct{ err error }

func (e *writeError) Error() string { return e.err.Error() }
func (e *writeError) Unwrap() error { return e.err }

func isWriteError(err error) bool {
	var e *writeError
	return errors.As(err, &e)
}

// hasAnswer reports whether the server has said something though it does not have the whole
// request. Under TLS that is not known.
func (k *conn) hasAnswer() bool { return k.agreed == nil && (k.r.Buffered() > 0 || !k.c.Alive()) }

// readHead reads the header of a response, passing over those that say to wait for it.
func (k *conn) readHead(r *http.Request) (*http.Response, error) {
	k.startHead()
	for {
		if resp, err := k.readOne(r); resp != nil || err != nil {
			return resp, err
		}
	}
}

// startHead sets the limits for what comes until there is the header of a response.
func (k *conn) startHead() {
	k.headLeft, k.headBy, k.headErr = maxHeader, time.Time{}, nil
	if limit := k.x.o.HeaderTimeout; limit > 0 {
		k.headBy = time.Now().Add(limit)
	}
	if k.gone {
		k.headBy = sooner(k.headBy, time.Now().Add(goneLimit))
	}
}

// goneLimit is how long to wait for the answer of a server that takes no more.
const goneLimit = time.Second

// readOne reads one header of a response. It returns nil when that says to wait for another,
// as a server may before it has the whole request.
func (k *conn) readOne(r *http.Request) (*http.Response, error) {
	resp, err := http.ReadResponse(k.r, r)
	switch {
	case err != nil:
		return nil, k.headError(err)
	case resp.StatusCode == http.StatusSwitchingProtocols || resp.StatusCode < 100:
		return nil, fmt.Errorf("the response is %s, which makes no sense here", statusText(resp.Status))
	case resp.StatusCode < 200:
		return nil, nil
	}
	k.headLeft = noLimit
	return resp, nil
}

// headError returns an error of http.ReadResponse as messages show it.
func (k *conn) headError(err error) error {
	var protocol textproto.ProtocolError
	switch {
	case k.headErr == io.EOF && k.got == 0:
		return errors.New("the server closed the connection without a response")
	case k.headErr == io.EOF:
		return errors.New("the server closed the connection within the header of the response")
	case k.headErr != nil:
		return k.headErr
	case errors.As(err, &protocol), strings.HasPrefix(err.Error(), "malformed"):
		return fmt.Errorf("no HTTP response: %s", clean(err.Error()))
	}
	return errors.New(clean(err.Error()))
}

// diedError is an error of a connection that was used before and closed before anything came.
type diedError struct{ error }

func (e diedError) Unwrap() error { return e.error }

func isDied(err error) bool {
	var e diedError
	return errors.As(err, &e)
}

// died marks an error after which the request may be tried on a new connection.
func (k *conn) died(err error) error {
	if k.used && k.got == 0 && !isTimeout(err) {
		return diedError{err}
	}
	return err
}

// clean returns at most 80 characters of a text that a server may have had a part in, without
// those that a terminal acts on.
func clean(s string) string {
	const most = 80
	n := 0
	for i := range s {
		if n++; n > most {
			s = s[:i] + "…"
			break
		}
	}
	return strings.Map(func(c rune) rune {
		if unicode.IsPrint(c) {
			return c
		}
		return unicode.ReplacementChar
	}, s)
}

// statusText returns a status such as 404 Not Found. One that is long or has control
// characters is quoted.
func statusText(status string) string {
	status = strings.TrimSpace(status)
	if len(status) <= 40 && !strings.ContainsFunc(status, func(c rune) bool { return !unicode.IsPrint(c) }) {
		return status
	}
	code, text, _ := strings.Cut(status, " ")
	return code + " " + quote(text)
}
