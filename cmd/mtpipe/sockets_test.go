//go:build unix

package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// peer is a server on the loopback address, or on a Unix socket, whose connections the test
// serves.
func peer(t *testing.T, network string, serve func(c net.Conn)) (address string) {
	t.Helper()
	address = "127.0.0.1:0"
	if network == "unix" {
		address = filepath.Join(t.TempDir(), "s")
	}
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.SetDeadline(time.Now().Add(patience))
			serve(c)
			_ = c.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return l.Addr().String()
}

// drain reads to the end.
func drain(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// half closes a connection for sending.
func half(c net.Conn) { _ = c.(interface{ CloseWrite() error }).CloseWrite() }

// TestSocketClient talks to servers of all kinds, by TCP and by Unix sockets.
func TestSocketClient(t *testing.T) {
	read := func(c net.Conn) string { b, _ := io.ReadAll(c); return string(b) }
	big := strings.Repeat("0123456789abcdef\n", 1<<18) // much more than sockets hold
	for _, row := range []struct {
		name, stdin, text string
		serve             func(c net.Conn)
		want              result
	}{
		{"answers behind the end", "a\nb\n", "NET ADDR", func(c net.Conn) { fmt.Fprintf(c, "got %q\n", read(c)) }, result{stdout: "got \"a\\nb\\n\"\n"}},
		{"nothing to send", "", "NET ADDR", func(c net.Conn) { fmt.Fprintf(c, "got %q\n", read(c)) }, result{stdout: "got \"\"\n"}},
		{"nothing comes", "a\n", "NET ADDR", func(c net.Conn) { read(c) }, result{}},
		{"the server ends first", "a\n", "NET ADDR", func(c net.Conn) { half(c); read(c) }, result{}},
		{"the server sends first", "", "NET ADDR", func(c net.Conn) { fmt.Fprintln(c, "hello"); half(c); read(c) }, result{stdout: "hello\n"}},
		{"the server sends first and reads then", "a\n", "NET ADDR", func(c net.Conn) { fmt.Fprintln(c, "hello"); fmt.Fprint(c, read(c)) }, result{stdout: "hello\na\n"}},
		{"bytes", "\x00\xff\r\n\nno end", "NET ADDR", func(c net.Conn) { _, _ = io.Copy(c, c) }, result{stdout: "\x00\xff\r\n\nno end"}},
		{"much both ways at once", big, "NET ADDR", func(c net.Conn) { _, _ = io.Copy(c, c) }, result{stdout: big}},
		{"much comes while nobody takes what goes", "", "repeat 0123456789 | NET ADDR", func(c net.Conn) { fmt.Fprint(c, big); half(c); drain(c) }, result{stdout: big}},
		{"the server ends without taking what goes", "", "repeat 0123456789 | NET ADDR", func(c net.Conn) { fmt.Fprint(c, big) }, result{stdout: big}},
		{"a request at a time", "", "take_from 1 2 3 | each { NET ADDR }", func(c net.Conn) { fmt.Fprintf(c, "<%s>\n", strings.TrimSpace(read(c))) }, result{stdout: "<1>\n<2>\n<3>\n"}},
		{"the reader leaves", "", "repeat a | NET ADDR | head 2", func(c net.Conn) { _, _ = io.Copy(c, c) }, result{stdout: "a\na\n"}},
		{"the reader leaves a server that is silent then", "a\n", "NET ADDR | head 1", func(c net.Conn) { fmt.Fprintln(c, "hello"); read(c); _, _ = c.Read(make([]byte, 1)) }, result{stdout: "hello\n"}},
		{"the server ends while what is before it sleeps", "", "sh 'echo a; exec sleep 1000' | NET ADDR", func(c net.Conn) {
			line, _ := bufio.NewReader(c).ReadString('\n')
			fmt.Fprint(c, "got "+line)
		}, result{stdout: "got a\n"}},
		{"the server resets", "a\n", "NET ADDR", func(c net.Conn) {
			read(c)
			fmt.Fprintln(c, "half")
			reset(c)
		}, result{stdout: "half\n", stderr: "mtpipe: 1: NET: ADDR: connection reset by peer\n", code: 1}},
		{"a line longer than it may be", "a\n", "NET --max-line 10 ADDR", func(c net.Conn) { fmt.Fprint(c, "short\n0123456789a"); drain(c) },
			result{stdout: "short\n", stderr: "mtpipe: 1: NET: line 2: a line is longer than 10 bytes; see --max-line\n", code: 1}},
		{"a line without end", "a\n", "NET --max-line 1M ADDR", func(c net.Conn) {
			for {
				if _, err := fmt.Fprint(c, "0123456789abcdef"); err != nil {
					return
				}
			}
		}, result{stderr: "mtpipe: 1: NET: line 1: a line is longer than 1048576 bytes; see --max-line\n", code: 1}},
		{"what is before it fails", "", "sh 'echo a; echo b; exit 3' | NET ADDR", func(c net.Conn) { // ends only when the client does
			if got := read(c); got != "a\nb\n" {
				t.Errorf("got %q from a client that fails, want what it had before", got)
			}
		}, result{stderr: "mtpipe: 1: sh: exit status 3\n", code: 1}},
		{"what is before it fails and the server goes on", "", "lines /no/such | NET ADDR", func(c net.Conn) {
			for {
				if _, err := fmt.Fprintln(c, "and on"); err != nil {
					return
				}
			}
		}, result{stdout: "*", stderr: "mtpipe: 1: lines: /no/such: no such file or directory\n", code: 1}},
	} {
		for _, network := range []string{"tcp", "unix"} {
			t.Run(network+", "+row.name, func(t *testing.T) {
				want := row.want
				switch {
				case row.name == "the server resets" && network == "unix":
					t.Skip("a Unix socket is not reset")
				case row.name == "the server ends without taking what goes" && network == "tcp": // which resets it
					want = result{stdout: "*", stderr: "mtpipe: 21: NET: ADDR: connection reset by peer\n", code: 1}
				}
				fill := strings.NewReplacer("NET", network, "ADDR", peer(t, network, row.serve))
				got := runProgram(t, row.stdin, fill.Replace(row.text))
				want.stderr = fill.Replace(want.stderr)
				if want.stdout == "*" {
					got.stdout = "*"
				}
				if got != want {
					t.Errorf("got  %.60q, %q, %d\nwant %.60q, %q, %d", got.stdout, got.stderr, got.code, want.stdout, want.stderr, want.code)
				}
			})
		}
	}
}

// reset closes a connection so that the other side sees an error.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}

// TestSocketClient_Errors wants what is said when there is nobody to talk to.
func TestSocketClient_Errors(t *testing.T) {
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := gone.Addr().String()
	gone.Close()
	full, address := fullListener(t)
	defer syscall.Close(full)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ name, text, want string }{
		{"refused", "tcp " + refused, "mtpipe: 1: tcp: " + refused + ": connection refused\n"},
		{"unknown host", "tcp no-such-host.invalid:1", "mtpipe: 1: tcp: no-such-host.invalid: there is no such host\n"},
		{"unknown port", "tcp 127.0.0.1:no-such-port", "mtpipe: 1: tcp: there is no port \"no-such-port\"\n"},
		{"unknown port to listen on", "tcp_listen 127.0.0.1:no-such-port { lines }", "mtpipe: 1: tcp_listen: there is no port \"no-such-port\"\n"},
		{"no address of the machine", "tcp_listen 192.0.2.1:0 { lines }", "mtpipe: 1: tcp_listen: 192.0.2.1:0: cannot assign requested address\n"},
		{"too long to connect", "tcp --connect-timeout 0.05 " + address, "mtpipe: 1: tcp: " + address + ": timed out\n"},
		{"no socket", "unix /no/such/socket", "mtpipe: 1: unix: /no/such/socket: no such file or directory\n"},
		{"a file that is no socket", "unix " + file, "mtpipe: 1: unix: " + file + ": connection refused\n"},
		{"while what is before it sleeps", "sh 'exec sleep 1000' | tcp " + refused, "mtpipe: 24: tcp: " + refused + ": connection refused\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := runProgram(t, "", row.text)
			if row.name == "unknown host" && strings.Contains(got.stderr, "no-such-host.invalid: ") && got.code == 1 {
				return // without a server for names there is another reason
			}
			got.check(t, result{stderr: row.want, code: 1})
		})
	}
	for _, row := range []struct{ name, text, want string }{
		{"no port", "tcp localhost", "5: tcp: address must be HOST:PORT, not \"localhost\""},
		{"no host", "tcp :80", "5: tcp: address must be HOST:PORT, not \":80\""},
		{"an empty port", "tcp localhost:", "5: tcp: address must be HOST:PORT, not \"localhost:\""},
		{"no path", "unix ''", "6: unix: path must not be empty"},
		{"no path to listen at", "unix_listen '' { lines }", "13: unix_listen: path must not be empty"},
		{"no port to listen on", "tcp_listen localhost { lines }", "must be HOST:PORT, not \"localhost\""},
		{"no such port", "tcp localhost:65536", "5: tcp: address has the port 65536, and the largest is 65535"},
		{"no such port to listen on", "tcp_listen :99999 { lines }", "12: tcp_listen: address has the port 99999, and the largest is 65535"},
		{"no block", "tcp_listen localhost:0", "list is missing"},
		{"a line of no length", "tcp_listen localhost:0 --max-line 0 { lines }", "--max-line must be at least 1, not 0"},
		{"no connections", "tcp_listen localhost:0 --max 0 { lines }", "--max must be at least 1, not 0"},
		{"neither to wait nor to fail", "tcp_listen localhost:0 --on-full x { lines }", "--on-full must be one of wait, fail, not \"x\""},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := runProgram(t, "", row.text); got.code != 2 || !strings.Contains(got.stderr, row.want) {
				t.Errorf("got %q, %d, want %s", got.stderr, got.code, row.want)
			}
		})
	}
}

// fullListener returns a socket whose queue of connections is full, so that connecting to it
// takes for ever.
func fullListener(t *testing.T) (fd int, address string) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fd)
		err = syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	}
	if err == nil {
		err = syscall.Listen(fd, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	sa, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	address = fmt.Sprintf("127.0.0.1:%d", sa.(*syscall.SockaddrInet4).Port)
	for range 10 { // until one has to wait
		c, err := net.DialTimeout("tcp", address, 100*time.Millisecond)
		if err != nil {
			return fd, address
		}
		t.Cleanup(func() { c.Close() })
	}
	t.Skip("the queue of a socket takes many here")
	return 0, ""
}

// TestI3_ConnectHangs interrupts a connect that nobody answers, though what is before it has
// ended.
func TestI3_ConnectHangs(t *testing.T) {
	full, address := fullListener(t)
	defer syscall.Close(full)
	s := start(t, nil, "take_from a | log | tcp --connect-timeout 1h "+address)
	s.awaitMessage("a")
	_ = s.cmd.Process.Signal(syscall.SIGINT)
	s.end(130, "")
}
