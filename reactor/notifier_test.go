package reactor

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestG8_AddAndRemove(t *testing.T) {
	s := NewSystem()
	class := (&fake{name: "fake"}).class(1)
	err := s.RemoveNotifier(class)
	if !errors.Is(err, ErrNoNotifier) || err.Error() != "no such notifier: fake" {
		t.Errorf("got %v, want no such notifier: fake", err)
	}
	s.AddNotifier(class)
	s.AddNotifier(class) // is there already
	r := newReactorOf(t, s)
	if r.Notifier(class) == nil || len(r.notifiers) != 1 {
		t.Errorf("got %d notifiers, want the one", len(r.notifiers))
	}
	if err := s.RemoveNotifier(class); err != nil {
		t.Errorf("got %v, want nil", err)
	}
	if r.Notifier(class) != nil {
		t.Error("got a notifier that was removed, want nil")
	}
}

func TestG8_Limits(t *testing.T) {
	s := NewSystem()
	for _, err := range []error{s.SetEventCheckingThreshold(0), s.SetTimedWait(0), s.SetTimedWait(-1)} {
		if err == nil {
			t.Error("got nil for a limit that is too low, want an error")
		}
	}
	r := newReactorOf(t, s)
	other := newReactorOf(t, s)
	for _, r := range []*Reactor{r, other} {
		mustRun(t, r)
	}
	if err := errors.Join(s.SetEventCheckingThreshold(7), s.SetTimedWait(time.Second)); err != nil {
		t.Errorf("got %v, want nil", err)
	}
	for _, r := range []*Reactor{r, other} {
		mustRun(t, r)
		if r.threshold != 7 || r.timedWait != time.Second {
			t.Errorf("got %d, %v, want 7, 1s for every reactor", r.threshold, r.timedWait)
		}
	}
}

func TestH1_Priority(t *testing.T) {
	for _, test := range []struct {
		name       string
		priorities []int
		want       []string // by the order of adding
	}{
		{"H1 the highest first", []int{1, 3, 2}, []string{"n1 poll", "n2 poll", "n0 poll"}},
		{"G13 ties in the order of adding", []int{5, 1, 5, 1, 5}, []string{"n0 poll", "n2 poll", "n4 poll", "n1 poll", "n3 poll"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var calls trace
			s := NewSystem()
			for i, p := range test.priorities {
				s.AddNotifier((&fake{name: fmt.Sprint("n", i), calls: &calls}).class(p))
			}
			mustRun(t, newReactorOf(t, s))
			calls.check(t, test.want...)
		})
	}
}

func TestH2_Register(t *testing.T) {
	for _, test := range []struct {
		name    string
		refuse  error
		maxWait time.Duration
		want    string
		after   time.Duration
	}{
		{"H2 no limit", nil, 0, "event", time.Hour},
		{"H2 a limit", nil, time.Minute, "error timed out", time.Minute},
		{"H2 a limit after the event", nil, 2 * time.Hour, "event", time.Hour},
		{"H2 an error", errTest, time.Minute, "error no luck", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var ends trace
				f := newAwake("fake", nil)
				f.refuse = test.refuse
				class := classOf(f.fake, f, 1)
				r := newReactor(t, class)
				began := time.Now()
				f.forever = func() (Status, error) { time.Sleep(time.Hour); f.fire("event"); return Polled, nil }
				f.timed = func(d time.Duration) (Status, error) {
					time.Sleep(min(d, time.Hour))
					if d > time.Hour {
						f.fire("event")
					}
					return Polled, nil
				}
				waitFor(&ends, in(r, class), r, "A", test.maxWait).OnFinish(func(Outcome) {
					if d := time.Since(began); d != test.after {
						t.Errorf("got the end after %v, want %v", d, test.after)
					}
				})
				mustRun(t, r)
				ends.check(t, "A ended: "+test.want)
				if len(f.waits) != 0 || len(r.timers) != 0 {
					t.Errorf("got %d waiters and %d timers left, want none", len(f.waits), len(r.timers))
				}
			})
		})
	}
}

