package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPublishing runs the commands of CONTRIBUTING.md that give the module a path of one's own
// in a copy of the source: there, every import leads to a package, and none to this module.
func TestPublishing(t *testing.T) {
	text, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)## Publishing.*?```sh\n(.*?)```").FindSubmatch(text)
	if m == nil {
		t.Fatal("CONTRIBUTING.md has no commands under Publishing")
	}
	commands := strings.TrimSpace(string(m[1]))
	if n := strings.Count(commands, "\n") + 1; n != 2 {
		t.Errorf("got %d commands, want 2:\n%s", n, commands)
	}
	dir := t.TempDir()
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		from, to := filepath.Join("../..", e.Name()), filepath.Join(dir, e.Name())
		switch {
		case e.Name() == ".git":
		case e.IsDir():
			err = os.CopyFS(to, os.DirFS(from))
		default:
			var data []byte
			if data, err = os.ReadFile(from); err == nil {
				err = os.WriteFile(to, data, 0o666)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	run := func(name string, args ...string) string {
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	run("sh", "-e", "-c", commands)
	if got, want := run("go", "list", "-m"), "example.com/you/mtpipe\n"; got != want {
		t.Errorf("got the module %q, want %q", got, want)
	}
	for _, imported := range strings.Fields(run("go", "list", "-test", "-deps", "./...")) {
		if strings.HasPrefix(imported, "mtpipe/") {
			t.Errorf("%s is still imported", imported)
		}
	}
	run("go", "build", "./pipe") // to build all takes half a minute
}
