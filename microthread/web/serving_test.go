package web_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/microthread/web"
)

// serving is a server of this package that runs as a program of its own.
type serving struct {
	*web.Server
	p       *microthread.Program
	address string
	ended   chan struct{}
	err     error // of the program; to be read when ended is closed
}

// startServing runs s until the end of the test, which wants it to end without an error and to
// leave no socket and no goroutine. With a TLSConfig, it speaks TLS.
func startServing(t *testing.T, s *web.Server) *serving {
	t.Helper()
	leavesNoSocket(t)
	before := runtime.NumGoroutine()
	r := &serving{Server: s, ended: make(chan struct{})}
	if s.ErrorLog == nil {
		s.ErrorLog = quiet()
	}
	ready := make(chan struct{})
	go func() {
		defer close(r.ended)
		r.err = microthread.Run(func(t0 *microthread.Thread) error {
			l, err := microthread.Listen(t0, "tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			r.p, r.address = t0.Program(), l.Addr().String()
			close(ready)
			if s.TLSConfig != nil {
				return s.ServeTLS(t0, l)
			}
			return s.Serve(t0, l)
		})
	}()
	select {
	case <-ready:
	case <-r.ended:
		t.Fatal(r.err)
	}
	t.Cleanup(func() {
		r.p.Post(r.p.Drain)
		r.wait(t)
		if r.err != nil {
			t.Errorf("got %v at the end of the server, want no error", r.err)
		}
		for by := time.Now().Add(watchdog); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
			if time.Now().After(by) {
				t.Errorf("got %d goroutines at the end, want the %d of the beginning", runtime.NumGoroutine(), before)
				break
			}
		}
	})
	return r
}

// wait waits for the end of the program.
func (r *serving) wait(t *testing.T) {
	t.Helper()
	select {
	case <-r.ended:
	case <-time.After(watchdog):
		t.Fatal("the server does not end")
	}
}

// in runs fn on the program's goroutine and waits for that.
func (r *serving) in(fn func()) {
	done := make(chan struct{})
	if r.p.Post(func() { fn(); close(done) }) {
		<-done
	}
}

// closes closes a transport that the server uses, before that ends.
func (r *serving) closes(t *testing.T, tr *web.Transport) {
	t.Cleanup(func() { r.in(func() { _ = tr.Close() }) })
}

func (r *serving) url() string { return "http://" + r.address }

// client returns one of net/http, whose connections the test closes.
func client(t *testing.T) *http.Client {
	tr := &http.Transport{MaxIdleConnsPerHost: 100}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: watchdog}
}

// talk sends text to address and no more, and returns what comes.
func talk(t *testing.T, address, text string) string {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(watchdog))
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	_ = c.(*net.TCPConn).CloseWrite()
	all, err := io.ReadAll(c)
	if err != nil && !strings.Contains(err.Error(), "reset") {
		t.Fatal(err)
	}
	return string(all)
}

// rawCase is a raw request and what handlers are to do with it.
type rawCase struct {
	name   string
	text   string // \n stands for \r\n
	handle http.HandlerFunc
	differ string // why the answers may differ, and how this one begins
}

func echoHandler(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusTeapot)
		return
	}
	w.Header().Set("X-Seen", r.Method+" "+r.RequestURI+" "+r.Host+" "+r.Proto)
	for _, k := range slices.Sorted(keysOf(r.Trailer)) {
		w.Header().Add("X-Trailer", k+"="+r.Trailer.Get(k))
	}
	_, _ = w.Write(body)
}

func keysOf(h http.Header) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range h {
			if !yield(k) {
				return
			}
		}
	}
}

func text(size int) string { return strings.Repeat("abcdefghi\n", size/10+1)[:size] }

// answers is an answer as it is compared: the status line, the lines of the header sorted and
// without the date, and the body without its chunks.
func answers(raw string) (list []string) {
	r := bufio.NewReader(strings.NewReader(raw))
	for {
		var head []string
		status, err := r.ReadString('\n')
		if err != nil {
			if status != "" {
				list = append(list, "rest: "+status)
			}
			return list
		}
		chunked, length := false, -1
		for {
			line, err := r.ReadString('\n')
			if err != nil || line == "\r\n" {
				break
			}
			name, value, _ := strings.Cut(strings.TrimSuffix(line, "\r\n"), ": ")
			switch name {
			case "Date":
				if _, err := time.Parse(http.TimeFormat, value); err == nil {
					line = "Date: one\r\n"
				}
			case "Transfer-Encoding":
				chunked = value == "chunked"
			case "Content-Length":
				length = number(value)
			}
			head = append(head, line)
		}
		slices.Sort(head)
		var body []byte
		switch {
		case strings.Contains(status, " 1"), strings.Contains(status, " 304"), strings.Contains(status, " 204"):
		case chunked:
			body = dechunk(r)
		case length >= 0:
			body = make([]byte, length)
			n, _ := io.ReadFull(r, body)
			body = body[:n]
		default:
			body, _ = io.ReadAll(r)
		}
		list = append(list, status+strings.Join(head, "")+"\r\n"+string(body))
	}
}

func number(s string) (n int) {
	for _, c := range s {
		n = 10*n + int(c-'0')
	}
	return n
}

// dechunk returns the body that comes in chunks, with its end and its trailers, sorted.
func dechunk(r *bufio.Reader) []byte {
	var body bytes.Buffer
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return append(body.Bytes(), "<no end>"...)
		}
		size := 0
		for _, c := range strings.TrimSpace(line) {
			size = size*16 + strings.IndexRune("0123456789abcdef", c)
		}
		if size == 0 {
			break
		}
		if _, err := io.CopyN(&body, r, int64(size)); err != nil {
			return append(body.Bytes(), "<no end>"...)
		}
		_, _ = r.Discard(2)
	}
	var trailers []string
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return append(body.Bytes(), "<no end>"...)
		}
		if line == "\r\n" {
			break
		}
		trailers = append(trailers, line)
	}
	slices.Sort(trailers)
	return append(body.Bytes(), "<end>"+strings.Join(trailers, "")...)
}

// TestJ4_RawRequests sends requests to a server of this package and to one of net/http, and
// wants the same answers.
func TestJ4_RawRequests(t *testing.T) {
	for _, c := range rawCases {
		t.Run(c.name, func(t *testing.T) {
			handle := c.handle
			if handle == nil {
				handle = echoHandler
			}
			theirs := httptest.NewUnstartedServer(handle)
			theirs.Config.ErrorLog, theirs.Config.MaxHeaderBytes = quiet(), 5000
			theirs.Start()
			defer theirs.Close()
			ours := startServing(t, &web.Server{Handler: handle, MaxHeaderBytes: 5000})
			request := strings.ReplaceAll(c.text, "\n", "\r\n")
			var got, want []string
			var both sync.WaitGroup
			both.Go(func() { want = answers(talk(t, theirs.Listener.Addr().String(), request)) })
			got = answers(talk(t, ours.address, request))
			both.Wait()
			if c.differ != "" {
				if len(got) == 0 || !strings.HasPrefix(strings.Join(got, ""), c.differ) || slices.Equal(got, want) {
					t.Errorf("got %q, want what begins with %q and is not that of net/http", got, c.differ)
				}
				return
			}
			if !slices.Equal(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

var errTest = errors.New("an error of the test")
