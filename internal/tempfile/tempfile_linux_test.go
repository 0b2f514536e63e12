package tempfile

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func names(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// endedProcess returns the number of a process that has been and is gone.
func endedProcess(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("true")
	if err := cmd.Run(); err != nil {
		t.Skip(err)
	}
	return cmd.Process.Pid
}

// TestSweep wants files of processes that are gone to be removed and all others to stay.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	live, err := Create(dir, "out.csv", 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer live.Close()
	_, start, _ := strings.Cut(thisProcess(), "-")
	ended := endedProcess(t)
	parent, err := startOf(os.Getppid())
	if err != nil {
		t.Fatal(err)
	}
	gone := []string{
		fmt.Sprintf(".out.csv.mtpipe-%d-%s-00000001.tmp", ended, start),
		fmt.Sprintf(".mtpipe-a.mtpipe-%d-%s-00000001.tmp", ended, start),
		fmt.Sprintf("..mtpipe-%d-12345-%s-00000001.tmp", os.Getpid(), place()), // the number was given anew
	}
	stays := []string{
		filepath.Base(live.Name()),
		fmt.Sprintf(".other.mtpipe-%d-%s-%s-00000001.tmp", os.Getppid(), parent, place()),
		fmt.Sprintf(".elsewhere.mtpipe-%d-1-%016x-00000001.tmp", ended, 1),
		fmt.Sprintf("shown.mtpipe-%d-%s-00000001.tmp", ended, start),
		fmt.Sprintf(".out.csv.mtpipe-%d-%s-00000001", ended, start),
		".out.csv.mtpipe--1-1-00000001.tmp",
		".out.csv.mtpipe-x.tmp",
		".out.csv.5f3a21bc.tmp",
		".mtpipe-.tmp",
		".tmp",
		"a",
	}
	for _, name := range slices.Concat(gone, stays[1:]) {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if n := Sweep(dir); n != len(gone) {
		t.Errorf("got %d files removed, want %d", n, len(gone))
	}
	slices.Sort(stays)
	if got := names(t, dir); !slices.Equal(got, stays) {
		t.Errorf("got left:\n%q\nwant:\n%q", got, stays)
	}
}

// TestNameless wants a file to have no name until it is given one.
func TestNameless(t *testing.T) {
	dir := t.TempDir()
	f, err := Nameless(dir, 0o640)
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	if _, err := f.WriteString("x"); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); len(got) > 0 {
		t.Errorf("got the names %q, want none", got)
	}
	long := strings.Repeat("ä", 120)
	name, err := Link(f, dir, long)
	if err != nil || !strings.HasPrefix(filepath.Base(name), "."+long[:stemLen]+".mtpipe-") {
		t.Errorf("got the name %q, %v", name, err)
	}
	if err := LinkAs(f, name); !os.IsExist(err) {
		t.Errorf("got %v, want an error since there is such a file", err)
	}
	if Sweep(dir) != 0 || len(names(t, dir)) != 1 {
		t.Errorf("got %q, want the file, which is ours", names(t, dir))
	}
	if err := Remove(name); err != nil {
		t.Error(err)
	}
	if err := Remove(name); err != nil {
		t.Errorf("got %v when it is gone already, want no error", err)
	}
}

// TestNamesKeepTheSpelling wants the directory of a name to be left as it is spelled: to the left
// of ".." there may be a link.
func TestNamesKeepTheSpelling(t *testing.T) {
	for dir, want := range map[string]string{"": "a", "/": "/a", "x": "x/a", "x/../": "x/../a"} {
		if got := below(dir, "a"); got != want {
			t.Errorf("%q: got %q, want %q", dir, got, want)
		}
	}
}

// TestRemoveOwn wants the files of this process to be removed, and those of others to stay.
func TestRemoveOwn(t *testing.T) {
	dirs := []string{t.TempDir(), t.TempDir()}
	for _, dir := range dirs {
		f, err := Create(dir, "out.csv", 0o600)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	others := []string{".out.csv.mtpipe-1-2-3-00000000.tmp", "out.csv"}
	for _, name := range others {
		if err := os.WriteFile(filepath.Join(dirs[0], name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	RemoveOwn()
	if got := names(t, dirs[0]); !slices.Equal(got, others) {
		t.Errorf("got %q, want %q", got, others)
	}
	if got := names(t, dirs[1]); len(got) > 0 {
		t.Errorf("got %q, want nothing", got)
	}
}
