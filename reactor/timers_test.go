package reactor

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestG6_TimersPopInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReactor(t)
		var tr trace
		began := time.Now()
		for _, ms := range []int{30, 10, 20, 10, 0, -5} {
			sleeping(r, "sleeper", time.Duration(ms)*time.Millisecond, func() { tr.add("%d after %v", ms, time.Since(began)) })
		}
		mustRun(t, r)
		tr.check(t, "0 after 0s", "-5 after 0s", "10 after 10ms", "10 after 10ms", "20 after 20ms", "30 after 30ms")
	})
}

func TestG6_TimeoutOfTheTimersNotifier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tr, ends trace
		a, b := &fake{name: "a", calls: &tr}, &fake{name: "b", calls: &tr}
		quiet := func() (Status, error) { return NoWaiters, nil }
		a.poll, b.poll = quiet, quiet
		ca, cb := a.class(1), b.class(1)
		r := newReactor(t, ca, cb)
		waitFor(&ends, in(r, ca), r, "x", 20*time.Millisecond)
		waitFor(&ends, in(r, cb), r, "y", 10*time.Millisecond)
		mustRun(t, r)
		tr = slices.DeleteFunc(tr, func(line string) bool { return line == "a poll" || line == "b poll" })
		tr.check(t, "a register x 20ms", "b register y 10ms", "b timeout", "a timeout")
		ends.check(t, "y ended: error timed out", "x ended: error timed out")
	})
}

func TestG6_FailingTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tr trace
		f := &fake{name: "fake", timeout: func(*Deferred) (error, bool) { return errTest, true }}
		class := f.class(1)
		r := newReactor(t, class)
		waitFor(&tr, in(r, class), r, "A", time.Second)
		mustRun(t, r)
		tr.check(t, "A ended: error no luck")
	})
}

func TestG7_SetAndClearTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReactor(t)
		var tr trace
		began := time.Now()
		d := start(r, &tr, nil, "A")
		d.OnFinish(func(Outcome) { tr.add("after %v", time.Since(began)) })
		if r.ClearTimer(d) {
			t.Error("got a timer, want none")
		}
		r.SetTimer(limit{}, d, time.Second)
		r.SetTimer(limit{}, d, time.Minute) // replaces the one before
		mustRun(t, r)
		tr.check(t, "A' error timed out", "A ended: error timed out", "after 1m0s")
		d = start(r, &tr, nil, "B")
		r.SetTimer(limit{}, d, time.Second)
		if !r.ClearTimer(d) || r.ClearTimer(d) {
			t.Error("got ClearTimer wrong, want true and then false")
		}
		if err := r.Run(); err == nil {
			t.Error("got nil, want a deadlock: the timer was cleared")
		}
	})
}

func TestG6_TimeLimitOfAnyWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReactor(t)
		var tr trace
		left := 0
		d := onStack(r, "A", func(d *Deferred) {
			began := time.Now()
			_, err := d.AwaitFor(counting{&left}, time.Second)
			tr.add("%v after %v, %d left", err, time.Since(began), left)
			v, err := d.AwaitFor(place("waiting"), time.Second)
			tr.add("%v %v after %v", v, err, time.Since(began))
			v, err = d.AwaitFor(place("waiting"), 0)
			tr.add("%v %v, %d timers", v, err, len(r.timers))
			d.End(Done(nil))
		})
		sleeping(r, "waker", 1500*time.Millisecond, func() { _ = r.Schedule(d, "woken") })
		sleeping(r, "waker", time.Hour, func() { _ = r.Schedule(d, "woken late") })
		mustRun(t, r)
		tr.check(t, "timed out after 1s, 1 left", "woken <nil> after 1.5s", "woken late <nil>, 0 timers")
	})
}

