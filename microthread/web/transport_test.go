package web_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mtpipe/microthread"
	"mtpipe/microthread/web"
)

// TestJ4_Client makes requests of each kind to a server of package net/http, all but the TLS
// handshakes on one connection.
func TestJ4_Client(t *testing.T) {
	big := strings.Repeat("0123456789abcde\n", 1<<15)
	handle := func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/echo":
			body, _ := io.ReadAll(r.Body)
			fmt.Fprintf(w, "%s %s %d %v %s", r.Method, r.Header.Get("Content-Type"), r.ContentLength, r.TransferEncoding, body)
		case "/big":
			w.Header().Set("Content-Length", strconv.Itoa(len(big)))
			_, _ = io.WriteString(w, big)
		case "/chunked":
			w.Header().Set("Trailer", "Sum")
			for _, piece := range []string{"one\n", "two\n", big} {
				_, _ = io.WriteString(w, piece)
				w.(http.Flusher).Flush()
			}
			w.Header().Set("Sum", "7")
		case "/nothing":
			w.WriteHeader(http.StatusNoContent)
		case "/unchanged":
			w.WriteHeader(http.StatusNotModified)
		case "/soon":
			w.Header().Set("Link", "</style.css>")
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusProcessing)
			_, _ = io.WriteString(w, "now")
		case "/packed":
			fmt.Fprintf(w, "%q", r.Header.Get("Accept-Encoding"))
		case "/missing":
			http.NotFound(w, r)
		default:
			fmt.Fprintf(w, "%s %s", r.Method, r.RequestURI)
		}
	}
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			start, o := (*httptest.Server).Start, web.Usual()
			if scheme == "https" {
				start, o.Insecure = (*httptest.Server).StartTLS, true
			}
			srv, opened := serve(t, start, handle)
			run(t, func(t0 *microthread.Thread, c *web.Transport) error {
				for _, test := range []struct {
					method, path string
					body         []string
					status, want string
				}{
					{"GET", "/a/b?c=d", nil, "200 OK", "GET /a/b?c=d"},
					{"GET", "", nil, "200 OK", "GET /"},
					{"GET", "?x=a b\u00e9", nil, "200 OK", "GET /?x=a%20b%C3%A9"},
					{"GET", "/a%2fb c#here", nil, "200 OK", "GET /a%2fb%20c"},
					{"HEAD", "/big", nil, "200 OK", ""},
					{"GET", "/big", nil, "200 OK", big},
					{"GET", "/chunked", nil, "200 OK", "one\ntwo\n" + big},
					{"GET", "/nothing", nil, "204 No Content", ""},
					{"GET", "/unchanged", nil, "304 Not Modified", ""},
					{"GET", "/soon", nil, "200 OK", "now"},
					{"GET", "/packed", nil, "200 OK", `""`},
					{"GET", "/missing", nil, "404 Not Found", "404 page not found\n"},
					{"POST", "/echo", []string{"some text"}, "200 OK", "POST  9 [] some text"},
					{"POST", "/echo", []string{""}, "200 OK", "POST  0 [] "},
					{"PUT", "/echo", []string{big}, "200 OK", "PUT  524288 [] " + big},
					{"POST", "/echo", []string{"a", "b", ""}, "200 OK", "POST  -1 [chunked] ab"},
					{"POST", "/echo", []string{big, big, big}, "200 OK", "POST  -1 [chunked] " + big + big + big},
				} {
					status, got, err := ask(t0, c, test.method, srv.URL+test.path, o, test.body...)
					if status != test.status || got != test.want || err != nil {
						t.Errorf("%s %s: got %s, %.80q, %v, want %s, %.80q", test.method, test.path, status, got, err, test.status, test.want)
					}
				}
				if n := opened.Load(); n != 1 {
					t.Errorf("got %d connections, want 1", n)
				}
				return nil
			})
		})
	}
}

