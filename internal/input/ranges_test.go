package input

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"mtpipe/internal/codec"
	"mtpipe/microthread"
)

// TestRanges reads files of lines of all lengths by their ranges, and wants the file back.
func TestRanges(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	lengths := []int{0, 1, 7, 80, 500, 8 << 10, firstRange - 1, firstRange, lastRange, lastRange + rangeSlack, 3 * lastRange}
	for i, most := range []int{3, 5, 8, len(lengths)} {
		for _, last := range []string{"", "\n", "no newline"} {
			var text []byte
			for len(text) < 3*fewBytes {
				line := bytes.Repeat([]byte{'a' + byte(rnd.IntN(26))}, lengths[rnd.IntN(most)])
				text = append(append(text, line...), '\n')
			}
			text = append(text, last...)
			name := filepath.Join(t.TempDir(), "text")
			if err := os.WriteFile(name, text, 0o600); err != nil {
				t.Fatal(err)
			}
			if got := readRanges(t, name); !bytes.Equal(got, text) {
				t.Errorf("lengths %d, last line %q: got %d bytes, want the %d of the file", i, last, len(got), len(text))
			}
		}
	}
}

// readRanges returns the text of all ranges of a file.
func readRanges(t *testing.T, name string) (text []byte) {
	t.Helper()
	err := microthread.Run(func(th *microthread.Thread) error {
		f, err := Open(th, name, nil)
		if err != nil {
			return err
		}
		defer f.Close()
		r := f.Ranges(codec.NewLines())
		defer r.Close()
		offset := int64(0)
		for b := r.Next(); b != nil; b = r.Next() {
			lines, err := b.Fetch()
			if err != nil {
				return err
			}
			if lines == nil {
				continue
			}
			o, newlines := lines.PlaceOf(0)
			if got, want := o.Offset, offset; got > want || newlines != bytes.Count(text[o.Offset:], []byte{'\n'}) {
				t.Errorf("%s: lines at %d: got the place %d and %d newlines before them", name, want, got, newlines)
			}
			text = append(text, lines.Data()...)
			offset += int64(len(lines.Data()))
			lines.Release()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}
