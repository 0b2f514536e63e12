package input

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"mtpipe/internal/format"
	"mtpipe/microthread"
	"mtpipe/value"
)

// cutters are the formats of records.
func cutters() map[string]func() format.Cutter {
	all := make(map[string]func() format.Cutter)
	for _, f := range format.Readable() {
		all[f.Name] = f.Cutter
	}
	return all
}

// recordsOf returns all records of a reader as JSON, a line each, and the error that ended it.
func recordsOf(r *Reader) (string, error) {
	var out []byte
	for {
		b, err := r.Next()
		if err != nil {
			return string(out), NotEnd(err)
		}
		for _, e := range b.Parse() {
			return string(out), e.Err
		}
		for v := range b.All() {
			out = append(v.AppendJSON(out), '\n')
		}
		b.Release()
	}
}

// TestRecords reads a file of each format plain and packed.
func TestRecords(t *testing.T) {
	for _, row := range []struct{ name, text, bzip2, want string }{
		{"csv", "a,b\n1,\"x,y\"\n2,007\n",
			"425a683931415926535973989c2300000759800010100470803000006020003100d34d0434032746abde2a9260208f17724538509073989c23",
			"{\"a\":1,\"b\":\"x,y\"}\n{\"a\":2,\"b\":\"007\"}\n"},
		{"tsv", "a\tb\n1\tx\\ty\n",
			"425a6839314159265359dfae5c960000034b80003020000004300004602000221a1a3d420c988cb6316f23c5dc914e142437eb972580",
			"{\"a\":1,\"b\":\"x\\ty\"}\n"},
		{"json", "[{\"a\":1},\n {\"a\":2}]\n",
			"425a683931415926535959f2c4840000065b80001050043010000a2000000a2000212a3268cca10340d09b8c10d1654c0f13f8bb9229c28482cf962420",
			"{\"a\":1}\n{\"a\":2}\n"},
		{"jsonl", "{\"a\":1}\n{\"a\":2}\n",
			"425a6839314159265359229de2e900000659800010100030102000000a2000310c0812807a89c226868be2ee48a70a120453bc5d20",
			"{\"a\":1}\n{\"a\":2}\n"},
		{"logfmt", "a=1 b=\"x y\"\n",
			"425a6839314159265359eb702323000004598000105000200230000060200031064c4100d36a5e33a018578bb9229c284875b8119180",
			"{\"a\":1,\"b\":\"x y\"}\n"},
	} {
		dir := t.TempDir()
		var gz, zst bytes.Buffer
		enc, err := zstd.NewWriter(&zst)
		if err != nil {
			t.Fatal(err)
		}
		bz, err := hex.DecodeString(row.bzip2)
		if err != nil {
			t.Fatal(err)
		}
		for ending, content := range map[string][]byte{
			"":     []byte(row.text),
			".gz":  packed(t, gzip.NewWriter(&gz), &gz, row.text),
			".zst": packed(t, enc, &zst, row.text),
			".bz2": bz,
		} {
			name := filepath.Join(dir, "it."+row.name+ending)
			if err := os.WriteFile(name, content, 0o600); err != nil {
				t.Fatal(err)
			}
			if got := Format(name); got.Name != row.name {
				t.Errorf("%s: got the format %s", name, got.Name)
			}
			var got string
			rerr := microthread.Run(func(th *microthread.Thread) error {
				f, err := Open(th, name, nil)
				if err != nil {
					return err
				}
				defer f.Close()
				got, err = recordsOf(NewBlocks(LongestRecord, LongestRecord).Reader(f, name, Format(name).Cutter()))
				return err
			})
			if got != row.want || rerr != nil {
				t.Errorf("%s: got %q, %v, want %q", name, got, rerr, row.want)
			}
		}
	}
}

// trickle is a source of pieces that counts how many were read.
type trickle struct {
	pieces []string
	reads  int
	end    error
}

func (s *trickle) Read(p []byte) (int, error) {
	if s.reads == len(s.pieces) {
		return 0, s.end
	}
	n := copy(p, s.pieces[s.reads])
	if s.pieces[s.reads] = s.pieces[s.reads][n:]; s.pieces[s.reads] == "" {
		s.reads++
	}
	return n, nil
}

