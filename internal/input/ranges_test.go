package input

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtpipe/internal/format"
	"mtpipe/microthread"
	"mtpipe/value"
)

// TestRanges reads files of lines of all lengths by their ranges, and wants the file back.
func TestRanges(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	lengths := []int{0, 1, 7, 80, 500, 8 << 10, firstRange - 1, firstRange, lastRange, lastRange + rangeSlack, largeRange + rangeSlack, 3 * largeRange}
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

// TestChainedRanges does the same with CSV whose fields hold newlines and quotes: it wants
// the records behind the header back, none of them divided.
func TestChainedRanges(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	fields := []string{"1", "", `"a,b"`, "\"x\ny\"", `"q""q"`, "\"\"\"\n\n\"", `12" monitor`, "plain text", "\r"}
	for i, long := range []int{0, 20 << 10, largeRange + rangeSlack, 700 << 10} {
		const header = "a,\"b\n\",c\n"
		text := []byte(header)
		for len(text) < 4*fewBytes {
			for k := range 3 {
				f := fields[rnd.IntN(len(fields))]
				if long > 0 && rnd.IntN(300) == 0 {
					f = `"` + strings.Repeat("long\n", rnd.IntN(long/5)) + `"`
				}
				text = append(append(text, f...), ",,\n"[k])
			}
		}
		if i%2 == 1 {
			text = text[:len(text)-1]
		}
		name := filepath.Join(t.TempDir(), "text.csv")
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		got, bad := readChained(t, name)
		if !bytes.Equal(got, text[len(header):]) || bad > 0 {
			t.Errorf("long fields of %d: got %d bytes with %d bad rows, want the %d of the file", long, len(got), bad, len(text)-len(header))
		}
	}
}

// readChained returns the text of all ranges of a CSV file, read by two goroutines.
func readChained(t *testing.T, name string) (text []byte, bad int) {
	t.Helper()
	err := microthread.Run(func(th *microthread.Thread) error {
		f, err := Open(th, name, nil)
		if err != nil {
			return err
		}
		defer f.Close()
		r := f.Ranges(format.ByName("csv").Cutter(), true)
		defer r.Close()
		for b := r.Next(); b != nil; b = r.Next() {
			next := r.Next()
			other := make(chan *value.Batch)
			go func() {
				var second *value.Batch
				if next != nil {
					second, _ = next.Fetch()
				}
				other <- second
			}()
			first, err := b.Fetch()
			if err != nil {
				return err
			}
			for _, b := range []*value.Batch{first, <-other} {
				if b != nil {
					text = append(text, b.Data()...)
					bad += len(b.Parse())
					b.Release()
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return text, bad
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
		r := f.Ranges(format.NewLines(), false)
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
