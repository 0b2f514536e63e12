//go:build unix

package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// server is a run of tcp_listen or unix_listen.
type server struct {
	*started
	network, address string
}

// serve starts a server of the network; tail is what stands behind the address.
func serve(t *testing.T, network, tail string) *server {
	t.Helper()
	text := "tcp_listen 127.0.0.1:0 " + tail
	if network == "unix" {
		text = "unix_listen socket " + tail
	}
	return listening(t, network, start(t, nil, text))
}

// listening waits until a server listens.
func listening(t *testing.T, network string, run *started) *server {
	t.Helper()
	line := run.awaitMessage("listening on ")
	_, address, _ := strings.Cut(line, "listening on ")
	if want := "mtpipe: " + network + "_listen: listening on " + address; line != want {
		t.Errorf("got %q, want %q", line, want)
	}
	if network == "unix" {
		address = filepath.Join(run.dir, address)
	}
	return &server{run, network, address}
}

// dial connects to the server.
func (s *server) dial() net.Conn {
	s.t.Helper()
	c, err := net.Dial(s.network, s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = c.SetDeadline(time.Now().Add(patience))
	s.t.Cleanup(func() { c.Close() })
	return c
}

// say sends text, and an end if it is the last that is to be sent.
func say(t *testing.T, c net.Conn, text string, last bool) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Error(err)
	}
	if last {
		half(c)
	}
}

// wantAnswer wants the next line of a connection.
func wantAnswer(t *testing.T, r *bufio.Reader, want string) {
	t.Helper()
	if got, err := r.ReadString('\n'); got != want+"\n" {
		t.Errorf("got %.40q, %v, want %.40q", got, err, want)
	}
}

// wantRest wants what is left to come on a connection.
func wantRest(t *testing.T, r io.Reader, want string) {
	t.Helper()
	if got, err := io.ReadAll(r); string(got) != want || err != nil {
		t.Errorf("got %.80q, %v, want %.80q and an end", got, err, want)
	}
}

// stop ends the server by a signal.
func (s *server) stop() {
	s.t.Helper()
	_ = s.cmd.Process.Signal(syscall.SIGINT)
	s.end(130, "")
	wantOnly(s.t, s.dir)
}

// told returns what the server has told besides the line that tells its address.
func (s *server) told() string {
	_, rest, _ := strings.Cut(s.stderr.String(), "\n")
	return rest
}

var networks = [...]string{"tcp", "unix"}

// TestSocketServer serves one connection after another.
func TestSocketServer(t *testing.T) {
	long := strings.Repeat("a line of some length\n", 1<<16)
	for _, row := range []struct{ name, tail, send, want string }{
		{"lines", "{ upper }", "a\nb\n", "A\nB\n"},
		{"what is told at the end", "{ count }", "a\nb\n", "2\n"},
		{"nothing comes", "{ count }", "", "0\n"},
		{"nothing comes, and the block sends first", "{ take_from hello }", "", "hello\n"},
		{"the block sends first and reads then", "{ take_from hello; upper }", "a\n", "hello\nA\n"},
		{"bytes", "{ lines }", "\x00\xff\r\n\nno end", "\x00\xff\r\n\nno end"},
		{"much", "{ lines }", long, long},
		{"a program", "{ exec tr a-z A-Z }", "a\nb\n", "A\nB\n"},
		{"a shell", "{ sh 'read x; echo $x.; cat' }", "a\nb\n", "a.\nb\n"},
		{"a definition", "{ def twice { map 'it + it' }; twice | twice }", "a\n", "aaaa\n"},
		{"records", "{ jsonl | map 'n + 1' }", "{\"n\":1}\n", "2\n"},
		{"copies are not made", "{ map 'it + 1' | filter 'it > 1' | sum }", "1\n2\n", "5\n"},
		{"blocks in blocks", "{ pmap { take_from $it $it } }", "a\nb\n", "a\na\nb\nb\n"},
		{"a block that wants no more", "{ head 1 }", long, "a line of some length\n"},
		{"a block that reads nothing", "{ take_from a b }", long, "a\nb\n"},
	} {
		for _, network := range networks {
			t.Run(network+", "+row.name, func(t *testing.T) {
				t.Parallel()
				s := serve(t, network, row.tail)
				for range 2 {
					c := s.dial()
					go func() { // it may not be taken
						_, _ = io.WriteString(c, row.send)
						half(c)
					}()
					wantRest(t, c, row.want)
					_ = c.Close()
				}
				s.stop()
				if told := s.told(); told != "" {
					t.Errorf("got %q on standard error, want nothing", told)
				}
			})
		}
	}
}

