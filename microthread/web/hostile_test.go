package web_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/microthread/web"
)

// TestHostile asks servers that misbehave. Each request comes to an end, with an error that
// says why, in bounded memory.
func TestHostile(t *testing.T) {
	stall := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) } // until the client goes away
	reset := func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) }
	short := func(o *web.Options) { o.HeaderTimeout = 50 * time.Millisecond }
	for _, test := range []struct {
		name string
		set  func(*web.Options)
		talk func(c net.Conn)
		body string // what is read before the error
		want string // the error
	}{
		{"closes at once", nil, func(net.Conn) {}, "", "the server closed the connection without a response"},
		{"resets at once", nil, reset, "", "connection reset by peer"},
		{"says nothing", short, stall, "", "no response within 50ms"},
		{"half a header", nil, func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Le") }, "", "the server closed the connection within the header of the response"},
		{"half a header, and waits", short, func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Le"); stall(c) }, "", "no response within 50ms"},
		{"a header byte by byte", short, func(c net.Conn) {
			for err := error(nil); err == nil; time.Sleep(time.Millisecond) {
				_, err = fmt.Fprint(c, "A")
			}
		}, "", "no response within 50ms"},
		{"another protocol", nil, func(c net.Conn) { fmt.Fprint(c, "SSH-2.0-OpenSSH_9.6\r\n"); stall(c) }, "", `no HTTP response: malformed HTTP response "SSH-2.0-OpenSSH_9.6"`},
		{"another protocol, with much to say", nil, func(c net.Conn) { fmt.Fprintf(c, "%s\r\n", strings.Repeat("x", 100_000)); stall(c) }, "",
			`no HTTP response: malformed HTTP response "` + strings.Repeat("x", 80-len(`malformed HTTP response "`)) + "…"},
		{"control characters", nil, func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 200 OK\r\nA\x1b[31m\r\n\r\n") }, "", "no HTTP response: malformed MIME header: missing colon: \"A\\x1b[31m\""},
		{"an endless header", nil, func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 200 OK\r\nA: "); forever(c, "aaaaaaaaaaaaaaaa") }, "", "the header of the response is longer than 256 KB"},
		{"endless headers", nil, func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 200 OK\r\n"); forever(c, "A: b\r\n") }, "", "the header of the response is longer than 256 KB"},
		{"100,000 headers", nil, func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\n")
			for i := range 100_000 {
				if _, err := fmt.Fprintf(c, "X-%d: y\r\n", i); err != nil {
					return
				}
			}
			fmt.Fprint(c, "\r\n")
		}, "", "the header of the response is longer than 256 KB"},
		{"endless 100 Continue", nil, func(c net.Conn) { forever(c, "HTTP/1.1 100 Continue\r\n\r\n") }, "", "the header of the response is longer than 256 KB"},
		{"another protocol to go on with", nil, func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 101 Switching Protocols\r\n\r\n") }, "", "the response is 101 Switching Protocols, which makes no sense here"},
		{"two lengths", nil, func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd")
		}, "", `http: message cannot contain multiple Content-Length headers; got ["3" "4"]`},
		{"a length that is none", nil, func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabcd") }, "", `bad Content-Length "-3"`},
		{"too short a body", nil, func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabcd") }, "abcd", "the server closed the connection after 4 of 10 bytes"},
		{"a body that stops", func(o *web.Options) { o.IdleTimeout = 50 * time.Millisecond }, func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabcd"); stall(c) }, "abcd", "the connection was idle for 50ms"},
		{"a chunk that is cut", nil, func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab") }, "ab", "the body is not whole: the server closed the connection"},
		{"no last chunk", nil, func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n")
		}, "ab", "the body is not whole: the server closed the connection"},
		{"a chunk of no length", nil, func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nab\r\n")
		}, "", "invalid byte in chunk length"},
		{"endless trailers", nil, func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n")
			forever(c, "A: b\r\n")
		}, "ab", "http: suspiciously long trailer after chunked body"},
		{"an endless extension of a chunk", nil, func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;")
			forever(c, "aaaaaaaaaaaaaaaa")
		}, "", "header line too long"},
		{"an endless body", func(o *web.Options) { o.MaxSize = 1 << 20 }, func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\n\r\n")
			forever(c, strings.Repeat("a", 1000))
		}, "a…", "the body is larger than 1048576 bytes"},
		{"a large body, and says so", func(o *web.Options) { o.MaxSize = 1 << 20 }, func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
			forever(c, strings.Repeat("a", 1000))
		}, "", "the body is larger than 1048576 bytes"},
		{"a body that trickles", func(o *web.Options) { o.Timeout = 50 * time.Millisecond }, func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\n\r\n")
			for err := error(nil); err == nil; time.Sleep(time.Millisecond) {
				_, err = fmt.Fprint(c, "a")
			}
		}, "…", "not done within 50ms"},
		{"HTTP/1.0", nil, func(c net.Conn) { fmt.Fprint(c, "HTTP/1.0 200 OK\r\n\r\nall of it") }, "all of it", ""},
		{"no reason", nil, func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nab") }, "ab", ""},
		{"a body where none may be", nil, func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nab") }, "", ""},
		{"more than its length", nil, func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
		}, "ab", ""},
		{"chunks and a length", nil, func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 30\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n")
		}, "ab", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			address := raw(t, func(c net.Conn, r *bufio.Reader, _ int) {
				if _, ok := readRequest(r); ok {
					test.talk(c)
				}
			})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			run(t, func(t0 *microthread.Thread, c *web.Transport) error {
				o := web.Usual()
				if test.set != nil {
					test.set(&o)
				}
				for range 2 { // no connection is used again that must not be
					got, err := askAll(t0, c, "http://"+address, o)
					start, cut := strings.CutSuffix(test.body, "…")
					if cut && !strings.HasPrefix(got, start) || !cut && got != test.body {
						t.Errorf("got the body %.80q, want %q", got, test.body)
					}
					text := ""
					if err != nil {
						text = err.Error()
					}
					if text != test.want {
						t.Errorf("got error %q, want %q", text, test.want)
					}
				}
				return nil
			})
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20 {
				t.Errorf("got %d MB allocated, want less than 64", n>>20)
			}
		})
	}
}

