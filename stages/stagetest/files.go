package stagetest

import (
	"os"
	"path/filepath"
	"testing"
)

// InDir changes to a new directory with files.
func InDir(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// WantFiles wants dir to hold the files with these contents and no others.
func WantFiles(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, ok := want[e.Name()]; !ok {
			t.Errorf("got a file %s, want none", e.Name())
		}
	}
	for name, text := range want {
		if got := ReadFile(t, filepath.Join(dir, name)); got != text {
			t.Errorf("%s: got %q, want %q", name, Clip(got), Clip(text))
		}
	}
}

// Symlink makes a link, where the system has them.
func Symlink(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Skip(err)
	}
}

// ReadFile returns what a file holds.
func ReadFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
