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
	runs  = flag.Int("torture.runs", 300, "of each family, if there is time; 0: as many as there is time for")
	seed  = flag.Uint64("torture.seed", 1, "the first seed")
)

// TestFamilies runs each family for some seconds, always with the same seeds, so that a change is
// blamed for what it does. Others are for the command torture, which chooses them.
func TestFamilies(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Logf("seed %d", *seed)
	var told strings.Builder
	results := torture.Run(torture.NewEnv(dir, ""), torture.Families(), torture.Options{Seed: *seed, Runs: *runs, Time: *limit, Report: &told})
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
