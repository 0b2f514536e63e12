package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal returns the two sides of a new terminal.
func terminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { master.Close() })
	fd := descriptor(t, master)
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { slave.Close() })
	return master, slave
}

// startAtTerminal starts the program with a new terminal, which is its standard input.
func startAtTerminal(t *testing.T, text string) *started {
	t.Helper()
	master, slave := terminal(t)
	s := &started{t: t, cmd: process(t, text), dir: t.TempDir()}
	s.cmd.Stdin = slave
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	s.cmd.Dir, s.cmd.Stderr = s.dir, &s.stderr
	s.stdin = master
	out, _ := s.cmd.StdoutPipe()
	s.out = bufio.NewReader(out)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestExec_Terminal wants a program that has mtpipe's terminal to be able to read from it, and
// to be ended by its keys.
func TestExec_Terminal(t *testing.T) {
	for _, row := range []struct {
		name, key string
		code      int
		want      string
	}{
		{"a line", "hello\n", 0, "hello\n"},
		{"an end", "\x04", 0, "\n"},
		{"an interrupt", "\x03", 130, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := startAtTerminal(t, `sh 'echo ready; read line; echo "$line"'`)
			s.wantLine("ready")
			if _, err := io.WriteString(s.stdin, row.key); err != nil {
				t.Error(err)
			}
			s.end(row.code, row.want)
		})
	}
}

// TestExec_BehindTerminal has programs that are not to have mtpipe's terminal: those that read
// from it end with an error, and do not stop for ever.
func TestExec_BehindTerminal(t *testing.T) {
	const wants = "wants the terminal, which only a first stage without input has"
	for _, row := range []struct {
		name, text string
		code       int
		want, says string
	}{
		{"one with an input", "take_from a | sh 'cat; read line </dev/tty; echo b'", 1, "a\n", "mtpipe: 15: sh: " + wants + "\n"},
		{"one for a value", "take_from a | each { sh 'read line </dev/tty' }", 1, "", "mtpipe: 22: sh: " + wants + " (for \"a\")\n"},
		{"one that another has started", "take_from a | exec sh -c 'sh -c \"read line </dev/tty\"; echo b'", 1, "", "mtpipe: 15: exec: sh: " + wants + "\n"},
		{"one that does not end then", "take_from a | sh 'trap \"\" TERM; until read line </dev/tty; do :; done'", 1, "", "mtpipe: 15: sh: " + wants + "\n"},
		{"one that writes", "take_from a | sh 'cat; echo b >/dev/tty'", 0, "a\n", ""},
		{"one that is stopped otherwise", "take_from a | sh '(until ps -o stat= -p $$ | grep -q T; do sleep 0.01; done; kill -CONT $$) & kill -STOP $$; cat; wait'", 0, "a\n", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := startAtTerminal(t, row.text)
			s.end(row.code, row.want)
			if got := s.stderr.String(); got != row.says {
				t.Errorf("got %q, want %q", got, row.says)
			}
		})
	}
}

// TestInterruptSays wants the first Ctrl-C on a terminal to say what is being finished, and the
// second to end that at once; nothing stays of what was to be written.
func TestInterruptSays(t *testing.T) {
	master, slave := terminal(t)
	s := &started{t: t, cmd: process(t, `sh 'trap "" INT TERM; echo $$ > pid; echo ready >&2; while :; do sleep 0.02; done' | sort > out`), dir: t.TempDir()}
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr, s.cmd.Dir = slave, slave, slave, s.dir
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(master)
	slave.Close() // so that the terminal ends with the program
	watchdog := time.AfterFunc(patience, func() { _ = s.cmd.Process.Kill() })
	defer watchdog.Stop()
	await := func(want string) {
		t.Helper()
		for lines.Scan() {
			if strings.TrimSuffix(lines.Text(), "\r") == want {
				return
			}
		}
		t.Fatalf("got the end of what the terminal shows, want the line %q", want)
	}
	await("sh: ready")
	if _, err := io.WriteString(master, "\x03"); err != nil {
		t.Fatal(err)
	}
	await("mtpipe: interrupted: finishing sh, sort, write; Ctrl-C again ends at once")
	if _, err := io.WriteString(master, "\x03"); err != nil {
		t.Fatal(err)
	}
	if code := ended(t, s.cmd); code != 130 {
		t.Errorf("got the exit status %d, want 130", code)
	}
	wantGone(t, filepath.Join(s.dir, "pid"))
	if list, _ := os.ReadDir(s.dir); len(list) != 1 {
		t.Errorf("got %v in the directory, want the file pid alone", list)
	}
}
