package reactor

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Status is what a notifier found when it was polled or waited on.
type Status int

const (
	NoWaiters  Status = iota // nobody waits for its events
	Polled                   // it looked, or waited; whether there were events does not matter
	CannotWait               // it has waiters but cannot sleep until an event; it looked only
	OnlyCalls                // nobody waits, but it has functions to call: it wants to be the one that sleeps
)

// Notifier knows one kind of event and which threads wait for it. Its methods are called
// by the reactor it was made for, on the reactor's goroutine. It is the Waiter of the Deferreds that wait in it.
type Notifier interface {
	Waiter
	// Register makes d, which is suspended, wait for reason; what a reason is, the notifier
	// says. With maxWait above 0 it sets a timer with the reactor.
	Register(d *Deferred, reason any, maxWait time.Duration) error
	// Deregister ends d's wait and schedules it with o.
	Deregister(d *Deferred, o Outcome) error
	// Timeout ends d's wait because its timer popped; it schedules it with ErrTimeout.
	Timeout(d *Deferred) error
	// Poll schedules the Deferreds whose events have happened, without sleeping.
	Poll() (Status, error)
	// TimedWait sleeps until an event, an interrupt, a signal or at most for d. Woken by a
	// signal counts as Polled.
	TimedWait(d time.Duration) (Status, error)
	// WaitForever sleeps until an event, an interrupt or a signal.
	WaitForever() (Status, error)
	// Close frees what the notifier holds. Nobody waits in it any more.
	Close() error
}

// A Notifier may also be one of these.
type (
	// Interrupter can be woken: Interrupt, called by any goroutine, ends a wait under way
	// or the next one. A notifier that is none never sleeps longer than the timed wait.
	Interrupter interface{ Interrupt() }
	// SelfWaking notifiers report their events through Reactor.Post: nobody has to poll
	// them or wait on them.
	SelfWaking interface{ SelfWaking() }
	// KernelWaiter has a descriptor that becomes readable when it has events. Its Poll takes
	// them all or schedules somebody: only a new event ends the next wait. The descriptor is -1
	// as long as there is none.
	KernelWaiter interface{ Descriptor() int }
	// Merger can wait for the descriptors of others together with its own: from Merge, which
	// makes every wait end when fd becomes readable, to Unmerge.
	Merger interface {
		Merge(fd int) error
		Unmerge(fd int)
	}
)

// NotifierClass describes a kind of notifier; each reactor makes one of its own from it.
type NotifierClass struct {
	Name     string
	Priority int // higher ones are polled first
	New      func(*Reactor) (Notifier, error)
}

// System is what several reactors share: the list of notifier classes and some limits. Its
// methods may be called from any goroutine; a change reaches each reactor at its next turn,
// which a running one that sleeps takes at once.
type System struct {
	mu      sync.Mutex
	running map[*Reactor]struct{}
	classes []*NotifierClass
	limits  limits
	version atomic.Int64
}

type limits struct {
	threshold int
	timedWait time.Duration
	slice     time.Duration
	blocking  int
}

// Defaults of a System.
const (
	DefaultEventCheckingThreshold = 256
	DefaultTimedWait              = 10 * time.Millisecond
)

// NewSystem returns a system with the given notifiers.
func NewSystem(classes ...*NotifierClass) *System {
	s := &System{limits: limits{DefaultEventCheckingThreshold, DefaultTimedWait, DefaultSlice, BlockingLimit},
		running: make(map[*Reactor]struct{})}
	s.version.Store(1)
	for _, c := range classes {
		s.AddNotifier(c)
	}
	return s
}

// enter makes r one of the reactors that changes wake, exit ends that.
func (s *System) enter(r *Reactor) {
	s.mu.Lock()
	s.running[r] = struct{}{}
	s.mu.Unlock()
}

func (s *System) exit(r *Reactor) {
	s.mu.Lock()
	delete(s.running, r)
	s.mu.Unlock()
}

// change makes a change under the lock and then lets the running reactors know.
func (s *System) change(do func() error) error {
	s.mu.Lock()
	err := do()
	var running []*Reactor
	if err == nil {
		s.version.Add(1)
		running = slices.Collect(maps.Keys(s.running))
	}
	s.mu.Unlock()
	for _, r := range running {
		r.nudge()
	}
	return err
}

// AddNotifier adds a class in its place: by descending priority, ties in the order of
// adding. A class that is in the list stays where it is.
func (s *System) AddNotifier(c *NotifierClass) {
	_ = s.change(func() error {
		s.add(c)
		return nil
	})
}

func (s *System) add(c *NotifierClass) {
	if slices.Contains(s.classes, c) {
		return
	}
	i, _ := slices.BinarySearchFunc(s.classes, c.Priority, func(o *NotifierClass, p int) int {
		if o.Priority >= p {
			return -1
		}
		return 1
	})
	s.classes = slices.Insert(slices.Clone(s.classes), i, c)
}

// RemoveNotifier removes a class; those who wait in its notifiers get an error. It is an
// error when the class is not in the list.
func (s *System) RemoveNotifier(c *NotifierClass) error {
	return s.change(func() error {
		i := slices.Index(s.classes, c)
		if i < 0 {
			return fmt.Errorf("%w: %s", ErrNoNotifier, c.Name)
		}
		s.classes = slices.Delete(slices.Clone(s.classes), i, i+1)
		return nil
	})
}

// SetEventCheckingThreshold sets after how many continuations the notifiers are polled
// although more threads could go on; at least 1.
func (s *System) SetEventCheckingThreshold(n int) error {
	if n < 1 {
		return fmt.Errorf("the event checking threshold must be at least 1, not %d", n)
	}
	return s.change(func() error {
		s.limits.threshold = n
		return nil
	})
}

// SetTimedWait sets how long one of several notifiers that cannot be waited for together
// may sleep while the others go unpolled; more than 0.
func (s *System) SetTimedWait(d time.Duration) error {
	if d <= 0 {
		return fmt.Errorf("the timed wait must be more than 0, not %v", d)
	}
	return s.change(func() error {
		s.limits.timedWait = d
		return nil
	})
}

// SetSlice sets for how long threads have their turns, one after another, before events are
// looked for; a thread that need not suspend gives up its turn after as long, where it next
// puts or reads. With 0 it does so at every batch, with NoSlice never.
func (s *System) SetSlice(d time.Duration) {
	_ = s.change(func() error {
		s.limits.slice = max(d, NoSlice)
		return nil
	})
}

// SetBlockingLimit sets how many blocking calls each reactor makes at a time; at least 1. Calls
// that wait for each other need as many; BlockingLimit is the default. Those under way go on.
func (s *System) SetBlockingLimit(n int) error {
	if n < 1 {
		return fmt.Errorf("the limit of blocking calls must be at least 1, not %d", n)
	}
	return s.change(func() error {
		s.limits.blocking = n
		return nil
	})
}

func (s *System) blockingLimit() int {
	_, l, _ := s.snapshot()
	return l.blocking
}

func (s *System) snapshot() (classes []*NotifierClass, l limits, version int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.classes, s.limits, s.version.Load()
}

// Defer suspends d in n until reason happens or maxWait has passed (0: no limit).
func Defer(n Notifier, d *Deferred, reason any, maxWait time.Duration) Outcome {
	out := d.Suspend(n)
	if !out.Suspended() {
		return out
	}
	if err := n.Register(d, reason, maxWait); err != nil {
		d.leave()
		return Failed(err)
	}
	return out
}
