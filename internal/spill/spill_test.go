package spill_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"mtpipe/internal/spill"
)

// TestSections writes several sections by turns and reads each from its beginning.
func TestSections(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 0))
	for range 50 {
		f, err := spill.Create(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		writers := make([]*spill.Writer, 1+r.IntN(4))
		want := make([][][]byte, len(writers))
		for i := range writers {
			writers[i] = spill.NewWriter(f, make([]byte, 1+r.IntN(100)))
		}
		for range r.IntN(300) {
			i := r.IntN(len(writers))
			row := bytes.Repeat([]byte{byte(r.IntN(256))}, r.IntN(30)*r.IntN(10))
			want[i] = append(want[i], row)
			if err := writers[i].Add(row[:len(row)/2], row[len(row)/2:]); err != nil {
				t.Fatal(err)
			}
		}
		for i, w := range writers {
			s, err := w.Finish()
			if err != nil {
				t.Fatal(err)
			}
			got := readAll(t, spill.NewReader(f, s, make([]byte, 1+r.IntN(100))))
			if fmt.Sprint(got) != fmt.Sprint(want[i]) {
				t.Fatalf("seed %d: got %d rows, want %d, or others", seed, len(got), len(want[i]))
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// readAll reads rows, and holds on to them as long as it may.
func readAll(t *testing.T, r *spill.Reader) (rows [][]byte) {
	t.Helper()
	var held [][]byte
	for {
		if !r.Ready() {
			for _, row := range held {
				rows = append(rows, bytes.Clone(row))
			}
			held = held[:0]
		}
		row, err := r.Next()
		if err == io.EOF {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, row)
	}
}

func TestNothingIsLeft(t *testing.T) {
	dir := t.TempDir()
	f, err := spill.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	w := spill.NewWriter(f, make([]byte, 10))
	if err := w.Add(make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	if list, _ := os.ReadDir(dir); len(list) > 0 && runtime.GOOS == "linux" {
		t.Errorf("got %v in the directory while the file is open, want nothing", list)
	}
	_ = f.Close()
	if err := f.Close(); err != nil {
		t.Errorf("closing again: got %v, want no error", err)
	}
	if list, _ := os.ReadDir(dir); len(list) > 0 {
		t.Errorf("got %v in the directory, want nothing", list)
	}
}

func TestErrorsNameTheDirectory(t *testing.T) {
	dir := t.TempDir() + "/none"
	if _, err := spill.Create(dir); !errors.Is(err, os.ErrNotExist) || !strings.HasPrefix(err.Error(), "cannot spill to "+dir+": no such") {
		t.Errorf("got %q, want one about %s", err, dir)
	}
}

func TestMemory(t *testing.T) {
	for _, size := range []int{0, 1, 1 << 20} {
		m := spill.NewMemory(size)
		b := m.Bytes()
		if len(b) != size || bytes.Count(b, []byte{0}) != size {
			t.Errorf("got %d bytes, not all zero, want %d zeros", len(b), size)
		}
		for i := range b {
			b[i] = 1
		}
		m.Free()
		m.Free()
	}
	var none *spill.Memory
	none.Free()
}

// TestSet compares a set with a map, also when there is no memory for all keys.
func TestSet(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 0))
	for range 20 {
		s := spill.NewSet(r.Int64N(300_000))
		seen := make(map[string]bool)
		full := false
		for range r.IntN(30_000) {
			key := bytes.Repeat([]byte{byte(r.IntN(256)), byte(r.IntN(8))}, r.IntN(20))
			if r.IntN(10_000) == 0 {
				key = bytes.Repeat(key, 10_000)
			}
			was, is := s.Add(key, s.Hash(key))
			if was != seen[string(key)] {
				t.Fatalf("seed %d: got that %q was there: %v, want %v", seed, key, was, !was)
			}
			if full && is && !was {
				t.Fatalf("seed %d: %q found room after a key that did not", seed, key)
			}
			full = full || !is
			seen[string(key)] = is
		}
		n := 0
		for _, is := range seen {
			if is {
				n++
			}
		}
		if s.Len() != n || !full && len(seen) != n {
			t.Fatalf("seed %d: got %d keys, want %d", seed, s.Len(), n)
		}
		s.Clear()
		if was, is := s.Add([]byte("a"), s.Hash([]byte("a"))); was || !is || s.Len() != 1 {
			t.Fatalf("after Clear: got %v, %v and %d keys", was, is, s.Len())
		}
		s.Clear()
	}
}

func TestPartitions(t *testing.T) {
	p, err := spill.NewPartitions(t.TempDir(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	r := rand.New(rand.NewPCG(1, 1))
	want := make(map[uint64][]string)
	for i := range 5000 {
		hash := r.Uint64()
		want[hash>>59] = append(want[hash>>59], fmt.Sprint(i))
		if err := p.Add(hash, []byte(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Finish(); err != nil {
		t.Fatal(err)
	}
	for i := range spill.NumPartitions {
		var got []string
		for _, row := range readAll(t, p.Reader(i, make([]byte, 100))) {
			got = append(got, string(row))
		}
		if fmt.Sprint(got) != fmt.Sprint(want[uint64(i)]) || p.Len(i) != len(got) {
			t.Errorf("partition %d: got %d rows, want %d, or others", i, len(got), len(want[uint64(i)]))
		}
	}
}
