package timing_test

import (
	"bufio"
	"fmt"
	"io/fs"
	"maps"
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

// awaitMarks waits until the kernel watches n files for this process.
func awaitMarks(t *testing.T, n int) {
	t.Helper()
	for range 10_000 {
		marks := 0
		entries, _ := os.ReadDir("/proc/self/fd")
		for _, e := range entries {
			if link, _ := os.Readlink("/proc/self/fd/" + e.Name()); link == "anon_inode:inotify" {
				b, _ := os.ReadFile("/proc/self/fdinfo/" + e.Name())
				marks += strings.Count(string(b), "inotify wd:")
			}
		}
		if marks >= n {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("got no %d files that are watched", n)
}

// change is a record of watch as the tests write it.
func change(event, path string, to ...string) string {
	if len(to) > 0 {
		return fmt.Sprintf(`{"event":"%s","path":"%s","to":"%s"}`, event, path, to[0])
	}
	return fmt.Sprintf(`{"event":"%s","path":"%s"}`, event, path)
}

func creates(paths ...string) (list []string) {
	for _, p := range paths {
		list = append(list, change("create", p))
	}
	return list
}

func TestWatch(t *testing.T) {
	for _, c := range []struct {
		name, text string
		marks      int
		do         func(t *testing.T)
		want       []string
	}{
		{"made", "watch d", 1, func(t *testing.T) { stagetest.Add(t, "d/new", "") }, creates("d/new")},
		{"made and written", "watch d", 1, func(t *testing.T) { stagetest.Add(t, "d/new", "x") }, append(creates("d/new"), change("modify", "d/new"))},
		{"a directory", "watch d", 1, func(t *testing.T) { stagetest.Must(t, os.Mkdir("d/new", 0o777)); stagetest.Add(t, "d/new/file", "") }, creates("d/new")},
		{"written", "watch d", 1, func(t *testing.T) { stagetest.Add(t, "d/old", "x") }, []string{change("modify", "d/old")}},
		{"cut off", "watch d", 1, func(t *testing.T) { stagetest.Must(t, os.Truncate("d/old", 0)) }, []string{change("modify", "d/old")}},
		{"attributes", "watch d", 1, func(t *testing.T) { stagetest.Must(t, os.Chmod("d/old", 0o600)) }, []string{change("attrib", "d/old")}},
		{"its own attributes", "watch d", 1, func(t *testing.T) { stagetest.Must(t, os.Chmod("d", 0o700)) }, []string{change("attrib", "d")}},
		{"deleted", "watch d", 1, func(t *testing.T) { stagetest.Must(t, os.Remove("d/old")) }, []string{change("delete", "d/old")}},
		{"renamed", "watch d", 1, func(t *testing.T) { stagetest.Must(t, os.Rename("d/old", "d/new")) }, []string{change("move", "d/old", "d/new")}},
		{"moved away", "watch d", 1, func(t *testing.T) { stagetest.Must(t, os.Rename("d/old", "old")) }, []string{change("delete", "d/old")}},
		{"moved here", "watch d", 1, func(t *testing.T) { stagetest.Must(t, os.Rename("file", "d/new")) }, creates("d/new")},
		{"between two", "watch d e", 2, func(t *testing.T) { stagetest.Must(t, os.Rename("d/old", "e/new")) }, []string{change("move", "d/old", "e/new")}},
		{"below", "watch d", 1, func(t *testing.T) { stagetest.Add(t, "d/sub/old", "x"); stagetest.Add(t, "d/sub/new", "x") }, nil},
		{"here", "watch .", 1, func(t *testing.T) { stagetest.Add(t, "new", "") }, creates("./new")},
		{"a path with a slash", "watch d/", 1, func(t *testing.T) { stagetest.Add(t, "d/new", "") }, creates("d/new")},
		{"a link", "watch link", 1, func(t *testing.T) { stagetest.Add(t, "d/new", "") }, creates("link/new")},

		{"a file", "watch d/old", 1, func(t *testing.T) {
			stagetest.Add(t, "d/old", "x")
			stagetest.Add(t, "d/new", "x")
			stagetest.Must(t, os.Chmod("d", 0o700))
		}, []string{change("modify", "d/old")}},
		{"a file here", "watch file", 1, func(t *testing.T) { stagetest.Add(t, "file", "x"); stagetest.Add(t, "new", "x") }, []string{change("modify", "file")}},
		{"a file is replaced", "watch d/old", 1, func(t *testing.T) {
			stagetest.Add(t, "d/new", "x")
			stagetest.Must(t, os.Rename("d/new", "d/old"))
			stagetest.Add(t, "d/old", "x")
		}, append(creates("d/old"), change("modify", "d/old"))},
		{"a file is renamed", "watch d/old", 1, func(t *testing.T) { stagetest.Must(t, os.Rename("d/old", "d/new")) }, []string{change("delete", "d/old")}},
		{"a file is deleted and made anew", "watch d/old", 1, func(t *testing.T) { stagetest.Must(t, os.Remove("d/old")); stagetest.Add(t, "d/old", "") },
			append([]string{change("delete", "d/old")}, creates("d/old")...)},
		{"a link to a file", "watch filelink", 1, func(t *testing.T) { stagetest.Add(t, "d/old", "x") }, []string{change("modify", "filelink")}},
		{"a file and its directory", "watch d d/old", 1, func(t *testing.T) { stagetest.Must(t, os.Rename("d/old", "d/new")) }, []string{change("move", "d/old", "d/new"), change("delete", "d/old")}},

		{"made below", "watch -r d", 2, func(t *testing.T) { stagetest.Add(t, "d/sub/new", ""); stagetest.Must(t, os.Chmod("d/sub", 0o700)) },
			append(creates("d/sub/new"), change("attrib", "d/sub"))},
		{"made in a new one", "watch -r d", 2, func(t *testing.T) {
			stagetest.Must(t, os.MkdirAll("d/new/b/c", 0o777))
			stagetest.Add(t, "d/new/b/c/file", "")
		},
			creates("d/new", "d/new/b", "d/new/b/c", "d/new/b/c/file")},
		{"between directories", "watch --recursive d", 2, func(t *testing.T) { stagetest.Must(t, os.Rename("d/sub/old", "d/new")) },
			[]string{change("move", "d/sub/old", "d/new")}},
		{"a directory renamed", "watch -r d", 2, func(t *testing.T) { stagetest.Must(t, os.Rename("d/sub", "d/dir")); stagetest.Add(t, "d/dir/new", "") },
			append([]string{change("move", "d/sub", "d/dir")}, creates("d/dir/new")...)},
		{"a directory moved away", "watch -r d", 2, func(t *testing.T) {
			stagetest.Must(t, os.Rename("d/sub", "sub"))
			stagetest.Add(t, "sub/new", "")
			stagetest.Must(t, os.Rename("sub", "d/back"))
		}, append([]string{change("delete", "d/sub")}, creates("d/back", "d/back/new", "d/back/old")...)},
		{"a directory deleted", "watch -r d", 2, func(t *testing.T) {
			stagetest.Must(t, os.RemoveAll("d/sub"))
			stagetest.Must(t, os.Mkdir("d/sub", 0o777))
			stagetest.Add(t, "d/sub/x", "")
		},
			append([]string{change("delete", "d/sub/old"), change("delete", "d/sub")}, creates("d/sub", "d/sub/x")...)},
		{"a directory in the place of another", "watch -r d", 2, func(t *testing.T) {
			stagetest.Must(t, os.Mkdir("d/empty", 0o777))
			awaitMarks(t, 4)
			stagetest.Must(t, syscall.Rename("d/sub", "d/empty")) // which the standard library refuses
			stagetest.Add(t, "d/empty/new", "")
		}, append(append(creates("d/empty"), change("move", "d/sub", "d/empty")), creates("d/empty/new")...)},
		{"a link to a directory", "watch -r d", 2, func(t *testing.T) { stagetest.Must(t, os.Symlink("../e", "d/link")); stagetest.Add(t, "e/new", "") }, creates("d/link")},

		{"it is deleted and made anew", "watch d e", 2, func(t *testing.T) {
			stagetest.Must(t, os.RemoveAll("e"))
			stagetest.Must(t, os.Mkdir("e", 0o777))
			stagetest.Add(t, "e/new", "")
		}, append([]string{change("delete", "e")}, creates("e", "e/new")...)},
		{"it is moved away", "watch d e", 2, func(t *testing.T) { stagetest.Must(t, os.Rename("e", "f")) }, []string{change("delete", "e")}},
		{"it is replaced", "watch -r d e", 3, func(t *testing.T) {
			stagetest.Must(t, os.Rename("e", "f"), os.MkdirAll("e/sub", 0o777))
			stagetest.Add(t, "e/sub/new", "")
		}, append([]string{change("delete", "e")}, creates("e", "e/sub", "e/sub/new")...)},
	} {
		for _, signals := range []int{1, 2} {
			t.Run(fmt.Sprint(c.name, " ", signals), func(t *testing.T) {
				stagetest.LeavesNothing(t)
				stagetest.InDir(t, map[string]string{"file": "x\n"})
				stagetest.Must(t, os.MkdirAll("d/sub", 0o777), os.Mkdir("e", 0o777), os.Mkdir("z", 0o777), os.Symlink("d", "link"), os.Symlink("d/old", "filelink"))
				stagetest.Add(t, "d/old", "x\n")
				stagetest.Add(t, "d/sub/old", "x\n")
				l := stagetest.Start(t, c.text+" z")
				awaitMarks(t, c.marks+1)
				c.do(t)
				var got []string
				for len(slices.Compact(got)) < len(c.want) { // changes that follow each other are one event, or several
					got = append(got, l.Next())
				}
				if got = slices.Compact(got); !slices.Equal(got, c.want) {
					t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(c.want, "\n\t"))
				}
				stagetest.Add(t, "z/end", "") // comes behind everything else
				for line := l.Next(); line != change("create", "z/end"); line = l.Next() {
					if len(c.want) == 0 || line != c.want[len(c.want)-1] {
						t.Errorf("got %s, want no more", line)
					}
				}
				l.Stop(signals)
			})
		}
	}
}

// TestWatchDirectoriesUnderLoad wants each path once, though directories are filled as soon as they
// are there.
func TestWatchDirectoriesUnderLoad(t *testing.T) {
	stagetest.LeavesNothing(t)
	stagetest.InDir(t, nil)
	stagetest.Must(t, os.Mkdir("d", 0o777))
	l := stagetest.Start(t, "watch -r d | filter \"event == 'create'\" | get path")
	awaitMarks(t, 1)
	want := make(map[string]bool)
	made := func(path string, err error) {
		stagetest.Must(t, err)
		want[path] = true
	}
	for i := range 40 {
		dir := fmt.Sprint("d/", i)
		made(dir, os.Mkdir(dir, 0o777))
		for k := range 20 {
			made(fmt.Sprint(dir, "/a", k), os.WriteFile(fmt.Sprint(dir, "/a", k), nil, 0o666))
		}
		for k := range 3 {
			sub := fmt.Sprint(dir, "/", k)
			made(sub, os.Mkdir(sub, 0o777))
			made(sub+"/file", os.WriteFile(sub+"/file", nil, 0o666))
		}
	}
	stagetest.Add(t, "d/end", "")
	for line := l.Next(); line != "d/end"; line = l.Next() {
		if !want[line] {
			t.Errorf("got %q twice, or though it is not there", line)
		}
		delete(want, line)
	}
	for path := range want {
		t.Errorf("got nothing of %s", path)
	}
	l.Stop(1)
}

// TestWatchMovesUnderLoad replays the changes of directories that are moved as soon as they are there,
// also before what is in them could be watched, and wants the tree that there is.
func TestWatchMovesUnderLoad(t *testing.T) {
	stagetest.LeavesNothing(t)
	stagetest.InDir(t, nil)
	stagetest.Must(t, os.Mkdir("d", 0o777))
	l := stagetest.Start(t, "watch -r d | map 'event + \" \" + path + (event == \"move\" ? \" \" + to : \"\")'")
	awaitMarks(t, 1)
	for i := range 40 {
		a, b := fmt.Sprint("d/a", i), fmt.Sprint("d/b", i)
		stagetest.Must(t, os.MkdirAll(a+"/sub/dir", 0o777), os.Rename(a, b), os.MkdirAll(a+"/sub/dir", 0o777), os.Rename(a, b+"/sub/a"),
			os.Rename(b+"/sub", a), os.WriteFile(a+"/dir/file", nil, 0o666), os.WriteFile(a+"/a/sub/dir/file", nil, 0o666))
	}
	want, got := make(map[string]bool), make(map[string]bool)
	stagetest.Must(t, filepath.WalkDir("d", func(path string, _ fs.DirEntry, err error) error {
		want[path] = true
		return err
	}))
	delete(want, "d")
	under := func(path, dir string) bool { return path == dir || strings.HasPrefix(path, dir+"/") }
	for !maps.Equal(got, want) {
		line := strings.Fields(l.Next())
		switch event, path := line[0], line[1]; {
		case event == "create" && got[path]:
			t.Errorf("got %s created twice", path)
		case event == "create":
			got[path] = true
		case !got[path]:
			t.Errorf("got a %s of %s, which is not known", event, path)
		default:
			for p := range maps.Clone(got) {
				if under(p, path) {
					delete(got, p)
					if event == "move" {
						got[line[2]+p[len(path):]] = true
					}
				}
			}
		}
	}
	l.Stop(1)
}

// TestWatchOverflow makes more events than anybody holds while nobody reads what watch puts.
func TestWatchOverflow(t *testing.T) {
	stagetest.LeavesNothing(t)
	stagetest.InDir(t, nil)
	stagetest.Must(t, os.MkdirAll("d/sub", 0o777))
	stagetest.Add(t, "d/a", "")
	read, write := stagetest.OpenPipe(t)
	plan, err := pipeline.Compile("watch -r d", "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)},
		pipeline.Settings{Stdout: write})
	stagetest.Must(t, err)
	signals, ended := make(chan os.Signal, 1), make(chan error)
	go func() { ended <- plan.Run(signals) }()
	awaitMarks(t, 2)
	for range 12_000 {
		stagetest.Must(t, os.Rename("d/a", "d/b"), os.Rename("d/b", "d/a"))
	}
	stagetest.Must(t, os.Mkdir("d/new", 0o777))
	overflow, next := `{"event":"overflow","path":null}`, change("create", "d/new/end")
	in, told := bufio.NewScanner(read), 0
	for in.Scan() && in.Text() != next {
		switch line := in.Text(); {
		case line == overflow:
			if told++; told == 1 {
				awaitMarks(t, 3) // the new directory is watched too
				stagetest.Add(t, "d/new/end", "")
			}
		case line != change("move", "d/a", "d/b") && line != change("move", "d/b", "d/a") &&
			line != change("delete", "d/a") && line != change("delete", "d/b"): // half a move, where it was cut
			t.Errorf("got %s, want moves", line)
		}
	}
	if told != 1 {
		t.Errorf("got told %d times of an overflow, want once", told)
	}
	signals <- os.Interrupt
	<-ended
	write.Close()
	read.Close()
}

func TestWatchErrors(t *testing.T) {
	stagetest.LeavesNothing(t)
	stagetest.InDir(t, nil)
	stagetest.Must(t, os.Mkdir("d", 0o777))
	for text, want := range map[string]string{
		"watch none":      "1: watch: none: no such file or directory",
		"watch d none":    "1: watch: none: no such file or directory",
		"watch -r none/x": "1: watch: none/x: no such file or directory",
		"watch ''":        `1: watch: "": no such file or directory`,
	} {
		if _, err := stagetest.Run(t, text, ""); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

// TestWatchEnds ends because its reader has enough, also while nothing happens.
func TestWatchEnds(t *testing.T) {
	stagetest.LeavesNothing(t)
	stagetest.InDir(t, nil)
	stagetest.Must(t, os.Mkdir("d", 0o777))
	if _, err := stagetest.Run(t, "interleave { watch d | null } { take_from a } | head 1", ""); err != nil {
		t.Error(err)
	}
	l := stagetest.Start(t, "watch -r d | head 2")
	awaitMarks(t, 1)
	stagetest.Add(t, "d/a", "")
	stagetest.Add(t, "d/b", "")
	l.Want(creates("d/a", "d/b")...)
	if err := l.End(); err != nil {
		t.Error(err)
	}
}

// TestFollowFromTheEnd begins at the end, and with the last line when that is not complete.
func TestFollowFromTheEnd(t *testing.T) {
	for _, c := range []struct{ name, text, file, more, want string }{
		{"the end", "follow log", "a\nb\n", "c\n", "c"},
		{"no lines", "follow -n 0 log", "a\nb\n", "c\n", "c"},
		{"half a line", "follow log", "a\nb", "c\n", "bc"},
		{"nothing but half a line", "follow log", "a", "c\n", "ac"},
		{"an empty file", "follow log", "", "c\n", "c"},
	} {
		t.Run(c.name, func(t *testing.T) {
			stagetest.LeavesNothing(t)
			stagetest.InDir(t, map[string]string{"log": c.file})
			l := stagetest.Start(t, c.text)
			awaitMarks(t, 2) // the file and its directory
			stagetest.Add(t, "log", c.more)
			l.Want(c.want)
			l.Stop(1)
		})
	}
}

// TestFollowLeavesFiles wants files that were given up to be closed, and watched no more.
func TestFollowLeavesFiles(t *testing.T) {
	stagetest.LeavesNothing(t)
	dir := stagetest.InDir(t, map[string]string{"log": "0\n"})
	l := stagetest.Start(t, "follow -n +1 --grace 0 log")
	l.Want("0")
	for i := range 20 {
		stagetest.Must(t, os.Rename("log", fmt.Sprint("log.", i)))
		stagetest.Add(t, "log", fmt.Sprint(i, "\n"))
		l.Want(fmt.Sprint(i))
	}
	open := func() (n int) {
		entries, _ := os.ReadDir("/proc/self/fd")
		for _, e := range entries {
			if link, _ := os.Readlink("/proc/self/fd/" + e.Name()); filepath.Dir(link) == dir {
				n++
			}
		}
		return n
	}
	for i := 0; open() > 1; i++ {
		if time.Sleep(time.Millisecond); i == 10_000 {
			t.Fatalf("got %d open files, want one", open())
		}
	}
	l.Stop(1)
}
