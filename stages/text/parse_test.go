package text_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"mtpipe/stages/stagetest"
)

func TestParse(t *testing.T) {
	stagetest.RunCases(t, []stagetest.Case{
		{"a template", "parse '{day} {rest}'", "mon rain and wind\n", "{\"day\":\"mon\",\"rest\":\"rain and wind\"}\n"},
		{"text before and behind", "parse '<{a}|{b}>'", "<1|2>\n", "{\"a\":1,\"b\":2}\n"},
		{"parts that are passed over", "parse '{} {b} {_}'", "1 2 3\n", "{\"b\":2}\n"},
		{"empty parts", "parse '{a},{b},{c}'", ",,\n", "{\"a\":\"\",\"b\":\"\",\"c\":\"\"}\n"},
		{"the last text is that of the end", "parse '{a}-{b}.'", "1-2.3.\n", "{\"a\":1,\"b\":2.3}\n"},
		{"braces", "parse '{{{a}}}'", "{1}\n", "{\"a\":1}\n"},
		{"one field", "parse '{a}'", "x\ny", "{\"a\":\"x\"}\n{\"a\":\"y\"}\n"},
		{"fields count as numbers", "parse '{a} {b}' | map 'a + b'", "1 2\n", "3\n"},
		{"a regular expression", `parse '(?P<k>\w+)=(?<v>\d+)?'`, "a=1\n b=\n", "{\"k\":\"a\",\"v\":1}\n{\"k\":\"b\",\"v\":null}\n"},
		{"groups without names", `parse '(a|b)(?<v>\d)'`, "b7\n", "{\"v\":7}\n"},
		{"values", "seq 10 11 | parse '1{a}'", "", "{\"a\":0}\n{\"a\":1}\n"},
		{"nothing", "parse '{a}'", "", ""},
		{"many", "parse '{a} {b}' | map b | sum", strings.Repeat("x 1\n", 50_000), "50000\n"},
		{"format", "parse '{a} {b}' | format '{b}, {a}!'", "1 2\n", "2, 1!\n"},
		{"format of expressions", "format '{int(it) * 2} {{}} {len(\"}\")}{}'", "4\n", "8 {} 14\n"},
		{"format of a record in an expression", "format '{ {a: it}.a }'", "4\n", "4\n"},
		{"format without a field", "parse '{a}' | format '[{it[\"b\"]}]'", "4\n", "[]\n"},
		{"format of nested values", "parse '{a}' | format '{[a, 1.50]} {it}'", "4\n", "[4,1.5] {\"a\":4}\n"},
		{"format as it is told", "format '{it:.1f}|{it:>6}|{:04d}|{int(it) > 1 ? \"a:b\" : \"c\":^5}|{[it][0:1]}'", "4\n", "4.0|     4|0004| a:b |[4]\n"},
		{"format null as it is told", "format '[{null:.2f}]'", "4\n", "[]\n"},
		{"format text alone", "format x", "4\n5", "x\nx\n"},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"a text that does not fit", "parse '{a}:{b}'", "1:2\nx\n", "{\"a\":1,\"b\":2}\n", `1: parse: line 2: does not fit the pattern: "x"`},
		{"text in the way", "parse 'a{b}c'", "abcd\n", "", `1: parse: line 1: does not fit the pattern: "abcd"`},
		{"the texts overlap", "parse '{a}xx{b}x'", "1xx\n", "", `1: parse: line 1: does not fit the pattern: "1xx"`},
		{"an expression that does not fit", `parse '^(?<a>\d)$'`, "12\n", "", `1: parse: line 1: does not fit the pattern: "12"`},
		{"a long text", "parse '{a}:{b}'", strings.Repeat("x", 50) + "\n", "", `1: parse: line 1: does not fit the pattern: "` + strings.Repeat("x", 40) + `…"`},
		{"a record", "map '{a: 1}' | parse '{a}'", "1\n", "", "16: parse: a record is not text; choose a field with get: {\"a\":1}"},
		{"no text between", "parse '{a}{b}'", "", "", "11: parse: pattern must have text between two fields, to tell where the first one ends"},
		{"no brace behind", "parse 'x {a'", "", "", "10: parse: pattern must have a } for each {; a brace that is text is doubled"},
		{"no brace before", "parse 'x a}'", "", "", "11: parse: pattern must have a { for each }; a brace that is text is doubled"},
		{"no fields", "parse 'x {}'", "", "", "7: parse: pattern must have {name} for a field, or a regular expression's group (?<name>…)"},
		{"a field twice", "parse '{a} {a}'", "", "", "13: parse: pattern must not have the field a twice"},
		{"a bad expression", "parse '(?<a>x'", "", "", "7: parse: pattern must be a regular expression: missing closing ): `(?<a>x`"},
		{"format with a mistake", "format 'x {a +} y'", "", "", "15: format: unexpected end of expression"},
		{"format in no form", "format '{it:.2q}'", "x\n", "", `13: format: ".2q" is no format; one is [[FILL]<|>|^][+][0][WIDTH][,][.DIGITS][TYPE], and the type is d, f, e, g, %, x, X, o, b, s, h (1.5K, 1K is 1024; 2h5m) or H (1K is 1000)`},
		{"format text as a number", "format '{it:.2f}'", "x\n", "", `1: format: line 1: "x" is not a number`},
		{"format with an error", "format '{it + 1}'", "x\n", "", `1: format: line 1: "x" is not a number (it)`},
	})
}

// TestParseTurnsFormatRound formats random fields and parses the text with the same template.
func TestParseTurnsFormatRound(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	piece := func(letters string) string {
		b := make([]byte, random.IntN(5))
		for i := range b {
			b[i] = letters[random.IntN(len(letters))]
		}
		return string(b)
	}
	for range 100 {
		template := piece("-:") + "{a}" + "-" + piece("-:") + "{b}:" + piece("-:") + "{c}" + piece("-:")
		var in, want strings.Builder
		for range 5 {
			a, b, c := piece("xy "), piece("xy "), piece("xy ")
			in.WriteString(strings.NewReplacer("{a}", a, "{b}", b, "{c}", c).Replace(template) + "\n")
			fmt.Fprintf(&want, "{\"a\":%q,\"b\":%q,\"c\":%q}\n", a, b, c)
		}
		got, err := stagetest.Run(t, "parse -- '"+template+"' | format -- '"+template+"' | parse -- '"+template+"'", in.String())
		if err != nil || got != want.String() {
			t.Fatalf("%s: got %q, %v, want %q", template, got, err, want.String())
		}
	}
}
