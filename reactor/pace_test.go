package reactor

import (
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"
)

// Time stands still in these tests but for computes, which threads call in their turns.
func computes(d time.Duration) { time.Sleep(d) }

// paced returns a reactor with a slice, and a fake that polls note the time at.
func paced(t *testing.T, slice time.Duration) (r *Reactor, polls *[]time.Duration) {
	t.Helper()
	s := NewSystem()
	s.SetSlice(slice)
	r, polls = newReactorOf(t, s), new([]time.Duration)
	s.AddNotifier((&fake{name: "fake", poll: func() (Status, error) {
		*polls = append(*polls, r.Age())
		return NoWaiters, nil
	}}).class(1))
	return r, polls
}

// TestK4_EventsAreLookedForInTime has threads whose turns are long: events are looked for
// when the slice has passed, not behind so many turns.
func TestK4_EventsAreLookedForInTime(t *testing.T) {
	for _, row := range []struct {
		slice, turn time.Duration
		want        time.Duration // between two polls: the slice and the turns of a quarter of it
	}{
		{DefaultSlice, 300 * time.Microsecond, 1200 * time.Microsecond},
		{DefaultSlice, 2 * time.Millisecond, 2 * time.Millisecond},
		{DefaultSlice, time.Microsecond, DefaultEventCheckingThreshold * time.Microsecond},
		{10 * time.Millisecond, 300 * time.Microsecond, 12 * time.Millisecond},
		{NoSlice, 300 * time.Microsecond, DefaultEventCheckingThreshold * 300 * time.Microsecond},
		{0, 300 * time.Microsecond, 300 * time.Microsecond},
	} {
		t.Run(fmt.Sprintf("K4 slice %v turns of %v", row.slice, row.turn), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, polls := paced(t, row.slice)
				count := 0
				busy(r, &count, func() bool { computes(row.turn); return count == 3000 })
				mustRun(t, r)
				most := time.Duration(0)
				for i, at := range (*polls)[1:] {
					most = max(most, at-(*polls)[i])
				}
				if most != row.want {
					t.Errorf("got up to %v between two polls, want %v", most, row.want)
				}
			})
		})
	}
}

// TestK4_TheClockIsSeldomRead checks how many turns there are for each reading of the clock:
// many when they are short, one when they are long and for a while after.
func TestK4_TheClockIsSeldomRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := paced(t, DefaultSlice)
		count, ones := 0, 0
		busy(r, &count, func() bool {
			switch {
			case count == 2000:
				ones = 0
				computes(2 * time.Millisecond)
			case r.stride == 1:
				ones++
			}
			if (count == 1000 || count == 5000) && r.stride != maxStride {
				t.Errorf("after %d turns: got %d turns for each reading, want %d", count, r.stride, maxStride)
			}
			return count == 5000
		})
		mustRun(t, r)
		if ones < waryOf || ones > waryOf+1 {
			t.Errorf("got %d turns with a reading each behind a long one, want about %d", ones, waryOf)
		}
	})
}

// charged is a thread with a stack that is charged for what it does without suspending.
type charged struct {
	*coroutine
	pauses int
}

func (c *charged) Pause() { c.pauses++ }

