package records_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages/stagetest"
	"mtpipe/value"
)

func TestSets(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	words := file("words.txt", "b\n\nd\nb\nb\n007\n")
	table := file("t.csv", "id,name\n7,seven\n007,agent\n,nobody\n")
	same := file("same.csv", "k,x\n7,1\n8,2\n")
	hidden := file("hidden.txt", "id;name\n7;seven\n")
	objects := file("objects.txt", "{\"id\":7}\n")
	stagetest.RunCases(t, []stagetest.Case{
		{"minus", "minus " + words, "a\nb\n\nb\nc\n", "a\nc\n"},
		{"intersect", "intersect " + words, "a\nb\n\nb\nc\n", "b\n\nb\n"},
		{"union", "union " + words, "a\nb\nb\n", "a\nb\nb\n\nd\n007\n"},
		{"compare", "compare " + words + " | format '{side[0:1]}{value}'", "b\na\nb\nb\nb\n7\n", "bb\nla\nbb\nbb\nlb\nl7\nr\nrd\nr007\n"},
		{"numbers are spelled", "minus " + words, "7\n007\n", "7\n"},
		{"by a field and the lines of a file", "csv | minus " + words + " --on k | get k", "k,x\na,1\nb,2\n", "a\n"},
		{"by a field of each", "csv | intersect " + table + " --on k=id | get x", "k,x\n7,1\n07,2\n007,3\n,4\n", "1\n3\n"},
		{"null is in no set", "csv | minus " + table + " --on k=id | get x", "k,x\n7,1\n,4\n", "4\n"},
		{"by an expression", `csv | intersect ` + table + ` --on "int(k)=id" | get x`, "k,x\n07,1\n8,2\n", "1\n"},
		{"by two fields", "csv | intersect " + same + " --on k --on x | get k", "k,x\n7,1\n8,1\n", "7\n"},
		{"whole records", "csv | minus " + same + " | get k", "k,x\n7,1\n8,1\n", "8\n"},
		{"union of records", "csv | union " + same + " --on k | to_csv", "k,x\n7,5\n9,6\n", "k,x\n7,5\n9,6\n8,2\n"},
		{"compare records", "csv | compare " + same + " | to_csv", "k,x\n9,6\n7,1\n", "side,k,x\nleft,9,6\nboth,7,1\nright,8,2\n"},
		{"by lines what its name says is a table", "minus --format lines " + same, "k,x\n8,2\n9,9\n", "9,9\n"},
		{"a format with options", `csv | intersect --format 'csv -d ";"' ` + hidden + " --on k=id | get k", "k\n7\n8\n", "7\n"},
		{"nothing", "minus " + words, "", ""},
		{"join lines", "csv | join " + words + " --on k | get x", "k,x\nb,1\nc,2\n", "1\n1\n1\n"},
		{"join lines, all of them", "csv | join " + words + " --on k=w --right | get k", "k\nb\n", "b\nb\nb\n\nd\n007\n"},
		{"join without those of lines", "csv | join " + words + " --on k --anti | get k", "k\nb\nc\n", "c\n"},
		{"a prefix for equal names", "csv | join " + same + " --on k --prefix r_ | to_csv", "k,x,r_x\n7,2,3\n", "k,x,r_x,r_x_2\n7,2,3,1\n"},
		{"label", "csv | label a b | to_csv", "x,b,y\n1,2,3\n", "a,b,y\n1,2,3\n"},
		{"label a name that is there", "csv | label y | to_csv", "x,b,y\n1,2,3\n", "y,b\n1,2\n"},
		{"rename by pattern", "csv | rename '/^x_(.)/=${1}${1}' b=z | to_csv", "x_a,b,x_c\n1,2,3\n", "aa,z,cc\n1,2,3\n"},
		{"rename by pattern onto another", "csv | rename '/^x_/=' | to_csv", "b,x_b\n1,2\n", "b\n2\n"},
		{"explode a value", "jsonl | explode | to_json", "[1,[2]]\n[]\n", "1\n[2]\n"},
		{"explode text", "explode --on ,", "a,b\n\n", "a\nb\n\n"},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"records with lines", "csv | minus " + words, "k\n1\n", "", "7: minus: " + words + ": has lines, and the input records; --on FIELD compares a field with them"},
		{"lines with records", "minus " + same, "k\n1\n", "", "1: minus: " + same + ": has records, and the input lines; --format lines compares it by lines"},
		{"other fields", "csv | minus " + table, "k\n1\n", "", "7: minus: " + table + ": has the fields id, name, and the input k; --on says which are compared"},
		{"a table that is hidden", "csv | minus " + hidden + " --on k=id", "k\n1\n", "", "7: minus: " + hidden + ": the first line has the name id, as a table would; --format says which: csv, or 'csv -d \";\"'"},
		{"objects that are hidden", "csv | join " + objects + " --on id", "id\n1\n", "", "7: join: " + objects + ": there are records inside, which its name does not say; --format jsonl reads them"},
		{"two keys and lines", "csv | minus " + words + " --on a --on b", "a,b\n1,2\n", "", "7: minus: " + words + ": has lines, with which one field is compared, not 2"},
		{"a side already", "csv | compare " + same + " --on k", "side,k\n1,2\n", "", `7: compare: line 2: the record has a field side already; rename gives it another name: "1,2"`},
		{"label with commas", "csv | label a,b", "x,y\n1,2\n", "", `13: label: label must be a name without a comma, not "a,b": blanks stand between labels; rename gives such a name`},
		{"label more than there are", "csv | label a b", "x\n1\n", "", `7: label: line 2: the record has 1 fields, fewer than the 2 labels: {"x":1}`},
		{"rename two to one", "csv | rename '/./=z'", "x,y\n1,2\n", "", `7: rename: line 2: the fields x and y would both be called z: {"x":1,"y":2}`},
	})
}

