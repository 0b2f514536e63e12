package web

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path"
	"runtime"
	"strconv"
	"strings"
	"time"

	"mtpipe/microthread"
)

// reply is the answer to one request: the handler's http.ResponseWriter.
type reply struct {
	k       *served
	t       *microthread.Thread
	bound   *microthread.BoundConn // of t
	req     *http.Request          // as the handler has it
	context requestContext
	body    requestBody
	header  http.Header // the handler's
	special special     // of header, as it was at WriteHeader

	status     int   // 0: WriteHeader was not called
	length     int64 // that the header says, or -1
	written    int64 // by the handler
	failed     error // of the connection
	began      bool  // the header is in out, or has been sent
	chunked    bool
	wants10    bool // HTTP/1.0, and the connection is to be kept
	wantsClose bool
	closeAfter bool // the connection ends with this answer
	gently     bool // and the client has more to send
	duplex     bool // the body may be read after the answer has begun
	over       bool // the handler has returned
}

// sizeOfGuess is how many bytes a body may have to be sent with its length though the handler
// does not tell that.
const sizeOfGuess = 2048

// newReply begins the answer to a request. It is not used for another, since handlers may keep
// what they are given.
func (k *served) newReply(t *microthread.Thread, req *http.Request) *reply {
	if k.remote == "" {
		k.remote = k.c.RemoteAddr().String()
	}
	if k.local == nil {
		k.local = k.c.LocalAddr()
	}
	x := &reply{k: k, t: t, bound: k.d.bound, length: -1, header: make(http.Header)}
	x.context.x = x
	x.req = req.WithContext(&x.context)
	x.req.RemoteAddr = k.remote
	if k.tls != nil {
		x.req.TLS = k.tls.agreed
	}
	x.body.x = x
	if req.Body != http.NoBody {
		x.body.wire, x.body.from = req.Body, req
		x.req.Body = &x.body
	}
	connection := ""
	if list := req.Header["Connection"]; len(list) > 0 {
		connection = list[0]
	}
	x.wants10 = req.ProtoMinor == 0 && hasToken(connection, "keep-alive")
	x.wantsClose = req.Close || hasToken(connection, "close")
	return x
}

// hasToken reports whether a list such as that of the header Connection has the token.
func hasToken(list, token string) bool {
	if list == "" {
		return false
	}
	for part := range strings.FieldsFuncSeq(list, func(c rune) bool { return c == ',' || c == ' ' || c == '\t' }) {
		if strings.EqualFold(part, token) {
			return true
		}
	}
	return false
}

// check fails unless the handler's thread calls.
func (x *reply) check() error {
	if _, err := x.bound.Read(nil); err != nil {
		return fmt.Errorf("a web request in %s: %w", x.t.Name(), microthread.ErrOtherGoroutine)
	}
	return nil
}

// usable fails when the answer is nothing to write to.
func (x *reply) usable() error {
	switch err := x.check(); {
	case err != nil:
		return err
	case x.k.hijacked:
		return http.ErrHijacked
	case x.over:
		return errOver
	}
	return x.failed
}

var errOver = errors.New("the handler has returned")

// Header returns the map of what WriteHeader sends.
func (x *reply) Header() http.Header { return x.header }

// WriteHeader begins the answer with a status. One from 100 to 199 is sent at once and is not the
// last.
func (x *reply) WriteHeader(code int) {
	if err := x.check(); err != nil {
		x.k.s.logf("http: WriteHeader: %v", err)
		return
	}
	switch {
	case x.k.hijacked:
		x.complain("http: response.WriteHeader on hijacked connection")
		return
	case x.status != 0:
		x.complain("http: superfluous response.WriteHeader call")
		return
	case code < 100 || code > 999:
		panic(fmt.Sprintf("invalid WriteHeader code %v", code))
	}
	if code != http.StatusContinue && code != http.StatusEarlyHints && code != http.StatusProcessing {
		x.body.unasked = false
	}
	d := x.k.d
	d.out = appendStatus(d.out, x.req.ProtoAtLeast(1, 1), code)
	if code < 200 && code != http.StatusSwitchingProtocols {
		d.out = appendHeader(d.out, x.header, func(name string, _ []string) bool {
			return name == "Content-Length" || name == "Transfer-Encoding"
		})
		d.out = append(d.out, "\r\n"...)
		x.note(d.flush())
		return
	}
	x.status = code
	if s := x.header["Content-Length"]; len(s) > 0 && s[0] != "" {
		n, err := strconv.ParseInt(s[0], 10, 64)
		if err != nil || n < 0 {
			x.k.s.logf("http: invalid Content-Length of %q", s[0])
			delete(x.header, "Content-Length")
			x.special.sized = true
		} else {
			x.length = n
		}
	}
	d.out = appendHeader(d.out, x.header, x.special.take)
}

