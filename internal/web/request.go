package web

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
)

// Request is what to ask for.
type Request struct {
	Method string
	URL    *url.URL // as ParseURL returns it
	Type   string   // of the body, unless the header says it
	Body   []byte
	More   io.Reader // what follows Body, sent in pieces as it comes, and once only; or nil
}

// ParseURL reads the address of something to ask for by HTTP.
func ParseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		var e *url.Error
		if errors.As(err, &e) {
			err = e.Err
		}
		return nil, fmt.Errorf("is no URL: %s", clean(strings.TrimPrefix(err.Error(), "net/url: ")))
	}
	return u, checkURL(u)
}

func checkURL(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("must begin with http:// or https://")
	}
	if u.Hostname() == "" {
		return errors.New("is a URL without a host")
	}
	if strings.ContainsFunc(u.Host, func(c rune) bool { return c >= 0x80 }) {
		host, err := plainHost(u)
		if err != nil {
			return fmt.Errorf("is a URL with the host %s, which cannot be written in ASCII", quote(u.Hostname()))
		}
		u.Host = host
	}
	if port := u.Port(); !isPort(port) {
		return fmt.Errorf("is a URL with the port %s", quote(port))
	}
	return nil
}

// isPort reports whether port is a number that a port can have, or empty.
func isPort(port string) bool {
	_, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil
}

// address returns the host and the port of a URL.
func address(u *url.URL) (host, port string) {
	host, port = u.Hostname(), u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	return host, port
}

// hasBody reports whether a body is sent, be it an empty one.
func (r *Request) hasBody() bool {
	return r.Body != nil || r.More != nil || r.Method == "POST" || r.Method == "PUT" || r.Method == "PATCH"
}

// repeatable reports whether the request may be sent again when nobody knows whether it has
// arrived.
func (r *Request) repeatable() bool {
	switch r.Method {
	case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE":
		return r.More == nil
	}
	return false
}

// redirect returns what to ask next when resp points elsewhere, else nil.
func (r *Request) redirect(resp *Response) (*Request, error) {
	same := resp.StatusCode == 307 || resp.StatusCode == 308 // method and body
	if !same && (resp.StatusCode < 301 || resp.StatusCode > 303) {
		return nil, nil
	}
	to := resp.Header.Get("Location")
	if to == "" {
		return nil, nil
	}
	if same && r.More != nil {
		return nil, fmt.Errorf("%s: a body of this size is not sent twice", resp.Status)
	}
	u, err := r.URL.Parse(to)
	if err == nil {
		err = checkURL(u)
	}
	if err != nil {
		return nil, fmt.Errorf("redirected to %s, which cannot be asked for", quote(to))
	}
	if u.User == nil && sameOrigin(u, r.URL) {
		u.User = r.URL.User
	}
	switch {
	case same:
		return &Request{Method: r.Method, URL: u, Type: r.Type, Body: r.Body}, nil
	case r.Method == "HEAD":
		return &Request{Method: r.Method, URL: u}, nil
	}
	return &Request{Method: "GET", URL: u}, nil
}

// sameOrigin reports whether what is meant for one URL may be sent to the other.
func sameOrigin(a, b *url.URL) bool {
	aHost, aPort := address(a)
	bHost, bPort := address(b)
	return a.Scheme == b.Scheme && strings.EqualFold(aHost, bHost) && aPort == bPort
}

// Header is lines that requests have besides those which every request needs.
type Header struct {
	lines  []byte // for any host
	secret []byte // for the host that was asked for, and not those that it redirects to
	names  []string
}

// Add adds a line. One without a value takes the client's own line of that name away.
func (h *Header) Add(name, text string) error {
	text = strings.Trim(text, " \t")
	if !isToken(name) {
		return fmt.Errorf("%s is no name of a header", quote(name))
	}
	if i := strings.IndexFunc(text, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }); i >= 0 {
		return fmt.Errorf("the header %s has a control character: %s", name, quote(text))
	}
	key := textproto.CanonicalMIMEHeaderKey(name)
	if key == "Content-Length" || key == "Transfer-Encoding" {
		return fmt.Errorf("the header %s is not for setting: it depends on the body", name)
	}
	h.names = append(h.names, key)
	if text == "" {
		return nil
	}
	to := &h.lines
	switch key {
	case "Authorization", "Cookie", "Host", "Proxy-Authorization":
		to = &h.secret
	}
	*to = append(append(append(append(*to, name...), ": "...), text...), "\r\n"...)
	return nil
}

