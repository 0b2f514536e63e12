package reactor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// awaiting starts a thread that waits for file events.
func awaiting(n Notifier, r *Reactor, tr *trace, name string, reason any, maxWait time.Duration) *Deferred {
	return r.Start(name, func(d *Deferred) Outcome {
		o := Defer(n, d, reason, maxWait)
		o.AddCallback(name, "", nil)
		return o
	}, func(o Outcome) {
		if events, ok := o.Value().([]FileEvent); ok {
			o = Done(eventText(events))
		}
		tr.finish(name)(o)
	})
}

// eventText shows events in a trace.
func eventText(events []FileEvent) string {
	text := ""
	for i, e := range events {
		if i > 0 {
			text += "; "
		}
		text += fmt.Sprint(e.ID, " ", e.Ops)
		if e.Name != "" {
			text += " " + e.Name
		}
		if e.Dir {
			text += "/"
		}
	}
	return text
}

// polled returns the notifier that polls, in a reactor, and a watch of it.
func polled(t *testing.T) (*Reactor, Notifier, *FileWatch) {
	class := &NotifierClass{Name: "polled", Priority: 1, New: newPolledFiles}
	r := newReactor(t, class)
	n := r.Notifier(class)
	w, err := newFileWatch(n.(fileNotifier))
	if err != nil {
		t.Fatal(err)
	}
	return r, n, w
}

func TestH11_PolledFileEvents(t *testing.T) {
	for _, c := range []struct {
		name    string
		maxWait time.Duration
		after   time.Duration
		want    string
	}{
		{"without a limit", 0, filePolling, "A ended: 0 maybe"},
		{"a long limit", time.Hour, filePolling, "A ended: 0 maybe"},
		{"a short limit", time.Millisecond, time.Millisecond, "A ended: error timed out"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, n, w := polled(t)
				if !w.Polled() {
					t.Error("got false from Polled, want true")
				}
				began := time.Now()
				for range 2 {
					var tr trace
					awaiting(n, r, &tr, "A", w, c.maxWait)
					mustRun(t, r)
					tr.check(t, c.want)
				}
				if got := time.Since(began); got != 2*c.after {
					t.Errorf("got events after %v, want %v", got, 2*c.after)
				}
			})
		})
	}
}

func TestH11_PolledFileEventsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, n, w := polled(t)
		var tr trace
		awaiting(n, r, &tr, "closed", w, 0)
		sleeping(r, "closer", time.Millisecond, w.Close)
		mustRun(t, r)
		awaiting(n, r, &tr, "too late", w, 0)
		awaiting(n, r, &tr, "no watch", "file", 0)
		mustRun(t, r)
		tr.check(t, "closed ended: error the watch is closed", "too late ended: error the watch is closed",
			"no watch ended: error the notifier for file events takes a *FileWatch, not a string")
	})
}

func TestH11_PolledFilesMustBeThere(t *testing.T) {
	_, _, w := polled(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path string
		ops  FileOps
		ok   bool
	}{
		{dir, FileCreated, true},
		{dir, FileCreated | FileDirOnly, true},
		{file, FileModified, true},
		{file, FileCreated | FileDirOnly, false},
		{filepath.Join(dir, "none"), FileCreated, false},
	} {
		_, err := w.Add(c.path, c.ops)
		var p *os.PathError
		if (err == nil) != c.ok || err != nil && (!errors.As(err, &p) || p.Path != c.path) {
			t.Errorf("%s, %v: got %v, want an error of the path: %t", c.path, c.ops, err, !c.ok)
		}
	}
}

// TestH11_FileQueue pushes events without a system that makes them.
func TestH11_FileQueue(t *testing.T) {
	for _, c := range []struct {
		name string
		push []FileEvent
		want string
	}{
		{"repeated", []FileEvent{{ID: 1, Ops: FileModified}, {ID: 1, Ops: FileModified}}, "1 modified"},
		{"several files", []FileEvent{{ID: 1, Ops: FileModified}, {ID: 2, Ops: FileModified}, {ID: 1, Ops: FileModified}}, "1 modified; 2 modified"},
		{"several names", []FileEvent{{ID: 1, Name: "a", Ops: FileModified}, {ID: 1, Name: "b", Ops: FileModified}}, "1 modified a; 1 modified b"},
		{"closed behind it", []FileEvent{{ID: 1, Ops: FileModified}, {ID: 1, Ops: FileClosed}}, "1 modified, closed"},
		{"written again", []FileEvent{{ID: 1, Ops: FileClosed}, {ID: 1, Ops: FileModified}}, "1 modified"},
		{"attributes", []FileEvent{{ID: 1, Ops: FileAttrib}, {ID: 1, Ops: FileModified}}, "1 modified, attributes"},
		{"made anew", []FileEvent{{ID: 1, Name: "a", Ops: FileModified}, {ID: 1, Name: "a", Ops: FileDeleted}, {ID: 1, Name: "a", Ops: FileCreated}, {ID: 1, Name: "a", Ops: FileModified}},
			"1 modified a; 1 deleted a; 1 created a; 1 modified a"},
		{"removed", []FileEvent{{ID: 3, Ops: FileModified}}, ""},
		{"gone", []FileEvent{{ID: 1, Ops: FileGone}, {ID: 1, Ops: FileModified}}, "1 gone"},
		{"lost twice", []FileEvent{{Ops: FileLost}, {Ops: FileLost}, {ID: 1, Name: "a", Ops: FileCreated}}, "0 lost"},
	} {
		_, _, w := polled(t)
		w.targets = map[int]int32{1: 1, 2: 1}
		for _, e := range c.push {
			w.push(e)
		}
		if got := eventText(w.take()); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestH11_FileQueueIsBounded(t *testing.T) {
	_, _, w := polled(t)
	w.targets = map[int]int32{1: 1}
	for range 2 {
		for i := range 2 * fileQueue {
			w.push(FileEvent{ID: 1, Name: fmt.Sprint(i), Ops: FileCreated})
		}
		events := w.take()
		if n := len(events); n != fileQueue || events[0].Name != "0" || events[n-2].Name != fmt.Sprint(n-2) || events[n-1].Ops != FileLost {
			t.Errorf("got %d events, the last %v, want %d, and that some were lost", n, events[n-1], fileQueue)
		}
	}
}

func TestH11_RemovedFromTheQueue(t *testing.T) {
	_, _, w := polled(t)
	a, _ := w.Add(os.TempDir(), FileCreated)
	b, _ := w.Add(os.TempDir(), FileCreated)
	for _, id := range []int{a, b, a, b} {
		w.push(FileEvent{ID: id, Name: "x", Ops: FileModified})
	}
	w.Remove(a)
	w.Remove(a)
	w.push(FileEvent{ID: a, Name: "x", Ops: FileModified})
	w.push(FileEvent{ID: b, Name: "x", Ops: FileDeleted})
	if got, want := eventText(w.take()), "2 modified x; 2 deleted x"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
