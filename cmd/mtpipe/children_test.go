//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a test waits for what happens at once unless something hangs.
const patience = time.Minute

// ended waits for a command, which is killed when it hangs, and returns its exit status.
func ended(t *testing.T, cmd *exec.Cmd) int {
	t.Helper()
	watchdog := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	if !watchdog.Stop() {
		t.Fatal("got a run that hangs, want it to end")
	}
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	t.Fatal(err)
	return -1
}

// result is what a run of the program left.
type result struct {
	stdout, stderr string
	names          string // the stage that a message has to name; "" for none
	code           int
}

// runProgram runs the program to its end with stdin on a pipe.
func runProgram(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	cmd := process(t, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	code := ended(t, cmd)
	return result{stdout: stdout.String(), stderr: stderr.String(), code: code}
}

// limitedCommand returns a run of the program that may have so many descriptors open.
func limitedCommand(t *testing.T, limit int, args ...string) *exec.Cmd {
	t.Helper()
	cmd := process(t, args...)
	sh := exec.Command("sh", append([]string{"-c", `ulimit -n "$0"; exec "$@"`, strconv.Itoa(limit), cmd.Path}, args...)...)
	sh.Env = cmd.Env
	return sh
}

func (r result) check(t *testing.T, want result) {
	t.Helper()
	if r != want {
		t.Errorf("got  %q, %q, %d\nwant %q, %q, %d", r.stdout, r.stderr, r.code, want.stdout, want.stderr, want.code)
	}
}

// alive reports whether a process runs. One that has ended and that nobody waits for does not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) == syscall.ESRCH {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return !errors.Is(err, os.ErrNotExist) && !errors.Is(err, syscall.ESRCH)
	}
	_, state, _ := bytes.Cut(stat, []byte(") "))
	return !bytes.HasPrefix(state, []byte("Z"))
}

// wantGone wants the processes whose numbers stand in the files to have ended, or to do so
// without a push.
func wantGone(t *testing.T, files ...string) {
	t.Helper()
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, f := range strings.Fields(string(text)) {
			pid, err := strconv.Atoi(f)
			if err != nil {
				t.Errorf("%s: got %q, want the number of a process", name, f)
				continue
			}
			for by := time.Now().Add(patience); alive(pid); time.Sleep(time.Millisecond) {
				if time.Now().After(by) {
					t.Errorf("%s: got a process that runs on, want it to have ended", name)
					_ = syscall.Kill(pid, syscall.SIGKILL)
					break
				}
			}
		}
	}
}

// started is a run of the program under way in a directory of its own.
type started struct {
	t      *testing.T
	cmd    *exec.Cmd
	dir    string
	stdin  io.WriteCloser
	stdout io.Closer
	out    *bufio.Reader // of stdout
	stderr messages
}

// messages is what a program writes to standard error, for several goroutines.
type messages struct {
	mu   sync.Mutex
	text []byte
}

func (m *messages) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.text = append(m.text, p...)
	return len(p), nil
}

func (m *messages) String() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return string(m.text)
}

// awaitMessage waits for a line on standard error with text in it, and returns it.
func (s *started) awaitMessage(text string) string {
	s.t.Helper()
	for by := time.Now().Add(patience); time.Now().Before(by); time.Sleep(time.Millisecond) {
		for line := range strings.Lines(s.stderr.String()) {
			if strings.Contains(line, text) && strings.HasSuffix(line, "\n") {
				return strings.TrimSuffix(line, "\n")
			}
		}
	}
	_ = s.cmd.Process.Kill()
	s.t.Fatalf("got %q on standard error, want a line with %q", s.stderr.String(), text)
	return ""
}

// start starts the program, with variables in its environment.
func start(t *testing.T, env []string, args ...string) *started {
	t.Helper()
	s := &started{t: t, cmd: process(t, args...), dir: t.TempDir()}
	s.begin(env...)
	return s
}

