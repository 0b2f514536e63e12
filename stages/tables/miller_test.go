package tables_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"mtpipe/stages/stagetest"
)

// besideMiller is what is done in both: a pipeline, and the words of Miller's verb.
var besideMiller = []struct {
	name, text string
	verb       []string
}{
	{"wide to long", "unpivot x y", []string{"reshape", "-i", "x,y", "-o", "name,value"}},
	{"wide to long by a pattern", "unpivot '/^[xy]$/'", []string{"reshape", "-r", "^[xy]$", "-o", "name,value"}},
	{"there and back", "select id x y | unpivot x y | pivot name value", []string{"cut", "-o", "-f", "id,x,y", "then", "reshape", "-i", "x,y", "-o", "name,value", "then", "reshape", "-s", "name,value"}},
	{"explode", "explode list --on ';'", []string{"nest", "--explode", "--values", "--across-records", "--nested-fs", ";", "-f", "list"}},
	{"implode", "select k x | explode x --on . | implode x --on .", []string{"cut", "-o", "-f", "k,x", "then", "nest", "--explode", "--values", "--across-records", "--nested-fs", ".", "-f", "x", "then", "nest", "--ivar", ".", "-f", "x"}},
	{"reorder", "reorder y k", []string{"reorder", "-f", "y,k"}},
	{"step", "step n delta cumsum | rename n_cumsum=n_rsum", []string{"step", "-a", "delta,rsum", "-f", "n"}},
	{"step by a key", "step n delta cumsum --by k | rename n_cumsum=n_rsum", []string{"step", "-a", "delta,rsum", "-f", "n", "-g", "k"}},
	{"fill down", "fill_down x", []string{"fill-down", "-f", "x"}},
	{"fill empty", "fill_empty --with '?'", []string{"fill-empty", "-v", "?"}},
	{"fraction", "share n | rename n_share=n_fraction | set 'n_fraction=fmt(n_fraction, \".9f\")'", []string{"fraction", "-f", "n", "then", "put", "$n_fraction=fmtnum(float($n_fraction), \"%.9lf\")"}},
	{"seconds", "set 't=strftime(t, \"%Y-%m-%dT%H:%M:%SZ\")'", []string{"sec2gmt", "t"}},
	{"count by", "count_by k", []string{"count", "-g", "k"}},
	{"sparse: unsparsify", "unsparsify", []string{"unsparsify"}},
	{"sparse: unsparsify with a text", "unsparsify --fill X", []string{"unsparsify", "--fill-with", "X"}},
	{"sparse: wide to long", "unpivot x y | unsparsify", []string{"reshape", "-i", "x,y", "-o", "name,value", "then", "unsparsify"}},
	{"sparse: reorder to the end", "reorder --end x | unsparsify", []string{"reorder", "-e", "-f", "x", "then", "unsparsify"}},
}

// TestBesideMiller compares with the verbs of Miller, where that is installed: random tables with
// odd bytes and empty fields. What differs on purpose is in docs/comparison.md.
func TestBesideMiller(t *testing.T) {
	if _, err := exec.LookPath("mlr"); err != nil {
		t.Skip("Miller is not installed")
	}
	rounds := 3
	if os.Getenv("MTPIPE_MILLER_ROUNDS") != "" {
		fmt.Sscan(os.Getenv("MTPIPE_MILLER_ROUNDS"), &rounds)
	}
	for _, row := range besideMiller {
		t.Run(row.name, func(t *testing.T) {
			for seed := range int64(rounds) {
				table, read, flag := randomTable(rand.New(rand.NewSource(seed))), "csv", "--icsv"
				if strings.HasPrefix(row.name, "sparse") {
					table, read, flag = randomSparse(rand.New(rand.NewSource(seed))), "jsonl", "--ijsonl"
				}
				cmd := exec.Command("mlr", append([]string{flag, "--ocsv"}, row.verb...)...)
				cmd.Stdin = strings.NewReader(table)
				var told bytes.Buffer
				cmd.Stderr = &told
				theirs, err := cmd.Output()
				if err != nil {
					t.Fatalf("seed %d: %v: %s", seed, err, told.String())
				}
				ours, err := stagetest.Run(t, read+" | "+row.text+" | to_csv", table)
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				compareTables(t, seed, ours, string(theirs))
			}
		})
	}
}

// randomSparse returns lines of JSON whose records lack some of the fields.
func randomSparse(rng *rand.Rand) string {
	var b strings.Builder
	for i := range rng.Intn(60) + 1 {
		fmt.Fprintf(&b, `{"id":%d`, i)
		for _, name := range []string{"x", "y", "z"} {
			if rng.Intn(3) > 0 {
				fmt.Fprintf(&b, `,%q:%q`, name, []string{"a", "", "é", "7", "b c"}[rng.Intn(5)])
			}
		}
		b.WriteString("}\n")
	}
	return b.String()
}

func compareTables(t *testing.T, seed int64, ours, theirs string) {
	t.Helper()
	got, want := rowsOf(t, ours), rowsOf(t, theirs)
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || !slices.Equal(got[i], want[i]) {
			t.Errorf("seed %d: row %d of %d: got %q, and Miller has %q of %d", seed, i, len(got), rowAt(got, i), rowAt(want, i), len(want))
			return
		}
	}
}

func rowAt(rows [][]string, i int) []string {
	if i < len(rows) {
		return rows[i]
	}
	return nil
}

func rowsOf(t *testing.T, text string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// randomTable returns a table whose text has odd bytes, and empty fields; n is a whole number.
func randomTable(rng *rand.Rand) string {
	texts := []string{"a", "b c", "é.ü", "x.y", "", "", "\xff\xfe", "it's", "say \"hi\"", "p,q", "世界", "-", "0x", "tab\there", "a;b;a"}
	some := func() string { return texts[rng.Intn(len(texts))] }
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write([]string{"id", "k", "x", "y", "n", "t", "list"})
	for i := range rng.Intn(60) + 1 {
		var list []string
		for range rng.Intn(3) + 1 {
			list = append(list, texts[rng.Intn(4)])
		}
		_ = w.Write([]string{fmt.Sprint(i), texts[rng.Intn(4)], some(), some(), fmt.Sprint(rng.Intn(2000) - 500), fmt.Sprint(rng.Int63n(4e9)), strings.Join(list, ";")})
	}
	w.Flush()
	return b.String()
}
