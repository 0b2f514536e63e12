package totals_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtpipe/stages/stagetest"
)

// TestCountTop compares count_by | top N count, which is run as one stage, with the two run
// one after the other.
func TestCountTop(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var text strings.Builder
	for i := range 30_000 {
		fmt.Fprintf(&text, "%d %d\n", i*i%5003, i%7)
	}
	in := filepath.Join(t.TempDir(), "in")
	if err := os.WriteFile(in, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, before := range []string{"field 1 | count_by", "count_by", "field 2 | count_by", "count_by 'len(it)' it", "map '{count: it}' | count_by count", "grep x | count_by"} {
		for _, top := range []string{"top 0 count", "top 3 count", "top 100 count", "top 10000 count", "top 3 'it[\"value\"]'", "bottom 3 count"} {
			want, err := stagetest.RunWithin(t, 0, 1, "def best { "+top+" }; "+before+" | best", in)
			if err != nil {
				t.Fatal(before, top, err)
			}
			for _, memory := range []int64{0, 200_000} {
				for _, jobs := range []int{1, 3} {
					if got, err := stagetest.RunWithin(t, memory, jobs, before+" | "+top, in); got != want || err != nil {
						t.Errorf("%s | %s with %d jobs and memory %d: got %.200q, %v, want %.200q", before, top, jobs, memory, got, err, want)
					}
				}
			}
		}
	}
}
