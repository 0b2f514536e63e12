package web_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/microthread/web"
)

// await waits until ok, which runs on the program's goroutine, is true.
func (r *serving) await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for by := time.Now().Add(watchdog); ; time.Sleep(time.Millisecond) {
		done := false
		if r.in(func() { done = ok() }); done {
			return
		}
		if time.Now().After(by) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// fetch makes a request with net/http's client and returns the body.
func fetch(t *testing.T, c *http.Client, url string) string {
	t.Helper()
	resp, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

// TestA4_HandlersSuspended has 1,000 connections that are kept, with requests on 200 of them
// whose handlers are all suspended at once, and wants no thread to be left for the connections
// when they are idle.
func TestA4_HandlersSuspended(t *testing.T) {
	const all, busy = 1000, 200
	inside := 0
	var together microthread.Cond
	s := startServing(t, &web.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t0 := web.Thread(r.Context())
		if r.URL.Path == "/wait" {
			if inside++; inside == busy {
				together.Broadcast()
			}
			for inside < busy {
				together.Wait(t0, "waiting for the other requests")
			}
		} else {
			t0.Sleep(time.Millisecond)
		}
		fmt.Fprintf(w, "%s %d", r.URL.Path, inside)
	})})
	conns := make([]net.Conn, all)
	ask := func(c net.Conn, path string) string {
		r := bufio.NewReader(c)
		fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path)
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			return err.Error()
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.Close {
			return fmt.Sprint(err, resp.Close)
		}
		return string(body)
	}
	var group sync.WaitGroup
	for i := range conns {
		c, err := net.Dial("tcp", s.address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(watchdog))
		conns[i] = c
		group.Go(func() {
			if got, want := ask(c, "/a"), "/a 0"; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
	group.Wait()
	for _, c := range conns[:busy] {
		group.Go(func() {
			if got, want := ask(c, "/wait"), fmt.Sprint("/wait ", busy); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
	group.Wait()
	s.await(t, "idle connections without threads", func() bool { return s.p.Threads() == 1 })
	for _, c := range conns {
		if got, want := ask(c, "/b"), fmt.Sprint("/b ", busy); got != want {
			t.Fatalf("got %q on a connection that was idle, want %q", got, want)
		}
	}
}

// TestServeTLS speaks TLS to a server, with connections that are used again, and plain HTTP.
func TestServeTLS(t *testing.T) {
	theirs := httptest.NewUnstartedServer(nil)
	theirs.StartTLS()
	defer theirs.Close()
	s := startServing(t, &web.Server{TLSConfig: theirs.TLS, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		fmt.Fprint(w, r.TLS != nil && r.TLS.HandshakeComplete, r.ProtoMajor, len(body), err)
	})})
	tr := theirs.Client().Transport.(*http.Transport).Clone()
	tr.ForceAttemptHTTP2 = true
	defer tr.CloseIdleConnections()
	c := &http.Client{Transport: tr}
	for range 3 {
		for _, size := range []int{0, 10, 100_000} {
			resp, err := c.Post("https://"+s.address, "a/b", strings.NewReader(text(size)))
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(resp.Body)
			if want := fmt.Sprint(true, 1, size, nil); string(got) != want || err != nil {
				t.Errorf("got %q, %v, want %q", got, err, want)
			}
			resp.Body.Close()
		}
		s.await(t, "idle connections without threads", func() bool { return s.p.Threads() == 1 })
	}
	if got, want := talk(t, s.address, get), "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"; got != want {
		t.Errorf("got %q for a request without TLS, want %q", got, want)
	}
}

// TestServeTLSAtOnce sends several requests in one record of TLS, so that the connection has
// nothing to read when the server has answered the first.
func TestServeTLSAtOnce(t *testing.T) {
	theirs := httptest.NewUnstartedServer(nil)
	theirs.StartTLS()
	defer theirs.Close()
	s := startServing(t, &web.Server{TLSConfig: theirs.TLS, Handler: http.HandlerFunc(echoHandler)})
	c, err := tls.Dial("tcp", s.address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(watchdog))
	const n = 300 // more than a buffer
	request := "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
	if _, err := io.WriteString(c, strings.Repeat(request, n)); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(c)
	for i := range n {
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatalf("answer %d: %v", i, err)
		}
		if body, err := io.ReadAll(resp.Body); string(body) != "hello" || err != nil {
			t.Fatalf("answer %d: got %q, %v", i, body, err)
		}
	}
}

// TestServeLimits has clients that are slow in all ways, and a handler that is told so.
func TestServeLimits(t *testing.T) {
	const short = 20 * time.Millisecond
	told := make(chan error, 1)
	handle := func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		for size := 0; err == nil && r.URL.Path == "/much"; size++ {
			_, err = io.WriteString(w, text(100_000))
		}
		told <- err
	}
	for _, test := range []struct {
		name   string
		server *web.Server
		send   string
		want   string // how the answers begin
		told   bool   // the handler gets an error
		calls  int    // of the handler
	}{
		{"nothing is sent", &web.Server{ReadHeaderTimeout: short}, "", "", false, 0},
		{"half a header is sent", &web.Server{ReadHeaderTimeout: short}, "GET / HT", "HTTP/1.1 400 Bad Request", false, 0},
		{"half a header, whose limit is that of the request", &web.Server{ReadTimeout: short}, "GET / HTTP/1.1\r\nHo", "HTTP/1.1 400 Bad Request", false, 0},
		{"half a body", &web.Server{ReadTimeout: short}, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel", "HTTP/1.1 200 OK", true, 1},
		{"nothing is sent any more", &web.Server{IdleTimeout: short}, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK", false, 1},
		{"nothing is sent for long", &web.Server{IdleTimeout: 500 * time.Millisecond}, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK", false, 1},
		{"nothing is read", &web.Server{WriteTimeout: short}, "GET /much HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK", true, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.server.Handler = http.HandlerFunc(handle)
			s := startServing(t, test.server)
			c, err := net.Dial("tcp", s.address)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			_ = c.SetDeadline(time.Now().Add(watchdog))
			if _, err := io.WriteString(c, test.send); err != nil {
				t.Fatal(err)
			}
			if test.calls > 0 {
				if err := <-told; errors.Is(err, os.ErrDeadlineExceeded) != test.told {
					t.Errorf("the handler got %v, want that its time was over: %t", err, test.told)
				}
			}
			all, err := io.ReadAll(c) // ends with the connection
			if err != nil && !strings.Contains(err.Error(), "reset") || !strings.HasPrefix(string(all), test.want) || test.want == "" && len(all) > 0 {
				t.Errorf("got %.100q, %v, want what begins with %q", all, err, test.want)
			}
		})
	}
}

// TestShutdown ends a server with an idle connection, a new one and one with a request under
// way, which is answered.
func TestShutdown(t *testing.T) {
	for _, how := range []string{"drain", "shutdown", "shutdown with a limit", "close"} {
		t.Run(how, func(t *testing.T) {
			leavesNoSocket(t)
			var started, goOn microthread.Cond
			busy, cleaned := false, false
			s := startServing(t, &web.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/busy" {
					defer func() { cleaned = true }()
					busy = true
					started.Broadcast()
					goOn.Wait(web.Thread(r.Context()), "waiting for the end of the server")
				}
				fmt.Fprint(w, "done")
			})})
			dial := func(text string) (net.Conn, *bufio.Reader) {
				c, err := net.Dial("tcp", s.address)
				if err != nil {
					t.Fatal(err)
				}
				_ = c.SetDeadline(time.Now().Add(watchdog))
				if _, err := io.WriteString(c, text); err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { c.Close() })
				return c, bufio.NewReader(c)
			}
			_, fresh := dial("")
			_, idle := dial("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
			if resp, err := http.ReadResponse(idle, nil); err != nil || resp.Close {
				t.Fatalf("got %v, %v, want an answer on a connection that is kept", resp, err)
			} else {
				_, _ = io.Copy(io.Discard, resp.Body)
			}
			_, working := dial("GET /busy HTTP/1.1\r\nHost: x\r\n\r\n")
			s.await(t, "a request under way", func() bool { return busy })
			var ended error
			s.in(func() {
				switch how {
				case "drain":
					s.p.Drain()
					goOn.Broadcast()
				case "close":
					_ = s.Close()
				default:
					s.p.Start(microthread.Spec{Name: "shutdown", Run: func(t0 *microthread.Thread) error {
						if how != "shutdown" {
							ended = s.Shutdown(t0, time.Millisecond)
						}
						goOn.Broadcast()
						return s.Shutdown(t0, 0)
					}})
				}
			})
			for name, r := range map[string]*bufio.Reader{"new": fresh, "idle": idle} {
				if _, err := r.ReadByte(); err != io.EOF {
					t.Errorf("got %v from the %s connection, want its end", err, name)
				}
			}
			resp, err := http.ReadResponse(working, nil)
			switch {
			case how == "close":
				if err == nil {
					t.Errorf("got %v, want no answer", resp)
				}
			case err != nil || !resp.Close:
				t.Errorf("got %v, %v, want an answer that says that the connection ends", resp, err)
			default:
				if body, err := io.ReadAll(resp.Body); string(body) != "done" || err != nil {
					t.Errorf("got %q, %v, want the whole answer", body, err)
				}
			}
			s.wait(t)
			if !cleaned {
				t.Error("the handler's deferred function has not run")
			}
			if (how == "shutdown with a limit") != (ended != nil) {
				t.Errorf("got %v from Shutdown", ended)
			}
			if c, err := net.Dial("tcp", s.address); err == nil {
				c.Close()
				t.Error("got a connection to a server that has ended")
			}
		})
	}
}

