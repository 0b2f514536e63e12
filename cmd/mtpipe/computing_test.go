package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
)

// computing are stages that compute and never wait.
var computing = map[string]string{
	"jq":            "jq 'def f: f; f'",
	"jq that puts":  "jq 'repeat(1) | empty'",
	"an expression": `map "len(map(1..1000000, map(1..1000000, # * 2)))"`,
	"a reduce":      `map "reduce(1..1000000, sum(map(1..100000, # * 2)))"`,
	"a filter":      `filter "all(1..1000000, all(1..1000000, # > 0))"`,
}

// TestComputingTimesOut wants --timeout to end what computes and never waits, and the message and
// status to be those of any time-out.
func TestComputingTimesOut(t *testing.T) {
	for name, stage := range computing {
		t.Run(name, func(t *testing.T) {
			var stderr bytes.Buffer
			cmd := process(t, "--timeout", "100ms", "take_from 1 | "+stage)
			cmd.Stderr = &stderr
			err := cmd.Run()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 1 {
				t.Errorf("got %v, want exit status 1", err)
			}
			if got, want := stderr.String(), "mtpipe: timed out after 100ms\n"; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// TestComputingIsInterrupted wants two signals to end what computes and never waits.
func TestComputingIsInterrupted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("signals cannot be sent there")
	}
	for name, stage := range computing {
		t.Run(name, func(t *testing.T) {
			cmd := process(t, "take_from 1 | log | "+stage)
			stderr, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			messages := bufio.NewReader(stderr)
			if line, err := messages.ReadString('\n'); line != "1\n" || err != nil {
				t.Fatalf("got %q, %v, want the value", line, err)
			}
			for _, s := range []os.Signal{syscall.SIGTERM, os.Interrupt} { // two that do not become one
				if err := cmd.Process.Signal(s); err != nil {
					t.Fatal(err)
				}
			}
			rest, _ := io.ReadAll(messages)
			err = cmd.Wait()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 128+int(syscall.SIGTERM) && exit.ExitCode() != 128+int(syscall.SIGINT) {
				t.Errorf("got %v, want the exit status of a signal", err)
			}
			if len(rest) > 0 {
				t.Errorf("got %q, want no message", rest)
			}
		})
	}
}
