//go:build !windows

package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestPartsInProcesses wants the bytes of one run from parts that run in processes of their own, of which some are
// killed at once and run again; with files, and as lines that are sorted in between.
func TestPartsInProcesses(t *testing.T) {
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(7, 8))
	var text strings.Builder
	text.WriteString("k,t,n\n")
	for i := range 40_000 {
		fmt.Fprintf(&text, "k%d,%s,%d\n", r.IntN(3000), []string{"a", "\"b\nc\"", `"d""e"`}[r.IntN(3)], i)
	}
	file := filepath.Join(dir, "in.csv")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(stdin string, args ...string) string {
		t.Helper()
		cmd := process(t, args...)
		cmd.Stdin, cmd.Stderr = strings.NewReader(stdin), os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("mtpipe %q: %v", args, err)
		}
		return string(out)
	}
	for i, pipeline := range []string{"csv " + file + " | group_by k n=count() l=list(t) m=mean(n)", "csv " + file + " | filter 'n > 500' | select k n", "lines " + file + " | sort | uniq -c", "csv " + file + " | stats"} {
		want := run("", pipeline)
		job := filepath.Join(dir, fmt.Sprint("job", i))
		numbers := strings.Fields(run("", "parts", "--to", job, "--size", "60KB", "--shards", "3", pipeline))
		if len(numbers) < 5 {
			t.Fatalf("%s: got the parts %v", pipeline, numbers)
		}
		byLines := run(strings.Join(numbers, "\n"), "part", job, "--lines")
		for _, merge := range []bool{false, true} {
			lines := sortedLines(byLines)
			if merge {
				lines = sortedLines(run(lines, "merge", job, "--lines"))
			}
			if got := run(lines, "finish", job, "--lines"); got != want {
				t.Errorf("%s by lines, merged %t: got %.300q, want %.300q", pipeline, merge, got, want)
			}
		}
		for n, number := range numbers {
			if n%2 == 0 {
				killed := process(t, "part", job, number)
				if err := killed.Start(); err != nil {
					t.Fatal(err)
				}
				_ = killed.Process.Kill()
				_ = killed.Wait()
			}
		}
		for _, number := range numbers {
			run("", "part", job, number)
		}
		if i%2 == 0 {
			run("", "merge", job, "1")
		}
		if got := run("", "finish", job); got != want {
			t.Errorf("%s: got %.300q, want %.300q", pipeline, got, want)
		}
	}
}

// sortedLines returns lines as LC_ALL=C sort puts them.
func sortedLines(text string) string {
	lines := bytes.SplitAfter([]byte(text), []byte("\n"))
	slices.SortFunc(lines, bytes.Compare)
	return string(bytes.Join(lines, nil))
}
