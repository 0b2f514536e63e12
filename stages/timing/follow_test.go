package timing_test

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"mtpipe/pipeline"
	"mtpipe/stages"
	"mtpipe/stages/stagetest"
)

func TestFollow(t *testing.T) {
	for _, c := range []struct {
		name, text string
		files      map[string]string
		do         []func(t *testing.T, l *stagetest.Live) // each behind the lines of want with the same number
		want       [][]string
	}{
		{"more lines", "follow -n +1 log", map[string]string{"log": "a\n"},
			[]func(t *testing.T, l *stagetest.Live){func(t *testing.T, _ *stagetest.Live) { stagetest.Add(t, "log", "b\nc\n") }, func(t *testing.T, _ *stagetest.Live) { stagetest.Add(t, "log", "d\n") }},
			[][]string{{"a"}, {"b", "c"}, {"d"}}},
		{"a line in pieces", "follow -n +1 log", map[string]string{"log": "a\nb"},
			[]func(t *testing.T, l *stagetest.Live){func(t *testing.T, _ *stagetest.Live) {
				stagetest.Add(t, "log", "c")
				stagetest.Add(t, "log", "d\n\ne\nf")
			}},
			[][]string{{"a"}, {"bcd", "", "e"}}},
		{"late", "follow -n +1 ready late", map[string]string{"ready": "ready\n"},
			[]func(t *testing.T, l *stagetest.Live){func(t *testing.T, _ *stagetest.Live) { stagetest.Add(t, "late", "a\n") }, func(t *testing.T, _ *stagetest.Live) { stagetest.Add(t, "late", "b\n") }},
			[][]string{{"mtpipe: follow: late: no such file or directory; waiting for it", "ready"}, {"a"}, {"b"}}},
		{"late, and begun at its end", "follow -n 1 ready late", map[string]string{"ready": "no\nready\n"},
			[]func(t *testing.T, l *stagetest.Live){func(t *testing.T, _ *stagetest.Live) { stagetest.Add(t, "late", "a\nb\n") }},
			[][]string{{"mtpipe: follow: late: no such file or directory; waiting for it", "ready"}, {"a", "b"}}},
		{"matched by a pattern later", "follow -n +1 '*.log' | map 'filename() + ` ` + it'", map[string]string{"a.log": "a\n"},
			[]func(t *testing.T, l *stagetest.Live){
				func(t *testing.T, _ *stagetest.Live) {
					stagetest.Must(t, os.Mkdir("dir.log", 0o777))
					stagetest.Add(t, "b.txt", "no\n")
					stagetest.Add(t, "b.log", "b\n")
				},
				func(t *testing.T, _ *stagetest.Live) { stagetest.Add(t, "b.log", "c\n") },
				func(t *testing.T, _ *stagetest.Live) {
					stagetest.Must(t, os.Rename("b.log", "c.log"))
					stagetest.Add(t, "c.log", "d\n")
				},
				func(t *testing.T, _ *stagetest.Live) { stagetest.Add(t, "b.log", "e\n") },
				func(t *testing.T, _ *stagetest.Live) {
					stagetest.Must(t, os.Remove("a.log"))
					stagetest.Add(t, "a.log", "f\n")
				}},
			[][]string{{"a.log a"}, {"b.log b"}, {"b.log c"}, {"b.log d"}, {"b.log e"}, {"a.log f"}}},
		{"a pattern that matches nothing yet", "follow ready '*/*.log' -n +1", map[string]string{"ready": "ready\n"},
			[]func(t *testing.T, l *stagetest.Live){
				func(t *testing.T, _ *stagetest.Live) {
					stagetest.Must(t, os.Mkdir("new", 0o777))
					stagetest.Add(t, "new/a.log", "a\n")
				}},
			[][]string{{"mtpipe: follow: no file matches */*.log; waiting for one", "ready"}, {"a"}}},
		{"in a late directory", "follow -n +1 ready a/b/late", map[string]string{"ready": "ready\n"},
			[]func(t *testing.T, l *stagetest.Live){
				func(t *testing.T, _ *stagetest.Live) {
					stagetest.Must(t, os.MkdirAll("a/b", 0o777))
					stagetest.Add(t, "a/b/late", "a\n")
				},
				func(t *testing.T, _ *stagetest.Live) { stagetest.Add(t, "a/b/late", "b\n") },
				func(t *testing.T, _ *stagetest.Live) {
					stagetest.Must(t, os.RemoveAll("a"), os.MkdirAll("a/b", 0o777))
					stagetest.Add(t, "a/b/late", "c\n")
				}},
			[][]string{{"mtpipe: follow: a/b/late: no such file or directory; waiting for it", "ready"}, {"a"}, {"b"}, {"c"}}},
		{"in a directory that is no directory yet", "follow -n +1 ready a/late", map[string]string{"ready": "ready\n", "a": "a file\n"},
			[]func(t *testing.T, l *stagetest.Live){func(t *testing.T, _ *stagetest.Live) {
				stagetest.Must(t, os.Remove("a"), os.Mkdir("a", 0o777))
				stagetest.Add(t, "a/late", "a\n")
			}},
			[][]string{{"mtpipe: follow: a/late: no such file or directory; waiting for it", "ready"}, {"a"}}},
		{"shorter", "follow -n +1 log", map[string]string{"log": "a\nb\n"},
			[]func(t *testing.T, l *stagetest.Live){func(t *testing.T, _ *stagetest.Live) { stagetest.Must(t, os.WriteFile("log", []byte("c\n"), 0)) }},
			[][]string{{"a", "b"}, {"c"}}},
		{"shorter, in the middle of a line", "follow -n +1 log", map[string]string{"log": "a\nb"},
			[]func(t *testing.T, l *stagetest.Live){
				func(t *testing.T, _ *stagetest.Live) { stagetest.Add(t, "log", "b\nb") },
				func(t *testing.T, _ *stagetest.Live) { stagetest.Must(t, os.WriteFile("log", []byte("c\n"), 0)) }},
			[][]string{{"a"}, {"bb"}, {"b", "c"}}},
		{"the same length", "follow -n +1 log", map[string]string{"log": "a\nb\n"},
			[]func(t *testing.T, l *stagetest.Live){func(t *testing.T, _ *stagetest.Live) { stagetest.Must(t, os.WriteFile("log", []byte("c\nd\n"), 0)) }},
			[][]string{{"a", "b"}, {"c", "d"}}},
		{"longer", "follow -n +1 log", map[string]string{"log": "a\nb\n"},
			[]func(t *testing.T, l *stagetest.Live){func(t *testing.T, _ *stagetest.Live) { stagetest.Must(t, os.WriteFile("log", []byte("c\nd\ne\n"), 0)) }},
			[][]string{{"a", "b"}, {"c", "d", "e"}}},
		{"renamed", "follow -n +1 log", map[string]string{"log": "a\n"},
			[]func(t *testing.T, l *stagetest.Live){
				func(t *testing.T, _ *stagetest.Live) {
					stagetest.Must(t, os.Rename("log", "log.1"))
					stagetest.Add(t, "log.1", "b\n")
				},
				func(t *testing.T, _ *stagetest.Live) { stagetest.Add(t, "log", "c\n") },
				func(t *testing.T, _ *stagetest.Live) { stagetest.Add(t, "log.1", "d\n") },
				func(t *testing.T, _ *stagetest.Live) { stagetest.Add(t, "log", "e\n") }},
			[][]string{{"a"}, {"b"}, {"c"}, {"d"}, {"e"}}},
		{"renamed twice at once", "follow -n +1 log", map[string]string{"log": "a\n"},
			[]func(t *testing.T, l *stagetest.Live){
				func(t *testing.T, _ *stagetest.Live) {
					for i := range 3 {
						stagetest.Must(t, os.Rename("log", fmt.Sprint("log.", i)))
						stagetest.Add(t, "log", fmt.Sprint(i, "\n"))
					}
				},
				func(t *testing.T, _ *stagetest.Live) { stagetest.Add(t, "log.1", "late\n") }},
			[][]string{{"a"}, {"0", "1", "2"}, {"late"}}},
		{"renamed by shifting", "follow -n +1 log", map[string]string{"log": "a\n", "log.1": "no\n", "log.2": "no\n"},
			[]func(t *testing.T, l *stagetest.Live){func(t *testing.T, _ *stagetest.Live) {
				for i := range 3 {
					stagetest.Must(t, os.Rename("log.1", "log.2"), os.Rename("log", "log.1"))
					stagetest.Add(t, "log", fmt.Sprint(i, "\n"))
				}
			}},
			[][]string{{"a"}, {"0", "1", "2"}}},
		{"renamed to a name that is followed", "follow -n +1 log log.1", map[string]string{"log": "a\n"},
			[]func(t *testing.T, l *stagetest.Live){
				func(t *testing.T, _ *stagetest.Live) {
					stagetest.Must(t, os.Rename("log", "log.1"))
					stagetest.Add(t, "log", "b\n")
				},
				func(t *testing.T, _ *stagetest.Live) { stagetest.Add(t, "log.1", "c\n") }},
			[][]string{{"mtpipe: follow: log.1: no such file or directory; waiting for it", "a"}, {"b"}, {"c"}}},
		{"replaced", "follow -n +1 log", map[string]string{"log": "a\n"},
			[]func(t *testing.T, l *stagetest.Live){func(t *testing.T, _ *stagetest.Live) {
				stagetest.Add(t, "new", "b\n")
				stagetest.Must(t, os.Rename("new", "log"))
			}},
			[][]string{{"a"}, {"b"}}},
		{"deleted and made anew", "follow -n +1 log", map[string]string{"log": "a\n"},
			[]func(t *testing.T, l *stagetest.Live){
				func(t *testing.T, _ *stagetest.Live) {
					stagetest.Must(t, os.Remove("log"))
					stagetest.Add(t, "log", "b\n")
				},
				func(t *testing.T, _ *stagetest.Live) { stagetest.Must(t, os.Remove("log")) },
				func(t *testing.T, _ *stagetest.Live) { stagetest.Add(t, "log", "c\n") }},
			[][]string{{"a"}, {"b"}, {}, {"c"}}},
		{"another target", "follow -n +1 log", map[string]string{"one": "a\n", "two": "b\n"},
			[]func(t *testing.T, l *stagetest.Live){
				func(t *testing.T, _ *stagetest.Live) {
					stagetest.Must(t, os.Symlink("two", "link"), os.Rename("link", "log"))
				},
				func(t *testing.T, _ *stagetest.Live) { stagetest.Add(t, "one", "c\n"); stagetest.Add(t, "two", "d\n") }},
			[][]string{{"a"}, {"b"}, {}}},
		{"given up", "follow -n +1 --grace 50ms log", map[string]string{"log": "a\nb"},
			[]func(t *testing.T, l *stagetest.Live){func(t *testing.T, _ *stagetest.Live) { stagetest.Must(t, os.Remove("log")) }},
			[][]string{{"a"}, {"b"}}},
		{"given up at once", "follow -n +1 --grace 0 log", map[string]string{"log": "a\nb"},
			[]func(t *testing.T, l *stagetest.Live){func(t *testing.T, _ *stagetest.Live) { stagetest.Must(t, os.Rename("log", "log.1")) }},
			[][]string{{"a"}, {"b"}}},
		{"two files", "follow -n +1 a b", map[string]string{"a": "a1\na", "b": "b1\nb"},
			[]func(t *testing.T, l *stagetest.Live){func(t *testing.T, _ *stagetest.Live) { stagetest.Add(t, "a", "2\n") }, func(t *testing.T, _ *stagetest.Live) { stagetest.Add(t, "b", "2\n") }},
			[][]string{{"a1", "b1"}, {"a2"}, {"b2"}}},
		{"a pattern", "follow -n +1 '*.log'", map[string]string{"b.log": "b\n", "a.log": "a\n"},
			[]func(t *testing.T, l *stagetest.Live){func(t *testing.T, _ *stagetest.Live) { stagetest.Add(t, "a.log", "2\n") }},
			[][]string{{"a", "b"}, {"2"}}},
		{"a file with two names", "follow -n +1 log log ./log", map[string]string{"log": "a\n"},
			[]func(t *testing.T, l *stagetest.Live){func(t *testing.T, _ *stagetest.Live) { stagetest.Add(t, "log", "b\n") }},
			[][]string{{"a"}, {"b"}}},
	} {
		for _, signals := range []int{1, 2} { // drained, aborted
			t.Run(fmt.Sprint(c.name, " ", signals), func(t *testing.T) {
				stagetest.LeavesNothing(t)
				stagetest.InDir(t, c.files)
				if c.name == "another target" {
					stagetest.Must(t, os.Symlink("one", "log"))
				}
				l := stagetest.Start(t, c.text)
				l.Want(c.want[0]...)
				for i, do := range c.do {
					do(t, l)
					l.Want(c.want[i+1]...)
				}
				if c.name == "another target" { // in either order
					got := []string{l.Next(), l.Next()}
					if slices.Sort(got); !slices.Equal(got, []string{"c", "d"}) {
						t.Errorf("got %q, want c and d", got)
					}
				}
				l.Stop(signals)
			})
		}
	}
}