// TestCompressed asks for gzip, and takes what comes though it is not packed.
func TestCompressed(t *testing.T) {
	srv, opened := serve(t, (*httptest.Server).Start, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" || r.URL.Path == "/plain" {
			_, _ = io.WriteString(w, "plain")
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, _ = z.Write(bytes.Repeat([]byte("packed "), 10_000))
		_ = z.Close()
		switch r.URL.Path {
		case "/wrong":
			_, _ = io.WriteString(w, "this is not gzip")
			return
		case "/cut":
			packed.Truncate(packed.Len() - 4)
		case "/broken":
			w.Header().Set("Content-Length", strconv.Itoa(packed.Len()))
			packed.Truncate(packed.Len() - 4)
		case "/twice":
			w.Header().Set("Content-Encoding", "x-gzip")
			packed.Write(packed.Bytes())
		}
		_, _ = w.Write(packed.Bytes())
	})
	run(t, func(t0 *microthread.Thread, c *web.Transport) error {
		o := web.Usual()
		o.Compressed = true
		if _, got, err := ask(t0, c, "GET", srv.URL, o); got != strings.Repeat("packed ", 10_000) || err != nil {
			t.Errorf("got %.20q, %v, want it unpacked", got, err)
		}
		if _, got, err := ask(t0, c, "GET", srv.URL+"/plain", o); got != "plain" || err != nil {
			t.Errorf("got %q, %v, want plain", got, err)
		}
		if n := opened.Load(); n != 1 {
			t.Errorf("got %d connections, want 1", n)
		}
		o.MaxSize = 1000 // of what is unpacked
		if _, got, err := ask(t0, c, "GET", srv.URL, o); len(got) > 1000 || !isTooLarge(err) {
			t.Errorf("got %d bytes, %v, want at most 1000 and an error", len(got), err)
		}
		if _, _, err := ask(t0, c, "GET", srv.URL+"/wrong", o); err == nil || err.Error() != "gzip: invalid header" {
			t.Errorf("got %v, want an error of gzip", err)
		}
		o.MaxSize = 0
		for path, want := range map[string]string{"/cut": "gzip: the body is not whole", "/broken": "the body is not whole: the server closed the connection"} {
			if _, _, err := ask(t0, c, "GET", srv.URL+path, o); err == nil || err.Error() != want {
				t.Errorf("%s: got %v, want %s", path, err, want)
			}
		}
		if _, got, err := ask(t0, c, "GET", srv.URL+"/twice", o); got != strings.Repeat("packed ", 20_000) || err != nil {
			t.Errorf("got %.20q, %v, want both parts unpacked", got, err)
		}
		return nil
	})
}

func isTooLarge(err error) bool {
	var e *web.TooLargeError
	return errors.As(err, &e)
}

// TestTLS wants a certificate that somebody vouches for.
func TestTLS(t *testing.T) {
	srv, _ := serve(t, (*httptest.Server).StartTLS, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "secret") })
	plain, _ := serve(t, (*httptest.Server).Start, func(http.ResponseWriter, *http.Request) {})
	dir := t.TempDir()
	ca, none := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "none.pem")
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	for name, data := range map[string][]byte{ca: cert, none: []byte("nothing")} {
		if err := os.WriteFile(name, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	closes := raw(t, func(_ net.Conn, r *bufio.Reader, _ int) {
		if head, err := r.Peek(5); err == nil { // all of what the client begins with, so that it sees an end
			_, _ = io.CopyN(io.Discard, r, 5+int64(binary.BigEndian.Uint16(head[3:])))
		}
	})
	byName := strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)
	for _, test := range []struct {
		name, url string
		set       func(*web.Options)
		want      string
	}{
		{"the system's", srv.URL, func(*web.Options) {}, "the server's certificate: x509: certificate signed by unknown authority"},
		{"a file's", srv.URL, func(o *web.Options) { o.CAFile = ca }, ""},
		{"another name", byName, func(o *web.Options) { o.CAFile = ca }, "the server's certificate: x509: certificate is valid for example.com, *.example.com, not localhost"},
		{"any", byName, func(o *web.Options) { o.Insecure = true }, ""},
		{"no file", srv.URL, func(o *web.Options) { o.CAFile = filepath.Join(dir, "missing") }, "no such file or directory"},
		{"a file without any", srv.URL, func(o *web.Options) { o.CAFile = none }, none + ": has no certificate"},
		{"no TLS", strings.Replace(plain.URL, "http:", "https:", 1), func(*web.Options) {}, "tls: first record does not look like a TLS handshake"},
		{"closes at once", "https://" + closes, func(*web.Options) {}, "the server closed the connection before TLS was agreed on"},
	} {
		run(t, func(t0 *microthread.Thread, c *web.Transport) error {
			o := web.Usual()
			test.set(&o)
			for range 2 {
				_, got, err := ask(t0, c, "GET", test.url, o)
				if test.want == "" && (got != "secret" || err != nil) {
					t.Errorf("%s: got %q, %v, want secret", test.name, got, err)
				}
				if test.want != "" && (err == nil || !strings.HasSuffix(err.Error(), test.want)) {
					t.Errorf("%s: got error %v, want %s", test.name, err, test.want)
				}
			}
			return nil
		})
	}
}

