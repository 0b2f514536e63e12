package text_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtpipe/stages/stagetest"
)

func TestText(t *testing.T) {
	long := strings.Repeat("Aé", 300_000)
	stagetest.RunCases(t, []stagetest.Case{
		{"chars", "chars 2 3", "abcd\n\na\nab\n", "bc\n\n\nb\n"},
		{"chars from the end", "chars -3 -2", "abcd\na\nabc\n", "bc\n\nab\n"},
		{"chars to the end", "chars 3 -1", "abcd\r\nab\n", "cd\r\n\n"},
		{"chars the wrong way round", "chars 3 2", "abcd\n", "\n"},
		{"chars far away", "chars -99 99", "abcd\n", "abcd\n"},
		{"chars beyond ASCII", "chars 2 -2", "日本語\nxéx\n", "本\né\n"},
		{"chars of what is no UTF-8", "chars 2 2", "a\xffb\n\xff\xfe\xfd\n", "\xff\n\xfe\n"},
		{"chars without the last newline", "chars 2 -1", "abc", "bc"},
		{"chars before a last newline that is missing", "chars 1 2", "abc", "ab\n"},
		{"chars behind the end", "chars 5 6", "abc", "\n"},
		{"chars of numbers", "seq 123 124 | chars 2 3", "", "23\n24\n"},
		{"chars of a long line", "chars 600000 600000", long, "é"},
		{"split", "split ,", "a,b\n,\n\nc\n", "a\nb\n\n\n\nc\n"},
		{"split at a tab", `split '\t'`, "a\tb\n", "a\nb\n"},
		{"split at a backslash", `split '\\'`, "a\\b\n", "a\nb\n"},
		{"split at several", "split -- --", "a--b---c\n", "a\nb\n-c\n"},
		{"split without the last newline", "split ,", "a,b", "a\nb"},
		{"split ends with nothing, which is a line", "split ,", "a,", "a\n\n"},
		{"split numbers", "take_from 1,2 | split , | map it+1", "", "2\n3\n"},
		{"trim", "trim", "  a b\t\r\n\n \n\u00a0c\u3000\n", "a b\n\n\nc\n"},
		{"trim left", "trim -l", "  a \n", "a \n"},
		{"trim right", "trim -r", "  a \n", "  a\n"},
		{"trim both", "trim -l -r", "  a \n", "a\n"},
		{"trim what is no UTF-8", "trim", " \xff \n", "\xff\n"},
		{"upper", "upper", "abcz{`\nßéω\n\xffa\x00\xe2\x82b\n", "ABCZ{`\nßÉΩ\n\xffA\x00\xe2\x82B\n"},
		{"lower", "lower", "ABCZ[@\nÉΩ\n\xffA\n", "abcz[@\néω\n\xffa\n"},
		{"upper ends the last line", "upper", "a\nb", "A\nB\n"},
		{"upper nothing", "upper", "", ""},
		{"upper records' fields", `map "{a: it}" | get a | upper`, "x\n", "X\n"},
		{"field of another value", `map "it == \"x\" ? [it, 1] : 2.50" | field 1`, "y\nx\n", "2.5\n[\"x\",1]\n"},
		{"upper null", `map null | upper`, "x\n", "\n"},
		{"upper lists", `map "[it]" | upper`, "x\n", "[\"X\"]\n"},
		{"upper that grows", "upper", strings.Repeat("ȿ", 100_000), strings.Repeat("Ȿ", 100_000) + "\n"},
		{"a string stays one", `map "{a: '1'}" | get a | lower | map "{a: it}"`, "1\n", "{\"a\":\"1\"}\n"},
		{"rev", "rev", "abc\n\nxé\n\xff1\n", "cba\n\néx\n1\xff\n"},
		{"rev a long line", "rev", long, strings.Repeat("éA", 300_000) + "\n"},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"upper a record", `map "{a: it}" | upper`, "x\n", "", `17: upper: a record is not text; choose a field with get: {"a":"x"}`},
		{"chars of a record", `map "it == \"x\" ? {a: it} : it" | chars 1 1`, "yz\nx\n", "y\n", `36: chars: a record is not text; choose a field with get: {"a":"x"}`},
		{"field of a record", `map "it == \"x\" ? {a: it} : it" | field 1`, "ya b\nx\n", "ya\n", `36: field: a record is not text; choose a field with get: {"a":"x"}`},
		{"tr of a record", `map "it == \"x\" ? {a: it} : it" | tr a b`, "ya\nx\n", "yb\n", `36: tr: a record is not text; choose a field with get: {"a":"x"}`},
		{"chars from 0", "chars 0 2", "", "", "7: chars: from must not be 0; characters count from 1, or from -1 at the end"},
		{"chars to 0", "chars 2 0", "", "", "9: chars: to must not be 0; characters count from 1, or from -1 at the end"},
		{"split at nothing", "split ''", "", "", "7: split: delimiter must not be empty"},
	})
}