// TestRecordsComeAtOnce wants each record as soon as its end was read, whatever comes behind it
// and however long that takes; elements of a list, too.
func TestRecordsComeAtOnce(t *testing.T) {
	for _, row := range []struct {
		format string
		pieces []string
		want   []string // the records that come when so many pieces were read
	}{
		{"json", []string{"[", "{\"a\":1}", ",{\"a\"", ":2},3", ",", "\"x\"", "]"}, []string{"", `{"a":1} `, "", `{"a":2} `, "3 ", `"x" `, ""}},
		{"json", []string{"{\n\"a\":", "1\n", "}", "[[1", "],"}, []string{"", "", `{"a":1} `, "", "[1] "}},
		{"json", []string{"1", "2", "\n", "true ", `"a\`, `""`}, []string{"", "", "12 ", "true ", "", `"a\"" `}},
		{"jsonl", []string{"{\"a\":1}\n{", "\"a\":2}", "\n", "3\n4\n"}, []string{`{"a":1} `, "", `{"a":2} `, "3 4 "}},
		{"csv", []string{"a,b", "\n", "1,2\n3", ",\"4\n", "5\"", "\"\n\"", "\n6,7\n"}, []string{"", "", `{"a":1,"b":2} `, "", "", "", `{"a":3,"b":"4\n5\"\n"} {"a":6,"b":7} `}},
		{"tsv", []string{"a\tb\n1\t\"2\n", "3\t", "4\n"}, []string{`{"a":1,"b":"\"2"} `, "", `{"a":3,"b":4} `}},
		{"logfmt", []string{"a=1\n", "a=", "2\n"}, []string{`{"a":1} `, "", `{"a":2} `}},
	} {
		src := &trickle{pieces: append([]string(nil), row.pieces...), end: io.EOF}
		r := NewBlocks(LongestRecord, LongestRecord).Reader(src, "", cutters()[row.format]())
		got := make([]string, len(row.want))
		for {
			b, err := r.Next()
			if err != nil {
				break
			}
			if bad := b.Parse(); src.reads > 0 && len(bad) == 0 {
				for v := range b.All() {
					got[src.reads-1] += string(v.AppendJSON(nil)) + " "
				}
			}
		}
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", row.want) {
			t.Errorf("%s in the pieces %q: got %q, want %q", row.format, row.pieces, got, row.want)
		}
	}
}

// TestReadErrorBehindRecords wants the records before a failure of the source, then its error.
func TestReadErrorBehindRecords(t *testing.T) {
	broken := errors.New("broken")
	for format, text := range map[string]string{"csv": "a\n1\n2", "tsv": "a\n1\n2", "json": `{"a":1}{"a":`, "jsonl": "{\"a\":1}\n{\"a\":2}", "logfmt": "a=1\na=2"} {
		r := NewBlocks(LongestRecord, LongestRecord).Reader(&trickle{pieces: []string{text}, end: broken}, "", cutters()[format]())
		if got, err := recordsOf(r); got != "{\"a\":1}\n" || !errors.Is(err, broken) {
			t.Errorf("%s: got %q, %v, want one record and the error", format, got, err)
		}
	}
}

// TestLongRecords reads records that are longer than a block, among short ones, and wants the
// places in the file to be right behind them.
func TestLongRecords(t *testing.T) {
	long := strings.Repeat("x\ny", 3*BlockSize)
	quoted := string(value.TextOf(long).AppendJSON(nil))
	for format, text := range map[string]string{
		"csv":    "a\n1\n\"" + long + "\"\n2\n",
		"json":   `{"a":1}{"a":` + quoted + `}{"a":2}`,
		"jsonl":  `{"a":1}` + "\n" + `{"a":` + quoted + "}\n" + `{"a":2}` + "\n",
		"logfmt": "a=1\na=" + quoted + "\na=2\n",
		"tsv":    "a\n1\n" + strings.ReplaceAll(long, "\n", `\n`) + "\n2\n",
	} {
		want := `{"a":1}` + "\n" + `{"a":` + quoted + "}\n" + `{"a":2}` + "\n"
		got, err := recordsOf(NewBlocks(LongestRecord, LongestRecord).Reader(strings.NewReader(text), "", cutters()[format]()))
		if got != want || err != nil {
			t.Errorf("%s: got %d bytes, %v, want %d", format, len(got), err, len(want))
		}
	}
}

// TestPlacesOfBadRecords wants the line of a mistake wherever its block begins.
func TestPlacesOfBadRecords(t *testing.T) {
	columns := map[string]int{"csv": 1, "tsv": 1, "json": len("1},{\"a\":}"), "jsonl": 5, "logfmt": 1, "json on one line": 1 + 50_000*len("{\"a\":1},") + 6}
	for format, parts := range map[string][3]string{
		"csv":    {"a,b\n", "1,\"2\n3\"\n", "1\n"},
		"tsv":    {"a\tb\n", "1\t2\n\n", "1\n"},
		"json":   {"[", "{\"a\":\n1},", "{\"a\":}]"},
		"jsonl":  {"\n", "{\"a\":1}\n\n", "{\"a\"}\n"},
		"logfmt": {"\n", "a=1\n\n", "=\n"},

		"json on one line": {"[", "{\"a\":1},", "{\"a\":}]"},
	} {
		text := parts[0] + strings.Repeat(parts[1], 50_000)
		lines := strings.Count(text, "\n") + 1
		open, _, _ := strings.Cut(format, " ")
		r := NewBlocks(LongestRecord, LongestRecord).Reader(strings.NewReader(text+parts[2]), "", cutters()[open]())
		found := 0
		var place value.Place
		for {
			b, err := r.Next()
			if err != nil {
				break
			}
			for _, e := range b.Parse() {
				found++
				o, n := b.PlaceOf(e.Off)
				if _, m := b.PlaceFrom(&place, e.Off); m != n {
					t.Errorf("%s: got %d newlines from PlaceFrom, %d from PlaceOf", format, m, n)
				}
				if col := b.ColumnOf(e.Off); int(o.Line)+n != lines || col != columns[format] {
					t.Errorf("%s: got line %d and byte %d for the mistake, want %d and %d", format, int(o.Line)+n, col, lines, columns[format])
				}
			}
			b.Release()
		}
		if found != 1 {
			t.Errorf("%s: got %d mistakes, want 1", format, found)
		}
	}
}
