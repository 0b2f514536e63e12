package format_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"mtpipe/internal/format"
	"mtpipe/value"
)

func TestCSVAsFound(t *testing.T) {
	csv := format.CSVOf
	for _, row := range []struct {
		name       string
		open       func() format.Cutter
		text, want string
	}{
		{"shorter and longer", csv("", "", false, true), "1,2,3\n4\n5,6\n7,8,9,10,11\n", "c1 c2 c3\n\"1\"|\"2\"|\"3\"\nc1\n\"4\"\nc1 c2\n\"5\"|\"6\"\nc1 c2 c3 4 5\n\"7\"|\"8\"|\"9\"|\"10\"|\"11\"\n"},
		{"a name that is a number", csv("", "", false, true, "2", "x"), "1,2,3\n", "2 x 3\n\"1\"|\"2\"|\"3\"\n"},
		{"names", csv("", "", false, false, "a", "b"), "1,2\n3\n", "a b\n\"1\"|\"2\"\nbad at 4: the record has 1 field, the header 2\n"},
		{"comments", csv("", "#", false, false), "# a \"quote, \"x\n1,2\n\n#,\"\n3,\"#\n#\"\n#", "c1 c2\n\"1\"|\"2\"\n\"3\"|\"#\\n#\"\n"},
		{"a long comment", csv("", "//", false, false), "//\n/,2\n//x\n3,4", "c1 c2\n\"/\"|\"2\"\n\"3\"|\"4\"\n"},
		{"a long delimiter", csv("||", "", false, false), "a|b||\"c||d\"||\r\n||x||\"\"\n", "c1 c2 c3\n\"a|b\"|\"c||d\"|\"\"\n\"\"|\"x\"|\"\"\n"},
		{"blanks around quotes", csv("", "", true, false), "1, \"a, b\" ,2\n \"x\"\t, \"\" ,\r\n", "c1 c2 c3\n\"1\"|\"a, b\"|\"2\"\n\"x\"|\"\"|\"\"\n"},
		{"quotes in quotes", csv("", "", true, false), "\"a \"b\" c\",\"d\"\n\"x\"y\",2\n", "c1 c2\n\"a \\\"b\\\" c\"|\"d\"\n\"x\\\"y\"|\"2\"\n"},
		{"an open quote", csv("", "#", false, false), "1,2\n3,\"4\n", "c1 c2\n\"1\"|\"2\"\nbad at 6: a quoted field has no closing quote\n"},
		{"sep", csv("", "", false, false), "sep=;\r\n1;2,3\r\n", "c1 c2\n\"1\"|\"2,3\"\n"},
		{"sep and comments", csv("", "#", false, false), "\xef\xbb\xbfsep=|\n#\n1|2,3\n", "c1 c2\n\"1\"|\"2,3\"\n"},
		{"sep without a delimiter", csv("", "", false, false), "sep=\n1\n", "c1\n\"sep=\"\n\"1\"\n"},
		{"sep where -d tells", csv(",", "", false, false), "sep=;\n1\n", "c1\n\"sep=;\"\n\"1\"\n"},
		{"semicolons", csv("", "", false, false), "a;b\n1,5;2\n3;4;5\n", "c1 c2\n\"a\"|\"b\"\n\"1,5\"|\"2\"\nbad at 10: the record has 3 fields, the header 2\n"},
		{"tabs", csv("", "", false, false), "\xef\xbb\xbfa\tb;c\n\"1\t;\"\t2", "c1 c2\n\"a\"|\"b;c\"\n\"1\\t;\"|\"2\"\n"},
		{"bars and an empty line", csv("", "", false, false), "a|b\r\n\r\n1|2\r\n", "c1 c2\n\"a\"|\"b\"\n\"1\"|\"2\"\n"},
		{"semicolons in one field", csv("", "", false, false), "a\nb;c\n", "c1\n\"a\"\n\"b;c\"\n"},
		{"semicolons in the first line", csv("", "", false, false), "a;b\nc\n1;2\n", "c1\n\"a;b\"\n\"c\"\n\"1;2\"\n"},
		{"semicolons in quotes", csv("", "", false, false), "\"a;b\"\n\"c;d\"\n", "c1\n\"a;b\"\n\"c;d\"\n"},
		{"semicolons and commas", csv("", "", false, false), "a;b,c\n1;2,3\n", "c1 c2\n\"a;b\"|\"c\"\n\"1;2\"|\"3\"\n"},
		{"semicolons or bars", csv("", "", false, false), "a;b|c\nd;e|f\n", "c1\n\"a;b|c\"\n\"d;e|f\"\n"},
		{"semicolons where -d says commas", csv(",", "", false, false), "a;b\n1;2\n", "c1\n\"a;b\"\n\"1;2\"\n"},
		{"semicolons in one line", csv("", "", false, false), "a;b", "c1\n\"a;b\"\n"},
		{"an open quote in the first line", csv("", "", false, false), "a;\"b\nc;d\n", "c1\n\"a;\\\"b\"\n\"c;d\"\n"},
		{"no sep", csv("", "", false, false), "sep,x\nse,y\n", "c1 c2\n\"sep\"|\"x\"\n\"se\"|\"y\"\n"},
	} {
		for seed := range uint64(4) {
			if got := brief(anyhow(t, row.open, row.text, seed)); got != row.want {
				t.Errorf("%s: %q:\ngot  %q\nwant %q", row.name, row.text, got, row.want)
			}
		}
	}
}

