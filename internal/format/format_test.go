package format

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math/rand"
	"slices"
	"testing"

	"mtpipe/value"
)

// record makes a record of names and values in turn.
func rec(fields ...any) value.Value {
	var names []string
	var vals []value.Value
	for i := 0; i < len(fields); i += 2 {
		names = append(names, fields[i].(string))
		switch v := fields[i+1].(type) {
		case int:
			vals = append(vals, value.Int(int64(v)))
		case string:
			vals = append(vals, value.TextOf(v))
		case nil:
			vals = append(vals, value.Null)
		}
	}
	return value.Rec(value.NewRecord(value.NewShape(names...), vals...))
}

// written returns what the writer makes of vs, with a pause behind each if pauses is set.
func written(w Writer, pauses bool, vs ...value.Value) (string, error) {
	var dst []byte
	for _, v := range vs {
		var err error
		if dst, err = w.Append(dst, v); err != nil {
			return string(dst), err
		}
		if pauses {
			dst = Flush(dst, w)
		}
	}
	return string(End(dst, w)), nil
}

func TestFormats(t *testing.T) {
	open := value.TextOf("last").AsUnterminated()
	for _, row := range []struct {
		name, format string
		terminal     bool
		vs           []value.Value
		want         string
	}{
		{"text", "", false, []value.Value{value.TextOf("a"), value.Int(7), value.Null}, "a\n7\n\n"},
		{"text without its newline", "text", false, []value.Value{value.TextOf("a"), open}, "a\nlast"},
		{"text without its newline in the middle", "", false, []value.Value{open, value.TextOf("b")}, "last\nb\n"},
		{"records without a terminal", "", false, []value.Value{rec("a", 1, "b", "x")}, "{\"a\":1,\"b\":\"x\"}\n"},
		{"records on a terminal", "", true, []value.Value{rec("a", 1), value.TextOf("t"), rec("a", 100)}, "a\n─\n1\nt\n  a\n───\n100\n"},
		{"text asked for on a terminal", "text", true, []value.Value{rec("a", 1)}, "{\"a\":1}\n"},
		{"jsonl", "jsonl", false, []value.Value{value.TextOf("7"), value.Int(7)}, "7\n7\n"},
		{"json", "json", false, []value.Value{value.Int(1), rec("a", nil)}, "[\n1,\n{\"a\":null}\n]\n"},
		{"json of nothing", "json", false, nil, "[]\n"},
		{"csv", "csv", false, []value.Value{rec("a", "x,y", "b", "q\"r"), rec("b", 2, "a", "l\nm")}, "a,b\n\"x,y\",\"q\"\"r\"\n\"l\nm\",2\n"},
		{"csv with a field missing", "csv", false, []value.Value{rec("a", 1, "b", 2), rec("a", 3)}, "a,b\n1,2\n3,\n"},
		{"csv of what is no record", "csv", false, []value.Value{value.Int(1), value.TextOf("")}, "value\n1\n\"\"\n"},
		{"tsv", "tsv", false, []value.Value{rec("a", "x\ty", "b", "1\\2\n")}, "a\tb\nx\\ty\t1\\\\2\\n\n"},
		{"table", "table", false, []value.Value{rec("name", "Zoë", "n", 5), rec("name", "世界", "n", 12)}, "name   n\nZoë    5\n世界  12\n"},
		{"table with other names", "table", false, []value.Value{rec("a", 1), rec("b", 2)}, "a\n1\n\nb\n2\n"},
		{"table with controls", "table", false, []value.Value{rec("a", "x\x1b[31m\ny")}, "a\nx [31m y\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := written(New(row.format, Screen{Terminal: row.terminal}), false, row.vs...)
			if got != row.want || err != nil {
				t.Errorf("got  %q, %v\nwant %q", got, err, row.want)
			}
		})
	}
}

