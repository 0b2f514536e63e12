package format_test

import (
	"strings"
	"testing"

	"mtpipe/internal/format"
)

// brief returns what was found, a line each: the fields with a bar between, or the mistake with
// the byte that it stands at. The first line has the names.
func brief(list []found) string {
	var b strings.Builder
	names := ""
	for _, f := range list {
		if f.err != "" {
			b.WriteString("bad at " + itoa(f.at) + ": " + f.err + "\n")
			continue
		}
		if n := namesOnly(f.dump); n != names {
			names = n
			b.WriteString(n + "\n")
		}
		b.WriteString(strings.TrimSuffix(strings.ReplaceAll(strings.ReplaceAll(valuesOnly(f.dump), `text"`, `"`), `" "`, `"|"`), " ") + "\n")
	}
	return b.String()
}

func TestCSV(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"plain", "a,b\n1,2\n3,4\n", "a b\n\"1\"|\"2\"\n\"3\"|\"4\"\n"},
		{"the last line without a newline", "a,b\n1,2", "a b\n\"1\"|\"2\"\n"},
		{"carriage returns", "a,b\r\n1,2\r\n3,4\r\n", "a b\n\"1\"|\"2\"\n\"3\"|\"4\"\n"},
		{"a carriage return at the very end", "a,b\r\n1,2\r", "a b\n\"1\"|\"2\"\n"},
		{"carriage returns inside", "a,b\n1\r,\r2\n", "a b\n\"1\\r\"|\"\\r2\"\n"},
		{"a byte order mark", "\xef\xbb\xbfa,b\n1,2\n", "a b\n\"1\"|\"2\"\n"},
		{"a byte order mark before a quote", "\xef\xbb\xbf\"a\nx\",b\n1,2\n", "a\nx b\n\"1\"|\"2\"\n"},
		{"a byte order mark later", "a,b\n\xef\xbb\xbf1,2\n", "a b\n\"\\ufeff1\"|\"2\"\n"},
		{"an empty file", "", ""},
		{"empty lines alone", "\n\r\n\n", ""},
		{"a byte order mark alone", "\xef\xbb\xbf", ""},
		{"the header alone", "a,b\n", ""},
		{"the header alone, without its newline", "a,b", ""},
		{"empty lines between", "\n\na,b\n\n1,2\n\r\n3,4\n\n", "a b\n\"1\"|\"2\"\n\"3\"|\"4\"\n"},
		{"empty fields", "a,b\n,\n\"\",\"\"\n", "a b\n\"\"|\"\"\n\"\"|\"\"\n"},
		{"blanks stay", "a,b\n 1 ,\t2\n", "a b\n\" 1 \"|\"\\t2\"\n"},
		{"a single column with an empty field", "a\n\"\"\n1\n", "a\n\"\"\n\"1\"\n"},
		{"delimiters and newlines in quotes", "a,b\n\"1,2\",\"3\n\r\n4\"\n5,6\n", "a b\n\"1,2\"|\"3\\n\\r\\n4\"\n\"5\"|\"6\"\n"},
		{"doubled quotes", "a,b\n\"say \"\"x\"\"\",\"\"\"\"\n", "a b\n\"say \\\"x\\\"\"|\"\\\"\"\n"},
		{"quotes in a field that begins with none", "a,b\n12\" monitor,5'10\"\nx\"y\"z,\"q\"\n", "a b\n\"12\\\" monitor\"|\"5'10\\\"\"\n\"x\\\"y\\\"z\"|\"q\"\n"},
		{"a quote behind a blank is none", "a,b\n \"1\",2\n", "a b\n\" \\\"1\\\"\"|\"2\"\n"},
		{"something behind a closing quote", "a,b\n\"1\"x,2\n3,4\n", "bad at 7: something stands between a closing quote and the end of the field\na b\n\"3\"|\"4\"\n"},
		{"a blank behind a closing quote", "a,b\n\"1\" ,2\n3,4\n", "bad at 7: something stands between a closing quote and the end of the field\na b\n\"3\"|\"4\"\n"},
		{"a quote that is not closed", "a,b\n1,2\n3,\"4\n5,6\n", "a b\n\"1\"|\"2\"\nbad at 10: a quoted field has no closing quote\n"},
		{"too few fields", "a,b\n1\n3,4\n", "bad at 4: the record has 1 field, the header 2\na b\n\"3\"|\"4\"\n"},
		{"too many fields", "a,b\n1,2,3\n3,4\n", "bad at 4: the record has 3 fields, the header 2\na b\n\"3\"|\"4\"\n"},
		{"too few and too many beside quotes", "a,b\n\"1\"\n\"3\",4\n5,6,\"7\"\n8,9\n", "bad at 4: the record has 1 field, the header 2\na b\n\"3\"|\"4\"\nbad at 14: the record has 3 fields, the header 2\n\"8\"|\"9\"\n"},
		{"the same name twice", "a,a,b,a,a_2\n1,2,3,4,5\n", "a a_2 b a_3 a_2_2\n\"1\"|\"2\"|\"3\"|\"4\"|\"5\"\n"},
		{"names that are empty", ",b,\n1,2,3\n", "c1 b c3\n\"1\"|\"2\"|\"3\"\n"},
		{"names in quotes", "\"a,b\",\"c\"\"d\"\n1,2\n", "a,b c\"d\n\"1\"|\"2\"\n"},
		{"a header that is wrong", "\"a\"x,b\n1,2\n", "bad at 3: something stands between a closing quote and the end of the field\na b\n\"1\"|\"2\"\n"},
		{"a header whose quote is not closed", "a,\"b\n1,2\n", "bad at 2: a quoted field has no closing quote\n"},
		{"bytes that are not UTF-8", "\xff,b\n\xfe,\"\x00\"\n", "\xff b\n\"\\xfe\"|\"\\x00\"\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := anyhow(t, func() format.Cutter { return format.NewCSV(',', false) }, row.text, 1)
			if b := brief(got); b != row.want {
				t.Errorf("%q:\ngot  %q\nwant %q", row.text, b, row.want)
			}
		})
	}
}

