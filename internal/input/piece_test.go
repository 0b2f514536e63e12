package input

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mtpipe/internal/format"
	"mtpipe/microthread"
	"mtpipe/value"
)

// pieceFormats are what files are divided by, and what their text is made of.
var pieceFormats = []struct {
	name   string
	cutter func() format.Cutter
	header string
	words  []string
}{
	{"lines", format.NewLines, "", []string{"a", "", "two words", "ä世", "\r", "\xff"}},
	{"jsonl", format.ByName("jsonl").Cutter, "", []string{`{"a":1}`, "", `{"ä":"\n\"世"}`, "17\r", "wrong"}},
	{"logfmt", format.ByName("logfmt").Cutter, "", []string{"a=1 b=2", "", `ä="x y\"z"`, "a=世\r", "=wrong"}},
	{"dkvp", format.ByName("dkvp").Cutter, "\xef\xbb\xbf", []string{"a=1,b=2", "", "ä=x y", "a=世\r"}},
	{"nidx", format.ByName("nidx").Cutter, "", []string{"a 1 b 2", "", "ä  x y", "世\r"}},
	{"tsv", format.ByName("tsv").Cutter, "a\tb\n", []string{"1\t2", "", "\\n\tä\r", `"` + "\t1", "1\t2\t3", "wrong"}},
	{"csv", format.ByName("csv").Cutter, "\xef\xbb\xbfa,\"b\n\",c\r\n", []string{"1,2,3", "", "x,\"a,\nb\",\"\r\n\"\r", "\"ä\",世,\"\"\"\"", "\"\n\n\",\"\n,,\n\",", "12\" monitor,,", "\"x\"y,,", "1,2"}},
	{"csv ;", csvWith("Delimiter", ";"), "a;b\n", []string{"1;2", "", "\"a;\nb\";,", "ä\r"}},
	{"csv ::", csvWith("Delimiter", "::"), "a::b\n", []string{"1::2", "", "\"a::\nb\"::\"\n\"", "1:2::\r"}},
	{"csv --no-header", csvWith("NoHeader", true), "", []string{"1,2", "", "\"\n\",\"\"\"\"", "3,4\r", "1"}},
	{"csv --ragged", csvWith("Ragged", true), "a,b\n", []string{"1,2", "1,2,\"\n\"", "1", "\"x\ny\"", ",,,,"}},
	{"csv --text", csvWith("Text", true), "a,b\n", []string{"1,2", "1,\"\"\"\n\"", "1,\"x\ny\""}},
	{"csv --comment", csvWith("Comment", "#"), "#\"\na,b\n", []string{"1,2", "#\"", "#", "\"\n#\",#", "#,\n\n#"}},
	{"csv --lazy-quotes", csvWith("LazyQuotes", true), "a,b\n", []string{"1,2", " \"a\nb\" ,2", "\"a \" b\n\",2"}},
	{"xtab", format.ByName("xtab").Cutter, "", []string{"a 1\nb 2\n", "a 1", "", " \r", "ä 世\n", " wrong"}},
	{"paragraphs", func() format.Cutter { return format.NewPieces(format.Pieces{Paragraphs: true}) }, "", []string{"a\nb\n", "", "\r", "ä世"}},
	{"separator", func() format.Cutter { return format.NewPieces(format.Pieces{Separator: []byte("--"), Bare: true}) }, "", []string{"a--b", "--", "---", "", "ä世"}},
	{"start", func() format.Cutter {
		return format.NewPieces(format.Pieces{Starts: regexp.MustCompile(`^>`).Match})
	}, "", []string{">a", "", "b", ">", "ä世\r"}},
}

// csvWith returns what makes cutters of CSV with an option.
func csvWith(option string, to any) func() format.Cutter {
	usual := reflect.ValueOf(format.ByName("csv").Read.Arguments).Elem()
	arguments := reflect.New(usual.Type())
	arguments.Elem().Set(usual)
	field := arguments.Elem().FieldByName("Options").FieldByName(option)
	field.Set(reflect.ValueOf(to).Convert(field.Type()))
	return arguments.Interface().(format.ReaderArguments).Cutter
}

// TestPieces divides random text of every format at random places: the records of the pieces, with
// their lines and what is wrong with some, are those of the file, or the edges of neighbours tell
// that they are not, which is rare but for pieces of a few bytes.
func TestPieces(t *testing.T) {
	for _, f := range pieceFormats {
		t.Run(f.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(uint64(len(f.name)), 15))
			name := filepath.Join(t.TempDir(), "text")
			divided, disagreed := 0, 0
			for range 60 {
				text := []byte(f.header)
				most := 1 + rng.IntN(len(f.words))
				for range rng.IntN(200) {
					text = append(append(text, f.words[rng.IntN(most)]...), '\n')
				}
				if rng.IntN(3) == 0 {
					text = bytes.TrimSuffix(text, newlineBytes)
				}
				write(t, name, text)
				pieces, fits := comparePieces(t, name, text, 1+rng.IntN(50), []int{16, 64, 500, LongestRecord}[rng.IntN(4)], f.cutter)
				if pieces > 1 {
					divided++
				}
				if !fits {
					disagreed++
				}
			}
			if divided < 20 || disagreed > divided/4 {
				t.Errorf("got %d files that were divided, and %d of them whose pieces do not fit, want many and few", divided, disagreed)
			}
		})
	}
}

