package rows_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtpipe/stages/stagetest"
)

func TestRows(t *testing.T) {
	long := strings.Repeat("long", 200_000)
	stagetest.RunCases(t, []stagetest.Case{
		{"filter", `filter "it > 2"`, "1\n2\n3\n10\n", "3\n10\n"},
		{"filter null", "filter true", "", ""},
		{"filter null", "filter null", "a\n", ""},
		{"filter without the last newline", "filter true", "a\nb", "a\nb"},
		{"filter keeps CR, NUL and what is no UTF-8", `filter "len(it) > 1"`, "a\r\n\x00b\n\xff\xfe\nc\n", "a\r\n\x00b\n\xff\xfe\n"},
		{"filter long lines", `filter "len(it) > 4"`, "a\n" + long + "\nb\n" + long, long + "\n" + long},
		{"filter records", `map "{a: it}" | filter "a == 2"`, "1\n2\n", "{\"a\":2}\n"},
		{"filter gives few early", "filter true | head 1", stagetest.Numbered(1, 50_000), "1\n"},
		{"filter looks no further than is wanted", `filter "it > 0" | head 3`, stagetest.Numbered(1, 50) + "bad\n", stagetest.Numbered(1, 3)},
		{"reject", `reject "it > 2"`, "1\n2\n3\n", "1\n2\n"},
		{"reject null", "reject null", "a\n", "a\n"},
		{"head of more than there is", "head 3", "1\n2\n", "1\n2\n"},
		{"head of as many as there are", "head 2", "1\n2\n", "1\n2\n"},
		{"head without the last newline", "head 2", "1\n2", "1\n2"},
		{"head drops what lacks a newline", "head 1", "1\n2", "1\n"},
		{"head of nothing", "head 3", "", ""},
		{"head of empty lines", "head 2", "\n\n\n", "\n\n"},
		{"head by itself", "head", stagetest.Numbered(1, 30), stagetest.Numbered(1, 10)},
		{"head with an option", "head -n 2", stagetest.Numbered(1, 30), stagetest.Numbered(1, 2)},
		{"head with a long option", "head --lines=2", stagetest.Numbered(1, 30), stagetest.Numbered(1, 2)},
		{"head of an endless source", "repeat x | head 3", "", "x\nx\nx\n"},
		{"head 0 of an endless source", "repeat x | head 0", "", ""},
		{"head over blocks", "head 40000", stagetest.Numbered(1, 50_000), stagetest.Numbered(1, 40_000)},
		{"head of values", "seq 1 5000 | head 3000", "", stagetest.Numbered(1, 3000)},
		{"head of a long line", "head 1", long + "\nx\n", long + "\n"},
		{"take", "take 2", stagetest.Numbered(1, 3), stagetest.Numbered(1, 2)},
		{"tail", "tail 2", stagetest.Numbered(1, 3), stagetest.Numbered(2, 3)},
		{"tail by itself", "tail", stagetest.Numbered(1, 30), stagetest.Numbered(21, 30)},
		{"tail with an option", "tail -n 2", stagetest.Numbered(1, 30), stagetest.Numbered(29, 30)},
		{"tail 0", "repeat x | tail 0", "", ""},
		{"tail of more than there is", "tail 5", stagetest.Numbered(1, 3), stagetest.Numbered(1, 3)},
		{"tail of nothing", "tail", "", ""},
		{"tail without the last newline", "tail 1", "1\n2", "2"},
		{"tail over blocks", "tail 40000", stagetest.Numbered(1, 50_000), stagetest.Numbered(10_001, 50_000)},
		{"tail of values", "seq 1 5000 | tail 3000", "", stagetest.Numbered(2001, 5000)},
		{"tail of sparse spans", `filter "it % 10000 == 0" | tail 3`, stagetest.Numbered(1, 50_000), "30000\n40000\n50000\n"},
		{"tail of sparse spans without the last newline", `filter "it % 10000 == 0" | tail 2`, stagetest.Numbered(1, 20_000) + "30000", "20000\n30000"},
		{"skip", "skip 2", stagetest.Numbered(1, 4), stagetest.Numbered(3, 4)},
		{"skip 0", "skip 0", stagetest.Numbered(1, 4), stagetest.Numbered(1, 4)},
		{"skip all", "skip 4", stagetest.Numbered(1, 4), ""},
		{"skip more than there is", "skip 5", stagetest.Numbered(1, 4), ""},
		{"skip over blocks", "skip 40000", stagetest.Numbered(1, 50_000), stagetest.Numbered(40_001, 50_000)},
		{"skip values", "seq 1 5000 | skip 3000", "", stagetest.Numbered(3001, 5000)},
		{"slice", "slice 2 3", stagetest.Numbered(1, 5), stagetest.Numbered(2, 3)},
		{"slice of an endless source", "repeat x | slice 1000 1001", "", "x\nx\n"},
		{"slice over blocks", "slice 10000 40000", stagetest.Numbered(1, 50_000), stagetest.Numbered(10_000, 40_000)},
		{"slice behind the end", "slice 4 9", stagetest.Numbered(1, 5), stagetest.Numbered(4, 5)},
		{"nth", "nth 3 1 3", stagetest.Numbered(1, 5), "1\n3\n"},
		{"nth behind the end", "nth 9 2", stagetest.Numbered(1, 5), "2\n"},
		{"nth of an endless source", "repeat x | nth 5000", "", "x\n"},
		{"nth over blocks", "nth 2 20000 40000", stagetest.Numbered(1, 50_000), "2\n20000\n40000\n"},
		{"take_while", `take_while "it < 3"`, stagetest.Numbered(1, 5), stagetest.Numbered(1, 2)},
		{"take_while of an endless source", `range 1000000000000 | take_while "it < 3000"`, "", stagetest.Numbered(0, 2999)},
		{"take_while over blocks", `take_while "it < 40000"`, stagetest.Numbered(1, 50_000), stagetest.Numbered(1, 39_999)},
		{"take_while nothing", "take_while false", stagetest.Numbered(1, 5), ""},
		{"take_while all", "take_while true", "a\nb", "a\nb"},
		{"drop_while", `drop_while "it < 3"`, "1\n2\n3\n1\n", "3\n1\n"},
		{"drop_while over blocks", `drop_while "it < 40000"`, stagetest.Numbered(1, 50_000), stagetest.Numbered(40_000, 50_000)},
		{"drop_while of values", `seq 1 5000 | drop_while "it < 3000"`, "", stagetest.Numbered(3000, 5000)},
		{"drop_while all", "drop_while true", "a\nb", ""},
		{"what one leaves the next one reads", `take_from { head 2; slice 2 3; nth 1; take_while "it < 9"; tail 1 }`, stagetest.Numbered(1, 10), "1\n2\n4\n5\n6\n7\n8\n10\n"},
		{"also of values", `seq 1 10 | take_from { head 2; slice 2 3; nth 1; take_while "it < 9"; tail 1 }`, "", "1\n2\n4\n5\n6\n7\n8\n10\n"},
	})
}

