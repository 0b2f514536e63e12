package reactor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestG1_NotifiersArePerReactor(t *testing.T) {
	leaves(t)
	made := make(map[*Reactor]Notifier)
	class := &NotifierClass{Name: "fake", New: func(r *Reactor) (Notifier, error) {
		made[r] = &fake{r: r, name: "fake"}
		return made[r], nil
	}}
	s := NewSystem(class)
	a, b := newReactorOf(t, s), newReactorOf(t, s)
	mustRun(t, a)
	mustRun(t, b)
	mustRun(t, a)
	if len(made) != 2 || made[a] == made[b] || a.Notifier(class) != made[a] || b.Notifier(class) != made[b] {
		t.Errorf("got %v, want a notifier of its own for each reactor", made)
	}
}

// whereabouts is what the runtime says of the goroutine that calls it: its number, and whether it
// is locked to a thread of the system.
func whereabouts() (goroutine string, locked bool) {
	var buf [128]byte
	line, _, _ := strings.Cut(string(buf[:runtime.Stack(buf[:], false)]), "\n")
	goroutine, _, _ = strings.Cut(line, " [")
	return goroutine, strings.Contains(line, "locked to thread")
}

// TestG1_OneGoroutineEach runs four reactors at a time and notes where each calls what belongs to
// it: callbacks, timers, posted functions, and its notifier, which all are on the goroutine
// that called Run and on no other; and running takes no other.
func TestG1_OneGoroutineEach(t *testing.T) {
	leaves(t)
	const reactors = 4
	before := runtime.NumGoroutine()
	var all sync.Map // from the goroutine to its reactor
	var running, done sync.WaitGroup
	running.Add(reactors)
	goOn := make(chan struct{})
	for range reactors {
		done.Go(func() {
			here, _ := whereabouts()
			calls := 0
			check := func(what string) {
				calls++
				if g, locked := whereabouts(); g != here || locked {
					t.Errorf("got %s on %s, locked %v, want %s, not locked", what, g, locked, here)
				}
			}
			n := &fake{name: "fake", poll: func() (Status, error) { check("a poll"); return NoWaiters, nil }}
			r := New(NewSystem(n.class(0)))
			r.Post(func() { check("a posted function"); running.Done(); <-goOn })
			for range 100 {
				sleeping(r, "sleeper", 0, func() { check("a callback") })
			}
			if err := errors.Join(r.Run(), r.Close()); err != nil || calls < 102 {
				t.Errorf("got %v, %d calls, want nil, 102 or more", err, calls)
			}
			if other, taken := all.LoadOrStore(here, r); taken {
				t.Errorf("got one goroutine for reactor %p and %p, want two", other, r)
			}
		})
	}
	running.Wait()
	if n := runtime.NumGoroutine() - before; n > reactors {
		t.Errorf("got %d goroutines of %d reactors, want one each", n, reactors)
	}
	close(goOn)
	done.Wait()
}

// TestG1_SettingsAreShared changes the settings of a system while one of its reactors has run
// already and another has not: both go by them.
func TestG1_SettingsAreShared(t *testing.T) {
	leaves(t)
	s := NewSystem()
	a, b := newReactorOf(t, s), newReactorOf(t, s)
	mustRun(t, a)
	if err := errors.Join(s.SetEventCheckingThreshold(7), s.SetTimedWait(3*time.Second)); err != nil {
		t.Fatal(err)
	}
	mustRun(t, a)
	mustRun(t, b)
	for _, r := range []*Reactor{a, b} {
		if r.threshold != 7 || r.timedWait != 3*time.Second {
			t.Errorf("got threshold %d and timed wait %v, want 7 and 3s", r.threshold, r.timedWait)
		}
	}
}

