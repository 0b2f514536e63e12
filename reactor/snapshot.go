package reactor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"mtpipe/internal/layer"
)

// Blocked is a Waiter that knows whom a wait is for: BlockedBy returns the thread without
// which d cannot go on, or nil when it is none in particular. Reports find cycles with it.
type Blocked interface {
	Waiter
	BlockedBy(d *Deferred) *Deferred
}

// Snapshot is what a dump tells of a reactor besides its threads.
type Snapshot struct {
	Age       time.Duration   // since the reactor was made
	Clocked   bool            // it reads the clock now and then, so that LastRead tells something
	Held      int             // promises that somebody outside will Post
	Timers    []TimerState    // in the order in which they pop
	Notifiers []NotifierState // in the order in which they are polled
}

// TimerState is a timer that has not popped.
type TimerState struct {
	In     time.Duration
	Thread *Deferred
}

// NotifierState is a notifier and who waits in it.
type NotifierState struct {
	Name    string
	Waiting []*Deferred // the oldest first
}

// Snapshot returns the state of the reactor. Reactor only.
func (r *Reactor) Snapshot() Snapshot {
	now := r.now()
	s := Snapshot{Age: time.Duration(now), Clocked: r.slice >= 0, Held: r.held}
	timers := slices.Clone(r.timers)
	slices.SortFunc(timers, func(a, b timer) int {
		return cmp.Or(cmp.Compare(a.when, b.when), cmp.Compare(a.seq, b.seq))
	})
	for _, t := range timers {
		s.Timers = append(s.Timers, TimerState{In: time.Duration(max(t.when-now, 0)), Thread: t.d})
	}
	waiting := make(map[Notifier][]*Deferred)
	r.EachLive(func(d *Deferred) {
		if n := d.notifier(); n != nil {
			waiting[n] = append(waiting[n], d)
		}
	})
	for _, in := range r.notifiers {
		slices.Reverse(waiting[in.n])
		s.Notifiers = append(s.Notifiers, NotifierState{Name: in.class.Name, Waiting: waiting[in.n]})
	}
	return s
}

// LastRead returns the age of the reactor when it last read the clock, which it does several
// times in a slice while threads run. Reactor only.
func (r *Reactor) LastRead() time.Duration { return time.Duration(r.read) }

// notifier returns the notifier that d waits in, or nil.
func (d *Deferred) notifier() Notifier {
	if d.state != stateWaiting {
		return nil
	}
	switch w := d.waiter.(type) {
	case interface{ notifier() Notifier }: // a part of one
		return w.notifier()
	case Notifier:
		return w
	}
	return nil
}

// who returns the name of the thread as reports show it.
func (d *Deferred) who() string {
	switch {
	case d.Owner() != nil:
		return fmt.Sprint(d.Owner())
	case d.calls != nil && len(d.calls.stack) > 0:
		return d.calls.stack[0].name
	}
	return "a thread"
}

// what returns what the thread waits for.
func (d *Deferred) what() string {
	if d.waiter != nil {
		return d.waiter.Describe(d)
	}
	return "waiting for nothing"
}

// site returns where the thread was started, if that is known and not a part of its name.
func (d *Deferred) site() string {
	o, ok := d.Owner().(interface{ Site() string })
	if !ok {
		return ""
	}
	if site := o.Site(); !strings.Contains(d.who(), site) {
		return site
	}
	return ""
}

func (d *Deferred) describe() string { return d.who() + " is " + d.what() }

// untilTimer returns how long it is until d's timer pops; false when it has none.
func (d *Deferred) untilTimer() (time.Duration, bool) {
	if d.timer == 0 {
		return 0, false
	}
	return time.Duration(max(d.r.timers[d.timer-1].when-d.r.now(), 0)), true
}

// rounded returns d with three digits.
func rounded(d time.Duration) time.Duration {
	unit := time.Duration(1)
	for d >= 1000*unit {
		unit *= 10
	}
	return d.Round(unit)
}

// theTap returns what is told of the reactor's pipes.
func (r *Reactor) theTap() *layer.Tap { return &r.tap }
