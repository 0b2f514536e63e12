//go:build unix

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestI3_SocketServer ends servers by a signal: what has come is answered, and the connections
// are closed.
func TestI3_SocketServer(t *testing.T) {
	for _, network := range networks {
		for _, block := range []string{"{ upper }", "{ take_from hello; upper }", "{ lower | sh 'while read x; do echo $x; done' | upper }"} {
			t.Run(network+" "+block, func(t *testing.T) {
				s := serve(t, network, block)
				var talking, fresh, silent []net.Conn
				var readers []*bufio.Reader
				for range 20 {
					silent, fresh = append(silent, s.dial()), append(fresh, s.dial())
					c := s.dial()
					talking = append(talking, c)
					say(t, c, "a\n", false)
					r := bufio.NewReader(c)
					readers = append(readers, r)
					if strings.Contains(block, "hello") {
						wantAnswer(t, r, "hello")
					}
					wantAnswer(t, r, "A") // those before it were accepted, too
				}
				for i := range talking {
					say(t, talking[i], "b\nc\nd\nhalf", false)
					say(t, fresh[i], "e\n", false)
				}
				_ = s.cmd.Process.Signal(syscall.SIGTERM)
				hello := ""
				if strings.Contains(block, "hello") {
					hello = "hello\n"
				}
				for i := range talking {
					wantRest(t, readers[i], "B\nC\nD\n")
					wantRest(t, fresh[i], hello+"E\n")
					wantRest(t, silent[i], hello)
				}
				s.end(143, "")
				wantOnly(t, s.dir)
				if told := s.told(); told != "" {
					t.Errorf("got %q on standard error, want nothing", told)
				}
				if c, err := net.Dial(network, s.address); err == nil {
					c.Close()
					t.Error("got a connection behind the end, want none")
				}
			})
		}
	}
}

// TestI3_SocketServerBusy ends a server while the other side sends without an end.
func TestI3_SocketServerBusy(t *testing.T) {
	s := serve(t, "tcp", "{ lines }")
	c := s.dial()
	r := bufio.NewReader(c)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			if _, err := io.WriteString(c, "a\n"); err != nil {
				return
			}
		}
	}()
	wantAnswer(t, r, "a")
	_ = s.cmd.Process.Signal(syscall.SIGINT)
	_, _ = io.Copy(io.Discard, r)
	s.end(130, "")
	c.Close()
	<-done
}

// TestI3_SocketServerSecond ends servers at once by a second signal.
func TestI3_SocketServerSecond(t *testing.T) {
	for _, network := range networks {
		s := serve(t, network, "{ sh 'trap \"\" INT; echo $$; exec sleep 1000' }")
		c := s.dial()
		r := bufio.NewReader(c)
		say(t, c, "a\n", false)
		pid, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(s.dir, "pids"), []byte(pid), 0o600); err != nil {
			t.Fatal(err)
		}
		_ = s.cmd.Process.Signal(syscall.SIGINT)
		s.awaitDrain()
		_ = s.cmd.Process.Signal(syscall.SIGINT)
		_, _ = io.Copy(io.Discard, r)
		s.end(130, "")
		wantGone(t, filepath.Join(s.dir, "pids"))
		wantOnly(t, s.dir, "pids")
	}
}

// awaitDrain waits until the server does not listen any more.
func (s *server) awaitDrain() {
	s.t.Helper()
	for by := time.Now().Add(patience); time.Now().Before(by); time.Sleep(time.Millisecond) {
		c, err := net.Dial(s.network, s.address)
		if err != nil {
			return
		}
		_ = c.Close()
	}
	_ = s.cmd.Process.Kill()
	s.t.Fatal("got a server that listens on behind a signal")
}

// TestSocketServer_Address wants what is said of addresses that are in use, and sockets that
// were left behind to be replaced.
func TestSocketServer_Address(t *testing.T) {
	first := serve(t, "tcp", "{ lines }")
	if !strings.HasPrefix(first.address, "127.0.0.1:") || strings.HasSuffix(first.address, ":0") {
		t.Errorf("got the address %s, want one with a port", first.address)
	}
	runProgram(t, "", "tcp_listen "+first.address+" { lines }").
		check(t, result{stderr: "mtpipe: 1: tcp_listen: " + first.address + ": address already in use\n", code: 1})
	first.stop()

	live := serve(t, "unix", "{ lines }")
	runProgram(t, "", "unix_listen "+live.address+" { lines }").
		check(t, result{stderr: "mtpipe: 1: unix_listen: " + live.address + ": address already in use\n", code: 1})
	c := live.dial()
	say(t, c, "a\n", true)
	wantRest(t, c, "a\n")
	live.stop()

	dir := t.TempDir()
	for name, make := range map[string]func(path string) error{
		"file":      func(path string) error { return os.WriteFile(path, []byte("precious"), 0o600) },
		"directory": func(path string) error { return os.Mkdir(path, 0o700) },
		"link":      func(path string) error { return os.Symlink(filepath.Join(dir, "file"), path) },
	} {
		path := filepath.Join(dir, name)
		if err := make(path); err != nil {
			t.Fatal(err)
		}
		before, _ := os.Lstat(path)
		runProgram(t, "", "unix_listen "+path+" { lines }").
			check(t, result{stderr: "mtpipe: 1: unix_listen: " + path + ": address already in use\n", code: 1})
		if after, err := os.Lstat(path); err != nil || after.Mode() != before.Mode() || after.Size() != before.Size() {
			t.Errorf("%s: got %v, %v, want it as it was", name, after, err)
		}
	}
	runProgram(t, "", "unix_listen /no/such/socket { lines }").
		check(t, result{stderr: "mtpipe: 1: unix_listen: /no/such/socket: no such file or directory\n", code: 1})

	killed := serve(t, "unix", "{ lines }")
	_ = killed.cmd.Process.Kill()
	_ = killed.cmd.Wait()
	again := start(t, nil, "unix_listen "+killed.address+" { upper }")
	again.awaitMessage("listening on " + killed.address)
	c = killed.dial()
	say(t, c, "a\n", true)
	wantRest(t, c, "A\n")
	_ = again.cmd.Process.Signal(syscall.SIGINT)
	again.end(130, "")
	wantOnly(t, killed.dir)
}