// forever writes s until the client has gone.
func forever(c net.Conn, s string) {
	s = strings.Repeat(s, 4096/len(s))
	for {
		if _, err := io.WriteString(c, s); err != nil {
			return
		}
	}
}

// askAll is ask whose body is wanted though it ends with an error. A server that waits for the
// client to have the header is sent a byte.
func askAll(t0 *microthread.Thread, c *web.Transport, text string, o web.Options) (string, error) {
	resp, err := do(t0, c, "GET", text, o, nil)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var all strings.Builder
	_, err = io.Copy(&all, resp.Body)
	return all.String(), err
}

// TestUploads sends bodies to servers that do not want all of them.
func TestUploads(t *testing.T) {
	big := strings.Repeat("0123456789abcde\n", 1<<18) // more than buffers on the way hold
	short := func(o *web.Options) { o.HeaderTimeout, o.IdleTimeout = 50*time.Millisecond, 50*time.Millisecond }
	enough := make(chan struct{}) // has been sent to servers that do not read
	for _, test := range []struct {
		name         string
		set          func(*web.Options)
		talk         func(c net.Conn, r *bufio.Reader)
		body         []string
		status, want string
		err          string // the beginnings of errors that may come
	}{
		{"too large, and closes", nil, func(c net.Conn, r *bufio.Reader) {
			fmt.Fprint(c, "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
			_, _ = io.CopyN(io.Discard, r, 1<<20)
			_ = c.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, c)
		}, []string{"", big}, "413 Too Large", "no", ""},
		{"too large, and waits", nil, func(c net.Conn, r *bufio.Reader) {
			fmt.Fprint(c, "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
			_, _ = io.Copy(io.Discard, c)
		}, []string{"", big}, "413 Too Large", "no", ""},
		{"answers at once, and reads", nil, func(c net.Conn, r *bufio.Reader) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n")
			if _, ok := readRequest(r); ok {
				fmt.Fprint(c, "yes")
			}
		}, []string{"", big}, "200 OK", "yes", ""},
		{"says to go on, and reads then", nil, func(c net.Conn, r *bufio.Reader) {
			fmt.Fprint(c, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n")
			if req, ok := readRequest(r); ok {
				fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(req.Method), req.Method)
			}
		}, []string{"", big, big}, "200 OK", "POST", ""},
		{"says to go on without end, and does not read", short, func(c net.Conn, _ *bufio.Reader) {
			forever(c, "HTTP/1.1 100 Continue\r\n\r\n")
			<-enough
		}, []string{"", big, big}, "", "", "the connection was idle for 50ms|no response within 50ms"},
		{"never reads", short, func(net.Conn, *bufio.Reader) { <-enough }, []string{"", big, big}, "", "", "the connection was idle for 50ms"},
		{"never reads a body in memory", short, func(net.Conn, *bufio.Reader) { <-enough }, []string{big + big}, "", "", "the connection was idle for 50ms"},
		{"resets in the middle", nil, func(c net.Conn, r *bufio.Reader) {
			_, _ = io.CopyN(io.Discard, r, 1<<20)
			_ = c.(*net.TCPConn).SetLinger(0)
		}, []string{"", big, big}, "", "", "connection reset by peer|broken pipe"},
	} {
		t.Run(test.name, func(t *testing.T) {
			address := raw(t, func(c net.Conn, r *bufio.Reader, _ int) { test.talk(c, r) })
			run(t, func(t0 *microthread.Thread, c *web.Transport) error {
				o := web.Usual()
				if test.set != nil {
					test.set(&o)
				}
				status, got, err := ask(t0, c, "POST", "http://"+address, o, test.body...)
				if test.set != nil {
					enough <- struct{}{}
				}
				if status != test.status || got != test.want {
					t.Errorf("got %s, %q, want %s, %q", status, got, test.status, test.want)
				}
				if (err == nil) != (test.err == "") || err != nil && !strings.Contains("|"+test.err+"|", "|"+err.Error()+"|") {
					t.Errorf("got error %v, want %s", err, test.err)
				}
				return nil
			})
		})
	}
}