func TestH3_Defer(t *testing.T) {
	var calls, ends trace
	f := &fake{name: "fake", calls: &calls}
	class := f.class(1)
	r := newReactor(t, class)
	n := r.Notifier(class)
	var d *Deferred
	r.Start("A", func(self *Deferred) Outcome {
		d = self
		o := Defer(n, d, "reason", time.Hour)
		if !o.Suspended() || !d.Waiting() || d.Waiter() != Waiter(n) || len(r.timers) != 1 {
			t.Errorf("got %s, %d timers, want a suspension with a timer", text(o), len(r.timers))
		}
		ends.add("%s", text(Defer(n, d, "again", 0)))
		o.AddCallback("A", "", nil)
		return o
	}, ends.finish("A"))
	f.fire("event")
	if d.Waiting() || d.Waiter() != nil || len(r.timers) != 0 || len(f.waits) != 0 {
		t.Errorf("got a wait that goes on, want it to have ended")
	}
	mustRun(t, r)
	calls.check(t, "fake register reason 1h0m0s", "fake poll")
	ends.check(t, "error cannot suspend: the thread is suspended already", "A ended: event")
}

func TestH3_DeferRefused(t *testing.T) {
	var ends trace
	f := &fake{name: "fake", refuse: errTest}
	class := f.class(1)
	r := newReactor(t, class)
	r.Start("A", func(d *Deferred) Outcome {
		o := Defer(r.Notifier(class), d, "reason", time.Hour)
		ends.add("%s, waiting %t", text(o), d.Waiting())
		o = d.Sleep(0)
		o.AddCallback("A", "", nil)
		return o
	}, ends.finish("A"))
	mustRun(t, r)
	ends.check(t, "error no luck, waiting false", "A ended: <nil>")
}

func TestH4_Poll(t *testing.T) {
	for _, test := range []struct {
		name   string
		status Status
		err    error
		want   string
	}{
		{"H4 no waiters", NoWaiters, nil, "deadlock: A is waiting for fake"},
		{"H4 an error", NoWaiters, errTest, ""},
		{"H4 done", Polled, nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var ends trace
				f := newAwake("fake", nil)
				class := classOf(f.fake, f, 1)
				r := newReactor(t, class)
				first := true
				f.poll = func() (Status, error) {
					if first {
						first = false
						return test.status, test.err
					}
					return f.status()
				}
				event := func() (Status, error) { f.fire("event"); return Polled, nil }
				f.forever = event
				f.timed = func(time.Duration) (Status, error) { return event() }
				d := waitFor(&ends, in(r, class), r, "A", 0)
				got := ""
				if err := r.Run(); err != nil {
					got = err.Error()
				}
				if got != test.want || d.Waiting() != (test.want != "") {
					t.Errorf("got %q, waiting %t, want %q", got, d.Waiting(), test.want)
				}
			})
		})
	}
}

// TestH5_H6_WaitOutcomes has a notifier whose waits end in each of the ways; the event comes
// with the next one.
func TestH5_H6_WaitOutcomes(t *testing.T) {
	for _, timer := range []bool{true, false} { // a timed wait, or one without limit
		for _, test := range []struct {
			name   string
			status Status
			err    error
		}{
			{"no waiters", NoWaiters, nil},
			{"error", Polled, errTest},
			{"done, or woken by a signal", Polled, nil},
			{"cannot wait", CannotWait, nil},
		} {
			name := map[bool]string{true: "H5 ", false: "H6 "}[timer] + test.name
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var ends trace
					f := newAwake("fake", nil)
					class := classOf(f.fake, f, 1)
					r := newReactor(t, class)
					waits := 0
					wait := func() (Status, error) {
						if waits++; waits == 1 {
							return test.status, test.err
						}
						f.fire("event")
						return Polled, nil
					}
					f.forever = wait
					f.timed = func(time.Duration) (Status, error) { return wait() }
					maxWait := time.Duration(0)
					if timer {
						maxWait = time.Hour
					}
					waitFor(&ends, in(r, class), r, "A", maxWait)
					mustRun(t, r)
					ends.check(t, "A ended: event")
					if waits != 2 {
						t.Errorf("got %d waits, want 2", waits)
					}
				})
			})
		}
	}
}

func TestH7_TimeoutDeregisters(t *testing.T) {
	var ends trace
	f := &fake{name: "fake"}
	class := f.class(1)
	r := newReactor(t, class)
	d := waitFor(&ends, in(r, class), r, "A", time.Hour)
	if err := r.Notifier(class).Timeout(d); err != nil || len(f.waits) != 0 {
		t.Errorf("got %v, %d waiters, want nil, none", err, len(f.waits))
	}
	if err := r.Notifier(class).Timeout(d); err == nil {
		t.Error("got nil for one that does not wait, want an error")
	}
	ends.check(t) // it is scheduled, not called back at once
	mustRun(t, r)
	ends.check(t, "A ended: error timed out")
}