// TestSetsAgainstTools compares with grep and comm over random bytes.
func TestSetsAgainstTools(t *testing.T) {
	for _, tool := range []string{"grep", "comm", "sort"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	r := rand.New(rand.NewPCG(5, 6))
	dir := t.TempDir()
	lines := func(name string) string {
		var b strings.Builder
		for range r.IntN(60) {
			for range r.IntN(3) {
				b.WriteByte([]byte{'a', 'b', ' ', '\\', '.', 0xff, '"', ','}[r.IntN(8)])
			}
			b.WriteByte('\n')
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	shell := func(text string) string {
		out, _ := exec.Command("sh", "-c", "export LC_ALL=C; "+text).Output() // grep fails when nothing is left
		return string(out)
	}
	for range 60 {
		a, b := lines("a"), lines("b")
		for text, tool := range map[string]string{
			"minus %s":     "grep -avxFf %[2]s %[1]s",
			"intersect %s": "grep -axFf %[2]s %[1]s",
			"compare %s | filter 'side == \"both\"' | get value | sort":  "sort %[1]s >%[1]s.s; sort %[2]s | comm -12 %[1]s.s -",
			"compare %s | filter 'side == \"left\"' | get value | sort":  "sort %[1]s >%[1]s.s; sort %[2]s | comm -23 %[1]s.s -",
			"compare %s | filter 'side == \"right\"' | get value | sort": "sort %[1]s >%[1]s.s; sort %[2]s | comm -13 %[1]s.s -",
			"union %s | distinct | sort":                                 "sort -u %[1]s %[2]s",
		} {
			want := shell(fmt.Sprintf(tool, a, b))
			if empty := slices.Equal([]byte(want), nil); empty && strings.HasPrefix(tool, "grep -avx") && stat(t, b) == 0 {
				want = stagetest.ReadFile(t, a) // an empty list of patterns is no pattern
			}
			got, err := stagetest.Run(t, "lines "+a+" | "+fmt.Sprintf(text, b), "")
			if err != nil || got != want {
				t.Errorf("%s: got %q, %v, want %q", text, got, err, want)
			}
		}
	}
}

func stat(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// TestAsof compares with looking through all rows.
func TestAsof(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	dir := t.TempDir()
	for range 20 {
		var left, right, want, wantLeft strings.Builder
		left.WriteString("t,k\n")
		right.WriteString("at,k,q\n")
		type row struct{ at, k, q int }
		var rows []row
		for i := range r.IntN(40) {
			row := row{r.IntN(30), r.IntN(4), i}
			rows = append(rows, row)
			fmt.Fprintf(&right, "%d,k%d,%d\n", row.at, row.k, row.q)
		}
		for range 40 {
			at, k := r.IntN(35)-3, r.IntN(5)
			fmt.Fprintf(&left, "%d,k%d\n", at, k)
			best := -1
			for i, row := range rows {
				if row.k == k && row.at <= at && (best < 0 || row.at >= rows[best].at) {
					best = i
				}
			}
			if best >= 0 {
				fmt.Fprintf(&want, "%d,k%d,%d,%d\n", at, k, rows[best].at, rows[best].q)
				fmt.Fprintf(&wantLeft, "%d,k%d,%d,%d\n", at, k, rows[best].at, rows[best].q)
			} else {
				fmt.Fprintf(&wantLeft, "%d,k%d,,\n", at, k)
			}
		}
		file := filepath.Join(dir, "right.csv")
		if err := os.WriteFile(file, []byte(right.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		for option, want := range map[string]string{"": want.String(), " --left": wantLeft.String()} {
			text := "csv | join " + file + " --asof t=at --on k" + option + " | to_csv --no-header"
			if got, err := stagetest.Run(t, text, left.String()); err != nil || got != want {
				t.Errorf("%s: got %q, %v, want %q", text, got, err, want)
			}
		}
	}
}

// TestBetween compares with looking through all rows.
func TestBetween(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	dir := t.TempDir()
	texts := []string{"", "-3", "0", "1", "1.0", "2", "5", "7", "08", "x", "yz", "12"}
	of := func() string { return texts[r.IntN(len(texts))] }
	isText := func(s string) bool { return s == "x" || s == "yz" }
	order := func(a, b string) int { return value.Compare(value.TextOf(a), value.TextOf(b)) }
	for range 60 {
		var left, right strings.Builder
		left.WriteString("v,k\n")
		right.WriteString("lo,hi,k,q\n")
		type row struct {
			lo, hi, k string
			q         int
		}
		var rows []row
		for i := range r.IntN(40) {
			row := row{of(), of(), []string{"a", "b"}[r.IntN(2)], i}
			rows = append(rows, row)
			fmt.Fprintf(&right, "%s,%s,%s,%d\n", row.lo, row.hi, row.k, i)
		}
		keyed, halfOpen := r.IntN(2) == 0, r.IntN(2) == 0
		want := map[string]string{}
		found := make([]bool, len(rows))
		for range 30 {
			v, k := of(), []string{"a", "b"}[r.IntN(2)]
			fmt.Fprintf(&left, "%s,%s\n", v, k)
			some, texts := false, false // bounds that count for the value
			for _, row := range rows {
				if row.lo != "" && row.hi != "" && (!keyed || row.k == k) {
					some, texts = true, texts || isText(row.lo) || isText(row.hi)
				}
			}
			if isText(v) && some && !texts {
				continue // it is an error, and left out
			}
			alone := true
			for i, row := range rows {
				above := order(row.hi, v)
				if v == "" || row.lo == "" || row.hi == "" || keyed && row.k != k || order(row.lo, v) > 0 || above < 0 || halfOpen && above == 0 {
					continue
				}
				alone, found[i] = false, true
				pair := fmt.Sprintf("%s,%s,%s,%s,", v, k, row.lo, row.hi)
				if !keyed {
					pair += row.k + ","
				}
				for _, option := range []string{"", "--left", "--right", "--outer"} {
					want[option] += pair + fmt.Sprintln(row.q)
				}
			}
			if alone {
				none := v + "," + k + ",,,\n"
				if !keyed {
					none = v + "," + k + ",,,,\n"
				}
				want["--left"] += none
				want["--outer"] += none
				want["--anti"] += v + "," + k + "\n"
			}
		}
		for i, row := range rows {
			if !found[i] {
				none := fmt.Sprintf(",%s,%s,%s,%d\n", row.k, row.lo, row.hi, row.q)
				if !keyed {
					none = fmt.Sprintf(",,%s,%s,%s,%d\n", row.lo, row.hi, row.k, row.q)
				}
				want["--right"] += none
				want["--outer"] += none
			}
		}
		file := filepath.Join(dir, "right.csv")
		if err := os.WriteFile(file, []byte(right.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, option := range []string{"", "--left", "--right", "--outer", "--anti"} {
			text := "csv | join " + file + " --between v=lo,hi " + option
			if keyed {
				text += " --on k"
			}
			if halfOpen {
				text += " --half-open"
			}
			text += " | to_csv --no-header"
			if got := stagetest.RunRejecting(t, pipeline.Skip, text, left.String()); got != want[option] {
				t.Fatalf("%s:\n%s\n%s\ngot %q, want %q", text, left.String(), right.String(), got, want[option])
			}
		}
	}
}

func TestBetweenArguments(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f.csv")
	if err := os.WriteFile(file, []byte("lo,hi\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for options, want := range map[string]string{
		"--between lo,hi":             "--between must be EXPR=LOW,HIGH: what lies between two fields of FILE, such as day=from,to",
		"--between 'v+\"x\"=lo,hi'":   `"1x" is not a number, and the bounds in FILE are: "1"`,
		"--between v=lo":              "--between must be EXPR=LOW,HIGH: what lies between two fields of FILE, such as day=from,to",
		"--between v=lo,":             "--between must be EXPR=LOW,HIGH, none of them empty",
		"--between v=lo,hii":          "there is no field hii in " + file + "; did you mean hi? (fields: lo, hi)",
		"--between w=lo,hi":           "there is no field w (fields: v)",
		"--between v=lo,hi --asof v":  "takes --asof or --between, not both",
		"--on v=lo --half-open":       "takes --half-open with --between only",
		"--between 'v=max(lo,0),hi+'": "unexpected end of expression",
	} {
		if _, err := stagetest.Run(t, "csv | join "+file+" "+options, "v\n1\n"); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", options, err, want)
		}
	}
}
