package timing_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"mtpipe/stages/stagetest"
)

// rotator writes numbered lines to a log that it renames again and again. It never waits.
type rotator struct {
	t    *testing.T
	n    int // lines that were written
	rand *rand.Rand
}

// Lines returns n more lines.
func (r *rotator) lines(n int) string {
	var b strings.Builder
	for range n {
		r.n++
		fmt.Fprintf(&b, "%d %s\n", r.n, strings.Repeat("x", r.rand.IntN(100)))
	}
	return b.String()
}

// write writes text in pieces that are no lines.
func (r *rotator) write(f *os.File, text string) {
	for len(text) > 0 {
		n := min(len(text), 1+r.rand.IntN(500))
		_, err := f.WriteString(text[:n])
		stagetest.Must(r.t, err)
		text = text[n:]
	}
}

func (r *rotator) create() *os.File {
	f, err := os.OpenFile("log", os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o666)
	stagetest.Must(r.t, err)
	return f
}

const rotations = 100

// closing closes the log before it renames it.
func (r *rotator) closing(names func(i int) func()) {
	for i := range rotations {
		f := r.create()
		r.write(f, r.lines(r.rand.IntN(100)))
		stagetest.Must(r.t, f.Close())
		names(i)()
	}
}

// lingering goes on writing to the file that was renamed, also beside the new one.
func (r *rotator) lingering(names func(i int) func()) {
	var old *os.File
	for i := range rotations {
		f := r.create()
		if old != nil {
			r.write(old, r.lines(r.rand.IntN(10)))
			r.write(f, r.lines(r.rand.IntN(50)))
			r.write(old, r.lines(r.rand.IntN(10)))
			stagetest.Must(r.t, old.Close())
		}
		r.write(f, r.lines(r.rand.IntN(50)))
		names(i)()
		r.write(f, r.lines(r.rand.IntN(50)))
		old = f
	}
	r.write(old, r.lines(10))
	stagetest.Must(r.t, old.Close())
}

// TestFollowRotations wants each line once, and those of each file in order, over 100 rotations
// under a writer that never waits.
func TestFollowRotations(t *testing.T) {
	numbered := func(i int) func() {
		return func() { stagetest.Must(t, os.Rename("log", fmt.Sprint("log.", i))) }
	}
	shifting := func(i int) func() {
		return func() {
			for k := i; k > 0; k-- {
				stagetest.Must(t, os.Rename(fmt.Sprint("log.", k), fmt.Sprint("log.", k+1)))
			}
			stagetest.Must(t, os.Rename("log", "log.1"))
		}
	}
	for _, c := range []struct {
		name  string
		log   string
		kind  func(r *rotator, names func(i int) func())
		names func(i int) func()
	}{
		{"closing", "log", (*rotator).closing, numbered},
		{"closing, shifted names", "log", (*rotator).closing, shifting},
		{"lingering", "log", (*rotator).lingering, numbered},
		{"lingering, shifted names", "log", (*rotator).lingering, shifting},
		{"closing, behind a link", "links/log", (*rotator).closing, shifting},
		{"lingering, behind a link", "links/log", (*rotator).lingering, numbered},
	} {
		t.Run(c.name, func(t *testing.T) {
			stagetest.LeavesNothing(t)
			stagetest.InDir(t, map[string]string{"ready": "ready\n"})
			seed := rand.Uint64()
			r := &rotator{t: t, rand: rand.New(rand.NewPCG(seed, 0))}
			stagetest.Must(t, os.Mkdir("links", 0o777), os.Symlink("../log", "links/log"), os.WriteFile("log", []byte("first\n"), 0o666))
			l := stagetest.Start(t, "follow -n +1 ready "+c.log)
			l.Want("ready", "first")
			stagetest.Must(t, os.Remove("log"))
			c.kind(r, c.names)
			stagetest.Add(t, "log", "end\n")
			seen := make(map[string]bool)
			end := false
			for len(seen) < r.n || !end {
				number, _, _ := strings.Cut(l.Next(), " ")
				switch {
				case number == "end":
					end = true
				case seen[number]:
					t.Fatalf("seed %d: got line %s twice", seed, number)
				default:
					seen[number] = true
				}
				if end && len(l.Lines) == 0 && len(seen) < r.n {
					select {
					case line := <-l.Lines:
						number, _, _ := strings.Cut(line, " ")
						seen[number] = true
					case <-time.After(3 * time.Second):
						t.Fatalf("seed %d: got %d lines, want %d", seed, len(seen), r.n)
					}
				}
			}
			l.Stop(1)
		})
	}
}

// TestFollowReadableLater has a log whose successors get their permissions late. What lasts is told
// once for each.
func TestFollowReadableLater(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	stagetest.LeavesNothing(t)
	stagetest.InDir(t, map[string]string{"log": "a\n"})
	l := stagetest.Start(t, "follow -n +1 log")
	l.Want("a")
	for _, text := range []string{"b", "c"} {
		stagetest.Must(t, os.WriteFile("new", []byte(text+"\n"), 0o666), os.Chmod("new", 0), os.Rename("new", "log"))
		l.Want("mtpipe: follow: log: permission denied; waiting for it")
		stagetest.Must(t, os.Chmod("log", 0o666))
		l.Want(text)
	}
	l.Stop(1)
}

// TestFollowUnreadableRotated has logs that may not be read, and are renamed at once. They are no
// errors.
func TestFollowUnreadableRotated(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	stagetest.LeavesNothing(t)
	stagetest.InDir(t, map[string]string{"log": "a\n"})
	l := stagetest.Start(t, "follow -n +1 log")
	l.Want("a")
	for i := range 50 {
		stagetest.Must(t, os.WriteFile("new", nil, 0), os.Rename("new", "log"), os.Rename("log", fmt.Sprint("log.", i)))
	}
	stagetest.Add(t, "log", "b\n")
	line := l.Next()
	for ; strings.HasPrefix(line, "mtpipe: follow: log"); line = l.Next() {
		if !strings.Contains(line, ": permission denied; ") {
			t.Errorf("got %s, want what may not be read", line)
		}
	}
	if line != "b" {
		t.Errorf("got %s, want b", line)
	}
	l.Stop(1)
}
