package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestE14_ReaderOutside has the reader of standard output leave while nothing is put: what
// would only print ends at once, what does something else does it.
func TestE14_ReaderOutside(t *testing.T) {
	for _, row := range []struct{ name, text string }{
		{"a source that sleeps", "take_from a; every 1h"},
		{"one that waits for events", "follow -n +1 f"},
		{"one that waits for input", "replace b a"},
		{"in a block", "timeout 1h { take_from a; every 1h }"},
		{"in a definition", "def d { take_from a; every 1h }; d"},
		{"in copies", "grep b | replace b a"},
		{"one that waits for all of the input", "interleave { take_from a } { sort }"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := startHere(t, row.text)
			_, _ = io.WriteString(s.stdin, "b\n")
			s.wantLine("a")
			_ = s.stdout.Close()
			if code := ended(t, s.cmd); code != 0 || s.stderr.String() != "" {
				t.Errorf("got exit status %d, %q, want neither", code, s.stderr.String())
			}
		})
	}
	for _, row := range []struct{ name, text string }{
		{"a program", "take_from a; lines /dev/stdin | exec tee out | null"},
		{"a file", "take_from a; lines /dev/stdin | write out"},
		{"a file in a block", "take_from a; lines /dev/stdin | tee { write out } { filter false }"},
		{"a file in a definition", "def d { write out }; take_from a; lines /dev/stdin | d"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := startHere(t, row.text)
			s.wantLine("a")
			_ = s.stdout.Close()
			_, _ = io.WriteString(s.stdin, "b\n")
			_ = s.stdin.Close()
			if code := ended(t, s.cmd); code != 0 || s.stderr.String() != "" {
				t.Errorf("got exit status %d, %q, want neither", code, s.stderr.String())
			}
			if got, err := os.ReadFile(filepath.Join(s.dir, "out")); string(got) != "b\n" || err != nil {
				t.Errorf("got %q, %v, want what came when nobody read any more", got, err)
			}
		})
	}
}

// startHere starts the program in a directory with a file f.
func startHere(t *testing.T, text string) *started {
	t.Helper()
	s := &started{t: t, cmd: process(t, text), dir: t.TempDir()}
	if err := os.WriteFile(filepath.Join(s.dir, "f"), []byte("a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.begin()
	return s
}
