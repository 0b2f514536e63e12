package input

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"mtpipe/internal/format"
	"mtpipe/microthread"
)

// readAll returns all that Lines gives for a file, with the line numbers of its batches.
func readAll(t *testing.T, name string) (text string, lines []int64, err error) {
	t.Helper()
	rerr := microthread.Run(func(th *microthread.Thread) error {
		f, oerr := Open(th, name, nil)
		if oerr != nil {
			err = oerr
			return nil
		}
		defer f.Close()
		l := NewBlocks(LongestRecord, LongestRecord).Reader(f, name, format.NewLines())
		for {
			b, nerr := l.Next()
			if nerr != nil {
				err = NotEnd(nerr)
				return nil
			}
			text += string(b.Data())
			lines = append(lines, b.Block().Origin().Line)
			b.Release()
		}
	})
	if rerr != nil {
		t.Fatal(rerr)
	}
	return text, lines, err
}

func packed(t *testing.T, w io.WriteCloser, buf *bytes.Buffer, text string) []byte {
	t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// TestLines reads the same text plain and packed, with lines longer than a block.
func TestLines(t *testing.T) {
	var b strings.Builder
	for i := range 40_000 {
		fmt.Fprintln(&b, i)
	}
	b.WriteString(strings.Repeat("x", 3*BlockSize) + "\n\nlast")
	text := b.String()
	var gz, zst bytes.Buffer
	enc, err := zstd.NewWriter(&zst)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"plain":  []byte(text),
		"it.gz":  packed(t, gzip.NewWriter(&gz), &gz, text),
		"it.zst": packed(t, enc, &zst, text),
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		got, lines, err := readAll(t, path)
		if got != text || err != nil {
			t.Errorf("%s: got %d bytes, %v, want the %d of the text", name, len(got), err, len(text))
		}
		if name != "plain" && (lines[0] != 1 || lines[len(lines)-1] <= 1) {
			t.Errorf("%s: got the line numbers %v, want them from 1", name, lines)
		}
	}
}

func TestExpand(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"b.log", "a.log", "odd[1].txt"} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("dir", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ names, want string }{
		{"*.log", "a.log b.log"},
		{"b.log *.log -", "b.log a.log b.log -"},
		{"odd[1].txt", "odd[1].txt"},
		{"*.csv", "no file matches *.csv"},
		{"a.log missing", "stat missing: no such file or directory"},
		{"dir", "read dir: is a directory"},
	} {
		got, err := Expand(nil, strings.Fields(row.names))
		text := strings.Join(got, " ")
		if err != nil {
			text = err.Error()
		}
		if text != row.want {
			t.Errorf("%s: got %s, want %s", row.names, text, row.want)
		}
	}
}
