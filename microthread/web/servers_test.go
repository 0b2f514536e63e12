package web_test

import (
	"bufio"
	"errors"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/microthread/web"
)

// sockets returns how many sockets the process has open, where the system tells.
func sockets() (n int) {
	files, _ := os.ReadDir("/proc/self/fd")
	for _, f := range files {
		if to, err := os.Readlink("/proc/self/fd/" + f.Name()); err == nil && strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}

// run runs main as a program, in which a client is closed at the end, and wants no socket to
// be left, once the test has closed its servers, and no error.
func run(t *testing.T, main func(*microthread.Thread, *web.Transport) error) {
	t.Helper()
	client := web.NewTransport()
	err := microthread.Run(func(t0 *microthread.Thread) error { return main(t0, client) })
	if cerr := client.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		t.Error(err)
	}
}

// leavesNoSocket checks, after all other clean-ups, that there are as many sockets as before.
func leavesNoSocket(t *testing.T) {
	t.Helper()
	before := sockets()
	t.Cleanup(func() {
		if after := sockets(); after > before {
			t.Errorf("got %d sockets at the end, want the %d of the beginning", after, before)
		}
	})
}

// serve starts a server for the length of the test. Opened is how many connections it took.
func serve(t *testing.T, start func(*httptest.Server), handle http.HandlerFunc) (srv *httptest.Server, opened *atomic.Int64) {
	t.Helper()
	leavesNoSocket(t)
	opened = new(atomic.Int64)
	srv = httptest.NewUnstartedServer(handle)
	srv.Config.ErrorLog = quiet()
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	start(srv)
	t.Cleanup(srv.Close)
	return srv, opened
}

// raw starts a server that runs talk for each connection, the first of which has number 1, and
// closes it when talk returns.
func raw(t *testing.T, talk func(c net.Conn, r *bufio.Reader, number int)) (address string) {
	t.Helper()
	leavesNoSocket(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var talks sync.WaitGroup
	var mu sync.Mutex
	var conns []net.Conn
	talks.Go(func() {
		for n := 1; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
			talks.Go(func() {
				talk(c, bufio.NewReader(c), n)
				c.Close()
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, c := range conns {
			c.Close()
		}
		mu.Unlock()
		talks.Wait()
	})
	return l.Addr().String()
}

// readRequest reads a request with its body and reports whether there was one.
func readRequest(r *bufio.Reader) (*http.Request, bool) {
	req, err := http.ReadRequest(r)
	if err != nil {
		return nil, false
	}
	_, err = io.Copy(io.Discard, req.Body)
	return req, err == nil
}

// do makes a request, whose body is one text or several that have no length together.
func do(t0 *microthread.Thread, c *web.Transport, method, text string, o web.Options, h http.Header, body ...string) (*http.Response, error) {
	u, err := web.ParseURL(text)
	if err != nil {
		return nil, err
	}
	var from io.Reader
	switch {
	case len(body) == 1:
		from = strings.NewReader(body[0])
	case len(body) > 1:
		from = io.MultiReader(strings.NewReader(body[0]), strings.NewReader(strings.Join(body[1:], "")))
	}
	return send(t0, c, method, u, o, h, from)
}

// send makes a request and returns errors without what http.Client puts before them.
func send(t0 *microthread.Thread, c *web.Transport, method string, u *url.URL, o web.Options, h http.Header, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequest(method, u.String(), body)
	if err != nil {
		return nil, err
	}
	r.URL = u
	maps.Copy(r.Header, h)
	if host := h.Get("Host"); host != "" {
		r.Host = host
	}
	resp, err := c.Client(t0, o).Do(r)
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// ask makes a request and returns the status and the body.
func ask(t0 *microthread.Thread, c *web.Transport, method, text string, o web.Options, body ...string) (status, got string, err error) {
	resp, err := do(t0, c, method, text, o, nil, body...)
	if err != nil {
		return "", "", err
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	return resp.Status, string(all), err
}

// quiet is the log of servers whose clients misbehave.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// watchdog is for what may hang when it is broken.
const watchdog = time.Minute