// TestG1_NeverLockedToAnOSThread looks at a reactor's goroutine while stacks are switched on it,
// and as a guard for what no test runs, at the sources.
func TestG1_NeverLockedToAnOSThread(t *testing.T) {
	leaves(t)
	r := newReactor(t)
	turns := 0
	onStack(r, "stack", func(d *Deferred) {
		for range 3 {
			turns++
			if g, locked := whereabouts(); locked {
				t.Errorf("got %s locked to a thread of the system, want that it is not", g)
			}
			d.AwaitTime(0)
		}
		d.End(Done(nil))
	})
	mustRun(t, r)
	if turns != 3 {
		t.Errorf("got %d turns, want 3", turns)
	}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("got %v, %v, want the package's files", files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(name, "_test.go") && strings.Contains(string(text), "LockOSThread") {
			t.Errorf("got runtime.LockOSThread in %s, want none", name)
		}
	}
}

// busy starts a thread that schedules itself again and again until stop says so.
func busy(r *Reactor, count *int, stop func() bool) {
	var d *Deferred
	var step Callback
	again := func() Outcome {
		o := wait(d, place("waiting for its turn"), "busy", step)
		_ = r.Schedule(d, nil)
		return o
	}
	step = func(Outcome) Outcome {
		if *count++; stop() || *count > 1_000_000 {
			return Done(nil)
		}
		return again()
	}
	r.Start("busy", func(self *Deferred) Outcome {
		d = self
		return again()
	}, nil)
}

func TestG2_BusyQueueDoesNotStarveEvents(t *testing.T) {
	for _, threshold := range []int{1, 10, DefaultEventCheckingThreshold} {
		t.Run(fmt.Sprint("G2 threshold ", threshold), func(t *testing.T) {
			f := &fake{name: "fake"}
			class := f.class(1)
			s := NewSystem(class)
			s.SetSlice(NoSlice)
			if err := s.SetEventCheckingThreshold(threshold); err != nil {
				t.Fatal(err)
			}
			r := newReactorOf(t, s)
			var tr trace
			count, polls, done := 0, 0, false
			f.poll = func() (Status, error) {
				if polls++; count != polls*threshold && !done {
					t.Errorf("poll %d: got %d continuations before it, want %d", polls, count, polls*threshold)
				}
				if polls == 5 {
					f.fire("event")
				}
				return f.status()
			}
			waitFor(&tr, in(r, class), r, "waiter", 0).OnFinish(func(Outcome) { done = true })
			busy(r, &count, func() bool { return done })
			mustRun(t, r)
			if count > 7*threshold {
				t.Errorf("got the event after %d continuations, want at most %d", count, 7*threshold)
			}
			tr.check(t, "waiter ended: event")
		})
	}
}

func TestG2_BusyQueueDoesNotStarveTimersAndPosts(t *testing.T) {
	r := newReactor(t)
	count, popped, posted := 0, false, false
	sleeping(r, "sleeper", 0, func() { popped = true })
	r.Post(func() { posted = true })
	busy(r, &count, func() bool { return popped && posted })
	mustRun(t, r)
	if count > 2*DefaultEventCheckingThreshold {
		t.Errorf("got the timer and the post after %d continuations, want at most %d", count, 2*DefaultEventCheckingThreshold)
	}
}

