package rows_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtpipe/stages/stagetest"
)

// TestSignedCounts wants the counts of head and tail to mean what those of their namesakes do.
func TestSignedCounts(t *testing.T) {
	six := stagetest.Numbered(1, 6)
	stagetest.RunCases(t, []stagetest.Case{
		{Text: "head -2", Stdin: six, Want: "1\n2\n"},
		{Text: "take -1", Stdin: six, Want: "1\n"},
		{Text: "head -n -4", Stdin: six, Want: "1\n2\n"},
		{Text: "head --lines -6", Stdin: six},
		{Text: "head -n -9", Stdin: six},
		{Text: "head -n -0", Stdin: six, Want: six},
		{Text: "head -n +1", Stdin: six, Want: "1\n"},
		{Text: "tail -2", Stdin: six, Want: "5\n6\n"},
		{Text: "tail -n -2", Stdin: six, Want: "5\n6\n"},
		{Text: "tail +5", Stdin: six, Want: "5\n6\n"},
		{Text: "tail -n +0", Stdin: six, Want: six},
		{Text: "tail -n +7", Stdin: six},
		{Text: "sort -r | head -n -4", Stdin: six, Want: "6\n5\n"},
		{Text: "csv | head -n -1 | to_json", Stdin: "a\n1\n2\n", Want: "{\"a\":1}\n"},
		{Text: "repeat x | tail -n +3 | head 1", Want: "x\n"},
		{Text: "take_from 1 2 | each { seq 5 | tail +$it | head -n -2 }", Want: "1\n2\n3\n2\n3\n"},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{Text: "head 2x", Message: `6: head: n must be a whole number, not "2x"`},
		{Text: "head -n -2 3", Message: "1: head: n is given twice, with -n and without"},
		{Text: "head -c 3", Message: "6: head: there is no option -c: values are counted, not bytes; chars 1 20 keeps the first 20 bytes of each line"},
		{Text: "tail -f a", Message: "6: tail: there is no option -f: follow FILE puts the lines of a file as they are written"},
	})
}

