package complete

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"unicode"
)

const (
	firstBlock  = 64 << 10 // bytes of a file that are looked at
	mostEntries = 10_000   // of a directory
)

// files offers the files whose names begin with typed, which stands in the word from the byte
// from on.
func (r *request) files(typed string, from int) {
	dir, base := filepath.Split(typed)
	for _, e := range entries(dir) {
		name := e.Name()
		if strings.HasPrefix(name, ".") && !strings.HasPrefix(base, ".") || strings.IndexFunc(name, unicode.IsControl) >= 0 {
			continue
		}
		c := Candidate{Text: dir + name, Show: name, Space: r.word.open == 0}
		if isDir(dir, e) {
			c.Text, c.Show, c.Space = c.Text+"/", name+"/", false
			r.add(from, c.Text, c)
			continue
		}
		r.add(from, c.Text, c)
	}
}

// entries returns what is in a directory, sorted, as far as it is not too much.
func entries(dir string) []os.DirEntry {
	if dir == "" {
		dir = "."
	}
	f, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer f.Close()
	list, _ := f.ReadDir(mostEntries)
	slices.SortFunc(list, func(x, y os.DirEntry) int { return strings.Compare(x.Name(), y.Name()) })
	return list
}

func isDir(dir string, e os.DirEntry) bool {
	if e.Type()&os.ModeSymlink == 0 {
		return e.IsDir()
	}
	info, err := os.Stat(filepath.Join(dir, e.Name()))
	return err == nil && info.IsDir()
}

// block returns the beginning of a regular file, up to the end of its last whole line there; nil
// when it is another kind of file. Those of the system that have no size are none of these: reading
// one may wait, and may have an effect.
func (r *request) block(name string) []byte {
	if b, ok := r.blocks[name]; ok {
		return b
	}
	b := readBlock(name)
	r.blocks[name] = b
	return b
}

func readBlock(name string) []byte {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return nil
	}
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil
	}
	defer f.Close()
	b := make([]byte, min(info.Size(), firstBlock))
	n, _ := io.ReadFull(f, b)
	b = b[:n]
	if end := bytes.LastIndexByte(b, '\n'); int64(n) < info.Size() && end >= 0 {
		b = b[:end+1]
	}
	return b
}