// begin starts the command.
func (s *started) begin(env ...string) {
	s.t.Helper()
	s.cmd.Dir, s.cmd.Env = s.dir, append(append(os.Environ(), "TMPDIR="+s.dir), env...)
	s.cmd.Stderr = &s.stderr
	s.stdin, _ = s.cmd.StdinPipe()
	out, _ := s.cmd.StdoutPipe()
	s.stdout, s.out = out, bufio.NewReader(out)
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
}

// wantLine wants a line of standard output.
func (s *started) wantLine(want string) {
	s.t.Helper()
	watchdog := time.AfterFunc(patience, func() { _ = s.cmd.Process.Kill() })
	defer watchdog.Stop()
	if got, err := s.out.ReadString('\n'); got != want+"\n" {
		_ = s.cmd.Process.Kill()
		s.t.Fatalf("got %q, %v, want %q", got, err, want)
	}
}

// end waits for the end and wants the rest of standard output.
func (s *started) end(code int, rest string) {
	s.t.Helper()
	read := make(chan string)
	go func() {
		b, _ := io.ReadAll(s.out)
		read <- string(b)
	}()
	var got string
	select {
	case got = <-read:
	case <-time.After(patience):
		_ = s.cmd.Process.Kill()
		s.t.Fatalf("got standard output that stays open, want it to end")
	}
	if c := ended(s.t, s.cmd); c != code {
		s.t.Errorf("got exit status %d, want %d; %s", c, code, s.stderr.String())
	}
	if got != rest {
		s.t.Errorf("got %q behind that, want %q", got, rest)
	}
	_ = s.stdin.Close()
}

// sleeper is a shell's command that tells its number in the file pids, does something and
// sleeps until it is ended.
func sleeper(do string) string { return "echo $$ >>pids; " + do + "exec sleep 1000" }

// TestExec_Early ends pipelines while programs run that would never end: all of them end.
func TestExec_Early(t *testing.T) {
	const forked = `(sh -c "echo \$\$ >>pids; exec sleep 1000") & sh -c "echo \$\$ >>pids; exec sleep 1000" & `
	for _, row := range []struct {
		name, text string
		code       int
		want       string
	}{
		{"the reader leaves", "sh '" + sleeper("echo a; ") + "' | head 1", 0, "a\n"},
		{"the reader leaves one that prints endlessly", "sh 'echo $$ >pids; exec yes' | head 1", 0, "y\n"},
		{"the reader leaves one in the middle", "repeat x | sh 'echo $$ >pids; cat' | head 2", 0, "x\nx\n"},
		{"the reader leaves one that reads and prints nothing", "sh '" + sleeper("echo a; ") + "' | sh 'echo $$ >>pids; exec cat' | head 1", 0, "a\n"},
		{"the program ends while what is before it sleeps", "sh '" + sleeper("echo a; ") + "' | exec head -n 1", 0, "a\n"},
		{"the program ends without reading", "sh '" + sleeper("") + "' | sh 'until [ -s pids ]; do sleep 0.01; done; echo a'", 0, "a\n"},
		{"those that it has started", "sh '" + forked + "until [ \"$(wc -l <pids)\" = 2 ]; do sleep 0.01; done; echo a; wait' | head 1", 0, "a\n"},
		{"those that it has started, which ignore the signal TERM", "sh 'trap \"\" TERM; " + forked + "until [ \"$(wc -l <pids)\" = 2 ]; do sleep 0.01; done; echo a; wait' --grace 0.1 | head 1", 0, "a\n"},
		{"those that ignore it, when the first one has ended", "sh 'sh -c \"trap \\\"\\\" TERM; echo \\$\\$ >pids; echo a; exec sleep 1000\" & wait' --grace 0.1 | head 1", 0, "a\n"},
		{"another stage fails", "tee { sh '" + sleeper("") + "' } { sh 'until [ -s pids ]; do sleep 0.01; done; exit 3' }", 1, ""},
		{"in a block", "take_from a b | pmap { sh 'echo $$ >>pids; echo a; exec sleep 1000' } | head 1", 0, "a\n"},
		{"in many blocks, whose programs are just being started", "range 0 100 | pmap --jobs 50 { sh 'echo $$ >>pids; echo a; exec sleep 1000' } | head 1", 0, "a\n"},
		{"in a block, another block fails", "take_from a b | pmap { sh 'echo $$ >>pids; if [ \"$it\" = b ]; then exec sleep 1000; fi; until [ \"$(wc -l <pids)\" = 2 ]; do sleep 0.01; done; exit 3' }", 1, ""},
		{"in a block, another block fails first of all", "take_from a b | pmap --unordered { sh 'echo $$ >>pids; if [ \"$it\" = a ]; then exec sleep 1000; fi; until [ \"$(wc -l <pids)\" = 2 ]; do sleep 0.01; done; exit 3' }", 1, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := start(t, nil, row.text)
			s.end(row.code, row.want)
			wantGone(t, filepath.Join(s.dir, "pids"))
			wantOnly(t, s.dir, "pids")
		})
	}
}

