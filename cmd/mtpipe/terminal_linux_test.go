package main

import (
	"bufio"
	"fmt"
	"os"
	"syscall"
	"testing"

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
			master, slave := terminal(t)
			s := &started{t: t, cmd: command(t, `sh 'echo ready; read line; echo "$line"'`), dir: t.TempDir()}
			s.cmd.Stdin = slave
			s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
			s.cmd.Dir, s.cmd.Stderr = s.dir, &s.stderr
			s.stdin = master
			out, _ := s.cmd.StdoutPipe()
			s.out = bufio.NewReader(out)
			if err := s.cmd.Start(); err != nil {
				t.Fatal(err)
			}
			s.wantLine("ready")
			if _, err := master.WriteString(row.key); err != nil {
				t.Error(err)
			}
			s.end(row.code, row.want)
		})
	}
}
