package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"time"

	"mtpipe/microthread"
)

// statusError is a request that is answered with a status, and the reason for it.
type statusError struct {
	code int
	text string
}

func (e *statusError) Error() string {
	return fmt.Sprintf("%d %s: %s", e.code, http.StatusText(e.code), e.text)
}

func badRequest(text string) error { return &statusError{http.StatusBadRequest, text} }

// readRequest reads the header of a request. Strict is that nothing may follow it on the
// connection, since somebody on the way might have seen another end of it.
func (k *served) readRequest() (req *http.Request, strict bool, err error) {
	d := k.d
	k.limitHeader()
	d.headLeft = k.s.maxHeader()
	if k.posted { // some send a line too many after the body
		for c, err := d.r.Peek(1); err == nil && (c[0] == '\r' || c[0] == '\n'); c, err = d.r.Peek(1) {
			_, _ = d.r.Discard(1)
		}
	}
	before, _ := d.r.Peek(d.r.Buffered())
	d.head = append(d.head[:0], before...)
	req, err = http.ReadRequest(d.r)
	if err != nil {
		if d.headLeft == 0 {
			err = errBigHeader
		}
		return nil, false, err
	}
	d.headLeft = noLimit
	head := d.head[:max(len(d.head)-d.r.Buffered(), 0)]
	if err := checkRequest(req, head); err != nil {
		return nil, false, err
	}
	k.posted = req.Method == http.MethodPost
	if len(req.TransferEncoding) > 0 {
		_, strict = headLine(head, "content-length")
	} else if !req.ProtoAtLeast(1, 1) {
		_, strict = headLine(head, "transfer-encoding")
	}
	return req, strict, nil
}

// limitHeader sets until when the header has to be there.
func (k *served) limitHeader() {
	var by time.Time
	if limit := k.s.headerTimeout(); limit > 0 {
		by = time.Now().Add(limit)
	}
	k.limit(false, by)
	k.limit(true, time.Time{})
}

// limitRequest sets until when the body has to be there, and the answer, for a request that
// began to come at the given time.
func (k *served) limitRequest(began time.Time) {
	var by time.Time
	if k.s.ReadTimeout > 0 {
		by = began.Add(k.s.ReadTimeout)
	}
	k.limit(false, by)
	if k.s.WriteTimeout > 0 {
		k.limit(true, time.Now().Add(k.s.WriteTimeout))
	}
}

// checkRequest says what is wrong with a request that could be read. Head is its header as it
// came.
func checkRequest(r *http.Request, head []byte) error {
	if r.ProtoMajor != 1 {
		return &statusError{http.StatusHTTPVersionNotSupported, "unsupported protocol version"}
	}
	host, there := r.Host, true
	if r.URL.Host != "" || host == "" { // else it is the one of the header
		host, there = headLine(head, "host")
	}
	if !there && r.ProtoAtLeast(1, 1) && r.Method != http.MethodConnect {
		return badRequest("missing required Host header")
	}
	for _, c := range []byte(host) {
		if !isHostByte(c) {
			return badRequest("malformed Host header")
		}
	}
	for name, values := range r.Header {
		if !isToken(name) {
			return badRequest("invalid header name")
		}
		for _, v := range values {
			if !isText(v) {
				return badRequest("invalid header value")
			}
		}
	}
	return nil
}

// isHostByte reports whether c may be in a Host header: what URLs may have there.
func isHostByte(c byte) bool {
	switch {
	case c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9':
		return true
	}
	return strings.IndexByte("!$%&'()*+,-.:;=[]_~", c) >= 0
}

// headLine returns what the first line of that name, in lower case, has in a header as it came,
// and whether there is one.
func headLine(head []byte, name string) (value string, there bool) {
	for len(head) > 0 {
		line := head
		if i := bytes.IndexByte(head, '\n'); i >= 0 {
			line, head = head[:i], head[i+1:]
		} else {
			head = nil
		}
		if len(line) > len(name) && line[len(name)] == ':' && line[0]|0x20 == name[0] && strings.EqualFold(string(line[:len(name)]), name) {
			return string(bytes.TrimSpace(line[len(name)+1:])), true
		}
	}
	return "", false
}

// refuse answers a request that could not be read, unless the client has gone.
func (k *served) refuse(err error) {
	const rest = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
	status, text := "400 Bad Request", "400 Bad Request"
	var asked *statusError
	var lost *net.OpError
	switch {
	case errors.Is(err, errBigHeader):
		status = "431 Request Header Fields Too Large"
		text = status
	case errors.As(err, &asked):
		status, text = err.Error(), err.Error()
	case strings.Contains(err.Error(), "transfer encoding"): // the type is net/http's own
		status, text = "501 Not Implemented", "Unsupported transfer encoding"
	case err == io.EOF, errors.As(err, &lost), isNetTimeout(err):
		return
	}
	k.d.out = append(k.d.out[:0], "HTTP/1.1 "+status+rest+text...)
	if k.d.flush() == nil && errors.Is(err, errBigHeader) {
		k.closeGently()
	}
}