func TestUniq(t *testing.T) {
	stagetest.RunCases(t, []stagetest.Case{
		{"uniq", "uniq", "a\na\nb\na\n", "a\nb\na\n"},
		{"nothing", "uniq", "", ""},
		{"an empty first line", "uniq", "\n\na\n", "\na\n"},
		{"over batches", "uniq", strings.Repeat("x\n", 200_000) + "y", "x\ny"},
		{"by text", `map "it == \"a\" ? 1 : it" | uniq`, "a\n1\n1.0\n", "1\n1.0\n"},
		{"records", `map "{a: it}" | uniq`, "1\n1\n2\n", "{\"a\":1}\n{\"a\":2}\n"},
		{"counted", "uniq -c", "a\na\nb\n", "      2 a\n      1 b\n"},
		{"counted over batches", "uniq -c", strings.Repeat("x\n", 12_345_678/10), "1234567 x\n"},
		{"counted records", `map "{a: it}" | uniq -c`, "1\n1\n2\n", "{\"count\":2,\"a\":1}\n{\"count\":1,\"a\":2}\n"},
		{"counted nothing", "uniq -c", "", ""},
		{"repeated", "uniq -d", "a\na\nb\nc\nc\nc\n", "a\nc\n"},
		{"unique", "uniq -u", "a\na\nb\nc\nc\nc\n", "b\n"},
		{"repeated and unique", "uniq -d -u", "a\na\nb\n", ""},
		{"repeated and counted", "uniq -cd", "a\na\nb\n", "      2 a\n"},
		{"distinct", "distinct", "a\nb\na\nc\nb\n", "a\nb\nc\n"},
		{"distinct over batches", "distinct", stagetest.Numbered(1, 30_000) + stagetest.Numbered(1, 30_001), stagetest.Numbered(1, 30_001)},
		{"distinct by an expression", `distinct "len(it)"`, "a\nb\nab\nc\ncd\n", "a\nab\n"},
		{"distinct by two", `map "{a: len(it), b: it contains \"x\", it: it}" | distinct a b | get it`, "a\nx\nb\nxy\nyx\nab\n", "a\nx\nxy\nab\n"},
		{"distinct parts do not run together", `map "{a: it, b: it == \"1\" ? \"2t3\" : \"3\"}" | distinct a b | count`, "1t2\n1\n", "2\n"},
		{"distinct records", `map "{a: len(it)}" | distinct`, "a\nb\ncd\n", "{\"a\":1}\n{\"a\":2}\n"},
		{"grep takes a value with newlines as one", `csv | get v | grep '^a' | to_json`, severalLines, "\"a\\nb\"\n\"a\"\n"},
		{"grep its end", `csv | get v | grep 'b$' | to_json`, severalLines, "\"a\\nb\"\n\"b\"\n"},
		{"grep -v", `csv | get v | grep -v '^b' | to_json`, severalLines, "\"a\\nb\"\n\"a\"\n"},
		{"grep -x", `csv | get v | grep -x a | to_json`, severalLines, "\"a\"\n"},
		{"grep -x of both lines", `csv | get v | grep -x '(?s)a.b' | to_json`, severalLines, "\"a\\nb\"\n"},
		{"grep -o", `csv | get v | grep -o '^b' | to_json`, severalLines, "\"b\"\n"},
		{"grep -Fx", `csv | get v | grep -Fx b | to_json`, severalLines, "\"b\"\n"},
		{"grep of values as text", `csv | get v | map it | filter 'len(it) > 0' | grep '^b' | to_json`, severalLines, "\"b\"\n"},
		{"grep of records", `csv | grep -x '(?s).*b.*' | count`, severalLines, "2\n"},
		{"enumerate", "enumerate", "a\nb", "{\"n\":1,\"value\":\"a\"}\n{\"n\":2,\"value\":\"b\"}\n"},
		{"enumerate numbers", "seq 5 6 | enumerate", "", "{\"n\":1,\"value\":5}\n{\"n\":2,\"value\":6}\n"},
		{"enumerate records", `map "{a: it, n: 7}" | enumerate`, "x\ny\n", "{\"n\":1,\"a\":\"x\"}\n{\"n\":2,\"a\":\"y\"}\n"},
		{"enumerate twice", `enumerate | enumerate`, "x\n", "{\"n\":1,\"value\":\"x\"}\n"},
	})
}

