package reactor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// watching returns a reactor of a system and a watch of it.
func watching(t *testing.T, s *System) (*Reactor, *FileWatch) {
	t.Helper()
	r := newReactorOf(t, s)
	w, err := r.WatchFiles()
	if err != nil {
		t.Fatal(err)
	}
	return r, w
}

// added adds a path to a watch.
func added(t *testing.T, w *FileWatch, path string, ops FileOps) int {
	t.Helper()
	id, err := w.Add(path, ops)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// appendTo writes text behind what the file holds.
func appendTo(name, text string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// taken returns what a watch has to tell.
func taken(t *testing.T, w *FileWatch) string {
	t.Helper()
	events, err := w.Take()
	if err != nil {
		t.Fatal(err)
	}
	return eventText(events)
}

const allOps = FileCreated | FileDeleted | FileMovedFrom | FileMovedTo | FileModified | FileClosed | FileAttrib | FileMoved

func TestH11_FileEvents(t *testing.T) {
	for _, c := range []struct {
		name string
		ops  FileOps
		do   func(dir string) error
		want string
	}{
		{"made", allOps, func(dir string) error { return appendTo(dir+"/new", "") }, "1 created new; 1 closed new"},
		{"written", allOps, func(dir string) error { return appendTo(dir+"/old", "x") }, "1 modified, closed old"},
		{"cut off", FileModified, func(dir string) error { return os.Truncate(dir+"/old", 0) }, "1 modified old"},
		{"deleted", allOps, func(dir string) error { return os.Remove(dir + "/old") }, "1 deleted old"},
		{"renamed", allOps, func(dir string) error { return os.Rename(dir+"/old", dir+"/new") }, "1 moved from old; 1 moved to new"},
		{"moved away", allOps, func(dir string) error { return os.Rename(dir+"/old", dir+".out") }, "1 moved from old"},
		{"attributes", allOps, func(dir string) error { return os.Chmod(dir+"/old", 0o600) }, "1 attributes old"},
		{"a directory", allOps, func(dir string) error { return os.Mkdir(dir+"/new", 0o777) }, "1 created new/"},
		{"not asked for", FileDeleted, func(dir string) error { return appendTo(dir+"/new", "x") }, ""},
		{"the directory itself", allOps, func(dir string) error { return errors.Join(os.Remove(dir+"/old"), os.Remove(dir)) },
			"1 deleted old; 1 gone"},
		{"the directory moved", allOps, func(dir string) error { return os.Rename(dir, dir+".out") }, "1 moved"},
	} {
		t.Run(c.name, func(t *testing.T) {
			leaves(t)
			dir := filepath.Join(t.TempDir(), "dir")
			must(t, os.Mkdir(dir, 0o777), appendTo(dir+"/old", "text\n"))
			r, w := watching(t, NewDefaultSystem())
			added(t, w, dir, c.ops)
			must(t, c.do(dir))
			if w.Polled() {
				t.Error("got true from Polled, want false")
			}
			if c.want == "" {
				if got := taken(t, w); got != "" {
					t.Errorf("got %q, want nothing", got)
				}
				return
			}
			var tr trace
			awaiting(r.Notifier(FileEvents), r, &tr, "A", w, 0)
			mustRun(t, r)
			tr.check(t, "A ended: "+c.want)
		})
	}
}

// TestG10_FileEventsInTheOneWait has events come while the reactor sleeps: with a timed wait
// of an hour, waiting for each notifier in turn would never end.
func TestG10_FileEventsInTheOneWait(t *testing.T) {
	leaves(t)
	s := NewDefaultSystem()
	_ = s.SetTimedWait(time.Hour)
	r, w := watching(t, s)
	dir := t.TempDir()
	added(t, w, dir, FileCreated)
	read, write := pipe(t)
	var tr trace
	for _, wake := range []func(){
		func() { must(t, appendTo(dir+"/a", "")) },
		func() { send(t, write) },
		func() { must(t, appendTo(dir+"/b", "")) },
	} {
		take(read)
		both := []*Deferred{ready(r, &tr, "reader", read, false, 0), awaiting(r.Notifier(FileEvents), r, &tr, "A", w, 0)}
		for i, d := range both {
			d.OnFinish(func(Outcome) { both[1-i].Override(Done("ended")) })
		}
		whenAsleep(t, r, wake)
		mustRun(t, r)
	}
	tr.check(t, "A ended: 1 created a", "reader ended: ended", "reader ended: <nil>", "A ended: ended",
		"A ended: 1 created b", "reader ended: ended")
}

// TestH11_FileEventsAlone has no notifier that could wait for the descriptor too.
func TestH11_FileEventsAlone(t *testing.T) {
	leaves(t)
	r, w := watching(t, NewSystem(FileEvents))
	dir := t.TempDir()
	added(t, w, dir, FileCreated)
	var tr trace
	awaiting(r.Notifier(FileEvents), r, &tr, "A", w, 0)
	whenAsleep(t, r, func() { must(t, appendTo(dir+"/a", "")) })
	mustRun(t, r)
	tr.check(t, "A ended: 1 created a")
}

func TestH11_FileWaitsEnd(t *testing.T) {
	leaves(t)
	r, w := watching(t, NewDefaultSystem())
	dir := t.TempDir()
	added(t, w, dir, FileCreated)
	var tr trace
	n := r.Notifier(FileEvents)
	awaiting(n, r, &tr, "limited", w, time.Nanosecond)
	mustRun(t, r)
	awaiting(n, r, &tr, "closed", w, 0)
	awaiting(n, r, &tr, "second", w, 0)
	awaiting(n, r, &tr, "no watch", "file", 0)
	other, v := watching(t, NewDefaultSystem())
	awaiting(n, r, &tr, "another's", v, 0)
	mustRun(t, other)
	w.Close()
	w.Close()
	awaiting(n, r, &tr, "too late", w, 0)
	mustRun(t, r)
	tr.check(t, "limited ended: error timed out",
		"second ended: error two threads cannot wait for one watch",
		"no watch ended: error the notifier for file events takes a *FileWatch, not a string",
		"another's ended: error the deferred belongs to another reactor",
		"too late ended: error the watch is closed",
		"closed ended: error the watch is closed")
	if _, err := w.Add(dir, FileCreated); err != ErrWatchClosed {
		t.Errorf("got %v from Add, want %v", err, ErrWatchClosed)
	}
	if _, err := w.Take(); err != ErrWatchClosed {
		t.Errorf("got %v from Take, want %v", err, ErrWatchClosed)
	}
}

// TestH11_FileNotifierRemoved removes the notifier from the system while somebody waits.
func TestH11_FileNotifierRemoved(t *testing.T) {
	leaves(t)
	s := NewDefaultSystem()
	r, w := watching(t, s)
	added(t, w, t.TempDir(), FileCreated)
	var tr trace
	awaiting(r.Notifier(FileEvents), r, &tr, "A", w, 0)
	must(t, s.RemoveNotifier(FileEvents))
	mustRun(t, r)
	tr.check(t, "A ended: error the notifier file events was removed")
	w.Close()
	if _, err := r.WatchFiles(); !errors.Is(err, ErrNoNotifier) {
		t.Errorf("got %v, want %v", err, ErrNoNotifier)
	}
}

// TestH11_OneFileTwice has two watches of one file, and one that has it twice: each is told what
// it asked for.
// TestH2_FileEventsThatAreThere begins to wait when the kernel has something to tell: that
// ends the wait before the next poll, and so does what it has to tell another who waits.
func TestH2_FileEventsThatAreThere(t *testing.T) {
	leaves(t)
	r, v := watching(t, NewDefaultSystem())
	w, err := r.WatchFiles()
	must(t, err)
	dir := t.TempDir()
	added(t, v, dir, FileCreated)
	added(t, w, dir, FileCreated)
	var tr trace
	n := r.Notifier(FileEvents)
	first := awaiting(n, r, &tr, "first", v, 0)
	wantWaiting(t, "before anything has happened", first, true)
	must(t, os.WriteFile(dir+"/file", nil, 0o666))
	second := awaiting(n, r, &tr, "second", w, 0)
	wantWaiting(t, "the one that waited", first, false)
	wantWaiting(t, "the one that begins to wait", second, false)
	mustRun(t, r)
	tr.check(t, "first ended: 1 created file", "second ended: 1 created file")
}

func TestH11_OneFileTwice(t *testing.T) {
	leaves(t)
	r, v := watching(t, NewDefaultSystem())
	w, err := r.WatchFiles()
	must(t, err)
	dir := t.TempDir()
	file := dir + "/file"
	must(t, appendTo(file, ""))
	added(t, v, file, FileModified)
	must(t, appendTo(file, "before the second"))
	a := added(t, w, file, FileModified|FileClosed)
	added(t, w, file, FileAttrib)
	must(t, appendTo(file, "text"), os.Chmod(file, 0o600))
	for i, c := range []struct {
		w    *FileWatch
		want string
	}{{v, "1 modified"}, {w, "1 modified, closed; 2 attributes"}} {
		if got := taken(t, c.w); got != c.want {
			t.Errorf("watch %d: got %q, want %q", i, got, c.want)
		}
	}
	v.Close()
	w.Remove(a)
	must(t, appendTo(file, "text"), os.Chmod(file, 0o666))
	if got, want := taken(t, w), "2 attributes"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	must(t, os.Remove(file))
	if got, want := taken(t, w), "2 attributes; 2 gone"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if n := kernelMarks(t, r); n != 0 {
		t.Errorf("got %d marks, want none", n)
	}
}

// kernelMarks returns how many files the kernel watches for a reactor.
func kernelMarks(t *testing.T, r *Reactor) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/self/fdinfo/%d", r.Notifier(FileEvents).(*inotify).fd))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(b), "inotify wd:")
}

func TestH11_ClosedWatchLeavesNothing(t *testing.T) {
	leaves(t)
	r, w := watching(t, NewDefaultSystem())
	for range 10 {
		added(t, w, t.TempDir(), FileCreated)
	}
	w.Remove(3)
	if n := kernelMarks(t, r); n != 9 {
		t.Errorf("got %d marks, want 9", n)
	}
	w.Close()
	if n := kernelMarks(t, r); n != 0 {
		t.Errorf("got %d marks behind Close, want none", n)
	}
	if n := len(r.Notifier(FileEvents).(*inotify).marks); n != 0 {
		t.Errorf("got %d marks remembered, want none", n)
	}
}

// TestH11_OpenFile watches a file that has lost its name.
func TestH11_OpenFile(t *testing.T) {
	leaves(t)
	_, w := watching(t, NewDefaultSystem())
	name := filepath.Join(t.TempDir(), "file")
	f, err := os.Create(name)
	must(t, err, os.Rename(name, name+".1"), appendTo(name, "another\n"))
	defer f.Close()
	_, err = w.AddOpen(f, FileModified)
	must(t, err, appendTo(name, "more\n"))
	if got := taken(t, w); got != "" {
		t.Errorf("got %q of another file, want nothing", got)
	}
	must(t, appendTo(name+".1", "more\n"))
	if got, want := taken(t, w), "1 modified"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	f.Close()
	if _, err := w.AddOpen(f, FileModified); err == nil {
		t.Error("got no error for a closed file, want one")
	}
}

func TestH11_FilesMustBeThere(t *testing.T) {
	leaves(t)
	_, w := watching(t, NewDefaultSystem())
	dir := t.TempDir()
	must(t, appendTo(dir+"/file", ""), os.Symlink(dir, dir+"/link"))
	for _, c := range []struct {
		path string
		ops  FileOps
		want string
	}{
		{dir + "/none", FileCreated, "no such file or directory"},
		{dir + "/file", FileCreated | FileDirOnly, "not a directory"},
		{dir + "/link", FileCreated | FileDirOnly, "not a directory"},
		{dir + "/link", FileCreated, ""},
	} {
		_, err := w.Add(c.path, c.ops)
		var p *os.PathError
		if c.want == "" && err == nil {
			continue
		}
		if !errors.As(err, &p) || p.Path != c.path || p.Err.Error() != c.want {
			t.Errorf("%s: got %v, want %q", c.path, err, c.want)
		}
	}
}

// TestH11_KernelLosesEvents makes more events than the kernel holds: those of two files by turns,
// which it does not join.
func TestH11_KernelLosesEvents(t *testing.T) {
	leaves(t)
	_, w := watching(t, NewDefaultSystem())
	dir := t.TempDir()
	var files [2]*os.File
	for i := range files {
		f, err := os.Create(fmt.Sprint(dir, "/", i))
		must(t, err)
		defer f.Close()
		added(t, w, f.Name(), FileModified)
		files[i] = f
	}
	for i := range 40_000 {
		_, err := files[i%2].WriteString("x")
		must(t, err)
	}
	if got, want := taken(t, w), "1 modified; 2 modified; 0 lost"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	must(t, appendTo(files[1].Name(), "x"))
	if got, want := taken(t, w), "2 modified"; got != want {
		t.Errorf("got %q behind the loss, want %q", got, want)
	}
}

// TestG13_FloodOfFileEvents has another thread get its turn though events never end.
func TestG13_FloodOfFileEvents(t *testing.T) {
	leaves(t)
	r, w := watching(t, NewDefaultSystem())
	dir := t.TempDir()
	added(t, w, dir, FileCreated|FileDeleted)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				_, _ = os.Mkdir(dir+"/a", 0o777), os.Remove(dir+"/a")
			}
		}
	}()
	sleeping(r, "another", 50*time.Millisecond, nil)
	mustRun(t, r)
	close(stop)
	<-stopped
}

// TestH11_NoInstanceWithoutWatches runs in virtual time, which the kernel's descriptors do not
// know.
func TestH11_NoInstanceWithoutWatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReactorOf(t, NewDefaultSystem())
		sleeping(r, "A", time.Hour, nil)
		mustRun(t, r)
		if fd := r.Notifier(FileEvents).(*inotify).fd; fd >= 0 {
			t.Errorf("got descriptor %d, want none", fd)
		}
	})
}
