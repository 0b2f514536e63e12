package watching_test

import (
	"encoding/xml"
	"fmt"
	"io"
	"math/rand/v2"
	"mtpipe/stages/stagetest"
	"strings"
	"testing"
	"unicode/utf8"
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
		{"plot --kind heat --width 20 --height 3", "1\n1\n1\n", " │\n1┤█        █       █\n │\n └──────────────────\n  1       2        3\n"},
		{"parse '{x} {y}' | plot --kind heat --width 20 --height 4", "2024-05-01 1\n2024-05-02 5\n2024-05-02 5\n", "5┤                 █\n │\n │\n1┤▒\n └──────────────────\n  05-01 00:00 05-02 00:00\n  ░ few … █ 2 in a cell\n"},
		{"parse '{x} {y}' | map 'y == \"-\" ? {x: x, y: nil} : it' | plot y --label x --kind heat --width 20 --height 3", "1 -\n", ""},
		{"plot --kind heat", "", ""},
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
		{"times and numbers in heat", "parse '{x} {y}' | plot --kind heat", "1 2\n2024-05-01 1\n", "", `19: plot: has a time for x, and those before have numbers: {"x":"2024-05-01","y":1}`},
		{"infinity", "plot", "1e400\n", "", `1: plot: line 1: "1e400" is not a number`},
		{"text in a spark", "plot --kind spark", "x\n", "", `1: plot: line 1: "x" is not a number`},
		{"a bad series", "plot --kind spark --by 'it + x'", "1\n", "", `1: plot: line 1: text has no field x; -i csv, tsv, json, jsonl, logfmt, xtab, dkvp, nidx, markdown, columns, yaml, toml or parquet reads records: "1"`},
		{"a label of a spark", "plot --kind spark --label it", "", "", "19: plot: --label goes with --kind bars or lines or heat, not spark"},
		{"lines of text", "plot --kind lines", "x\n", "", `1: plot: line 1: "x" is not a number`},
		{"lines without x", "map '{a: nil, b: 1}' | plot --kind lines", "1\n", "", `24: plot: null is no place on the x axis: {"a":null,"b":1}`},
		{"lines of another x", "parse '{a} {b}' | plot --kind lines", "x 1\n", "", `19: plot: "x" is not a time: {"a":"x","b":1}`},
		{"lines of a text field", "parse '{a} {b} {c}' | plot --kind lines", "1 2 x\n", "", `23: plot: c: "x" is not a number: {"a":1,"b":2,"c":"x"}`},
		{"numbers after times", "parse '{a} {b}' | plot --kind lines", "2024-01-01 1\n7 1\n", "", `19: plot: has a number for x, and those before have times: {"a":7,"b":1}`},
		{"times after numbers", "parse '{a} {b}' | plot --kind lines", "7 1\n2024-01-01 1\n", "", `19: plot: has a time for x, and those before have numbers: {"a":"2024-01-01","b":1}`},
		{"too many lines", "plot --kind lines --by it", stagetest.Numbered(1, 53), "", "1: plot: draws at most 52 lines"},
		{"a height of bars", "plot --height 9", "", "", "6: plot: --height goes with --kind lines or heat, not bars"},
		{"a spark in SVG", "plot --kind spark --svg", "", "", "19: plot: --svg goes with --kind bars or lines or histogram or heat, not spark"},
		{"a series of bars", "plot --by it", "", "", "6: plot: --by goes with --kind lines or spark, not bars"},
		{"ranges of bars", "plot --bins 3", "", "", "6: plot: --bins goes with --kind histogram, not bars"},
		{"a kind that is none", "plot --kind pie", "", "", `13: plot: --kind must be one of bars, lines, histogram, spark, heat, not "pie"`},
		{"too narrow", "plot --width 5", "", "", "14: plot: --width must be at least 20, not 5"},
	})
}