func TestHeaderThatLacksAField(t *testing.T) {
	_, err := written(New("csv", Screen{}), false, rec("a", 1), rec("a", 1, "b", 2))
	if want := `a record has the field "b", which the header a lacks`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestReadBack writes random records as CSV and JSON and reads them with the standard library.
func TestReadBack(t *testing.T) {
	rng := rand.New(rand.NewSource(4))
	text := func() string {
		b := make([]byte, rng.Intn(6))
		for i := range b {
			b[i] = "a,\"\n\tb '\\"[rng.Intn(9)]
		}
		return string(b)
	}
	for range 500 {
		want := []string{text(), text(), text()}
		v := rec("x", want[0], "y", want[1], "z", want[2])
		got, err := written(New("csv", Screen{}), false, v)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(bytes.NewReader([]byte(got))).ReadAll()
		if err != nil || len(rows) != 2 || !slices.Equal(rows[1], want) {
			t.Fatalf("got %q, %v from %q, want %q", rows, err, got, want)
		}
		var back []map[string]string
		got, _ = written(New("json", Screen{}), false, v, v)
		if err := json.Unmarshal([]byte(got), &back); err != nil || len(back) != 2 || back[1]["y"] != want[1] {
			t.Fatalf("got %q, %v from %q, want %q", back, err, got, want)
		}
	}
}

// TestList wants each format to be told from the others, and to say what it is.
func TestList(t *testing.T) {
	seen := make(map[string]bool)
	for _, f := range All() {
		for _, name := range append([]string{f.Name}, f.Extensions...) {
			if seen[name] {
				t.Errorf("%s: %s stands twice in the list", f.Name, name)
			}
			seen[name] = true
		}
		if f.Name == "" || f.Summary == "" || ByName(f.Name) != f || f.Read == nil && f.Write == nil {
			t.Errorf("got the format %+v, want one with a name, a summary and a side", f)
		}
		for _, ext := range f.Extensions {
			if OfFile("dir.csv/name"+ext) != f {
				t.Errorf("%s: %s tells %s", f.Name, ext, OfFile("name"+ext).Name)
			}
		}
	}
	if f := ByName("nothing"); f != nil {
		t.Errorf("got %s for a name that there is not", f.Name)
	}
}

func TestEnumerate(t *testing.T) {
	for _, row := range []struct {
		words []string
		want  string
	}{
		{nil, ""}, {[]string{"a"}, "a"}, {[]string{"a", "b"}, "a or b"}, {[]string{"a", "b", "c"}, "a, b or c"},
	} {
		if got := Enumerate(row.words, "or"); got != row.want {
			t.Errorf("got %q, want %q", got, row.want)
		}
	}
}

// TestAppendHeader wants the names of records that did not come where nothing else did.
func TestAppendHeader(t *testing.T) {
	names := []string{"a", "b c"}
	rec := value.Rec(value.NewRecord(value.NewShape("a"), value.Int(1)))
	for _, row := range []struct {
		format   string
		terminal bool
		before   []value.Value
		want     string
	}{
		{"csv", false, nil, "a,b c\n"},
		{"csv", false, []value.Value{rec}, "a\n1\n"},
		{"tsv", false, nil, "a\tb c\n"},
		{"table", true, nil, "a  b c\n─  ───\n0 rows\n"},
		{"table", false, []value.Value{rec}, "a\n1\n"},
		{"", true, nil, "a  b c\n─  ───\n0 rows\n"},
		{"", true, []value.Value{rec}, "a\n─\n1\n1 row\n"},
		{"", true, []value.Value{value.String("x")}, "x\n"},
		{"", true, []value.Value{rec, value.String("x")}, "a\n─\n1\nx\n"},
		{"", false, nil, ""},
		{"jsonl", true, nil, ""},
	} {
		w := New(row.format, Screen{Terminal: row.terminal})
		var got []byte
		for _, v := range row.before {
			var err error
			if got, err = w.Append(got, v); err != nil {
				t.Fatal(err)
			}
		}
		if got = End(AppendHeader(got, w, names), w); string(got) != row.want {
			t.Errorf("%s, terminal %v, after %v: got %q, want %q", row.format, row.terminal, row.before, got, row.want)
		}
	}
}
