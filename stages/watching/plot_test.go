package watching_test

import (
	"mtpipe/stages/stagetest"
	"testing"
)

func TestPlot(t *testing.T) {
	for _, c := range []struct{ text, stdin, want string }{
		{"count_by | plot --width 20", "pear\nfig\npear\n", "pear  2 ████████████\nfig   1 ██████\n"},
		{"plot --width 20", "9\n18\n", " 9 ████████▌\n18 █████████████████\n"},
		{"map 'it == \"x\" ? nil : it' | plot --width 20", "0\nx\n20\n", " 0\n\n20 █████████████████\n"},
		{"plot --width 20", "-10\n10\n5\n", "-10 ████████\n 10         ████████\n  5         ████\n"},
		{"plot --width 20", "-5\n-10\n", " -5         ████████\n-10 ████████████████\n"},
		{"parse '{a} {b}' | plot a --width 20", "1 x\n2 y\n", "x  1 ███████▌\ny  2 ███████████████\n"},
		{"parse '{a} {b}' | plot a --label 'upper(b)' --width 20", "1 x\n2 y\n", "X  1 ███████▌\nY  2 ███████████████\n"},
		{"parse '{a} {b} {c}' | plot --width 20", "1 2 x\n1 1 y\n", "1 x  2 █████████████\n1 y  1 ██████▌\n"},
		{"plot --width 20", "1\n1000\n", "   1 ▏\n1000 ███████████████\n"},
		{"parse '{a} {b}' | plot --width 20", "abcdefghijklmnopqrstuvwxyz 1\n", "abcdefghi…  1 ██████\n"},
		{"map '{a: \"x\\n\\u001by\", n: 1}' | plot --width 20", "1\n", "x  y  1 ████████████\n"},
		{"parse '{a} {b}' | plot --width 20", "世界 1\nb 1\n", "世界  1 ████████████\nb     1 ████████████\n"},
		{"plot", "", ""},
	} {
		if got, err := stagetest.Run(t, c.text, c.stdin); err != nil || got != c.want {
			t.Errorf("%s of %q: got %v\n%swant\n%s", c.text, c.stdin, err, got, c.want)
		}
	}
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"text", "plot", "1\nx\n", "", `1: plot: line 2: "x" is not a number`},
		{"a record without a number", "parse '{a}' | plot", "x\n", "", `15: plot: has no field that is a number; name one: plot EXPR: {"a":"x"}`},
		{"a number that is none", "parse '{a}' | plot a", "x\n", "", `15: plot: "x" is not a number: {"a":"x"}`},
		{"a bad label", "plot --label 'it + 1' 1", "x\n", "", `1: plot: line 1: "x" is not a number (it)`},
		{"infinity", "plot", "1e400\n", "", `1: plot: line 1: "1e400" is not a number`},
		{"too narrow", "plot --width 5", "", "", "14: plot: --width must be at least 20, not 5"},
	})
}