// TestExec_Grace wants those that a program has started to have their time, too, when it has
// ended before them.
func TestExec_Grace(t *testing.T) {
	s := start(t, nil, `sh 'sh -c "trap \"sleep 0.2; echo done >result; exit\" TERM; echo a; while :; do sleep 0.01; done" & wait' --grace 1h | head 1`)
	s.end(0, "a\n")
	if got, err := os.ReadFile(filepath.Join(s.dir, "result")); string(got) != "done\n" {
		t.Errorf("got %q, %v, want what was done at the end", got, err)
	}
}

// TestExec_LastMessages wants what programs say while they end to be passed on.
func TestExec_LastMessages(t *testing.T) {
	s := start(t, nil, `sh 'trap "for i in 1 2 3; do echo bye \$i >&2; sleep 0.02; done; exit" TERM; echo a; while :; do sleep 0.01; done' --grace 1h | head 1`)
	s.end(0, "a\n")
	var got []string
	for line := range strings.Lines(s.stderr.String()) {
		if strings.Contains(line, "bye") { // a shell may tell how others have ended
			got = append(got, line)
		}
	}
	if want := "sh: bye 1\nsh: bye 2\nsh: bye 3\n"; strings.Join(got, "") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// wantOnly wants no files in the directory besides those.
func wantOnly(t *testing.T, dir string, names ...string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if !strings.Contains(" "+strings.Join(names, " ")+" ", " "+f.Name()+" ") {
			t.Errorf("got the file %s left, want none", f.Name())
		}
	}
}

