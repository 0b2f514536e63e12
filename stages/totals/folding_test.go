package totals_test

import (
	"fmt"
	"strings"
	"testing"

	"mtpipe/stages/stagetest"
)

func TestFolding(t *testing.T) {
	stagetest.RunCases(t, []stagetest.Case{
		{"reduce", "seq 4 | reduce 0 'acc + it'", "", "10\n"},
		{"reduce text", "reduce '\"\"' 'acc + it + \",\"'", "a\nb\n", "a,b,\n"},
		{"reduce nothing", "reduce 7 'acc + it'", "", "7\n"},
		{"reduce to the last", "reduce null it", "a\nb", "b\n"},
		{"reduce over blocks", "reduce 0 'acc + it'", stagetest.Numbered(1, 50_000), "1250025000\n"},
		{"reduce by fields", "parse '{a} {b}' | reduce 0 'acc + a * b'", "1 2\n3 4\n", "14\n"},
		{"reduce a field called acc", "parse '{acc}' | reduce 0 'acc + it.acc'", "1\n2\n", "3\n"},
		{"reduce to a list", "seq 3 | reduce '[]' 'concat(acc, [it])'", "", "[1,2,3]\n"},
		{"reduce to a record", "seq 3 | reduce '{n: 0, s: 0}' '{n: acc.n + 1, s: acc.s + it}'", "", "{\"n\":3,\"s\":6}\n"},
		{"reduce large numbers", "seq 30 | reduce 1 'acc * it'", "", "265252859812191058636308480000000\n"},
		{"scan", "seq 4 | scan 0 'acc + it'", "", "1\n3\n6\n10\n"},
		{"scan nothing", "scan 0 'acc + it'", "", ""},
		{"scan the largest", "scan null 'acc == nil or it > acc ? it : acc'", "2\n1\n10\n9\n", "2\n2\n10\n10\n"},
		{"scan an endless source", "repeat 1 | scan 0 'acc + it' | head 3", "", "1\n2\n3\n"},
		{"hist", "seq 0 9 | hist --bins 2", "", "{\"from\":0,\"to\":4.5,\"count\":5}\n{\"from\":4.5,\"to\":9,\"count\":5}\n"},
		{"hist of ten", "seq 0 10 | hist | get count", "", strings.Repeat("1\n", 9) + "2\n"},
		{"hist of edges", "hist --bins 10 | map '[from, to]' | tail 1", "0\n1\n", "[0.9,1]\n"},
		{"hist counts at an edge", "hist --bins 10 | filter 'count > 0' | map '[from, count]'", "0\n0.3\n0.7\n1\n", "[0,1]\n[0.3,1]\n[0.7,1]\n[0.9,1]\n"},
		{"hist ends at the largest", "hist --bins 3 | tail 1 | get to", "0.2\n0.9\n", "0.9\n"},
		{"hist of one range of all numbers", "hist --bins 1 | map '[from < -1e307, to > 1e307, count]'", "-1e308\n1e308\n", "[true,true,2]\n"},
		{"hist of equal ones", "hist", "3\n3\n", "{\"from\":3,\"to\":3,\"count\":2}\n"},
		{"hist of nothing", "hist", "", ""},
		{"hist of an expression", "parse '{a} {b}' | hist b --bins 1", "x 1\ny 2\n", "{\"from\":1,\"to\":2,\"count\":2}\n"},
		{"hist of nulls", "map 'it == \"1\" ? nil : it' | hist --bins 1 | get count", "1\n2\n3\n", "2\n"},
		{"hist of large ones", "hist --bins 2 | get count", "-1.7e308\n0\n1.7e308\n", "1\n2\n"},
		{"sample more than there are", "sample 5", "a\nb\n", "a\nb\n"},
		{"sample none", "sample 0", "a\nb\n", ""},
		{"sample of values", "seq 3 | sample 3", "", "1\n2\n3\n"},
		{"sample of nothing", "sample 3", "", ""},
		{"sample keeps the order", "sample 100 --seed 5 | pairwise | filter 'it[0] >= it[1]' | count", stagetest.Numbered(1, 50_000), "0\n"},
		{"sample without the last newline", "sample 2", "a\nb", "a\nb\n"},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"reduce goes wrong", "reduce 0 'acc + it'", "1\nx\n", "", `1: reduce: line 2: "x" is not a number (it)`},
		{"scan goes wrong", "scan 0 'acc + it'", "1\nx\n", "1\n", `1: scan: line 2: "x" is not a number (it)`},
		{"reduce without an end", "reduce 0 'acc +'", "", "", "16: reduce: unexpected end of expression"},
		{"a bad beginning", "reduce 0+ acc", "", "", "10: reduce: unexpected end of expression"},
		{"a beginning that fails", "reduce '1/0' acc", "", "", "1: reduce: division by zero"},
		{"without quotes", "scan 0 acc > 5", "", "", "12: scan: > may be meant as a comparison, which is quoted: 'acc > 5'; acc > ./5 writes a file"},
		{"a key twice", "count_by a b a", "", "", "1: count_by: the field a stands twice"},
		{"a key that is a total, too", "group_by g g=count()", "", "", "1: group_by: the field g stands twice"},
		{"a total twice", "group_by a=count() a=sum(g)", "", "", "1: group_by: the field a stands twice"},
		{"hist of text", "hist", "1\nx\n", "", `1: hist: line 2: "x" is not a number`},
		{"hist of infinity", "hist", "1\n1e400\n", "", `1: hist: line 2: "1e400" is not a number`},
		{"no bins", "hist --bins 0", "", "", "13: hist: --bins must be at least 1, not 0"},
		{"a negative sample", "sample -1", "", "", "8: sample: n must be at least 0, not -1"},
	})
}

// TestSampleIsUniform wants each of ten values about as often as the others, and the same
// ones for the same seed.
func TestSampleIsUniform(t *testing.T) {
	counts := make(map[string]int)
	const runs = 400
	for seed := range runs {
		text := fmt.Sprintf("seq 10 | sample 3 --seed %d", seed)
		got, err := stagetest.Run(t, text, "")
		if err != nil {
			t.Fatal(err)
		}
		again, _ := stagetest.Run(t, text, "")
		if lines := strings.Fields(got); len(lines) != 3 || again != got {
			t.Fatalf("%s: got %q, then %q, want the same three", text, got, again)
		}
		for _, line := range strings.Fields(got) {
			counts[line]++
		}
	}
	for v := 1; v <= 10; v++ { // 120 each, with a deviation of 9
		if n := counts[fmt.Sprint(v)]; n < 80 || n > 160 {
			t.Errorf("%d was chosen %d times, want about %d", v, n, runs*3/10)
		}
	}
}
