package reactor

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Notifier returns this reactor's notifier of a class that its system has, or nil.
// Reactor only.
func (r *Reactor) Notifier(c *NotifierClass) Notifier {
	if err := r.refresh(); err != nil {
		return nil
	}
	for _, in := range r.notifiers {
		if in.class == c {
			return in.n
		}
	}
	return nil
}

// refresh makes the reactor's notifiers and limits those of the system.
func (r *Reactor) refresh() error {
	if r.closed {
		return ErrClosed
	}
	if r.system.version.Load() == r.version {
		return nil
	}
	classes, limits, version := r.system.snapshot()
	old := r.notifiers
	var list []*installed
	for _, c := range classes {
		in, err := r.install(c, old)
		if err != nil {
			for _, in := range list {
				if !slices.Contains(old, in) {
					_ = in.n.Close()
				}
			}
			return err
		}
		list = append(list, in)
	}
	r.notifiers, r.version = list, version
	r.threshold, r.timedWait = limits.threshold, limits.timedWait
	r.setSlice(limits.slice)
	if b := r.blocking.Load(); b != nil {
		b.setLimit(limits.blocking)
	}
	for _, in := range old {
		if !slices.Contains(list, in) {
			r.uninstall(in, fmt.Errorf("the notifier %s was removed", in.class.Name))
		}
	}
	return r.merge()
}

func (r *Reactor) install(c *NotifierClass, old []*installed) (*installed, error) {
	for _, in := range old {
		if in.class == c {
			return in, nil
		}
	}
	n, err := c.New(r)
	if err != nil {
		return nil, fmt.Errorf("notifier %s: %w", c.Name, err)
	}
	return &installed{class: c, n: n}, nil
}

// uninstall fails those who wait in a notifier and closes it.
func (r *Reactor) uninstall(in *installed, err error) {
	r.EachLive(func(d *Deferred) {
		if d.state == stateWaiting && isOf(d.waiter, in.n) {
			d.Override(Failed(err))
		}
	})
	if k, ok := in.n.(KernelWaiter); ok && in.merger != nil && in.merger != in {
		in.merger.n.(Merger).Unmerge(k.Descriptor())
	}
	_ = in.n.Close()
}

// isOf reports whether w is the notifier n or a part of it.
func isOf(w Waiter, n Notifier) bool {
	part, ok := w.(interface{ notifier() Notifier })
	return w == Waiter(n) || ok && part.notifier() == n
}

// merge lets one notifier wait for the descriptors of all that have one. A notifier that gets
// its descriptor later calls it then.
func (r *Reactor) merge() error {
	var errs []error
	var merger *installed
	for _, in := range r.notifiers {
		if _, ok := in.n.(Merger); ok {
			merger = in
			in.merger = in
			break
		}
	}
	for _, in := range r.notifiers {
		k, ok := in.n.(KernelWaiter)
		if !ok || in == merger || in.merger == merger {
			continue
		}
		in.merger = nil
		if merger == nil || k.Descriptor() < 0 {
			continue
		}
		if err := merger.n.(Merger).Merge(k.Descriptor()); err != nil {
			errs = append(errs, fmt.Errorf("notifier %s: %w", in.class.Name, err))
			continue
		}
		in.merger = merger
	}
	return errors.Join(errs...)
}

// poll lets every notifier look for its events.
func (r *Reactor) poll() {
	for _, in := range r.notifiers {
		r.note(in, polling)(in.poll(r))
	}
}

// note takes the result of a notifier's poll or wait. One that fails again and again at
// either, or panics, is removed, and its waiters get the error.
func (r *Reactor) note(in *installed, what int) func(Status, error) {
	return func(s Status, err error) {
		if err == nil {
			in.status, in.failures[what] = s, 0
			return
		}
		in.status = Polled
		var panicked *PanicError
		if in.failures[what]++; in.failures[what] < maxFailures && !errors.As(err, &panicked) {
			return
		}
		r.notifiers = slices.DeleteFunc(slices.Clone(r.notifiers), func(o *installed) bool { return o == in })
		r.uninstall(in, fmt.Errorf("the notifier %s was removed: %w", in.class.Name, err))
		_ = r.merge() // what is not merged is waited for in turn
	}
}