// TestG2_HandoffsCount has threads that hand the turn on to the next one themselves.
func TestG2_HandoffsCount(t *testing.T) {
	leaves(t)
	const threshold, n = 10, 35
	s := NewSystem()
	s.SetSlice(NoSlice)
	_ = s.SetEventCheckingThreshold(threshold)
	r := newReactorOf(t, s)
	var turns []int // how many threads went on in each turn of the reactor
	f := &fake{name: "fake", poll: func() (Status, error) { turns = append(turns, 0); return NoWaiters, nil }}
	s.AddNotifier(f.class(1))
	handOn := func(d *Deferred) {
		turns[len(turns)-1]++
		d.End(Done(nil))
		if next := r.nextReady(); next != nil {
			r.takeReady()
			if r.Current() != next {
				t.Error("got another current thread, want the one that has the turn")
			}
			next.Stack().Resume()
		}
	}
	if r.nextReady() != nil {
		t.Error("got a thread to go on outside of Run, want none")
	}
	r.Post(func() {
		for range n {
			onStack(r, "A", handOn)
		}
	})
	mustRun(t, r)
	if want := []int{10, 10, 10, 5}; !slices.Equal(turns[:4], want) {
		t.Errorf("got %v threads between the polls, want %v", turns, want)
	}
	if !r.Idle() {
		t.Error("got a reactor with threads that can go on, want it idle")
	}
	onStack(r, "late", func(d *Deferred) { d.End(Done(nil)) })
	if r.nextReady() != nil {
		t.Error("got a thread to go on after Run, want none")
	}
	mustRun(t, r)
}

func TestG5_ReturnsWhenNothingIsLeft(t *testing.T) {
	f := &fake{name: "fake"}
	r := newReactor(t, f.class(1), Blocking)
	var tr trace
	d := start(r, &tr, nil, "A")
	_ = r.Schedule(d, 1)
	mustRun(t, r)
	tr.check(t, "A' 1", "A ended: 1")
}

func TestG7_Schedule(t *testing.T) {
	r, elsewhere := newReactor(t), newReactor(t)
	var tr trace
	a, b, c := start(r, &tr, nil, "A"), start(r, &tr, nil, "B"), start(r, &tr, nil, "C")
	if err := elsewhere.Schedule(a, 1); err != ErrOtherReactor {
		t.Errorf("got %v from another reactor, want ErrOtherReactor", err)
	}
	for _, err := range []error{r.Schedule(b, 1), r.ScheduleError(a, errTest), r.Schedule(c, nil)} {
		if err != nil {
			t.Errorf("got %v, want nil", err)
		}
	}
	if r.Current() != nil {
		t.Error("got a current thread outside of Run, want none")
	}
	c.OnFinish(func(Outcome) {
		if r.Current() != c {
			t.Error("got another current thread, want C")
		}
	})
	mustRun(t, r)
	tr.check(t, "B' 1", "B ended: 1", "A' error no luck", "A ended: error no luck", "C' <nil>", "C ended: <nil>")
	if err := r.Schedule(a, 1); err != ErrNotSuspended {
		t.Errorf("got %v, want ErrNotSuspended", err)
	}
}

func TestG7_StaleQueueEntries(t *testing.T) {
	r := newReactor(t)
	var tr trace
	r.Start("A", func(d *Deferred) Outcome {
		o := d.Suspend(place("waiting"))
		_ = r.Schedule(d, "stale")
		o.AddCallback("A", "nobody", nil) // refused: nothing is waited for any longer
		return wait(d, place("waiting"), "A", tr.callback("A'"))
	}, tr.finish("A"))
	err := r.Run()
	if dead := new(DeadlockError); !errors.As(err, &dead) {
		t.Errorf("got %v, want a deadlock", err)
	}
	tr.check(t)
}

func TestG7_Wake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReactor(t)
		var tr trace
		d := r.Start("A", func(d *Deferred) Outcome {
			o := d.Suspend(place("waiting"))
			_ = r.Schedule(d, "stale")
			o.AddCallback("A", "nobody", nil) // refused: nothing is waited for any longer
			return wait(d, place("waiting"), "A", tr.callback("A'"))
		}, tr.finish("A"))
		r.SetTimer(limit{}, d, time.Hour)
		if r.Idle(); !r.Idle() {
			t.Error("got a thread that can go on, want none")
		}
		d.Wake()
		d.Wake()
		if r.Idle() || len(r.timers) != 0 {
			t.Errorf("got idle %t, %d timers, want one thread that can go on", r.Idle(), len(r.timers))
		}
		mustRun(t, r)
		d.Wake()
		mustRun(t, r)
		tr.check(t, "A' <nil>", "A ended: <nil>")
	})
}

