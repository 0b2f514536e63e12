package readers_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages/stagetest"
)

// tree makes a directory with something of everything in it.
func tree(t *testing.T) {
	t.Helper()
	stagetest.InDir(t, nil)
	stagetest.Must(t, os.MkdirAll("t/b/.hidden", 0o777), os.MkdirAll("t/a", 0o777))
	for _, name := range []string{"t/b/x.go", "t/b/.hidden/y.go", "t/c.txt", "t/a.txt", "t/B"} {
		stagetest.Must(t, os.WriteFile(name, nil, 0o666))
	}
	stagetest.Must(t, os.Symlink("../t", "t/loop"))
}

func TestFind(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"everything", "find t", "t t/B t/a t/a.txt t/b t/b/.hidden t/b/.hidden/y.go t/b/x.go t/c.txt t/loop"},
		{"a name", "find t --name '*.go'", "t/b/.hidden/y.go t/b/x.go"},
		{"names", "find t --name '*.go' --name '?.txt'", "t/a.txt t/b/.hidden/y.go t/b/x.go t/c.txt"},
		{"all but some characters", "find t --name '[!a-c]*.*' --name '[[:upper:]]'", "t/B t/b/.hidden/y.go t/b/x.go"},
		{"a hidden name", "find t --name '*hidden'", "t/b/.hidden"},
		{"its own name", "find t --name t", "t"},
		{"files", "find t --type f", "t/B t/a.txt t/b/.hidden/y.go t/b/x.go t/c.txt"},
		{"directories", "find t --type d", "t t/a t/b t/b/.hidden"},
		{"links", "find t --type l", "t/loop"},
		{"no level", "find t --max-depth 0", "t"},
		{"a level", "find t --max-depth 1", "t t/B t/a t/a.txt t/b t/c.txt t/loop"},
		{"both", "find t --type f --name 'y*'", "t/b/.hidden/y.go"},
		{"a file", "find t/c.txt", "t/c.txt"},
		{"a link", "find t/loop", "t/loop"},
		{"behind a link", "find t/loop/ --max-depth 0", "t/loop/"},
		{"records", "find t --long --max-depth 1 | format '{path}:{type}:{date(modified) <= now()}'", "t:directory:true t/B:file:true t/a:directory:true t/a.txt:file:true t/b:directory:true t/c.txt:file:true t/loop:link:true"},
		{"sizes", "find t/c.txt t/B --long | map size", "0 0"},
		{"several", "find t/b/ t/a", "t/b/ t/b/.hidden t/b/.hidden/y.go t/b/x.go t/a"},
		{"here", "find --max-depth 1", ". ./t"},
		{"the first", "find t | head 2", "t t/B"},
	} {
		t.Run(c.name, func(t *testing.T) {
			stagetest.LeavesNothing(t)
			tree(t)
			got, err := stagetest.Run(t, c.text, "")
			if got = strings.TrimSuffix(strings.ReplaceAll(filepath.ToSlash(got), "\n", " "), " "); err != nil || got != c.want {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
}

func TestFindErrors(t *testing.T) {
	tree(t)
	for _, c := range []struct{ text, want string }{
		{"find none", "1: find: none: no such file or directory"},
		{"find t none", "1: find: none: no such file or directory"},
		{"find --name '['", `13: find: --name must be a pattern with *, ? and […], not "["`},
		{"find --name '[' --type f", `13: find: --name must be a pattern with *, ? and […], not "["`},
	} {
		if _, err := stagetest.Run(t, c.text, ""); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.text, err, c.want)
		}
	}
}

// TestFindUnreadable has a directory that cannot be read: it lies deeper than names may be
// long.
func TestFindUnreadable(t *testing.T) {
	stagetest.LeavesNothing(t)
	dir := stagetest.InDir(t, nil)
	stagetest.Must(t, os.MkdirAll("t/a", 0o777), os.MkdirAll("t/z", 0o777))
	stagetest.Must(t, os.Chdir("t/a"))
	deep := "t/a"
	for range 20 { // each name by itself can be made
		name := strings.Repeat("d", 250)
		stagetest.Must(t, os.Mkdir(name, 0o777), os.Chdir(name))
		deep += "/" + name
	}
	stagetest.Must(t, os.Chdir(dir))
	if _, err := os.ReadDir(deep); err == nil {
		t.Skip("names may be longer here")
	}
	count := func(out string) string {
		return fmt.Sprint(strings.Count(out, "\n"), " ", strings.HasSuffix(out, "\nt/z\n"))
	}
	out, err := stagetest.Run(t, "find t", "")
	if want := ": file name too long"; err == nil || !strings.HasPrefix(err.Error(), "1: find: t/a/ddd") || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want an error that names the directory and ends with %q", err, want)
	}
	if got, want := count(out), "19 false"; got != want {
		t.Errorf("got %s paths before the error, want %s", got, want)
	}
	for how, want := range map[pipeline.OnError]string{pipeline.Skip: "20 true", pipeline.Keep: "21 true"} {
		if got := count(stagetest.RunRejecting(t, how, "find t", "")); got != want {
			t.Errorf("%s: got %s paths, want %s", how, got, want)
		}
	}
	stagetest.Must(t, os.Chdir("t/a"))
	for range 20 {
		stagetest.Must(t, os.Chdir(strings.Repeat("d", 250)))
	}
	for range 20 {
		stagetest.Must(t, os.Chdir(".."), os.Remove(strings.Repeat("d", 250)))
	}
	stagetest.Must(t, os.Chdir(dir))
}

// TestFindMany has more names in a directory than are read at a time.
func TestFindMany(t *testing.T) {
	stagetest.LeavesNothing(t)
	stagetest.InDir(t, nil)
	stagetest.Must(t, os.Mkdir("t", 0o777))
	want := "t\n"
	for i := range 1500 {
		name := fmt.Sprintf("t/%04d", i)
		stagetest.Must(t, os.WriteFile(name, nil, 0o666))
		want += name + "\n"
	}
	if got, err := stagetest.Run(t, "find t", ""); err != nil || filepath.ToSlash(got) != want {
		t.Errorf("got %q, %v, want all in order", stagetest.Clip(got), err)
	}
}

func TestEnv(t *testing.T) {
	t.Setenv("MTPIPE_TEST_A", "x=y")
	t.Setenv("MTPIPE_TEST_B", "")
	t.Setenv("MTPIPE_TEST_C", "7")
	got, err := stagetest.Run(t, `env | filter 'name startsWith "MTPIPE_TEST"'`, "")
	want := `{"name":"MTPIPE_TEST_A","value":"x=y"}
{"name":"MTPIPE_TEST_B","value":""}
{"name":"MTPIPE_TEST_C","value":7}
`
	if err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}
