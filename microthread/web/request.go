package web

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
)

// AddHeader adds a line to h. One without a value takes away the line of that name that
// requests have otherwise.
func AddHeader(h http.Header, name, text string) error {
	text = strings.Trim(text, " \t")
	if !isToken(name) {
		return fmt.Errorf("%s is no name of a header", quote(name))
	}
	if !isText(text) {
		return fmt.Errorf("the header %s has a control character: %s", name, quote(text))
	}
	key := textproto.CanonicalMIMEHeaderKey(name)
	if key == "Content-Length" || key == "Transfer-Encoding" {
		return fmt.Errorf("the header %s is not for setting: it depends on the body", name)
	}
	if text != "" {
		h[key] = append(h[key], text)
	} else if _, ok := h[key]; !ok {
		h[key] = nil
	}
	return nil
}

func isToken(s string) bool {
	for _, c := range []byte(s) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9'
		if !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return s != ""
}

func isText(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

func basicOf(u *url.Userinfo) string {
	password, _ := u.Password()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+password))
}

// bodyLength returns how many bytes the body of r has, or -1 when only its end tells.
func bodyLength(r *http.Request) int64 {
	switch {
	case r.Body == nil || r.Body == http.NoBody:
		return 0
	case r.ContentLength != 0:
		return r.ContentLength
	}
	return -1
}

// repeatable reports whether r may be sent again when nobody knows whether it has arrived.
func repeatable(r *http.Request) bool {
	switch r.Method {
	case "", "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE":
		return bodyLength(r) == 0 || r.GetBody != nil
	}
	return false
}

// again returns r, which is repeatable, with its body from the beginning.
func again(r *http.Request) (*http.Request, error) {
	if bodyLength(r) == 0 {
		return r, nil
	}
	body, err := r.GetBody()
	if err != nil {
		return nil, err
	}
	once := *r
	once.Body = body
	return &once, nil
}

// write sends r. When the server answers before it has the whole body, the header of what it
// says is returned; the rest of the body is not sent if that is an error.
func (k *conn) write(r *http.Request) (early *http.Response, err error) {
	k.out = k.out[:0]
	r, body := k.prepare(r)
	if k.to.absolute {
		err = r.WriteProxy(k)
	} else {
		err = r.Write(k)
	}
	if body != nil && (body.failed != nil || body.refused) {
		return body.early, body.failed
	}
	if err == nil {
		err = k.send()
	}
	k.sent = err == nil
	if body != nil {
		early = body.early
	}
	return early, err
}

// prepare returns r as it is written, with the body that it has, or nil.
func (k *conn) prepare(r *http.Request) (*http.Request, *upload) {
	u, length := escaped(k.x.url), bodyLength(r)
	_, encoded := r.Header["Accept-Encoding"]
	compressed, auth := k.x.o.Compressed && !encoded, k.to.absolute && k.to.proxyAuth != ""
	if u == r.URL && length == 0 && !compressed && !auth {
		return r, nil
	}
	once := *r
	once.URL = u
	if compressed || auth {
		once.Header = r.Header.Clone()
	}
	if compressed {
		once.Header.Set("Accept-Encoding", "gzip")
	}
	if auth {
		once.Header.Set("Proxy-Authorization", k.to.proxyAuth)
	}
	if length == 0 {
		return &once, nil
	}
	if length < 0 {
		once.TransferEncoding = []string{"chunked"} // else a goroutine might look whether there is a body
	}
	body := &upload{k: k, r: r, left: length}
	once.Body = body
	return &once, body
}

// Write and its like gather what a request is written as.
func (k *conn) Write(p []byte) (int, error) {
	k.out = append(k.out, p...)
	return len(p), nil
}

// WriteString is Write.
func (k *conn) WriteString(s string) (int, error) {
	k.out = append(k.out, s...)
	return len(s), nil
}

// WriteByte is Write. Without it, package http would put a buffer in front.
func (k *conn) WriteByte(c byte) error {
	k.out = append(k.out, c)
	return nil
}

// send sends what is gathered, within the limits.
func (k *conn) send() (err error) {
	n := 0
	if k.agreed == nil {
		n, err = k.c.TryWrite(k.out) // which needs no limit
	}
	if n < len(k.out) && err == nil {
		k.c.SetDeadline(true, k.deadline())
		_, err = k.nc.Write(k.out[n:])
	}
	k.out = k.out[:0]
	if err != nil {
		return &writeError{k.explain(err)}
	}
	return nil
}

// upload is the body of r while it is sent: what was read goes out before more is read.
type upload struct {
	k       *conn
	r       *http.Request
	begun   bool
	left    int64 // bytes, or negative when that is not known
	early   *http.Response
	refused bool  // early is an error
	failed  error // of reading or sending
}

var errRefused = errors.New("the server does not want the body")

func (u *upload) Read(p []byte) (n int, err error) {
	if u.begun {
		if u.failed = u.pass(); u.failed != nil {
			return 0, u.failed
		}
		if u.refused {
			return 0, errRefused
		}
	}
	u.begun = true
	if n, err = u.r.Body.Read(p); err != nil && err != io.EOF {
		u.failed = err
	}
	u.left -= int64(n)
	return n, err
}

// pass sends what is gathered and looks whether the server says something to it.
func (u *upload) pass() error {
	if err := u.k.send(); err != nil || u.early != nil || u.left == 0 || !u.k.hasAnswer() {
		return err
	}
	u.k.startHead()
	early, err := u.k.readOne(u.r)
	if early == nil {
		u.k.headLeft = noLimit
		return err
	}
	u.early, u.refused = early, early.StatusCode >= 400
	return nil
}

// Close leaves the closing to RoundTrip.
func (u *upload) Close() error { return nil }

// escaped returns u with what cannot stand in a request escaped, and nothing else.
func escaped(u *url.URL) *url.URL {
	path, query := u.RawPath, escape(u.RawQuery, "")
	if path != "" && path != u.EscapedPath() { // which would lose what it says more than Path
		path = escape(path, "\"<>\\^`{|}")
	}
	if path == u.RawPath && query == u.RawQuery {
		return u
	}
	fit := *u
	fit.RawPath, fit.RawQuery = path, query
	return &fit
}

// escape escapes what is not visible ASCII, and also the characters given.
func escape(s, also string) string {
	bad := func(c rune) bool { return c <= ' ' || c >= 0x7f || strings.ContainsRune(also, c) }
	if !strings.ContainsFunc(s, bad) {
		return s
	}
	var b strings.Builder
	for _, c := range []byte(s) {
		if bad(rune(c)) {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
