package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// special is those lines of a header of which it depends on more whether they are sent.
type special struct {
	coding      string   // of Transfer-Encoding
	length      []string // of Content-Length
	sized       bool     // there is a Content-Length, be it one without values
	connection  []string
	contentType []string
	typed       bool // there is a Content-Type, be it one without values
	encoded     bool // there is a Content-Encoding
	dated       bool // there is a Date
	trailing    bool // trailers will follow
	trailer     []string
}

// take keeps the line if it is one of those. It reports whether it is not to be written now.
func (s *special) take(name string, values []string) bool {
	first := ""
	if len(values) > 0 {
		first = values[0]
	}
	switch name {
	case "Transfer-Encoding":
		s.coding = first
	case "Content-Length":
		s.length, s.sized = values, true
	case "Connection":
		s.connection = values
	case "Content-Type":
		s.contentType, s.typed = values, true
	case "Content-Encoding":
		s.encoded = first != ""
		return false
	case "Date":
		s.dated = true
		return false
	case "Trailer":
		s.trailer, s.trailing = values, s.trailing || len(values) > 0
		return false
	default:
		if !strings.HasPrefix(name, http.TrailerPrefix) {
			return false
		}
		s.trailing = true
	}
	return true
}

// appendStatus appends the first line of an answer.
func appendStatus(b []byte, is11 bool, code int) []byte {
	version := "HTTP/1.0 "
	if is11 {
		version = "HTTP/1.1 "
	}
	b = append(b, version...)
	b = strconv.AppendInt(b, int64(code), 10)
	b = append(b, ' ')
	if text := http.StatusText(code); text != "" {
		b = append(b, text...)
	} else {
		b = append(b, "status code "...)
		b = strconv.AppendInt(b, int64(code), 10)
	}
	return append(b, "\r\n"...)
}

// appendHeader appends the lines of h, sorted, without those that leave says and those whose
// names are none.
func appendHeader(b []byte, h http.Header, leave func(name string, values []string) bool) []byte {
	var few [16]string
	names := few[:0]
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		values := h[name]
		if !leave(name, values) && isToken(name) {
			b = appendLines(b, name, values)
		}
	}
	return b
}

// appendLines appends a line for each value, which must not end the line.
func appendLines(b []byte, name string, values []string) []byte {
	for _, v := range values {
		b = append(b, name...)
		b = append(b, ": "...)
		from := len(b)
		b = append(b, strings.Trim(v, " \t\r\n")...)
		for i := from; i < len(b); i++ {
			if b[i] == '\n' || b[i] == '\r' {
				b[i] = ' '
			}
		}
		b = append(b, "\r\n"...)
	}
	return b
}

// added is the lines of a header that the handler has not set.
type added struct {
	length      int64 // or -1
	contentType string
	connection  string
}

// begin appends the rest of the header to what is sent. P is the first part of the body, all of
// it when the handler has returned.
func (x *reply) begin(p []byte) {
	x.began = true
	s := &x.special
	add := added{length: -1}
	head := x.req.Method == http.MethodHead
	if x.over && !s.trailing && s.coding == "" && bodyAllowed(x.status) && !s.sized && (!head || len(p) > 0) {
		x.length = int64(len(p))
		add.length = x.length
	}
	x.decideConnection(&add)
	if bodyAllowed(x.status) {
		if !s.encoded && !s.typed && s.coding == "" && len(p) > 0 {
			add.contentType = http.DetectContentType(p)
		}
	} else {
		s.length = nil
		if x.status == http.StatusNotModified {
			s.contentType = nil
		}
	}
	x.decideFraming()
	x.overrideConnection(&add)
	x.appendRest(&add)
}

// decideConnection finds out whether the connection can have another request, and reads what of
// this one the handler has not read.
func (x *reply) decideConnection(add *added) {
	s := &x.special
	is11 := x.req.ProtoAtLeast(1, 1)
	if x.wants10 && (x.req.Method == http.MethodHead || x.length >= 0 || !bodyAllowed(x.status)) {
		if s.connection == nil {
			add.connection = "keep-alive"
		}
	} else if !is11 || x.wantsClose {
		x.closeAfter = true
	}
	if len(s.connection) > 0 && s.connection[0] == "close" || x.k.s.ended || x.body.expected && !x.body.ended {
		x.closeAfter = true
	}
	if x.closeAfter || x.duplex {
		return
	}
	done, more := x.body.drain()
	x.closeAfter, x.gently = !done, more
	if more {
		s.connection, add.connection = nil, "close"
	}
}

