package order_test

import (
	"testing"

	"mtpipe/stages/stagetest"
)

// TestSortKeys wants parts of texts to be compared as sort -k of Unix does; random ones are
// compared by the tests that run that.
func TestSortKeys(t *testing.T) {
	const points = "ann:7\nbob:12\ncid:7\nBob:12\n"
	stagetest.RunCases(t, []stagetest.Case{
		{Text: "sort -t : -k 2,2nr -k 1,1", Stdin: points, Want: "Bob:12\nbob:12\nann:7\ncid:7\n"},
		{Text: "sort -t : -k2n -k1,1f", Stdin: points, Want: "ann:7\ncid:7\nBob:12\nbob:12\n"},
		{Text: "sort -t : -k 2,2 -s", Stdin: points, Want: "bob:12\nBob:12\nann:7\ncid:7\n"},
		{Text: "sort -t : -k 2,2 -u", Stdin: points, Want: "bob:12\nann:7\n"},
		{Text: "sort -k 1.2,1.2", Stdin: points, Want: "cid:7\nann:7\nBob:12\nbob:12\n"},
		{Text: "sort -M", Stdin: "Mar\njan 2\nx\nFEB\n", Want: "x\njan 2\nFEB\nMar\n"},
		{Text: "csv | sort -M m | to_csv --no-header", Stdin: "m\nMar\nJan\n", Want: "Jan\nMar\n"},
		{Text: "sort -k 2 | head 1", Stdin: "a 2\nb 1\n", Want: "b 1\n"},
		{Text: "sort -k 2,2 | uniq -c", Stdin: "a 2\nb 1\n", Want: "      1 b 1\n      1 a 2\n"},
		{Text: `sort -t '\t' -k 2`, Stdin: "a b\t2\nc\t1\n", Want: "c\t1\na b\t2\n"},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{Text: "sort -k 0", Message: `9: sort: -k must be a key such as 2,2n or 1.3,1.5: "0" has no field, which is counted from 1`},
		{Text: "sort -k 1.0", Message: `9: sort: -k must be a key such as 2,2n or 1.3,1.5: "1.0" counts bytes from 1`},
		{Text: "sort -k 1nV", Message: `9: sort: -k must have one of the letters n, h, V and M, not "nV"`},
		{Text: "sort -k 1x", Message: `9: sort: -k must be a key such as 2,2n or 1.3,1.5: "1x" has no field, which is counted from 1`},
		{Text: "sort -k 1 it", Message: "1: sort: takes expressions or -k, not both"},
		{Text: "sort -t :", Message: "6: sort: -t says what stands between the fields of -k, which is missing"},
		{Text: "sort -t :: -k 1", Message: `6: sort: -t must be one character of ASCII, not "::"`},
		{Text: "sort -g", Message: "6: sort: there is no option -g: sort EXPR compares numbers of all forms by size, as do -k 2,2n and -n without an exponent"},
	})
}
