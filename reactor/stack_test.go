package reactor

import (
	"errors"
	"iter"
	"runtime"
	"testing"
	"time"
)

// coroutine is a stack for the tests.
type coroutine struct {
	next  func() (struct{}, bool)
	stop  func()
	yield func(struct{}) bool
}

func newCoroutine(body func()) *coroutine {
	c := &coroutine{}
	c.next, c.stop = iter.Pull(func(yield func(struct{}) bool) {
		c.yield = yield
		body()
	})
	return c
}

func (c *coroutine) Resume() { c.next() }
func (c *coroutine) Park()   { c.yield(struct{}{}) }

// onStack starts a thread with a stack.
func onStack(r *Reactor, name string, body func(d *Deferred)) *Deferred {
	d := &Deferred{}
	r.begin(d, name, newCoroutine(func() { body(d) }))
	d.Suspend(place("starting"))
	_ = r.Schedule(d, nil)
	return d
}

// TestF18_Memory prints what a waiting stackless thread costs.
func TestF18_Memory(t *testing.T) {
	const n = 100_000
	r := newReactor(t)
	ended := 0
	callback := func(o Outcome) Outcome { ended++; return o }
	before := heap()
	for range n {
		r.Start("sleeper", func(d *Deferred) Outcome {
			o := d.Sleep(time.Hour)
			o.AddCallback("sleeper", "", callback)
			return o
		}, nil)
	}
	each := (heap() - before) / n
	t.Logf("%d bytes for each of %d sleeping threads", each, n)
	if each > 300 {
		t.Errorf("got %d bytes for a waiting stackless thread, want at most 300", each)
	}
	r.EachLive(func(d *Deferred) { d.Override(Done(nil)) })
	mustRun(t, r)
	if ended != n || r.Live() != 0 || len(r.timers) != 0 {
		t.Errorf("got %d ended, %d live, %d timers; want all, none, none", ended, r.Live(), len(r.timers))
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestF18_Promote(t *testing.T) {
	leaves(t)
	r := newReactor(t)
	var tr trace
	var d *Deferred
	own := map[string]Callback{"B": func(o Outcome) Outcome {
		tr.add("B' %s", text(o))
		return wait(d, place("waiting"), "B", tr.callback("B''"))
	}}
	d = start(r, &tr, own, "A", "B")
	err := d.Promote(newCoroutine(func() {
		v, err := d.Result()
		tr.add("on the stack: %v %v", v, err)
		for range 2 {
			v, err = d.Await(place("waiting on the stack"))
			tr.add("awaited: %v %v", v, err)
		}
		d.End(Done("end"))
	}))
	if err != nil {
		t.Fatalf("got %v from Promote, want nil", err)
	}
	if err := d.Promote(nil); err == nil {
		t.Error("got nil from a second Promote, want an error")
	}
	for i := range 3 {
		_ = r.Schedule(d, i)
		_ = r.Run()
	}
	_ = r.ScheduleError(d, errTest)
	mustRun(t, r)
	tr.check(t, "B' 0", "B'' 1", "A' 1", "on the stack: 1 <nil>", "awaited: 2 <nil>",
		"awaited: <nil> no luck", "A ended: end")
	if err := d.Promote(nil); err != ErrNotSuspended {
		t.Errorf("got %v for a finished thread, want ErrNotSuspended", err)
	}
}

func TestF18_NoStackNoWaitingInPlace(t *testing.T) {
	leaves(t)
	r := newReactor(t)
	var tr trace
	var d *Deferred
	left := 0
	try := func(o Outcome) Outcome {
		_, err := d.AwaitFor(counting{&left}, time.Hour)
		tr.add("%v", err)
		return o
	}
	d = start(r, &tr, map[string]Callback{"A": try}, "A")
	_ = r.Schedule(d, 1)
	mustRun(t, r)
	d = start(r, &tr, map[string]Callback{"B": try}, "B")
	_ = d.Promote(newCoroutine(func() { d.End(Done("promoted")) }))
	_ = r.Schedule(d, 1)
	mustRun(t, r)
	const none = "a thread without a stack cannot wait in place"
	tr.check(t, none, "A ended: 1", none, "B ended: promoted")
	if left != 2 || len(r.timers) != 0 {
		t.Errorf("got %d waits left, %d timers, want 2 and 0", left, len(r.timers))
	}
}

func TestF5_NoCallbacksOnAStack(t *testing.T) {
	leaves(t)
	r := newReactor(t)
	var tr trace
	onStack(r, "stack", func(d *Deferred) {
		o := d.Suspend(place("waiting"))
		tr.add("accepted %t", o.AddCallback("A", "", tr.callback("A'")))
		tr.add("%s", text(o))
		v, err := d.Await(place("waiting"))
		tr.add("%v %v", v, err)
		d.End(Done(nil))
	})
	_ = r.Run()
	r.EachLive(func(d *Deferred) { _ = r.Schedule(d, 2) })
	mustRun(t, r)
	tr.check(t, "accepted false", "error a thread with a stack takes no callbacks", "2 <nil>")
}

func TestF5_EndLeavesItsWait(t *testing.T) {
	leaves(t)
	r := newReactor(t)
	left := 0
	onStack(r, "stack", func(d *Deferred) {
		d.Suspend(counting{&left})
		r.SetTimer(sleeper{}, d, time.Hour)
		d.End(Failed(errTest))
	})
	mustRun(t, r)
	if left != 1 || len(r.timers) != 0 {
		t.Errorf("got %d waits left, %d timers, want 1 and 0", left, len(r.timers))
	}
}

func TestF5_CloseEndsThreadsWithoutAStack(t *testing.T) {
	leaves(t)
	r := New(NewSystem())
	var tr trace
	var d *Deferred
	own := map[string]Callback{"A": func(o Outcome) Outcome {
		tr.add("A' %s", text(o))
		return d.Suspend(place("waiting"))
	}}
	d = start(r, &tr, own, "A", "B")
	promoted := start(r, &tr, nil, "C")
	_ = promoted.Promote(newCoroutine(func() { t.Error("the stack was resumed") }))
	promoted.thread.(*promotion).Stack.(*coroutine).stop()
	scheduled := start(r, &tr, nil, "D")
	_ = r.Schedule(scheduled, 1)
	if err := r.Close(); err != nil {
		t.Errorf("got %v from Close, want nil", err)
	}
	tr.check(t, "B' error the reactor is closed", "A' error the reactor is closed", "A ended: error the reactor is closed",
		"C' error the reactor is closed", "C ended: error the reactor is closed",
		"D' error the reactor is closed", "D ended: error the reactor is closed")
	if err := r.Run(); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v from Run, want ErrClosed", err)
	}
}

// TestF5_Paths goes through the ways in which a suspension can come to its end.
func TestF5_Paths(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(r *Reactor, d *Deferred)
		want string
	}{
		{"F5 scheduled", func(r *Reactor, d *Deferred) { _ = r.Schedule(d, 1) }, "1"},
		{"F5 scheduled with an error", func(r *Reactor, d *Deferred) { _ = r.ScheduleError(d, errTest) }, "error no luck"},
		{"F5 scheduled twice", func(r *Reactor, d *Deferred) { _ = r.Schedule(d, 1); _ = r.Schedule(d, 2) }, "1"},
		{"F5 terminated", func(r *Reactor, d *Deferred) { d.Override(Failed(errTest)) }, "error no luck"},
		{"F5 scheduled, then terminated", func(r *Reactor, d *Deferred) {
			_ = r.Schedule(d, 1)
			d.Override(Failed(errTest))
		}, "error no luck"},
		{"F5 scheduled, then called back", func(r *Reactor, d *Deferred) {
			_ = r.Schedule(d, 1)
			_ = d.Callback(Done(2))
		}, "2"},
		{"F5 called back twice", func(r *Reactor, d *Deferred) { _ = d.Callback(Done(1)); _ = d.Callback(Done(2)) }, "1"},
		{"F5 timed out", func(r *Reactor, d *Deferred) { r.SetTimer(limit{}, d, 0) }, "error timed out"},
		{"F5 ended, then timed out", func(r *Reactor, d *Deferred) {
			r.SetTimer(limit{}, d, 0)
			_ = d.Callback(Done(1))
		}, "1"},
		{"F5 reactor closed", func(r *Reactor, d *Deferred) { _ = r.Close() }, "error the reactor is closed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			leaves(t)
			r := New(NewSystem())
			var tr trace
			test.end(r, start(r, &tr, nil, "A", "B"))
			if err := r.Run(); err != nil && err != ErrClosed {
				t.Errorf("got %v from Run, want nil", err)
			}
			_ = r.Close()
			tr.check(t, "B' "+test.want, "A' "+test.want, "A ended: "+test.want)
		})
	}
}
