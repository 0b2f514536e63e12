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
		{"plot --kind bars --width 20", "9\n18\n", " 9 ████████▌\n18 █████████████████\n"},
		{"plot --kind histogram --bins 2 --width 30", "0\n1\n2\n10\n", " 0 …  5  3 ███████████████████\n 5 … 10  1 ██████▍\n"},
		{"plot --kind histogram --bins 2 --width 30", "0.5\n-1\n", "   -1 … -0.25  1 █████████████\n-0.25 …   0.5  1 █████████████\n"},
		{"plot --kind histogram --width 30", "7\n7\n", "7 … 7  2 █████████████████████\n"},
		{"plot --kind histogram --bins 1 --width 40", "-1e308\n1e308\n", "-1e+308 …  1e+308  2 ███████████████████\n"},
		{"plot --kind histogram", "", ""},
		{"parse '{a}' | map 'a == \"x\" ? nil : a' | plot --kind histogram --width 30", "x\n", ""},
		{"parse '{a} {b}' | plot a --kind histogram --bins 1 --width 20", "1 2\n3 4\n", "1 … 3  2 ███████████\n"},
		{"parse '{a} {b}' | plot --kind histogram --bins 1 --width 20", "1 2\n3 4\n", "2 … 4  2 ███████████\n"},
		{"plot --kind spark", "0\n1\n2\n3\n4\n5\n6\n7\n8\n", "▁▂▃▄▅▆▇██\n"},
		{"plot --kind spark", "-4\n4\n", "▁█\n"},
		{"plot --kind spark", "5\n5\n", "▅▅\n"},
		{"plot --kind spark", "", ""},
		{"map 'it == \"x\" ? nil : it' | plot --kind spark", "1\nx\n2\n", "▁ █\n"},
		{"plot --kind spark", "-1e308\n0\n1e308\n", "▁▅█\n"},
		{"plot --kind spark --width 20", stagetest.Numbered(1, 40), "▁▁▁▂▂▃▃▃▄▄▅▅▆▆▆▇▇███\n"},
		{"parse '{k} {n}' | plot --kind spark --by k --width 20", "a 1\nbc 8\na 4\n", "a   ▁▄\nbc  █\n"},
		{"parse '{k} {n}' | plot n*2 --kind spark --by 'upper(k)'", "a 1\na 4\n", "A  ▁█\n"},
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
		{"text in a spark", "plot --kind spark", "x\n", "", `1: plot: line 1: "x" is not a number`},
		{"a bad series", "plot --kind spark --by 'it + x'", "1\n", "", `1: plot: line 1: text has no field x; -i csv, tsv, json, jsonl, logfmt, xtab, dkvp, nidx, markdown, columns, yaml or toml reads records: "1"`},
		{"a label of a spark", "plot --kind spark --label it", "", "", "19: plot: --label goes with --kind bars, not spark"},
		{"a series of bars", "plot --by it", "", "", "6: plot: --by goes with --kind spark, not bars"},
		{"ranges of bars", "plot --bins 3", "", "", "6: plot: --bins goes with --kind histogram, not bars"},
		{"a kind that is none", "plot --kind pie", "", "", `13: plot: --kind must be one of bars, histogram, spark, not "pie"`},
		{"too narrow", "plot --width 5", "", "", "14: plot: --width must be at least 20, not 5"},
	})
}
