package stages_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
)

// TestComparisonsThatAreNotQuoted wants an error where < or > may be meant as a comparison, and a
// redirection where it cannot be.
func TestComparisonsThatAreNotQuoted(t *testing.T) {
	for _, row := range []struct{ text, shown string }{
		{"seq 3 | filter it > 60", "'it > 60'; 'it' > ./60 "},
		{"seq 3 | filter it > f.csv", "'it > f.csv'; 'it' > ./f.csv "},
		{"seq 3 | filter it >> ./f.csv", "'it >> ./f.csv'; 'it' >> ./f.csv "},
		{"filter it < f", "'it < f'; 'it' < ./f "},
		{"seq 3 | reject it>a", "'it>a'; 'it' > ./a "},
		{"seq 3 | take_while it > x", "'it > x'"},
		{"seq 3 | drop_while it > x", "'it > x'"},
		{"seq 3 | filter it==\"a\" > x", "'it==\"a\" > x'"},
		{"seq 3 | map it > 60", "'it > 60'; it > ./60 "},
		{"seq 3 | map it > +1", "'it > +1'"},
		{"seq 3 | map it > \"60\"", "'it > \"60\"'; it > ./\"60\" "},
		{"seq 3 | map it > .5", "'it > .5'"},
		{"seq 3 | map it > $1", "'it > $1'; it > ./$1 "},
		{"take_from a | each { map it > $it }", "'it > $it'; it > ./$it "},
		{"map it < 60", "'it < 60'; it < ./60 reads"},
		{"seq 3 | sort it>61", "'it>61'"},
		{"seq 3 | sort --by it > 61", "'it > 61'"},
		{"seq 3 | sort --by=it > 61", "'--by=it > 61'"},
		{"seq 3 | count_by it>=50", "'it>=50'"},
		{"seq 3 | sum it > -1", "'it > -1'"},
		{"seq 3 | set a=it > 1", "'a=it > 1'"},
		{"seq 3 | group_by it m=max(it) > 1", "'m=max(it) > 1'"},
		{"seq 3 | reduce 0 acc > 1", "'acc > 1'"},
		{"seq 3 | jq . > 1", "'. > 1'"},
		{"seq 3 | partition it > 1 { count } { count }", "'it > 1'"},
		{"seq 3 | route it > 1 { count } else { count }", "'it > 1'"},
		{"seq 3 | filter 'it > 60' > f", ""},
		{"seq 3 | filter \"it > 60\" > f", ""},
		{"seq 3 | partition 'it > 1' { count } { count } > f", ""},
		{"seq 3 | route 'it > 1' { count } else { count } > f", ""},
		{"seq 3 | map it > f", ""},
		{"seq 3 | map it > ./60", ""},
		{"seq 3 | map 'it' > 60", ""},
		{"seq 3 | sum > 60", ""},
		{"seq 3 | head 2 > 60", ""},
		{"seq 3 | top 3 > 60", ""},
		{"take_from a | each { map it > \"$it.txt\" }", ""},
	} {
		t.Run(row.text, func(t *testing.T) {
			_, err := pipeline.Compile(row.text, "", pipeline.Scope{Args: []string{"7"}}, pipeline.Settings{})
			if row.shown == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var e *syntax.Error
			if !errors.As(err, &e) || !strings.Contains(e.Msg, row.shown) || !strings.Contains(e.Msg, "quoted") {
				t.Fatalf("got %v, want an error with %s", err, row.shown)
			}
		})
	}
}

// TestNoFileOfAComparison runs pipelines that are refused, and wants no file of them.
func TestNoFileOfAComparison(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, text := range []string{"seq 3 | map it > 60", "seq 3 2>errs", "seq 3 >& f", "seq 3 &> f", "seq 3 >| f", "seq 3 | filter it > f"} {
		if p, err := pipeline.Compile(text, "", pipeline.Scope{}, pipeline.Settings{}); err == nil {
			t.Errorf("%s: no error", text)
			_ = p.Run(nil)
		}
	}
	if names, err := filepath.Glob("*"); err != nil || len(names) > 0 {
		t.Errorf("there are %v, %v", names, err)
	}
	p, err := pipeline.Compile("seq 3 | filter 'it > 2' > 60", "", pipeline.Scope{}, pipeline.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(nil); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile("60"); err != nil || string(text) != "3\n" {
		t.Errorf("60 is %q, %v", text, err)
	}
}