func TestReplace(t *testing.T) {
	stagetest.RunCases(t, []stagetest.Case{
		{"all", "replace a b", "banana\nx\n", "bbnbnb\nx\n"},
		{"the first", "replace --first a b", "banana\n", "bbnana\n"},
		{"the first of an expression", "replace --first '[an]' _", "banana\n", "b_nana\n"},
		{"either case", "replace -i A b", "bAna\n", "bbnb\n"},
		{"plain text", "replace -F . ,", "1.2.3\n", "1,2,3\n"},
		{"plain text in either case", "replace -iF x. '$1'", "aX.b\n", "a$1b\n"},
		{"backslashes in plain text", `replace -F '\n' '\t'`, `a\nb` + "\n", "a\tb\n"},
		{"a backslash for plain text", `replace -F / '\\t$1'`, "a/b\n", `a\t$1b` + "\n"},
		{"a variable in plain text", `take_from '\t' | each { take_from a/b | replace -F / "$it" }`, "", `a\tb` + "\n"},
		{"groups", `replace '(\w+)@(\w+)' '$2 at ${1}s'`, "ada@home\n", "home at adas\n"},
		{"a named group", `replace '(?P<year>\d{4})' '<${year}>'`, "in 2026\n", "in <2026>\n"},
		{"the whole match", "replace 'a+' '[$0]'", "baac\n", "b[aa]c\n"},
		{"a dollar sign", "replace EUR '$$'", "5 EUR\n", "5 $\n"},
		{"a newline", `replace , '\n'`, "a,b\n", "a\nb\n"},
		{"a newline makes no second value", `replace , '\n' | count`, "a,b\n", "1\n"},
		{"a backslash", `replace a '\\1'`, "a\n", `\1` + "\n"},
		{"empty matches", "replace 'x*' -", "abc\n\n", "-a-b-c-\n-\n"},
		{"at the ends", "replace '^|$' '|'", "a\n", "|a|\n"},
		{"nothing", "replace a ''", "banana\n", "bnn\n"},
		{"what is no UTF-8", `replace a b`, "\xffa\xfe\x00\n", "\xffb\xfe\x00\n"},
		{"no match", "replace q x", "a\r\nb", "a\r\nb\n"},
		{"text that grows over its block", "replace a '" + strings.Repeat("long", 50) + "'", strings.Repeat("xa\n", 3000), strings.Repeat("x"+strings.Repeat("long", 50)+"\n", 3000)},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"a bad pattern", "replace '(' x", "", "", "9: replace: pattern must be a regular expression: missing closing ): `(`"},
		{"a group that is not there", "replace '(a)' '$2'", "", "", "15: replace: pattern has no group 2"},
		{"a name that is not there", "replace '(a)' '${year}'", "", "", "15: replace: pattern has no group year"},
		{"a group run into a word", "replace '(a)' '$1st'", "", "", "15: replace: pattern has no group called 1st; is ${1}st meant?"},
		{"a group as sed has it", `replace '(a)' '<\1>'`, "", "", `15: replace: text names a group with $1, not with \1`},
	})
}

