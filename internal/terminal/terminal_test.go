package terminal

import (
	"os"
	"path/filepath"
	"testing"
)

func TestIs(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for _, f := range []*os.File{r, w, file, null, nil} {
		if Is(f) {
			t.Errorf("got that %v is a terminal", f)
		}
	}
	file.Close()
	if Is(file) {
		t.Error("got that a closed file is a terminal")
	}
}

// TestSize asks a pseudoterminal, where the system has them under this name.
func TestSize(t *testing.T) {
	f, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	if columns, rows, ok := Size(f); !ok || columns != 0 || rows != 0 {
		t.Errorf("got %d columns, %d rows and %v, want 0 of a new terminal", columns, rows, ok)
	}
}
