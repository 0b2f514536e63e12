package web_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/microthread/web"
)

// TestServePanics wants panics in the log, but not that which only ends the answer.
func TestServePanics(t *testing.T) {
	var said bytes.Buffer
	s := startServing(t, &web.Server{ErrorLog: log.New(&said, "", 0), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/abort":
			panic(http.ErrAbortHandler)
		case "/panic":
			panic(errTest)
		case "/twice":
			w.WriteHeader(200)
			w.WriteHeader(500)
		}
	})})
	for _, test := range []struct{ path, want string }{
		{"/abort", ""}, {"/fine", ""}, {"/panic", "http: panic serving 127.0.0.1:"}, {"/twice", "http: superfluous response.WriteHeader call from mtpipe/microthread/web_test.TestServePanics"},
	} {
		talk(t, s.address, "GET "+test.path+" HTTP/1.1\r\nHost: x\r\n\r\n")
		got := ""
		s.in(func() { got = said.String(); said.Reset() })
		if !strings.HasPrefix(got, test.want) || test.want == "" && got != "" {
			t.Errorf("%s: got the log %q, want %q", test.path, got, test.want)
		}
		if test.path == "/panic" && (!strings.Contains(got, errTest.Error()) || !strings.Contains(got, "handler_test.go")) {
			t.Errorf("got the log %q, want the panic with its stack", got)
		}
	}
}

// TestJ4_HandlerElsewhere has handlers that use what is theirs in another goroutine and in
// another thread, and afterwards.
func TestJ4_HandlerElsewhere(t *testing.T) {
	var kept http.ResponseWriter
	var keptRequest *http.Request
	use := func(w http.ResponseWriter, r *http.Request) error {
		w.WriteHeader(500)
		_, err1 := io.WriteString(w, "elsewhere")
		_, err2 := r.Body.Read(make([]byte, 1))
		_, err3 := io.Copy(w, strings.NewReader("elsewhere"))
		c := http.NewResponseController(w)
		_, _, err4 := c.Hijack()
		for _, err := range []error{err1, err2, err3, err4, c.Flush(), c.SetReadDeadline(time.Now()), c.SetWriteDeadline(time.Now()), c.EnableFullDuplex(), r.Body.Close()} {
			if !errors.Is(err, microthread.ErrOtherGoroutine) {
				return fmt.Errorf("got %v, want %w", err, microthread.ErrOtherGoroutine)
			}
		}
		return nil
	}
	s := startServing(t, &web.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t0 := web.Thread(r.Context())
		_, err := t0.Blocking(func() (any, error) { return nil, use(w, r) })
		if err == nil {
			task := microthread.StartInParallel(t0, func(*microthread.Thread) (int, error) { return 0, use(w, r) })
			_, err = task.Wait(t0)
		}
		kept, keptRequest = w, r
		fmt.Fprint(w, "here ", err)
	})})
	c := client(t)
	resp, err := c.Post(s.url(), "a/b", strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if string(body) != "here <nil>" || resp.StatusCode != 200 || err != nil {
		t.Errorf("got %q, %v, want here <nil>", body, err)
	}
	s.in(func() {}) // what the handler kept is here
	if err := use(kept, keptRequest); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if err := keptRequest.Context().Err(); err != context.Canceled {
		t.Errorf("got %v from the context afterwards, want that it has ended", err)
	}
}