func TestG9_NothingScheduled(t *testing.T) {
	r := newReactor(t)
	mustRun(t, r)
	r = newReactorOf(t, NewDefaultSystem())
	mustRun(t, r)
	mustRun(t, r)
}

type owner string

func (o owner) String() string { return string(o) }

func TestG12_DeadlockTexts(t *testing.T) {
	f := &fake{name: "fake", poll: func() (Status, error) { return NoWaiters, nil }}
	class := f.class(1)
	suspended := func(r *Reactor, name, what string) *Deferred {
		return r.Start(name, func(d *Deferred) Outcome { return wait(d, place(what), name, nil) }, nil)
	}
	for _, test := range []struct {
		name string
		make func(r *Reactor)
		want string
	}{
		{"G12 one", func(r *Reactor) { suspended(r, "fetch", "reading its stdin") },
			"deadlock: fetch is reading its stdin"},
		{"G12 with an owner", func(r *Reactor) { suspended(r, "fetch", "reading its stdin").SetOwner(owner("reader 7")) },
			"deadlock: reader 7 is reading its stdin"},
		{"G12 without callbacks", func(r *Reactor) { r.NewDeferred(nil).Suspend(place("waiting")) },
			"deadlock: a thread is waiting"},
		{"G12 waiting for nothing", func(r *Reactor) { r.NewDeferred(nil).Suspend(nil) },
			"deadlock: a thread is waiting for nothing"},
		{"G12 two, the oldest first", func(r *Reactor) { suspended(r, "a", "reading b"); suspended(r, "b", "reading a") },
			"deadlock: 2 threads wait for each other: a is reading b; b is reading a"},
		{"G12 a combination", func(r *Reactor) { r.All(suspended(r, "a", "waiting")) },
			"deadlock: 2 threads wait for each other: a is waiting; combine is waiting for several others"},
		{"G12 in a notifier that knows of no waiter", func(r *Reactor) {
			waitFor(&trace{}, in(r, class), r, "a", 0)
		}, "deadlock: a is waiting for fake"},
		{"G12 more than are told", func(r *Reactor) {
			for i := range 50 {
				suspended(r, fmt.Sprint("t", i), "waiting")
			}
		}, "deadlock: 50 threads wait for each other: " + first20("is waiting") + "; and 30 more"},
		{"G12 a running one counts not", func(r *Reactor) { r.NewDeferred(nil); suspended(r, "a", "waiting") },
			"deadlock: a is waiting"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newReactor(t, class)
			test.make(r)
			err := r.Run()
			if dead := new(DeadlockError); !errors.As(err, &dead) || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func first20(what string) string {
	var all []string
	for i := range reportedWaits {
		all = append(all, fmt.Sprintf("t%d %s", i, what))
	}
	return strings.Join(all, "; ")
}

func TestG12_GoesOnAfterADeadlock(t *testing.T) {
	r := newReactor(t)
	var tr trace
	d := start(r, &tr, nil, "A")
	if err := r.Run(); err == nil {
		t.Error("got nil, want a deadlock")
	}
	_ = r.Schedule(d, 1)
	mustRun(t, r)
	tr.check(t, "A' 1", "A ended: 1")
}

func TestG13_RunInsideRun(t *testing.T) {
	r := newReactor(t)
	var inside, closing, outside error
	start := func(d *Deferred) Outcome {
		outside = r.Run()
		o := wait(d, place("waiting"), "A", func(Outcome) Outcome {
			inside, closing = r.Run(), r.Close()
			return Done(nil)
		})
		_ = r.Schedule(d, nil)
		return o
	}
	r.Start("A", start, nil)
	mustRun(t, r)
	if outside != ErrRunning || inside != ErrRunning || closing != ErrRunning {
		t.Errorf("got %v, %v, %v, want ErrRunning from each", outside, inside, closing)
	}
}