// TestPlotLines compares whole pictures of lines.
func TestPlotLines(t *testing.T) {
	for _, c := range []struct{ name, text, stdin, want string }{
		{"one line", "plot --kind lines --width 20 --height 4", "0\n3\n6\n0\n",
			"6┤         ⢀⠔⠊⢢\n" +
				" │      ⢀⡠⠊⠁   ⠑⢄\n" +
				" │   ⣀⠤⠒⠁       ⠈⠢⡀\n" +
				"0┤⡠⠔⠊             ⠘⢄\n" +
				" └──────────────────\n" +
				"  1      2.5       4\n"},
		{"a gap", "map 'it == \"x\" ? nil : it' | plot --kind lines --width 20 --height 3", "0\n2\nx\n2\n0\n",
			"2┤   ⢠⠊        ⠑⡄\n" +
				" │ ⢀⠔⠁          ⠈⠢⡀\n" +
				"0┤⡠⠃              ⠘⢄\n" +
				" └──────────────────\n" +
				"  1       3        5\n"},
		{"two fields", "parse '{x} {up} {down}' | plot --kind lines --width 20 --height 5", "0 0 4\n2 2 2\n4 4 0\n",
			"4┤BBBB           AAA\n" +
				" │   BBBB    AAAA\n" +
				" │       ****A\n" +
				" │   AAAAA  BBBBB\n" +
				"0┤AAAA          BBBB\n" +
				" └──────────────────\n" +
				"  0       2        4\n" +
				"  A up   B down\n"},
		{"times by city", "parse '{city} {day} {mm}' | plot --kind lines --by city --width 40 --height 3",
			"Rome 2024-01-01 1\nOslo 2024-01-01 3\nRome 2024-01-31 3\nOslo 2024-01-31 3\n",
			"3┤BBBBBBBBBBBBBBBBBBBBBBBBBB************\n" +
				" │            AAAAAAAAAAAAAA\n" +
				"1┤AAAAAAAAAAAA\n" +
				" └──────────────────────────────────────\n" +
				"  2024-01-01    2024-01-16    2024-01-31\n" +
				"  A Rome   B Oslo\n"},
		{"a label and an expression", "parse '{n} {t}' | plot n*10 --label t --kind lines --width 30 --height 3", "1 2024-01-01T10:00:00Z\n2 2024-01-01T10:00:30Z\n",
			"20┤                  ⢀⣀⡠⠤⠤⠒⠒⠊⠉\n" +
				"  │        ⢀⣀⣀⠤⠤⠔⠒⠒⠉⠉⠁\n" +
				"10┤⣀⡠⠤⠤⠒⠒⠊⠉⠁\n" +
				"  └───────────────────────────\n" +
				"   10:00:00           10:00:30\n"},
		{"one point", "plot --kind lines --width 20 --height 3", "5\n",
			" │\n" +
				"5┤         ⠄\n" +
				" │\n" +
				" └──────────────────\n" +
				"          1\n"},
		{"the whole range", "plot --kind lines --width 20 --height 3", "-1e308\n1e308\n",
			" 1e+308┤        ⣀⠤⠒⠉\n" +
				"       │    ⣀⠤⠒⠉\n" +
				"-1e+308┤⣀⠤⠒⠉\n" +
				"       └────────────\n" +
				"        1   1.5    2\n"},
		{"nothing", "plot --kind lines", "", ""},
		{"nulls", "map nil | plot --kind lines", "1\n", ""},
		{"a legend of two rows", "parse '{x} {first} {second} {third}' | plot --kind lines --width 20 --height 3", "1 2 3 4\n2 1 1 1\n",
			"4┤CCCCCC\n" +
				" │***BBB***CCC\n" +
				"1┤  AAAAAAA*********\n" +
				" └──────────────────\n" +
				"  1      1.5       2\n" +
				"  A first   B second\n" +
				"  C third\n"},
	} {
		if got, err := stagetest.Run(t, c.text, c.stdin); err != nil || got != c.want {
			t.Errorf("%s: got %v\n%s\nwant\n%s", c.name, err, got, c.want)
		}
	}
}

// TestPlotAny draws random numbers of all sizes, and wants no row to be wider than it may be.
func TestPlotAny(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	some := []string{"0", "-0", "1e308", "-1e308", "5e-324", "-3e-310", "1e-9", "7", "1e15", "12345678901234567890123", "0.1"}
	for i := range 150 {
		var in strings.Builder
		for range r.IntN(12) {
			fmt.Fprintf(&in, "%s %s %d\n", some[r.IntN(len(some))], some[r.IntN(len(some))], r.IntN(3))
		}
		for _, kind := range []string{"bars", "lines", "histogram", "spark", "lines --by c", "spark --by c", "histogram --bins 1", "histogram --bins 37", "lines --height 3", "bars --svg", "lines --svg", "lines --svg --by c", "histogram --svg"} {
			width := 60 + i
			most := width
			if kind == "bars" { // a bar of an eighth stands beside those that fill the row
				most++
			}
			text := fmt.Sprintf("parse '{a} {b} {c}' | plot b --kind %s --width %d", kind, width)
			got, err := stagetest.Run(t, text, in.String())
			if err != nil {
				t.Fatalf("%s of %q: %v", text, in.String(), err)
			}
			if strings.Contains(kind, "--svg") {
				wellFormed(t, got)
				continue
			}
			for line := range strings.Lines(got) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > most || strings.Contains(line, "NaN") || strings.Contains(line, "Inf") {
					t.Fatalf("%s of %q: got a row of %d columns:\n%s", text, in.String(), n, got)
				}
			}
		}
	}
}

