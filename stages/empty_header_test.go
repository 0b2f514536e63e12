package stages_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages"
)

// emptyHeaders has pipelines that put no record, and the names that those would have.
var emptyHeaders = []struct{ text, names string }{
	{"csv DIR/f.csv | filter 'price > 100'", "item,price,k"},
	{"csv DIR/none.csv", "item,price"},
	{"tsv DIR/f.tsv | grep nothing", "item,price"},
	{"read DIR/none.csv", "item,price"},
	{"lines DIR/none.csv | csv", "item,price"},
	{"csv --no-header DIR/f.csv | filter false", "c1,c2,c3"},
	{"csv DIR/none.csv DIR/none.csv", "item,price"},
	{"csv DIR/none.csv | select price item", "price,item"},
	{"csv DIR/none.csv | drop item", "price"},
	{"csv DIR/none.csv | rename item=z", "z,price"},
	{"csv DIR/none.csv | set total=price*2", "item,price,total"},
	{"csv DIR/none.csv | map '{p: price, \"q r\": 1}'", "p,q r"},
	{"csv DIR/none.csv | map it | sort price | tac | distinct item | uniq | top 3 price | head 5 | last", "item,price"},
	{"csv DIR/none.csv | sort --by price:desc | shuffle | sample 3", "item,price"},
	{"csv DIR/none.csv | uniq -c", "count,item,price"},
	{"csv DIR/none.csv | enumerate", "n,item,price"},
	{"csv DIR/none.csv | explode price", "item,price"},
	{"csv DIR/none.csv | fill_down | fill_empty", "item,price"},
	{"csv DIR/none.csv | count_by item", "item,count"},
	{"csv DIR/none.csv | group_by item n='count()' s='sum(price)'", "item,n,s"},
	{"csv DIR/none.csv | hist price", "from,to,count"},
	{"csv DIR/none.csv | timeslice 1h '\"2026-01-01\"'", "start,values"},
	{"csv DIR/none.csv | parse '{a} {b}'", "a,b"},
	{"csv DIR/none.csv | join DIR/b.csv --on item=id", "item,price,name"},
	{"csv DIR/none.csv | join DIR/b.csv --on item=id --left", "item,price,name"},
	{"csv DIR/none.csv | join DIR/b.csv --on item=id --anti", "item,price"},
	{"csv DIR/f.csv | join DIR/none.csv --on item", "item,price,k,price_2"},
	{"csv DIR/none.csv | delay 1ms | buffer 3 | tee { null }", "item,price"},
	{"def none { filter false }; csv DIR/f.csv | none | none", "item,price,k"},
	{"csv DIR/none.csv | each { filter true } | pmap { set x=1 } | retry 2 { drop item } | timeout 1h { tac }", "price,x"},
	{"csv DIR/none.csv | try { sort price } | partition 'price > 1' { tac } { upper }", ""},
	{"csv DIR/none.csv | partition 'price > 1' { tac } { set price=1 }", "item,price"},
	{"csv DIR/none.csv | route 'price > 1' { tac } 'price > 0' { sort price } else { set item=price }", "item,price"},
	{"csv DIR/none.csv | try { sort price } catch { map it }", ""},
	{"csv DIR/none.csv | try { sort price }", "item,price"},
	{"csv DIR/none.csv; csv DIR/none.csv | drop item", "item,price"},
	{"jsonl /dev/null | select a b", "a,b"},
	{"jsonl /dev/null | count_by a", "a,count"},
	{"jsonl /dev/null | map '{a: x}' | set b=2", "a,b"},
	{"jsonl /dev/null", ""},
	{"jsonl /dev/null | filter true | sort | distinct a", ""},
	{"jsonl DIR/f.jsonl | filter 'price > 100' | rename item=z", ""},
	{"csv DIR/none.csv | get item", ""},
	{"csv DIR/none.csv | flatten", ""},
	{"csv DIR/none.csv | jq .", ""},
	{"csv DIR/none.csv | each { take_from 1 }", ""},
	{"lines DIR/f.csv | grep nothing", ""},
	{"csv /dev/null", ""},
}

// TestEmptyHeader wants the header of what has no records, in each format with one, on the
// standard output and in files, as one or several copies, and in little memory.
func TestEmptyHeader(t *testing.T) {
	dir := namesDir(t)
	for _, row := range emptyHeaders {
		for _, jobs := range []int{1, 3} {
			line := ""
			if row.names != "" {
				line = row.names + "\n"
			}
			tabs, blanks := strings.ReplaceAll(line, ",", "\t"), strings.ReplaceAll(line, ",", "  ")
			for _, to := range []struct{ format, text, want string }{
				{"csv", row.text, line},
				{"tsv", row.text, tabs},
				{"table", row.text, blanks},
				{"jsonl", row.text, ""},
				{"logfmt", row.text, ""},
				{"xtab", row.text, ""},
				{"text", row.text, ""},
				{"text", inTurn(row.text, "to_csv"), line},
				{"text", inTurn(row.text, "to_csv --no-header"), ""},
				{"text", inTurn(row.text, "to_csv -d ';'"), strings.ReplaceAll(line, ",", ";")},
				{"text", inTurn(row.text, "to_tsv"), tabs},
				{"text", inTurn(row.text, "to_json"), ""},
			} {
				if got := runEmpty(t, jobs, dir, to.text, to.format); got != to.want {
					t.Errorf("%s as %s with %d jobs: got %q, want %q", to.text, to.format, jobs, got, to.want)
				}
			}
			if jobs == 3 {
				writeEmpty(t, dir, row.text, line, tabs)
			}
		}
	}
}

