package web_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"mtpipe/microthread"
	"mtpipe/microthread/web"
)

// TestProxy asks through a proxy: for whole URLs by http, through a tunnel by https.
func TestProxy(t *testing.T) {
	show := func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s %q", r.Method, r.RequestURI, r.Header.Get("Proxy-Authorization"))
	}
	plain, _ := serve(t, (*httptest.Server).Start, show)
	secure, _ := serve(t, (*httptest.Server).StartTLS, show)
	proxy := raw(t, func(c net.Conn, r *bufio.Reader, _ int) {
		for {
			req, ok := readRequest(r)
			if !ok {
				return
			}
			auth := req.Header.Get("Proxy-Authorization")
			switch {
			case auth == "":
				fmt.Fprint(c, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
			case req.Method != "CONNECT":
				body := fmt.Sprintf("proxied %s %s %s", req.RequestURI, req.Host, auth)
				fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
			default:
				server, err := net.Dial("tcp", req.RequestURI)
				if err != nil {
					fmt.Fprint(c, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
					return
				}
				fmt.Fprint(c, "HTTP/1.1 200 Connection established\r\n\r\n")
				go func() { _, _ = io.Copy(server, r); server.Close() }()
				_, _ = io.Copy(c, server)
				return
			}
		}
	})
	host := strings.TrimPrefix(plain.URL, "http://")
	for _, test := range []struct{ name, proxy, url, want string }{
		{"http", "http://u:p@" + proxy, plain.URL + "/a?b", "proxied " + plain.URL + "/a?b " + host + " Basic dTpw"},
		{"http without a path", "http://u:p@" + proxy, plain.URL, "proxied " + plain.URL + "/ " + host + " Basic dTpw"},
		{"https", "http://u:p@" + proxy, secure.URL + "/a?b", `GET /a?b ""`},
		{"http, and nobody asks", "http://" + proxy, plain.URL, "error: 407 Proxy Authentication Required"},
		{"https, and nobody asks", "http://" + proxy, secure.URL, "error: the proxy answers 407 Proxy Authentication Required"},
		{"no server", "http://u:p@" + proxy, "https://127.0.0.1:1", "error: the proxy answers 502 Bad Gateway"},
		{"no proxy", "http://127.0.0.1:1", plain.URL, "error: the proxy: connection refused"},
		{"no proxy for a tunnel", "http://127.0.0.1:1", secure.URL, "error: the proxy: connection refused"},
		{"a port that is none", "http://127.0.0.1:99999", plain.URL, `error: the environment's proxy "http://127.0.0.1:99999" has no address`},
		{"no host", "http://:80", plain.URL, `error: the environment's proxy "http://:80" has no address`},
		{"another protocol", "socks5://u:p@" + proxy, plain.URL, `error: the environment's proxy "socks5://***@` + proxy},
	} {
		run(t, func(t0 *microthread.Thread, c *web.Transport) error {
			c.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(test.proxy) }
			o := web.Usual()
			o.Insecure = true
			for range 2 {
				status, got, err := ask(t0, c, "GET", test.url, o)
				switch {
				case err != nil:
					got = "error: " + err.Error()
				case status != "200 OK":
					got = "error: " + status
				}
				if !strings.HasPrefix(got, test.want) {
					t.Errorf("%s: got %s, want %s", test.name, got, test.want)
				}
			}
			return nil
		})
	}
}