// TestSocketServer_It wants $it to be the address of the other side, or a number.
func TestSocketServer_It(t *testing.T) {
	for _, block := range []string{"{ take_from $it }", "{ exec echo {} }", "{ upper | map '$it' }", "{ sh 'cat >/dev/null; echo $it' }"} {
		s := serve(t, "tcp", block)
		for range 2 {
			c := s.dial()
			say(t, c, "a\n", true)
			wantRest(t, c, c.LocalAddr().String()+"\n")
		}
		s.stop()
		s = serve(t, "unix", block)
		first, second := s.dial(), s.dial()
		say(t, second, "a\n", true)
		wantRest(t, second, "connection 2\n")
		say(t, first, "a\n", true)
		wantRest(t, first, "connection 1\n")
		s.stop()
	}
}

// TestA4_SocketServer has a thousand connections at a time.
func TestA4_SocketServer(t *testing.T) {
	const connections = 1000
	for _, network := range networks {
		for _, block := range []string{"{ upper }", "{ take_from hello; upper }"} {
			t.Run(network+" "+block, func(t *testing.T) {
				s := serve(t, network, block)
				var all [connections]net.Conn
				var readers [connections]*bufio.Reader
				for i := range all {
					all[i] = s.dial()
					readers[i] = bufio.NewReader(all[i])
					if strings.Contains(block, "hello") {
						wantAnswer(t, readers[i], "hello")
					}
				}
				for range 2 {
					for i := range all {
						say(t, all[i], fmt.Sprintf("line %d\n", i), false)
					}
					for i := range all {
						wantAnswer(t, readers[i], fmt.Sprintf("LINE %d", i))
					}
				}
				for i := range all {
					half(all[i])
					wantRest(t, readers[i], "")
				}
				s.stop()
			})
		}
	}
}

// TestSocketServer_Errors wants an error in one connection to be told with its address, and
// the others to go on.
func TestSocketServer_Errors(t *testing.T) {
	for _, network := range networks {
		s := serve(t, network, "{ map 'it + 1' }")
		good, bad := s.dial(), s.dial()
		name := "connection 2"
		if network == "tcp" {
			name = bad.LocalAddr().String()
		}
		r := bufio.NewReader(good)
		say(t, good, "1\n", false)
		wantAnswer(t, r, "2")
		say(t, bad, "1\nx\n2\n", false)
		wantRest(t, bad, "2\n")
		want := regexp.MustCompile("^mtpipe: " + network + `_listen: ` + regexp.QuoteMeta(name) + `: \d+: map: line 2: "x" is not a number \(it\)$`)
		if line := s.awaitMessage("not a number"); !want.MatchString(line) {
			t.Errorf("got %q, want %s", line, want)
		}
		say(t, good, "2\n", true)
		wantRest(t, r, "3\n")
		if told := s.told(); strings.Count(told, "\n") != 1 {
			t.Errorf("got %q, want the error once", told)
		}
		s.stop()
	}
}

// TestSocketServer_Reset has other sides that break off.
func TestSocketServer_Reset(t *testing.T) {
	s := serve(t, "tcp", "{ upper }")
	silent, busy, good := s.dial(), s.dial(), s.dial()
	say(t, busy, "half a li", false)
	say(t, good, "a\n", false)
	r := bufio.NewReader(good)
	wantAnswer(t, r, "A")
	for _, c := range []net.Conn{silent, busy} {
		reset(c)
		want := "mtpipe: tcp_listen: " + c.LocalAddr().String() + ": connection reset by peer"
		if line := s.awaitMessage(c.LocalAddr().String()); line != want {
			t.Errorf("got %q, want %q", line, want)
		}
	}
	say(t, good, "b\n", true)
	wantRest(t, r, "B\n")
	s.stop()
}

// TestSocketServer_Max wants further connections to wait until one has ended.
func TestSocketServer_Max(t *testing.T) {
	for _, network := range networks {
		s := serve(t, network, "--max 2 { take_from hello; upper }")
		var all []net.Conn
		for range 5 {
			all = append(all, s.dial())
		}
		for i, c := range all {
			r := bufio.NewReader(c)
			wantAnswer(t, r, "hello")
			if i+2 < len(all) { // nobody has ended yet but those before
				_ = all[i+2].SetReadDeadline(time.Now().Add(20 * time.Millisecond))
				if n, err := all[i+2].Read(make([]byte, 1)); n != 0 || err == nil {
					t.Errorf("connection %d: got %d, %v, want it to wait", i+2, n, err)
				}
				_ = all[i+2].SetReadDeadline(time.Now().Add(patience))
			}
			say(t, c, "a\n", true)
			wantRest(t, r, "A\n")
			_ = c.Close()
		}
		s.stop()
	}
}

