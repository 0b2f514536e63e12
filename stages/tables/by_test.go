package tables_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtpipe/stages/stagetest"
)

func TestBy(t *testing.T) {
	const sales = `jsonl | `
	const in = "{\"s\":\"a\",\"x\":1}\n{\"s\":\"b\",\"x\":2}\n{\"s\":\"a\",\"x\":3}\n{\"x\":4}\n{\"s\":\"b\",\"x\":5}\n{\"s\":null,\"x\":6}\n"
	stagetest.RunCases(t, []stagetest.Case{
		{"head", sales + "by s { head 1 }", in, "{\"s\":\"a\",\"x\":1}\n{\"s\":\"b\",\"x\":2}\n{\"s\":null,\"x\":4}\n"},
		{"head of text", "by len(it) { head 1 }", "ab\nc\nde\n", "{\"len(it)\":2,\"value\":\"ab\"}\n{\"len(it)\":1,\"value\":\"c\"}\n"},
		{"skip", sales + "by s { skip 1 }", in, "{\"s\":\"a\",\"x\":3}\n{\"s\":\"b\",\"x\":5}\n{\"s\":null,\"x\":6}\n"},
		{"slice", sales + "by s { slice 2 2 } | get x", in, "3\n5\n6\n"},
		{"head 0", sales + "by s { head 0 }", in, ""},
		{"a total", sales + "by s { count }", in, "{\"s\":\"a\",\"count\":2}\n{\"s\":\"b\",\"count\":2}\n{\"s\":null,\"count\":2}\n"},
		{"a total beside a key of its name", sales + "by count=s { count }", "{\"s\":1}\n", "{\"count\":1,\"count_2\":1}\n"},
		{"a total after other stages", sales + "by s { get x | sum } | get sum", in, "4\n7\n10\n"},
		{"records of a total", sales + "by s { group_by n=count() m=max(x) }", in, "{\"s\":\"a\",\"n\":2,\"m\":3}\n{\"s\":\"b\",\"n\":2,\"m\":5}\n{\"s\":null,\"n\":2,\"m\":6}\n"},
		{"as they come", sales + "by s { step x cumsum } | get x_cumsum", in, "1\n2\n4\n4\n7\n10\n"},
		{"several stages as they come", sales + `by s { get x | scan 0 "acc + it" } | get value`, in, "1\n2\n4\n4\n7\n10\n"},
		{"the end after what came before", sales + "by s { drop x | uniq -c } | get count", in, "1\n2\n2\n1\n"},
		{"at the end", sales + "by s { tac } | get x", in, "3\n1\n5\n2\n6\n4\n"},
		{"several pipelines", sales + "by s { head 1 | get x; count } | get value", in, "1\n1\n2\n1\n4\n1\n"},
		{"blocks", sales + "by s { tee { count } { first | get x } } | get value", in, "2\n1\n2\n2\n2\n4\n"},
		{"groups of groups", sales + "by s { by x { count } } | head 1", in, "{\"s\":\"a\",\"x\":1,\"count\":1}\n"},
		{"two keys", sales + "by s 'x > 3' { count } | head 1", in, "{\"s\":\"a\",\"x > 3\":false,\"count\":2}\n"},
		{"a computed key replaces", sales + "by 's=upper(s ?? \"none\")' { head 1 } | get s", in, "A\nB\nNONE\n"},
		{"keys that the block drops", sales + "by s { drop s | head 1 }", in, "{\"s\":\"a\",\"x\":1}\n{\"s\":\"b\",\"x\":2}\n{\"s\":null,\"x\":4}\n"},
		{"the key in the block", sales + `by s { map "{y: $it}" | head 1 }`, in, "{\"s\":\"a\",\"y\":\"a\"}\n{\"s\":\"b\",\"y\":\"b\"}\n{\"s\":null,\"y\":null}\n"},
		{"two keys in the block", sales + `by s x { map "$it.x" | head 1 } | get value | head 2`, in, "1\n2\n"},
		{"keys are spelled", "by it { count } | get count", "7\n007\n7.0\n7\n", "2\n1\n1\n"},
		{"nothing", "by it { count }", "", ""},
		{"a definition", "def two { head 2 | count }\n" + sales + "by s { two } | get value", in, "2\n2\n2\n"},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"a record in the block", sales + "by s { sum x }", "{\"s\":1,\"x\":2}\n{\"s\":2,\"x\":\"y\"}\n", "", `16: sum: line 2: "y" is not a number: "{\"s\":2,\"x\":\"y\"}"`},
		{"in a block that runs as values come", sales + "by s { step x delta }", "{\"s\":1,\"x\":2}\n{\"s\":2,\"x\":\"y\"}\n{\"s\":1,\"x\":2}\n", "{\"s\":1,\"x\":2,\"x_delta\":0}\n", `16: step: line 2: "y" is not a number: {"s":2,"x":"y"}`},
		{"in a block that runs at the end", sales + "by s { sort s | set y=x+1 }", "{\"s\":1,\"x\":\"y\"}\n", "", `25: set: "y" is not a number (x): {"s":1,"x":"y"}`},
		{"in a key", sales + "by s+1 { count }", "{\"s\":\"x\"}\n", "", `9: by: line 1: "x" is not a number (s): "{\"s\":\"x\"}"`},
		{"a block that reads nothing", "by it { seq 3 }", "", "", "7: by: the block must read the rows of its group"},
		{"a name twice", "by it it { count }", "", "", "1: by: the field value stands twice"},
	})
}

