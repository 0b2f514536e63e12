package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestMessagesNobodyReads has the reader of standard error leave while a run writes files, sorts
// beyond its memory and runs a program: it fails, in order, and leaves nothing.
func TestMessagesNobodyReads(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", filepath.Join(dir, "tmp"))
	if err := os.Mkdir(filepath.Join(dir, "tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"seq 300000 | sort -r | log | write out",
		"seq 300000 | log | tee { write out } { split_by 'it % 3' --to 'part{}' }",
		"seq 300000 | log | exec cat | sort > out",
	} {
		cmd := process(t, "--max-memory", "1MiB", text)
		cmd.Dir = dir
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stderr = write
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		_ = write.Close()
		_, _ = read.Read(make([]byte, 100))
		_ = read.Close()
		if code := ended(t, cmd); code != 1 {
			t.Errorf("%s: got the status %d, want 1", text, code)
		}
		for _, d := range []string{dir, filepath.Join(dir, "tmp")} {
			list, err := os.ReadDir(d)
			if err != nil || d == dir && len(list) != 1 || d != dir && len(list) != 0 {
				t.Errorf("%s: got %v, %v in %s, want nothing that is new", text, list, err, d)
			}
		}
	}
}

// TestBrokenPipeOfPrograms wants programs to be ended by the signal PIPE as in a shell, and help to
// end well when nobody reads it.
func TestBrokenPipeOfPrograms(t *testing.T) {
	got, err := process(t, "exec sh -c 'grep SigIgn /proc/self/status'").Output()
	if bits := strings.TrimSpace(strings.TrimPrefix(string(got), "SigIgn:")); err != nil || bits[len(bits)-4]&1 != 0 || len(bits) < 8 {
		t.Errorf("got %q, %v, want that the signal %v is not ignored", got, err, syscall.SIGPIPE)
	}
	cmd := exec.Command("sh", "-c", `"$0" help sort; echo $? >&3`, process(t).Path)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_ = read.Close()
	status, told, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer status.Close()
	cmd.Stdout, cmd.ExtraFiles = write, []*os.File{told}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = write.Close()
	_ = told.Close()
	text := make([]byte, 16)
	n, _ := status.Read(text)
	if string(text[:n]) != "0\n" {
		t.Errorf("got the status %q of help that nobody reads, want 0", text[:n])
	}
	_ = cmd.Wait()
}
