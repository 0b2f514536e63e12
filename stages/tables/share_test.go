package tables_test

import (
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtpipe/stages/stagetest"
)

func TestShare(t *testing.T) {
	const sales = "k,n\na,1\nb,3\na,\nb,4\n"
	stagetest.RunCases(t, []stagetest.Case{
		{Name: "of all", Text: "csv | share n | to_csv", Stdin: sales, Want: "k,n,n_share\na,1,0.125\nb,3,0.375\na,,\nb,4,0.5\n"},
		{Name: "of a group", Text: "csv | share n --by k --percent | to_csv", Stdin: "k,n\na,1\nb,5\na,3\n", Want: "k,n,n_percent\na,1,25\nb,5,100\na,3,75\n"},
		{Name: "of those so far", Text: "csv | share n --cumulative | to_csv", Stdin: sales, Want: "k,n,n_cumshare\na,1,0.125\nb,3,0.5\na,,\nb,4,1\n"},
		{Name: "so far, in percent of a group", Text: "csv | share n --cumulative --percent --by k | get n_cumpercent", Stdin: "k,n\na,1\nb,5\na,3\n", Want: "25\n100\n100\n"},
		{Name: "of nothing", Text: "csv | share n | to_csv", Stdin: "k,n\na,1\nb,-1\n", Want: "k,n,n_share\na,1,\nb,-1,\n"},
		{Name: "an expression", Text: "csv | share 'n * 2' | map 'it[\"n * 2_share\"]'", Stdin: "k,n\na,1\nb,3\n", Want: "0.25\n0.75\n"},
		{Name: "sums are exact", Text: "csv | share n | get n_share", Stdin: "k,n\na,1e16\nb,1\nc,-1e16\n", Want: "10000000000000000\n1\n-10000000000000000\n"},
		{Name: "no records", Text: "csv | share n | to_csv", Stdin: "k,n\n", Want: "k,n,n_share\n"},
		{Name: "a field that is there is set", Text: "csv | share n | to_csv", Stdin: "n_share,n\n7,1\n", Want: "n_share,n\n1,1\n"},
		{Name: "what is wrong has no part in it", Text: "csv | share n --on-error skip | to_csv", Stdin: "k,n\na,1\nb,x\nc,1\n", Want: "k,n,n_share\na,1,0.5\nc,1,0.5\n"},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{Name: "no number", Text: "csv | share n", Stdin: "k,n\na,1\nb,x\n", Message: `7: share: line 3: "x" is not a number: {"k":"b","n":"x"}`},
	})
}

// TestShareSpills wants the same of records that are in a file meanwhile.
func TestShareSpills(t *testing.T) {
	rng := rand.New(rand.NewSource(7))
	var in strings.Builder
	in.WriteString("k,n,text\n")
	for range 20_000 {
		fmt.Fprintf(&in, "%d,%d,%s\n", rng.Intn(50), rng.Intn(1000), strings.Repeat("x", rng.Intn(80)))
	}
	const text = "csv | share n --by k | to_csv"
	file := filepath.Join(t.TempDir(), "in.csv")
	if err := os.WriteFile(file, []byte(in.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", t.TempDir())
	want, err := stagetest.RunWithin(t, 1<<30, 1, text, file)
	if err != nil || strings.Count(want, "\n") != 20_001 {
		t.Fatalf("got %d lines, %v", strings.Count(want, "\n"), err)
	}
	for _, memory := range []int64{1, 300_000, 2_000_000} {
		if got, err := stagetest.RunWithin(t, memory, 2, text, file); err != nil || got != want {
			t.Errorf("with %d bytes: got %d lines, %v, want the %d of a run in memory", memory, strings.Count(got, "\n"), err, strings.Count(want, "\n"))
		}
	}
}