// TestSocketServer_MaxTime wants a connection to end when it has lasted for as long as it may,
// whatever comes and goes: each line is sent when the one before was answered, without end.
func TestSocketServer_MaxTime(t *testing.T) {
	for _, tail := range []string{"--max-time 0.2 --idle 1m { upper }", "--max-time 0.2 { take_from hello; upper }", "--max-time 0.2 { pmap { take_from $it | upper } }"} {
		for _, network := range networks {
			t.Run(network+", "+tail, func(t *testing.T) {
				t.Parallel()
				s := serve(t, network, tail)
				c := s.dial()
				var err error
				for r := bufio.NewReader(c); err == nil; {
					if _, err = io.WriteString(c, "a\n"); err == nil {
						_, err = r.ReadString('\n')
					}
				}
				if line := s.awaitMessage("lasted for "); !strings.HasSuffix(line, ": the connection lasted for 200ms") {
					t.Errorf("got %q", line)
				}
				s.stop()
			})
		}
	}
}

// TestSocketServer_MaxPeer wants an address to have as many connections as it may have, and another
// one when one of them has ended.
func TestSocketServer_MaxPeer(t *testing.T) {
	s := serve(t, "tcp", "--max-peer 2 { take_from hello; upper }")
	for range 3 {
		first, second := s.dial(), s.dial()
		wantAnswer(t, bufio.NewReader(first), "hello")
		wantAnswer(t, bufio.NewReader(second), "hello")
		for range 2 {
			third := s.dial()
			if n, err := third.Read(make([]byte, 1)); n != 0 || err == nil {
				t.Errorf("a third connection: got %d, %v, want it closed", n, err)
			}
		}
		for _, c := range []net.Conn{first, second} {
			half(c)
			wantRest(t, c, "")
			_ = c.Close()
		}
	}
	if line := s.awaitMessage("has 2 connections"); !strings.Contains(line, "127.0.0.1 has 2 connections, and further ones are closed") {
		t.Errorf("got %q", line)
	}
	s.stop()
}

// TestSocketServer_MaxLine wants a line that is too long to end its connection.
func TestSocketServer_MaxLine(t *testing.T) {
	for _, row := range []struct{ options, send, want, told string }{
		{"--max-line 10", "0123456789\n", "0123456789\n", ""},
		{"--max-line 10", "a\n0123456789a\nb\n", "a\n", "line 2: a line is longer than 10 bytes; see --max-line"},
		{"--max-line 10", "a\n0123456789a", "a\n", "line 2: a line is longer than 10 bytes; see --max-line"},
		{"--max-line 64K", strings.Repeat("x", 64<<10) + "\n", strings.Repeat("x", 64<<10) + "\n", ""},
		{"--max-line 64K", strings.Repeat("x", 64<<10+1) + "\n", "", "line 1: a line is longer than 65536 bytes; see --max-line"},
		{"", strings.Repeat("x", 3<<20), "", "line 1: a line is longer than 1048576 bytes; see --max-line"},
	} {
		s := serve(t, "tcp", row.options+" { lines }")
		c := s.dial()
		go func() {
			_, _ = io.WriteString(c, row.send)
			half(c)
		}()
		got, err := io.ReadAll(c) // with an error when not all was taken
		if string(got) != row.want || row.told == "" && err != nil {
			t.Errorf("%s: got %.40q, %v, want %.40q", row.options, got, err, row.want)
		}
		if row.told != "" {
			if line, want := s.awaitMessage("longer"), "mtpipe: tcp_listen: "+c.LocalAddr().String()+": "+row.told; line != want {
				t.Errorf("%s: got %q, want %q", row.options, line, want)
			}
		}
		s.stop()
	}
}

