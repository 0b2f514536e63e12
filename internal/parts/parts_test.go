package parts_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mtpipe/internal/parts"
	"mtpipe/pipeline"
	"mtpipe/stages"
)

var registry = pipeline.NewRegistry(stages.All()...)

// folder makes files with data of several forms, and returns their directory.
func folder(t *testing.T, r *rand.Rand) string {
	t.Helper()
	dir := t.TempDir()
	var plain, quoted, lines strings.Builder
	plain.WriteString("id,k,x,t\n")
	quoted.WriteString("k,t,\"n\"\n")
	texts := []string{"plain", `"quo""ted"`, "\"with\nnewline\"", `"a,b"`, "", `"x"`, "\"one\n1,2,3\n\""}
	numbers := []string{"1", "01", "1.50", "", "-3e2", "12345678901234567890"}
	for i := range 1500 {
		fmt.Fprintf(&plain, "%d,k%d,%d.%d,%s\n", i, r.IntN(40), r.IntN(1000), r.IntN(1000), []string{"a", "b", "ü"}[r.IntN(3)])
		fmt.Fprintf(&quoted, "%c%d,%s,%s\n", 'a'+r.IntN(3), r.IntN(300), texts[r.IntN(len(texts))], numbers[r.IntN(len(numbers))])
		fmt.Fprintf(&lines, "{\"a\":%d,\"b\":\"%c\",\"c\":[%d]}\n", r.IntN(50), 'a'+r.IntN(5), i)
	}
	for name, text := range map[string]string{"p.csv": plain.String(), "q.csv": quoted.String(), "j.jsonl": lines.String(), "u.csv": "k,z\nk1,5\nk2,6\nk2,7\n", "e.csv": "id,k\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// divided are pipelines that run in parts, over the files of folder in DIR.
var divided = []string{
	"csv DIR/p.csv | group_by k n=count() m=mean(x) | sort k",
	"csv DIR/p.csv | group_by k t l=list(id) f=first(x) q=percentile(x,90) d=distinct(x) o=mode(t)",
	"csv DIR/p.csv | count_by t k | top 3 count",
	"csv DIR/p.csv | stats",
	"csv DIR/q.csv | stats",
	"csv DIR/p.csv | sum x", "csv DIR/p.csv | mean x", "csv DIR/p.csv | min x", "csv DIR/p.csv | max k", "csv DIR/p.csv | median x",
	"csv DIR/p.csv | percentile 5 50 99 --of x", "csv DIR/p.csv | stddev x",
	"csv DIR/p.csv | filter 'x > 400' | head 7", "csv DIR/p.csv | tail 3", "csv DIR/p.csv | first", "csv DIR/p.csv | last",
	"csv DIR/p.csv | sort x", "csv DIR/q.csv | sort t n", "csv DIR/p.csv | sort -n x | head 4", "csv DIR/p.csv | sort -u k",
	"csv DIR/q.csv | distinct k", "csv DIR/p.csv | map k | uniq", "csv DIR/p.csv | top 3 x", "csv DIR/p.csv | bottom 2 x",
	"csv DIR/q.csv", "csv DIR/q.csv | filter 'n > 0'", "csv DIR/q.csv | count_by t", "csv DIR/q.csv --ragged | filter true",
	"csv DIR/p.csv | filter false", "csv DIR/e.csv", "csv DIR/p.csv | filter false | group_by k n=count()",
	"csv DIR/p.csv | join DIR/u.csv --on k", "csv DIR/p.csv | join DIR/u.csv --on k --left | count_by z",
	"lines DIR/p.csv | grep k7 | count", "lines DIR/p.csv | grep -c k7", "lines DIR/p.csv | sort | uniq -c", "lines DIR/q.csv | sort -r | uniq -c | head 9",
	"lines DIR/q.csv | sort | uniq -ci", "lines DIR/p.csv | map 'line()' | tail 2",
	"jsonl DIR/j.jsonl | filter 'a > 20' | select a c", "jsonl DIR/j.jsonl | group_by b s=sum(a) l=list(c) | map 's'", "jsonl DIR/j.jsonl | sort a",
	"read DIR/*.csv | count", "csv DIR/p.csv DIR/u.csv | count_by k", "def f { filter 'x > 500' | count_by k }; csv DIR/p.csv | f | sort k",
	"jsonl DIR/j.jsonl | sum missing", "jsonl DIR/j.jsonl | map 'c.missing' | count", "jsonl DIR/j.jsonl | filter 'd == 1'", "jsonl DIR/j.jsonl | filter 'a == bb' | count_by b", "jsonl DIR/j.jsonl | sort missing | head 1",
	"csv DIR/p.csv | sum missing", "csv DIR/p.csv | map 'int(k)'", "csv DIR/p.csv | map 'x > 500 ? 1 : t' | min", "csv DIR/q.csv | map 'x'",
	"csv DIR/p.csv | set y=x*2 | tail -2", "csv DIR/p.csv | skip_nothing",
}

// outcome is what a run has printed and what has gone wrong.
func outcome(out *bytes.Buffer, err error) string {
	if err != nil {
		return out.String() + "\nerror: " + err.Error()
	}
	return out.String()
}

// inOne runs a pipeline as it is.
func inOne(text string, spec parts.Spec) string {
	var out, notes bytes.Buffer
	onError, err := pipeline.ParseOnError(spec.OnError)
	if err != nil {
		return err.Error()
	}
	plan, err := pipeline.Compile(text, "", pipeline.Scope{Registry: registry}, pipeline.Settings{Stdout: &out, Stderr: &notes, Out: spec.Out, Jobs: 2, OnError: onError, MaxMemory: spec.MaxMemory})
	if err == nil {
		err = plan.Run(nil)
	}
	out.WriteString(notes.String())
	return outcome(&out, err)
}

// TestSameAsOneRun wants the bytes of one run, and its error, however the input is divided: whatever the size of the parts,
// in whatever order they run, and some twice, with any number of shards, of which some are merged before the end.
func TestSameAsOneRun(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	dir := folder(t, r)
	for i, text := range divided {
		text := strings.ReplaceAll(text, "DIR", dir)
		for _, spec := range []parts.Spec{{OnError: "fail"}, {OnError: "skip", Out: "csv"}, {OnError: "fail", MaxMemory: 1 << 20, Out: "jsonl"}} {
			if i%4 != 0 && spec.MaxMemory > 0 {
				continue
			}
			if spec.OnError == "skip" && (strings.HasSuffix(text, "| min") || strings.Contains(text, "min x") || strings.Contains(text, "max k")) {
				continue // what goes with what depends on what was left out before; refused
			}
			spec.Text, spec.Shards = text, 1+r.IntN(9)
			size := int64(1 << (8 + r.IntN(11)))
			want, got := inOne(text, spec), inParts(t, r, spec, size)
			if got != want {
				t.Errorf("%s with %+v in parts of %d:\ngot  %.300q\nwant %.300q", text, spec, size, got, want)
			}
		}
	}
}

// inParts runs a spec in parts of a size, with files in a folder or, at random, by lines.
func inParts(t *testing.T, r *rand.Rand, spec parts.Spec, size int64) string {
	t.Helper()
	var out, notes bytes.Buffer
	settings := pipeline.Settings{Stdout: &out, Stderr: &notes, Jobs: 2}
	job, err := parts.New(spec, registry, settings, func(string) (string, bool) { return "", false })
	if err != nil {
		return outcome(&out, err)
	}
	whole := make(map[string]bool)
	for {
		list, err := job.Parts(size, whole)
		if err != nil {
			return outcome(&out, err)
		}
		dir := filepath.Join(t.TempDir(), "job")
		if err := parts.Create(dir, job, list); err != nil {
			t.Fatal(err)
		}
		err = runParts(t, r, dir, settings)
		var w *parts.WholeError
		if !errors.As(err, &w) {
			out.WriteString(notes.String())
			return outcome(&out, err)
		}
		notes.Reset()
		for _, name := range w.Files {
			whole[name] = true
		}
	}
}

func runParts(t *testing.T, r *rand.Rand, dir string, settings pipeline.Settings) error {
	t.Helper()
	open := func() *parts.Folder {
		f, err := parts.OpenFolder(dir, registry, settings)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	f := open()
	order := r.Perm(f.Len())
	if r.IntN(3) == 0 {
		return byLines(t, r, open, order)
	}
	var first error // of the part that comes first in the input
	at := f.Len()
	for _, n := range order {
		if err := f.Run(int64(n)); err != nil && n < at {
			first, at = err, n
		}
	}
	if first != nil {
		return first
	}
	if r.IntN(2) == 0 && f.Shards() > 0 {
		if err := open().Merge(r.IntN(f.Shards())); err != nil {
			return err
		}
	}
	return open().Finish()
}

// byLines runs parts as an engine does that sorts lines by their keys.
func byLines(t *testing.T, r *rand.Rand, open func() *parts.Folder, order []int) error {
	t.Helper()
	var lines []string
	keep := func(e parts.Emission) error {
		lines = append(lines, string(parts.AppendLine(nil, e)))
		return nil
	}
	var first error
	at := len(order)
	for _, n := range order {
		if err := open().RunTo(int64(n), keep); err != nil && n < at {
			first, at = err, n
		}
	}
	if first != nil {
		return first
	}
	keyOf := func(line string) string { key, _, _ := strings.Cut(line, "\t"); return key }
	if r.IntN(2) == 0 { // merged, too
		slices.SortFunc(lines, func(a, b string) int { return strings.Compare(keyOf(a), keyOf(b)) })
		emitted := lines
		lines = nil
		for len(emitted) > 0 {
			key := keyOf(emitted[0])
			err := open().MergeKey(key, func() ([]byte, error) {
				if len(emitted) == 0 || keyOf(emitted[0]) != key {
					return nil, io.EOF
				}
				e, err := parts.Lines(bufio.NewReader(strings.NewReader(emitted[0])))()
				emitted = emitted[1:]
				return e.Data, err
			}, keep)
			if err != nil {
				return err
			}
		}
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(keyOf(a), keyOf(b)) })
	return open().FinishLines(t.TempDir(), parts.Lines(bufio.NewReader(strings.NewReader(strings.Join(lines, "")))))
}

// TestRefused wants a pipeline that does not run in parts to be refused with the stage, its place and why.
func TestRefused(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"csv f | enumerate | count", "9: enumerate: cannot run in parts: it needs all of its input in one place and in order"},
		{"csv f | tac", "9: tac: cannot run in parts: it needs all of its input"},
		{"lines f | head -n -3", "11: head: cannot run in parts: it needs"},
		{"csv f | exec cat", "9: exec: cannot run in parts: it does something that the world sees"},
		{"csv f | group_by k mean(/x/)", "9: group_by: cannot run in parts: it needs"},
		{"seq 3 | count", "1: seq: cannot run in parts: it does not read files in parts"},
		{"lines - | count", "1: lines: cannot run in parts: it does not read files in parts"},
		{"count", "cannot run in parts: it does not read files in parts"},
		{"lines f; lines g", "10: lines: cannot run in parts: it stands in a second pipeline"},
		{"csv f | join g --on k --right", "9: join: cannot run in parts: it needs"},
	} {
		_, err := parts.New(parts.Spec{Text: row.text, Shards: 2}, registry, pipeline.Settings{}, func(string) (string, bool) { return "", false })
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want %s", row.text, err, row.want)
		}
	}
}

