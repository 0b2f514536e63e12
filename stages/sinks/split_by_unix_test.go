//go:build unix

package sinks_test

import (
	"syscall"
	"testing"

	"mtpipe/stages/stagetest"
)

// TestSplitByLeavesFilesClosed writes more files than the process may have open.
func TestSplitByLeavesFilesClosed(t *testing.T) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Skip(err)
	}
	low := limit
	low.Cur = 300
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &low); err != nil {
		t.Skip(err)
	}
	defer func() { _ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit) }()
	stagetest.InDir(t, nil)
	if got, err := stagetest.Run(t, "tac | split_by it --to {}", stagetest.Numbered(1, 500)); err != nil || got != "" {
		t.Errorf("got %q, %v, want no output and no error", got, err)
	}
	if got := stagetest.ReadFile(t, "500"); got != "500\n" {
		t.Errorf("got %q, want 500", got)
	}
}
