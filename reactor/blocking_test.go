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
