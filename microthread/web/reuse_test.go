package web_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/microthread/web"
)

// TestReuse says which connections are used again.
func TestReuse(t *testing.T) {
	for _, test := range []struct {
		name   string
		answer string
		read   bool // to the end
		want   int64
	}{
		{"a body with its length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", true, 1},
		{"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", true, 1},
		{"chunks and trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX: y\r\n\r\n", true, 1},
		{"no body", "HTTP/1.1 204 No Content\r\n\r\n", true, 1},
		{"a body that came and was not read", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", false, 1},
		{"chunks that came and were not read", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", false, 1},
		{"a body that did not come whole", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", false, 3},
		{"the server closes", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nab", true, 3},
		{"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nab", true, 3},
		{"HTTP/1.0 that stays", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nab", true, 1},
		{"more than the body", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 200 OK\r\n\r\n", true, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			var opened atomic.Int64
			address := raw(t, func(c net.Conn, r *bufio.Reader, _ int) {
				opened.Add(1)
				for {
					if _, ok := readRequest(r); !ok {
						return
					}
					fmt.Fprint(c, test.answer)
				}
			})
			run(t, func(t0 *microthread.Thread, c *web.Transport) error {
				o := web.Usual()
				u, err := web.ParseURL("http://" + address)
				if err != nil {
					return err
				}
				for range 3 {
					resp, err := send(t0, c, "GET", u, o, nil, nil)
					if err != nil {
						return err
					}
					if test.read {
						if _, err := io.ReadAll(resp.Body); err != nil {
							t.Errorf("got error %v, want none", err)
						}
					}
					resp.Body.Close()
				}
				return nil
			})
			if n := opened.Load(); n != test.want {
				t.Errorf("got %d connections for three requests, want %d", n, test.want)
			}
		})
	}
}

// TestDied has a server that closes connections when their second request comes. What may be
// asked twice is asked once more on a new connection.
func TestDied(t *testing.T) {
	for _, test := range []struct {
		name, method string
		body         []string
		part         string // of a response, that comes before the end
		want         string // the error
	}{
		{"GET", "GET", nil, "", ""},
		{"PUT", "PUT", []string{"data"}, "", ""},
		{"POST", "POST", []string{"data"}, "", "the server closed the connection without a response"},
		{"PUT of what comes once", "PUT", []string{"data", "more"}, "", "the server closed the connection without a response"},
		{"GET, and the response began", "GET", nil, "HTTP/1.1 2", "the server closed the connection within the header of the response"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var asked atomic.Int64
			address := raw(t, func(c net.Conn, r *bufio.Reader, number int) {
				for i := 1; ; i++ {
					if _, ok := readRequest(r); !ok {
						return
					}
					asked.Add(1)
					if i == 2 && number < 3 {
						fmt.Fprint(c, test.part)
						return
					}
					fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
				}
			})
			run(t, func(t0 *microthread.Thread, c *web.Transport) error {
				o := web.Usual()
				if _, got, err := ask(t0, c, "GET", "http://"+address, o); got != "ok" || err != nil {
					t.Errorf("got %q, %v, want ok", got, err)
				}
				_, got, err := ask(t0, c, test.method, "http://"+address, o, test.body...)
				if test.want == "" && (got != "ok" || err != nil) {
					t.Errorf("got %q, %v, want ok", got, err)
				}
				if test.want != "" && (err == nil || err.Error() != test.want) {
					t.Errorf("got error %v, want %s", err, test.want)
				}
				return nil
			})
			want := int64(3)
			if test.want != "" {
				want = 2
			}
			if n := asked.Load(); n != want {
				t.Errorf("got %d requests, want %d", n, want)
			}
		})
	}
}

// TestAlive has a server that closes connections which nobody uses. They are not used again.
func TestAlive(t *testing.T) {
	srv, opened := serve(t, (*httptest.Server).Start, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	run(t, func(t0 *microthread.Thread, c *web.Transport) error {
		for range 3 { // a POST is not sent twice
			if _, got, err := ask(t0, c, "POST", srv.URL, web.Usual(), "x"); got != "ok" || err != nil {
				t.Errorf("got %q, %v, want ok", got, err)
			}
			srv.CloseClientConnections()
		}
		return nil
	})
	if n := opened.Load(); n != 3 {
		t.Errorf("got %d connections, want 3", n)
	}
}

// TestPoolLimits keeps so many connections and no more, and not for ever.
func TestPoolLimits(t *testing.T) {
	handle := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") }
	a, _ := serve(t, (*httptest.Server).Start, handle)
	b, _ := serve(t, (*httptest.Server).Start, handle)
	before := sockets()
	for _, test := range []struct {
		name string
		set  func(*web.Transport)
		want int // of the client's connections that are open at the end
	}{
		{"no limit that matters", func(*web.Transport) {}, 8},
		{"for a host", func(c *web.Transport) { c.MaxIdleHost = 3 }, 6},
		{"for all", func(c *web.Transport) { c.MaxIdle = 5 }, 5},
		{"none", func(c *web.Transport) { c.MaxIdle = 0 }, 0},
		{"time", func(c *web.Transport) { c.IdleTime = 0 }, 1},
	} {
		run(t, func(t0 *microthread.Thread, c *web.Transport) error {
			test.set(c)
			g := microthread.NewGroup(t0)
			for i := range 8 {
				url := []string{a.URL, b.URL}[i%2]
				g.Go(func(t1 *microthread.Thread) error {
					_, _, err := ask(t1, c, "GET", url, web.Usual())
					return err
				})
			}
			if err := g.Wait(); err != nil {
				return err
			}
			if test.name == "time" { // they are closed when another request is made
				if _, _, err := ask(t0, c, "GET", a.URL, web.Usual()); err != nil {
					return err
				}
			}
			if n := clientSockets(before, test.want, a, b); n >= 0 && n != test.want {
				t.Errorf("%s: got %d connections at the end, want %d", test.name, n, test.want)
			}
			return nil
		})
		clientSockets(before, 0, a, b)
	}
}

// clientSockets returns how many sockets there are besides those of before, when the servers
// have closed theirs; negative where the system does not tell. The servers' threads close what they find
// closed when they come to it, so there may be others for a while: it waits for want, up to five seconds.
func clientSockets(before, want int, servers ...*httptest.Server) (n int) {
	if before == 0 {
		return -1
	}
	for _, s := range servers {
		s.CloseClientConnections()
	}
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if n = sockets() - before; n == want {
			break
		}
	}
	return n
}

// TestTerminated terminates a thread in each part of a request. No connection stays open.
func TestTerminated(t *testing.T) {
	for _, test := range []struct {
		name, url string
		body      []string
		talk      func(c net.Conn, r *bufio.Reader)
	}{
		{"in the handshake", "https://", nil, func(c net.Conn, _ *bufio.Reader) {}},
		{"waiting for a header", "http://", nil, func(c net.Conn, r *bufio.Reader) { readRequest(r) }},
		{"in a header", "http://", nil, func(c net.Conn, r *bufio.Reader) { readRequest(r); fmt.Fprint(c, "HTTP/1.1 200 OK\r\n") }},
		{"in a body", "http://", nil, func(c net.Conn, r *bufio.Reader) {
			readRequest(r)
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab")
		}},
		{"in chunks", "http://", nil, func(c net.Conn, r *bufio.Reader) {
			readRequest(r)
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")
		}},
		{"sending", "http://", []string{strings.Repeat("x", 16<<20)}, func(c net.Conn, r *bufio.Reader) { _, _ = r.Peek(1) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			reached, gone := make(chan struct{}), make(chan error, 1)
			address := raw(t, func(c net.Conn, r *bufio.Reader, _ int) {
				test.talk(c, r)
				reached <- struct{}{}
				_, err := io.Copy(io.Discard, c)
				gone <- err
			})
			run(t, func(t0 *microthread.Thread, c *web.Transport) error {
				g := microthread.NewGroup(t0)
				g.Go(func(t1 *microthread.Thread) error {
					_, _, err := ask(t1, c, "POST", test.url+address, web.Usual(), test.body...)
					return err
				})
				if _, err := t0.Blocking(func() (any, error) { <-reached; return nil, nil }); err != nil {
					return err
				}
				g.Cancel()
				t0.Yield()
				_, err := t0.Blocking(func() (any, error) {
					select {
					case err := <-gone: // before the program ends
						return nil, err
					case <-time.After(watchdog):
						return nil, errors.New("the connection is still open")
					}
				})
				if errors.Is(err, syscall.ECONNRESET) { // what was sent is not read by anyone
					return nil
				}
				return err
			})
		})
	}
}

// TestA4_FanOut makes 10,000 requests, 1,000 at a time.
func TestA4_FanOut(t *testing.T) {
	srv, opened := serve(t, (*httptest.Server).Start, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Path) })
	run(t, func(t0 *microthread.Thread, c *web.Transport) error {
		g := microthread.NewGroup(t0)
		left := 10_000
		for range 1000 {
			g.Go(func(t1 *microthread.Thread) error {
				for left > 0 {
					left--
					path := fmt.Sprint("/", left)
					if _, got, err := ask(t1, c, "GET", srv.URL+path, web.Usual()); got != path || err != nil {
						return fmt.Errorf("got %q, %w, want %s", got, err, path)
					}
				}
				return nil
			})
		}
		return g.Wait()
	})
	if n := opened.Load(); n > 1000 {
		t.Errorf("got %d connections, want at most 1000", n)
	}
}
