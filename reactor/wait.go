package reactor

import (
	"fmt"
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
	if r.system.version.Load() == r.version {
		return nil
	}
	classes, threshold, timedWait, version := r.system.snapshot()
	old := r.notifiers
	var list []*installed
	for _, c := range classes {
		in, err := r.install(c, old)
		if err != nil {
			return err
		}
		list = append(list, in)
	}
	r.notifiers, r.threshold, r.timedWait, r.version = list, threshold, timedWait, version
	for _, in := range old {
		if !contains(list, in) {
			r.uninstall(in, fmt.Errorf("the notifier %s was removed", in.class.Name))
		}
	}
	return r.merge()
}

func contains(list []*installed, in *installed) bool {
	for _, o := range list {
		if o == in {
			return true
		}
	}
	return false
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
		if d.state == stateWaiting && d.waiter == Waiter(in.n) {
			d.Override(Failed(err))
		}
	})
	_ = in.n.Close()
}

// merge lets one notifier wait for the descriptors of all that have one.
func (r *Reactor) merge() error {
	var merger Merger
	for _, in := range r.notifiers {
		if m, ok := in.n.(Merger); ok && merger == nil {
			merger, in.merged = m, true
		}
	}
	if merger == nil {
		return nil
	}
	for _, in := range r.notifiers {
		k, ok := in.n.(KernelWaiter)
		if !ok || in.merged {
			continue
		}
		if err := merger.Merge(k.Descriptor()); err != nil {
			return err
		}
		in.merged = true
	}
	return nil
}

// poll lets every notifier look for its events.
func (r *Reactor) poll() {
	for _, in := range r.notifiers {
		r.note(in)(in.n.Poll())
	}
}

// note takes the result of a notifier's poll or wait. One that fails again and again is
// removed, and its waiters get the error.
func (r *Reactor) note(in *installed) func(Status, error) {
	return func(s Status, err error) {
		if err == nil {
			in.status, in.failures = s, 0
			return
		}
		in.status = Polled
		if in.failures++; in.failures < maxFailures {
			return
		}
		for i, o := range r.notifiers {
			if o == in {
				r.notifiers = append(append([]*installed(nil), r.notifiers[:i]...), r.notifiers[i+1:]...)
				break
			}
		}
		r.uninstall(in, fmt.Errorf("the notifier %s was removed: %w", in.class.Name, err))
	}
}

// wait sleeps until something may have happened. It reports false when nothing ever will.
func (r *Reactor) wait() bool {
	var slow, merged []*installed // that have waiters and do not wake the reactor themselves
	selfWaking := r.held > 0
	for _, in := range r.notifiers {
		switch _, self := in.n.(SelfWaking); {
		case in.status == NoWaiters:
		case self:
			selfWaking = true
		case in.merged:
			merged = append(merged, in)
		default:
			slow = append(slow, in)
		}
	}
	if len(merged) > 0 { // one wait covers them all: that of the merger
		for _, in := range r.notifiers {
			if _, ok := in.n.(Merger); ok && in.merged {
				slow = append(slow, in)
				break
			}
		}
	}
	limit, timer := r.untilTimer()
	switch {
	case len(slow) == 0 && !timer && !selfWaking:
		return false
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
			r.note(in)(in.n.TimedWait(limit))
		} else {
			r.note(in)(in.n.WaitForever())
		}
	})
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
	step := r.timedWait
	if timer {
		step = min(step, limit)
	}
	waited := false
	for _, in := range slow {
		wake, _ := interrupter(in.n)
		r.sleep(wake, func() {
			s, err := in.n.TimedWait(step)
			r.note(in)(s, err)
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
