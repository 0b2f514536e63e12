package main

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"mtpipe/internal/torture"
)

// TestFaults has system calls of runs that write files fail: see torture.FaultsFamily and
// torture.SweepFamily.
func TestFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts the program some forty times")
	}
	var told strings.Builder
	results := torture.Run(torture.NewEnv(t.TempDir(), process(t).Path), []torture.Family{torture.FaultsFamily, torture.SweepFamily},
		torture.Options{Seed: 1, Runs: 14, Time: 30 * time.Second, Report: &told})
	if results[0].Missing != "" {
		t.Skip(results[0].Missing)
	}
	var table strings.Builder
	if torture.Table(&table, results) > 0 {
		t.Errorf("%s", told.String())
	}
	t.Log("\n" + table.String())
}

// TestCallsInVain has calls answer that they would wait, or were interrupted, though they need not:
// they are made again. The first row waited for ever, and the message of the second was lost.
func TestCallsInVain(t *testing.T) {
	if reason := torture.SweepFamily.Needs(torture.NewEnv(t.TempDir(), process(t).Path)); reason != "" {
		t.Skip(reason)
	}
	for _, row := range []struct{ call, inject, text, stdout, stderr string }{
		{"read", "EAGAIN:when=2+2", "seq 3 | count", "3\n", ""},
		{"write", "EAGAIN:when=1+2", "take_from a | log m", "a\n", "m: a\n"},
		{"write", "EAGAIN:when=1+2", "take_from x | map int(it)", "", "mtpipe: 15: map: \"x\" is not a number (it)\n"},
	} {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		cmd := exec.CommandContext(ctx, "strace", "--seccomp-bpf", "-f", "-qq", "-o", "/dev/null", "-e", "trace="+row.call,
			"-e", "inject="+row.call+":error="+row.inject, process(t).Path, row.text)
		var stdout, stderr strings.Builder
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		_ = cmd.Run()
		if ctx.Err() != nil || stdout.String() != row.stdout || stderr.String() != row.stderr {
			t.Errorf("%s: got %q and %q (%v), want %q and %q", row.text, stdout.String(), stderr.String(), ctx.Err(), row.stdout, row.stderr)
		}
		cancel()
	}
}