// complain logs what a handler does wrong, and where.
func (x *reply) complain(what string) {
	var pcs [16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, "net/http.") || !more {
			x.k.s.logf("%s from %s (%s:%d)", what, f.Function, path.Base(f.File), f.Line)
			return
		}
	}
}

func (x *reply) note(err error) {
	if x.failed == nil {
		x.failed = err
	}
}

// bodyAllowed reports whether an answer with that status may have a body.
func bodyAllowed(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

// Write writes a part of the body, suspending the handler's thread while the client does not
// take it.
func (x *reply) Write(p []byte) (int, error) { return write(x, p) }

// WriteString is Write.
func (x *reply) WriteString(s string) (int, error) { return write(x, s) }

func write[T string | []byte](x *reply, p T) (int, error) {
	if err := x.usable(); err != nil {
		return 0, err
	}
	if x.status == 0 {
		x.WriteHeader(http.StatusOK)
	}
	switch {
	case len(p) == 0:
		return 0, nil
	case !bodyAllowed(x.status):
		return 0, http.ErrBodyNotAllowed
	}
	x.written += int64(len(p))
	if x.length >= 0 && x.written > x.length {
		return 0, http.ErrContentLength
	}
	d, n := x.k.d, 0
	for x.failed == nil {
		most := bodySize
		if !x.began && x.length < 0 {
			most = sizeOfGuess
		}
		room := most - len(d.body)
		if len(p)-n <= room {
			d.body = append(d.body, p[n:]...)
			return len(p), nil
		}
		whole, _ := any(p).([]byte)
		if len(d.body) == 0 && whole != nil {
			x.emit(whole[n:])
			n = len(p)
			continue
		}
		d.body = append(d.body, p[n:n+room]...)
		n += room
		x.emit(d.body)
		d.body = d.body[:0]
	}
	return n, x.failed
}

// emit makes p, which is not empty, the next part of the answer.
func (x *reply) emit(p []byte) {
	if !x.began {
		x.begin(p)
	}
	d := x.k.d
	if x.req.Method == http.MethodHead || x.failed != nil {
		return
	}
	if x.chunked {
		d.out = strconv.AppendInt(d.out, int64(len(p)), 16)
		d.out = append(d.out, "\r\n"...)
	}
	if len(d.out)+len(p) <= outMost {
		d.out = append(d.out, p...)
	} else {
		x.note(d.flush())
		if x.failed == nil {
			x.note(d.write(p))
		}
	}
	if x.chunked {
		d.out = append(d.out, "\r\n"...)
	}
}

// Flush sends what has been written.
func (x *reply) Flush() { _ = x.FlushError() }

// FlushError is Flush, for http.ResponseController.
func (x *reply) FlushError() error {
	if err := x.usable(); err != nil {
		return err
	}
	x.push()
	return x.failed
}

// push makes all that was written a part of what is sent, and sends it.
func (x *reply) push() {
	x.gather()
	x.note(x.k.d.flush())
}

// gather makes all that was written a part of what is sent next.
func (x *reply) gather() {
	if x.status == 0 {
		x.WriteHeader(http.StatusOK)
	}
	d := x.k.d
	if len(d.body) > 0 {
		x.emit(d.body)
		d.body = d.body[:0]
	} else if !x.began {
		x.begin(nil)
	}
}

// ReadFrom writes what src has, up to its end.
func (x *reply) ReadFrom(src io.Reader) (n int64, err error) {
	if err := x.check(); err != nil {
		return 0, err
	}
	scrap := x.k.s.scrap()
	defer x.k.s.scraps.Put(scrap)
	return io.CopyBuffer(struct{ io.Writer }{x}, struct{ io.Reader }{src}, *scrap)
}

// SetReadDeadline is for http.ResponseController: until when the body may be waited for.
func (x *reply) SetReadDeadline(by time.Time) error { return x.setDeadline(false, by) }

// SetWriteDeadline is for http.ResponseController: until when the client has to take the answer.
func (x *reply) SetWriteDeadline(by time.Time) error { return x.setDeadline(true, by) }

func (x *reply) setDeadline(write bool, by time.Time) error {
	if err := x.check(); err != nil {
		return err
	}
	if x.over || x.k.hijacked {
		return errOver
	}
	x.k.limit(write, by)
	return nil
}

// EnableFullDuplex is for http.ResponseController: the body is not read to its end before the
// answer begins.
func (x *reply) EnableFullDuplex() error {
	if err := x.check(); err != nil {
		return err
	}
	x.duplex = true
	return nil
}

// Hijack makes the connection the handler's, as http.Hijacker says. It is a
// *microthread.BoundConn, or TLS over it, for the handler's thread; it is not closed when the
// handler returns.
func (x *reply) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if err := x.usable(); err != nil {
		return nil, nil, err
	}
	if x.status != 0 {
		x.push()
	}
	k := x.k
	d := k.d
	k.unlimit()
	k.hijacked, k.d = true, nil
	return d.nc, bufio.NewReadWriter(d.r, bufio.NewWriter(d.nc)), x.failed
}
