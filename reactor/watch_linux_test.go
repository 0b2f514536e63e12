package reactor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// watch makes fd known to r.
func watch(t *testing.T, r *Reactor, fd int) *Descriptor {
	t.Helper()
	ds, err := r.Watch(fd)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

// waits starts a thread that waits for one side of a watched descriptor.
func waits(r *Reactor, tr *trace, name string, ds *Descriptor, write bool, maxWait time.Duration) *Deferred {
	return r.Start(name, func(d *Deferred) Outcome {
		o := ds.Defer(d, write, maxWait)
		o.AddCallback(name, "", nil)
		return o
	}, tr.finish(name))
}

// look polls the descriptors of r once, for whoever waits, and runs what is ready.
func look(t *testing.T, r *Reactor) {
	t.Helper()
	if _, err := r.Notifier(Descriptors).(*epoll).TimedWait(time.Nanosecond); err != nil {
		t.Fatal(err)
	}
	r.runReady()
}

// fill writes until the other side would have to read.
func fill(fd int) (n int) {
	block := make([]byte, 4096)
	for {
		m, err := unix.Write(fd, block)
		if err != nil {
			return n
		}
		n += m
	}
}

// empty reads all that has come.
func empty(fd int) {
	for n := take(fd); n > 0; n = take(fd) {
		continue
	}
}

// wantWaiting wants d to wait, or not.
func wantWaiting(t *testing.T, what string, d *Deferred, want bool) {
	t.Helper()
	if got := d.Waiting(); got != want {
		t.Errorf("%s: got waiting %t, want %t", what, got, want)
	}
}

func TestH3_Watch(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(t *testing.T, r *Reactor, tr *trace)
		want []string
	}{
		{"H3 an event while somebody waits", func(t *testing.T, r *Reactor, tr *trace) {
			a, b := pair(t)
			waits(r, tr, "A", watch(t, r, a), false, 0)
			whenAsleep(t, r, func() { send(t, b) })
		}, []string{"A ended: <nil>"}},
		{"H3 an event before anybody waits", func(t *testing.T, r *Reactor, tr *trace) {
			a, b := pair(t)
			ds := watch(t, r, a)
			send(t, b)
			look(t, r)
			waits(r, tr, "A", ds, false, 0)
		}, []string{"A ended: <nil>"}},
		{"H3 an event between two waits", func(t *testing.T, r *Reactor, tr *trace) {
			a, b := pair(t)
			ds := watch(t, r, a)
			waits(r, tr, "A", ds, false, 0)
			send(t, b)
			look(t, r)
			take(a)
			send(t, b)
			look(t, r) // nobody waits
			waits(r, tr, "B", ds, false, 0)
		}, []string{"A ended: <nil>", "B ended: <nil>"}},
		{"H3 no event is used twice", func(t *testing.T, r *Reactor, tr *trace) {
			a, b := pair(t)
			ds := watch(t, r, a)
			send(t, b)
			look(t, r)
			waits(r, tr, "A", ds, false, 0)
			look(t, r)
			take(a)
			d := waits(r, tr, "B", ds, false, 0)
			look(t, r)
			wantWaiting(t, "behind the only event", d, true)
			send(t, b)
		}, []string{"A ended: <nil>", "B ended: <nil>"}},
		{"H3 a free side is ready to be written to", func(t *testing.T, r *Reactor, tr *trace) {
			a, _ := pair(t)
			waits(r, tr, "A", watch(t, r, a), true, 0)
		}, []string{"A ended: <nil>"}},
		{"H3 a full one is not, until the other side reads", func(t *testing.T, r *Reactor, tr *trace) {
			a, b := pair(t)
			ds := watch(t, r, a)
			look(t, r) // it is free
			fill(a)
			waits(r, tr, "A", ds, true, 0) // too soon: the event from before
			look(t, r)
			d := waits(r, tr, "B", ds, true, 0)
			look(t, r)
			wantWaiting(t, "with a full queue", d, true)
			empty(b)
		}, []string{"A ended: <nil>", "B ended: <nil>"}},
		{"H3 both sides at once", func(t *testing.T, r *Reactor, tr *trace) {
			a, b := pair(t)
			ds := watch(t, r, a)
			look(t, r)
			fill(a)
			waits(r, tr, "too soon", ds, true, 0)
			look(t, r)
			reader, writer := waits(r, tr, "reader", ds, false, 0), waits(r, tr, "writer", ds, true, 0)
			look(t, r)
			wantWaiting(t, "reader", reader, true)
			wantWaiting(t, "writer", writer, true)
			send(t, b)
			look(t, r)
			wantWaiting(t, "reader with something to read", reader, false)
			wantWaiting(t, "writer with a full queue", writer, true)
			empty(b)
		}, []string{"too soon ended: <nil>", "reader ended: <nil>", "writer ended: <nil>"}},
		{"H3 an end together with data", func(t *testing.T, r *Reactor, tr *trace) {
			a, b := pair(t)
			ds := watch(t, r, a)
			send(t, b)
			_ = unix.Shutdown(b, unix.SHUT_WR)
			waits(r, tr, "A", ds, false, 0)
			look(t, r)
			if n := take(a); n != 1 || !ds.Gone() {
				t.Errorf("got %d bytes, gone %t, want 1, true", n, ds.Gone())
			}
			for _, name := range []string{"B", "C"} { // the end does not go away
				waits(r, tr, name, ds, false, 0)
				look(t, r)
			}
		}, []string{"A ended: <nil>", "B ended: <nil>", "C ended: <nil>"}},
		{"H3 an end behind data", func(t *testing.T, r *Reactor, tr *trace) {
			a, b := pair(t)
			ds := watch(t, r, a)
			send(t, b)
			waits(r, tr, "A", ds, false, 0)
			look(t, r)
			take(a)
			_ = unix.Shutdown(b, unix.SHUT_WR)
			waits(r, tr, "B", ds, false, 0)
			look(t, r)
			if !ds.Gone() {
				t.Error("got not gone, want gone")
			}
		}, []string{"A ended: <nil>", "B ended: <nil>"}},
		{"H3 whoever writes to one that has ended waits all the same", func(t *testing.T, r *Reactor, tr *trace) {
			a, b := pair(t)
			ds := watch(t, r, a)
			_ = unix.Shutdown(b, unix.SHUT_WR)
			look(t, r)
			fill(a)
			waits(r, tr, "too soon", ds, true, 0)
			look(t, r)
			d := waits(r, tr, "A", ds, true, 0)
			look(t, r)
			wantWaiting(t, "with a full queue", d, true)
			empty(b)
		}, []string{"too soon ended: <nil>", "A ended: <nil>"}},
		{"H3 the other side closes", func(t *testing.T, r *Reactor, tr *trace) {
			a, b := pair(t)
			ds := watch(t, r, a)
			look(t, r)
			fill(a)
			waits(r, tr, "too soon", ds, true, 0)
			look(t, r)
			waits(r, tr, "reader", ds, false, 0)
			waits(r, tr, "writer", ds, true, 0)
			_ = unix.Shutdown(b, unix.SHUT_RDWR)
		}, []string{"too soon ended: <nil>", "reader ended: <nil>", "writer ended: <nil>"}},
		{"H10 an event and a time-out in one turn", func(t *testing.T, r *Reactor, tr *trace) {
			a, b := pair(t)
			ds := watch(t, r, a)
			d := waits(r, tr, "A", ds, false, time.Nanosecond)
			time.Sleep(time.Millisecond) // the time is up
			send(t, b)
			wantWaiting(t, "before the turn", d, true)
		}, []string{"A ended: <nil>"}},
		{"H7 a time-out, and an event behind it", func(t *testing.T, r *Reactor, tr *trace) {
			a, b := pair(t)
			ds := watch(t, r, a)
			waits(r, tr, "A", ds, false, time.Nanosecond)
			mustRun(t, r)
			send(t, b)
			look(t, r)
			waits(r, tr, "B", ds, false, time.Hour)
		}, []string{"A ended: error timed out", "B ended: <nil>"}},
		{"H7 the limit of a wait becomes shorter", func(t *testing.T, r *Reactor, tr *trace) {
			a, _ := pair(t)
			ds := watch(t, r, a)
			waits(r, tr, "A", ds, false, time.Hour)
			ds.SetLimit(false, time.Nanosecond)
			ds.SetLimit(true, time.Nanosecond) // nobody waits there
		}, []string{"A ended: error timed out"}},
		{"H7 the limit of a wait becomes longer", func(t *testing.T, r *Reactor, tr *trace) {
			a, b := pair(t)
			ds := watch(t, r, a)
			waits(r, tr, "A", ds, false, time.Nanosecond)
			ds.SetLimit(false, time.Hour)
			sleeping(r, "B", time.Millisecond, func() { tr.add("later"); send(t, b) })
		}, []string{"later", "A ended: <nil>"}},
		{"H7 the limit of a wait is taken away", func(t *testing.T, r *Reactor, tr *trace) {
			a, b := pair(t)
			ds := watch(t, r, a)
			waits(r, tr, "A", ds, false, time.Nanosecond)
			ds.SetLimit(false, 0)
			sleeping(r, "B", time.Millisecond, func() { tr.add("later"); send(t, b) })
		}, []string{"later", "A ended: <nil>"}},
		{"H8 forgotten while both sides are waited for", func(t *testing.T, r *Reactor, tr *trace) {
			a, _ := pair(t)
			ds := watch(t, r, a)
			look(t, r)
			fill(a)
			waits(r, tr, "too soon", ds, true, 0)
			look(t, r)
			waits(r, tr, "reader", ds, false, 0)
			waits(r, tr, "writer", ds, true, time.Hour)
			ds.Forget()
			ds.Forget()
			mustRun(t, r)
			for i, s := range *tr {
				(*tr)[i] = strings.Replace(s, fmt.Sprintf("error descriptor %d was closed", a), "closed", 1)
			}
		}, []string{"too soon ended: <nil>", "reader ended: closed", "writer ended: closed"}},
		{"H8 terminated while it waits", func(t *testing.T, r *Reactor, tr *trace) {
			a, b := pair(t)
			ds := watch(t, r, a)
			waits(r, tr, "A", ds, false, 0).Override(Failed(errors.New("no more")))
			mustRun(t, r)
			send(t, b)
			waits(r, tr, "B", ds, false, 0)
		}, []string{"A ended: error no more", "B ended: <nil>"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			leaves(t)
			r := newReactorOf(t, NewDefaultSystem())
			var tr trace
			test.do(t, r, &tr)
			mustRun(t, r)
			tr.check(t, test.want...)
			if e := r.Notifier(Descriptors).(*epoll); e.waiting != 0 || len(r.timers) != 0 {
				t.Errorf("got %d waits and %d timers left, want none", e.waiting, len(r.timers))
			}
		})
	}
}

