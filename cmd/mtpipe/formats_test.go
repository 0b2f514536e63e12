package main

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mtpipe/internal/format"
	"mtpipe/pipeline"
	"mtpipe/stages"
)

// threeRecords are records that every format of records gives back as they are, but for nidx.
const threeRecords = `{"k":"p","v":"x y"}
{"k":"q","v":""}
{"k":"p","v":"z"}
`

// recordsFor returns records to be written in a format, and what is read again: nidx has no
// names, and no value with blanks or without a text.
func recordsFor(f *format.Format) (written, read string) {
	if f.Name == "nidx" {
		return "{\"k\":\"p\",\"v\":\"x\"}\n{\"k\":\"q\",\"v\":\"y\"}\n", "{\"1\":\"p\",\"2\":\"x\"}\n{\"1\":\"q\",\"2\":\"y\"}\n"
	}
	return threeRecords, threeRecords
}

// runFormats runs a pipeline and returns what it prints.
func runFormats(t *testing.T, in, out, src, input string, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	stdin, err := os.Create(filepath.Join(dir, "stdin"))
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := os.Create(filepath.Join(dir, "stdout"))
	if err != nil {
		t.Fatal(err)
	}
	defer stdout.Close()
	_, _ = stdin.WriteString(input)
	_, _ = stdin.Seek(0, 0)
	plan, err := pipeline.Compile(src, "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)},
		pipeline.Settings{Stdin: stdin, Stdout: stdout, Stderr: os.Stderr, In: in, Out: out, Files: files})
	if err == nil {
		err = plan.Run(nil)
	}
	if err != nil {
		t.Fatalf("-i %s -o %s %s %s: %v", in, out, src, files, err)
	}
	return fileText(t, stdout.Name())
}

func fileText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// wantText complains when what came at a place is something else.
func wantText(t *testing.T, place, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %q, want %q", place, got, want)
	}
}

// TestFormatsWritten writes each format at every place where one can be named.
func TestFormatsWritten(t *testing.T) {
	for _, f := range format.Writable() {
		if f.Program != "" { // the module of the program has the test
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			records, read := recordsFor(f)
			run := func(src string) string { return runFormats(t, "jsonl", "", src, records) }
			want := runFormats(t, "jsonl", f.Name, "head 9", records)
			only := runFormats(t, "jsonl", f.Name, "filter 'k == \"p\"'", records)
			if want == "" || want == only {
				t.Fatalf("got %q for -o %s", want, f.Name)
			}
			run("write --format " + f.Name + " a")
			wantText(t, "write --format", fileText(t, "a"), want)
			run("split_by k --format " + f.Name + " --to '{}.x'")
			wantText(t, "split_by --format", fileText(t, "p.x"), only)
			run("append --format " + f.Name + " e")
			wantText(t, "append --format", fileText(t, "e"), want)
			run("append --format " + f.Name + " e")
			if f.Read != nil && !f.IsText() {
				wantText(t, "append --format, twice", runFormats(t, "", "jsonl", f.Read.Stage.Name+" e", ""), read+read)
			}
			if name := f.Write.Stage.Name; name != "" {
				wantText(t, name, run(name), want)
				run(name + " | append b")
				wantText(t, name+" | append", fileText(t, "b"), want)
			}
			for _, ext := range f.Extensions {
				run("write c" + ext)
				wantText(t, "write "+ext, fileText(t, "c"+ext), want)
				run("head 9 > d" + ext)
				wantText(t, "> "+ext, fileText(t, "d"+ext), want)
				run("split_by k --to '{}" + ext + "'")
				wantText(t, "split_by "+ext, fileText(t, "p"+ext), only)
			}
		})
	}
}

// TestFormatsRead reads each format at every place where one can be named or told by an
// ending.
func TestFormatsRead(t *testing.T) {
	for _, f := range format.Readable() {
		if f.Program != "" || f.Write == nil && (f.Read.Unnamed || len(f.Extensions) == 0) { // others have files of it
			continue
		}
		if f.Write == nil || len(f.Extensions) == 0 {
			t.Fatalf("%s: make a file of it here", f.Name)
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			records, read := recordsFor(f)
			text := runFormats(t, "jsonl", f.Name, "head 9", records)
			wantText(t, "-i", runFormats(t, f.Name, "jsonl", "head 9", text), read)
			wantText(t, "the stage", runFormats(t, "", "jsonl", f.Name, text), read)
			for _, ext := range f.Extensions {
				name := "a" + ext
				writeFile(t, name, []byte(text))
				var packed bytes.Buffer
				z := gzip.NewWriter(&packed)
				_, _ = z.Write([]byte(text))
				_ = z.Close()
				writeFile(t, name+".gz", packed.Bytes())
				wantText(t, "the stage with a file", runFormats(t, "", "jsonl", f.Name+" "+name, ""), read)
				if f.Read.Unnamed {
					continue
				}
				wantText(t, "read", runFormats(t, "", "jsonl", "read "+name+" "+name+".gz", ""), read+read)
				wantText(t, "FILE", runFormats(t, "", "jsonl", "head 9", "", name, name+".gz"), read+read)
				if read != threeRecords {
					continue
				}
				wantText(t, "join", runFormats(t, "jsonl", "jsonl", "join --on k "+name, `{"k":"q"}`), "{\"k\":\"q\",\"v\":\"\"}\n")
			}
		})
	}
}

func writeFile(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestFormatsTold wants help, completion and messages to name each format and its stages.
func TestFormatsTold(t *testing.T) {
	say := func(args ...string) []string {
		out, _ := process(t, args...).CombinedOutput()
		return strings.FieldsFunc(string(out), func(c rune) bool { return strings.ContainsRune(" \t\n,|[];", c) })
	}
	var read, write, endings, all []string
	for _, f := range format.Readable() {
		read = append(read, f.Read.Stage.Name)
		if !f.Read.Unnamed {
			endings = append(endings, f.Extensions...)
		}
	}
	for _, f := range format.Writable() {
		write = append(write, f.Name)
		if s := f.Write.Stage.Name; s != "" {
			all = append(all, s)
		}
	}
	for _, row := range []struct {
		args []string
		want []string
	}{
		{[]string{"help"}, slices.Concat(read, write, all)},
		{[]string{"stages"}, slices.Concat(read, all)},
		{[]string{"help", "write"}, slices.Concat(write, endings)},
		{[]string{"help", "split_by"}, slices.Concat(write, endings)},
		{[]string{"help", "append"}, write},
		{[]string{"help", "read"}, endings},
		{[]string{"help", "formats"}, slices.Concat(read, write)},
		{[]string{"complete_line", "fish", "mtpipe --out ", "mtpipe --out "}, write},
		{[]string{"complete_line", "fish", "mtpipe --in ", "mtpipe --in "}, read},
		{[]string{"-i", "nothing", "head"}, read},
		{[]string{"write --format nothing x"}, write},
		{[]string{"split_by it --to {} --format nothing"}, write},
		{[]string{"lines man_test.go | filter 'x == 1'"}, read},
	} {
		got := say(row.args...)
		for _, name := range row.want {
			if !slices.Contains(got, name) {
				t.Errorf("%q: got %q, want %s in it", row.args, got, name)
			}
		}
	}
}
