package microthread_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mtpipe/microthread"
)

// listenOn returns a listener on the loopback address, or on a Unix socket.
func listenOn(t *testing.T, th *microthread.Thread, network string) *microthread.Listener {
	t.Helper()
	address := "127.0.0.1:0"
	if network == "unix" {
		address = filepath.Join(t.TempDir(), "s")
	}
	l, err := microthread.Listen(th, network, address)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestA8_Conn lets a server and a client talk, each a thread of one program.
func TestA8_Conn(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			big := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // more than socket buffers hold
			err := run(t, func(t0 *microthread.Thread) error {
				l := listenOn(t, t0, network)
				defer l.Close()
				server := microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) {
					c, err := l.Accept(t1)
					if err != nil {
						return 0, err
					}
					defer c.Close()
					all, err := io.ReadAll(c.On(t1))
					if err != nil {
						return 0, err
					}
					return len(all), c.Write(t1, all)
				})
				c, err := microthread.Dial(t0, network, l.Addr().String(), time.Minute)
				if err != nil {
					return err
				}
				defer c.Close()
				if err := c.Write(t0, big); err != nil {
					return err
				}
				if err := c.CloseWrite(); err != nil {
					return err
				}
				back, err := io.ReadAll(c.On(t0))
				if err != nil {
					return err
				}
				if n, err := server.Wait(t0); n != len(big) || err != nil {
					t.Errorf("got %d, %v from the server, want %d bytes", n, err, len(big))
				}
				if !bytes.Equal(back, big) {
					t.Errorf("got %d bytes back, want the %d that were sent", len(back), len(big))
				}
				return nil
			})
			wantErr(t, "run", err, nil)
		})
	}
}

// TestJ4_NetConn runs ordinary code over connections of threads.
func TestJ4_NetConn(t *testing.T) {
	cert := httptest.NewUnstartedServer(nil)
	cert.StartTLS() // for its certificate
	defer cert.Close()
	roots := cert.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	for _, test := range []struct {
		name           string
		server, client func(net.Conn) error
	}{
		{"J4 bufio", func(c net.Conn) error {
			r := bufio.NewReader(c)
			line, err := r.ReadString('\n')
			fmt.Fprintf(c, "you said %s", line)
			return err
		}, func(c net.Conn) error {
			fmt.Fprintln(c, "hello")
			return expect(c, "you said hello\n")
		}},
		{"J4 crypto/tls", func(c net.Conn) error {
			s := tls.Server(c, &tls.Config{Certificates: cert.TLS.Certificates})
			if _, err := fmt.Fprintln(s, "secret"); err != nil {
				return err
			}
			return s.CloseWrite()
		}, func(c net.Conn) error {
			return expect(tls.Client(c, &tls.Config{RootCAs: roots, ServerName: "example.com"}), "secret\n")
		}},
		{"J4 compress/gzip and encoding/json", func(c net.Conn) error {
			z := gzip.NewWriter(c)
			if err := json.NewEncoder(z).Encode(map[string]int{"n": 7}); err != nil {
				return err
			}
			return z.Close()
		}, func(c net.Conn) error {
			z, err := gzip.NewReader(c)
			if err != nil {
				return err
			}
			var got map[string]int
			if err := json.NewDecoder(z).Decode(&got); err != nil || got["n"] != 7 {
				return fmt.Errorf("got %v, %w, want n 7", got, err)
			}
			return nil
		}},
		{"J4 net/http", func(c net.Conn) error {
			req, err := http.ReadRequest(bufio.NewReader(c))
			if err != nil {
				return err
			}
			body, err := io.ReadAll(req.Body)
			if err != nil {
				return err
			}
			text := req.Method + " " + req.URL.Path + " " + string(body)
			return (&http.Response{StatusCode: 200, ProtoMajor: 1, ProtoMinor: 1, ContentLength: -1, Body: io.NopCloser(strings.NewReader(text))}).Write(c)
		}, func(c net.Conn) error {
			req, _ := http.NewRequest("POST", "http://example.com/p", strings.NewReader("data"))
			if err := req.Write(c); err != nil {
				return err
			}
			resp, err := http.ReadResponse(bufio.NewReader(c), req)
			if err != nil {
				return err
			}
			return expect(resp.Body, "POST /p data")
		}},
		{"J4 net/http, a handler, a connection that is kept", func(c net.Conn) error {
			mux := http.NewServeMux()
			mux.HandleFunc("POST /sum/{n}", func(w http.ResponseWriter, r *http.Request) {
				n, err := io.Copy(io.Discard, r.Body)
				fmt.Fprintf(w, "%s bytes: %d %v", r.PathValue("n"), n, err)
			})
			in := bufio.NewReader(c)
			for {
				req, err := http.ReadRequest(in)
				if err == io.EOF {
					return nil
				}
				if err != nil {
					return err
				}
				w := httptest.NewRecorder()
				mux.ServeHTTP(w, req)
				resp := w.Result()
				resp.ContentLength, resp.Close = int64(w.Body.Len()), req.Close
				if err := resp.Write(c); err != nil || req.Close {
					return err
				}
			}
		}, func(c net.Conn) error {
			in := bufio.NewReader(c)
			for i, size := range []int{0, 5, 300_000, 1} { // the third in chunks, and more than the sockets hold
				body := io.Reader(strings.NewReader(strings.Repeat("x", size)))
				if i == 2 {
					body = io.MultiReader(body)
				}
				req, err := http.NewRequest("POST", fmt.Sprintf("http://example.com/sum/%d", i), body)
				if err != nil {
					return err
				}
				req.Close = i == 3
				if err := req.Write(c); err != nil {
					return err
				}
				resp, err := http.ReadResponse(in, req)
				if err != nil {
					return err
				}
				if err := expect(resp.Body, fmt.Sprintf("%d bytes: %d <nil>", i, size)); err != nil {
					return err
				}
			}
			return expect(in, "")
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := run(t, func(t0 *microthread.Thread) error {
				l := listenOn(t, t0, "tcp")
				defer l.Close()
				g := microthread.NewGroup(t0)
				g.Go(func(t1 *microthread.Thread) error {
					c, err := l.Accept(t1)
					if err != nil {
						return err
					}
					defer c.Close()
					return test.server(c.On(t1))
				})
				g.Go(func(t1 *microthread.Thread) error {
					c, err := microthread.Dial(t1, "tcp", l.Addr().String(), time.Minute)
					if err != nil {
						return err
					}
					defer c.Close()
					return test.client(c.On(t1))
				})
				return g.Wait()
			})
			wantErr(t, "run", err, nil)
		})
	}
}