// wait sleeps until something may have happened. It reports false when nothing ever will.
func (r *Reactor) wait() bool {
	r.fresh = false
	var slow []*installed // that have waiters and do not wake the reactor themselves
	var merger *installed // one wait covers all that have it
	var calls *installed  // nobody waits for it, but it may sleep for others
	selfWaking, failing := r.held > 0 && !r.failures.broken, false
	for _, in := range r.notifiers {
		failing = failing || in.failures != [2]int{}
		switch _, self := in.n.(SelfWaking); {
		case in.status == NoWaiters:
		case in.status == OnlyCalls:
			calls = in
		case self:
			selfWaking = true
		case in.merger != nil:
			merger = in.merger
		default:
			slow = append(slow, in)
		}
	}
	if merger != nil {
		slow = append(slow, merger)
	}
	limit, timer := r.untilTimer()
	if failing && (!timer || limit > r.timedWait) { // try those again soon
		limit, timer = r.timedWait, true
	}
	switch {
	case len(slow) == 0 && !timer && !selfWaking:
		return false
	case len(slow) == 0 && calls != nil:
		r.waitOn(calls, limit, timer)
	case len(slow) == 0:
		r.park(limit, timer)
	case len(slow) == 1 && slow[0].status != CannotWait:
		r.waitOn(slow[0], limit, timer)
	default:
		r.waitInTurn(slow, limit, timer)
	}
	return true
}

// park sleeps on the reactor's own channel.
func (r *Reactor) park(limit time.Duration, timer bool) {
	var pop <-chan time.Time
	if timer {
		if limit <= 0 {
			return
		}
		t := time.NewTimer(limit)
		defer t.Stop()
		pop = t.C
	}
	wake := func() {
		select {
		case r.wake <- struct{}{}:
		default:
		}
	}
	r.sleep(wake, func() {
		select {
		case <-r.wake:
		case <-pop:
		}
	})
}

// sleep announces how the reactor is to be woken and sleeps, unless something was posted
// before the announcement.
func (r *Reactor) sleep(wake func(), body func()) {
	r.asleep.Store(&wake)
	if !r.posted.Load() {
		body()
	}
	r.asleep.Store(nil)
}

// waitOn sleeps in one notifier, up to the next timer.
func (r *Reactor) waitOn(in *installed, limit time.Duration, timer bool) {
	wake, can := interrupter(in.n)
	if !can && (!timer || limit > r.timedWait) {
		limit, timer = r.timedWait, true
	}
	r.sleep(wake, func() {
		if timer {
			r.note(in, waiting)(in.timedWait(r, limit))
		} else {
			r.note(in, waiting)(in.waitForever(r))
		}
	})
	if in.status == CannotWait && r.ready.len() == 0 {
		r.park(r.step(limit, timer), true)
	}
}

// step is how long to sleep between two looks at notifiers that need to be looked at.
func (r *Reactor) step(limit time.Duration, timer bool) time.Duration {
	if timer {
		return min(r.timedWait, limit)
	}
	return r.timedWait
}

// interrupter returns what wakes a notifier, and whether anything does.
func interrupter(n Notifier) (wake func(), can bool) {
	if i, ok := n.(Interrupter); ok {
		return i.Interrupt, true
	}
	return func() {}, false
}

// waitInTurn gives each notifier that can wait a short sleep, until one has something.
func (r *Reactor) waitInTurn(slow []*installed, limit time.Duration, timer bool) {
	step := r.step(limit, timer)
	waited := false
	for _, in := range slow {
		wake, _ := interrupter(in.n)
		r.sleep(wake, func() {
			s, err := in.timedWait(r, step)
			r.note(in, waiting)(s, err)
			waited = waited || err == nil && s == Polled
		})
		if r.ready.len() > 0 || r.posted.Load() {
			return
		}
	}
	if !waited {
		r.park(step, true)
	}
}
