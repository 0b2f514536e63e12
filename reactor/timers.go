package reactor

import (
	"math"
	"time"
)

// timer wakes a Deferred through its notifier.
type timer struct {
	when int64 // nanoseconds since the reactor's epoch
	seq  uint64
	d    *Deferred
	n    Notifier
}

// timerHeap is a binary heap by time; ties pop in the order in which they were set. Entry
// i-1 belongs to the Deferred whose timer field is i.
type timerHeap []timer

func (h timerHeap) less(i, j int) bool {
	return h[i].when < h[j].when || h[i].when == h[j].when && h[i].seq < h[j].seq
}

func (h timerHeap) swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].d.timer, h[j].d.timer = int32(i+1), int32(j+1)
}

func (h timerHeap) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !h.less(i, parent) {
			return
		}
		h.swap(i, parent)
		i = parent
	}
}

func (h timerHeap) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(h) {
			return
		}
		if child+1 < len(h) && h.less(child+1, child) {
			child++
		}
		if !h.less(child, i) {
			return
		}
		h.swap(i, child)
		i = child
	}
}

func (h *timerHeap) push(t timer) {
	*h = append(*h, t)
	t.d.timer = int32(len(*h))
	h.up(len(*h) - 1)
}

// remove takes out the entry that a Deferred's timer field names.
func (h *timerHeap) remove(index int) {
	i, last := index-1, len(*h)-1
	(*h)[i].d.timer = 0
	if i != last {
		(*h)[i] = (*h)[last]
		(*h)[i].d.timer = int32(i + 1)
	}
	(*h)[last] = timer{}
	*h = (*h)[:last]
	if i < last {
		h.up(i)
		h.down(i)
	}
}

// SetTimer makes n.Timeout be called for d in wait from now, once, unless d is woken before.
// A timer set again replaces the one before.
func (r *Reactor) SetTimer(n Notifier, d *Deferred, wait time.Duration) {
	if d.timer != 0 {
		r.timers.remove(int(d.timer))
	}
	r.timerSeq++
	now := r.now()
	when := now + min(max(int64(wait), 0), math.MaxInt64-now)
	r.timers.push(timer{when: when, seq: r.timerSeq, d: d, n: n})
}

// ClearTimer takes d's timer back and reports whether there was one.
func (r *Reactor) ClearTimer(d *Deferred) bool {
	if d.timer == 0 {
		return false
	}
	r.timers.remove(int(d.timer))
	return true
}

func (r *Reactor) now() int64 { return int64(time.Since(r.epoch)) }

// expire calls Timeout for the timers that are due.
func (r *Reactor) expire() {
	if len(r.timers) == 0 {
		return
	}
	for now := r.now(); len(r.timers) > 0 && r.timers[0].when <= now; {
		t := r.timers[0]
		r.timers.remove(1)
		if err := t.n.Timeout(t.d); err != nil {
			t.d.Override(Failed(err))
		}
	}
}

// untilTimer returns how long it is until the next timer, and false when there is none.
func (r *Reactor) untilTimer() (time.Duration, bool) {
	if len(r.timers) == 0 {
		return 0, false
	}
	return time.Duration(max(r.timers[0].when-r.now(), 0)), true
}

// sleeper is the notifier of threads that only wait for time to pass.
type sleeper struct{ passive }

func (sleeper) Describe(d *Deferred) string {
	if left, ok := d.untilTimer(); ok {
		return "sleeping for another " + rounded(left).String()
	}
	return "sleeping"
}

func (sleeper) Register(d *Deferred, reason any, maxWait time.Duration) error {
	d.r.SetTimer(sleeper{}, d, maxWait)
	return nil
}

func (sleeper) Timeout(d *Deferred) error { return d.r.schedule(d, Outcome{}) }

// Sleep suspends d until wait has passed. The result is a nil value, not ErrTimeout.
func (d *Deferred) Sleep(wait time.Duration) Outcome {
	return Defer(sleeper{}, d, nil, wait)
}

// AwaitTime is Sleep for the running thread, which has a stack: it returns when wait has
// passed, or the wait has ended otherwise.
func (d *Deferred) AwaitTime(wait time.Duration) {
	if d.state == stateRunning {
		d.r.SetTimer(sleeper{}, d, wait)
		_, _ = d.Await(sleeper{})
	}
}

// limit is the notifier of a wait in something else that has a time limit.
type limit struct{ passive }

func (limit) Describe(*Deferred) string                    { return "waiting with a time limit" }
func (limit) Register(*Deferred, any, time.Duration) error { return nil }

// AwaitFor is Await with a time limit: when maxWait (0: none; below 0: it has passed already)
// has passed, the result is ErrTimeout.
func (d *Deferred) AwaitFor(w Waiter, maxWait time.Duration) (any, error) {
	if maxWait < 0 {
		w.Cancel(d)
		return nil, ErrTimeout
	}
	if maxWait > 0 && d.state == stateRunning {
		d.r.SetTimer(limit{}, d, maxWait)
	}
	return d.Await(w)
}

// passive is the part of a notifier that has no events of its own to look for.
type passive struct{}

func (passive) Cancel(*Deferred)                        {}
func (passive) Deregister(d *Deferred, o Outcome) error { return d.r.schedule(d, o) }
func (passive) Timeout(d *Deferred) error               { return d.r.schedule(d, Failed(ErrTimeout)) }
func (passive) Poll() (Status, error)                   { return NoWaiters, nil }
func (passive) TimedWait(time.Duration) (Status, error) { return NoWaiters, nil }
func (passive) WaitForever() (Status, error)            { return NoWaiters, nil }
func (passive) Close() error                            { return nil }