// TestServeTerminated has the thread of a server terminated, which ends its connections.
func TestServeTerminated(t *testing.T) {
	leavesNoSocket(t)
	err := microthread.Run(func(t0 *microthread.Thread) error {
		l, err := microthread.Listen(t0, "tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		inside, cleaned := false, false
		server := microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) {
			return 0, web.Serve(t1, l, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				defer func() { cleaned = true }()
				inside = true
				web.Thread(r.Context()).Sleep(time.Hour)
			}))
		})
		c, err := microthread.Dial(t0, "tcp", l.Addr().String(), watchdog)
		if err != nil {
			return err
		}
		defer c.Close()
		if err := c.Write(t0, []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
			return err
		}
		for !inside {
			t0.Sleep(time.Millisecond)
		}
		server.Terminate()
		if _, err := server.Wait(t0); !errors.Is(err, microthread.ErrTerminated) {
			t.Errorf("got %v, want that it was terminated", err)
		}
		if n, err := c.Read(t0, make([]byte, 1)); n != 0 || err == nil {
			t.Errorf("got %d bytes, want the end of the connection", n)
		}
		for t0.Program().Threads() > 1 {
			t0.Sleep(time.Millisecond)
		}
		if !cleaned {
			t.Error("the handler's deferred function has not run")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestServeSteadily has a client that never stops sending, and one that never stops reading: their
// time is over although nothing has to wait for them.
func TestServeSteadily(t *testing.T) {
	told := make(chan error, 1)
	s := startServing(t, &web.Server{ReadTimeout: 100 * time.Millisecond, WriteTimeout: 100 * time.Millisecond,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var err error
			for buf := make([]byte, 100); err == nil && r.Method == "POST"; {
				_, err = r.Body.Read(buf)
			}
			for err == nil {
				_, err = io.WriteString(w, text(10_000))
			}
			told <- err
		})})
	for _, request := range []string{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000000\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"} {
		c, err := net.Dial("tcp", s.address)
		if err != nil {
			t.Fatal(err)
		}
		var both sync.WaitGroup
		both.Go(func() { _, _ = io.Copy(io.Discard, c) })
		both.Go(func() {
			_, err := io.WriteString(c, request)
			for err == nil && request[0] == 'P' {
				_, err = io.WriteString(c, text(10_000))
			}
		})
		select {
		case err := <-told:
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("got %v, want that the time was over", err)
			}
		case <-time.After(watchdog):
			t.Error("it goes on for ever")
		}
		c.Close()
		both.Wait()
	}
}