func TestCSVOptions(t *testing.T) {
	for _, row := range []struct {
		name       string
		open       func() format.Cutter
		text, want string
	}{
		{"semicolons", func() format.Cutter { return format.NewCSV(';', false) }, "a;b\n1,5;\"2;3\"\n", "a b\n\"1,5\"|\"2;3\"\n"},
		{"tabs in CSV", func() format.Cutter { return format.NewCSV('\t', false) }, "a\tb\n\"1\t2\"\t\\t\n", "a b\n\"1\\t2\"|\"\\\\t\"\n"},
		{"no header", func() format.Cutter { return format.NewCSV(',', true) }, "1,2\n3,4\n5\n", "c1 c2\n\"1\"|\"2\"\n\"3\"|\"4\"\nbad at 8: the record has 1 field, the header 2\n"},
		{"no header, a byte order mark and a quote", func() format.Cutter { return format.NewCSV(',', true) }, "\xef\xbb\xbf\"1\",2", "c1 c2\n\"1\"|\"2\"\n"},
		{"no header, and the first record is wrong", func() format.Cutter { return format.NewCSV(',', true) }, "\"1\"x,2\n3,4\n", "bad at 3: something stands between a closing quote and the end of the field\nc1 c2\n\"3\"|\"4\"\n"},
		{"TSV", func() format.Cutter { return format.NewTSV(false) }, "a\tb\\tc\n\"1\"\tx\\ty\\nz\\\\\\r\n2\t\\q\\\n", "a b\tc\n\"\\\"1\\\"\"|\"x\\ty\\nz\\\\\\r\"\n\"2\"|\"\\\\q\\\\\"\n"},
		{"TSV with carriage returns and a ragged line", func() format.Cutter { return format.NewTSV(false) }, "a\tb\r\n1\t2\r\n\r\n3\r\n", "a b\n\"1\"|\"2\"\nbad at 12: the record has 1 field, the header 2\n"},
		{"TSV without a header", func() format.Cutter { return format.NewTSV(true) }, "1\t2\n", "c1 c2\n\"1\"|\"2\"\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := anyhow(t, row.open, row.text, 1)
			if b := brief(got); b != row.want {
				t.Errorf("%q:\ngot  %q\nwant %q", row.text, b, row.want)
			}
		})
	}
}

// TestCSVCutInQuotes wants a field in quotes to be found wherever the text is cut in two.
func TestCSVCutInQuotes(t *testing.T) {
	text := "a,b\n\"x\"\"y\n\"\"\",\"\"\n\"\"\"\",1\n12\" m,\"\n\"\n"
	want := whole(t, format.NewCSV(',', false), text)
	if len(want) != 3 {
		t.Fatalf("got %v, want 3 rows", want)
	}
	for at := 1; at < len(text); at++ {
		first := true
		got := drive(t, format.NewCSV(',', false), text, func() int {
			if first {
				first = false
				return at
			}
			return len(text)
		})
		if brief(got) != brief(want) {
			t.Errorf("cut at %d: got %v, want %v", at, got, want)
		}
	}
}

// TestManyNames wants headers with thousands of names, the same or none, to be read in no time.
func TestManyNames(t *testing.T) {
	const n = 20_000
	for _, name := range []string{"a", ""} {
		header := strings.Repeat(name+",", n-1) + name
		got := whole(t, format.NewCSV(',', false), header+"\n"+strings.Repeat("1,", n-1)+"1\n")
		if len(got) != 1 || got[0].err != "" {
			t.Fatalf("got %d rows, %.100s, want one", len(got), got[0].err)
		}
	}
}
