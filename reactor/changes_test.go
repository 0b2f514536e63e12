package reactor

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// The tests in this file change the notifiers while reactors run, and let notifiers fail.

func TestG13_AddedWhileRunning(t *testing.T) {
	var ends trace
	f := &fake{name: "fake"}
	class := f.class(1)
	s := NewSystem()
	r := newReactorOf(t, s)
	r.Start("main", func(d *Deferred) Outcome {
		o := d.Sleep(0)
		o.AddCallback("main", "", func(Outcome) Outcome {
			s.AddNotifier(class)
			waitFor(&ends, in(r, class), r, "A", 0)
			return Done(nil)
		})
		return o
	}, nil)
	f.poll = func() (Status, error) { f.fire("event"); return f.status() }
	mustRun(t, r)
	ends.check(t, "A ended: event")
}

func TestG13_RemovedWhileAsleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ends trace
		f, other := newAwake("fake", nil), newAwake("other", nil)
		class := classOf(f.fake, f, 1)
		s := NewSystem(class)
		r := newReactorOf(t, s)
		f.forever = func() (Status, error) { <-f.interrupts; return Polled, nil }
		waitFor(&ends, in(r, class), r, "A", 0)
		waitFor(&ends, in(r, class), r, "B", 0)
		go func() {
			synctest.Wait()
			s.AddNotifier(classOf(other.fake, other, 2))
			synctest.Wait()
			if other.r != r {
				t.Error("got no notifier of the class that was added, want one at once")
			}
			if err := s.RemoveNotifier(class); err != nil {
				t.Errorf("got %v, want nil", err)
			}
		}()
		mustRun(t, r)
		ends.check(t, "B ended: error the notifier fake was removed", "A ended: error the notifier fake was removed")
		if f.closed != 1 || len(f.waits) != 0 {
			t.Errorf("got %d calls of Close, %d waiters, want 1 and 0", f.closed, len(f.waits))
		}
		if r.Notifier(class) != nil {
			t.Error("got the removed notifier, want nil")
		}
	})
}

// TestG13_FailingNotifier lets one notifier fail for ever, at its polls or at its waits,
// while another goes on.
func TestG13_FailingNotifier(t *testing.T) {
	fails := func() (Status, error) { return Polled, errTest }
	for _, test := range []struct {
		name    string
		polls   bool
		maxWait time.Duration
	}{
		{"G13 its poll", true, 0},
		{"G13 its wait", false, 0},
		{"G13 its timed wait", false, time.Hour},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var ends trace
				f, good := newAwake("bad", nil), &fake{name: "good"}
				class, goodClass := classOf(f.fake, f, 1), good.class(2)
				r := newReactor(t, class, goodClass)
				failures := 0
				if test.polls {
					f.poll = func() (Status, error) { failures++; return fails() }
					f.forever = func() (Status, error) { return Polled, nil }
					f.timed = func(time.Duration) (Status, error) { return Polled, nil }
				} else {
					f.forever = func() (Status, error) { failures++; return fails() }
					f.timed = func(time.Duration) (Status, error) { failures++; return fails() }
				}
				d := waitFor(&ends, in(r, class), r, "A", test.maxWait)
				d.OnFinish(func(o Outcome) {
					if !errors.Is(o.Err(), errTest) {
						t.Errorf("got %v, want one caused by %v", o.Err(), errTest)
					}
				})
				mustRun(t, r)
				ends.check(t, "A ended: error the notifier bad was removed: no luck")
				if failures != maxFailures || f.closed != 1 || r.Notifier(class) != nil || r.Notifier(goodClass) == nil {
					t.Errorf("got %d failures, closed %d times; want %d and once, and the good one there",
						failures, f.closed, maxFailures)
				}
			})
		})
	}
}

func TestG13_FailingNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ends trace
		f := &fake{name: "fake"}
		class := f.class(1)
		r := newReactor(t, class)
		polls := 0
		f.poll = func() (Status, error) {
			if polls++; polls%maxFailures != 0 {
				return Polled, errTest
			}
			if polls == 10*maxFailures {
				f.fire("event")
			}
			return f.status()
		}
		waitFor(&ends, in(r, class), r, "A", 0)
		mustRun(t, r)
		ends.check(t, "A ended: event")
	})
}

func TestG13_NotifierThatCannotBeMade(t *testing.T) {
	good := &fake{name: "good"}
	bad := &NotifierClass{Name: "bad", Priority: 1, New: func(*Reactor) (Notifier, error) { return nil, errTest }}
	s := NewSystem(good.class(2), bad)
	r := newReactorOf(t, s)
	if err := r.Run(); !errors.Is(err, errTest) || err.Error() != "notifier bad: no luck" {
		t.Errorf("got %v, want notifier bad: no luck", err)
	}
	if good.closed != 1 {
		t.Errorf("got the other closed %d times, want once", good.closed)
	}
	_ = s.RemoveNotifier(bad)
	mustRun(t, r)
}

func TestG13_NoNotifiersAfterClose(t *testing.T) {
	f := &fake{name: "fake"}
	class := f.class(1)
	r := New(NewSystem(class))
	if err := r.Close(); err != nil {
		t.Errorf("got %v from Close, want nil", err)
	}
	if r.Notifier(class) != nil || f.r != nil {
		t.Error("got a notifier from a closed reactor, want none made")
	}
}

func TestG13_MonotonicTime(t *testing.T) {
	r := newReactor(t)
	if r.epoch.Round(0) == r.epoch {
		t.Error("got an epoch without a monotonic clock, want one with it")
	}
	before := r.now()
	r.epoch = r.epoch.Add(-time.Hour)
	if d := time.Duration(r.now() - before); d < time.Hour {
		t.Errorf("got %v later, want an hour at least", d)
	}
}
