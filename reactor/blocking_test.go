package reactor

import (
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

type blockingCall = func() (any, error)

// calling starts a thread that makes a blocking call.
func calling(r *Reactor, tr *trace, name string, maxWait time.Duration, call any) *Deferred {
	return r.Start(name, func(d *Deferred) Outcome {
		o := Defer(r.Notifier(Blocking), d, call, maxWait)
		o.AddCallback(name, "", nil)
		return o
	}, tr.finish(name))
}

func TestH11_Blocking(t *testing.T) {
	for _, test := range []struct {
		name    string
		maxWait time.Duration
		call    any
		want    string
	}{
		{"H11 value", 0, blockingCall(func() (any, error) { time.Sleep(time.Hour); return 1, nil }), "1"},
		{"H11 error", 0, blockingCall(func() (any, error) { return nil, errTest }), "error no luck"},
		{"H11 panic", 0, blockingCall(func() (any, error) { panic("boom") }), "error panic: boom"},
		{"H11 goroutine ended", 0, blockingCall(func() (any, error) { runtime.Goexit(); return nil, nil }),
			"error the blocking call ended its goroutine"},
		{"H11 time-out", time.Second, blockingCall(func() (any, error) { time.Sleep(time.Hour); return 1, nil }),
			"error timed out"},
		{"H11 in time", 2 * time.Hour, blockingCall(func() (any, error) { time.Sleep(time.Hour); return 1, nil }), "1"},
		{"H11 no call", 0, 7, "error the blocking notifier takes a func() (any, error), not a int"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var tr trace
				r := newReactor(t, Blocking)
				calling(r, &tr, "A", test.maxWait, test.call)
				mustRun(t, r)
				tr.check(t, "A ended: "+test.want)
				time.Sleep(2 * time.Hour) // a call that nobody waits for goes on to its end
				mustRun(t, r)
				tr.check(t, "A ended: "+test.want)
			})
		})
	}
}

func TestH11_BoundedPool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 3*BlockingLimit + 5
		var tr trace
		var running, most, calls atomic.Int32
		r := newReactor(t, Blocking)
		call := blockingCall(func() (any, error) {
			calls.Add(1)
			most.Store(max(most.Load(), running.Add(1)))
			time.Sleep(time.Second)
			running.Add(-1)
			return nil, nil
		})
		began := time.Now()
		for range n {
			calling(r, &tr, "A", 0, call)
		}
		mustRun(t, r)
		if len(tr) != n || calls.Load() != n || most.Load() != BlockingLimit || time.Since(began) != 4*time.Second {
			t.Errorf("got %d ended, %d calls, %d at a time, %v; want all, %d at a time, 4s",
				len(tr), calls.Load(), most.Load(), time.Since(began), BlockingLimit)
		}
	})
}

func TestH11_GivenUpBeforeItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tr trace
		var calls atomic.Int32
		r := newReactor(t, Blocking)
		call := blockingCall(func() (any, error) { calls.Add(1); time.Sleep(time.Hour); return nil, nil })
		for range BlockingLimit + 10 {
			calling(r, &tr, "A", time.Minute, call)
		}
		calling(r, &tr, "B", 0, call)
		mustRun(t, r)
		if calls.Load() != BlockingLimit+1 || len(tr) != BlockingLimit+11 {
			t.Errorf("got %d calls and %d ends, want %d and %d", calls.Load(), len(tr), BlockingLimit+1, BlockingLimit+11)
		}
	})
}

func TestH11_OtherThreadsGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tr trace
		r := newReactor(t, Blocking)
		calling(r, &tr, "call", 0, blockingCall(func() (any, error) { time.Sleep(time.Minute); return 1, nil }))
		sleeping(r, "sleeper", time.Second, func() { tr.add("slept") })
		mustRun(t, r)
		tr.check(t, "slept", "call ended: 1")
	})
}

func TestH11_ClosedBeforeTheCallReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tr trace
		r := New(NewSystem(Blocking))
		calling(r, &tr, "A", time.Second, blockingCall(func() (any, error) { time.Sleep(time.Hour); return 1, nil }))
		if err := errors.Join(r.Run(), r.Close()); err != nil {
			t.Errorf("got %v, want nil", err)
		}
		time.Sleep(2 * time.Hour)
		tr.check(t, "A ended: error timed out")
		if r.Notifier(Blocking) != nil {
			t.Error("got a notifier from a closed reactor, want nil")
		}
	})
}