func TestH8_Deregister(t *testing.T) {
	for _, test := range []struct {
		name string
		o    Outcome
		want string
	}{
		{"H8 with a value", Done("value"), "value"},
		{"H8 with an error", Failed(errTest), "error no luck"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, n := range []Notifier{nil, sleeper{}, limit{}} {
				var ends trace
				f := &fake{name: "fake"}
				class := f.class(1)
				r := newReactor(t, class)
				if n == nil {
					n = r.Notifier(class)
				}
				d := waitFor(&ends, func() Notifier { return n }, r, "A", time.Hour)
				if err := n.Deregister(d, test.o); err != nil || len(r.timers) != 0 {
					t.Errorf("got %v, %d timers, want nil, none", err, len(r.timers))
				}
				if err := n.Deregister(d, test.o); err == nil {
					t.Error("got nil for one that does not wait, want an error")
				}
				ends.check(t) // it is scheduled, not called back at once
				mustRun(t, r)
				ends.check(t, "A ended: "+test.want)
			}
		})
	}
}

// TestH10_OneWins has an event and a time-out in one turn, whichever comes first.
func TestH10_OneWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ends trace
		f := newAwake("fake", nil)
		class := classOf(f.fake, f, 1)
		r := newReactor(t, class)
		happened := false
		var late error
		f.poll = func() (Status, error) {
			if happened {
				f.fire("event")
			}
			return f.status()
		}
		f.timeout = func(d *Deferred) (error, bool) {
			_ = r.ScheduleError(d, ErrTimeout)
			late = r.Schedule(d, "event") // in the same turn, but later
			return nil, true
		}
		f.timed = func(d time.Duration) (Status, error) { time.Sleep(d); return Polled, nil }
		waitFor(&ends, in(r, class), r, "A", time.Second)
		r.Post(func() { time.Sleep(time.Minute); happened = true }) // the turn takes very long
		mustRun(t, r)
		ends.check(t, "A ended: event")
		happened = false
		waitFor(&ends, in(r, class), r, "B", time.Second)
		mustRun(t, r)
		ends.check(t, "A ended: event", "B ended: error timed out")
		if late != ErrScheduled {
			t.Errorf("got %v for the event after the time-out, want ErrScheduled", late)
		}
	})
}

func TestG13_Post(t *testing.T) {
	t.Run("G13 parked", func(t *testing.T) {
		hammer(t, func(*Reactor) func() { return func() {} })
	})
	t.Run("G13 with a blocking call", func(t *testing.T) {
		hammer(t, func(r *Reactor) func() {
			end := make(chan struct{})
			calling(r, &trace{}, "held", 0, blockingCall(func() (any, error) { <-end; return nil, nil }))
			return func() { close(end) }
		})
	})
}

// hammer posts from many goroutines while the reactor falls asleep and wakes. What hold
// makes it wait for, release ends.
func hammer(t *testing.T, hold func(*Reactor) (release func())) {
	leaves(t)
	r := New(NewDefaultSystem())
	const posters, each = 8, 2000
	got, inside := 0, atomic.Int32{}
	r.Hold()
	release := hold(r)
	post := func() {
		if inside.Add(1) != 1 {
			t.Error("got two posts at a time, want one")
		}
		if got++; got == posters*each {
			release()
			r.Unhold()
		}
		inside.Add(-1)
	}
	var wg sync.WaitGroup
	for range posters {
		wg.Go(func() {
			for i := range each {
				if !r.Post(post) {
					t.Error("got false from Post, want true")
				}
				if i%100 == 0 {
					runtime.Gosched() // so that the reactor runs out of posts now and then
				}
			}
		})
	}
	mustRun(t, r)
	wg.Wait()
	if got != posters*each {
		t.Errorf("got %d posts, want %d", got, posters*each)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if r.Post(func() { t.Error("ran after Close") }) {
		t.Error("got true from Post after Close, want false")
	}
}

// TestCloseTellsOfNotifiers closes a reactor whose notifiers cannot all be closed: all are tried,
// and the error is the first one.
func TestCloseTellsOfNotifiers(t *testing.T) {
	leaves(t)
	var list []*fake
	var classes []*NotifierClass
	for i, err := range []error{nil, errTest, errors.New("another")} {
		f := &fake{name: fmt.Sprint(i), closing: err}
		list, classes = append(list, f), append(classes, f.class(-i))
	}
	r := New(NewSystem(classes...))
	mustRun(t, r)
	if err := r.Close(); err != errTest {
		t.Errorf("got %v, want %v", err, errTest)
	}
	for _, f := range list {
		if f.closed != 1 {
			t.Errorf("got notifier %s closed %d times, want once", f.name, f.closed)
		}
	}
}
