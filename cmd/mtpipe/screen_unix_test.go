//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// screen is a terminal of tmux with a program in it.
type screen struct {
	t      *testing.T
	tmux   string
	socket string
	env    []string
}

// screenLimit is how long a test waits for what is to be seen.
const screenLimit = time.Minute

// newScreen starts a program in a new terminal, with mtpipe in its PATH. The test is left out where
// a program is missing.
func newScreen(t *testing.T, width, height int, command ...string) *screen {
	t.Helper()
	tmux, err := exec.LookPath("tmux")
	if err != nil {
		t.Skip("tmux is not installed: ", err)
	}
	if _, err := exec.LookPath(command[0]); err != nil {
		t.Skipf("%s is not installed: %v", command[0], err)
	}
	bin := filepath.Dir(process(t).Path)
	s := &screen{t: t, tmux: tmux, socket: filepath.Join(t.TempDir(), "tmux")}
	s.env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "TMUX=", "HOME="+t.TempDir(), "LC_ALL=C.UTF-8", "TERM=xterm-256color")
	s.do(append([]string{"-f", os.DevNull, "new-session", "-d", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height), "--"}, command...)...)
	t.Cleanup(func() { _ = s.command("kill-server").Run() })
	return s
}

func (s *screen) command(args ...string) *exec.Cmd {
	cmd := exec.Command(s.tmux, append([]string{"-u", "-S", s.socket}, args...)...)
	cmd.Env = s.env
	return cmd
}

func (s *screen) do(args ...string) string {
	s.t.Helper()
	out, err := s.command(args...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("tmux %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// text returns what is on the screen, without blanks at the ends of lines.
func (s *screen) text() string {
	s.t.Helper()
	lines := strings.Split(s.do("capture-pane", "-p"), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// typed types text and waits until it is on the screen.
func (s *screen) typed(text, seen string) {
	s.t.Helper()
	s.do("send-keys", "-l", "--", text)
	s.wait(seen)
}

// press presses a key of tmux's name.
func (s *screen) press(key string) {
	s.t.Helper()
	s.do("send-keys", key)
}

// wait waits until the screen has the text.
func (s *screen) wait(want string) {
	s.t.Helper()
	if !s.sees(want, screenLimit) {
		s.t.Fatalf("got the screen\n%s\nwant in it %q", s.text(), want)
	}
}

// sees reports whether the screen has the text before the time is over.
func (s *screen) sees(want string, limit time.Duration) bool {
	s.t.Helper()
	for by := time.Now().Add(limit); ; time.Sleep(10 * time.Millisecond) {
		if strings.Contains(s.text(), want) {
			return true
		}
		if time.Now().After(by) {
			return false
		}
	}
}

// pressUntil presses the key, and again when nothing comes of it for a while: completion that has
// not looked at a file in time offers none of its fields.
func (s *screen) pressUntil(key, want string) {
	s.t.Helper()
	for by := time.Now().Add(screenLimit); time.Now().Before(by); {
		s.press(key)
		if s.sees(want, 5*time.Second) {
			return
		}
	}
	s.t.Fatalf("got the screen\n%s\nwant in it %q after %s", s.text(), want, key)
}
