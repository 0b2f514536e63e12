package order_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"mtpipe/stages/stagetest"
)

func TestMergeSorted(t *testing.T) {
	stagetest.RunCases(t, []stagetest.Case{
		{"two", "merge_sorted { take_from a c } { take_from b d }", "", "a\nb\nc\nd\n"},
		{"three", "merge_sorted { take_from b } { take_from a d } { take_from c }", "", "a\nb\nc\nd\n"},
		{"one", "merge_sorted { seq 3 }", "", "1\n2\n3\n"},
		{"nothing", "merge_sorted { range 0 } { range 0 }", "", ""},
		{"with the input", "merge_sorted { lines } { take_from b }", "a\nc", "a\nb\nc"},
		{"text by its bytes", "merge_sorted { take_from 10 9 } { take_from 11 }", "", "10\n11\n9\n"},
		{"values by their size", "merge_sorted { seq 9 11 } { seq 10 12 }", "", "9\n10\n10\n11\n11\n12\n"},
		{"-n", "merge_sorted -n { take_from 9 10 } { take_from 1.5 9.5 }", "", "1.5\n9\n9.5\n10\n"},
		{"-r", "merge_sorted -r { seq 3 | tac } { seq 4 | tac }", "", "4\n3\n3\n2\n2\n1\n1\n"},
		{"-nr", "merge_sorted -nr { take_from 10 9 } { take_from 11 }", "", "11\n10\n9\n"},
		{"--by", "merge_sorted --by len(it) { take_from a ccc } { take_from dd }", "", "a\ndd\nccc\n"},
		{"--by twice", "merge_sorted --by len(it):desc --by it { take_from bb a } { take_from aa b }", "", "aa\nbb\na\nb\n"},
		{"equal ones", "merge_sorted --by 0 { take_from a b } { take_from c }", "", "a\nb\nc\n"},
		{"-h, -V and -f", "merge_sorted -h { take_from 1K } { take_from 2 }; merge_sorted -V { take_from v1.10 } { take_from v1.9 }; merge_sorted -f { take_from b } { take_from A }", "", "2\n1K\nv1.9\nv1.10\nA\nb\n"},
		{"without an end", "merge_sorted { repeat a } { repeat b } | head 2", "", "a\na\n"},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"not in order", "merge_sorted { take_from a } { take_from c b }", "", "a\nc\n", `1: merge_sorted: block 2 is not in order: "b" comes behind "c"`},
		{"not in that order", "merge_sorted { seq 2 } { seq 2 | tac }", "", "1\n2\n2\n", `1: merge_sorted: block 2 is not in order: 1 comes behind 2`},
		{"not in the order of numbers", "merge_sorted { take_from 9 10 }", "", "9\n", `1: merge_sorted: block 1 is not in order: "10" comes behind "9"`},
		{"a block fails", "merge_sorted { take_from 1 x | map it+1 } { seq 5 5 }", "", "2\n", `32: map: "x" is not a number (it)`},
		{"an expression fails", "merge_sorted --by it+1 { take_from 1 x }", "", "1\n", `1: merge_sorted: "x" is not a number (it)`},
		{"two readers", "merge_sorted { lines } { lines }", "", "", "1: merge_sorted: only one block can read the input; tee gives it to several"},
		{"two rules", "merge_sorted -nV { seq 1 }", "", "", "1: merge_sorted: takes one of -n, -h, -V and -f"},
		{"no block", "merge_sorted", "", "", "1: merge_sorted: list is missing; usage: merge_sorted [--by TEXT] [-n|--numeric] [-h|--human] [-V|--version] [-f|--fold] [-r|--reverse] { list }..."},
	})
}

// TestMergeSortedIsSort merges random sorted blocks and wants what sort gives of them all.
func TestMergeSortedIsSort(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 30 {
		options := []string{"", "-n", "-r", "-nr"}[random.IntN(4)]
		var blocks, all strings.Builder
		for range 1 + random.IntN(4) {
			var words strings.Builder
			for range 1 + random.IntN(20) {
				fmt.Fprintf(&words, " %d", random.IntN(200))
			}
			fmt.Fprintf(&blocks, " { take_from%s | sort %s }", words.String(), options)
			fmt.Fprintf(&all, "take_from%s; ", words.String())
		}
		want, err := stagetest.Run(t, "take_from { "+all.String()+"} | sort "+options, "")
		if err != nil {
			t.Fatal(err)
		}
		text := "merge_sorted " + options + blocks.String()
		if got, err := stagetest.Run(t, text, ""); err != nil || got != want {
			t.Fatalf("%s: got %q, %v, want %q", text, got, err, want)
		}
	}
}
