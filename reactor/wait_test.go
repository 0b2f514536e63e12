package reactor

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// waits returns the lines of a trace that are waits.
func (tr trace) waits() trace {
	return slices.DeleteFunc(slices.Clone(tr), func(line string) bool { return !strings.Contains(line, "wait") })
}

func TestG3_WaitsForEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls, ends trace
		f := newAwake("fake", &calls)
		class := classOf(f.fake, f, 1)
		r := newReactor(t, class)
		f.forever = func() (Status, error) {
			f.fire("event")
			return Polled, nil
		}
		waitFor(&ends, in(r, class), r, "A", 0)
		mustRun(t, r)
		calls.check(t, "fake register A 0s", "fake poll", "fake wait forever", "fake poll")
		ends.check(t, "A ended: event")
	})
}

func TestG4_OneAloneIsWaitedForWithoutALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls, ends trace
		alone := newAwake("alone", &calls)
		idle, blind := newAwake("idle", &calls), &fake{name: "blind", calls: &calls}
		class := classOf(alone.fake, alone, 2)
		r := newReactor(t, classOf(idle.fake, idle, 3), class, blind.class(1))
		alone.forever = func() (Status, error) {
			time.Sleep(time.Hour)
			alone.fire("event")
			return Polled, nil
		}
		waitFor(&ends, in(r, class), r, "A", 0)
		mustRun(t, r)
		calls.waits().check(t, "alone wait forever")
		ends.check(t, "A ended: event")
	})
}

func TestG4_NotForeverWhatCannotBeWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls, ends trace
		f := &fake{name: "fake", calls: &calls}
		class := f.class(1)
		s := NewSystem(class)
		_ = s.SetTimedWait(10 * time.Millisecond)
		r := newReactorOf(t, s)
		f.timed = func(d time.Duration) (Status, error) { time.Sleep(d); return Polled, nil }
		d := waitFor(&ends, in(r, class), r, "A", 0)
		time.AfterFunc(25*time.Millisecond, func() { r.Post(func() { _ = r.Schedule(d, "posted") }) })
		mustRun(t, r)
		calls.waits().check(t, "fake timed wait 10ms", "fake timed wait 10ms", "fake timed wait 10ms")
		ends.check(t, "A ended: posted")
	})
}

// TestG4_InTurn has two notifiers that cannot be waited for together.
func TestG4_InTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls, ends trace
		a, b := newAwake("a", &calls), newAwake("b", &calls)
		ca, cb := classOf(a.fake, a, 2), classOf(b.fake, b, 1)
		s := NewSystem(cb, ca)
		_ = s.SetTimedWait(7 * time.Millisecond)
		r := newReactorOf(t, s)
		sleep := func(d time.Duration) (Status, error) { time.Sleep(d); return Polled, nil }
		a.timed = sleep
		rounds := 0
		b.timed = func(d time.Duration) (Status, error) {
			if rounds++; rounds == 2 {
				a.fire(1)
				b.fire(2)
			}
			return sleep(d)
		}
		waitFor(&ends, in(r, ca), r, "A", 0)
		waitFor(&ends, in(r, cb), r, "B", 0)
		mustRun(t, r)
		calls.waits().check(t, "a timed wait 7ms", "b timed wait 7ms", "a timed wait 7ms", "b timed wait 7ms")
		ends.check(t, "A ended: 1", "B ended: 2")
	})
}

func TestG11_WaitsAreCutAtTheNextTimer(t *testing.T) {
	for _, test := range []struct {
		name  string
		two   bool
		timer time.Duration
		want  []string
	}{
		{"G11 one alone", false, 35 * time.Millisecond, []string{"a timed wait 35ms"}},
		{"G11 two in turn, a timer far away", true, 15 * time.Millisecond,
			[]string{"a timed wait 10ms", "b timed wait 10ms"}},
		{"G11 two in turn, a timer near by", true, 2 * time.Millisecond,
			[]string{"a timed wait 2ms", "b timed wait 2ms"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var calls, ends trace
				a, b := newAwake("a", &calls), newAwake("b", &calls)
				ca, cb := classOf(a.fake, a, 2), classOf(b.fake, b, 1)
				r := newReactor(t, ca, cb)
				sleep := func(d time.Duration) (Status, error) { time.Sleep(d); return Polled, nil }
				a.timed, b.timed = sleep, sleep
				da := waitFor(&ends, in(r, ca), r, "A", 0)
				if test.two {
					waitFor(&ends, in(r, cb), r, "B", 0)
				}
				sleeping(r, "sleeper", test.timer, func() {
					a.fire(nil)
					b.fire(nil)
				})
				mustRun(t, r)
				calls.waits().check(t, test.want...)
				if da.Waiting() {
					t.Error("got a thread that waits, want it to have ended")
				}
			})
		})
	}
}

func TestG11_ParkedUntilTheNextTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReactor(t, Blocking)
		began := time.Now()
		var woken time.Duration
		r.Hold()
		sleeping(r, "sleeper", 35*time.Millisecond, func() { woken = time.Since(began); r.Unhold() })
		mustRun(t, r)
		if woken != 35*time.Millisecond {
			t.Errorf("got the end of the sleep after %v, want 35ms", woken)
		}
	})
}

