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

// besidePython writes down texts of random characters, or with comments between the rows that the
// csv module wrote, and what that module reads until something is wrong.
const besidePython = `
import csv, io, json, random
random.seed(11)

def read(text, **how):
    rows = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), **how):
            if row:
                rows.append(row)
    except csv.Error:
        return rows, True
    return rows, False

def put(kind, d, text, rows, bad):
    print(json.dumps({"kind": kind, "d": d, "text": text, "rows": rows, "bad": bad}))

for n in range(2000):
    d = random.choice(list(",;|\t:^x~ "))
    end = random.choice(["\n", "\r\n"])
    letters = ["a", "1", '"', '"', d, d, end, end, "ä", "#", "'", "\\", "\0", "="] + ([] if d == " " else [" "])
    text = "".join(random.choice(letters) for _ in range(random.randrange(24)))
    put("as it is", d, text, *read(text, delimiter=d, strict=True))
    out = io.StringIO(newline="")
    w, rows = csv.writer(out, delimiter=d, lineterminator=end, quoting=random.choice([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])), []
    for i in range(random.randrange(1, 5)):
        if random.randrange(3) == 0:
            out.write(random.choice(["//", '//"', "// a" + d + '"b', "///"]) + end)
        rows.append(["".join(random.choice(letters) for _ in range(random.randrange(4))) for _ in range(random.randrange(1, 4))])
        w.writerow(rows[-1])
    put("comments", d, out.getvalue(), rows, False)
    if d != " ":
        cells = [[random.choice(["", "a", "b c", "1", "ä", d + "x", "p\"q", "two" + end + "lines"]) for _ in range(random.randrange(2, 4))] for _ in range(3)]
        text = "".join((d + random.choice(["", " ", "  "])).join('"' + c.replace('"', '""') + '"' for c in row) + end for row in cells)
        put("blanks", d, text, *read(text, delimiter=d, skipinitialspace=True, strict=True))
`

// TestCSVBesidePython reads what Python's csv module reads: random characters with quotes in the
// middle of fields, open quotes, lines without delimiters and ragged rows, comments, and blanks
// before quotes. Where strict reading of Python ends with an error, there is one here.
func TestCSVBesidePython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed:", err)
	}
	out, err := exec.Command(python, "-c", besidePython).Output()
	if err != nil {
		t.Fatal(err)
	}
	cases, wrong := 0, 0
	for line := range bytes.Lines(out) {
		var c struct {
			Kind, D, Text string
			Rows          [][]string
			Bad           bool
		}
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		ways := []format.Cutter{format.CSVOf(c.D, "//", c.Kind == "blanks", true)()}
		if c.Kind == "as it is" { // the way through the text that looks for nothing else
			ways = append(ways, format.CSVOf(c.D, "", false, true)())
		}
		for i, cutter := range ways {
			rows, bad := rowsOf(cutter, c.Text)
			if fmt.Sprintf("%q", rows) != fmt.Sprintf("%q", c.Rows) || bad != c.Bad {
				t.Errorf("%s, way %d: %q with %q: got %q, wrong %t, want %q, %t", c.Kind, i, c.Text, c.D, rows, bad, c.Rows, c.Bad)
				if wrong++; wrong > 9 {
					t.FailNow()
				}
			}
		}
		cases++
	}
	if cases < 5_000 {
		t.Errorf("got %d texts, want 5000", cases)
	}
}

// rowsOf returns the fields of the records before the first that is wrong, and whether there is one.
func rowsOf(c format.Cutter, text string) (rows [][]string, bad bool) {
	data := []byte(text)
	c.Cut(data, true)
	b := c.Batch(value.NewBlock(data), data)
	if b == nil {
		return nil, false
	}
	wrong := b.Parse()
	r := b.Records()
	for k := range r.Rows {
		if len(wrong) > 0 && wrong[0].Row == k {
			return rows, true
		}
		var row []string
		record := r.Value(k).AsRecord()
		for i := range record.Len() {
			row = append(row, strings.Clone(record.At(i).String()))
		}
		rows = append(rows, row)
	}
	return rows, false
}