// TestTLSSettings wants connections that were made with other settings not to be used.
func TestTLSSettings(t *testing.T) {
	srv, _ := serve(t, (*httptest.Server).StartTLS, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "secret") })
	run(t, func(t0 *microthread.Thread, c *web.Transport) error {
		o := web.Usual()
		o.Insecure = true
		if _, _, err := ask(t0, c, "GET", srv.URL, o); err != nil {
			return err
		}
		if _, _, err := ask(t0, c, "GET", srv.URL, web.Usual()); err == nil {
			t.Error("got no error, want that of the certificate")
		}
		return nil
	})
}

// TestRequestHead looks at what is sent.
func TestRequestHead(t *testing.T) {
	heads := make(chan string, 1)
	address := raw(t, func(c net.Conn, r *bufio.Reader, _ int) {
		for {
			var head strings.Builder
			for {
				line, err := r.ReadString('\n')
				if err != nil {
					return
				}
				head.WriteString(line)
				if line == "\r\n" {
					break
				}
			}
			heads <- head.String()
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		}
	})
	usual := "User-Agent: Go-http-client/1.1\r\n"
	for _, test := range []struct {
		name, url string
		headers   []string
		want      string
	}{
		{"plain", "http://" + address + "/x", nil, "GET /x HTTP/1.1\r\nHost: " + address + "\r\n" + usual + "\r\n"},
		{"userinfo", "http://me:a%40b@" + address, nil, "GET / HTTP/1.1\r\nHost: " + address + "\r\n" + usual + "Authorization: Basic bWU6YUBi\r\n\r\n"},
		{"headers", "http://me@" + address, []string{"X-One: 1", "authorization:  Bearer t ", "Host: other", "accept:", "X-One: 2", "User-Agent: me"},
			"GET / HTTP/1.1\r\nHost: other\r\nUser-Agent: me\r\nAuthorization: Bearer t\r\nX-One: 1\r\nX-One: 2\r\n\r\n"},
		{"no user agent", "http://" + address, []string{"User-Agent:"}, "GET / HTTP/1.1\r\nHost: " + address + "\r\n\r\n"},
		{"case", "HTTP://" + address + "/X", nil, "GET /X HTTP/1.1\r\nHost: " + address + "\r\n" + usual + "\r\n"},
	} {
		run(t, func(t0 *microthread.Thread, c *web.Transport) error {
			h := http.Header{}
			for _, line := range test.headers {
				name, text, _ := strings.Cut(line, ":")
				if err := web.AddHeader(h, name, text); err != nil {
					return err
				}
			}
			resp, err := do(t0, c, "GET", test.url, web.Usual(), h)
			if err != nil {
				return err
			}
			resp.Body.Close()
			if got := <-heads; got != test.want {
				t.Errorf("%s: got %q, want %q", test.name, got, test.want)
			}
			return nil
		})
	}
}

