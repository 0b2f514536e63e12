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
		return eachPart(f.Ranges(format.ByName("csv").Cutter(), true, LongestRecord, LongestRecord), func(b *value.Batch) {
			text = append(text, b.Data()...)
			bad += len(b.Parse())
			b.Release()
		})
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
		r := f.Ranges(format.NewLines(), false, LongestRecord, LongestRecord)
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

// TestRangesOfFormats reads files of each format that can be divided, with short and long
// records, by their ranges and from their beginning to their end: the records are the same.
func TestRangesOfFormats(t *testing.T) {
	divided := 0
	for _, f := range format.Readable() {
		cutter := f.Cutter()
		_, lines := cutter.(format.Lines)
		_, chained := cutter.(format.Chained)
		if f.Write == nil || !lines && !chained {
			continue
		}
		divided++
		for seed := range uint64(3) {
			name := filepath.Join(t.TempDir(), "text"+f.Extensions[0])
			if err := os.WriteFile(name, randomFile(f, seed), 0o600); err != nil {
				t.Fatal(err)
			}
			var want string
			got := readParts(t, name, f.Cutter())
			err := microthread.Run(func(th *microthread.Thread) error {
				file, err := Open(th, name, nil)
				if err != nil {
					return err
				}
				defer file.Close()
				want, err = recordsOf(NewBlocks(LongestRecord, LongestRecord).Reader(file, name, f.Cutter()))
				return err
			})
			if got != want || err != nil || want == "" {
				t.Errorf("%s, seed %d: got %d bytes of records from the ranges, want %d: %v", f.Name, seed, len(got), len(want), err)
			}
		}
	}
	if divided < 4 {
		t.Errorf("got %d formats that can be divided, want more", divided)
	}
}

// randomFile returns some megabytes in a format, in which some records are longer than ranges.
func randomFile(f *format.Format, seed uint64) []byte {
	rng := rand.New(rand.NewPCG(seed, 8))
	shape := value.NewShape("name", "n", "text")
	words := []string{"", "x", "two words", "a,\"b\"", "tab\tin it", "ä世", "1.50"}
	w := f.Writer()
	var text []byte
	for i := 0; len(text) < 3*fewBytes; i++ {
		word := words[rng.IntN(len(words))]
		if seed > 0 && rng.IntN(400) == 0 {
			word = strings.Repeat("long ", rng.IntN(int(seed)*largeRange/4))
		}
		text, _ = w.Append(text, value.Rec(value.NewRecord(shape, value.TextOf(words[rng.IntN(len(words))]), value.Int(int64(i)), value.TextOf(word))))
	}
	return format.End(text, w)
}

// readParts returns all records of a file as JSON, a line each, read by ranges two at a time.
func readParts(t *testing.T, name string, cutter format.Cutter) string {
	t.Helper()
	var out []byte
	err := microthread.Run(func(th *microthread.Thread) error {
		f, err := Open(th, name, nil)
		if err != nil {
			return err
		}
		defer f.Close()
		return eachPart(f.Ranges(cutter, false, LongestRecord, LongestRecord), func(b *value.Batch) {
			if bad := b.Parse(); len(bad) > 0 {
				t.Errorf("%s: got the bad rows %v", name, bad)
			}
			for v := range b.All() {
				out = append(v.AppendJSON(out), '\n')
			}
			b.Release()
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// eachPart fetches ranges two at a time, the second by another goroutine, and closes r.
func eachPart(r *Ranges, take func(*value.Batch)) error {
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
				take(b)
			}
		}
	}
	return nil
}

// TestRangesReadOnce wants each range read as far as it goes and no more than a little beyond, into
// memory of its size, whether small ranges are read or large ones.
func TestRangesReadOnce(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lines")
	text := bytes.Repeat([]byte("a line of thirty-two characters\n"), 1<<16)
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, large := range []bool{false, true} {
		err := microthread.Run(func(th *microthread.Thread) error {
			f, err := Open(th, name, nil)
			if err != nil {
				return err
			}
			defer f.Close()
			r := f.Ranges(format.NewLines(), large, LongestRecord, LongestRecord)
			defer r.Close()
			for r.next < r.file.length {
				end := min(r.next+r.size, r.file.length)
				p := part{file: r.file, from: r.next, to: end, pool: r.pool}
				e, err := p.read(p.from)
				if err != nil {
					return err
				}
				if got, most := e.n, int(p.to-p.from)+rangeSlack; got > most || len(e.block.Bytes()) > int(r.most)+rangeSlack {
					t.Errorf("large %v, the range %d to %d: got %d bytes in a block of %d, want at most %d", large, p.from, p.to, got, len(e.block.Bytes()), most)
				}
				e.block.Release()
				r.next, r.size = end, min(2*r.size, r.most)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