// has reports whether there is a line of that name, which is in canonical form.
func (h *Header) has(name string) bool {
	for _, n := range h.names {
		if n == name {
			return true
		}
	}
	return false
}

// BasicAuth adds the line that says who asks.
func (h *Header) BasicAuth(user, password string) error {
	return h.Add("Authorization", basic(user, password))
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

func basicOf(u *url.Userinfo) string {
	password, _ := u.Password()
	return basic(u.Username(), password)
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

// appendHead appends the head of r to b, as it is sent along the route.
func (x *exchange) appendHead(b []byte, r *Request, to *route) []byte {
	h, host := &x.o.Header, hostLine(r.URL)
	b = append(append(b, r.Method...), ' ')
	if to.absolute {
		b = append(append(append(b, r.URL.Scheme...), "://"...), host...)
	}
	b = appendTarget(b, r.URL)
	b = append(b, " HTTP/1.1\r\n"...)
	if !x.trusted || !h.has("Host") {
		b = append(append(append(b, "Host: "...), host...), "\r\n"...)
	}
	if !h.has("User-Agent") {
		b = append(b, "User-Agent: mtpipe\r\n"...)
	}
	if !h.has("Accept") {
		b = append(b, "Accept: */*\r\n"...)
	}
	if x.o.Compressed && !h.has("Accept-Encoding") {
		b = append(b, "Accept-Encoding: gzip\r\n"...)
	}
	b = append(b, h.lines...)
	if x.trusted {
		b = append(b, h.secret...)
	}
	if u := r.URL.User; u != nil && !(x.trusted && h.has("Authorization")) {
		b = append(append(append(b, "Authorization: "...), basicOf(u)...), "\r\n"...)
	}
	if to.absolute && to.proxyAuth != "" {
		b = append(append(append(b, "Proxy-Authorization: "...), to.proxyAuth...), "\r\n"...)
	}
	if r.hasBody() {
		if r.Type != "" && !h.has("Content-Type") {
			b = append(append(append(b, "Content-Type: "...), r.Type...), "\r\n"...)
		}
		if r.More != nil {
			b = append(b, "Transfer-Encoding: chunked\r\n"...)
		} else {
			b = append(strconv.AppendInt(append(b, "Content-Length: "...), int64(len(r.Body)), 10), "\r\n"...)
		}
	}
	return append(b, "\r\n"...)
}

// hostLine returns what the header Host says.
func hostLine(u *url.URL) string {
	if strings.Contains(u.Host, "%") {
		host, _ := plainHost(u)
		return host
	}
	return u.Host
}

// plainHost lets package http write the host of u: in ASCII, without the zone of an address.
func plainHost(u *url.URL) (string, error) {
	var b bytes.Buffer
	req := http.Request{Method: "GET", URL: u}
	if err := req.Write(&b); err != nil {
		return "", err
	}
	_, rest, _ := strings.Cut(b.String(), "\r\nHost: ")
	host, _, _ := strings.Cut(rest, "\r\n")
	return host, nil
}

// appendTarget appends the path and the query of u, with what must not stand there escaped.
func appendTarget(b []byte, u *url.URL) []byte {
	path := u.RawPath // which is set where it says more than Path
	if path == "" {
		path = u.EscapedPath()
	}
	if path == "" {
		b = append(b, '/')
	}
	b = appendEscaped(b, path)
	if u.ForceQuery || u.RawQuery != "" {
		b = appendEscaped(append(b, '?'), u.RawQuery)
	}
	return b
}

func appendEscaped(b []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f {
			b = append(b, '%', hex[c>>4], hex[c&15])
		} else {
			b = append(b, c)
		}
	}
	return b
}