// TestG6_RandomTimers sets, replaces and clears timers at random and compares what pops with
// a sorted list.
func TestG6_RandomTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 2))
		r := newReactor(t)
		type want struct{ when, seq, id int }
		var got []int
		var all []*Deferred
		wants := make(map[int]want)
		for seq := range 5000 {
			id := rng.IntN(500)
			if id >= len(all) {
				id = len(all)
				all = append(all, r.Start("x", func(d *Deferred) Outcome {
					return wait(d, place("waiting"), "x", func(o Outcome) Outcome { got = append(got, id); return o })
				}, nil))
			}
			if rng.IntN(4) == 0 {
				r.ClearTimer(all[id])
				delete(wants, id)
				continue
			}
			when := rng.IntN(100)
			r.SetTimer(limit{}, all[id], time.Duration(when)*time.Millisecond)
			wants[id] = want{when, seq, id}
		}
		var order []want
		for _, w := range wants {
			order = append(order, w)
		}
		slices.SortFunc(order, func(a, b want) int {
			if a.when != b.when {
				return a.when - b.when
			}
			return a.seq - b.seq
		})
		_ = r.Run() // those without a timer are a deadlock
		for i, w := range order {
			if len(got) != len(order) || got[i] != w.id {
				t.Fatalf("pop %d: got %v, want %v", i, got, order)
			}
		}
	})
}

func TestG6_VeryLongTimer(t *testing.T) {
	r := newReactor(t)
	woken := false
	d := sleeping(r, "sleeper", math.MaxInt64, func() { woken = true })
	sleeping(r, "waker", time.Microsecond, func() {
		if woken {
			t.Error("got the end of a sleep of 292 years at once, want it to last")
		}
		d.Override(Done(nil))
	})
	mustRun(t, r)
}

func TestG12_NoReport(t *testing.T) {
	f := &fake{name: "fake"}
	for _, test := range []struct {
		name string
		make func(r *Reactor, d *Deferred) // d waits for something of which the reactor knows nothing
	}{
		{"G12 a timer is pending", func(r *Reactor, d *Deferred) { r.SetTimer(limit{}, d, time.Hour) }},
		{"G12 another thread sleeps", func(r *Reactor, d *Deferred) {
			sleeping(r, "sleeper", time.Hour, func() { _ = r.Schedule(d, nil) })
		}},
		{"G12 held", func(r *Reactor, d *Deferred) {
			r.Hold()
			go func() {
				time.Sleep(time.Hour)
				r.Post(func() { r.Unhold(); _ = r.Schedule(d, nil) })
			}()
		}},
		{"G12 posted before", func(r *Reactor, d *Deferred) { r.Post(func() { _ = r.Schedule(d, nil) }) }},
		{"G12 posted by a post", func(r *Reactor, d *Deferred) {
			r.Post(func() { r.Post(func() { _ = r.Schedule(d, nil) }) })
		}},
		{"G12 a blocking call is outstanding", func(r *Reactor, d *Deferred) {
			r.Start("caller", func(c *Deferred) Outcome {
				o := Defer(r.Notifier(Blocking), c, func() (any, error) { time.Sleep(time.Hour); return nil, nil }, 0)
				o.AddCallback("caller", "", func(o Outcome) Outcome { _ = r.Schedule(d, nil); return o })
				return o
			}, nil)
		}},
		{"G12 a notifier has waiters", func(r *Reactor, d *Deferred) {
			polls := 0
			f.poll = func() (Status, error) {
				if polls++; polls > 100 {
					f.fire(nil)
				}
				return f.status()
			}
			var tr trace
			n := r.notifiers[0].n
			waitFor(&tr, func() Notifier { return n }, r, "waiter", 0).OnFinish(func(Outcome) { _ = r.Schedule(d, nil) })
		}},
		{"G12 one was scheduled by a notifier's poll", func(r *Reactor, d *Deferred) {
			f.poll = func() (Status, error) { _ = r.Schedule(d, nil); return NoWaiters, nil }
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f.poll = nil
				r := newReactor(t, f.class(20), Blocking)
				mustRun(t, r)
				var tr trace
				test.make(r, start(r, &tr, nil, "A"))
				mustRun(t, r)
				if len(tr) != 2 || r.Live() != 0 {
					t.Errorf("got %v and %d live threads, want A to have ended", tr, r.Live())
				}
			})
		})
	}
}
