package web

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"mtpipe/value"
)

// body is what is read of a response.
type body struct {
	k      *conn // nil when it was given back
	close  bool  // k cannot be used again
	wire   io.Reader
	ended  bool      // wire has
	plain  *unpacked // or nil
	length int64     // in bytes, or -1 when it is not known
	size   int64     // of what was read
	failed error
}

// receive returns the response whose header came through k. Its body is x.
func (x *exchange) receive(k *conn, resp *http.Response) (*http.Response, error) {
	x.body = body{k: k, close: resp.Close || !k.sent, wire: resp.Body, length: resp.ContentLength}
	resp.Status, resp.TLS = statusText(resp.Status), k.agreed
	empty := resp.Body == http.NoBody || resp.Request.Method == "HEAD"
	resp.Body = x
	switch {
	case empty:
		x.length, x.ended, x.failed = 0, true, io.EOF
		x.giveBack()
	case x.o.MaxSize > 0 && x.length > x.o.MaxSize:
		return nil, x.tooLarge()
	case x.o.Compressed && isGzip(resp.Header.Get("Content-Encoding")):
		x.length, x.plain = -1, &unpacked{from: wire{x}}
		resp.ContentLength, resp.Uncompressed = -1, true
		resp.Header.Del("Content-Encoding")
		resp.Header.Del("Content-Length")
	}
	return resp, nil
}

// isGzip reports whether a coding is gzip, by either of its names.
func isGzip(coding string) bool {
	return strings.EqualFold(coding, "gzip") || strings.EqualFold(coding, "x-gzip")
}

func (x *exchange) tooLarge() error { return &TooLargeError{x.o.MaxSize} }

// TooLargeError says that a body is larger than it may be.
type TooLargeError struct{ Max int64 }

func (e *TooLargeError) Error() string { return fmt.Sprintf("the body is larger than %d bytes", e.Max) }

// Read reads the body, suspending the thread until there is some of it; io.EOF at the end.
func (x *exchange) Read(p []byte) (n int, err error) {
	if x.failed != nil {
		return 0, x.failed
	}
	if x.plain != nil {
		n, err = x.plain.Read(p)
	} else {
		n, err = x.readWire(p)
	}
	x.size += int64(n)
	switch {
	case x.o.MaxSize > 0 && x.size > x.o.MaxSize:
		n, err = 0, x.tooLarge()
	case err == nil:
		return n, nil
	case err == io.EOF && x.ended:
	case err == io.EOF: // more follows what was unpacked
		x.close = true
	default:
		err = x.bodyError(err)
	}
	x.failed = err
	x.giveBack()
	return n, err
}

// bodyError returns an error of the body as messages show it.
func (x *exchange) bodyError(err error) error {
	switch {
	case !errors.Is(err, io.ErrUnexpectedEOF):
		return err
	case x.ended: // and what is packed has not
		return errors.New("gzip: the body is not whole")
	case x.length >= 0:
		return fmt.Errorf("the server closed the connection after %d of %d bytes", x.size, x.length)
	}
	return errors.New("the body is not whole: the server closed the connection")
}

// Bytes returns the body of a response that came through a Transport, if it has at most n
// bytes and all of it has come already. It waits for nothing.
func Bytes(resp *http.Response, n int64) (whole []byte, ok bool) {
	x, ok := resp.Body.(*exchange)
	if !ok {
		return nil, false
	}
	if x.failed != nil || x.length < 0 || x.length > min(n, int64(x.k.r.Buffered())) {
		return nil, x.failed == io.EOF
	}
	whole = make([]byte, x.length)
	if _, err := io.ReadFull(x, whole); err != nil {
		return nil, false
	}
	return whole, true
}

// Close lets go of the connection. It is used again if the rest of the body has come already,
// else it is closed.
func (x *exchange) Close() error {
	if x.k == nil {
		return nil
	}
	if x.failed == nil && !x.close && !x.k.reading {
		x.k.noWait = true
		for scrap := x.k.out[:cap(x.k.out)]; !x.ended; {
			if _, err := x.readWire(scrap); err != nil {
				break
			}
		}
		x.k.noWait = false
	}
	x.failed = errors.New("the response is closed")
	x.giveBack()
	return nil
}

// giveBack returns the connection to the pool, or closes it when it has not been read to the
// end.
func (x *exchange) giveBack() {
	k := x.k
	x.k = nil
	if x.close || !x.ended || k.r.Buffered() > 0 {
		k.close()
		return
	}
	x.tr.pool.put(k)
}

// readWire reads the body as it is sent.
func (x *exchange) readWire(p []byte) (int, error) {
	n, err := x.wire.Read(p)
	if err == io.EOF {
		x.ended = true
	}
	return n, err
}

// wire is a body as it is sent.
type wire struct{ x *exchange }

func (w wire) Read(p []byte) (int, error) { return w.x.readWire(p) }

// unpacked is a body that was packed by gzip.
type unpacked struct {
	from io.Reader
	zip  *gzip.Reader
}

func (u *unpacked) Read(p []byte) (n int, err error) {
	if u.zip == nil {
		if u.zip, err = gzip.NewReader(u.from); err != nil { // io.EOF: there is no body
			return 0, err
		}
	}
	return u.zip.Read(p)
}

// quote quotes at most 40 characters of a text that came from outside.
func quote(s string) string { return value.TextOf(s).Quote() }
