package web_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

// header returns a handler that sets lines of the header, "Name: value" or "Name" for one
// without values, then the status unless it is 0, and writes the texts.
func header(status int, lines []string, texts ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, line := range lines {
			if name, value, ok := strings.Cut(line, ": "); ok {
				w.Header().Add(name, value)
			} else {
				w.Header()[name] = nil
			}
		}
		if status != 0 {
			w.WriteHeader(status)
		}
		for _, text := range texts {
			_, _ = io.WriteString(w, text)
		}
	}
}

func list(lines ...string) []string { return lines }

// get is a request that the connection ends with.
const get = "GET /a HTTP/1.1\nHost: x\nConnection: close\n\n"

// two are two requests at once.
const two = "GET /a HTTP/1.1\nHost: x\n\nGET /b HTTP/1.1\nHost: x\n\n"

// post has the rest of a request with a body, and another after it.
func post(rest string) string {
	return "POST /a HTTP/1.1\nHost: x\n" + rest + "GET /after HTTP/1.1\nHost: x\n\n"
}

var rawCases = []rawCase{
	{name: "get", text: get},
	{name: "two at once", text: two},
	{name: "two with bodies at once", text: post("Content-Length: 5\n\nhello") + post("Content-Length: 3\n\nabc")},
	{name: "an empty line after a body", text: post("Content-Length: 5\n\nhello\n\n")},
	{name: "an empty line before a request", text: "\n" + get},
	{name: "HTTP/1.0", text: "GET /a HTTP/1.0\n\nGET /b HTTP/1.0\n\n"},
	{name: "HTTP/1.0 that is to be kept", text: "GET /a HTTP/1.0\nConnection: keep-alive\n\nGET /b HTTP/1.0\n\n"},
	{name: "HTTP/1.0 that is to be kept, no length", text: "GET /a HTTP/1.0\nConnection: keep-alive\n\nGET /b HTTP/1.0\n\n", handle: header(0, nil, text(5000))},
	{name: "HTTP/1.0, long", text: "GET /a HTTP/1.0\n\n", handle: header(0, nil, text(5000))},
	{name: "HTTP/1.0 with a host", text: "GET /a HTTP/1.0\nHost: me:80\n\n"},
	{name: "HTTP/1.2", text: "GET /a HTTP/1.2\nHost: x\n\n"},
	{name: "HTTP/2.0", text: "GET /a HTTP/2.0\nHost: x\n\n"},
	{name: "HTTP/0.9", text: "GET /a HTTP/0.9\n\n"},
	{name: "no version", text: "GET /a\n\n"},
	{name: "no request", text: "hello\n\n"},
	{name: "nothing", text: ""},
	{name: "half a line", text: "GET /a HT"},
	{name: "half a header", text: "GET /a HTTP/1.1\nHost: x\nA: b"},
	{name: "bytes that are none", text: "\x16\x03\x01\x02\x00\x01\n\n"},
	{name: "a method that is none", text: "G@T / HTTP/1.1\nHost: x\n\n"},
	{name: "a method of one's own", text: "FETCH /a HTTP/1.1\nHost: x\n\n"},
	{name: "no URI", text: "GET  HTTP/1.1\nHost: x\n\n"},
	{name: "a URI with a space", text: "GET /a b HTTP/1.1\nHost: x\n\n"},
	{name: "a URI with a control character", text: "GET /a\x01b HTTP/1.1\nHost: x\n\n"},
	{name: "a whole URI", text: "GET http://other/a?b=c HTTP/1.1\nHost: x\n\n"},
	{name: "a whole URI without a host", text: "GET http://other/a HTTP/1.1\n\n"},
	{name: "a whole URI and a bad host", text: "GET http://other/a HTTP/1.1\nHost: a b\n\n"},
	{name: "a star", text: "OPTIONS * HTTP/1.1\nHost: x\n\n"},
	{name: "a star, with a body", text: "OPTIONS * HTTP/1.1\nHost: x\nContent-Length: 3\n\nabc" + get},
	{name: "connect", text: "CONNECT a:80 HTTP/1.1\n\n"},
	{name: "no host", text: "GET / HTTP/1.1\n\n"},
	{name: "an empty host", text: "GET / HTTP/1.1\nHost:\n\n"},
	{name: "two hosts", text: "GET / HTTP/1.1\nHost: a\nHost: b\n\n"},
	{name: "a bad host", text: "GET / HTTP/1.1\nHost: a b\n\n"},
	{name: "a host with a path", text: "GET / HTTP/1.1\nHost: a/b\n\n"},
	{name: "a header without a colon", text: "GET / HTTP/1.1\nHost: x\nhello\n\n"},
	{name: "a space before the colon", text: "GET / HTTP/1.1\nHost: x\nA : b\n\n"},
	{name: "a space in a name", text: "GET / HTTP/1.1\nHost: x\nA b: c\n\n"},
	{name: "a header that goes on", text: "GET / HTTP/1.1\nHost: x\nA: b\n c\n\n"},
	{name: "a header that begins with a space", text: "GET / HTTP/1.1\n A: b\nHost: x\n\n"},
	{name: "a zero byte in a header", text: "GET / HTTP/1.1\nHost: x\nA: b\x00c\n\n"},
	{name: "a long header", text: "GET / HTTP/1.1\nHost: x\nA: " + text(4000) + "\n\n" + get},
	{name: "too long a header", text: "GET / HTTP/1.1\nHost: x\nA: " + strings.Repeat("a", 20_000) + "\n\n"},
	{name: "too long a URI", text: "GET /" + strings.Repeat("a", 20_000) + " HTTP/1.1\nHost: x\n\n"},
	{name: "too many headers", text: "GET / HTTP/1.1\nHost: x\n" + strings.Repeat("A: b\n", 4000) + "\n"},
	{name: "a length", text: post("Content-Length: 5\n\nhello")},
	{name: "two equal lengths", text: post("Content-Length: 5\nContent-Length: 5\n\nhello")},
	{name: "two lengths", text: post("Content-Length: 5\nContent-Length: 6\n\nhello")},
	{name: "a list of lengths", text: post("Content-Length: 5, 5\n\nhello")},
	{name: "a negative length", text: post("Content-Length: -5\n\nhello")},
	{name: "a length with a sign", text: post("Content-Length: +5\n\nhello")},
	{name: "a length in hex", text: post("Content-Length: 0x5\n\nhello")},
	{name: "an empty length", text: post("Content-Length:\n\n")},
	{name: "too little of a body", text: "POST / HTTP/1.1\nHost: x\nContent-Length: 5\n\nhel"},
	{name: "chunks", text: post("Transfer-Encoding: chunked\n\n3\nabc\nA\n0123456789\n0\n\n")},
	{name: "chunks with extensions", text: post("Transfer-Encoding: chunked\n\n3;a=b\nabc\n0\n\n")},
	{name: "chunks with trailers", text: post("Transfer-Encoding: chunked\nTrailer: T, U\n\n3\nabc\n0\nT: 1\nU: 2\n\n")},
	{name: "chunks with trailers that were not announced", text: post("Transfer-Encoding: chunked\n\n3\nabc\n0\nT: 1\n\n")},
	{name: "chunks with a trailer that is none", text: post("Transfer-Encoding: chunked\nTrailer: Content-Length\n\n0\n\n")},
	{name: "chunks with a bad trailer", text: post("Transfer-Encoding: chunked\n\n3\nabc\n0\nT 1\n\n")},
	{name: "chunks in other letters", text: post("Transfer-Encoding: CHUNKED\n\n3\nabc\n0\n\n")},
	{name: "a bad chunk", text: post("Transfer-Encoding: chunked\n\nx\nabc\n0\n\n")},
	{name: "a chunk that is too long", text: post("Transfer-Encoding: chunked\n\n2\nabc\n0\n\n")},
	{name: "a chunk of too many digits", text: post("Transfer-Encoding: chunked\n\n00000000000000000003\nabc\n0\n\n")},
	{name: "chunks without an end", text: "POST / HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n3\nabc\n"},
	{name: "an unknown coding", text: post("Transfer-Encoding: gzip\n\nabc")},
	{name: "two codings", text: post("Transfer-Encoding: gzip, chunked\n\n0\n\n")},
	{name: "two lines of codings", text: post("Transfer-Encoding: chunked\nTransfer-Encoding: chunked\n\n0\n\n")},
	{name: "a coding with a vertical tab", text: post("Transfer-Encoding: \x0bchunked\n\n0\n\n")},
	{name: "expectation", text: post("Expect: 100-continue\nContent-Length: 5\n\nhello")},
	{name: "expectation, not read", text: post("Expect: 100-continue\nContent-Length: 5\n\nhello"), handle: header(0, nil, "no")},
	{name: "expectation, answered first", text: post("Expect: 100-continue\nContent-Length: 5\n\nhello"), handle: func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.Copy(io.Discard, r.Body)
	}},
	{name: "expectation without a body", text: post("Expect: 100-continue\n\n")},
	{name: "expectation of HTTP/1.0", text: "POST / HTTP/1.0\nExpect: 100-continue\nContent-Length: 5\n\nhello"},
	{name: "an unknown expectation", text: post("Expect: a miracle\nContent-Length: 5\n\nhello")},
	{name: "head", text: "HEAD /a HTTP/1.1\nHost: x\n\n" + get},
	{name: "head, long", text: "HEAD /a HTTP/1.1\nHost: x\n\n", handle: header(0, nil, text(5000))},
	{name: "head with a length", text: "HEAD /a HTTP/1.1\nHost: x\n\n", handle: header(0, list("Content-Length: 77"))},
	{name: "head, short", text: "HEAD /a HTTP/1.1\nHost: x\n\n", handle: header(0, nil, "abc")},
	{name: "an empty answer", text: two, handle: header(0, nil)},
	{name: "a status", text: two, handle: header(404, nil)},
	{name: "a status of one's own", text: two, handle: header(799, nil, "abc")},
	{name: "no content", text: two, handle: header(204, list("Content-Type: a/b"))},
	{name: "no content with a length", text: two, handle: header(204, list("Content-Length: 5"), "hello")},
	{name: "not modified", text: two, handle: header(304, list("Content-Type: a/b", "Content-Length: 5", "Etag: e"))},
	{name: "2048 bytes", text: two, handle: header(0, nil, text(2048))},
	{name: "2049 bytes", text: two, handle: header(0, nil, text(2049))},
	{name: "many bytes", text: two, handle: header(0, nil, text(100), text(5000), text(100_000), text(3))},
	{name: "a length and the bytes", text: two, handle: header(0, list("Content-Length: 5"), "he", "llo")},
	{name: "a length and many bytes", text: two, handle: header(0, list("Content-Length: 50000"), text(20_000), text(30_000))},
	{name: "a length and too few bytes", text: two, handle: header(0, list("Content-Length: 5"), "hel")},
	{name: "a length and too many bytes", text: two, handle: header(0, list("Content-Length: 5"), "hello", "you")},
	{name: "a bad length", text: two, handle: header(0, list("Content-Length: five"), "hello")},
	{name: "a coding of the handler", text: get, handle: header(0, list("Transfer-Encoding: gzip"), "hello")},
	{name: "chunked by the handler", text: get, handle: header(0, list("Transfer-Encoding: chunked"), "hello")},
	{name: "identity by the handler", text: two, handle: header(0, list("Transfer-Encoding: identity"), "hello")},
	{name: "a coding and a length of the handler", text: get, handle: header(0, list("Transfer-Encoding: chunked", "Content-Length: 5"), "hello")},
	{name: "closed by the handler", text: two, handle: header(0, list("Connection: close"), "hello")},
	{name: "a connection of the handler", text: two, handle: header(0, list("Connection: Foo"), "hello")},
	{name: "close, which the client asks for and the handler overrides", text: get, handle: header(0, list("Connection: keep-alive"), "hello")},
	{name: "sniffed", text: get, handle: header(0, nil, "<html><body>")},
	{name: "not sniffed", text: get, handle: header(0, list("Content-Type"), "<html><body>")},
	{name: "not sniffed since it is packed", text: get, handle: header(0, list("Content-Encoding: gzip"), "<html><body>")},
	{name: "sniffed from two parts", text: get, handle: header(0, nil, "<ht", "ml>", text(4000))},
	{name: "a date of the handler", text: get, handle: header(0, list("Date: today"))},
	{name: "no date", text: get, handle: header(0, list("Date"))},
	{name: "lines in a value", text: get, handle: header(0, list("A: b\r\nC: d", "E:  f "))},
	{name: "names that are none", text: get, handle: header(0, list("A b: c", "D: e"))},
	{name: "trailers", text: get, handle: func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "T, Content-Length")
		fmt.Fprint(w, "body")
		w.Header().Set("T", "1")
		w.Header().Set("Content-Length", "7")
		w.Header().Set("Other", "x")
	}},
	{name: "trailers that were not announced", text: get, handle: func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "body")
		w.(http.Flusher).Flush()
		w.Header().Set(http.TrailerPrefix+"T", "1")
	}},
	{name: "a header that comes too late", text: two, handle: func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("A", "1")
		w.WriteHeader(201)
		h.Set("A", "2")
		h.Set("B", "3")
		w.WriteHeader(500)
		fmt.Fprint(w, "body")
	}},
	{name: "flushed", text: two, handle: func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "a")
		w.(http.Flusher).Flush()
		fmt.Fprint(w, "b")
	}},
	{name: "flushed with nothing", text: two, handle: func(w http.ResponseWriter, r *http.Request) { w.(http.Flusher).Flush() }},
	{name: "early hints", text: two, handle: func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "a")
		w.Header().Set("Content-Length", "1")
		w.WriteHeader(http.StatusEarlyHints)
		fmt.Fprint(w, "b")
	}},
	{name: "a body that is not read", text: post("Content-Length: 5\n\nhello"), handle: header(0, nil, "no")},
	{name: "a long body that is not read", text: post("Content-Length: 200000\n\n" + strings.Repeat("a", 200_000)), handle: header(0, nil, "no")},
	{name: "too long a body that is not read", text: post("Content-Length: 400000\n\n" + strings.Repeat("a", 400_000)), handle: header(0, nil, "no")},
	{name: "chunks that are not read", text: post("Transfer-Encoding: chunked\n\n3\nabc\n0\n\n"), handle: header(0, nil, "no")},
	{name: "bad chunks that are not read", text: post("Transfer-Encoding: chunked\n\nx\nabc\n0\n\n"), handle: header(0, nil, "no")},
	{name: "a body that is closed", text: post("Content-Length: 5\n\nhello"), handle: func(w http.ResponseWriter, r *http.Request) {
		_ = r.Body.Close()
		_, err := r.Body.Read(make([]byte, 1))
		fmt.Fprint(w, err)
	}},
	{name: "a body that is limited", text: post("Content-Length: 5\n\nhello"), handle: func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 3))
		fmt.Fprint(w, err)
	}, differ: "HTTP/1.1 200 OK\r\nContent-Length: 28\r\n"},
	{name: "a panic", text: two, handle: func(http.ResponseWriter, *http.Request) { panic("no") }},
	{name: "a panic after a flush", text: two, handle: func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "a")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}},
	{name: "an invalid status", text: two, handle: header(77, nil)},
	{name: "chunks and a length", text: post("Transfer-Encoding: chunked\nContent-Length: 3\n\n3\nabc\n0\n\n"), differ: "HTTP/1.1 200 OK\r\nConnection: close\r\n"},
	{name: "chunks of HTTP/1.0 that is to be kept", text: "POST / HTTP/1.0\nConnection: keep-alive\nTransfer-Encoding: chunked\nContent-Length: 0\n\n0\n\n", differ: "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n"},
}