// TestSocketServer_Full has too few descriptors for all who come.
func TestSocketServer_Full(t *testing.T) {
	const clients, limit = 200, 40
	for _, network := range networks {
		t.Run(network, func(t *testing.T) {
			s := startLimited(t, limit, network, "{ upper }")
			var wg sync.WaitGroup
			for i := range clients {
				wg.Go(func() {
					c, err := net.Dial(network, s.address)
					for ; network == "unix" && err != nil; c, err = net.Dial(network, s.address) { // its queue is full
						runtime.Gosched()
					}
					if err != nil {
						t.Error(err)
						return
					}
					defer c.Close()
					_ = c.SetDeadline(time.Now().Add(patience))
					say(t, c, fmt.Sprintf("line %d\n", i), false)
					r := bufio.NewReader(c)
					wantAnswer(t, r, fmt.Sprintf("LINE %d", i))
					half(c)
					wantRest(t, r, "")
				})
			}
			s.awaitMessage("no descriptor is left")
			wg.Wait()
			if n := strings.Count(s.stderr.String(), "no descriptor is left"); n != 1 {
				t.Errorf("got told %d times that no descriptor is left, want once", n)
			}
			s.stop()
		})
		t.Run(network+" fail", func(t *testing.T) {
			s := startLimited(t, limit, network, "--on-full fail { upper }")
			var all []net.Conn
			for range limit {
				c, err := net.Dial(network, s.address)
				if err != nil {
					break
				}
				defer c.Close()
				all = append(all, c)
			}
			s.end(1, "")
			want := "mtpipe: 1: " + network + "_listen: no descriptor is left for another connection beside "
			if last := s.told(); !strings.HasPrefix(last, want) || strings.Count(last, "\n") != 1 {
				t.Errorf("got %q, want %q", last, want)
			}
			for _, c := range all {
				_ = c.SetDeadline(time.Now().Add(patience))
				_, err := io.Copy(io.Discard, c) // closed or reset
				if os.IsTimeout(err) {
					t.Error("got a connection that stays open behind the end")
				}
			}
		})
	}
}

// startLimited starts a server with a limit to its descriptors.
func startLimited(t *testing.T, limit int, network, tail string) *server {
	t.Helper()
	text := "tcp_listen 127.0.0.1:0 " + tail
	if network == "unix" {
		text = "unix_listen socket " + tail
	}
	s := &started{t: t, cmd: limitedCommand(t, limit, text), dir: t.TempDir()}
	s.begin()
	return listening(t, network, s)
}

// TestSocketServer_NobodyReads has other sides that take nothing while blocks put without an
// end: the server waits without work, and keeps little.
func TestSocketServer_NobodyReads(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("a process cannot be looked at there")
	}
	for _, network := range networks {
		for _, block := range []string{"{ repeat 0123456789 }", "{ head 1; repeat 0123456789 }", "{ exec yes }", "{ lines; repeat 0123456789 }"} {
			t.Run(network+" "+block, func(t *testing.T) {
				t.Parallel()
				s := serve(t, network, block)
				for range 20 {
					c := s.dial()
					say(t, c, "a\n", true) // it sends no more, but could read
				}
				s.awaitQuiet()
				status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
				if err != nil {
					t.Fatal(err)
				}
				_, peak, _ := bytes.Cut(status, []byte("VmHWM:"))
				if kb, err := strconv.Atoi(string(bytes.Fields(peak)[0])); err != nil || kb > 100<<10 {
					t.Errorf("got a peak of %d KB, %v, want less than 100 MB", kb, err)
				}
				_ = s.cmd.Process.Signal(syscall.SIGINT)
				s.awaitDrain()
				_ = s.cmd.Process.Signal(syscall.SIGINT)
				s.end(130, "")
			})
		}
	}
}

// awaitQuiet waits until the program takes no time of a processor.
func (s *started) awaitQuiet() {
	s.t.Helper()
	used := func() string {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
		if err != nil {
			s.t.Fatal(err)
		}
		_, fields, _ := strings.Cut(string(stat), ") ")
		f := strings.Fields(fields)
		return f[11] + " " + f[12]
	}
	last, same := used(), 0
	for by := time.Now().Add(patience); same < 10; {
		time.Sleep(30 * time.Millisecond)
		if now := used(); now == last {
			same++
		} else {
			last, same = now, 0
		}
		if time.Now().After(by) {
			_ = s.cmd.Process.Kill()
			s.t.Fatal("got a program that is always at work, want it to wait")
		}
	}
}