func TestTr(t *testing.T) {
	stagetest.RunCases(t, []stagetest.Case{
		{"translate", "tr a-c x-z", "abcd\n", "xyzd\n"},
		{"a short second set", "tr abc xy", "abc\n", "xyy\n"},
		{"characters beyond ASCII", "tr é-ë e", "aéêëz\n", "aeeez\n"},
		{"capitals beyond ASCII", "tr '[:lower:]' '[:upper:]'", "éa\n", "ÉA\n"},
		{"words", `tr -cs '[:alpha:]' '\n'`, "to be, or\nnöt", "to\nbe\nor\nnöt"},
		{"join", `tr '\n' ' '`, "a\nb\n", "a b "},
		{"join values", `seq 1 3 | tr '\n' +`, "", "1+2+3+"},
		{"join over blocks", `tr -d '\n'`, strings.Repeat("x\n", 500_000), strings.Repeat("x", 500_000)},
		{"a last newline that is missing", "tr a b", "a\na", "b\nb"},
		{"delete the last newline", `tr -d '\n'`, "a\n", "a"},
		{"split values", `take_from 'a b' c | tr ' ' '\n' | count`, "", "3\n"},
		{"squeeze over values", `tr -s '\n'`, "\n\na\n\n\nb\n", "\na\nb\n"},
		{"squeeze what came of different ones", "tr -s ab x", "abba\n", "x\n"},
		{"delete", "tr -d aeiou", "banana\n", "bnn\n"},
		{"delete all others", "tr -cd a-z", "a1\nb\n", "ab"},
		{"what is no UTF-8 stays", "tr a-z A-Z", "\xffa\xe2\x82\n", "\xffA\xe2\x82\n"},
		{"what is no UTF-8 is in the complement", `tr -cd '[:print:]\n'`, "a\xff\x00é\x7f\n", "aé\n"},
		{"NUL", `tr '\0' '\n'`, "a\x00b\x00", "a\nb\n"},
		{"a hyphen at the end", "tr -- -_ ._", "a-b\n", "a.b\n"},
		{"a repetition", "tr a-e '[x*3]yz'", "abcde\n", "xxxyz\n"},
		{"a repetition that fills", "tr a-e 'v[x*]z'", "abcde\n", "vxxxz\n"},
		{"nothing", "tr a b", "", ""},
		{"only newlines", "tr -d a", "a\n\n", "\n\n"},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"no second set", "tr a", "", "", "1: tr: set2 is missing, or -d or -s"},
		{"a second set too many", "tr -d a b", "", "", "1: tr: -d takes one set, without -s"},
		{"nothing to squeeze", "tr -ds a", "", "", "1: tr: set2 is missing: what -s is to squeeze when -d has deleted"},
		{"an empty second set", "tr a ''", "", "", "6: tr: set2 must not be empty"},
		{"a range backwards", "tr z-a x", "", "", "4: tr: set1 has the range z-a, whose ends are in the wrong order"},
		{"no such class", "tr '[:foo:]' x", "", "", "4: tr: set1 has the class [:foo:]; there are alnum, alpha, blank, cntrl, digit, graph, lower, print, punct, space, upper, xdigit"},
		{"a class in the second set", "tr a '[:digit:]'", "", "", "6: tr: set2 can only have the classes [:lower:] and [:upper:], each in the place of the other in set1"},
		{"bytes", `tr '\200-\377' x`, "", "", `4: tr: set1 has \200, which is no character; write characters beyond ASCII as they are`},
		{"a repetition in the first set", "tr '[a*]' x", "", "", "4: tr: set1 cannot have a repetition without a number"},
	})
}

// TestTrFiles wants the newline between two files whose first one does not end in one.
func TestTrFiles(t *testing.T) {
	var files []string
	for _, text := range []string{"a\nx", "b\nx"} {
		file := filepath.Join(t.TempDir(), "text")
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	for _, c := range []struct{ text, want string }{
		{"tr x y", "a\ny\nb\ny"},
		{"map it | tr x y", "a\ny\nb\ny"},
		{`tr "\n" ,`, "a,x,b,x"},
	} {
		got, err := stagetest.Run(t, c.text, "", files...)
		if err != nil || got != c.want {
			t.Errorf("%s: got %q and error %v, want %q", c.text, got, err, c.want)
		}
	}
}

// TestTrParity compares random sets with Unix tr.
func TestTrParity(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	pieces := []string{"a", "b", "x", "Z", "-", "_", ",", " ", "a-f", "A-F", "a-z", "A-Z", "0-9", `\n`, `\t`, `\\`, `\012`, `\0-\037`, `\-`, "*", "[", "]",
		"[:alpha:]", "[:lower:]", "[:upper:]", "[:digit:]", "[:space:]", "[:punct:]", "[:alnum:]", "[:blank:]", "[:cntrl:]", "[:print:]", "[:graph:]", "[:xdigit:]", "[x*3]", "[y*]", "[=a=]"}
	set := func() string {
		var b strings.Builder
		for range 1 + r.IntN(3) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		return b.String()
	}
	ran := 0
	for range 400 {
		args := []string{"--", set()}
		if r.IntN(3) > 0 {
			args = append(args, set())
		}
		for _, flag := range []string{"-d", "-s", "-c"} {
			if r.IntN(3) == 0 {
				args = append([]string{flag}, args...)
			}
		}
		text := strings.TrimSuffix(stagetest.AllSorts(r, 3000, false), "\n")
		if r.IntN(2) == 0 {
			text += "\n"
		}
		want, wantErr := stagetest.Unix(t, text, append([]string{"tr"}, args...)...)
		pipeline := "tr"
		for _, a := range args {
			pipeline += " '" + a + "'"
		}
		got, err := stagetest.Run(t, pipeline, text)
		switch {
		case wantErr != nil: // tr is stricter
		case err != nil && strings.Contains(pipeline, "'-c'") && strings.Contains(args[len(args)-1], "[:"): // this is
		case err != nil:
			t.Errorf("seed %d: %s: got error %v, want none, as tr", seed, pipeline, err)
		case got != want:
			t.Errorf("seed %d: %s: got %q, want as tr gives %q", seed, pipeline, stagetest.Clip(got), stagetest.Clip(want))
		default:
			ran++
		}
	}
	if ran < 40 {
		t.Errorf("got %d of 400 comparisons without an error, want at least 40", ran)
	}
}
