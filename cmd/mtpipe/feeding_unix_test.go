//go:build unix

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestOwnOutput has runs write to what they read, in each way: what there was when it was opened
// is read, or the run is refused; the file never grows without end. It is small enough to be read
// at once, or large enough for ranges, and ends in a newline or within a line.
func TestOwnOutput(t *testing.T) {
	small, large := strings.Repeat("some text\n", 10_000), strings.Repeat("some text\n", 110_000)
	twice := func(text string) string {
		if !strings.HasSuffix(text, "\n") {
			return text + "\n" + text
		}
		return text + text
	}
	glued := func(text string) string { return text + text }
	same := func(text string) string { return text }
	for _, row := range []struct {
		pipeline, redirected string
		status               int
		want                 func(text string) string
		message              string
	}{
		{"lines a | append a", "", 0, twice, ""},
		{"lines a | upper | lower | append a", "", 0, func(s string) string { return strings.TrimSuffix(twice(s), "\n") + "\n" }, ""},
		{"lines soft | append hard", "", 0, twice, ""},
		{"lines a", ">> hard", 0, glued, ""},
		{"lines", "< soft >> a", 0, glued, ""},
		{"append a", "< a", 0, twice, ""},
		{"lines /dev/stdin | append a", "< a", 0, twice, ""},
		{"lines a | tee { append a } | null", "", 0, twice, ""},
		{"lines a | log | null", "2>> a", 0, func(s string) string { return s + strings.TrimSuffix(s, "\n") + "\n" }, ""},
		{"read a | append a", "", 0, twice, ""},
		{"lines a > a", "", 0, same, ""},
		{"lines a | split_by 1 --to '{\"a\"}'", "", 0, same, ""},
		{"lines a | pmap --log a { take_from 1 }", "", 1, same, "pmap: a: is a file of the pipeline too"},
		{"follow -n +1 a | append a", "", 1, same, "append: a: input file is output file"},
		{"follow -n +1 hard", ">> a", 1, same, "follow: hard: input file is output file"},
		{"follow a > soft", "", 1, same, "input file is output file"},
		{"follow a | tee { append soft } | null", "", 1, same, "input file is output file"},
	} {
		for _, text := range []string{small, large, small + "end", large + "end"} {
			dir := t.TempDir()
			writeFile(t, filepath.Join(dir, "a"), []byte(text))
			if err := os.Symlink("a", filepath.Join(dir, "soft")); err != nil {
				t.Fatal(err)
			}
			if err := os.Link(filepath.Join(dir, "a"), filepath.Join(dir, "hard")); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command("sh", "-c", `ulimit -f 20000; exec "$0" --timeout 30s "$1" `+row.redirected, process(t).Path, row.pipeline)
			cmd.Dir = dir
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			if cmd.Stdin = nil; row.redirected == "" {
				cmd.Stdin = strings.NewReader("")
			}
			_ = cmd.Run()
			if status := cmd.ProcessState.ExitCode(); status != row.status || !strings.Contains(stderr.String(), row.message) {
				t.Errorf("%s %s: got the status %d and %q, want %d and %q", row.pipeline, row.redirected, status, stderr.String(), row.status, row.message)
			}
			if got, want := fileText(t, filepath.Join(dir, "a")), row.want(text); got != want {
				t.Errorf("%s %s: got %d bytes of %d, want %d", row.pipeline, row.redirected, len(got), len(text), len(want))
			}
		}
	}
}

// TestOwnOutput_InTurn follows a file that has been written before, and reads one that grows by
// others.
func TestOwnOutput_InTurn(t *testing.T) {
	s := start(t, nil, "seq 2 | append a; follow -n +1 a | head 2")
	s.end(0, "1\n2\n")
	if err := syscall.Mkfifo(filepath.Join(s.dir, "p"), 0o600); err != nil {
		t.Skip(err)
	}
	s = &started{t: t, cmd: process(t, "lines a p a"), dir: s.dir}
	s.begin()
	s.wantLine("1")
	s.wantLine("2")
	writeFile(t, filepath.Join(s.dir, "a"), []byte("1\n2\n3\n"))
	writeFile(t, filepath.Join(s.dir, "p"), nil)
	s.end(0, "1\n2\n3\n")
}