// TestExec_Signals ends runs by signals: the program gets the first one too, and what it does
// then is worked off. The second one ends whatever is left.
func TestExec_Signals(t *testing.T) {
	const polite = `trap "echo bye; exit 5" INT TERM HUP; `
	const stubborn = `trap "echo got one >&2" INT TERM; `
	const busy = `while :; do sleep 0.01; done`
	for _, row := range []struct {
		name, text string
		signals    []syscall.Signal
		want       string // behind the first line
	}{
		{"one", "sh 'echo $$ >pids; echo a; exec sleep 1000'", []syscall.Signal{syscall.SIGINT}, ""},
		{"another one", "sh 'echo $$ >pids; echo a; exec sleep 1000'", []syscall.Signal{syscall.SIGTERM}, ""},
		{"in the middle", "repeat a --times 1 | sh 'echo $$ >pids; cat; exec sleep 1000' | upper | lower", []syscall.Signal{syscall.SIGINT}, ""},
		{"what it says then", "sh '" + polite + "echo $$ >pids; echo a; while :; do sleep 0.01; done'", []syscall.Signal{syscall.SIGHUP}, "bye\n"},
		{"in the middle, what it says then", "repeat a --times 1 | sh '" + polite + "echo $$ >pids; cat; while :; do sleep 0.01; done' | upper | lower", []syscall.Signal{syscall.SIGINT}, "bye\n"},
		{"those that it has started", "sh 'sh -c \"echo \\$\\$ >pids; exec sleep 1000\" & until [ -s pids ]; do sleep 0.01; done; echo a; wait'", []syscall.Signal{syscall.SIGTERM}, ""},
		{"one that is stopped", "sh 'echo $$ >pids; (until ps -o stat= -p $$ | grep -q T; do sleep 0.01; done; echo a) & kill -STOP $$; exec sleep 1000'", []syscall.Signal{syscall.SIGINT}, ""},
		{"one that ignores the first", "sh 'trap \"echo got one >&2\" INT; echo $$ >pids; echo a; " + busy + "'", []syscall.Signal{syscall.SIGINT, syscall.SIGINT}, ""},
		{"one that ignores all", "sh '" + stubborn + "echo $$ >pids; echo a; " + busy + "' --grace 0.1", []syscall.Signal{syscall.SIGTERM, syscall.SIGINT}, ""},
		{"one that ignores all, at one signal", "sh '" + stubborn + "echo $$ >pids; echo a; " + busy + "' --grace 0.1", []syscall.Signal{syscall.SIGTERM}, ""},
		{"one that ignores all for longer than the clean-up may take", "sh '" + stubborn + "echo $$ >pids; echo a; " + busy + "' --grace 1h", []syscall.Signal{syscall.SIGTERM, syscall.SIGINT}, ""},
		{"in blocks", "take_from 1 2 3 | pmap { sh 'echo $$ >>pids; until [ \"$(wc -l <pids)\" = 3 ]; do sleep 0.01; done; if [ $it = 1 ]; then echo a; fi; exec sleep 1000' }", []syscall.Signal{syscall.SIGINT}, ""},
		{"in blocks, those that ignore it", "take_from 1 2 3 | pmap { sh '" + stubborn + "echo $$ >>pids; until [ \"$(wc -l <pids)\" = 3 ]; do sleep 0.01; done; if [ $it = 1 ]; then echo a; fi; " + busy + "' --grace 0.1 }", []syscall.Signal{syscall.SIGINT, syscall.SIGINT}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, nil, row.text)
			s.wantLine("a")
			for i, sig := range row.signals {
				if i > 0 {
					s.awaitMessage("got one")
				}
				if err := s.cmd.Process.Signal(sig); err != nil {
					t.Error(err)
				}
			}
			s.end(128+int(row.signals[0]), row.want)
			wantGone(t, filepath.Join(s.dir, "pids"))
			wantOnly(t, s.dir, "pids")
		})
	}
}

// TestIgnoredSignals wants signals that whoever starts the program has it ignore to do nothing
// to it and to what it runs.
func TestIgnoredSignals(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGHUP, syscall.SIGINT} {
		cmd := process(t, "sh 'echo a; read line; echo $line; kill -"+strconv.Itoa(int(sig))+" $$; echo c'")
		s := &started{t: t, cmd: exec.Command("sh", append([]string{"-c", `trap "" HUP INT; exec "$0" "$@"`}, cmd.Args...)...), dir: t.TempDir()}
		s.begin()
		s.wantLine("a")
		if err := s.cmd.Process.Signal(sig); err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(s.stdin, "b\n")
		s.end(0, "b\nc\n")
	}
}

// TestExec_EndsAtOnce ends runs whose programs take no signal that can be refused, by --timeout and by a
// second signal: nothing of them is left.
func TestExec_EndsAtOnce(t *testing.T) {
	stubborn := `trap "" TERM INT HUP; echo $$ >>pids; echo here; while :; do sleep 1; done`
	for _, text := range []string{"sh '" + stubborn + "'", "exec sh -c '" + stubborn + "'", "take_from 1 2 | pmap --jobs 2 { sh '" + stubborn + "' }"} {
		for _, timeout := range []bool{true, false} {
			args := []string{text}
			if timeout {
				args = []string{"--timeout", "2s", text}
			}
			s := start(t, nil, args...)
			s.wantLine("here")
			if !timeout {
				_ = s.cmd.Process.Signal(syscall.SIGTERM)
				_ = s.cmd.Process.Signal(syscall.SIGINT)
			}
			ended(t, s.cmd)
			wantGone(t, filepath.Join(s.dir, "pids"))
		}
	}
}