func isNetTimeout(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

// answer reads a request and answers it. It reports whether the connection can have another.
func (k *served) answer(t *microthread.Thread) bool {
	var began time.Time
	if k.s.ReadTimeout > 0 {
		began = time.Now()
	}
	req, strict, err := k.readRequest()
	if err != io.EOF {
		k.setState(http.StateActive)
	}
	if err != nil {
		k.refuse(err)
		return false
	}
	k.limitRequest(began)
	x := k.newReply(t, req)
	x.closeAfter = strict
	expect := req.Header["Expect"]
	switch {
	case len(expect) == 0 || expect[0] == "":
	case hasToken(expect[0], "100-continue"):
		x.body.expected = req.ProtoAtLeast(1, 1) && req.ContentLength != 0
		x.body.unasked = x.body.expected
	default:
		x.Header().Set("Connection", "close")
		x.WriteHeader(http.StatusExpectationFailed)
		x.finish()
		return false
	}
	if !x.handle() || k.hijacked {
		return false
	}
	if x.finish() {
		k.setState(http.StateIdle)
		return !k.s.ended
	}
	if x.gently {
		k.closeGently()
	}
	return false
}

// handle runs the handler, and reports whether it returned.
func (x *reply) handle() (returned bool) {
	x.k.d.x = x
	x.k.c.OnGone(x.k.d.gone)
	defer func() {
		x.k.c.OnGone(nil)
		if x.k.d != nil {
			x.k.d.x = nil
		}
		x.context.end()
		x.over = true
		if returned {
			return
		}
		p := recover()
		if p != nil && !x.k.hijacked {
			_ = x.k.d.flush() // what it has given, without the end
		}
		if p != nil && p != http.ErrAbortHandler {
			buf := make([]byte, 64<<10)
			x.k.s.logf("http: panic serving %v: %v\n%s", x.k.remote, p, buf[:runtime.Stack(buf, false)])
		}
	}()
	h := x.k.s.Handler
	if h == nil {
		h = http.DefaultServeMux
	}
	if x.req.RequestURI == "*" && x.req.Method == http.MethodOptions {
		h = http.HandlerFunc(serverOptions)
	}
	h.ServeHTTP(x, x.req)
	return true
}

// serverOptions answers what is asked of the server itself.
func serverOptions(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Length", "0")
	if r.ContentLength != 0 {
		_, _ = io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, 4<<10))
	}
}

// requestBody is what a handler reads.
type requestBody struct {
	x        *reply
	wire     io.ReadCloser // or nil, when there is none
	from     *http.Request // what the parser puts trailers into
	read     int64
	expected bool // the client asked whether it may send it
	unasked  bool // and may still be asked to
	asked    bool // it was
	ended    bool
	closed   bool
}

// Read reads the body, suspending the handler's thread until there is some of it.
func (b *requestBody) Read(p []byte) (int, error) {
	if err := b.x.check(); err != nil {
		return 0, err
	}
	if b.closed || b.x.over {
		return 0, http.ErrBodyReadAfterClose
	}
	if b.unasked {
		b.unasked, b.asked = false, true
		d := b.x.k.d
		d.out = append(d.out, "HTTP/1.1 100 Continue\r\n\r\n"...)
		if err := d.flush(); err != nil {
			return 0, err
		}
	}
	return b.more(p)
}

func (b *requestBody) more(p []byte) (int, error) {
	n, err := b.wire.Read(p)
	b.read += int64(n)
	if err == io.EOF {
		b.ended = true
		if b.x.req.Trailer == nil {
			b.x.req.Trailer = b.from.Trailer
		}
	}
	return n, err
}

// Close ends the reading.
func (b *requestBody) Close() error {
	if err := b.x.check(); err != nil {
		return err
	}
	b.closed = true
	return nil
}

// drainMost is how many bytes of a body that the handler has not read are read so that the
// connection can be used again.
const drainMost = 256 << 10

// drain reads the rest of the body. It reports whether the connection can be used again, and if
// not, whether the client has more to send.
func (b *requestBody) drain() (done, more bool) {
	if b.wire == nil || b.ended {
		return true, false
	}
	if length := b.x.req.ContentLength; length-b.read >= drainMost {
		return false, true
	}
	scrap := b.x.k.s.scrap()
	defer b.x.k.s.scraps.Put(scrap)
	for size := 0; size <= drainMost; {
		n, err := b.more(*scrap)
		size += n
		switch {
		case b.ended:
			return true, false
		case err != nil:
			return false, false
		}
	}
	return false, true
}

// scrap returns a buffer for copying.
func (s *Server) scrap() *[]byte {
	if b, ok := s.scraps.Get().(*[]byte); ok {
		return b
	}
	b := make([]byte, 32<<10)
	return &b
}