// wellFormed wants text to be XML, and no number in it to be none.
func wellFormed(t *testing.T, text string) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("got %v in\n%s", err, text)
		}
	}
	if !strings.HasPrefix(text, "<svg ") || strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
		t.Fatalf("got the picture\n%s", text)
	}
}

// TestPlotSVG compares pictures without their first line and the last.
func TestPlotSVG(t *testing.T) {
	for _, c := range []struct{ text, stdin, want string }{
		{"parse '{a} {n}' | plot --svg --width 20", "<&\"> 3\n\x01\uffff -1\n", `<text x="8" y="15" text-anchor="start">&lt;&amp;&quot;&gt;</text>
<text x="64" y="15" text-anchor="end">3</text>
<rect x="92" y="4" width="60" height="14" fill="#2a78d6"/>
<text x="8" y="35" text-anchor="start"> </text>
<text x="64" y="35" text-anchor="end">-1</text>
<rect x="72" y="24" width="20" height="14" fill="#2a78d6"/>
`},
		{"plot --svg --kind histogram --bins 2 --width 20", "0\n1\n4\n", `<text x="8" y="15" text-anchor="start">0 … 2</text>
<text x="64" y="15" text-anchor="end">2</text>
<rect x="72" y="4" width="80" height="14" fill="#2a78d6"/>
<text x="8" y="35" text-anchor="start">2 … 4</text>
<text x="64" y="35" text-anchor="end">1</text>
<rect x="72" y="24" width="40" height="14" fill="#2a78d6"/>
`},
		{"map 'it == \"x\" ? nil : it' | plot --svg --kind lines --width 20 --height 3", "0\n4\nx\n2\n", `<text x="16" y="16" text-anchor="end">4</text>
<text x="16" y="56" text-anchor="end">0</text>
<path d="M24 12V52H152" fill="none" stroke="#777"/>
<text x="24" y="72" text-anchor="start">1</text>
<text x="88" y="72" text-anchor="middle">2.5</text>
<text x="152" y="72" text-anchor="end">4</text>
<path d="M24 52L24 52L66.7 12M152 32L152 32" fill="none" stroke="#2a78d6" stroke-width="2" stroke-linecap="round"/>
`},
		{"parse '{x} {a} {b}' | plot --svg --kind lines --width 20 --height 3", "0 1 2\n1 2 1\n", `<text x="16" y="16" text-anchor="end">2</text>
<text x="16" y="56" text-anchor="end">1</text>
<path d="M24 12V52H152" fill="none" stroke="#777"/>
<text x="24" y="72" text-anchor="start">0</text>
<text x="88" y="72" text-anchor="middle">0.5</text>
<text x="152" y="72" text-anchor="end">1</text>
<path d="M24 52L24 52L152 12" fill="none" stroke="#2a78d6" stroke-width="2" stroke-linecap="round"/>
<path d="M24 12L24 12L152 52" fill="none" stroke="#d9622b" stroke-width="2" stroke-linecap="round"/>
<rect x="24" y="80" width="12" height="12" fill="#2a78d6"/>
<text x="44" y="91" text-anchor="start">a</text>
<rect x="24" y="100" width="12" height="12" fill="#d9622b"/>
<text x="44" y="111" text-anchor="start">b</text>
`},
		{"plot --svg", "", ""}, {"plot --svg --kind lines", "", ""}, {"plot --svg --kind histogram", "", ""},
	} {
		got, err := stagetest.Run(t, c.text, c.stdin)
		if err != nil {
			t.Fatalf("%s: %v", c.text, err)
		}
		wellFormed(t, got)
		_, got, _ = strings.Cut(got, "\n")
		if got = strings.TrimSuffix(got, "</svg>\n"); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.text, got, c.want)
		}
	}
}

// TestPlotCounts wants each kind to count what it keeps.
func TestPlotCounts(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for _, kind := range []string{"bars", "lines", "histogram", "spark"} {
		got, err := stagetest.RunWithin(t, 1<<20, 1, "seq 300000 | plot --kind "+kind)
		if err == nil || !strings.Contains(err.Error(), "plot: what it keeps takes more memory") {
			t.Errorf("%s: got %d bytes and %v, want an error about its memory", kind, len(got), err)
		}
	}
}