// TestHeaderErrors refuses what would be read as something else by a server.
func TestHeaderErrors(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"X", "a\r\nB: c", `the header X has a control character: "a\r\nB: c"`},
		{"X", "a\nb", `the header X has a control character: "a\nb"`},
		{"X", "a\x00b", `the header X has a control character: "a\x00b"`},
		{"X Y", "a", `"X Y" is no name of a header`},
		{"X\r\nY", "a", `"X\r\nY" is no name of a header`},
		{"", "a", `"" is no name of a header`},
		{"content-length", "3", "the header content-length is not for setting: it depends on the body"},
		{"Transfer-Encoding", "chunked", "the header Transfer-Encoding is not for setting: it depends on the body"},
	} {
		if err := web.AddHeader(http.Header{}, test.name, test.text); err == nil || err.Error() != test.want {
			t.Errorf("%q: %q: got error %v, want %s", test.name, test.text, err, test.want)
		}
	}
}

// TestURLErrors refuses what cannot be asked for.
func TestURLErrors(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", "must begin with http:// or https://"},
		{"/example.com", "must begin with http:// or https://"},
		{"me:pw@example.com", "must begin with http:// or https://"},
		{"example.com:99999/x", "must begin with http:// or https://"},
		{"ftp://example.com", "must begin with http:// or https://"},
		{"http:example.com", "is a URL without a host"},
		{"http:///x", "is a URL without a host"},
		{"http://:80/x", "is a URL without a host"},
		{"http://h/\r\nX: y", "is no URL: invalid control character in URL"},
		{"http://h/\x00", "is no URL: invalid control character in URL"},
		{"http://h:70000/", `is a URL with the port "70000"`},
		{"http://h:x/", `is no URL: invalid port ":x" after host`},
		{"http://a b/", `is no URL: invalid character " " in host name`},
		{"http://h/%zz", `is no URL: invalid URL escape "%zz"`},
	} {
		if _, err := web.ParseURL(test.text); err == nil || err.Error() != test.want {
			t.Errorf("%q: got error %v, want %s", test.text, err, test.want)
		}
	}
	if u, err := web.ParseURL("http://b\u00fccher.example:81/"); err != nil || u.Host != "xn--bcher-kva.example:81" {
		t.Errorf("got %v, %v, want the name in ASCII", u, err)
	}
}

// TestURLWithoutScheme takes what curl takes for a URL of http.
func TestURLWithoutScheme(t *testing.T) {
	for text, want := range map[string]string{
		"localhost:80/x":    "http://localhost:80/x",
		"example.com":       "http://example.com",
		"127.0.0.1:8080":    "http://127.0.0.1:8080",
		"[::1]:80/a?b=c:d":  "http://[::1]:80/a?b=c:d",
		"[::1]":             "http://[::1]",
		"h?u=http://x/y":    "http://h?u=http://x/y",
		"http.example:80/":  "http://http.example:80/",
		"https://h/":        "https://h/",
		"HTTP://h/http:/x/": "http://h/http:/x/",
	} {
		if u, err := web.ParseURL(text); err != nil || u.String() != want {
			t.Errorf("%q: got %v, %v, want %s", text, u, err, want)
		}
	}
}

// TestBytes gives bodies that have come at once, and does not wait for others.
func TestBytes(t *testing.T) {
	release := make(chan struct{})
	srv, _ := serve(t, (*httptest.Server).Start, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/small":
			fmt.Fprint(w, "small")
		case "/late":
			w.Header().Set("Content-Length", "5")
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
			<-release
			fmt.Fprint(w, "later")
		}
	})
	run(t, func(t0 *microthread.Thread, c *web.Transport) error {
		o := web.Usual()
		var got []string
		for _, test := range []struct {
			path string
			most int64
		}{{"/small", 5}, {"/small", 4}, {"/empty", 0}, {"/late", 5}} {
			u, err := web.ParseURL(srv.URL + test.path)
			if err != nil {
				return err
			}
			resp, err := send(t0, c, "GET", u, o, nil, nil)
			if err != nil {
				return err
			}
			body, whole := web.Bytes(resp, test.most)
			got = append(got, fmt.Sprintf("%s %v", body, whole))
			if !whole {
				if test.path == "/late" {
					close(release)
				}
				rest, err := io.ReadAll(resp.Body)
				got = append(got, fmt.Sprintf("%s %v", rest, err))
			}
			resp.Body.Close()
		}
		if want := []string{"small true", " false", "small <nil>", " true", " false", "later <nil>"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		return nil
	})
}