// TestH5_CannotWait checks that a notifier that can only be polled is polled at intervals.
func TestH5_CannotWait(t *testing.T) {
	for _, test := range []struct {
		name string
		poll Status
	}{
		{"H5 told by the poll", CannotWait},
		{"H5 told by the wait", Polled},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var ends trace
				f := newAwake("fake", nil)
				class := classOf(f.fake, f, 1)
				r := newReactor(t, class)
				polls := 0
				f.poll = func() (Status, error) {
					if polls++; polls == 4 {
						f.fire("event")
						return NoWaiters, nil
					}
					if len(f.waits) == 0 {
						return NoWaiters, nil
					}
					return test.poll, nil
				}
				began := time.Now()
				waitFor(&ends, in(r, class), r, "A", 0)
				mustRun(t, r)
				ends.check(t, "A ended: event")
				if d := time.Since(began); d != 3*DefaultTimedWait {
					t.Errorf("got the event after %v, want three timed waits", d)
				}
			})
		})
	}
}

// TestH9_NoLockIsHeldWhileSleeping wakes a reactor out of every kind of sleep; the waker
// takes all the locks that there are.
func TestH9_NoLockIsHeldWhileSleeping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ends trace
		f := newAwake("fake", nil)
		class := classOf(f.fake, f, 1)
		r := newReactor(t, class)
		asleep := func() (Status, error) {
			if !r.inboxMu.TryLock() || !r.system.mu.TryLock() {
				t.Error("got a lock that is held while sleeping, want none")
				return Polled, errors.New("locked")
			}
			r.system.mu.Unlock()
			r.inboxMu.Unlock()
			<-f.interrupts
			return Polled, nil
		}
		f.forever = asleep
		f.timed = func(time.Duration) (Status, error) { return asleep() }
		wake := func() {
			synctest.Wait() // until the reactor sleeps
			if r.asleep.Load() == nil {
				t.Error("got a reactor that is awake, want it asleep")
			}
		}
		d := waitFor(&ends, in(r, class), r, "A", 0)
		go func() {
			wake()
			r.Post(func() { r.SetTimer(limit{}, d, time.Hour) })
			wake()
			r.Post(func() { f.fire("event"); r.Hold() })
			wake() // parked: nobody waits in the notifier
			r.Post(r.Unhold)
		}()
		mustRun(t, r)
		ends.check(t, "A ended: event")
	})
}

// loop is another event loop, with functions of its own to call.
type loop struct {
	queue chan func()
	quit  chan struct{}
}

// iterate calls what is queued; with wait it waits for the first, up to limit (0: none).
func (l *loop) iterate(wait bool, limit time.Duration) {
	var pop <-chan time.Time
	if limit > 0 {
		pop = time.After(limit)
	}
	for {
		select {
		case fn := <-l.queue:
			fn()
			wait = false
			continue
		default:
		}
		if !wait {
			return
		}
		select {
		case fn := <-l.queue:
			fn()
		case <-l.quit:
		case <-pop:
		}
		wait = false
	}
}

// guest makes another event loop a notifier: threads wait for names that the loop's
// functions signal.
type guest struct {
	*fake
	loop *loop
}

func (g *guest) Interrupt() {
	select {
	case g.loop.quit <- struct{}{}:
	default:
	}
}

func TestA10_AnotherEventLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &loop{queue: make(chan func(), 16), quit: make(chan struct{}, 1)}
		var calls, ends trace
		g := &guest{fake: &fake{name: "loop", calls: &calls}, loop: l}
		class := classOf(g.fake, g, 5)
		r := newReactor(t, class, Blocking)
		g.poll = func() (Status, error) { l.iterate(false, 0); return g.status() }
		g.timed = func(d time.Duration) (Status, error) { l.iterate(true, d); return g.status() }
		g.forever = func() (Status, error) { l.iterate(true, 0); return g.status() }
		waitFor(&ends, in(r, class), r, "A", 0)
		slept := false
		sleeping(r, "sleeper", time.Second, func() { slept = true })
		painted := 0
		go func() {
			time.Sleep(500 * time.Millisecond)
			l.queue <- func() { painted++ }
			time.Sleep(time.Second)
			r.Post(func() { ends.add("posted, slept %t", slept) })
			time.Sleep(time.Second)
			l.queue <- func() { painted++; g.fire("clicked") }
		}()
		mustRun(t, r)
		ends.check(t, "posted, slept true", "A ended: clicked")
		calls.waits().check(t, "loop timed wait 1s", "loop timed wait 500ms", "loop wait forever", "loop wait forever")
		if painted != 2 {
			t.Errorf("got %d calls by the loop, want 2", painted)
		}
	})
}

// TestG13_PostBeforeSleep posts when the reactor has found nothing to do and does not sleep
// yet: there is nobody to wake.
func TestG13_PostBeforeSleep(t *testing.T) {
	r := newReactor(t)
	posted := false
	r.Post(func() { posted = true })
	r.sleep(func() {}, func() { t.Error("got a reactor that sleeps, want it to look at the post first") })
	mustRun(t, r)
	if !posted || r.asleep.Load() != nil {
		t.Errorf("got posted %t, want the post to have run and the reactor awake", posted)
	}
}
