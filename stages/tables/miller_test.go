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
	{"step of several fields", `step "/^[nt]$/" shift delta`, []string{"step", "-a", "shift,delta", "-f", "n,t", "then", "put", `if ($n_shift == "-") {$n_shift = ""; $t_shift = ""}`}},
	{"fraction of several fields", `share "/^[nt]$/" --by k | rename n_share=n_fraction t_share=t_fraction | set 'n_fraction=fmt(n_fraction, ".9f")' 't_fraction=fmt(t_fraction, ".9f")'`,
		[]string{"fraction", "-f", "n,t", "-g", "k", "then", "put", `$n_fraction=fmtnum(float($n_fraction), "%.9lf"); $t_fraction=fmtnum(float($t_fraction), "%.9lf")`}},
	{"the largest of several fields", `top 3 "/^[nt]$/" | rename n=top_idx`, []string{"top", "-n", "3", "-f", "n,t", "then", "filter", `is_not_empty($n_top)`}},
	{"the smallest of several fields by a key", `by k { bottom 2 "/^[nt]$/" } | rename n=top_idx 'n_bottom=n_top' 't_bottom=t_top'`, []string{"top", "-n", "2", "-f", "n,t", "-g", "k", "--min", "then", "filter", `is_not_empty($n_top)`}},
	{"fill down", "fill_down x", []string{"fill-down", "-f", "x"}},
	{"fill empty", "fill_empty --with '?'", []string{"fill-empty", "-v", "?"}},
	{"fraction", "share n | rename n_share=n_fraction | set 'n_fraction=fmt(n_fraction, \".9f\")'", []string{"fraction", "-f", "n", "then", "put", "$n_fraction=fmtnum(float($n_fraction), \"%.9lf\")"}},
	{"seconds", "set 't=strftime(t, \"%Y-%m-%dT%H:%M:%SZ\")'", []string{"sec2gmt", "t"}},
	{"count by", "count_by k", []string{"count", "-g", "k"}},
	{"step back", "step n shift", []string{"step", "-a", "shift", "-f", "n", "then", "put", `if ($n_shift == "-") {$n_shift = ""}`}},
	{"step back by a key", "step n: shift --by k", []string{"step", "-a", "shift", "-f", "n", "-g", "k", "then", "put", `if ($n_shift == "-") {$n_shift = ""}`}},
	{"moving mean", `step n ewma --alpha 0.25 | set 'n_ewma=fmt(n_ewma, ".6f")'`, []string{"step", "-a", "ewma", "-d", "0.25", "-o", "x", "-f", "n", "then", "rename", "n_ewma_x,n_ewma", "then", "put", `$n_ewma = fmtnum(float($n_ewma), "%.6lf")`}},
	{"merge fields", mergedFields, []string{"merge-fields", "-k", "-a", "count,sum,min,max", "-f", "n,m,t", "-o", "o"}},
	{"similar", `by k { jq -s ".[] + {count: length}" }`, []string{"count-similar", "-g", "k"}},
	{"explode into fields", `set 'list=split(list, ";")' | flatten list -s _ | unsparsify`, []string{"nest", "--explode", "--values", "--across-fields", "--nested-fs", ";", "-f", "list", "then", "rename", "list_1,list_0,list_2,list_1,list_3,list_2", "then", "unsparsify"}},
	{"pairs into records", `explode list --on ";" | set 'l=split(list, ".", 2)' | set 'pair=len(l) == 2 ? l[0] : "list"' 'value=l[-1]' | select id pair value`,
		[]string{"nest", "--explode", "--pairs", "--across-records", "--nested-fs", ";", "--nested-ps", ".", "-f", "list", "then", "cut", "-x", "-f", "k,x,y,n,m,t", "then", "reshape", "-r", "^[^i]|^i[^d]", "-o", "pair,value"}},
	{"dates", "set 't=strftime(t, \"%Y-%m-%d\")'", []string{"sec2gmtdate", "t"}},
	{"split and join", `set 'list=join(sort(split(list, ";")), "|")'`, []string{"put", `$list = joinv(sort(splitax($list, ";")), "|")`}},
	{"split and count", `set 'list=len(split(list, ";"))'`, []string{"put", `$list = length(splitax($list, ";"))`}},
	{"text replaced", "set 'x=gsub(x, `[a-p]`, `<\\0>`)' 'k=sub(k, ` (.)`, `_\\1`)'", []string{"put", `$x = gsub($x, "([a-p])", "<\1>"); $k = sub($k, " (.)", "_\1")`}},
	{"numbered by a key", "drop n | by k { enumerate }", []string{"cut", "-x", "-f", "n", "then", "cat", "-n", "-g", "k"}},
	{"the first by a key", "by k { head 2 }", []string{"head", "-n", "2", "-g", "k"}},
	{"distinct", "count_by k x", []string{"count-distinct", "-f", "k,x"}},
	{"totals by a key", "group_by k m_count='count(m)' m_sum='sum(m)' m_min='min(m)' m_max='max(m)'", []string{"stats1", "-a", "count,sum,min,max", "-f", "m", "-g", "k", "then", "unsparsify"}},
	{"chosen by a pattern", "select /^[xk]/", []string{"cut", "-r", "-f", "^[xk]"}},
	{"renamed by a pattern", "rename '/^([xy])$/=<${1}>'", []string{"rename", "-r", `^([xy])$,<\1>`}},
	{"labels", "label a b c", []string{"label", "a,b,c"}},
	{"sparse: there and back", "select id x y | unpivot x y | pivot name value | sort id | select id x y", []string{"cut", "-o", "-f", "id,x,y", "then", "reshape", "-i", "x,y", "-o", "name,value", "then", "reshape", "-s", "name,value", "then", "unsparsify", "then", "sort", "-nf", "id", "then", "cut", "-o", "-f", "id,x,y"}},
	{"sparse: unsparsify", "unsparsify", []string{"unsparsify"}},
	{"sparse: unsparsify with a text", "unsparsify --fill X", []string{"unsparsify", "--fill-with", "X"}},
	{"sparse: wide to long", "unpivot x y | unsparsify", []string{"reshape", "-i", "x,y", "-o", "name,value", "then", "unsparsify"}},
	{"sparse: reorder to the end", "reorder --end x | unsparsify", []string{"reorder", "-e", "-f", "x", "then", "unsparsify"}},
}

// mergedFields computes across the fields of each record what merge-fields does.
const mergedFields = `set 'v=filter([n, m, t], # != null)' | set 'o_count=len(v)' 'o_sum=sum(v)' 'o_min=min(v)' 'o_max=max(v)' | drop v`

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
	_ = w.Write([]string{"id", "k", "x", "y", "n", "m", "t", "list"})
	for i := range rng.Intn(60) + 1 {
		var list []string
		for range rng.Intn(3) + 1 {
			list = append(list, texts[rng.Intn(4)])
		}
		_ = w.Write([]string{fmt.Sprint(i), texts[rng.Intn(4)], some(), some(), fmt.Sprint(rng.Intn(2000) - 500), []string{"", fmt.Sprint(rng.Intn(90)), fmt.Sprint(rng.Intn(9))}[rng.Intn(3)], fmt.Sprint(rng.Int63n(4e9)), strings.Join(list, ";")})
	}
	w.Flush()
	return b.String()
}