// writeEmpty wants what text puts to be written as line in CSV, and as tabs in TSV.
func writeEmpty(t *testing.T, dir, text, line, tabs string) {
	t.Helper()
	for _, to := range []struct{ call, file, want string }{
		{"write DIR/o.csv", "o.csv", line}, {"write DIR/o.tsv", "o.tsv", tabs}, {"write DIR/o.jsonl", "o.jsonl", ""},
		{"write --format csv DIR/o", "o", line}, {"append DIR/p.csv", "p.csv", line}, {"append DIR/p.tsv", "p.tsv", tabs},
		{"tee { write DIR/o.csv } | filter false", "o.csv", line}, {"append DIR/kept.csv", "kept.csv", "a,b\n1,2\n"},
	} {
		if err := os.WriteFile(filepath.Join(dir, "kept.csv"), []byte("a,b\n1,2\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		text := inTurn(text, to.call)
		runEmpty(t, 3, dir, text, "jsonl")
		file := filepath.Join(dir, to.file)
		got, err := os.ReadFile(file)
		if string(got) != to.want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", text, got, err, to.want)
		}
		os.Remove(file)
	}
}

// inTurn returns the last pipeline of text with another stage.
func inTurn(text, call string) string {
	if i := strings.LastIndex(text, "; "); i >= 0 && !strings.HasPrefix(text, "def") {
		text = text[:i]
	}
	return text + " | " + call
}

// runEmpty runs text, in which DIR is a directory, and returns what it prints in the format.
func runEmpty(t *testing.T, jobs int, dir, text, format string) string {
	t.Helper()
	var out bytes.Buffer
	plan, err := pipeline.Compile(strings.ReplaceAll(text, "DIR", dir), "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)},
		pipeline.Settings{Stdout: &out, Jobs: jobs, Out: format, MaxMemory: 1 << 20})
	if err == nil {
		err = plan.Run(nil)
	}
	if err != nil {
		t.Errorf("%s: %v", text, err)
	}
	return out.String()
}

// TestEmptyHeaderOfFeed wants the header of files and a standard input that are read as a format,
// in a plan that runs twice, and none after an error.
func TestEmptyHeaderOfFeed(t *testing.T) {
	dir := namesDir(t)
	var out bytes.Buffer
	settings := pipeline.Settings{Stdin: strings.NewReader("a,b\n1,2\n"), Stdout: &out, In: "csv", Out: "csv"}
	for _, row := range []struct {
		text, want string
		files      []string
		failing    bool
	}{
		{"filter 'price > 100'", "item,price,k\nitem,price,k\n", []string{dir + "/f.csv"}, false},
		{"filter 'a > 100'", "a,b\n", nil, false}, // the second time nothing is left
		{"csv " + dir + "/f.csv | set x='item * 2' | filter false", "", nil, true},
		{"csv " + dir + "/f.csv | filter 'prise > 100'", "", nil, true},
	} {
		out.Reset()
		s := settings
		s.Files = row.files
		plan, err := pipeline.Compile(row.text, "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)}, s)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := plan.Run(nil); (err != nil) != row.failing {
				t.Errorf("%s: got error %v", row.text, err)
			}
		}
		if got := out.String(); got != row.want {
			t.Errorf("%s: got %q, want %q", row.text, got, row.want)
		}
	}
}

// TestEmptyHeaderOfBlocks wants each run of a block to have the header of what it reads.
func TestEmptyHeaderOfBlocks(t *testing.T) {
	dir := namesDir(t)
	runEmpty(t, 3, dir, "take_from f none b | pmap { csv DIR/$it.csv | filter false | write DIR/$it.out.csv }", "text")
	for name, want := range map[string]string{"f": "item,price,k\n", "none": "item,price\n", "b": "id,name\n"} {
		if got, err := os.ReadFile(filepath.Join(dir, name+".out.csv")); string(got) != want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, want)
		}
	}
}

// TestJoinWithoutRecords wants the fields of a side that has a header only.
func TestJoinWithoutRecords(t *testing.T) {
	dir := namesDir(t)
	for _, row := range []struct{ text, want string }{
		{"csv DIR/f.csv | join DIR/none.csv --on item --left", "item,price,k,price_2\ntea,3,1,\ncup,5,2,\n"},
		{"csv DIR/f.csv | join DIR/none.csv --on item=price --outer", "item,price,k,item_2\ntea,3,1,\ncup,5,2,\n"},
		{"csv DIR/none.csv | join DIR/f.csv --on item --right", "item,price,price_2,k\ntea,,3,1\ncup,,5,2\n"},
		{"csv DIR/f.csv | filter false | join DIR/b.csv --on k=id --outer", "item,price,k,name\n,,1,one\n,,2,two\n"},
	} {
		for _, jobs := range []int{1, 3} {
			if got := runEmpty(t, jobs, dir, row.text, "csv"); got != row.want {
				t.Errorf("%s with %d jobs: got %q, want %q", row.text, jobs, got, row.want)
			}
		}
	}
}
