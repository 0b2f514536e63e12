package streams_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages/stagetest"
)

func TestStreams(t *testing.T) {
	stagetest.RunCases(t, []stagetest.Case{
		{"tee", "tee { sum } { max }", "1\n2\n", "3\n2\n"},
		{"tee nothing", "tee { count } { first }", "", "0\n"},
		{"tee into one", "tee { map it+1 }", "1\n2\n", "2\n3\n"},
		{"tee without the last newline", "tee { lines }", "1\n2", "1\n2"},
		{"tee with a block that stops early", "tee { first } { count }", stagetest.Numbered(1, 50_000), "1\n50000\n"},
		{"tee with blocks that all stop early", "repeat x | tee { first } { head 2 }", "", "x\nx\nx\n"},
		{"tee an endless source, and head behind it", "repeat x | tee { lines } { upper } | head 3 | lower | uniq", "", "x\n"},
		{"tee with a block of several pipelines", "tee { first; first }", "1\n2\n3\n", "1\n2\n"},
		{"tee in a tee", "seq 3 | tee { tee { sum } { max } } | sort", "", "3\n6\n"},
		{"tee over blocks", "tee { tac | null } { lines }", stagetest.Numbered(1, 50_000), stagetest.Numbered(1, 50_000)},
		{"tee values", "seq 5000 | tee { filter false } { lines }", "", stagetest.Numbered(1, 5000)},
		{"tee leaves nothing for the next", "take_from { tee { count }; count }", "1\n2\n", "2\n0\n"},
		{"concat", "concat { seq 2 } { seq 1 }", "", "1\n2\n1\n"},
		{"concat of what reads the input", "concat { head 1 } { head 2 } { count }", "1\n2\n3\n4\n", "1\n2\n3\n1\n"},
		{"concat with a source", "concat { take_from head } { lines } { take_from foot }", "1\n", "head\n1\nfoot\n"},
		{"concat without the last newline", "concat { lines } { take_from x }", "1", "1\nx\n"},
		{"concat, and head behind it", "concat { seq 2 } { repeat x } { seq 9 } | head 4", "", "1\n2\nx\nx\n"},
		{"concat over blocks", "concat { head 100 } { lines }", stagetest.Numbered(1, 50_000), stagetest.Numbered(1, 50_000)},
		{"interleave", "interleave { seq 3 } { seq 4 6 } | sort", "", stagetest.Numbered(1, 6)},
		{"interleave keeps each in order", "interleave { seq 5000 } { repeat 0 --times 5000 } | filter 'it != 0'", "", stagetest.Numbered(1, 5000)},
		{"interleave with the input", "interleave { lines } { seq 3 4 } | sort", "1\n2\n", stagetest.Numbered(1, 4)},
		{"interleave endless sources", "interleave { repeat a } { repeat b } | distinct | head 2", "", "a\nb\n"},
		{"interleave one that ends with one that does not", "interleave { seq 2 } { repeat x } | grep -v x | head 2", "", "1\n2\n"},
		{"zip", "zip { seq 2 } { take_from a b }", "", "[1,\"a\"]\n[2,\"b\"]\n"},
		{"zip until the shorter ends", "zip { seq 2 } { repeat x }", "", "[1,\"x\"]\n[2,\"x\"]\n"},
		{"zip until the shorter ends, the other way", "zip { repeat x } { seq 2 }", "", "[\"x\",1]\n[\"x\",2]\n"},
		{"zip with the input", "zip { lines } { seq 9 }", "a\nb", "[\"a\",1]\n[\"b\",2]\n"},
		{"zip three", "zip { seq 2 } { seq 2 } { seq 2 } | map 'sum(it)'", "", "3\n6\n"},
		{"zip with nothing", "zip { seq 2 } { range 0 }", "", ""},
		{"zip over blocks", "zip { lines } { seq 50000 } | filter 'it[0] != it[1]' | count", stagetest.Numbered(1, 50_000), "0\n"},
		{"zip after zip", "concat { zip { seq 1 } { repeat x } } { zip { repeat y } { seq 1 } }", "", "[1,\"x\"]\n[\"y\",1]\n"},
		{"window", "seq 4 | window 3", "", "[1,2,3]\n[2,3,4]\n"},
		{"window 1", "seq 2 | window 1", "", "[1]\n[2]\n"},
		{"window of fewer", "seq 2 | window 3", "", ""},
		{"window over blocks", "window 2 | filter 'it[1] - it[0] != 1' | count", stagetest.Numbered(1, 50_000), "0\n"},
		{"window of an endless source", "repeat x | window 2 | first", "", "[\"x\",\"x\"]\n"},
		{"pairwise", "seq 3 | pairwise | map 'it[1] - it[0]'", "", "1\n1\n"},
		{"pairwise of one", "seq 1 | pairwise", "", ""},
		{"batch", "seq 5 | batch 2", "", "[1,2]\n[3,4]\n[5]\n"},
		{"batch that comes out even", "seq 4 | batch 2", "", "[1,2]\n[3,4]\n"},
		{"batch of nothing", "batch 2", "", ""},
		{"batch over blocks", "batch 999 | map len(it) | sum", stagetest.Numbered(1, 50_000), "50000\n"},
	})
}