// decideFraming finds out how the client learns where the body ends.
func (x *reply) decideFraming() {
	s := &x.special
	if x.length >= 0 && s.coding != "" && s.coding != "identity" {
		x.k.s.logf("http: WriteHeader called with both Transfer-Encoding of %q and a Content-Length of %d", s.coding, x.length)
		s.length, x.length = nil, -1
	}
	switch {
	case x.req.Method == http.MethodHead || !bodyAllowed(x.status) || x.length >= 0:
		s.coding = ""
	case x.req.ProtoAtLeast(1, 1) && s.coding != "identity":
		x.chunked, s.length = true, nil
	default: // the end of the connection
		x.closeAfter, s.coding = true, ""
	}
}

// overrideConnection says that the connection ends, unless it becomes another protocol's.
func (x *reply) overrideConnection(add *added) {
	s := &x.special
	first := ""
	if len(s.connection) > 0 {
		first = s.connection[0]
	}
	switch {
	case !x.closeAfter, x.status == http.StatusSwitchingProtocols && hasToken(first, "upgrade"):
	case !hasToken(first, "close") || x.k.s.ended:
		s.connection, add.connection = nil, ""
		if x.req.ProtoAtLeast(1, 1) {
			add.connection = "close"
		}
	}
}

// appendRest appends the lines of which it was not known before whether they are sent.
func (x *reply) appendRest(add *added) {
	s := &x.special
	b := appendLines(x.k.d.out, "Connection", s.connection)
	b = appendLines(b, "Content-Length", s.length)
	b = appendLines(b, "Content-Type", s.contentType)
	if s.coding != "" && s.coding != "chunked" {
		b = appendLines(b, "Transfer-Encoding", []string{s.coding})
	}
	if !s.dated {
		b = append(b, x.k.s.dateLine()...)
	}
	if add.length >= 0 {
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, add.length, 10)
		b = append(b, "\r\n"...)
	}
	if add.contentType != "" {
		b = append(b, "Content-Type: "...)
		b = append(b, add.contentType...)
		b = append(b, "\r\n"...)
	}
	if add.connection != "" {
		b = append(b, "Connection: "...)
		b = append(b, add.connection...)
		b = append(b, "\r\n"...)
	}
	if x.chunked {
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
	}
	x.k.d.out = append(b, "\r\n"...)
}

// finish sends what there is after the handler has returned. It reports whether the connection
// can have another request.
func (x *reply) finish() bool {
	x.over = true
	x.gather()
	d := x.k.d
	if x.chunked && x.req.Method != http.MethodHead {
		d.out = append(d.out, "0\r\n"...)
		d.out = x.appendTrailers(d.out)
		d.out = append(d.out, "\r\n"...)
	}
	if x.failed == nil {
		x.note(d.flush())
	}
	if x.req.MultipartForm != nil {
		_ = x.req.MultipartForm.RemoveAll()
	}
	if x.failed == nil && !x.gently && (!x.body.expected || x.body.asked) {
		done, more := x.body.drain() // else the client might not see the answer
		x.closeAfter, x.gently = x.closeAfter || !done, more
	}
	short := x.req.Method != http.MethodHead && x.length >= 0 && bodyAllowed(x.status) && x.length != x.written
	return !x.closeAfter && !short && x.failed == nil
}

// appendTrailers appends the lines that were announced, and those whose names have
// http.TrailerPrefix.
func (x *reply) appendTrailers(b []byte) []byte {
	trailers := make(http.Header)
	for name, values := range x.header {
		if name, ok := strings.CutPrefix(name, http.TrailerPrefix); ok {
			trailers[name] = values
		}
	}
	for _, list := range x.special.trailer {
		for name := range strings.SplitSeq(list, ",") {
			name = http.CanonicalHeaderKey(strings.TrimSpace(name))
			if values := x.header[name]; mayTrail(name) && len(values) > 0 {
				trailers[name] = append(trailers[name], values...)
			}
		}
	}
	return appendHeader(b, trailers, func(string, []string) bool { return false })
}

// mayTrail reports whether a line of that name may follow a body: not when it says how to read
// the message, or what to do with it.
func mayTrail(name string) bool {
	if strings.HasPrefix(name, "If-") {
		return false
	}
	switch name {
	case "Authorization", "Cache-Control", "Connection", "Content-Encoding", "Content-Length", "Content-Range",
		"Content-Type", "Expect", "Host", "Keep-Alive", "Max-Forwards", "Pragma", "Proxy-Authenticate",
		"Proxy-Authorization", "Proxy-Connection", "Range", "Realm", "Te", "Trailer", "Transfer-Encoding",
		"Www-Authenticate":
		return false
	}
	return true
}
