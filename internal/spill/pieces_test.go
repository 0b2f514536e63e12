package spill

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
)

// spilled writes rows to two sections of a file by turns.
func spilled(t *testing.T) (*File, []Section) {
	t.Helper()
	f, err := Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	writers := []*Writer{NewWriter(f, make([]byte, 300)), NewWriter(f, make([]byte, 100))}
	for i := range 60 {
		if err := writers[i%2].Add(bytes.Repeat([]byte{byte(i)}, i)); err != nil {
			t.Fatal(err)
		}
	}
	var sections []Section
	for _, w := range writers {
		s, err := w.Finish()
		if err != nil {
			t.Fatal(err)
		}
		sections = append(sections, s)
	}
	return f, sections
}

// rows reads sections.
func rows(f *File, sections []Section) (all [][]byte, err error) {
	for _, s := range sections {
		for r := NewReader(f, s, make([]byte, 200)); ; {
			row, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				return all, err
			}
			all = append(all, bytes.Clone(row))
		}
	}
	return all, nil
}

// TestChangedBytes changes each byte of a file, one at a time: that is an error, and no row is
// wrong before it.
func TestChangedBytes(t *testing.T) {
	f, sections := spilled(t)
	want, err := rows(f, sections)
	if err != nil || len(want) != 60 {
		t.Fatalf("got %d rows, %v", len(want), err)
	}
	for at := range f.size {
		var b [1]byte
		if _, err := f.file.ReadAt(b[:], at); err != nil {
			t.Fatal(err)
		}
		for _, with := range []byte{1, 0x80, 0xff} {
			if _, err := f.file.WriteAt([]byte{b[0] ^ with}, at); err != nil {
				t.Fatal(err)
			}
			got, err := rows(f, sections)
			if err == nil || !strings.Contains(err.Error(), "changed") {
				t.Fatalf("byte %d: got the error %v, want one about a change", at, err)
			}
			for i, row := range got {
				if !bytes.Equal(row, want[i]) && !slices.ContainsFunc(want, func(w []byte) bool { return bytes.Equal(row, w) }) {
					t.Fatalf("byte %d: got the row %q before the error", at, row)
				}
			}
		}
		if _, err := f.file.WriteAt(b[:], at); err != nil {
			t.Fatal(err)
		}
	}
}

// TestMovedAndLostPieces puts a piece in the place of another as long, and cuts the file off.
func TestMovedAndLostPieces(t *testing.T) {
	f, err := Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := NewWriter(f, make([]byte, 108))
	for i := range 10 {
		if err := w.Add(bytes.Repeat([]byte{byte(i)}, 100-LengthLen)); err != nil {
			t.Fatal(err)
		}
	}
	s, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	piece := make([]byte, 108)
	if _, err := f.file.ReadAt(piece, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := f.file.WriteAt(piece, 108); err != nil {
		t.Fatal(err)
	}
	if got, err := rows(f, []Section{s}); len(got) > 1 || err == nil {
		t.Errorf("got %d rows and %v, want no more than the first one and an error", len(got), err)
	}
	if err := f.file.Truncate(50); err != nil {
		t.Fatal(err)
	}
	if got, err := rows(f, []Section{s}); len(got) != 0 || err == nil {
		t.Errorf("cut off: got %d rows and %v, want none and an error", len(got), err)
	}
}