func TestRowErrors(t *testing.T) {
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"not a number", `filter "it > 2"`, "3\n4\nx\n5\n", "3\n4\n", `1: filter: line 3: "x" is not a number (it)`},
		{"part of a value that is no number", `filter "trim(it) + 1 > 2"`, "x\n3\n", "", `1: filter: line 1: "x" is not a number`},
		{"neither true nor false", "filter it", "true\nx\n", "", `1: filter: line 1: "true" is not true or false (it)`},
		{"not a number in a record", `map "{a: it}" | filter "a > 2"`, "3\nx\n", "{\"a\":3}\n", `17: filter: "x" is not a number (a): {"a":"x"}`},
		{"take_while", `take_while "it < 3"`, "1\n2\nx\n", "1\n2\n", `1: take_while: line 3: "x" is not a number (it)`},
		{"drop_while", `drop_while "it < 3"`, "1\n2\nx\n", "", `1: drop_while: line 3: "x" is not a number (it)`},
		{"distinct", `distinct it+1`, "1\nx\n", "1\n", `1: distinct: line 2: "x" is not a number (it)`},
		{"two heads", "head 1 -n 2", "", "", "1: head: n is given twice, with -n and without"},
		{"tail of a word", "tail x", "", "", `6: tail: n must be a whole number, not "x"`},
		{"two tails", "tail 1 -n 2", "", "", "1: tail: n is given twice, with -n and without"},
		{"slice backwards", "slice 3 2", "", "", "1: slice: to must be at least from, 3, not 2"},
		{"slice from 0", "slice 0 2", "", "", "7: slice: from must be at least 1, not 0"},
		{"nth 0", "nth 0", "", "", "5: nth: n must be at least 1, not 0"},
	})
}

