package format_test

import (
	"strings"
	"testing"

	"mtpipe/internal/format"
	"mtpipe/value"
)

func TestXtab(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"two records", "a 1\nbcd 2\n\na 3\nbcd 4\n", "a bcd\n\"1\"|\"2\"\n\"3\"|\"4\"\n"},
		{"the last line without a newline", "a 1", "a\n\"1\"\n"},
		{"runs of blanks and tabs", "a  \t 1\nb\t2 \n", "a b\n\"1\"|\"2 \"\n"},
		{"blanks within a value", "a x  y\tz\n", "a\n\"x  y\\tz\"\n"},
		{"values that are empty", "a\nb \n", "a b\n\"\"|\"\"\n"},
		{"many empty lines", "\n\n \na 1\n\n\t\n\r\n\na 2\n\n\n", "a\n\"1\"\n\"2\"\n"},
		{"carriage returns", "a 1\r\nb\r\n\r\na 2\r\nb 3\r\n", "a b\n\"1\"|\"\"\n\"2\"|\"3\"\n"},
		{"a byte order mark", "\xef\xbb\xbfa 1\n", "a\n\"1\"\n"},
		{"nothing", "", ""},
		{"empty lines alone", "\n \n\r\n", ""},
		{"a name that stands twice", "a 1\nb 2\na 3\n", "a b\n\"3\"|\"2\"\n"},
		{"other names", "a 1\n\nb 2\n", "a\n\"1\"\nb\n\"2\"\n"},
		{"carriage returns alone", "a 1\ra 2\r\n\na 3\n", "bad at 3: a carriage return stands within the line; of lines that end with nothing else, lines --separator '\\r' makes lines\na\n\"3\"\n"},
		{"no name", "a 1\n 2\n  3\n\na 4\n", "bad at 4: a line has no name before its value\na\n\"4\"\n"},
	} {
		if got := brief(anyhow(t, format.CutterOf("xtab"), row.text, 1)); got != row.want {
			t.Errorf("%s: %q:\ngot  %q\nwant %q", row.name, row.text, got, row.want)
		}
	}
}

