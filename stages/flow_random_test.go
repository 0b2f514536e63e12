package stages_test

import (
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// flowInto returns the pipeline of the stages in parts with others put into it that must not
// change what it writes.
func flowInto(rng *rand.Rand, parts []string, fails bool) string {
	list := append([]string(nil), parts...)
	for range 1 + rng.Intn(3) {
		i := rng.Intn(len(list))
		k := i + 1 + rng.Intn(len(list)-i)
		block := strings.Join(list[i:k], " | ")
		kinds := 5
		if fails {
			kinds = 4 // what a failed try has put is not written
		}
		switch rng.Intn(kinds) {
		case 0:
			block = fmt.Sprintf("buffer %d | %s", 1+rng.Intn(2000), block)
		case 1:
			block = fmt.Sprintf("%s | delay %dus", block, rng.Intn(200))
		case 2:
			block = fmt.Sprintf("timeout 1h { %s }", block)
		case 3:
			block = "rate 100000000/s | " + block
		default:
			block = fmt.Sprintf("retry %d { %s }", rng.Intn(3), block)
		}
		list = append(append(list[:i:i], block), list[k:]...)
	}
	return strings.Join(list, " | ")
}

// places are where an error arose in the pipeline and in a file, which it may have lost sight of.
var places = regexp.MustCompile(`^\d+: |\S*/in[.\w]*:\d+(:\d+)?: |line \d+: `)

// TestFlowChangesNothing puts buffers, delays, blocks with time limits and the like into random
// pipelines over random text and records: the bytes are the same, and so is the error that
// ended them.
func TestFlowChangesNothing(t *testing.T) {
	ofText := []string{"grep a", "grep -v b", "grep -o [a-c]+", "field 1", "field 2 1", "upper", "tr a-c x-z", "filter 'len(it) > 3'", "map '[it]'", "odd",
		"count", "count_by", "sort", "tail 3", "uniq", "enumerate", "reverse", "skip 5", "distinct", "sum", "head 7", "window 2", "tee { count } { tail 1 }"}
	ofRecords := []string{"filter 'a > 1'", "set b=a*2", "select a s n", "drop b", "reject 'b < 2'", "sort s n", "head 5", "tail 30", "distinct s", "enumerate", "skip 4", "map it"}
	rng := rand.New(rand.NewSource(11))
	dir := t.TempDir()
	for i := range 120 {
		stages, name, text := ofText, filepath.Join(dir, "in"), copiesText(rng)
		if format := []string{"", "csv", "", "jsonl"}[i%4]; format != "" {
			stages, name, text = ofRecords, filepath.Join(dir, "in."+format), recordText(rng, format, rng.Intn(3) == 0)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var parts []string
		for len(parts) == 0 || !namesKnown(parts) {
			parts = parts[:0]
			for range 1 + rng.Intn(4) {
				parts = append(parts, stages[rng.Intn(len(stages))])
			}
		}
		plain := strings.Join(parts, " | ")
		want, wantErr := runJobs(t, 1, plain, name)
		text = flowInto(rng, parts, wantErr != nil)
		for _, jobs := range []int{1, 3} {
			got, err := runJobs(t, jobs, text, name)
			cause, wantCause := places.ReplaceAllString(lastCause(err), ""), places.ReplaceAllString(lastCause(wantErr), "")
			if strings.Contains(plain, "head") {
				cause, wantCause = "", "" // what is met behind the last value that is wanted is chance
			}
			if got != want || cause != wantCause {
				t.Fatalf("%s with %d jobs:\ngot  %s, %v\nwant what %s gives, %v", text, jobs, whereTheyPart(got, want), err, plain, wantErr)
			}
		}
	}
}
