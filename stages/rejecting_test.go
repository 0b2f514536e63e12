package stages_test

import (
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages/stagetest"
)

// TestRejecting wants values that are wrong to be left out, or passed on as errors, when that
// is asked for.
func TestRejecting(t *testing.T) {
	for _, c := range []struct{ name, text, stdin, skip, keep string }{
		{"parse", "parse '{a}:{b}'", "1:2\nx\n3:4\n", "{\"a\":1,\"b\":2}\n{\"a\":3,\"b\":4}\n", "{\"a\":1,\"b\":2}\nline 2: does not fit the pattern: \"x\"\n{\"a\":3,\"b\":4}\n"},
		{"format", "format '{it+1}'", "1\nx\n2\n", "2\n3\n", "2\nline 2: \"x\" is not a number (it)\n3\n"},
		{"explode", "parse '{a}' | explode a", "x\n", "", "a is \"x\", not a list; --on splits it: {\"a\":\"x\"}\n"},
		{"flatten", "flatten", "x\n", "", "line 1: text is not a record and has no fields: \"x\"\n"},
		{"jq", "jq '.+1'", "1\nx\n2\n", "2\n3\n", "2\nline 2: cannot add: string (\"x\") and number (1)\n3\n"},
		{"reduce", "reduce 0 'acc + it'", "1\nx\n2\n", "3\n", "line 2: \"x\" is not a number (it)\n3\n"},
		{"scan", "scan 0 'acc + it'", "1\nx\n2\n", "1\n3\n", "1\nline 2: \"x\" is not a number (it)\n3\n"},
		{"plot", "plot --width 20", "1\nx\n", "1 ██████████████████\n", "line 2: \"x\" is not a number\n1 ██████████████████\n"},
		{"plot of ranges", "plot --width 20 --kind histogram", "1\nx\n", "1 … 1  1 ███████████\n", "line 2: \"x\" is not a number\n1 … 1  1 ███████████\n"},
		{"plot of lines", "plot --kind lines --width 20 --height 3", "1\nx\n", " │\n1┤         ⠄\n │\n └──────────────────\n          1\n", "line 2: \"x\" is not a number\n │\n1┤         ⠄\n │\n └──────────────────\n          1\n"},
		{"plot of sparks", "plot --kind spark", "1\nx\n9\n", "▁█\n", "line 2: \"x\" is not a number\n▁█\n"},
		{"partition", "partition 'it > 1' { tac } { count }", "1\nx\n2\n", "2\n1\n", ""},
		{"route", "route 'it > 1' { null }", "1\nx\n2\n", "", "line 2: \"x\" is not a number (it)\n"},
		{"route values", "seq 3 | map '{a: it == 2 ? \"x\" : it}' | route 'a > 1' { count } | sort", "", "1\n", ""},
		{"route, and the reader has enough", "repeat 1 | route 'it > 0' { lines } | head 1", "", "1\n", "1\n"},
		{"timeslice", "timeslice 1h it | map 'len(values)'", "1\nx\n2\n", "2\n", ""},
		{"to_csv", "map 'it == 2 ? {b: 1} : {a: it}' | to_csv", "1\n2\n3\n", "a\n1\n3\n", "a\n1\na record has the field \"b\", which the header a lacks: {\"b\":1}\n3\n"},
		{"to_logfmt", "map 'it == 2 ? {\"b c\": 1} : {a: it}' | to_logfmt", "1\n2\n", "a=1\n", "a=1\nthe name \"b c\" cannot be a key of logfmt: {\"b c\":1}\n"},
		{"split_by", "split_by it --to out/{}", "a/b\n", "", "line 1: \"a/b\" cannot be a part of a file's name\n"},
	} {
		for _, how := range []pipeline.OnError{pipeline.Skip, pipeline.Keep} {
			want := c.skip
			if how == pipeline.Keep {
				want = c.keep
			}
			if how == pipeline.Keep && want == "" {
				continue
			}
			if got := stagetest.RunRejecting(t, how, c.text, c.stdin); got != want {
				t.Errorf("%s, %s: got %q, want %q", c.name, how, got, want)
			}
		}
	}
}