// expect reads r to its end and compares.
func expect(r io.Reader, want string) error {
	got, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if string(got) != want {
		return fmt.Errorf("got %q, want %q", got, want)
	}
	return nil
}

// TestJ4_OtherGoroutine uses a thread's connection and file from a goroutine that is not its.
func TestJ4_OtherGoroutine(t *testing.T) {
	err := run(t, func(t0 *microthread.Thread) error {
		l := listenOn(t, t0, "tcp")
		defer l.Close()
		c, err := microthread.Dial(t0, "tcp", l.Addr().String(), time.Minute)
		if err != nil {
			return err
		}
		defer c.Close()
		bound, file := c.On(t0), microthread.NewFile(os.Stderr).On(t0)
		calls := map[string]func() error{
			"read":           func() error { _, err := bound.Read(make([]byte, 1)); return err },
			"write":          func() error { _, err := bound.Write([]byte("x")); return err },
			"close":          bound.Close,
			"set a deadline": func() error { return bound.SetDeadline(time.Now()) },
			"write a file":   func() error { _, err := file.Write([]byte("x")); return err },
		}
		done := make(chan error)
		for name, call := range calls {
			go func() { done <- call() }()
			if err := <-done; !errors.Is(err, microthread.ErrOtherGoroutine) || !strings.Contains(err.Error(), "main") {
				t.Errorf("%s: got %v, want an error that names the thread", name, err)
			}
		}
		other := microthread.StartInParallel(t0, func(*microthread.Thread) (struct{}, error) {
			return struct{}{}, calls["write"]()
		})
		if _, err := other.Wait(t0); !errors.Is(err, microthread.ErrOtherGoroutine) {
			t.Errorf("another thread: got %v, want %v", err, microthread.ErrOtherGoroutine)
		}
		_, err = bound.Write([]byte("x"))
		return err
	})
	wantErr(t, "run", err, nil)
}

