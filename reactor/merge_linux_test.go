package reactor

import (
	"errors"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// kernel is a fake with a descriptor, which must not be waited for by itself.
type kernel struct {
	*fake
	fd int
}

func (k *kernel) Descriptor() int { return k.fd }

// newKernel returns a fake whose event is that something can be read from fd.
func newKernel(t *testing.T, name string, fd int, calls *trace) *kernel {
	k := &kernel{fake: &fake{name: name, calls: calls}, fd: fd}
	k.poll = func() (Status, error) {
		if take(fd) > 0 {
			k.fire("event")
		}
		return k.status()
	}
	return k
}

// TestG10_OneWaitForAll has three notifiers that the kernel can wait for. With a timed wait
// of an hour, waiting for them in turn would never end.
func TestG10_OneWaitForAll(t *testing.T) {
	for i, name := range []string{"G10 the first", "G10 the second", "G10 the merger itself"} {
		t.Run(name, func(t *testing.T) {
			leaves(t)
			var calls, ends trace
			var reads, writes [3]int
			for i := range reads {
				reads[i], writes[i] = pipe(t)
			}
			a, b := newKernel(t, "a", reads[0], &calls), newKernel(t, "b", reads[1], &calls)
			ca, cb := classOf(a.fake, a, 30), classOf(b.fake, b, 5)
			s := NewSystem(Blocking, ca, Descriptors, cb)
			_ = s.SetTimedWait(time.Hour)
			r := newReactorOf(t, s)
			all := []*Deferred{waitFor(&ends, in(r, ca), r, "A", 0), waitFor(&ends, in(r, cb), r, "B", 0),
				ready(r, &ends, "C", reads[2], false, 0)}
			all[i].OnFinish(func(Outcome) {
				for _, d := range all {
					d.Override(Done("ended"))
				}
			})
			whenAsleep(t, r, func() { send(t, writes[i]) })
			mustRun(t, r)
			calls.waits().check(t) // neither was waited for by itself
			if want := []string{"A ended: event", "B ended: event", "C ended: <nil>"}[i]; len(ends) != 3 || ends[0] != want {
				t.Errorf("got %v, want %s first", ends, want)
			}
		})
	}
}

// TestG10_EventsNobodyWaitsFor leaves something to read in a merged descriptor: it ends one
// wait and must not keep the reactor awake.
func TestG10_EventsNobodyWaitsFor(t *testing.T) {
	leaves(t)
	read, write := pipe(t)
	k := newKernel(t, "k", read, nil)
	ck := classOf(k.fake, k, 1)
	r := newReactor(t, Descriptors, ck)
	mustRun(t, r)
	send(t, write)
	e := r.Notifier(Descriptors).(*epoll)
	for _, want := range []int{1, 0} {
		if n, err := unix.EpollWait(e.fd, e.events, 0); n != want || err != nil {
			t.Errorf("got %d events, %v, want %d", n, err, want)
		}
	}
	send(t, write)
	if n, err := unix.EpollWait(e.fd, e.events, 0); n != 1 || err != nil {
		t.Errorf("got %d events, %v, want 1 for what is new", n, err)
	}
}

// TestG10_MergerRemoved goes on without the merger, and with a new one.
func TestG10_MergerRemoved(t *testing.T) {
	leaves(t)
	var calls, ends trace
	read, write := pipe(t)
	k := newKernel(t, "k", read, &calls)
	k.timed = func(time.Duration) (Status, error) { send(t, write); return k.Poll() }
	ck := classOf(k.fake, k, 1)
	s := NewSystem(Descriptors, ck)
	r := newReactorOf(t, s)
	mustRun(t, r)
	_ = s.RemoveNotifier(Descriptors)
	waitFor(&ends, in(r, ck), r, "A", 0)
	mustRun(t, r)
	calls.waits().check(t, "k timed wait 10ms")
	s.AddNotifier(Descriptors)
	waitFor(&ends, in(r, ck), r, "B", 0)
	whenAsleep(t, r, func() { send(t, write) })
	mustRun(t, r)
	calls.waits().check(t, "k timed wait 10ms")
	ends.check(t, "A ended: event", "B ended: event")
}

// TestG13_FailingMergedNotifier has one that fails while nothing ends the common wait.
func TestG13_FailingMergedNotifier(t *testing.T) {
	leaves(t)
	var ends trace
	read, _ := pipe(t)
	k := newKernel(t, "k", read, nil)
	k.poll = func() (Status, error) { return Polled, errTest }
	ck := classOf(k.fake, k, 1)
	s := NewSystem(Descriptors, ck)
	_ = s.SetTimedWait(time.Millisecond)
	r := newReactorOf(t, s)
	waitFor(&ends, in(r, ck), r, "A", 0)
	mustRun(t, r)
	ends.check(t, "A ended: error the notifier k was removed: no luck")
}

// TestG10_UnmergedWhenRemoved removes a notifier whose descriptor stays open.
func TestG10_UnmergedWhenRemoved(t *testing.T) {
	leaves(t)
	read, write := pipe(t)
	k := newKernel(t, "k", read, nil)
	ck := classOf(k.fake, k, 1)
	s := NewSystem(Descriptors, ck)
	r := newReactorOf(t, s)
	mustRun(t, r)
	_ = s.RemoveNotifier(ck)
	mustRun(t, r)
	send(t, write)
	e := r.Notifier(Descriptors).(*epoll)
	if n, err := unix.EpollWait(e.fd, e.events, 0); n != 0 || err != nil {
		t.Errorf("got %d events, %v, want none", n, err)
	}
}

// TestH10_EventAfterTheWait has an event for a wait that timed out before: it ends one wait
// of the reactor at most.
func TestH10_EventAfterTheWait(t *testing.T) {
	leaves(t)
	r := newReactor(t, Descriptors)
	var tr trace
	read, write := pipe(t)
	ready(r, &tr, "A", read, false, time.Nanosecond)
	mustRun(t, r)
	send(t, write)
	e := r.Notifier(Descriptors).(*epoll)
	for _, want := range []int{1, 0} {
		if n, err := unix.EpollWait(e.fd, e.events, 0); n != want || err != nil {
			t.Errorf("got %d events, %v, want %d", n, err, want)
		}
	}
	tr.check(t, "A ended: error timed out")
}

// TestH5_VeryLongWait waits for a number of milliseconds of which the kernel would see the
// lower half only, which is 0.
func TestH5_VeryLongWait(t *testing.T) {
	leaves(t)
	r := newReactor(t, Descriptors)
	var tr trace
	read, write := pipe(t)
	d := ready(r, &tr, "A", read, false, 0)
	var wg sync.WaitGroup
	wg.Go(func() { send(t, write) })
	s, err := r.Notifier(Descriptors).TimedWait(1 << 32 * time.Millisecond)
	if s != Polled || err != nil || d.Waiting() {
		t.Errorf("got %v, %v, waiting %t, want Polled, nil, false", s, err, d.Waiting())
	}
	wg.Wait()
	mustRun(t, r)
	tr.check(t, "A ended: <nil>")
}

func TestG13_PostToEpoll(t *testing.T) {
	hammer(t, func(r *Reactor) func() {
		read, _ := pipe(t)
		d := ready(r, &trace{}, "held", read, false, 0)
		return func() { d.Override(Done(nil)) }
	})
}

// TestG13_PostWhileClosing posts to reactors that close: no wake-up may reach a descriptor
// that is not theirs any more.
func TestG13_PostWhileClosing(t *testing.T) {
	leaves(t)
	read, _ := pipe(t)
	for range 200 {
		r := New(NewDefaultSystem())
		d := ready(r, &trace{}, "held", read, false, 0)
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				for r.Post(func() { d.Override(Done(nil)) }) {
				}
			})
		}
		if err := errors.Join(r.Run(), r.Close()); err != nil {
			t.Errorf("got %v, want nil", err)
		}
		wg.Wait()
	}
}

// TestG13_ChangesFromAnyGoroutine changes the system while reactors start, run and close.
func TestG13_ChangesFromAnyGoroutine(t *testing.T) {
	leaves(t)
	s := NewDefaultSystem()
	read, _ := pipe(t)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for range 200 {
				r := New(s)
				ready(r, &trace{}, "A", read, false, time.Microsecond)
				r.Post(func() {})
				if err := errors.Join(r.Run(), r.Close()); err != nil {
					t.Errorf("got %v, want nil", err)
				}
			}
		})
		wg.Go(func() {
			for range 200 {
				class := (&fake{name: "fake"}).passing()
				s.AddNotifier(class)
				_ = s.SetEventCheckingThreshold(100)
				if err := s.RemoveNotifier(class); err != nil {
					t.Errorf("got %v, want nil", err)
				}
			}
		})
	}
	wg.Wait()
}

// passing is a class for any number of reactors.
func (f *fake) passing() *NotifierClass {
	return &NotifierClass{Name: f.name, New: func(r *Reactor) (Notifier, error) { return &fake{r: r, name: f.name}, nil }}
}
