package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// waiting starts a pipeline that has read two lines and waits for more. Read returns the next
// line of its standard error.
func waiting(t *testing.T, args ...string) (cmd *exec.Cmd, stdin io.Closer, read *bufio.Reader) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("signals cannot be sent there")
	}
	cmd = process(t, append(args, "lines | log | count")...)
	in, _ := cmd.StdinPipe()
	stderr, _ := cmd.StderrPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close() })
	read = bufio.NewReader(stderr)
	_, _ = io.WriteString(in, "one\ntwo\n")
	for range 2 {
		if _, err := read.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	return cmd, in, read
}

// TestI4_Quit wants SIGQUIT to show what a run is at, on all reactors, and the run to go on.
func TestI4_Quit(t *testing.T) {
	cmd, stdin, stderr := waiting(t, "-j", "1")
	_ = cmd.Process.Signal(syscall.SIGQUIT)
	var dump strings.Builder
	for !strings.Contains(dump.String(), "notifiers\n") {
		line, err := stderr.ReadString('\n')
		if dump.WriteString(line); err != nil {
			t.Fatalf("got %v after\n%s", err, dump.String())
		}
	}
	_ = stdin.Close()
	rest, _ := io.ReadAll(stderr)
	if err := cmd.Wait(); err != nil {
		t.Errorf("got %v, want the run to go on", err)
	}
	for _, want := range []string{"the main reactor: up ", "\n  lines (pipeline/", ", at count, ", "\n    log (pipeline/",
		" of 1 value; log writes, the pipeline reads\n", " of 1024 values; lines writes, log reads\n"} {
		if !strings.Contains(dump.String(), want) {
			t.Errorf("got\n%s%s\nwant %q in it", dump.String(), rest, want)
		}
	}
}

// TestI4_QuitTwice wants a second SIGQUIT soon after the first to be Go's own.
func TestI4_QuitTwice(t *testing.T) {
	cmd, _, stderr := waiting(t)
	all := make(chan []byte)
	go func() {
		text, _ := io.ReadAll(stderr)
		all <- text
	}()
	var text []byte
	for again := time.NewTicker(20 * time.Millisecond); text == nil; {
		_ = cmd.Process.Signal(syscall.SIGQUIT)
		select {
		case text = <-all:
		case <-again.C:
		}
	}
	err := cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 2 {
		t.Errorf("got %v, want exit status 2", err)
	}
	if !bytes.Contains(text, []byte("SIGQUIT: quit")) {
		t.Errorf("got\n%s\nwant Go's own words", text)
	}
}

// TestI4_FilesOfARun wants the trace and the profiles to be whole however the run ends.
func TestI4_FilesOfARun(t *testing.T) {
	for _, row := range []struct {
		name, pipeline string
		interrupt      bool
		status         int
	}{
		{"I4 a run", "range 1000 | head 10 | sort", false, 0},
		{"I4 that fails", "take_from 1 2 x | map 'it * 2' | sort", false, 1},
		{"I4 that is interrupted", "lines | log | count", true, 128 + int(syscall.SIGINT)},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			file := func(name string) string { return filepath.Join(dir, name) }
			flags := []string{"--trace", file("trace"), "--cpuprofile", file("cpu"), "--memprofile", file("mem")}
			var err error
			if row.interrupt {
				cmd, _, stderr := waiting(t, flags...)
				_ = cmd.Process.Signal(os.Interrupt)
				_, _ = io.Copy(io.Discard, stderr)
				err = cmd.Wait()
			} else {
				err = process(t, append(flags, row.pipeline)...).Run()
			}
			status := 0
			if exit := new(exec.ExitError); errors.As(err, &exit) {
				status = exit.ExitCode()
			}
			if status != row.status {
				t.Errorf("got %v, want exit status %d", err, row.status)
			}
			text, err := os.ReadFile(file("trace"))
			var events []map[string]any
			if err = errors.Join(err, json.Unmarshal(text, &events)); err != nil || len(events) < 10 {
				t.Errorf("got %v and %d events, want a whole trace", err, len(events))
			}
			for _, name := range []string{"cpu", "mem"} {
				if out, err := exec.Command("go", "tool", "pprof", "-raw", file(name)).CombinedOutput(); err != nil {
					t.Errorf("%s: got %v, want a whole profile:\n%s", name, err, out)
				}
			}
		})
	}
}