// TestServeContext wants contexts that are made of a request's to end with it, and its values.
func TestServeContext(t *testing.T) {
	var ctxs []context.Context
	s := startServing(t, &web.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		late := r.Context()
		made, cancel := context.WithTimeout(late, time.Hour)
		_ = cancel
		value := context.WithValue(made, errTest, "value")
		ctxs = []context.Context{late, made, value}
		for i, ctx := range ctxs {
			_, ok := ctx.Value(http.ServerContextKey).(*http.Server)
			if web.Thread(ctx) != web.Thread(late) || !ok || ctx.Value(http.LocalAddrContextKey).(net.Addr).String() != r.Host || ctx.Err() != nil {
				t.Errorf("context %d: got %v, %v, %v", i, web.Thread(ctx), ok, ctx.Err())
			}
		}
		if value.Value(errTest) != "value" || late.Value(errTest) != nil || r.RemoteAddr == "" {
			t.Errorf("got %v and %v", value.Value(errTest), late.Value(errTest))
		}
	})})
	fetch(t, client(t), s.url())
	if s.in(func() {}); len(ctxs) != 3 {
		t.Fatal("the handler was not called")
	}
	for i, ctx := range ctxs {
		select {
		case <-ctx.Done():
		case <-time.After(watchdog):
			t.Errorf("context %d does not end", i)
		}
		if ctx.Err() != context.Canceled {
			t.Errorf("context %d: got %v, want that it was cancelled", i, ctx.Err())
		}
	}
	if web.Thread(context.Background()) != nil {
		t.Error("got a thread from a context without one")
	}
}

// TestServeHangUp wants a request's context to end when the client goes, although the handler
// neither reads nor writes, and not before.
func TestServeHangUp(t *testing.T) {
	inside := make(chan error, 1)
	after := make(chan error, 1)
	s := startServing(t, &web.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inside <- r.Context().Err()
		_, _ = web.Thread(r.Context()).Blocking(func() (any, error) { <-r.Context().Done(); return nil, nil })
		after <- r.Context().Err()
	})})
	for range 2 { // the second uses the desk of the first
		c, err := net.Dial("tcp", s.address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if err := <-inside; err != nil {
			t.Errorf("got %v at first, want a context that has not ended", err)
		}
		c.Close()
		select {
		case err := <-after:
			if err != context.Canceled {
				t.Errorf("got %v, want that the context was cancelled", err)
			}
		case <-time.After(watchdog):
			t.Fatal("the context does not end")
		}
	}
}

// TestHijack has a handler that goes on with the connection in its own way.
func TestHijack(t *testing.T) {
	s := startServing(t, &web.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		if _, err := w.Write([]byte("a")); !errors.Is(err, http.ErrHijacked) {
			t.Errorf("got %v from a write, want %v", err, http.ErrHijacked)
		}
		for {
			line, err := rw.ReadString('\n')
			if err != nil {
				return
			}
			fmt.Fprint(rw, strings.ToUpper(line))
			rw.Flush()
		}
	})})
	if got, want := talk(t, s.address, "GET / HTTP/1.1\r\nHost: x\r\n\r\nhello\nworld\n"), "HELLO\nWORLD\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestConnState wants the states of connections told in their order.
func TestConnState(t *testing.T) {
	var states []string
	s := startServing(t, &web.Server{
		ConnState: func(c *microthread.Conn, state http.ConnState) { states = append(states, state.String()) },
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/hijack" {
				c, _, _ := w.(http.Hijacker).Hijack()
				c.Close()
			}
		})})
	for _, test := range []struct{ send, want string }{
		{"", "[new closed]"},
		{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "[new active idle closed]"},
		{"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "[new active closed]"},
		{"GET /hijack HTTP/1.1\r\nHost: x\r\n\r\n", "[new active hijacked]"},
	} {
		talk(t, s.address, test.send)
		got := ""
		s.await(t, "the end of a connection", func() bool {
			got = fmt.Sprint(states)
			return strings.HasSuffix(got, "closed]") || strings.HasSuffix(got, "hijacked]")
		})
		if got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
		s.in(func() { states = nil })
	}
}

// TestServeTooLate wants an answer that comes after its time not to be sent, though the client
// would take it at once.
func TestServeTooLate(t *testing.T) {
	told := make(chan error, 1)
	s := startServing(t, &web.Server{WriteTimeout: 10 * time.Millisecond, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		web.Thread(r.Context()).Sleep(20 * time.Millisecond)
		_, _ = io.WriteString(w, "late")
		told <- http.NewResponseController(w).Flush()
	})})
	if got := talk(t, s.address, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); got != "" {
		t.Errorf("got %q, want nothing", got)
	}
	if err := <-told; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v from a flush, want that the time was over", err)
	}
}