// TestSocketServer_FailsBehindAnswers wants all that a block has put before an error to arrive,
// also at a peer that sends on and reads later.
func TestSocketServer_FailsBehindAnswers(t *testing.T) {
	answers := strings.Repeat("0123456789abcde\n", 1<<14) // which connections hold
	for _, row := range []struct{ block, want, told string }{
		{"{ lines }", answers, "a line is longer than 20 bytes; see --max-line"},
		{"{ lines; take_from a | odd }", answers, "a line is longer than 20 bytes; see --max-line"},
		{"{ odd }", "", `odd: line 1: "0123456789abcde" is not a number`},
	} {
		s := serve(t, "tcp", "--max-line 20 "+row.block)
		c := s.dial()
		if _, err := io.WriteString(c, answers+strings.Repeat("x", 100_000)); err != nil {
			t.Errorf("%s: got %v, want all to be taken", row.block, err)
		}
		got, err := io.ReadAll(c)
		if string(got) != row.want || err != nil {
			t.Errorf("%s: got %d bytes, %v, want %d", row.block, len(got), err, len(row.want))
		}
		if line := s.awaitMessage(c.LocalAddr().String()); !strings.HasSuffix(line, row.told) {
			t.Errorf("%s: got %q, want %q", row.block, line, row.told)
		}
		_ = c.Close()
		s.stop()
	}
}

// TestSocketServer_Idle wants connections that do nothing to be closed.
func TestSocketServer_Idle(t *testing.T) {
	for _, row := range []struct{ name, tail, send, want, told string }{
		{"it never says anything", "--idle 0.05 { upper }", "", "", ""},
		{"half a line", "--idle 1 { upper }", "a\nb", "A\n", "nothing came for 1s"}, // time enough for the test to send it
		{"nothing behind a line", "--idle 1 { upper }", "a\n", "A\n", "nothing came for 1s"},
		{"the block has sent before", "--idle 0.05 { take_from hello; upper }", "", "hello\n", "nothing came for 50ms"},
		{"it takes nothing", "--idle 0.05 { repeat x }", "", "", "nothing was taken for 50ms"},
	} {
		for _, network := range networks {
			t.Run(network+", "+row.name, func(t *testing.T) {
				t.Parallel()
				s := serve(t, network, row.tail)
				c := s.dial()
				say(t, c, row.send, false)
				if !strings.Contains(row.tail, "repeat") {
					wantRest(t, c, row.want)
				}
				if row.told != "" {
					if line := s.awaitMessage("nothing "); !strings.HasSuffix(line, ": "+row.told) {
						t.Errorf("got %q, want %q", line, row.told)
					}
				}
				s.stop()
			})
		}
	}
}

// TestSocketServer_NotIdle wants connections that do little to go on.
func TestSocketServer_NotIdle(t *testing.T) {
	const idle, pauses = 2 * time.Second, 12
	for _, row := range []struct {
		name, tail string
		talk       func(t *testing.T, c net.Conn)
	}{
		{"a line byte for byte", "{ upper }", func(t *testing.T, c net.Conn) {
			for range pauses {
				say(t, c, "a", false)
				time.Sleep(idle / pauses * 3 / 2)
			}
			say(t, c, "\n", true)
			wantRest(t, c, strings.Repeat("A", pauses)+"\n")
		}},
		{"lines come back while none go", "{ sh 'read x; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo $i; sleep 0.25; done; cat' }", func(t *testing.T, c net.Conn) {
			say(t, c, "a\n", false)
			r := bufio.NewReader(c)
			for i := range pauses {
				wantAnswer(t, r, fmt.Sprint(i+1))
			}
			say(t, c, "b\n", true)
			wantRest(t, r, "b\n")
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, "tcp", "--idle "+idle.String()+" "+row.tail)
			row.talk(t, s.dial())
			s.stop()
			if told := s.told(); told != "" {
				t.Errorf("got %q, want nothing", told)
			}
		})
	}
}

// TestServerComputes wants a client that makes a session compute for ever to hold up no other.
func TestServerComputes(t *testing.T) {
	for name, stage := range map[string]string{
		"jq":            "jq 'if . == 2 then (def f: f; f) else . end'",
		"an expression": `map "it == 2 ? count(1..1000000, any(1..1000000, any(1..1000000, # < 0))) : it"`,
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, "tcp", "{ "+stage+" }")
			long := s.dial()
			say(t, long, "1\n", false)
			wantAnswer(t, bufio.NewReader(long), "1")
			say(t, long, "2\n", false)
			for range 3 {
				c := s.dial()
				say(t, c, "7\n", false)
				wantAnswer(t, bufio.NewReader(c), "7")
				c.Close()
			}
			long.Close()
			_ = s.cmd.Process.Signal(syscall.SIGINT)
			_ = s.cmd.Process.Signal(syscall.SIGTERM)
			_ = s.cmd.Wait()
		})
	}
}
