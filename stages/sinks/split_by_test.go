package sinks_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtpipe/stages/stagetest"
)

func TestSplitBy(t *testing.T) {
	const read = "parse '{k} {v}' | "
	for _, c := range []struct {
		name, text, stdin string
		before, after     map[string]string
	}{
		{"by a field", read + "split_by k --to 'out_{}.txt'", "a 1\nb 2\na 3\n", nil, map[string]string{"out_a.txt": "{\"k\":\"a\",\"v\":1}\n{\"k\":\"a\",\"v\":3}\n", "out_b.txt": "{\"k\":\"b\",\"v\":2}\n"}},
		{"text", "split_by 'it[0:1]' --to {}", "ab\nb\nac", nil, map[string]string{"a": "ab\nac", "b": "b\n"}},
		{"csv by name", read + "split_by k --to '{}.csv'", "a 1\nb 2\na 3\n", nil, map[string]string{"a.csv": "k,v\na,1\na,3\n", "b.csv": "k,v\nb,2\n"}},
		{"json by name", "split_by it --to '{}.json'", "a\nb\na\n", nil, map[string]string{"a.json": "[\n\"a\",\n\"a\"\n]\n", "b.json": "[\n\"b\"\n]\n"}},
		{"by option", read + "split_by k --to '{}' --format logfmt", "a 1\n", nil, map[string]string{"a": "k=a v=1\n"}},
		{"fields and expressions", read + "split_by k --to '{k}-{int(v) % 2}-{}'", "a 1\na 2\n", nil, map[string]string{"a-1-a": "{\"k\":\"a\",\"v\":1}\n", "a-0-a": "{\"k\":\"a\",\"v\":2}\n"}},
		{"over old files", "split_by it --to {}", "a\n", map[string]string{"a": "old\n", "b": "old\n"}, map[string]string{"a": "a\n", "b": "old\n"}},
		{"braces", "split_by it --to '{{{}}}'", "a\n", nil, map[string]string{"{a}": "a\n"}},
		{"nothing", "split_by it --to {}", "", map[string]string{"a": "old\n"}, map[string]string{"a": "old\n"}},
		{"dots", "split_by it --anywhere --to {}", "...\n.a\n", nil, map[string]string{"...": "...\n", ".a": ".a\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := stagetest.InDir(t, c.before)
			got, err := stagetest.Run(t, c.text, c.stdin)
			if err != nil || got != "" {
				t.Errorf("%s: got %q, %v, want no output and no error", c.text, stagetest.Clip(got), err)
			}
			stagetest.WantFiles(t, dir, c.after)
		})
	}
}

// TestSplitByFails wants what was there before, and nothing else, after an error.
func TestSplitByFails(t *testing.T) {
	for _, c := range []struct{ name, text, stdin, message string }{
		{"before it", "map it+1 | split_by it --to {}", "1\nx\n", `1: map: line 2: "x" is not a number (it)`},
		{"its expression", "split_by it+1 --to {}", "1\nx\n", `1: split_by: line 2: "x" is not a number (it)`},
		{"its template", "split_by it --to '{it+1}'", "1\nx\n", `1: split_by: line 2: "x" is not a number (it)`},
		{"a separator", "split_by it --to {}", "a\nb/c\n", `1: split_by: line 2: "b/c" cannot be a part of a file's name`},
		{"the directory above", "split_by it --to {}", "a\n..\n", `1: split_by: line 2: to would give the name ".."`},
		{"the directory above, in pieces", "split_by it --to '{}./x'", ".\n", `1: split_by: line 1: to would give the name ".."`},
		{"this directory", "split_by it --to '{}/x'", ".\n", `1: split_by: line 1: to would give the name "."`},
		{"an empty name", "split_by it --to 'x{}'", "a\n\n", `1: split_by: line 2: "" cannot be a part of a file's name`},
		{"null", "split_by null --to 'x{}'", "a\n", `1: split_by: line 1: null cannot be a part of a file's name: "a"`},
		{"NUL", "split_by it --to '{}'", "a\x00\n", `1: split_by: line 1: "a\x00" cannot be a part of a file's name`},
		{"no directory", "split_by it --to 'none/{}'", "a\n", "1: split_by: none/a: no such file or directory"},
		{"a directory", "split_by it --to '{}'", "b\ndir\n", "1: split_by: dir: is not a regular file"},
		{"a record with other fields", `map 'it == "a" ? {x: 1} : {y: 1}' | split_by 0 --to '{}.csv'`, "a\nb\n", `37: split_by: a record has the field "y", which the header x lacks: {"y":1}`},
		{"the same file", "split_by it --to {}", "out\nlink\n", "1: split_by: link: is the same file as out"},
		{"no template", "split_by it", "", "1: split_by: --to is missing: it names the files, as in --to 'logs/{}.txt'"},
		{"one name for all", "split_by it --to x", "", "13: split_by: --to must have {} or an expression in braces; write has one file"},
		{"a bad template", "split_by it --to '{it +}'", "", "24: split_by: unexpected end of expression"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := map[string]string{"a": "old\n", "out": "old\n"}
			dir := stagetest.InDir(t, before)
			if err := os.Mkdir("dir", 0o777); err != nil {
				t.Fatal(err)
			}
			if c.name == "the same file" {
				stagetest.Symlink(t, "out", "link")
			}
			_, err := stagetest.Run(t, c.text, c.stdin)
			if err == nil || !strings.Contains(err.Error(), c.message) {
				t.Errorf("%s: got error %v, want one with %q", c.text, err, c.message)
			}
			os.Remove("dir")
			os.Remove("link")
			stagetest.WantFiles(t, dir, before)
		})
	}
}

// TestSplitByManyFiles writes more files than are open at a time, each of them often.
func TestSplitByManyFiles(t *testing.T) {
	dir := stagetest.InDir(t, nil)
	const files, rounds = 450, 40
	long := strings.Repeat("x", 2000)
	var in strings.Builder
	for round := range rounds {
		for i := range files {
			fmt.Fprintf(&in, "%d %d%s\n", i, round, long)
		}
	}
	if _, err := stagetest.Run(t, "parse '{k} {v}' | split_by k --to '{}.csv'", in.String()); err != nil {
		t.Fatal(err)
	}
	for i := range files {
		var want strings.Builder
		want.WriteString("k,v\n")
		for round := range rounds {
			fmt.Fprintf(&want, "%d,%d%s\n", i, round, long)
		}
		if got := stagetest.ReadFile(t, filepath.Join(dir, fmt.Sprintf("%d.csv", i))); got != want.String() {
			t.Fatalf("%d.csv: got %q, want %q", i, stagetest.Clip(got), stagetest.Clip(want.String()))
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != files {
		t.Errorf("got %d files, want %d", len(entries), files)
	}
}

// TestSplitByIsCutOff ends split_by before its input does.
func TestSplitByIsCutOff(t *testing.T) {
	dir := stagetest.InDir(t, nil)
	got, err := stagetest.Run(t, "interleave { repeat x | split_by it --to {} } { repeat y } | head 3", "")
	if err != nil || got != "y\ny\ny\n" {
		t.Errorf("got %q, %v, want three lines and no error", got, err)
	}
	stagetest.WantFiles(t, dir, nil)
}
