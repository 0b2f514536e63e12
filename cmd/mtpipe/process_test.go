package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// process returns a run of the program as a process of its own.
func process(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	return processAs(t, "mtpipe", args...)
}

// processAs is process for a program that is called name.
func processAs(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.Symlink(self, path); err != nil {
		t.Fatal(err)
	}
	return exec.Command(path, args...)
}

// TestI3_Interrupt sends a signal to a pipeline that waits for more input: what it has read
// is worked off, and the exit status tells the signal.
func TestI3_Interrupt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("signals cannot be sent there")
	}
	cmd := process(t, "lines | log | count")
	stdin, _ := cmd.StdinPipe()
	stderr, _ := cmd.StderrPipe()
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	_, _ = io.WriteString(stdin, "one\ntwo\n")
	logged := bufio.NewReader(stderr)
	for range 2 { // the pipeline runs and holds no value back
		if _, err := logged.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	_ = cmd.Process.Signal(os.Interrupt)
	_, _ = io.Copy(io.Discard, logged)
	err := cmd.Wait()
	var exit *exec.ExitError
	if want := 128 + int(syscall.SIGINT); !errors.As(err, &exit) || exit.ExitCode() != want {
		t.Errorf("got %v, want exit status %d", err, want)
	}
	if got := stdout.String(); got != "2\n" {
		t.Errorf("got %q, want the count of what was read", got)
	}
}

// TestFirstOutput wants each line behind five stages before the next one is written: no
// stage holds a value back while its producer waits.
func TestFirstOutput(t *testing.T) {
	cmd := process(t, "lines | grep o | upper | field 1 | replace O 0")
	stdin, _ := cmd.StdinPipe()
	stdout, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(stdout)
	for range 5 {
		_, _ = io.WriteString(stdin, "one two\nnot this: \n")
		for _, want := range []string{"0NE\n", "N0T\n"} {
			if got, err := out.ReadString('\n'); got != want || err != nil {
				t.Fatalf("got %q, %v, want %q", got, err, want)
			}
		}
	}
	stdin.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// TestI3_InterruptWhileOpening interrupts a pipeline that waits for somebody to write a named
// pipe, and one with a pipeline behind the one that waits: that does not begin.
func TestI3_InterruptWhileOpening(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no named pipes there")
	}
	dir := t.TempDir()
	if out, err := exec.Command("mkfifo", filepath.Join(dir, "fifo")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd := process(t, "take_from begun | log; lines fifo; take_from later | write later")
	cmd.Dir = dir
	stderr, _ := cmd.StderrPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stderr).ReadString('\n'); line != "begun\n" || err != nil {
		t.Fatalf("got %q, %v, want begun", line, err)
	}
	_ = cmd.Process.Signal(os.Interrupt)
	_, _ = io.Copy(io.Discard, stderr)
	err := cmd.Wait()
	var exit *exec.ExitError
	if want := 128 + int(syscall.SIGINT); !errors.As(err, &exit) || exit.ExitCode() != want {
		t.Errorf("got %v, want exit status %d", err, want)
	}
	if _, err := os.Stat(filepath.Join(dir, "later")); err == nil {
		t.Error("got the file of a pipeline that was not to begin")
	}
}

// TestI3_TimeoutWithoutReader wants a run to be over although nobody reads its standard output,
// to which it has more to write than a pipe holds, and its exit status to say that it failed.
func TestI3_TimeoutWithoutReader(t *testing.T) {
	cmd := process(t, "--timeout", "20ms", "repeat x")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdout.Close()
	stderr, _ := cmd.StderrPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said, _ := io.ReadAll(stderr)
	if want := "mtpipe: timed out after 20ms\n"; string(said) != want {
		t.Errorf("got the message %q, want %q", said, want)
	}
	state, err := cmd.Process.Wait()
	if err != nil || state.ExitCode() != 1 {
		t.Errorf("got %v, %v, want exit status %d", state, err, 1)
	}
}