// TestFollowHole cuts off a file under a writer that goes on where it was, which leaves a hole.
func TestFollowHole(t *testing.T) {
	stagetest.LeavesNothing(t)
	stagetest.InDir(t, nil)
	f, err := os.Create("log")
	stagetest.Must(t, err)
	defer f.Close()
	write := func(text string) {
		_, err := f.WriteString(text)
		stagetest.Must(t, err)
	}
	write(strings.Repeat("a long line\n", 50_000) + "last\n")
	l := stagetest.Start(t, "follow -n 1 log")
	l.Want("last")
	stagetest.Must(t, f.Truncate(0))
	write("b\n")
	l.Want("b")
	write("c\n")
	l.Want("c")
	l.Stop(1)
}

// TestFollowGrownBack writes a file anew, and longer than it was, while nobody reads what follow
// puts: it cannot have looked in between. What comes is the beginning of the old lines and all of
// the new ones.
func TestFollowGrownBack(t *testing.T) {
	stagetest.LeavesNothing(t)
	stagetest.InDir(t, nil)
	lines := func(name string, n int) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprint(name, " line ", i))
		}
		return list
	}
	old, fresh := lines("old", 100_000), lines("new", 200_000)
	stagetest.Must(t, os.WriteFile("log", []byte(strings.Join(old, "\n")+"\n"), 0o666))
	read, write := stagetest.OpenPipe(t)
	plan, err := pipeline.Compile("follow -n +1 log", "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)},
		pipeline.Settings{Stdout: write})
	stagetest.Must(t, err)
	signals, ended := make(chan os.Signal, 1), make(chan error)
	go func() { ended <- plan.Run(signals) }()
	in := bufio.NewScanner(read)
	for i := range 10 {
		if in.Scan(); in.Text() != old[i] {
			t.Fatalf("got %q, want %q", in.Text(), old[i])
		}
	}
	time.Sleep(20 * time.Millisecond) // for follow to read as far as it can; less does no harm
	stagetest.Must(t, os.WriteFile("log", []byte(strings.Join(fresh, "\n")+"\n"), 0o666))
	i, n := 10, 0
	for n < len(fresh) && in.Scan() {
		switch line := in.Text(); {
		case n == 0 && i < len(old) && line == old[i]:
			i++
		case line == fresh[n]:
			n++
		case n == 0 && strings.HasPrefix(old[i], line):
		default:
			t.Fatalf("got %q, want %q or %q", line, old[min(i, len(old)-1)], fresh[n])
		}
	}
	if i == len(old) {
		t.Error("got all old lines, want follow to be held up before")
	}
	signals <- os.Interrupt
	<-ended
	write.Close()
	read.Close()
}