func TestK4_Charge(t *testing.T) {
	for _, row := range []struct {
		name   string
		slice  time.Duration
		charge func(d *Deferred)
		want   int // pauses
	}{
		{"K4 long work", DefaultSlice, func(d *Deferred) {
			for range 10 {
				computes(600 * time.Microsecond)
				d.charge(1)
			}
		}, 9}, // the stack of the test does not give up its turn: the slice stays used up
		{"K4 short work", DefaultSlice, func(d *Deferred) {
			for range 1000 {
				d.charge(1)
			}
		}, 0},
		{"K4 many units", DefaultSlice, func(d *Deferred) {
			for range 1000 {
				d.charge(1)
			}
			computes(time.Millisecond)
			d.charge(maxStride)
		}, 1},
		{"K4 no slice", NoSlice, func(d *Deferred) {
			for range 10 {
				computes(time.Second)
				d.charge(math.MaxInt)
			}
		}, 0},
		{"K4 at every batch", 0, func(d *Deferred) {
			for range 10 {
				d.charge(1)
			}
		}, 10},
		{"K4 while suspended", 0, func(d *Deferred) {
			d.Suspend(place("nowhere"))
			d.charge(1)
			d.Refuse(Outcome{})
		}, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, _ := paced(t, row.slice)
				c := &charged{}
				r.Post(func() {
					d := onStack(r, "A", func(d *Deferred) {
						row.charge(d)
						d.End(Done(nil))
					})
					c.coroutine = d.thread.(*coroutine)
					d.thread = c
				})
				mustRun(t, r)
				if c.pauses != row.want {
					t.Errorf("got %d pauses, want %d", c.pauses, row.want)
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) { // a thread without a stack cannot give up its turn
		r, _ := paced(t, 0)
		r.Start("callbacks", func(d *Deferred) Outcome { d.charge(1); return Done(nil) }, nil)
		mustRun(t, r)
	})
}

// TestK4_EventsComeFirst has a thread that gives up its turn while turns are short, so that
// the clock is seldom read: events are looked for before the next thread has its turn.
func TestK4_EventsComeFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, polls := paced(t, DefaultSlice)
		count, looked := 0, 0
		busy(r, &count, func() bool {
			if looked > 0 && looked == len(*polls) {
				t.Error("got another turn before events were looked for")
			}
			looked = 0
			return count == 3000
		})
		r.Post(func() {
			onStack(r, "A", func(d *Deferred) {
				for count < 2100 {
					d.Suspend(place("waiting for its turn"))
					_ = r.Schedule(d, nil)
					_, _ = d.Parked()
				}
				computes(2 * time.Millisecond)
				d.charge(maxStride)
				looked = len(*polls)
				d.End(Done(nil))
			})
		})
		mustRun(t, r)
	})
}

func TestK4_Share(t *testing.T) {
	for _, row := range []struct {
		slice, turn time.Duration
		rows, want  int
	}{
		{DefaultSlice, 10 * time.Millisecond, 1000, 50},
		{DefaultSlice, time.Millisecond, 1000, 500},
		{DefaultSlice, time.Second, 10, 1},
		{DefaultSlice, 400 * time.Microsecond, 1000, math.MaxInt},
		{NoSlice, time.Second, 1000, math.MaxInt},
		{0, time.Second, 1000, math.MaxInt},
	} {
		synctest.Test(t, func(t *testing.T) {
			r, _ := paced(t, row.slice)
			count, got := 0, 0
			busy(r, &count, func() bool {
				computes(row.turn)
				got = r.share(row.rows)
				return count == 2
			})
			mustRun(t, r)
			if got != row.want {
				t.Errorf("slice %v: got %d of %d rows that took %v, want %d", row.slice, got, row.rows, row.turn, row.want)
			}
		})
	}
}

// TestK3_WhenTheTurnBegan checks what another goroutine is told about the running turn.
func TestK3_WhenTheTurnBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := paced(t, DefaultSlice)
		var got []string
		long := func() { computes(time.Minute) } // that is no thread's turn
		told := func() {
			began, exact := r.Turn()
			got = append(got, fmt.Sprint(began, " ", exact))
		}
		told()
		count := 0
		busy(r, &count, func() bool {
			computes(3 * time.Millisecond)
			told()
			r.Post(long)
			return count == 3
		})
		sleeping(r, "sleeper", time.Second, told)
		r.Post(told)
		mustRun(t, r)
		told()
		r.System().SetSlice(NoSlice)
		sleeping(r, "sleeper", time.Second, told)
		mustRun(t, r)
		want := []string{"-1ns false", "-1ns false", "0s true", "1m0.003s true", "2m0.006s true", "2m0.006s true", "-1ns false", "-1ns false"}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
