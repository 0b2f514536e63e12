package web

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"mtpipe/value"
)

// Response is what a server answered. Read and Close are for the thread that asked.
type Response struct {
	StatusCode int
	Status     string // such as 404 Not Found; without control characters
	Header     http.Header
	URL        *url.URL // that answered, after redirects
	Length     int64    // of the body in bytes, or -1 when it is not known

	k      *conn // nil when it was given back
	close  bool  // k cannot be used again
	wire   io.Reader
	ended  bool // wire has
	body   io.Reader
	size   int64 // of what was read
	max    int64
	failed error
}

func newResponse(k *conn, h *http.Response, req *Request) (*Response, error) {
	r := &Response{StatusCode: h.StatusCode, Status: statusText(h.Status), Header: h.Header, URL: req.URL,
		Length: h.ContentLength, k: k, close: h.Close || !k.sent, wire: h.Body, max: k.x.o.MaxSize}
	r.body = wire{r}
	if h.Body == http.NoBody || req.Method == "HEAD" {
		r.Length, r.ended, r.failed = 0, true, io.EOF
		r.giveBack()
		return r, nil
	}
	if r.max > 0 && r.Length > r.max {
		return nil, r.tooLarge()
	}
	if k.x.o.Compressed && isGzip(h.Header.Get("Content-Encoding")) {
		r.Length = -1
		r.body = &unpacked{from: r.body}
	}
	return r, nil
}

// isGzip reports whether a coding is gzip, by either of its names.
func isGzip(coding string) bool {
	return strings.EqualFold(coding, "gzip") || strings.EqualFold(coding, "x-gzip")
}

func (r *Response) tooLarge() error {
	return &TooLargeError{r.max}
}

// TooLargeError says that a body is larger than it may be.
type TooLargeError struct{ Max int64 }

func (e *TooLargeError) Error() string { return fmt.Sprintf("the body is larger than %d bytes", e.Max) }

// Read reads the body, suspending the thread until there is some of it; io.EOF at the end.
func (r *Response) Read(p []byte) (int, error) {
	if r.failed != nil {
		return 0, r.failed
	}
	n, err := r.body.Read(p)
	r.size += int64(n)
	switch {
	case r.max > 0 && r.size > r.max:
		n, err = 0, r.tooLarge()
	case err == nil:
		return n, nil
	case err == io.EOF && r.ended:
	case err == io.EOF: // more stands behind what was unpacked
		r.close = true
	default:
		err = r.bodyError(err)
	}
	r.failed = err
	r.giveBack()
	return n, err
}

// bodyError returns an error of the body as messages show it.
func (r *Response) bodyError(err error) error {
	switch {
	case !errors.Is(err, io.ErrUnexpectedEOF):
		return err
	case r.ended: // and what is packed has not
		return errors.New("gzip: the body is not whole")
	case r.Length >= 0:
		return fmt.Errorf("the server closed the connection after %d of %d bytes", r.size, r.Length)
	}
	return errors.New("the body is not whole: the server closed the connection")
}

// Bytes returns the body if it has at most n bytes and all of it has come already, without
// waiting for more.
func (r *Response) Bytes(n int64) (body []byte, whole bool) {
	if r.failed != nil || r.Length < 0 || r.Length > min(n, int64(r.k.r.Buffered())) {
		return nil, r.failed == io.EOF
	}
	body = make([]byte, r.Length)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, false
	}
	return body, true
}

// Close lets go of the connection. It is used again if the rest of the body has come already,
// else it is closed.
func (r *Response) Close() {
	if r.k == nil {
		return
	}
	if r.failed == nil && !r.close && !r.k.reading {
		r.k.noWait = true
		for scrap := r.k.out[:cap(r.k.out)]; !r.ended; {
			if _, err := r.wire.Read(scrap); err == io.EOF {
				r.ended = true
			} else if err != nil {
				break
			}
		}
		r.k.noWait = false
	}
	r.failed = errors.New("the response is closed")
	r.giveBack()
}

// giveBack returns the connection to the pool, or closes it when it has not been read to the
// end.
func (r *Response) giveBack() {
	k := r.k
	r.k = nil
	if r.close || !r.ended || k.r.Buffered() > 0 {
		k.close()
		return
	}
	k.x.client.pool.put(k)
}

// wire is a response's body as it is sent.
type wire struct{ r *Response }

func (w wire) Read(p []byte) (int, error) {
	n, err := w.r.wire.Read(p)
	if err == io.EOF {
		w.r.ended = true
	}
	return n, err
}

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
