package input

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"mtpipe/internal/format"
	"mtpipe/microthread"
	"mtpipe/value"
)

// pieces is a source that gives so many bytes at a time.
type pieces struct {
	text string
	size int
}

func (p *pieces) Read(b []byte) (int, error) {
	if p.text == "" {
		return 0, io.EOF
	}
	n := copy(b, p.text[:min(p.size, len(p.text))])
	p.text = p.text[n:]
	return n, nil
}

// TestReader_Limit wants lines up to the limit, and an error behind those that stand before
// one that is longer.
func TestReader_Limit(t *testing.T) {
	const small, large = 10, 300 << 10
	for _, limit := range []int{small, large} {
		line := func(n int) string { return strings.Repeat("x", n) }
		for _, row := range []struct {
			name, text, want string
			fails            bool
		}{
			{"as long as may be", line(limit) + "\n" + line(limit) + "\n", line(limit) + "\n" + line(limit) + "\n", false},
			{"as long as may be, without an end", "a\n" + line(limit), "a\n" + line(limit), false},
			{"too long", line(limit+1) + "\n", "", true},
			{"too long behind others", "a\n\n" + line(limit) + "\n" + line(limit+1) + "\nb\n", "a\n\n" + line(limit) + "\n", true},
			{"too long without an end", "a\n" + line(limit+1), "a\n", true},
			{"many short ones", strings.Repeat("abc\n", 1000), strings.Repeat("abc\n", 1000), false},
			{"much too long", line(5 * limit), "", true},
		} {
			for _, size := range []int{1 << 30, 4096, limit, 7} {
				t.Run(fmt.Sprint(row.name, ", limit ", limit, ", pieces of ", size), func(t *testing.T) {
					if limit == large && size == 7 {
						t.Skip("takes long")
					}
					r := NewStreamBlocks(LongestRecord).Reader(&pieces{row.text, size}, "", format.NewLines())
					r.Limit(limit)
					var got strings.Builder
					var err error
					for {
						b, nextErr := r.Next()
						if err = nextErr; err != nil {
							break
						}
						got.Write(b.Data())
						b.Release()
					}
					if fails := err != io.EOF; fails != row.fails || got.String() != row.want {
						t.Errorf("got %d bytes, %v, want %d and an error %t", got.Len(), err, len(row.want), row.fails)
					}
					if want := fmt.Sprintf("a line is longer than %d bytes; see --max-line", limit); row.fails && err.Error() != want {
						t.Errorf("got %v, want %s", err, want)
					}
					if _, again := r.Next(); again == nil {
						t.Error("got more behind the end")
					}
				})
			}
		}
	}
}

// TestLimitOfRecords reads records of which one is longer than the limit, in one piece, in
// several and in ranges, and wants those before it, and its place.
func TestLimitOfRecords(t *testing.T) {
	short := map[string]string{"lines": "x\n", "csv": "a,\"b\n\"\"c\"\n", "tsv": "a\tb\n", "jsonl": "{\"a\":1}\n", "json": `{"a":"]\""},` + "\n", "xtab": "a 1\nb 2\n\n"}
	begin := map[string]string{"csv": "h,\"i\"\n", "tsv": "h\ti\n", "json": "["}
	long := map[string]string{"lines": "X\n", "csv": "a,\"X\n\"\n", "tsv": "a\tX\n", "jsonl": "{\"a\":\"X\"}\n", "json": `{"a":"X"},` + "\n", "xtab": "a 1\nb X\nc 3\n\n"}
	names := map[string]string{"json": "a value", "csv": "a record", "tsv": "a record", "xtab": "a record"}
	for name, record := range short {
		cutter := func() format.Cutter {
			if name == "lines" {
				return format.NewLines()
			}
			return format.ByName(name).Cutter()
		}
		for _, limit := range []int{20, 700 << 10} {
			for _, fits := range []bool{true, false} {
				before := begin[name] + strings.Repeat(record, 1_200_000/len(record))
				other := strings.Replace(long[name], "X", "", 1)
				n := limit - len(strings.TrimRight(other, ",\n"))
				if name == "xtab" { // its record ends with the line after it
					n = limit - len(other) + 1
				}
				if !fits {
					n++
				}
				text := before + strings.Replace(long[name], "X", strings.Repeat("x", n), 1) + strings.Repeat(record, 100)
				if name == "json" {
					text += `{"a":1}]`
				}
				file := t.TempDir() + "/file"
				if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
				for _, way := range []string{"whole", "pieces", "ranges"} {
					t.Run(fmt.Sprint(name, limit, fits, way), func(t *testing.T) {
						var rows int
						err := readLimited(t, file, text, way, cutter(), limit, func(b *value.Batch) {
							if name != "lines" {
								b.Parse()
							}
							rows += b.Len()
							b.Release()
						})
						wantRows := strings.Count(before, record) + 101
						if name == "json" {
							wantRows++
						}
						if fits {
							if err != nil || rows != wantRows {
								t.Errorf("got %d rows, %v, want %d and no error", rows, err, wantRows)
							}
							return
						}
						wantRows = strings.Count(before, record)
						what := cmp.Or(names[name], "a line")
						var e *TooLongError
						if rows != wantRows || !errors.As(err, &e) || e.What != what {
							t.Fatalf("got %d rows, %v, want %d and that %s is too long", rows, err, wantRows, what)
						}
						line := int64(strings.Count(before, "\n") + 1)
						if e.Origin.Line != line && e.Origin.Offset != int64(len(before)) {
							t.Errorf("got the place %+v, want line %d at %d", e.Origin, line, len(before))
						}
					})
				}
			}
		}
	}
}

// readLimited reads a file, or its text in pieces.
func readLimited(t *testing.T, file, text, way string, cutter format.Cutter, limit int, each func(*value.Batch)) error {
	t.Helper()
	return microthread.Run(func(th *microthread.Thread) error {
		if way == "pieces" {
			return NewBlocks(limit, LongestRecord).Reader(&pieces{text, 10_000}, "", cutter).PutAll(each)
		}
		f, err := Open(th, file, nil)
		if err != nil {
			return err
		}
		defer f.Close()
		if r := ranged(f, way, cutter, limit); r != nil {
			defer r.Close()
			for b := r.Next(); b != nil; b = r.Next() {
				rows, err := b.Fetch()
				if rows != nil {
					each(rows)
				}
				if err != nil {
					return err
				}
			}
			return nil
		}
		return NewBlocks(limit, LongestRecord).Reader(f, f.Name(), cutter).PutAll(each)
	})
}

// ranged returns the ranges of a file that is to be read so, and can be.
func ranged(f *File, way string, cutter format.Cutter, limit int) *Ranges {
	if way != "ranges" {
		return nil
	}
	return f.Ranges(cutter, false, limit, LongestRecord)
}