// byData writes records of n rows in about as many groups as said.
func byData(t *testing.T, r *rand.Rand, n, groups int) (path string, rows [][]string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "by.csv")
	var b strings.Builder
	b.WriteString("i,k,x\n")
	for i := range n {
		key := fmt.Sprint("g", r.IntN(groups))
		switch r.IntN(20) {
		case 0:
			key = ""
		case 1:
			key = `"a ""b"", c"`
		}
		row := []string{fmt.Sprint(i), key, fmt.Sprint(r.IntN(100))}
		if len(rows) > 0 && r.IntN(3) == 0 {
			row[1] = rows[len(rows)-1][1]
		}
		rows = append(rows, row)
		b.WriteString(strings.Join(row, ",") + "\n")
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, rows
}

// linesOf returns the lines that rows are.
func linesOf(rows [][]string) string {
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(strings.Join(r, ",") + "\n")
	}
	return b.String()
}

// TestByAgainstOneByOne wants of by what comes of running the block for the rows of each group
// alone: with room for all and with little memory, on one reactor and on several.
func TestByAgainstOneByOne(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 2 {
		path, rows := byData(t, r, 500, 3+30*round)
		var keys []string
		groups := make(map[string][][]string)
		for _, row := range rows {
			if groups[row[1]] == nil {
				keys = append(keys, row[1])
			}
			groups[row[1]] = append(groups[row[1]], row)
		}
		for _, block := range []string{"count", "sum x", "top 2 x", "tac", "sort x | head 3", "get x | count", "last", "group_by x n=count()", "head 2; count", "enumerate | tail 2", "stats x"} {
			var want strings.Builder
			for _, key := range keys {
				alone := filepath.Join(t.TempDir(), "alone.csv")
				if err := os.WriteFile(alone, []byte("i,k,x\n"+linesOf(groups[key])), 0o600); err != nil {
					t.Fatal(err)
				}
				got, err := stagetest.RunWithin(t, 0, 1, "csv "+alone+" | by k=0 { "+block+" } | drop k | to_json")
				if err != nil {
					t.Fatal(block, err)
				}
				want.WriteString(got)
			}
			checkBy(t, path, block, "drop k", want.String())
		}
	}
}

func checkBy(t *testing.T, path, block, after, want string) {
	t.Helper()
	for _, memory := range []int64{0, 1_000, 300_000} {
		for _, jobs := range []int{1, 3} {
			got, err := stagetest.RunWithin(t, memory, jobs, "csv "+path+" | by k { "+block+" } | "+after+" | to_json")
			if err != nil || got != want {
				t.Errorf("by k { %s } with %d bytes and %d jobs: got %.300q, %v, want %.300q", block, memory, jobs, got, err, want)
				return
			}
		}
	}
}

// TestByAsTheyCome wants blocks that put as they read to put in the order of the input, whatever
// memory there is.
func TestByAsTheyCome(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	r := rand.New(rand.NewPCG(3, 4))
	for round := range 2 {
		path, rows := byData(t, r, 500, 3+50*round)
		number := make(map[string]int)
		sum := make(map[string]int)
		var numbered, summed, third, firsts strings.Builder
		for _, row := range rows {
			k := row[1]
			var x int
			fmt.Sscan(row[2], &x)
			number[k]++
			sum[k] += x
			fmt.Fprintf(&numbered, "%d %s\n", number[k], row[0])
			fmt.Fprintf(&summed, "%d\n", sum[k])
			if number[k]%3 == 0 {
				fmt.Fprintf(&third, "%s\n", row[0])
			}
			if number[k] <= 2 {
				fmt.Fprintf(&firsts, "%s\n", row[0])
			}
		}
		for _, c := range []struct{ text, want string }{
			{"by k { enumerate } | format '{n} {i}'", numbered.String()},
			{"by k { get x | scan 0 'acc + it' } | get value", summed.String()},
			{"by k { enumerate | filter 'n % 3 == 0' } | get i", third.String()},
			{"by k { head 2 } | get i", firsts.String()},
			{"by k { enumerate | head 2 } | get i", firsts.String()},
			{"by k { set y=x | head 2 } | get i", firsts.String()},
		} {
			for _, memory := range []int64{0, 1_000, 300_000} {
				for _, jobs := range []int{1, 3} {
					got, err := stagetest.RunWithin(t, memory, jobs, "csv "+path+" | "+c.text)
					if err != nil || got != c.want {
						t.Errorf("%s with %d bytes and %d jobs: got %.300q, %v, want %.300q", c.text, memory, jobs, got, err, c.want)
					}
				}
			}
		}
	}
}
