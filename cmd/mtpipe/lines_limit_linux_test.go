package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMaxLine wants --max-line to hold wherever lines, records and values are read, with the place of
// the one that is too long and after those before it.
func TestMaxLine(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return name
	}
	lines := "a\n0123456789\n0123456789x\nb\n"
	text := file("text", lines)
	table := file("t.csv", "k,l\n1,2\n3,\"4\n5678901\"\n6,7\n")
	other := file("o.csv", "k,m\n1,2345678901\n")
	list := file("l.json", `[{"k":1},`+"\n"+`{"k":"23456"},{"k":3}]`)
	long := "%s:%d: a %s is longer than 10 bytes; see --max-line\n"
	for _, row := range []struct {
		text, file, stdin string
		want              result
	}{
		{"lines", text, "", result{stdout: "a\n0123456789\n", stderr: "mtpipe: 1: lines: " + fmt.Sprintf(long, text, 3, "line"), code: 1}},
		{"lines | head 2", text, "", result{stdout: "a\n0123456789\n"}},
		{"--on-error skip lines", text, "", result{stdout: "a\n0123456789\n", stderr: "mtpipe: 1: lines: " + fmt.Sprintf(long, text, 3, "line"), code: 1}},
		{"count", "", lines, result{stderr: "mtpipe: lines: line 3: a line is longer than 10 bytes; see --max-line\n", code: 1}},
		{"grep x", "", lines[2:], result{stderr: "mtpipe: lines: line 2: a line is longer than 10 bytes; see --max-line\n", code: 1}},
		{"csv", table, "", result{stdout: `{"k":1,"l":2}` + "\n", stderr: "mtpipe: 1: csv: " + fmt.Sprintf(long, table, 3, "record"), code: 1}},
		{"take_from 1 | map '{k: it}' | join O --on k", "", "", result{stderr: "mtpipe: 31: join: " + fmt.Sprintf(long, other, 2, "record"), code: 1}},
		{"json", list, "", result{stdout: `{"k":1}` + "\n", stderr: "mtpipe: 1: json: " + fmt.Sprintf(long, list, 2, "value"), code: 1}},
		{"exec cat F", "", "", result{stdout: "a\n0123456789\n", stderr: "mtpipe: 1: exec: line 3: a line is longer than 10 bytes; see --max-line\n", code: 1}},
		{"sh 'seq 3; cat F'", "", "", result{stdout: "1\n2\n3\na\n0123456789\n", stderr: "mtpipe: 1: sh: line 6: a line is longer than 10 bytes; see --max-line\n", code: 1}},
		{"follow -n +1 F", "", "", result{stdout: "a\n0123456789\n", stderr: "mtpipe: 1: follow: " + fmt.Sprintf(long, text, 3, "line"), code: 1}},
		{"follow -n +2 F", "", "", result{stdout: "0123456789\n", stderr: "mtpipe: 1: follow: " + fmt.Sprintf(long, text, 3, "line"), code: 1}},
		{"take_from 12345678901 | json", "", "", result{stderr: "mtpipe: 25: json: line 1 of its input: a value is longer than 10 bytes; see --max-line\n", code: 1}},
	} {
		program := strings.NewReplacer("F", text, "T", table, "O", other).Replace(row.text)
		args := []string{"--max-line", "10"}
		if rest, found := strings.CutPrefix(program, "--on-error skip "); found {
			program, args = rest, append(args, "--on-error", "skip")
		}
		for _, jobs := range []string{"1", "2"} {
			all := append(append(args[:len(args):len(args)], "-j", jobs), program)
			if row.file != "" {
				all = append(all, row.file)
			}
			t.Run(strings.Join(all[2:], " "), func(t *testing.T) {
				if got := runProgram(t, row.stdin, all...); got != row.want {
					t.Errorf("got %+v, want %+v", got, row.want)
				}
			})
		}
	}
	for _, size := range []string{"0", "3G", "x"} {
		if got := runProgram(t, "", "--max-line", size, "lines"); got.code != 2 || !strings.Contains(got.stderr, `"--max-line" flag: it must be`) {
			t.Errorf("--max-line %s: got %+v, want the status 2", size, got)
		}
	}
}
