package main

import (
	"bytes"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestStreamsThatDoNotBlock gives pipes that a neighbour has set not to block: they are waited for,
// by programs, too.
func TestStreamsThatDoNotBlock(t *testing.T) {
	for _, row := range []struct{ pipeline, stdin, stdout, stderr string }{
		{"sort", "b\na\n", "a\nb\n", ""},
		{"exec cat", "b\na\n", "b\na\n", ""},
		{"seq 100000", "", countedTo(100000), ""},
		{"seq 50000 | log | null", "", "", countedTo(50000)},
		{"seq 50000 | exec cat", "", countedTo(50000), ""},
	} {
		var r, w [3]*os.File
		for i := range 3 {
			var fds [2]int
			if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
				t.Fatal(err)
			}
			r[i], w[i] = os.NewFile(uintptr(fds[0]), "read"), os.NewFile(uintptr(fds[1]), "write")
		}
		cmd := process(t, row.pipeline)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = r[0], w[1], w[2]
		for _, fd := range []uintptr{r[0].Fd(), w[1].Fd(), w[2].Fd()} { // Fd sets it to block
			if err := unix.SetNonblock(int(fd), true); err != nil {
				t.Fatal(err)
			}
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var stdout, stderr bytes.Buffer
		done := make(chan struct{}, 2)
		go func() { _, _ = io.Copy(&stdout, r[1]); done <- struct{}{} }()
		go func() { _, _ = io.Copy(&stderr, r[2]); done <- struct{}{} }()
		_, _ = io.WriteString(w[0], row.stdin)
		_ = w[0].Close()
		code := ended(t, cmd)
		for _, f := range []*os.File{r[0], w[1], w[2]} {
			_ = f.Close()
		}
		<-done
		<-done
		if code != 0 || stdout.String() != row.stdout || stderr.String() != row.stderr {
			t.Errorf("%s: got the status %d, %d bytes and %d bytes of messages, want 0, %d and %d", row.pipeline, code, stdout.Len(), stderr.Len(), len(row.stdout), len(row.stderr))
		}
	}
}

func countedTo(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strconv.Itoa(i + 1))
		b.WriteByte('\n')
	}
	return b.String()
}

// TestSocketsAsStreams gives one socket as standard input and output, whose other side reads, or has left.
func TestSocketsAsStreams(t *testing.T) {
	for _, row := range []struct {
		pipeline, want string
		leaves         bool
	}{
		{"sort", "a\nb\n", false},
		{"exec sort", "a\nb\n", false},
		{"seq 1000000", "", true},
		{"exec seq 1000000", "", true},
		{"every 10ms", "", true},
	} {
		pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		here, there := os.NewFile(uintptr(pair[0]), "here"), os.NewFile(uintptr(pair[1]), "there")
		cmd := process(t, row.pipeline)
		var stderr bytes.Buffer
		cmd.Stdin, cmd.Stdout, cmd.Stderr = there, there, &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		_ = there.Close()
		var got []byte
		if row.leaves {
			_ = here.Close()
		} else {
			_, _ = io.WriteString(here, "b\na\n")
			_ = syscall.Shutdown(pair[0], syscall.SHUT_WR)
			got, _ = io.ReadAll(here)
			_ = here.Close()
		}
		if code := ended(t, cmd); code != 0 || string(got) != row.want || stderr.Len() > 0 {
			t.Errorf("%s: got the status %d, %q and the messages %q, want 0 and %q", row.pipeline, code, got, stderr.String(), row.want)
		}
	}
}