// TestH11_CallsDoNotWaitForTheReactor has more calls than may run at a time beside a thread
// that does not suspend: each begins when another ends, not at a turn of the reactor.
func TestH11_CallsDoNotWaitForTheReactor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 10 * BlockingLimit
		var tr trace
		var calls, last atomic.Int64
		r := newReactor(t, Blocking)
		began := time.Now()
		for range n {
			calling(r, &tr, "A", 0, blockingCall(func() (any, error) {
				time.Sleep(time.Second)
				calls.Add(1)
				last.Store(int64(time.Since(began)))
				return nil, nil
			}))
		}
		r.Post(func() { time.Sleep(time.Minute) }) // computes
		mustRun(t, r)
		if calls.Load() != n || len(tr) != n || time.Duration(last.Load()) != 10*time.Second {
			t.Errorf("got %d calls, the last after %v, and %d ends, want all after 10s", calls.Load(), time.Duration(last.Load()), len(tr))
		}
	})
}

// TestH11_ResultsOfAbandonedCalls ends the wait for a call and then makes another one: the
// first one's result is nobody's.
func TestH11_ResultsOfAbandonedCalls(t *testing.T) {
	for _, row := range []struct {
		name string
		end  func(d *Deferred)
	}{
		{"H11 terminated", func(d *Deferred) { d.Override(Failed(errTest)) }},
		{"H11 deregistered", func(d *Deferred) { _ = d.r.Notifier(Blocking).Deregister(d, Failed(errTest)) }},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var tr trace
				r := newReactor(t, Blocking)
				call := func(after time.Duration, result any) blockingCall {
					return func() (any, error) { time.Sleep(after); return result, nil }
				}
				d := r.Start("A", func(self *Deferred) Outcome {
					o := Defer(r.Notifier(Blocking), self, call(time.Minute, "first"), 0)
					o.AddCallback("A", "", func(o Outcome) Outcome {
						tr.add("A %s", text(o))
						o = Defer(r.Notifier(Blocking), self, call(time.Hour, "second"), 0)
						o.AddCallback("A", "", nil)
						return o
					})
					return o
				}, tr.finish("A"))
				sleeping(r, "ends it", time.Second, func() { row.end(d) })
				mustRun(t, r)
				tr.check(t, "A error no luck", "A ended: second")
			})
		})
	}
}

// TestH11_NothingIsLeft has calls that are given up while others hang: none of them stays in
// the queue, and no goroutine stays behind the last call.
func TestH11_NothingIsLeft(t *testing.T) {
	leaves(t)
	synctest.Test(t, func(t *testing.T) {
		var tr trace
		r := newReactor(t, Blocking)
		hang := make(chan bool)
		for range BlockingLimit {
			calling(r, &tr, "hangs", time.Second, blockingCall(func() (any, error) { <-hang; return nil, nil }))
		}
		for range 1000 {
			calling(r, &tr, "waits", time.Minute, blockingCall(func() (any, error) { t.Error("a call began that was given up"); return nil, nil }))
		}
		ends := calling(r, &tr, "gone", 0, blockingCall(func() (any, error) { t.Error("a call began that was given up"); return nil, nil }))
		sleeping(r, "ends it", 2*time.Minute, func() { ends.Override(Failed(errTest)) })
		mustRun(t, r)
		b := r.Notifier(Blocking).(*blocking)
		b.mu.Lock()
		left, running := b.queue.next != &b.queue, b.running
		b.mu.Unlock()
		if left || len(b.jobs) != 0 || running != BlockingLimit || len(tr) != BlockingLimit+1001 {
			t.Errorf("got calls left %v, %d waits, %d goroutines, %d ends", left, len(b.jobs), running, len(tr))
		}
		close(hang)
		synctest.Wait()
		if b.mu.Lock(); b.running != 0 {
			t.Errorf("got %d goroutines behind the last call, want none", b.running)
		}
		b.mu.Unlock()
	})
}

// TestH11_CallsThatEndTheirGoroutines has others take over the work of goroutines that end.
func TestH11_CallsThatEndTheirGoroutines(t *testing.T) {
	leaves(t)
	synctest.Test(t, func(t *testing.T) {
		const n = 3 * BlockingLimit
		var tr trace
		r := newReactor(t, Blocking)
		for range n {
			calling(r, &tr, "A", 0, blockingCall(func() (any, error) { runtime.Goexit(); return nil, nil }))
		}
		mustRun(t, r)
		for _, s := range tr {
			if s != "A ended: error the blocking call ended its goroutine" {
				t.Fatalf("got %q", s)
			}
		}
		if len(tr) != n {
			t.Errorf("got %d ends, want %d", len(tr), n)
		}
	})
}
