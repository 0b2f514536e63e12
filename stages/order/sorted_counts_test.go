package order_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtpipe/stages/stagetest"
)

// TestSortedCounts compares sort | uniq -c, which is run as one stage, with the two run one
// after the other: a block keeps them apart.
func TestSortedCounts(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var many strings.Builder
	for i := range 40_000 {
		fmt.Fprintf(&many, "line %d\n", i*7919%15_000)
	}
	for _, row := range []struct{ name, in, pipeline string }{
		{"lines", "b\na\nb\n\nc\na\nb", "sort | uniq -c"},
		{"reverse", "b\na\nb\nc\na\nb\n", "sort -r | uniq -c"},
		{"repeated", "b\na\nb\nc\n", "sort | uniq -c -d"},
		{"unique", "b\na\nb\nc\n", "sort | uniq -c -u"},
		{"by number", "10\n9\n10\n9.0\n", "sort -n | uniq -c"},
		{"numbers", "3\n1\n3\n2\n", `map "it * 1" | sort | uniq -c`},
		{"mixed", "3\n1\nx\nx\n3\n2\n", `map "it == '3' ? 3 : it" | sort | uniq -c`},
		{"spans", "a 2\nb 1\na 2\n", "field 2 | sort | uniq -c"},
		{"nothing", "", "sort | uniq -c"},
		{"many", many.String(), "sort | uniq -c"},
		{"many, records among them", many.String(), `map "it endsWith '99' ? {a: it} : it" | sort | uniq -c`},
	} {
		in := filepath.Join(t.TempDir(), "in")
		if err := os.WriteFile(in, []byte(row.in), 0o600); err != nil {
			t.Fatal(err)
		}
		first, second, _ := strings.Cut(row.pipeline, " | uniq")
		want, err := stagetest.RunWithin(t, 0, 1, "def counts { uniq"+second+" }; "+first+" | counts", in)
		if err != nil {
			t.Fatal(row.name, err)
		}
		for _, jobs := range []int{1, 3} {
			for _, memory := range []int64{0, 300_000} {
				if got, err := stagetest.RunWithin(t, memory, jobs, row.pipeline, in); got != want || err != nil {
					t.Errorf("%s with %d jobs and memory %d: got %.300q, %v, want %.300q", row.name, jobs, memory, got, err, want)
				}
			}
		}
	}
}