// TestFormsAgree runs stages over the same text as blocks of lines, as spans and as single
// values.
func TestFormsAgree(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	texts := []string{"", "\n", "x", "\n\n", "x\r\ny\r\n", "\x00\n\xff", stagetest.AllSorts(r, 200, true), stagetest.AllSorts(r, 5000, true), stagetest.AllSorts(r, 300_000, true)}
	stages := []string{
		`filter "len(it) > 3"`, `reject "it contains \"a\""`, "head 7", "take 2000", "tail 7", "tail 2000", "skip 7", "skip 2000", "slice 5 1500",
		"nth 1 4 5 1200", `take_while "len(it) < 500"`, `drop_while "len(it) < 500"`, "uniq", "uniq -c", "uniq -d", "uniq -u", "distinct", `distinct "len(it)"`, "enumerate",
		"chars 2 3", "chars -3 -1", "chars 2 -2", "chars -2 3", "split ,", "split a", "trim", "trim -l", "trim -r", "upper", "lower", "rev",
		"replace a bb", `replace "[a-f]+" "<\$0>"`, `replace --first -F , ";"`, `replace a "\n"`, `replace -i ab "\${0}"`, "replace a ''",
		"tr a-z A-Z", `tr -cs a-zA-Z "\n"`, "tr -d a-f", `tr "\n" ,`, `tr -s "\n"`, `tr "[:lower:]" "[:upper:]"`, "tr -cd a-z", "tr é e", `tr "\r" "\n"`, `tr -d "\r\n"`,
		"map it", "tail 3 | upper", `filter "len(it) > 2" | chars 2 -1 | head 20`, "upper | uniq", "rev | skip 3 | tail 9",
	}
	for _, stage := range stages {
		for i, text := range texts {
			want, err := stagetest.Run(t, "map it | "+stage, text)
			if err != nil {
				t.Fatalf("seed %d: map it | %s: got error %v, want none", seed, stage, err)
			}
			for _, before := range []string{"", "filter true | ", "head 100000000 | reject false | ", "lines | map it | filter true | "} {
				got, err := stagetest.Run(t, before+stage, text)
				if err != nil {
					t.Fatalf("seed %d: %s%s: got error %v, want none", seed, before, stage, err)
				}
				if got != want {
					t.Errorf("seed %d, text %d: %s%s: got %q, want as with single values %q", seed, i, before, stage, stagetest.Clip(got), stagetest.Clip(want))
				}
			}
		}
	}
}