// TestH10_WatchedNumberReused keeps an old registration alive in the kernel by a second
// descriptor for the same socket; the number is used again for another one.
func TestH10_WatchedNumberReused(t *testing.T) {
	leaves(t)
	r := newReactorOf(t, NewDefaultSystem())
	var tr trace
	old, oldPeer := pair(t)
	fresh, freshPeer := pair(t)
	kept, err := unix.FcntlInt(uintptr(old), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(kept) })
	// The kernel keeps what was registered for the number while kept is open.
	e := r.Notifier(Descriptors).(*epoll)
	ds := watch(t, r, old)
	e.fds[old] = nil // as if it had been closed by somebody else
	if err := unix.Dup3(fresh, old, unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	again := watch(t, r, old)
	if again == ds || again.gen == ds.gen {
		t.Fatal("got the same as before, want another generation")
	}
	look(t, r)
	a := waits(r, &tr, "A", again, false, 0)
	send(t, oldPeer)
	look(t, r)
	wantWaiting(t, "with an event of the old one", a, true)
	send(t, freshPeer)
	mustRun(t, r)
	tr.check(t, "A ended: <nil>")
}

// TestH2_WatchErrors wants what cannot be watched, or waited for, to be refused.
func TestH2_WatchErrors(t *testing.T) {
	leaves(t)
	r := newReactorOf(t, NewDefaultSystem())
	var tr trace
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	a, b := pair(t)
	ds := watch(t, r, a)
	for _, row := range []struct {
		name string
		fd   int
		want error
	}{{"closed", 1 << 20, unix.EBADF}, {"negative", -1, unix.EBADF}, {"a regular file", int(file.Fd()), unix.EPERM}, {"twice", a, unix.EEXIST}} {
		if _, err := r.Watch(row.fd); !errors.Is(err, row.want) {
			t.Errorf("%s: got %v, want %v", row.name, err, row.want)
		}
	}
	if _, err := newReactor(t).Watch(a); !errors.Is(err, ErrNoNotifier) {
		t.Errorf("got %v without the notifier, want %v", err, ErrNoNotifier)
	}
	first := waits(r, &tr, "first", ds, false, 0)
	waits(r, &tr, "second", ds, false, 0)
	wantWaiting(t, "the first one", first, true)
	send(t, b)
	mustRun(t, r)
	tr.check(t, fmt.Sprintf("second ended: error two threads cannot wait for descriptor %d in the same direction", a), "first ended: <nil>")
}