func TestFollowBegins(t *testing.T) {
	long := stagetest.Numbered(1, 200_000)
	for _, c := range []struct{ name, text, file, want string }{
		{"the last", "follow -n 1 log | head 1", "a\nb\nc\n", "c\n"},
		{"the last two", "follow -n 2 log | head 2", "a\nb\nc\n", "b\nc\n"},
		{"as many as there are", "follow -n 3 log | head 3", "a\nb\nc\n", "a\nb\nc\n"},
		{"more than there are", "follow --lines 10 log | head 3", "a\nb\nc\n", "a\nb\nc\n"},
		{"complete lines", "follow -n 2 log | head 2", "a\nb\nc\nd", "b\nc\n"},
		{"empty lines", "follow -n 2 log | head 2", "a\n\n\n", "\n\n"},
		{"all", "follow -n +1 log | head 3", "a\nb\nc\n", "a\nb\nc\n"},
		{"line 0", "follow -n +0 log | head 3", "a\nb\nc\n", "a\nb\nc\n"},
		{"line 2", "follow -n +2 log | head 2", "a\nb\nc\n", "b\nc\n"},
		{"line 3", "follow -n +3 log | head 1", "a\nb\nc\n", "c\n"},
		{"the last of many", "follow -n 150000 log | head 2", long, "50001\n50002\n"},
		{"a line far behind", "follow -n +150000 log | head 2", long, "150000\n150001\n"},
		{"many", "follow -n +1 log | head 200000", long, long},
		{"long lines", "follow -n 2 log | head 2 | map 'len(it)'", strings.Repeat("x", 1_000_000) + "\n" + strings.Repeat("y", 600_000) + "\nz\n", "600000\n1\n"},
		{"behind a long line", "follow -n +2 log | head 1", strings.Repeat("x", 1_000_000) + "\ny\n", "y\n"},
		{"a zero", "follow -n +1 log | head 2", "\x00a\n\x00\n", "\x00a\n\x00\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			stagetest.LeavesNothing(t)
			stagetest.InDir(t, map[string]string{"log": c.file})
			got, err := stagetest.Run(t, c.text, "")
			if err != nil || got != c.want {
				t.Errorf("got %q, %v, want %q", stagetest.Clip(got), err, stagetest.Clip(c.want))
			}
		})
	}
}