// TestSteps wants steps out of their turn, and what is no job, to be told.
func TestSteps(t *testing.T) {
	dir := folder(t, rand.New(rand.NewPCG(3, 4)))
	job, err := parts.New(parts.Spec{Text: "csv " + dir + "/p.csv | count_by k", Shards: 3}, registry, pipeline.Settings{}, func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	list, err := job.Parts(8000, nil)
	if err != nil || len(list) < 3 {
		t.Fatalf("got %d parts, %v", len(list), err)
	}
	to := filepath.Join(dir, "job")
	if err := parts.Create(to, job, list); err != nil {
		t.Fatal(err)
	}
	if err := parts.Create(to, job, list); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("a second job in one directory: got %v", err)
	}
	if _, err := parts.OpenFolder(dir, registry, pipeline.Settings{}); err == nil || !strings.Contains(err.Error(), "is no directory of a job") {
		t.Errorf("another directory: got %v", err)
	}
	f, err := parts.OpenFolder(to, registry, pipeline.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name, want string
		run        func() error
	}{
		{"a part too many", "there is no part 99", func() error { return f.Run(99) }},
		{"the end before the parts", "has not run: mtpipe part " + to + " 0", f.Finish},
		{"a merge before the parts", "part 0 of", func() error { return f.Merge(0) }},
		{"a shard too many", "there is no shard 3", func() error { return f.Merge(3) }},
	} {
		if err := step.run(); err == nil || !strings.Contains(err.Error(), step.want) {
			t.Errorf("%s: got %v, want %s", step.name, err, step.want)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "p.csv"), []byte("id,k\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Run(1); err == nil || !strings.Contains(err.Error(), "has changed") {
		t.Errorf("a file that has changed: got %v", err)
	}
	if entries, _ := os.ReadDir(to); len(entries) != 2 {
		t.Errorf("a part that failed has left %v", entries)
	}
}
