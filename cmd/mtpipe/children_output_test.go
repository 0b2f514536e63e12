//go:build unix

package main

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// TestExec_Messages wants what programs write to standard error behind their names.
func TestExec_Messages(t *testing.T) {
	for _, row := range []struct{ name, text, stderr, stdout string }{
		{"lines", "sh 'echo a >&2; echo b; echo c >&2'", "sh: a\nsh: c\n", "b\n"},
		{"without a newline at the end", "sh 'printf \"a\\nb\" >&2'", "sh: a\nsh: b\n", ""},
		{"empty lines", "sh 'echo >&2; echo >&2'", "sh: \nsh: \n", ""},
		{"a line in pieces", "sh 'for i in 1 2 3; do printf $i >&2; sleep 0.02; done; echo >&2'", "sh: 123\n", ""},
		{"bytes", "sh 'printf \"\\001\\377\\n\" >&2'", "sh: \x01\xff\n", ""},
		{"the last part of the path", "exec /bin/sh -c 'echo a >&2'", "sh: a\n", ""},
		{"of one whose messages are closed", "sh 'exec 2>&-; echo a'", "", "a\n"},
		{"behind the end of its output", "sh 'exec >&-; sleep 0.02; echo a >&2'", "sh: a\n", ""},
		{"of one that it has started and that stays", "sh '(sleep 0.05; echo a >&2) >&- & echo b'", "sh: a\n", "b\n"},
		{"in blocks", "take_from a b | each { sh 'echo \"$it\" >&2; echo \"$it\"' }", "sh: a\nsh: b\n", "a\nb\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			runProgram(t, "", row.text).check(t, result{stdout: row.stdout, stderr: row.stderr})
		})
	}
}

// TestExec_LongMessages wants lines that are too long to be kept to come in pieces, and those
// that are not to stay whole.
func TestExec_LongMessages(t *testing.T) {
	for _, size := range []int{64<<10 - 1, 64 << 10, 64<<10 + 1, 70_000, 1 << 20} {
		t.Run(strconv.Itoa(size), func(t *testing.T) {
			got := runProgram(t, "", "sh 'echo a >&2; (head -c "+strconv.Itoa(size)+" /dev/zero | tr \"\\0\" x; echo; echo b) >&2'")
			lines := strings.Split(got.stderr, "\n")
			var xs, pieces int
			for _, line := range lines[1 : len(lines)-2] {
				rest, named := strings.CutPrefix(line, "sh: ")
				xs += strings.Count(rest, "x")
				pieces++
				if !named || strings.Trim(rest, "x") != "" || rest == "" {
					t.Fatalf("got a line that begins with %.20q, want a piece of the long one", line)
				}
			}
			if xs != size || size <= 64<<10 && pieces != 1 || pieces > size>>16+1 {
				t.Errorf("got %d bytes in %d pieces, want %d in as few as there can be", xs, pieces, size)
			}
			if lines[0] != "sh: a" || strings.Join(lines[len(lines)-2:], "\n") != "sh: b\n" || got.code != 0 {
				t.Errorf("got %q and %q around it, %d", lines[0], lines[len(lines)-2:], got.code)
			}
		})
	}
}

// TestExec_ManyMessages wants the lines of several programs to stay whole.
func TestExec_ManyMessages(t *testing.T) {
	const programs, lines = 8, 200
	got := runProgram(t, "", "range 0 8 | pmap { sh 'i=0; while [ $i -lt 200 ]; do echo $it-$i-"+strings.Repeat("x", 300)+"-$it >&2; i=$((i+1)); done' }")
	next := make(map[string]int)
	for line := range strings.Lines(got.stderr) {
		parts := strings.Split(strings.TrimSuffix(line, "\n"), "-")
		if len(parts) != 4 || !strings.HasPrefix(parts[0], "sh: ") || strings.TrimPrefix(parts[0], "sh: ") != parts[3] || parts[1] != strconv.Itoa(next[parts[3]]) {
			t.Fatalf("got the line %.40q, want whole ones, in order", line)
		}
		next[parts[3]]++
	}
	if len(next) != programs || got.code != 0 {
		t.Errorf("got lines of %d programs, %d, want those of %d", len(next), got.code, programs)
	}
	for name, n := range next {
		if n != lines {
			t.Errorf("%s: got %d lines, want %d", name, n, lines)
		}
	}
}

// TestExec_MessagesRefused wants a program to be told when its messages cannot be passed on.
func TestExec_MessagesRefused(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("there is no full device there")
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	cmd := process(t, "sh 'yes >&2; echo a'")
	var stdout bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, full
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if code := ended(t, cmd); code != 1 || stdout.String() != "a\n" {
		t.Errorf("got %q, %d, want a and 1", stdout.String(), code)
	}
}

// TestExec_NoDescriptor has too few descriptors for what a program needs.
func TestExec_NoDescriptor(t *testing.T) {
	for _, row := range []struct {
		name, text string
		limit      int
		want       result
	}{
		{"for one", "take_from a | exec cat", 12, result{stderr: "mtpipe: 15: exec: cat: too many open files\n", code: 1}},
		{"for several, one after another", "range 0 100 | each { exec echo {} } | count", 30, result{stdout: "100\n"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			limited(t, row.limit, "", row.text).check(t, row.want)
		})
	}
	t.Run("for several at a time", func(t *testing.T) {
		// How many begin before the others have taken what they need is chance; it may be none.
		for some, tries := false, 0; !some; tries++ {
			got := limited(t, 64, "", "--on-error", "skip", "range 0 50 | pmap --jobs 50 { exec echo {} }")
			done := strings.Count(got.stdout, "\n")
			failed := strings.Count(got.stderr, "mtpipe: pmap: 31: exec: echo: too many open files (for ")
			if some = done > 0; got.code != 0 || failed == 0 || done+failed != 50 || tries == 50 {
				t.Fatalf("got %d values that are done and %d that failed, %d, want 50 together; %s", done, failed, got.code, got.stderr)
			}
		}
	})
}

// limited runs the program with a limit to its descriptors.
func limited(t *testing.T, limit int, stdin string, args ...string) result {
	t.Helper()
	cmd := limitedCommand(t, limit, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	code := ended(t, cmd)
	return result{stdout: stdout.String(), stderr: stderr.String(), code: code}
}