// TestXtabRowsThatStand wants rows whose places are known to be found with a single newline
// between them, as they are in temporary files.
func TestXtabRowsThatStand(t *testing.T) {
	c := format.CutterOf("xtab")()
	text := []byte("a 1\nb 2\na 3\nb 4\n")
	b := c.Batch(value.NewBlock(text), text)
	r := b.Records()
	r.Rows = append(r.Rows, value.Row{Off: 0, Len: 7}, value.Row{Off: 8, Len: 7})
	if bad := b.Parse(); len(bad) > 0 || len(r.Rows) != 2 {
		t.Fatalf("got %d rows, bad %v, want 2", len(r.Rows), bad)
	}
	for i, want := range []string{`{"a":1,"b":2}`, `{"a":3,"b":4}`} {
		if got := string(r.Value(i).AppendJSON(nil)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestXtabWritten(t *testing.T) {
	rec := func(names []string, vals ...value.Value) value.Value {
		return value.Rec(value.NewRecord(value.NewShape(names...), vals...))
	}
	one, text := value.Int(1), value.TextOf
	for _, row := range []struct {
		name string
		vs   []value.Value
		want string // what begins with "error: " is the error of the last value
	}{
		{"aligned", []value.Value{rec([]string{"a", "long"}, one, text("x y "))}, "a    1\nlong x y \n"},
		{"two records", []value.Value{rec([]string{"a"}, one), rec([]string{"bc", "d"}, one, one)}, "a 1\n\nbc 1\nd  1\n"},
		{"wide letters", []value.Value{rec([]string{"世界", "b"}, one, one)}, "世界 1\nb    1\n"},
		{"empty and null", []value.Value{rec([]string{"a", "bc"}, text(""), value.Null)}, "a\nbc\n"},
		{"no record", []value.Value{one}, "value 1\n"},
		{"a list", []value.Value{rec([]string{"a"}, value.List([]value.Value{one, value.String("x\n")}))}, "a [1,\"x\\n\"]\n"},
		{"no fields", []value.Value{rec(nil)}, "error: a record without fields cannot be written as xtab"},
		{"an empty name", []value.Value{rec([]string{""}, one)}, `error: the name "" cannot be one of xtab`},
		{"a blank in a name", []value.Value{rec([]string{"a b"}, one)}, `error: the name "a b" cannot be one of xtab`},
		{"a newline", []value.Value{rec([]string{"a"}, text("x\ny"))}, `error: the value of "a" has a newline in it, which xtab cannot have`},
		{"a blank first", []value.Value{rec([]string{"a"}, text(" x"))}, `error: the value of "a" begins with a blank, which xtab passes over`},
		{"a tab alone", []value.Value{rec([]string{"a"}, text("\t"))}, `error: the value of "a" begins with a blank, which xtab passes over`},
		{"a carriage return last", []value.Value{rec([]string{"a"}, text("x\r"))}, `error: the value of "a" has a carriage return in it, which xtab cannot have`},
	} {
		var got []byte
		var err error
		for w := format.New("xtab", format.Screen{}); len(row.vs) > 0 && err == nil; row.vs = row.vs[1:] {
			got, err = w.Append(got, row.vs[0])
		}
		if err != nil {
			got = append(got, "error: "+err.Error()...)
		}
		if string(got) != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
}

// TestXtabAfterAnError wants a record that cannot be written to leave nothing behind, and the
// next one to stand by itself.
func TestXtabAfterAnError(t *testing.T) {
	w := format.New("xtab", format.Screen{})
	shape := value.NewShape("a", "b")
	var dst []byte
	for _, s := range []string{"1", "x\ny", "2"} {
		dst, _ = w.Append(dst, value.Rec(value.NewRecord(shape, value.TextOf("0"), value.TextOf(s))))
	}
	if want := "a 0\nb 1\n\na 0\nb 2\n"; string(dst) != want {
		t.Errorf("got %q, want %q", dst, want)
	}
}

// FuzzXtab wants blocks to be read for themselves: what stands between two empty lines gives
// the same whatever stands beside it. What was read can be written and read again.
func FuzzXtab(f *testing.F) {
	for i, s := range []string{
		"a 1\nb 2\n\na 3\n", " \n\na\t1\r\n\r\nb\n", "a 1\n x\n\nb 2", "\xef\xbb\xbfa 1\n", "a 1\na 2\nb\n\n\n", "\n\r\r\n\na \r\r\n", "\x00 \xff\n\n\u00a0 1\n", "a 1\n\t \n b 2\n", "\xef\xbb", "a\x1fb 1\n",
	} {
		f.Add([]byte(s), uint64(i))
	}
	f.Fuzz(func(t *testing.T, text []byte, seed uint64) {
		got := anyhow(t, format.CutterOf("xtab"), string(text), seed)
		w := format.New("xtab", format.Screen{})
		for _, g := range got {
			alone := whole(t, format.CutterOf("xtab")(), "\n"+g.raw) // after a newline a byte order mark is text
			if len(alone) != 1 || alone[0].dump != g.dump || alone[0].err != g.err {
				t.Fatalf("%q: got %v, and %v for the record alone", text, g, alone)
			}
			if g.err != "" || strings.Contains(g.raw, "\xef\xbb\xbf") {
				continue
			}
			v := valueOf(t, g.raw)
			again, err := w.Append(nil, v)
			if err != nil {
				if !strings.HasSuffix(err.Error(), "has a carriage return in it, which xtab cannot have") && !strings.Contains(err.Error(), "cannot be one of xtab") {
					t.Fatalf("%q: got the error %v", g.raw, err)
				}
				continue
			}
			if back := whole(t, format.CutterOf("xtab")(), string(again)); len(back) != 1 || back[0].dump != g.dump {
				t.Fatalf("%q: got %v after writing %q, want %s", g.raw, back, again, g.dump)
			}
		}
	})
}

// valueOf returns the record in the text of one.
func valueOf(t *testing.T, raw string) value.Value {
	t.Helper()
	text := []byte("\n" + raw)
	c := format.CutterOf("xtab")()
	c.Cut(text, true)
	b := c.Batch(value.NewBlock(text), text)
	b.Parse()
	return b.Records().Value(0)
}