// TestUnixParity compares stages with the tools whose names they have.
func TestUnixParity(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	texts := []string{"", "\n", "a\n", stagetest.AllSorts(r, 100, false), stagetest.AllSorts(r, 20_000, false), stagetest.AllSorts(r, 400_000, false)}
	for _, c := range []struct{ stage, tool string }{
		{"head", "head"}, {"head 3", "head -n 3"}, {"head 0", "head -n 0"}, {"head 5000", "head -n 5000"},
		{"tail", "tail"}, {"tail 3", "tail -n 3"}, {"tail 5000", "tail -n 5000"}, {"tail 0", "tail -n 0"},
		{"skip 4", "tail -n +5"}, {"skip 5000", "tail -n +5001"}, {"slice 3 900", "sed -n 3,900p"},
		{"uniq", "uniq"}, {"uniq -c", "uniq -c"}, {"uniq -d", "uniq -d"}, {"uniq -u", "uniq -u"}, {"uniq -dc", "uniq -dc"}, {"uniq -du", "uniq -du"},
		{"chars 1 1", "cut -c1"}, {"chars 2 4", "cut -c2-4"}, {"chars 3 -1", "cut -c3-"}, {"rev", "rev"},
		{"replace a b", "sed s/a/b/g"}, {"replace --first a b", "sed s/a/b/"}, {`replace "(.)," "\$1;"`, `sed -E s/(.),/\1;/g`},
	} {
		for i, text := range texts {
			want, err := stagetest.Unix(t, text, strings.Fields(c.tool)...)
			if err != nil {
				t.Fatalf("%s: %v", c.tool, err)
			}
			got, err := stagetest.Run(t, c.stage, text)
			if err != nil {
				t.Fatalf("%s: got error %v, want none", c.stage, err)
			}
			if got != want {
				t.Errorf("seed %d, text %d: %s: got %q, want as %s gives %q", seed, i, c.stage, stagetest.Clip(got), c.tool, stagetest.Clip(want))
			}
		}
	}
}

// TestLineNumbers wants errors to name the line of the file, also behind stages that pass
// Lines on in other blocks.
func TestLineNumbers(t *testing.T) {
	file := filepath.Join(t.TempDir(), "numbers.txt")
	if err := os.WriteFile(file, []byte(stagetest.Numbered(1, 40_000)+"bad\n"+stagetest.Numbered(40_002, 50_000)), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, before := range []string{"", "skip 10 | ", "upper | ", "skip 30000 | lower | skip 10 | ", "filter true | ", "replace x y | ", "tr x y | ", "tail 20000 | ", "trim | "} {
		_, err := stagetest.Run(t, before+`filter "it > 0"`, "", file)
		want := file + ":40001: "
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%sfilter: got error %v, want one with %q", before, err, want)
		}
	}
}

func BenchmarkFilter(b *testing.B) {
	var text strings.Builder
	r := rand.New(rand.NewPCG(1, 2))
	for text.Len() < 8<<20 {
		fmt.Fprintf(&text, "10.0.%d.%d GET /index.html %d %d\n", r.IntN(256), r.IntN(256), 200+r.IntN(300), r.IntN(100_000))
	}
	file := filepath.Join(b.TempDir(), "access.log")
	if err := os.WriteFile(file, []byte(text.String()), 0o666); err != nil {
		b.Fatal(err)
	}
	for _, stage := range []string{"filter true", `filter "it contains \" 404 \""`, "uniq", "distinct", "chars 1 8", "upper", "replace GET PUT", `replace "[0-9]+ " x`, "tr a-z A-Z", `tr -cs A-Za-z "\n"`, "trim"} {
		b.Run(stage, func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			for b.Loop() {
				if _, err := stagetest.Run(b, stage+" | count", "", file); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// severalLines is CSV with a value that has a newline in it.
const severalLines = "v\n\"a\nb\"\na\nb\n"

// TestLastOfComputed wants the last records to be written that have a computed field, though their text, which is
// kept alone, is shorter than the number of what was computed before.
func TestLastOfComputed(t *testing.T) {
	var in strings.Builder
	in.WriteString("a\n")
	for i := range 3000 {
		fmt.Fprintf(&in, "%d\n", i)
	}
	stagetest.InDir(t, map[string]string{"in.csv": in.String()})
	if _, err := stagetest.Run(t, "csv in.csv | set b=a*2 a=b | tail -1 > out.csv", ""); err != nil {
		t.Fatal(err)
	}
	if got := stagetest.ReadFile(t, "out.csv"); got != "a,b\n5998,5998\n" {
		t.Errorf("got %q", got)
	}
}