// TestI4_FilesThatCannotBeWritten wants the exit status and the message to say so, and the
// output to be there where the run has begun.
func TestI4_FilesThatCannotBeWritten(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full")
	}
	for _, flag := range []string{"--trace", "--cpuprofile", "--memprofile"} {
		for name, want := range map[string]string{"missing/file": "no such file or directory", "/dev/full": "no space left on device"} {
			cmd := process(t, flag, name, "range 3 | sum")
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.HasPrefix(stderr.String(), "mtpipe: ") || !strings.Contains(stderr.String(), want) {
				t.Errorf("%s %s: got %v and %q, want exit status 1 and %q", flag, name, err, stderr.String(), want)
			}
			if begun := name == "/dev/full"; begun != (string(out) == "3\n") {
				t.Errorf("%s %s: got the output %q", flag, name, out)
			}
		}
	}
}

// TestI4_FilesThatAreThere wants what an earlier run has written to be replaced, and all else to be
// left as it is: it might be what is read.
func TestI4_FilesThatAreThere(t *testing.T) {
	for _, flag := range []string{"--trace", "--cpuprofile", "--memprofile"} {
		file := filepath.Join(t.TempDir(), "file")
		for range 2 {
			if out, err := process(t, flag, file, "range 3 | sum").CombinedOutput(); err != nil || string(out) != "3\n" {
				t.Errorf("%s: got %v and %q, want an earlier file to be replaced", flag, err, out)
			}
		}
		for _, text := range []string{"a,b\n1,2\n", "[", "[\n"} {
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := process(t, flag, file, "csv "+file).CombinedOutput()
			if err == nil || !strings.Contains(string(out), "is not written over") {
				t.Errorf("%s: got %v and %q, want an error", flag, err, out)
			}
			if got, err := os.ReadFile(file); string(got) != text || err != nil {
				t.Errorf("%s: got the file %q, %v, want it to be as it was", flag, got, err)
			}
		}
	}
	same := filepath.Join(t.TempDir(), "same")
	if out, err := process(t, "--cpuprofile", same, "--memprofile", same, "range 3").CombinedOutput(); err == nil || !strings.Contains(string(out), "two files of one name") {
		t.Errorf("got %v and %q, want an error for one file of two", err, out)
	}
}

// TestI4_ProfileByStage looks for the stage that computes in a profile, on one reactor, on
// several, and in a block for values.
func TestI4_ProfileByStage(t *testing.T) {
	if testing.Short() {
		t.Skip("it computes until a profile has seen it")
	}
	for _, row := range []struct{ name, jobs, pipeline, stage string }{
		{"I4 one reactor", "1", "range %d | map 'it * it + it * 7' | count", "map"},
		{"I4 copies", "2", "range %d | map 'it * it + it * 7' | sum", "map"},
		{"I4 block", "1", "range %d | pmap { map 'it * it + it * 7' } | count", "map"},
	} {
		t.Run(row.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "cpu")
			for n := 200_000; ; n *= 2 {
				if out, err := process(t, "-j", row.jobs, "--cpuprofile", file, fmt.Sprintf(row.pipeline, n)).CombinedOutput(); err != nil {
					t.Fatalf("got %v: %s", err, out)
				}
				tags, err := exec.Command("go", "tool", "pprof", "-tags", file).CombinedOutput()
				if err != nil {
					t.Fatalf("got %v: %s", err, tags)
				}
				if slices.ContainsFunc(strings.Split(string(tags), "\n"), func(line string) bool {
					return strings.HasSuffix(line, "): "+row.stage)
				}) {
					break
				}
				if n > 10_000_000 {
					t.Fatalf("got the tags\n%s\nwant the stage %s", tags, row.stage)
				}
			}
			top, err := exec.Command("go", "tool", "pprof", "-top", "-tagfocus", row.stage, file).CombinedOutput()
			if err != nil || !strings.Contains(string(top), "Showing nodes accounting for") {
				t.Errorf("got %v and\n%s\nwant what the stage has computed", err, top)
			}
		})
	}
}
