package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// onTerminal runs the program in dir with a terminal for its output and messages and returns all
// that comes there, in which line ends are as the program wrote them.
func onTerminal(t *testing.T, dir string, args ...string) string {
	t.Helper()
	return shownAt(t, size{}, dir, []string{"NO_COLOR=1"}, args...)
}

// acts reports whether a terminal would act on what is in a text.
func acts(s string) bool {
	return strings.ContainsAny(s, "\x1b\x07\r\b\x7f\u009b\u202e") || strings.Contains(s, "\xc2\x9b")
}

// TestShownOnTerminal wants no name, no value and no file's name to reach a terminal in a form that
// it acts on, and everything to reach a pipe as it is.
func TestShownOnTerminal(t *testing.T) {
	const bad = "\x1b[31m\x07\u009b2J\u202e"
	dir := t.TempDir()
	for name, text := range map[string]string{
		"e.csv": "a" + bad + ",b\n1,2" + bad + "\n", "e.tsv": "a" + bad + "\tb\n1\t2" + bad + "\n",
		"e.jsonl": `{"k` + `\u001b[31m\u0007\u009b\u202e` + `":"v` + `\u001b[2J` + `","n":{"q` + `\u001b[1m` + `":[1]}}` + "\n",
		"e.txt":   "line" + bad + "\rover\n", "dos.txt": "one\r\ntwo\r\n", "plain.csv": "a,é€\n1,\xe2\x82\n",
		"no" + bad + ".csv": "x,y\n1\n", "s.mt": "take_from 'a" + bad + "'\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"csv e.csv"}, {"-o", "table", "csv e.csv"}, {"-o", "csv", "csv e.csv"}, {"-o", "tsv", "csv e.csv"}, {"-o", "jsonl", "csv e.csv"}, {"-o", "json", "csv e.csv"},
		{"-o", "xtab", "csv e.csv"}, {"-o", "logfmt", "csv e.csv"}, {"jsonl e.jsonl"}, {"-o", "table", "jsonl e.jsonl"}, {"-o", "xtab", "jsonl e.jsonl"}, {"-o", "jsonl", "jsonl e.jsonl"},
		{"tsv e.tsv"}, {"lines e.txt"}, {"grep over", "e.txt"}, {"csv e.csv | to_csv"}, {"csv e.csv | to_tsv"}, {"csv e.csv | to_xtab"}, {"csv e.csv | to_logfmt"}, {"csv e.csv | to_json"},
		{"csv e.csv | plot 1"}, {"csv e.csv | log | null"}, {"lines e.txt | log 'x' | null"}, {"csv e.csv | get nope"}, {"jsonl e.jsonl | get nope"}, {"csv e.csv | sum b"}, {"csv e.csv | stats"},
		{"csv e.csv | group_by b"}, {"csv e.csv | count_by b"}, {"csv e.csv | flatten"}, {"jsonl e.jsonl | flatten"}, {"csv e.csv | map '[it]'"}, {"csv e.csv | filter false"},
		{"csv no*.csv"}, {"csv no*.csv | sum z"}, {"csv 'nothing" + bad + "'"}, {"lines", "nothing" + bad}, {"explain", "lines 'no" + bad + "'"}, {"lins 'no" + bad + "'"}, {"take_from '" + bad + "'"},
		{"graph", "lines 'no" + bad + "'"}, {"fmt", "s.mt"}, {"csv e.csv | table"}, {"-o", "markdown", "csv e.csv"}, {"-o", "vertical", "csv e.csv"}, {"lines e.txt | timestamp x"},
		{"help", bad}, {"import 'no" + bad + "'; seq 1"},
		{"-D", "v=" + bad, "take_from $v"}, {"--in", bad, "count"}, {"--out", bad, "count"}, {"help", bad}, {"--errors", "json", "lines 'no" + bad + "'"}, {"--on-error", "keep", "lines e.txt | map it+1"},
		{"csv e.csv | rename 'b=x" + bad + "'"}, {"try { csv no*.csv } catch { get file }"},
	} {
		got := onTerminal(t, dir, args...)
		if acts(got) {
			t.Errorf("%q: got %q on a terminal", args, got)
		}
		if got == "" && !strings.Contains(args[0], "false") {
			t.Errorf("%q: got nothing", args)
		}
	}
	for _, c := range []struct {
		want string
		args []string
	}{
		{"a\\x1b[31m\\a\\u009b2J\\u202e,b\n1,2\\x1b[31m\\a\\u009b2J\\u202e\n", []string{"-o", "csv", "csv e.csv"}},
		{"line\\x1b[31m\\a\\u009b2J\\u202e\\rover\n", []string{"lines e.txt"}},
		{"one\r\ntwo\r\n", []string{"lines dos.txt"}},
		{"a,é€\n1,\xe2\x82\n", []string{"lines plain.csv"}},
		{"line" + bad + "\rover\n", []string{"-o", "text", "lines e.txt"}},
	} {
		if got := onTerminal(t, dir, c.args...); strings.ReplaceAll(got, "\r\n", "\n") != strings.ReplaceAll(c.want, "\r\n", "\n") {
			t.Errorf("%q: got %q, want %q", c.args, got, c.want)
		}
	}
	for _, args := range [][]string{{"-o", "csv", "csv e.csv"}, {"csv e.csv | to_csv"}, {"lines e.csv"}} {
		cmd := process(t, args...)
		cmd.Dir = dir
		got, err := cmd.Output()
		if want, _ := os.ReadFile(filepath.Join(dir, "e.csv")); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%q through a pipe: got %q, %v, want %q", args, got, err, want)
		}
	}
}