// TestFollowTooFar begins behind the last line, which then comes.
func TestFollowTooFar(t *testing.T) {
	stagetest.LeavesNothing(t)
	stagetest.InDir(t, map[string]string{"ready": "1\n2\n3\n4\n5\n", "log": "a\nb"})
	l := stagetest.Start(t, "follow -n +5 log ready")
	l.Want("5")
	stagetest.Add(t, "log", "c\nd\n")
	l.Want("bc", "d")
	l.Stop(1)
}

func TestFollowErrors(t *testing.T) {
	stagetest.InDir(t, map[string]string{"log": "1\n2\nx\n", "ready": "0\n"})
	stagetest.Must(t, os.Mkdir("dir", 0o777))
	for _, c := range []struct{ name, text, want string }{
		{"a directory", "follow dir", "1: follow: dir: is a directory, and cannot be followed"},
		{"a device", "follow " + os.DevNull, "1: follow: " + os.DevNull + ": is a device, and cannot be followed"},
		{"data", "follow -n +1 log | map 'it + 1'", `20: map: log:3: "x" is not a number (it)`},
		{"data behind lines that were passed over", "follow -n +2 log | map 'it + 1'", `20: map: log:3: "x" is not a number (it)`},
		{"data at the end", "follow -n 1 log | map 'it + 1'", `19: map: log:3: "x" is not a number (it)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			stagetest.LeavesNothing(t)
			if _, err := stagetest.Run(t, c.text, ""); err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	t.Run("later", func(t *testing.T) {
		stagetest.LeavesNothing(t)
		l := stagetest.Start(t, "follow -n +1 ready late")
		l.Want("mtpipe: follow: late: no such file or directory; waiting for it", "0")
		stagetest.Must(t, os.Mkdir("late", 0o777))
		want := "1: follow: late: is a directory, and cannot be followed"
		if err := l.End(); err == nil || err.Error() != want {
			t.Errorf("got %v, want %q", err, want)
		}
	})
	t.Run("not to be read", func(t *testing.T) {
		if os.Geteuid() == 0 {
			t.Skip("root may read everything")
		}
		stagetest.LeavesNothing(t)
		stagetest.Must(t, os.Chmod("log", 0))
		want := "1: follow: log: permission denied"
		if _, err := stagetest.Run(t, "follow log", ""); err == nil || err.Error() != want {
			t.Errorf("got %v, want %q", err, want)
		}
	})
}

// TestFollowIdle ends while nothing happens, because its reader has enough.
func TestFollowIdle(t *testing.T) {
	stagetest.LeavesNothing(t)
	stagetest.InDir(t, map[string]string{"log": "a\n"})
	for _, text := range []string{
		"interleave { follow none | count } { follow -n +1 log } | head 1",
		"zip { range 0 } { follow none } | count",
	} {
		if _, err := stagetest.Run(t, text, ""); err != nil {
			t.Errorf("%s: got %v, want nil", text, err)
		}
	}
}
