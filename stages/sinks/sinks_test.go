package sinks_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"mtpipe/pipeline"
	"mtpipe/stages"
	"mtpipe/stages/stagetest"
)

func TestWrite(t *testing.T) {
	for _, c := range []struct {
		name, text, stdin string
		before, after     map[string]string
	}{
		{"a new file", "write out", "a\nb\n", nil, map[string]string{"out": "a\nb\n"}},
		{"over an old file", "write out", "a\n", map[string]string{"out": "much longer\n"}, map[string]string{"out": "a\n"}},
		{"nothing", "write out", "", map[string]string{"out": "old\n"}, map[string]string{"out": ""}},
		{"no last newline", "write out", "a\nb", nil, map[string]string{"out": "a\nb"}},
		{"many blocks", "write out", stagetest.Numbered(1, 50_000), nil, map[string]string{"out": stagetest.Numbered(1, 50_000)}},
		{"a redirection", "sort > out", "b\na\n", nil, map[string]string{"out": "a\nb\n"}},
		{"onto its own input", "lines in | sort | write in", "", map[string]string{"in": "b\na\n"}, map[string]string{"in": "a\nb\n"}},
		{"records as text", "map '{a: it}' | write out", "1\n", nil, map[string]string{"out": "{\"a\":1}\n"}},
		{"csv by name", "map '{a: it, b: 2}' | write out.csv", "1\n", nil, map[string]string{"out.csv": "a,b\n1,2\n"}},
		{"tsv by name", "map '{a: it, b: 2}' | write out.tsv", "1\n", nil, map[string]string{"out.tsv": "a\tb\n1\t2\n"}},
		{"json by name", "write out.json", "a\n", nil, map[string]string{"out.json": "[\n\"a\"\n]\n"}},
		{"json of nothing", "write out.json", "", nil, map[string]string{"out.json": "[]\n"}},
		{"jsonl by option", "write --format jsonl out.csv", "a\n", nil, map[string]string{"out.csv": "\"a\"\n"}},
		{"text by option", "write --format text out.csv", "a\n", nil, map[string]string{"out.csv": "a\n"}},
		{"two files", "tee { write one } { sort | write two }", "b\na\n", nil, map[string]string{"one": "b\na\n", "two": "a\nb\n"}},
		{"append to a new file", "append out", "a\n", nil, map[string]string{"out": "a\n"}},
		{"append", "append out", "b\nc", map[string]string{"out": "a\n"}, map[string]string{"out": "a\nb\nc"}},
		{"append after a line that was cut off", "append out", "b\nc\n", map[string]string{"out": "a\nx"}, map[string]string{"out": "a\nx\nb\nc\n"}},
		{"append nothing after such a line", "append out", "", map[string]string{"out": "a\nx"}, map[string]string{"out": "a\nx"}},
		{"append nothing", "append out", "", map[string]string{"out": "a\n"}, map[string]string{"out": "a\n"}},
		{"append by redirection", "seq 2 >> out", "", map[string]string{"out": "0\n"}, map[string]string{"out": "0\n1\n2\n"}},
		{"append is text", "append out.csv", "a\n", map[string]string{"out.csv": "x\n"}, map[string]string{"out.csv": "x\na\n"}},
		{"null", "log | null", "a\nb\n", nil, map[string]string{}},
		{"null of values", "seq 5000 | null", "", nil, map[string]string{}},
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

// TestWriteFails wants what was there before, and no temporary file, after an error.
func TestWriteFails(t *testing.T) {
	for _, c := range []struct{ name, text, stdin, message string }{
		{"before", "sum > out", "x\n", `1: sum: line 1: "x" is not a number`},
		{"before, late", "map it+1 | write out", stagetest.Numbered(1, 50_000) + "x\n", `1: map: line 50001: "x" is not a number (it)`},
		{"in another block", "repeat x | tee { write out } { sum }", "", `32: sum: "x" is not a number`},
		{"in its block", "repeat x | tee { sum | write out } { null }", "", `18: sum: "x" is not a number`},
		{"its own", "map 'it == 9999 ? {b: 1} : {a: 1}' | write --format csv out", stagetest.Numbered(1, 10_000), "write: a record has the field"},
		{"no directory", "write none/out", "a\n", "1: write: none/out: no such file or directory"},
		{"a directory", "write .", "a\n", "1: write: .: is a directory"},
		{"a file as a directory", "write out/out", "a\n", "1: write: out/out: not a directory"},
		{"a full device", "write /dev/full", "a\n", "1: write: /dev/full: no space left on device"},
		{"a full device behind a link", "write full", "a\n", "1: write: full: no space left on device"},
		{"append to a full device", "append /dev/full", "a\n", "1: append: /dev/full: no space left on device"},
		{"two writers of one file", "take_from a | tee { write new } { write ./new } | null", "", "write: ./new: another stage of this pipeline writes to it"},
		{"append to no directory", "append none/out", "a\n", "1: append: none/out: no such file or directory"},
		{"append to a directory", "append .", "a\n", "1: append: .: is a directory"},
		{"links in a circle", "write circle", "a\n", "1: write: circle: too many levels of symbolic links"},
		{"an unknown format", "write --format xml out", "a\n", "16: write: --format must be one of text, jsonl, pretty, json, csv, tsv, logfmt, table, xtab, dkvp, nidx, markdown, parquet, vertical, not \"xml\""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := os.Stat("/dev/full"); err != nil && strings.Contains(c.text+c.name, "full") {
				t.Skip("there is no /dev/full")
			}
			dir := stagetest.InDir(t, map[string]string{"out": "old\n"})
			links := map[string]string{"full": "/dev/full", "circle": "circle"}
			for name, target := range links {
				if strings.HasSuffix(c.text, " "+name) {
					stagetest.Symlink(t, target, name)
				}
			}
			_, err := stagetest.Run(t, c.text, c.stdin)
			if err == nil || !strings.Contains(err.Error(), c.message) {
				t.Errorf("%s: got error %v, want one with %q", c.text, err, c.message)
			}
			for name := range links {
				os.Remove(name)
			}
			stagetest.WantFiles(t, dir, map[string]string{"out": "old\n"})
		})
	}
}

// TestWriteIsCutOff ends write before its input does.
func TestWriteIsCutOff(t *testing.T) {
	for name, text := range map[string]string{
		"its reader has gone":      "interleave { repeat x | write out } { repeat y } | head 3",
		"the reader of tee's gone": "repeat y | tee { write out } { lines } | head 3",
	} {
		t.Run(name, func(t *testing.T) {
			dir := stagetest.InDir(t, map[string]string{"out": "old\n"})
			got, err := stagetest.Run(t, text, "")
			if err != nil || got != "y\ny\ny\n" {
				t.Errorf("%s: got %q, %v, want three lines and no error", text, got, err)
			}
			stagetest.WantFiles(t, dir, map[string]string{"out": "old\n"})
		})
	}
}

// hasBegun reports whether a file that is to replace another is open in dir, or has a name there.
func hasBegun(dir string) bool {
	temps, _ := filepath.Glob(filepath.Join(dir, ".*.tmp"))
	open, _ := filepath.Glob("/proc/self/fd/*")
	return len(temps) > 0 || slices.ContainsFunc(open, func(fd string) bool {
		name, err := os.Readlink(fd)
		return err == nil && strings.HasPrefix(name, dir+"/#")
	})
}

// TestWriteIsKilled ends a run while write waits for more: one signal or two, the old file
// stays, since what has come is not all there is.
func TestWriteIsKilled(t *testing.T) {
	for signals, want := range map[int]string{1: "old\n", 2: "old\n"} {
		dir := stagetest.InDir(t, map[string]string{"out": "old\n"})
		inRead, inWrite := stagetest.OpenPipe(t)
		null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := pipeline.Compile("write out", "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)},
			pipeline.Settings{Stdin: inRead, Stdout: null, Stderr: null})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := inWrite.WriteString("a\n"); err != nil {
			t.Fatal(err)
		}
		received := make(chan os.Signal)
		go func() {
			for !hasBegun(dir) {
				time.Sleep(time.Millisecond)
			}
			for range signals {
				received <- syscall.SIGINT
			}
		}()
		if err := plan.Run(received); err == nil {
			t.Errorf("%d signals: got no error, want one", signals)
		}
		stagetest.WantFiles(t, dir, map[string]string{"out": want})
		inRead.Close()
		inWrite.Close()
		null.Close()
	}
}

func TestWriteThroughLinks(t *testing.T) {
	dir := stagetest.InDir(t, map[string]string{"old": "old\n"})
	if err := os.Mkdir("sub", 0o777); err != nil {
		t.Fatal(err)
	}
	stagetest.Symlink(t, "old", "link")
	stagetest.Symlink(t, "../new", "sub/link")
	stagetest.Symlink(t, "sub/link", "far")
	for _, text := range []string{"take_from 1 | write link", "take_from 2 | write far"} {
		if _, err := stagetest.Run(t, text, ""); err != nil {
			t.Errorf("%s: got %v, want no error", text, err)
		}
	}
	for name, want := range map[string]string{"old": "1\n", "link": "1\n", "new": "2\n", "sub/link": "2\n", "far": "2\n"} {
		if got := stagetest.ReadFile(t, filepath.Join(dir, name)); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"link", "sub/link", "far"} {
		if info, err := os.Lstat(name); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("%s: got %v, %v, want a link as before", name, info, err)
		}
	}
}

// TestAppendToAList wants a list of JSON to be left as it is, unless lines are asked for.
func TestAppendToAList(t *testing.T) {
	list, lines := " [\n{\"a\":1}\n]\n", "{\"a\":1}\n"
	dir := stagetest.InDir(t, map[string]string{"list.json": list, "lines.json": lines, "asked.json": list})
	for _, c := range []struct{ file, message string }{
		{"list.json", "append: list.json: it holds a list"},
		{"lines.json", ""},
		{"asked.json --format jsonl", ""},
	} {
		_, err := stagetest.Run(t, "jsonl | append "+c.file, "{\"a\":2}\n")
		if (err == nil) != (c.message == "") || err != nil && !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: got the error %v, want %q", c.file, err, c.message)
		}
	}
	added := "{\"a\":2}\n"
	stagetest.WantFiles(t, dir, map[string]string{"list.json": list, "lines.json": lines + added, "asked.json": list + added})
}
