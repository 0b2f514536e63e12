package streams_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages/stagetest"
)

func TestRoutes(t *testing.T) {
	stagetest.RunCases(t, []stagetest.Case{
		{"partition", "seq 6 | partition 'it % 2 == 0' { sum } { count }", "", "12\n3\n"},
		{"partition text", "partition 'it startsWith \"a\"' { upper | count_by } { lines | null }", "ab\nb\na\n", "{\"value\":\"AB\",\"count\":1}\n{\"value\":\"A\",\"count\":1}\n"},
		{"partition puts the first block's totals first", "partition 'it > 5' { tac | map 'string(it)' } { count }", stagetest.Numbered(1, 7), "7\n6\n5\n"},
		{"partition by null", "partition null { count } { tac }", "a\n", "0\na\n"},
		{"partition nothing", "partition true { count } { count }", "", "0\n0\n"},
		{"partition without the last newline", "partition 'it == \"a\"' { null } { lines }", "a\nb", "b"},
		{"partition over blocks", "partition 'it % 3 == 0' { sum } { count }", stagetest.Numbered(1, 60_000), "600030000\n40000\n"},
		{"partition with a block that stops early", "partition 'it > 2' { head 1 } { count }", stagetest.Numbered(1, 50_000), "3\n2\n"},
		{"partition with blocks that stop early", "repeat x | partition true { head 1 } { null } | head 1", "", "x\n"},
		{"partition, and head behind it", "repeat x | partition true { lines } { null } | head 2", "", "x\nx\n"},
		{"partition records", "parse '{a} {b}' | partition 'a == 1' { get b } { null }", "1 x\n2 y\n", "x\n"},
		{"partition leaves nothing for the next", "take_from { partition true { count } { count }; count }", "1\n2\n", "2\n0\n0\n"},
		{"a partition in a partition", "seq 8 | partition 'it > 4' { partition 'it > 6' { sum } { sum } } { sum }", "", "15\n11\n10\n"},
		{"route", "seq 9 | route 'it < 3' { count } 'it < 6' { sum } else { tac }", "", "2\n12\n9\n8\n7\n6\n"},
		{"route without else", "seq 9 | route 'it < 3' { tac } 'it > 8' { tac }", "", "2\n1\n9\n"},
		{"route to one", "seq 3 | route 'it == 2' { lines }", "", "2\n"},
		{"route all", "seq 3 | route else { lines }", "", "1\n2\n3\n"},
		{"route until the blocks have had enough", "repeat x | route true { head 2 }", "", "x\nx\n"},
		{"the first that is true", "seq 3 | route 'it > 0' { count } 'it > 1' { count }", "", "3\n0\n"},
		{"route text", "route 'it == \"a\"' { count } 'it == \"b\"' { count } else { tac }", "a\nb\nc\na\n", "2\n1\nc\n"},
		{"route over blocks", "route 'it < 10' { count } 'it < 50000' { count } else { tac }", stagetest.Numbered(1, 50_000), "9\n49990\n50000\n"},
		{"route with what is true no more often", "route 'it == 1' { count } else { null }", strings.Repeat("2\n", 50_000), "0\n"},
	})
	for _, c := range []struct{ text, want string }{ // whose values come as they come
		{"seq 6 | partition 'it % 2 == 0' { map 'it * 10' } { lines } | sort -n", "1\n3\n5\n20\n40\n60\n"},
		{"seq 6 | route 'it > 3' { lines } else { map 'it - 10' } | sort", "-9\n-8\n-7\n4\n5\n6\n"},
	} {
		if got, err := stagetest.Run(t, c.text, ""); err != nil || got != c.want {
			t.Errorf("%s: got %q, %v, want %q", c.text, got, err, c.want)
		}
	}
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"an expression that fails", "partition 'it > 5' { lines } { count }", "6\nx\n", "6\n", `1: partition: line 2: "x" is not a number (it)`},
		{"an expression that fails on values", "seq 1 | map '{a: \"x\"}' | route 'a > 5' { lines }", "", "", `26: route: "x" is not a number (a): {"a":"x"}`},
		{"no bool", "partition 'it + 1' { lines } { count }", "6\n", "", `1: partition: line 1: 7 is not true or false: "6"`},
		{"what fails before", "map it+1 | partition 'it > 5' { lines } { sort }", "6\n1\nx\n", "7\n", `1: map: line 3: "x" is not a number (it)`},
		{"a block fails", "seq 3 | partition 'it == 2' { map '\"a\"' | sum } { null }", "", "", `43: sum: "a" is not a number`},
		{"a block fails on an endless source", "repeat x | route 'false' { null } else { sum }", "", "", `42: sum: "x" is not a number`},
		{"one block", "partition true { lines }", "", "", "1: partition: second is missing; usage: partition EXPR { first } { second }"},
		{"a source", "partition true { seq 3 } { lines }", "", "", "1: partition: every block must read the values that it is given; concat and interleave take sources"},
		{"a redirection", "partition it > 5 { lines } { null }", "", "", "18: arguments stand before >; an expression with > in it is quoted: 'it > 5'"},
		{"route with too few blocks", "route a { lines } b", "", "", "1: route: each block stands behind its expression, the last one perhaps behind else; there are 2 expressions and 1 block"},
		{"route with too many blocks", "route a { lines } { lines }", "", "", "1: route: each block stands behind its expression, the last one perhaps behind else; there are 1 expression and 2 blocks"},
		{"else too early", "route else { lines } a { lines }", "", "", "1: route: else must stand before the last block"},
		{"route to a source", "route a { seq 3 }", "", "", "1: route: every block must read the values that it is given; concat and interleave take sources"},
		{"route with a mistake", "route 'a +' { lines }", "", "", "11: route: unexpected end of expression"},
		{"route with a redirection", "route it > 5 { lines }", "", "", "14: arguments stand before >; an expression with > in it is quoted: 'it > 5'"},
	})
}