func TestStreamErrors(t *testing.T) {
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"tee what fails", "filter 'it > 0' | tee { lines } { first | null }", "1\nx\n", "1\n", `1: filter: line 2: "x" is not a number (it)`},
		{"tee what fails, with a block that is done before the others", "filter 'it > 0' | tee { null } { lines }", "1\nx\n", "1\n", `1: filter: line 2: "x" is not a number (it)`},
		{"a block of tee fails", "seq 3 | tee { null } { map '\"a\"' | sum }", "", "", `36: sum: "a" is not a number`},
		{"a block of tee fails on an endless source", "repeat x | tee { sum } { null }", "", "", `18: sum: "x" is not a number`},
		{"all blocks of tee fail", "repeat x | tee { sum } { null } { lines | null }", "", "", `18: sum: "x" is not a number`},
		{"a block of concat fails", "concat { seq 1 } { take_from x | sum } { seq 2 }", "", "1\n", `34: sum: "x" is not a number`},
		{"a block of interleave fails", "interleave { take_from x | sum } { repeat y | null }", "", "", `28: sum: "x" is not a number`},
		{"a block of zip fails", "zip { repeat y } { take_from 1 x | map it+1 }", "", "[\"y\",2]\n", `36: map: "x" is not a number (it)`},
		{"a source in tee", "seq 3 | tee { seq 2 }", "", "", "9: tee: every block must read the values that it is given; concat and interleave take sources"},
		{"two readers in zip", "zip { lines } { lines }", "", "", "1: zip: only one block can read the input; tee gives it to several"},
		{"tee without blocks", "tee", "", "", "1: tee: list is missing; usage: tee { list }..."},
		{"tee with words", "tee x", "", "", `5: tee: list must be a block: { … }, not "x"`},
		{"window 0", "window 0", "", "", "8: window: n must be at least 1, not 0"},
	})
}

// TestErrorsOfTeeAreTold wants one cause for one mistake, however many blocks it passed through.
func TestErrorsOfTeeAreTold(t *testing.T) {
	for text, want := range map[string]int{
		"take_from 1 x | map it+1 | tee { lines } { sum } { tac }":                                   1,
		"take_from 1 x | map it+1 | tee { tee { lines } { lines } } { tee { lines } { lines } }":     1,
		"take_from x | tee { sum } { first }":                                                        1,
		"take_from 1 x | map it+1 | zip { lines } { repeat x }":                                      1,
		"take_from 1 x | map it+1 | interleave { lines } { seq 3 }":                                  1,
		"take_from 1 x | map it+1 | concat { head 1 } { lines }":                                     1,
		"interleave { take_from 1 x | map it+1 } { seq 3 } | interleave { lines } { take_from a b }": 1,
	} {
		_, err := stagetest.Run(t, text, "")
		var run *pipeline.RunError
		if !errors.As(err, &run) {
			t.Errorf("%s: got %v, want a *RunError", text, err)
			continue
		}
		if len(run.Causes) != want {
			t.Errorf("%s: got %d causes, want %d: %v", text, len(run.Causes), want, err)
		}
	}
}

// TestTeeIsTransparent sends random text through pairs of blocks and wants from each what it
// gives by itself.
func TestTeeIsTransparent(t *testing.T) {
	blocks := []string{"lines", "head 3", "upper", "filter 'it > 5'", "sort", "first", "tac", "map 'it + 1'", "count", "window 2 | map len(it)"}
	random := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		var input strings.Builder
		for range random.IntN(3000) {
			input.WriteString(strings.Repeat("1", 1+random.IntN(12)) + "\n")
		}
		a, b := blocks[random.IntN(len(blocks))], blocks[random.IntN(len(blocks))]
		text := "tee { " + a + " | map '\"a\" + string(it)' } { " + b + " | map '\"b\" + string(it)' }"
		both, err := stagetest.Run(t, text, input.String())
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		for block, mark := range map[string]string{a: "a", b: "b"} {
			if a == b {
				mark = "a"
			}
			want, err := stagetest.Run(t, block+" | map string(it)", input.String())
			if err != nil {
				t.Fatal(err)
			}
			got := slices.DeleteFunc(strings.SplitAfter(both, "\n"), func(line string) bool { return !strings.HasPrefix(line, mark) })
			if strings.ReplaceAll(strings.Join(got, ""), mark, "") != want {
				t.Errorf("%s: got something else from %q than by itself", text, block)
			}
		}
	}
}
