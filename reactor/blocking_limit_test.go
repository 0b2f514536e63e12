package reactor

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// TestH11_BlockingLimit changes the limit while calls run and queue.
func TestH11_BlockingLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tr trace
		r := newReactor(t, Blocking)
		if err := r.System().SetBlockingLimit(2); err != nil {
			t.Fatal(err)
		}
		if err := r.System().SetBlockingLimit(0); err == nil {
			t.Error("a limit of 0 was taken")
		}
		call := blockingCall(func() (any, error) { time.Sleep(10 * time.Second); return nil, nil })
		var all []*Deferred
		for range 7 {
			all = append(all, calling(r, &tr, "A", 0, call))
		}
		seen := func(when string, want string) {
			t.Helper()
			running, queued, limit := r.BlockingCalls()
			if got := fmt.Sprint(running, queued, limit); got != want {
				t.Errorf("%s: got %s running, queued and at most, want %s", when, got, want)
			}
		}
		at := func(d time.Duration, fn func()) {
			r.Start("at", func(t *Deferred) Outcome {
				o := t.Sleep(d)
				o.AddCallback("at", "", func(Outcome) Outcome { fn(); return Done(nil) })
				return o
			}, nil)
		}
		at(time.Second, func() {
			synctest.Wait()
			seen("at first", "2 5 2")
			for i, want := range map[int]string{
				0: "waiting for a blocking call: 2 run and 5 queue",
				6: "waiting for one of the 2 blocking calls that run to end, to begin its own",
			} {
				if got := all[i].Waiter().Describe(all[i]); got != want {
					t.Errorf("call %d is %s, want %s", i, got, want)
				}
			}
			_ = r.System().SetBlockingLimit(4)
		})
		at(2*time.Second, func() {
			synctest.Wait()
			seen("when there may be more", "4 3 4")
			_ = r.System().SetBlockingLimit(1)
		})
		at(10500*time.Millisecond, func() { // two have ended, nobody began
			synctest.Wait()
			seen("when there may be fewer", "2 3 1")
		})
		at(12*time.Second, func() {
			synctest.Wait()
			seen("when those have ended", "1 2 1")
			if got, want := all[6].Waiter().Describe(all[6]), "waiting for one of the 1 blocking calls that run to end, to begin its own"; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
		at(35*time.Second, func() {
			synctest.Wait()
			seen("at last", "1 0 1")
			if got, want := all[6].Waiter().Describe(all[6]), "waiting for a blocking call"; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
		mustRun(t, r)
		if len(tr) != 7 {
			t.Errorf("got %d calls ended, want 7", len(tr))
		}
	})
}