// TestGrepAround wants what stands around matches, numbers, counts and files.
func TestGrepAround(t *testing.T) {
	const steps = "load ok\nparse slow\nindex failed\nretry ok\nstore ok\nsend failed\n"
	dir := t.TempDir()
	file, patterns := filepath.Join(dir, "steps"), filepath.Join(dir, "patterns")
	for name, text := range map[string]string{file: steps, patterns: "slow\nsend\n", filepath.Join(dir, "empty"): ""} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const records = `{"a":"x","n":9}` + "\n" + `{"a":"y"}` + "\n" + `{"a":"x"}` + "\n"
	stagetest.RunCases(t, []stagetest.Case{
		{Text: "grep -n -A 1 failed", Stdin: steps, Want: "3:index failed\n4-retry ok\n--\n6:send failed\n"},
		{Text: "grep -B 2 failed", Stdin: steps, Want: "load ok\nparse slow\nindex failed\nretry ok\nstore ok\nsend failed\n"},
		{Text: "grep -C 1 slow", Stdin: steps, Want: "load ok\nparse slow\nindex failed\n"},
		{Text: "grep -m 1 ok", Stdin: steps, Want: "load ok\n"},
		{Text: "grep -c ok", Stdin: steps, Want: "3\n"},
		{Text: "grep -cv ok", Stdin: steps, Want: "3\n"},
		{Text: "grep -c -m 2 ok", Stdin: steps, Want: "2\n"},
		{Text: "grep -c none", Stdin: steps, Want: "0\n"},
		{Text: "upper | grep -c OK", Stdin: steps, Want: "3\n"},
		{Text: "jsonl | grep -c x", Stdin: records, Want: "2\n"},
		{Text: "grep -e slow -e send", Stdin: steps, Want: "parse slow\nsend failed\n"},
		{Text: "grep -F -e . -e ']'", Stdin: "a.b\nab\na]\n", Want: "a.b\na]\n"},
		{Text: "grep -f " + patterns, Stdin: steps, Want: "parse slow\nsend failed\n"},
		{Text: "grep -vf " + filepath.Join(dir, "empty"), Stdin: "a\n", Want: "a\n"},
		{Text: "grep -cf " + filepath.Join(dir, "empty"), Stdin: "a\n", Want: "0\n"},
		{Text: "grep -no s.o", Stdin: steps, Want: "2:slo\n5:sto\n"},
		{Text: "lines " + file + " | grep -Hn slow", Want: file + ":2:parse slow\n"},
		{Text: "lines " + file + " " + patterns + " | grep -Hn slow", Want: file + ":2:parse slow\n" + patterns + ":1:slow\n"},
		{Text: "jsonl | grep -n x | to_json", Stdin: records, Want: `{"n":1,"a":"x"}` + "\n" + `{"n":3,"a":"x"}` + "\n"},
		{Text: "jsonl | grep -A 1 y | to_json", Stdin: records, Want: `{"a":"y"}` + "\n" + `{"a":"x"}` + "\n"},
		{Text: "grep -q slow", Stdin: steps},
		{Text: "repeat x | grep -m 2 x", Want: "x\nx\n"},
		{Text: "repeat x | grep -q x"},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{Text: "grep -q none", Stdin: steps, Message: "1: grep: nothing matches"},
		{Text: "grep -n", Message: "1: grep: pattern is missing; usage: grep [OPTION...] PATTERN"},
		{Text: "grep -e a a.log", Message: "11: grep: takes no pattern beside -e and -f; files are read by lines: lines a.log | grep …"},
		{Text: "grep -e a -e '('", Message: "11: grep: -e must be a regular expression: missing closing ): `(`"},
		{Text: "grep -o -A 1 x", Message: "1: grep: -o and -A, -B and -C exclude each other: what is around has no matches"},
	})
	if _, err := stagetest.Run(t, "grep -f "+filepath.Join(dir, "missing"), "a\n"); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("got error %v, want one about the file", err)
	}
}

// TestUniqOptions wants the options of uniq to be those of its namesake.
func TestUniqOptions(t *testing.T) {
	stagetest.RunCases(t, []stagetest.Case{
		{Text: "uniq -i", Stdin: "a\nA\nb\n", Want: "a\nb\n"},
		{Text: "uniq -D", Stdin: "a\na\nb\nc\nc\nc\n", Want: "a\na\nc\nc\nc\n"},
		{Text: "uniq -f 1", Stdin: "1 a\n2 a\n 3  a\n", Want: "1 a\n 3  a\n"},
		{Text: "uniq -s 1 -w 1", Stdin: "xab\nyac\nzb\n", Want: "xab\nzb\n"},
		{Text: "sort | uniq -ci", Stdin: "b\nB\na\nb\n", Want: "      1 B\n      1 a\n      2 b\n"},
		{Text: "sort -f | uniq -ci", Stdin: "b\nB\na\nb\n", Want: "      1 a\n      3 B\n"},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{Text: "uniq -Dc", Message: "1: uniq: -D and -c exclude each other: -D puts each value as often as it stood there"},
	})
}

// TestSignedCountsOfGroups wants them to mean the same for each group.
func TestSignedCountsOfGroups(t *testing.T) {
	const in = "k,v\na,1\nb,2\na,3\na,4\nb,5\n"
	stagetest.RunCases(t, []stagetest.Case{
		{Text: "csv | by k { head -n -1 } | to_csv", Stdin: in, Want: "k,v\na,1\na,3\nb,2\n"},
		{Text: "csv | by k { tail -n +2 } | to_csv", Stdin: in, Want: "k,v\na,3\na,4\nb,5\n"},
		{Text: "csv | by k { tail 1 } | to_csv", Stdin: in, Want: "k,v\na,4\nb,5\n"},
	})
}