// dialects writes rows in the dialects of Python's csv module, and says how it reads them again.
const dialects = `
import csv, io, json, random
random.seed(7)
for n in range(1500):
    d = random.choice([",", ";", "|", "\t"])
    how = dict(delimiter=d, quoting=random.choice([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]), lineterminator=random.choice(["\n", "\r\n"]))
    out = io.StringIO(newline="")
    w = csv.writer(out, **how)
    for i in range(random.randrange(1, 6)):
        w.writerow(["".join(random.choice(["a", "1", " ", '"', ",", ";", "|", "\n", "ä", "", "#", "\t"]) for _ in range(random.randrange(5))) for _ in range(random.randrange(1, 5))])
    blank = random.randrange(2) == 0
    text = out.getvalue()
    if blank and how["quoting"] == csv.QUOTE_ALL:
        text = text.replace('"' + d + '"', '"' + d + ' "') if not any(c in text for c in ['"' + '"']) else text
    rows = [r for r in csv.reader(io.StringIO(text, newline=""), delimiter=d, skipinitialspace=blank and how["quoting"] == csv.QUOTE_ALL) if r]
    print(json.dumps({"d": d, "text": text, "rows": rows, "lazy": blank and how["quoting"] == csv.QUOTE_ALL}))
`

// TestCSVDialects reads what Python's csv module has written as that module reads it.
func TestCSVDialects(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed:", err)
	}
	out, err := exec.Command(python, "-c", dialects).Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(out) {
		var c struct {
			D, Text string
			Rows    [][]string
			Lazy    bool
		}
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		for _, comment := range []string{"", "\x01"} { // which takes the other way through the text
			got := fieldsOf(t, format.CSVOf(c.D, comment, c.Lazy, true)(), c.Text)
			if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.Rows) {
				t.Fatalf("%q with %q: got %q, want %q", c.Text, c.D, got, c.Rows)
			}
		}
	}
}

// fieldsOf returns the fields of all records in text.
func fieldsOf(t *testing.T, c format.Cutter, text string) (rows [][]string) {
	t.Helper()
	c.Cut([]byte(text), true)
	data := []byte(text)
	b := c.Batch(value.NewBlock(data), data)
	if b == nil {
		return nil
	}
	if bad := b.Parse(); len(bad) > 0 {
		t.Fatalf("%q: got the bad rows %v", text, bad)
	}
	for v := range b.All() {
		var row []string
		for i := range v.AsRecord().Len() {
			row = append(row, strings.Clone(v.AsRecord().At(i).String()))
		}
		rows = append(rows, row)
	}
	return rows
}
