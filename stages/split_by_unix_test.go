//go:build unix

package stages_test

import (
	"syscall"
	"testing"
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
	inDir(t, nil)
	if got, err := runPipeline(t, "tac | split_by it --to {}", numbered(1, 500)); err != nil || got != "" {
		t.Errorf("got %q, %v, want no output and no error", got, err)
	}
	if got := readFile(t, "500"); got != "500\n" {
		t.Errorf("got %q, want 500", got)
	}
}