// TestAnswerToUnread has a server that answers and reads nothing. When the time for sending is
// up, its answer is what the request gives, if it was there by then: a server that comes late
// is given more time.
func TestAnswerToUnread(t *testing.T) {
	enough := make(chan struct{})
	address := raw(t, func(c net.Conn, _ *bufio.Reader, _ int) {
		fmt.Fprint(c, "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
		<-enough
	})
	body := strings.Repeat("x", 8<<20) // more than buffers on the way hold
	run(t, func(t0 *microthread.Thread, c *web.Transport) error {
		for limit := 20 * time.Millisecond; ; limit *= 4 {
			o := web.Usual()
			o.IdleTimeout = limit
			status, got, err := ask(t0, c, "POST", "http://"+address, o, body)
			enough <- struct{}{}
			if err != nil && limit < 10*time.Second {
				continue
			}
			if status != "413 Too Large" || got != "no" || err != nil {
				t.Errorf("got %s, %q, %v, want what the server has said", status, got, err)
			}
			return nil
		}
	})
}

// TestEarlyAnswer has a server that refuses a body when it has seen the beginning. The rest is
// not sent, and the connection not used again.
func TestEarlyAnswer(t *testing.T) {
	answered := make(chan struct{}, 2)
	address := raw(t, func(c net.Conn, r *bufio.Reader, _ int) {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		if _, err := io.ReadFull(req.Body, make([]byte, 5)); err != nil {
			return
		}
		fmt.Fprint(c, "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
		answered <- struct{}{}
		_, _ = io.Copy(io.Discard, r)
	})
	run(t, func(t0 *microthread.Thread, c *web.Transport) error {
		u, err := web.ParseURL("http://" + address)
		if err != nil {
			return err
		}
		o := web.Usual()
		o.HeaderTimeout = 5 * time.Second
		for range 2 {
			more := &pieces{wait: answered}
			resp, err := send(t0, c, "POST", u, o, nil, more)
			if err != nil {
				return err
			}
			if _, err := io.ReadAll(resp.Body); resp.StatusCode != 413 || err != nil {
				t.Errorf("got %s, %v, want 413", resp.Status, err)
			}
			resp.Body.Close()
			if more.n > manyPieces {
				t.Error("got all pieces sent, want an end when the answer is there")
				return nil
			}
		}
		return nil
	})
}

// manyPieces takes much longer to send than an answer to arrive.
const manyPieces = 1_000_000

// pieces is many pieces of a body. The second is not there before something has happened.
type pieces struct {
	wait chan struct{}
	n    int
}

func (p *pieces) Read(b []byte) (int, error) {
	if p.n++; p.n == 2 {
		<-p.wait
	}
	if p.n > manyPieces {
		return 0, io.EOF
	}
	return copy(b, "piece"), nil
}