// comparePieces reads a text in about count pieces and whole, and wants the same records if the edges
// of the pieces fit. It returns how many pieces there are, and whether they do. At most most bytes
// are read at a time, and looked at before a piece.
func comparePieces(t *testing.T, name string, text []byte, count, most int, cutter func() format.Cutter) (n int, fits bool) {
	t.Helper()
	write(t, name, text)
	pieces, err := Pieces([]string{name}, int64(len(text)/count+1), func(string) format.Cutter { return cutter() }, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, fits := readPieces(t, pieces, most, cutter)
	whole, _ := readPieces(t, []Piece{{File: name, Size: int64(len(text)), To: int64(len(text)), Whole: true}}, LongestRecord, cutter)
	if fits && !slices.Equal(got, whole) {
		i := 0
		for i < min(len(got), len(whole)) && got[i] == whole[i] {
			i++
		}
		t.Fatalf("%d pieces of %.400q: got %d records, want %d; number %d is not the same:\n%.200q\nwant\n%.200q", len(pieces), text, len(got), len(whole), i, got[i:], whole[i:])
	}
	return len(pieces), fits
}

// TestPiecesOfProse wants the edges to agree for CSV as people have it: with fields of prose of
// many lines, quotes and commas, longer than what is read to guess, or than a piece.
func TestPiecesOfProse(t *testing.T) {
	name := filepath.Join(t.TempDir(), "text.csv")
	words := []string{"word ", "two words, ", "\n", ",", "\n\n", `""quoted"" `, "Größe, ", `"",""`, "\r\n", "3.50 "}
	for seed := range uint64(12) {
		rng := rand.New(rand.NewPCG(seed, 16))
		columns, longest := 1+int(seed)%4, []int{10, 1000, 30000}[seed%3]
		var text []byte
		for len(text) < 1<<20 {
			for k := range columns {
				if k > 0 {
					text = append(text, ',')
				}
				switch {
				case len(text) < 20 || rng.IntN(3) > 0:
					text = append(text, 'a'+byte(rng.IntN(26)))
				default:
					text = append(text, '"')
					for range rng.IntN(longest) {
						text = append(text, words[rng.IntN(len(words))]...)
					}
					text = append(text, '"')
				}
			}
			text = append(text, '\n')
		}
		if n, fits := comparePieces(t, name, text, 30, LongestRecord, format.ByName("csv").Cutter); n < 20 || !fits {
			t.Errorf("seed %d: got %d pieces, and that they fit is %v, want more than 20 that do", seed, n, fits)
		}
	}
}

// FuzzPieces divides any text in any format into up to 20 pieces: their records are those of the
// whole text, or their edges do not fit.
func FuzzPieces(f *testing.F) {
	for i, format := range pieceFormats {
		f.Add(uint8(i), uint8(3), []byte(format.header+strings.Join(format.words, "\n")+"\n"+strings.Join(format.words, "\n")))
	}
	name := filepath.Join(f.TempDir(), "text")
	f.Fuzz(func(t *testing.T, which, count uint8, text []byte) {
		comparePieces(t, name, text, 1+int(count)%20, []int{16, LongestRecord}[count&1], pieceFormats[int(which)%len(pieceFormats)].cutter)
	})
}

var newlineBytes = []byte("\n")

func write(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// readPieces returns the records of pieces one after another, each with its line, and whether the
// edges of neighbours agree.
func readPieces(t *testing.T, pieces []Piece, most int, cutter func() format.Cutter) (rows []string, fits bool) {
	t.Helper()
	fits = true
	end := int64(-1)
	for _, p := range pieces {
		r, list, err := readPiece(t, p, most, cutter())
		if err != nil {
			t.Fatalf("%+v: %v", p, err)
		}
		rows = append(rows, list...)
		begin, next, guessed := r.Edges()
		if guessed && end >= 0 && begin != end {
			fits = false
		}
		end = next
	}
	return rows, fits
}

// readPiece returns the records of a piece, each with its line or what is wrong with it. The text of
// a packed file, or of an object, stands in a file beside it.
func readPiece(t *testing.T, p Piece, most int, cutter format.Cutter) (r *PieceReader, rows []string, err error) {
	t.Helper()
	plain, _ := Unpacked(p.File)
	text, err := os.ReadFile(strings.TrimPrefix(plain, "s3://bucket/"))
	if err != nil {
		t.Fatal(err)
	}
	offset, before := int64(0), 0
	lines := func(to int64) int {
		if to < offset {
			offset, before = 0, 0
		}
		before += bytes.Count(text[offset:to], newlineBytes)
		offset = to
		return before
	}
	return r, rows, microthread.Run(func(th *microthread.Thread) (err error) {
		if r, err = ReadPiece(th, p, cutter, NewBlocks(LongestRecord, most), 0); err != nil {
			return err
		}
		defer r.Close()
		for {
			b, err := r.Next()
			if err != nil {
				return NotEnd(err)
			}
			rows = append(rows, rowsOf(b, lines)...)
			b.Release()
		}
	})
}

// rowsOf returns the rows of a batch, as readPiece has them. Lines says how many stand before a
// place in the file.
func rowsOf(b *value.Batch, lines func(int64) int) (rows []string) {
	wrong := make(map[int]error)
	if b.Form() == value.FormRaw {
		for _, e := range b.Parse() {
			wrong[e.Row] = e.Err
		}
	}
	if b.Form() == value.FormLines {
		b.ToSpans()
	}
	var place value.Place
	for i := range b.Len() {
		o, newlines := b.PlaceFrom(&place, int(b.Row(i).Off))
		line := int(o.Line) + newlines // as messages have it
		if o.Line == 0 {
			line = lines(o.Offset) + int(o.After) + newlines + 1
		}
		if err := wrong[i]; err != nil {
			rows = append(rows, fmt.Sprintf("%d: %v", line, err))
		} else {
			rows = append(rows, fmt.Sprintf("%d: %s", line, b.ValueAt(i).AppendJSON(nil)))
		}
	}
	return rows
}

// TestPiecesOfFiles wants whole pieces of files that cannot be divided, are not to be, or are small,
// and the others divided where they say, in order.
func TestPiecesOfFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	csv := "a,b\n" + strings.Repeat("1,2\n", 100)
	for name, text := range map[string]string{
		"a1.csv": csv, "a2.csv": csv, "a3.csv": "a,b\n1,2\n", "b.json": "[" + strings.Repeat("1,\n", 200) + "1]", "c.txt": strings.Repeat("\xff\xfea\x00", 200),
		"d.csv": "a,b\r" + strings.Repeat("1,2\r", 100), "e.csv": "\"a" + strings.Repeat(",", firstRange) + "\",b\n1,2\n", "empty": "", "f.txt.gz": csv,
	} {
		write(t, name, []byte(text))
	}
	pieces, err := Pieces([]string{"a*.csv", "b.json", "c.txt", "d.csv", "e.csv", "empty", "f.txt.gz"}, 300, Cutter, map[string]bool{"a2.csv": true})
	var got []string
	for _, p := range pieces {
		got = append(got, fmt.Sprint(p.File, " ", p.From, "-", p.To, " of ", p.Size, " ", p.Whole))
	}
	want := []string{"a1.csv 0-202 of 404 false", "a1.csv 202-404 of 404 false", "a2.csv 0-404 of 404 true", "a3.csv 0-8 of 8 true", "b.json 0-603 of 603 true",
		"c.txt 0-800 of 800 true", "d.csv 0-404 of 404 true", "e.csv 0-65546 of 65546 true", "empty 0-0 of 0 true", "f.txt.gz 0-404 of 404 true"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v\n%s\nwant\n%s", err, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, row := range []struct {
		name string
		size int64
		want string
	}{
		{"-", 1, "- is no regular file, so that it can be read only once"},
		{"missing", 1, "stat missing: no such file or directory"},
		{"*.none", 1, "no file matches *.none"},
		{".", 1, "read .: is a directory"},
		{"a1.csv", 0, "a piece must have 1 byte or more, not 0"},
	} {
		if _, err := Pieces([]string{row.name}, row.size, Cutter, nil); err == nil || err.Error() != row.want {
			t.Errorf("%s: got %v, want %s", row.name, err, row.want)
		}
	}
}

// TestPieceOfChangedFile wants an error when a file has another size than when it was divided,
// before it is read and at its end.
func TestPieceOfChangedFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "text.csv")
	text := []byte("a,b\n" + strings.Repeat("1,2\n", 100))
	for _, whole := range []map[string]bool{nil, {name: true}} {
		for _, change := range []int{-1, 1} {
			write(t, name, text)
			pieces, err := Pieces([]string{name}, 300, Cutter, whole)
			if err != nil {
				t.Fatal(err)
			}
			want := fmt.Sprintf("%s has changed: it had %d bytes when it was divided, and has %d now", name, len(text), len(text)+change)
			err = microthread.Run(func(th *microthread.Thread) error {
				r, err := ReadPiece(th, pieces[0], Cutter(name), NewBlocks(LongestRecord, LongestRecord), 0)
				if err != nil {
					return err
				}
				defer r.Close()
				if err := os.Truncate(name, int64(len(text)+change)); err != nil {
					return err
				}
				for err == nil {
					_, err = r.Next()
				}
				if _, again := r.Next(); !errors.Is(again, err) {
					t.Errorf("got %v after %v", again, err)
				}
				return NotEnd(err)
			})
			if err == nil || err.Error() != want {
				t.Errorf("whole %v, changed by %d: got %v, want %s", whole != nil, change, err, want)
			}
			if _, _, err := readPiece(t, pieces[0], LongestRecord, Cutter(name)); err == nil || err == io.EOF || err.Error() != want {
				t.Errorf("whole %v, changed by %d before: got %v, want %s", whole != nil, change, err, want)
			}
		}
	}
}
