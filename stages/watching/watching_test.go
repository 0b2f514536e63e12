package watching_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages"
	"mtpipe/stages/stagetest"
)

// runWatched runs the pipeline in text and returns what it wrote to its standard output and
// its standard error.
func runWatched(t *testing.T, text, stdin string) (stdout, stderr string, err error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "in"), []byte(stdin), 0o666); err != nil {
		t.Fatal(err)
	}
	var files [3]*os.File
	for i, name := range []string{"in", "out", "err"} {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o666)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files[i] = f
	}
	plan, err := pipeline.Compile(text, "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)},
		pipeline.Settings{Stdin: files[0], Stdout: files[1], Stderr: files[2]})
	if err == nil {
		err = plan.Run(nil)
	}
	return stagetest.ReadFile(t, filepath.Join(dir, "out")), stagetest.ReadFile(t, filepath.Join(dir, "err")), err
}

func TestLog(t *testing.T) {
	long := strings.Repeat("x", 200_000)
	for _, c := range []struct{ name, text, stdin, stdout, stderr string }{
		{"lines", "log", "a\nb\n", "a\nb\n", "a\nb\n"},
		{"a label", "log seen", "a\nb\n", "a\nb\n", "seen: a\nseen: b\n"},
		{"nothing", "log seen", "", "", ""},
		{"empty lines", "log seen", "\n", "\n", "seen: \n"},
		{"no last newline", "log", "a\nb", "a\nb", "a\nb\n"},
		{"values", "seq 2 | log n | sum", "", "3\n", "n: 1\nn: 2\n"},
		{"spans", "field 2 | log", "a b\n", "b\n", "b\n"},
		{"records", "map '{a: it}' | log", "1\n", "{\"a\":1}\n", "{\"a\":1}\n"},
		{"long lines", "log l", long + "\na\n", long + "\na\n", "l: " + long + "\nl: a\n"},
		{"many lines", "log", stagetest.Numbered(1, 50_000), stagetest.Numbered(1, 50_000), stagetest.Numbered(1, 50_000)},
		{"no more than is asked for", "seq 10000 | log | head 3", "", "1\n2\n3\n", "1\n2\n3\n"},
		{"no more lines than are asked for", "log | head 3", stagetest.Numbered(1, 50_000), "1\n2\n3\n", "1\n2\n3\n"},
		{"no more lines than are asked for, without the last newline", "log | head 2", "1\n2\n3\n4\n5\n6", "1\n2\n", "1\n2\n3\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			stdout, stderr, err := runWatched(t, c.text, c.stdin)
			if err != nil {
				t.Fatal(err)
			}
			if stdout != c.stdout {
				t.Errorf("stdout: got %q, want %q", stagetest.Clip(stdout), stagetest.Clip(c.stdout))
			}
			if stderr != c.stderr {
				t.Errorf("stderr: got %q, want %q", stagetest.Clip(stderr), stagetest.Clip(c.stderr))
			}
		})
	}
}