// TestErrorsOfRoutesAreTold wants one cause for one mistake, and no file of a block that did
// not see the end.
func TestErrorsOfRoutesAreTold(t *testing.T) {
	for _, text := range []string{
		"take_from 6 x | partition 'it > 5' { lines } { sort | count }",
		"take_from 6 x | partition 'it > 5' { head 1 } { write out }",
		"take_from 6 x | partition 'it > 5' { write out } { null }",
		"take_from 6 x | map it+1 | partition true { write out } { sort }",
		"take_from 6 x | route 'it > 5' { partition true { head 1 } { lines } } else { lines | tac }",
	} {
		dir := stagetest.InDir(t, nil)
		_, err := stagetest.Run(t, text, "")
		var run *pipeline.RunError
		if !errors.As(err, &run) || len(run.Causes) != 1 {
			t.Errorf("%s: got %v, want one cause", text, err)
		}
		stagetest.WantFiles(t, dir, nil)
	}
}

// TestRoutesAreFilters sends random numbers through blocks and wants from each what filter
// gives.
func TestRoutesAreFilters(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	blocks := []string{"lines", "count", "tac", "upper", "head 3", "sort -n", "map 'it + 1'"}
	for range 30 {
		var in strings.Builder
		for range random.IntN(4000) {
			fmt.Fprintf(&in, "%d\n", random.IntN(100))
		}
		a, b := blocks[random.IntN(len(blocks))], blocks[random.IntN(len(blocks))]
		text := fmt.Sprintf("route 'it < 30' { %s | map '\"a\" + string(it)' } 'it > 70' { %s | map '\"b\" + string(it)' }", a, b)
		both, err := stagetest.Run(t, text, in.String())
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		for _, c := range []struct{ mark, filter, block string }{{"a", "it < 30", a}, {"b", "it > 70", b}} {
			want, err := stagetest.Run(t, fmt.Sprintf("filter '%s' | %s | map '\"%s\" + string(it)'", c.filter, c.block, c.mark), in.String())
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for line := range strings.Lines(both) {
				if strings.HasPrefix(line, c.mark) {
					got.WriteString(line)
				}
			}
			if got.String() != want {
				t.Fatalf("%s: block %s gave %q, want %q", text, c.mark, stagetest.Clip(got.String()), stagetest.Clip(want))
			}
		}
	}
}