// TestA8_ConnErrors looks at connections that do not come about, wait too long or are closed.
func TestA8_ConnErrors(t *testing.T) {
	// pair returns two ends of a connection.
	pair := func(t0 *microthread.Thread, l *microthread.Listener) (a, b *microthread.Conn, err error) {
		if a, err = microthread.Dial(t0, "tcp", l.Addr().String(), time.Minute); err == nil {
			b, err = l.Accept(t0)
		}
		return a, b, err
	}
	for _, test := range []struct {
		name string
		do   func(t0 *microthread.Thread, l *microthread.Listener) error
		want error
	}{
		{"refused", func(t0 *microthread.Thread, l *microthread.Listener) error {
			address := l.Addr().String()
			l.Close()
			_, err := microthread.Dial(t0, "tcp", address, time.Minute)
			return err
		}, errRefused},
		{"a deadline", func(t0 *microthread.Thread, l *microthread.Listener) error {
			a, b, err := pair(t0, l)
			if err != nil {
				return err
			}
			defer b.Close()
			defer a.Close()
			a.SetDeadline(false, time.Now().Add(time.Millisecond))
			_, err = a.Read(t0, make([]byte, 1))
			return err
		}, os.ErrDeadlineExceeded},
		{"a deadline without a read", func(t0 *microthread.Thread, l *microthread.Listener) error {
			a, b, err := pair(t0, l)
			if err != nil {
				return err
			}
			defer b.Close()
			defer a.Close()
			a.SetDeadline(false, time.Now().Add(time.Millisecond))
			if err = a.AwaitReadable(t0); err == nil { // where that does not wait
				_, err = a.Read(t0, make([]byte, 1))
			}
			return err
		}, os.ErrDeadlineExceeded},
		{"a deadline set while a thread waits", func(t0 *microthread.Thread, l *microthread.Listener) error {
			a, b, err := pair(t0, l)
			if err != nil {
				return err
			}
			defer b.Close()
			defer a.Close()
			read := microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) { return a.Read(t1, make([]byte, 1)) })
			t0.Yield()
			a.SetDeadline(false, time.Now())
			_, err = read.Wait(t0)
			return err
		}, os.ErrDeadlineExceeded},
		{"closed while a thread reads", func(t0 *microthread.Thread, l *microthread.Listener) error {
			a, b, err := pair(t0, l)
			if err != nil {
				return err
			}
			defer b.Close()
			read := microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) { return a.Read(t1, make([]byte, 1)) })
			t0.Yield()
			a.Close()
			_, err = read.Wait(t0)
			return err
		}, net.ErrClosed},
		{"closed while a thread accepts", func(t0 *microthread.Thread, l *microthread.Listener) error {
			accept := microthread.StartInParallel(t0, func(t1 *microthread.Thread) (*microthread.Conn, error) { return l.Accept(t1) })
			t0.Yield()
			l.Close()
			_, err := accept.Wait(t0)
			return err
		}, net.ErrClosed},
		{"the other side resets", func(t0 *microthread.Thread, l *microthread.Listener) error {
			a, b, err := pair(t0, l)
			if err != nil {
				return err
			}
			defer a.Close()
			read := microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) { return a.Read(t1, make([]byte, 1)) })
			t0.Yield()
			b.Abandon()
			_, err = read.Wait(t0)
			return err
		}, errReset},
		{"the other side resets, and somebody asks before the read", func(t0 *microthread.Thread, l *microthread.Listener) error {
			a, b, err := pair(t0, l)
			if err != nil {
				return err
			}
			defer a.Close()
			b.Abandon()
			for by := time.Now().Add(time.Second); a.Alive() && time.Now().Before(by); {
				t0.Yield()
			}
			_, err = a.Read(t0, make([]byte, 1))
			return err
		}, errReset},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := run(t, func(t0 *microthread.Thread) error {
				l := listenOn(t, t0, "tcp")
				defer l.Close()
				return test.do(t0, l)
			})
			if !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// TestA9_Lock keeps the pieces together that several threads write with pauses between.
func TestA9_Lock(t *testing.T) {
	var lock microthread.Lock
	var out []string
	err := run(t, func(t0 *microthread.Thread) error {
		g := microthread.NewGroup(t0)
		for _, name := range []string{"a", "b", "c"} {
			g.Go(func(t1 *microthread.Thread) error {
				return lock.Together(t1, func() error {
					for range 3 {
						out = append(out, name)
						t1.Yield()
					}
					return lock.Together(t1, func() error { out = append(out, "."); return nil })
				})
			})
		}
		return g.Wait()
	})
	wantErr(t, "run", err, nil)
	if got := strings.Join(out, ""); got != "aaa.bbb.ccc." {
		t.Errorf("got %s, want each thread's pieces together, in the order in which they came", got)
	}
}

// TestA9_LockOfTerminated terminates the thread that holds a lock, and one that waits for it.
func TestA9_LockOfTerminated(t *testing.T) {
	var lock microthread.Lock
	var out []string
	err := run(t, func(t0 *microthread.Thread) error {
		hold := func(name string) func(*microthread.Thread) error {
			return func(t1 *microthread.Thread) error {
				return lock.Together(t1, func() error {
					out = append(out, name)
					t1.Sleep(time.Hour)
					return nil
				})
			}
		}
		first, second := microthread.NewGroup(t0), microthread.NewGroup(t0)
		first.Go(hold("first"))
		second.Go(hold("second"))
		t0.Yield()
		second.Cancel()
		first.Cancel()
		return lock.Together(t0, func() error { out = append(out, "main"); return nil })
	})
	wantErr(t, "run", err, nil)
	if got := strings.Join(out, " "); got != "first main" {
		t.Errorf("got %s, want first main", got)
	}
}

// TestA9_LockInReports names the one that holds a lock now, not when it was waited for.
func TestA9_LockInReports(t *testing.T) {
	var lock microthread.Lock
	var never microthread.Cond
	err := run(t, func(t0 *microthread.Thread) error {
		for _, name := range []string{"a", "b", "c"} {
			microthread.StartAndForget(t0, func(t1 *microthread.Thread) error {
				return lock.Together(t1, func() error {
					if t1.Yield(); name == "b" {
						never.Wait(t1, "waiting for nothing at all")
					}
					return nil
				})
			}, microthread.Named(name))
		}
		return nil
	})
	const want = "b is waiting for nothing at all; c is waiting for a lock, which b holds"
	if err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}
