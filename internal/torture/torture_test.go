package torture_test

import (
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"mtpipe/internal/torture"
)

var (
	limit = flag.Duration("torture.time", 10*time.Second, "for all families together")
	seed  = flag.Uint64("torture.seed", uint64(time.Now().UnixNano())%1_000_000_000, "the first seed")
)

// TestFamilies runs each family for some seconds.
func TestFamilies(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Logf("seed %d", *seed)
	var told strings.Builder
	results := torture.Run(torture.NewEnv(dir, ""), torture.Families(), torture.Options{Seed: *seed, Time: *limit, Report: &told})
	var table strings.Builder
	if torture.Table(&table, results) > 0 {
		t.Error(told.String())
	}
	for _, r := range results {
		if r.Missing == "" && r.Runs-r.Skipped == 0 {
			t.Errorf("%s: nothing was compared in %d runs", r.Family, r.Runs)
		}
	}
	t.Log("\n" + table.String())
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("got the files %v left, %v", left, err)
	}
}
