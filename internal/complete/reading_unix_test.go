//go:build unix

package complete

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestOnlyRegularFiles wants what is no regular file never to be opened: opening a named pipe would
// wait for its writer for ever, and reading a device that has no end would not end.
func TestOnlyRegularFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := syscall.Mkfifo("pipe.csv", 0o600); err != nil {
		t.Skip(err)
	}
	if err := os.Symlink("pipe.csv", "link.csv"); err != nil {
		t.Fatal(err)
	}
	e := newEngine()
	for _, file := range []string{"pipe.csv", "link.csv", "/dev/zero", "/dev/stdin", "/proc/self/environ", "."} {
		for _, text := range []string{"csv " + file + " | get ", "csv < " + file + " | get ", "csv x | join " + file + " --on a | get ", "import " + file + "; seq 3 | map '"} {
			e.Pipeline(Pipeline{Text: text})
		}
		if got := e.Pipeline(Pipeline{Text: "csv | filter 'zz", Files: []string{file}}); len(got.Candidates) > 0 {
			t.Errorf("%s: got %v", file, got)
		}
	}
}

// TestHugeFile wants no more of a file to be looked at than its first block, of one that has 10 GB.
func TestHugeFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "huge.csv")
	if err := os.WriteFile(name, []byte("id,price\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, 10<<30); err != nil {
		t.Skip(err)
	}
	e := newEngine()
	a := e.Pipeline(Pipeline{Text: "csv " + name + " | sort --by 'pri"})
	if len(a.Candidates) != 1 || a.Candidates[0].Text != "price" {
		t.Errorf("got %v, want price", a.Candidates)
	}
	if b := readBlock(name); len(b) != len("id,price\n1,2\n") {
		t.Errorf("got %d bytes, want the lines that are whole in the first block", len(b))
	}
}
