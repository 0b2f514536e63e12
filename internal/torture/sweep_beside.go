package torture

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// again calls f every few milliseconds until the run has ended.
func (s *sweeping) again(f func()) (end func()) {
	ctx, cancel := context.WithCancel(s.ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			f()
			select {
			case <-ctx.Done():
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	return func() { cancel(); wg.Wait() }
}

// touch changes the time of a file.
func (s *sweeping) touch() func() {
	return s.again(func() { _ = os.Chtimes(filepath.Join(s.dir, "a.csv"), time.Now(), time.Now()) })
}

// grow writes lines at the end of a file.
func (s *sweeping) grow() func() {
	return s.again(func() {
		f, err := os.OpenFile(filepath.Join(s.dir, "log.txt"), os.O_APPEND|os.O_WRONLY, 0)
		if err == nil {
			_, _ = io.WriteString(f, "more\n")
			_ = f.Close()
		}
	})
}

// echo answers with what comes, by TCP.
func (s *sweeping) echo() func() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return func() {}
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	return s.echoOn(l)
}

func (s *sweeping) echoUnix() func() {
	l, err := net.Listen("unix", filepath.Join(s.dir, "socket"))
	if err != nil {
		return func() {}
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	return s.echoOn(l)
}

func (s *sweeping) echoOn(l net.Listener) func() {
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				defer context.AfterFunc(s.ctx, func() { _ = c.Close() })()
				_, _ = io.Copy(c, c)
			})
		}
	})
	return func() { _ = l.Close(); wg.Wait() }
}

// web answers requests with three hundred lines.
func (s *sweeping) web() func() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, strings.Repeat("line\n", 300))
	}))
	s.port = server.Listener.Addr().(*net.TCPAddr).Port
	return func() { server.CloseClientConnections(); server.Close() }
}

// client talks to the server that the run is, and ends it.
func (s *sweeping) client() func() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return func() {}
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	return s.clientOf("tcp", l.Addr().String(), "LINE\n")
}

func (s *sweeping) clientUnix() func() {
	return s.clientOf("unix", filepath.Join(s.dir, "socket"), "line\n")
}

// clientOf sends lines until an answer is complete, three times at the most, and then ends the run.
func (s *sweeping) clientOf(network, address, line string) func() {
	const most = 3
	want := strings.Repeat(line, 100)
	tries, pid := 0, 0
	return s.again(func() {
		if pid == 0 {
			pid = <-s.pid
		}
		if tries < most {
			got, err := ask(network, address)
			if err != nil {
				return // it does not listen yet
			}
			if !strings.HasPrefix(want, got) {
				s.answer = fmt.Errorf("a client got %.100q", got)
			}
			if tries++; got == want {
				tries = most
			}
			return
		}
		if tries == most {
			_ = terminate(pid)
			tries++ // once: a second signal ends a run at once
		}
	})
}

// ask sends a hundred lines and returns the answer, as far as it came.
func ask(network, address string) (string, error) {
	c, err := net.Dial(network, address)
	if err != nil {
		return "", err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	_, _ = io.WriteString(c, strings.Repeat("line\n", 100))
	_ = c.(interface{ CloseWrite() error }).CloseWrite()
	got, _ := io.ReadAll(c)
	return string(got), nil
}
