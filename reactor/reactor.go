// Package reactor runs suspended computations when what they wait for has happened.
//
// A Deferred is the suspended rest of one thread. A Reactor owns Deferreds, a queue of
// those that may go on, timers, and notifiers, which know when descriptors, blocking
// calls and other sources have something to tell. One goroutine runs a reactor; it is never
// locked to an operating system thread.
//
// Methods are for the reactor's goroutine only ("reactor only"), except those marked
// "any goroutine": Post and what System offers. Threads are continued in the order in which
// they were scheduled. Time is monotonic.
package reactor

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mtpipe/internal/layer"
)

// Reactor continues Deferreds; see the package comment. The zero Reactor is not usable.
type Reactor struct {
	system    *System
	version   int64 // of the system's settings
	threshold int
	pace
	timedWait time.Duration
	notifiers []*installed
	ready     queue
	timers    timerHeap
	timerSeq  uint64
	epoch     time.Time
	current   *Deferred
	live      *Deferred
	liveCount int
	held      int // promises that somebody outside will Post
	tap       layer.Tap
	running   bool
	closed    bool
	failures  failures

	posted   atomic.Bool // there is something in the inbox
	asleep   atomic.Pointer[func()]
	blocking atomic.Pointer[blocking] // the notifier, for BlockingCalls
	wake     chan struct{}
	inboxMu  sync.Mutex
	inbox    []func()
	inboxOff bool
}

// installed is one notifier of this reactor.
type installed struct {
	class    *NotifierClass
	n        Notifier
	status   Status     // of the last poll
	failures [2]int     // in a row: polling, waiting
	merger   *installed // that waits for its descriptor too; itself, when it is the merger
}

// The two things that can fail in a notifier again and again.
const (
	polling = iota
	waiting
)

const maxFailures = 3 // a notifier that fails so often in a row is removed

// New returns a reactor with the system's notifiers.
func New(s *System) *Reactor {
	r := &Reactor{system: s, epoch: time.Now(), wake: make(chan struct{}, 1),
		threshold: DefaultEventCheckingThreshold, timedWait: DefaultTimedWait}
	r.setSlice(NoSlice) // until it runs
	return r
}

// System returns what the reactor shares with others.
func (r *Reactor) System() *System { return r.system }

// Schedule continues d with value at its turn. It is an error when d is not suspended, was
// scheduled already (the first wins) or belongs to another reactor. Reactor only.
func (r *Reactor) Schedule(d *Deferred, value any) error {
	return r.schedule(d, Outcome{value: value})
}

// ScheduleError continues d with err at its turn; see Schedule.
func (r *Reactor) ScheduleError(d *Deferred, err error) error { return r.schedule(d, Failed(err)) }

func (r *Reactor) schedule(d *Deferred, o Outcome) error {
	if d.state != stateWaiting {
		if d.state == stateScheduled {
			return ErrScheduled
		}
		return ErrNotSuspended
	}
	if d.r != r {
		return ErrOtherReactor
	}
	d.leave()
	d.state = stateScheduled
	d.put(o)
	r.ready.push(d)
	return nil
}

// Current returns the Deferred of the running thread, or nil when none runs. Reactor only.
func (r *Reactor) Current() *Deferred { return r.current }

// Post makes fn run on the reactor's goroutine at its next turn, waking it if it sleeps.
// It reports false, and fn will not run, when the reactor is closed. What was posted and has had
// no turn by then runs in Close. Any goroutine.
func (r *Reactor) Post(fn func()) bool {
	r.inboxMu.Lock()
	if r.inboxOff {
		r.inboxMu.Unlock()
		return false
	}
	r.inbox = append(r.inbox, fn)
	r.inboxMu.Unlock()
	r.nudge()
	return true
}

// nudge makes the reactor take another turn. Any goroutine.
func (r *Reactor) nudge() {
	r.posted.Store(true)
	if wake := r.asleep.Load(); wake != nil {
		(*wake)()
	}
}

// Hold tells the reactor that somebody outside will Post something: until Unhold, waiting
// threads are no deadlock and Run does not return. Reactor only.
func (r *Reactor) Hold() { r.held++ }

// Unhold takes one Hold back. Reactor only.
func (r *Reactor) Unhold() { r.held-- }

func (r *Reactor) receive() {
	if !r.posted.Load() {
		return
	}
	r.inboxMu.Lock()
	fns := r.inbox
	r.inbox = nil
	r.posted.Store(false)
	r.inboxMu.Unlock()
	for _, fn := range fns {
		r.guard("a function given to Post", fn)
	}
}

// Live returns the number of threads that have not finished.
func (r *Reactor) Live() int { return r.liveCount }

// EachLive calls fn for every thread that has not finished, the newest first.
func (r *Reactor) EachLive(fn func(*Deferred)) {
	for d := r.live; d != nil; {
		next := d.next
		fn(d)
		d = next
	}
}

func (r *Reactor) link(d *Deferred) {
	d.next = r.live
	if r.live != nil {
		r.live.prev = d
	}
	r.live = d
	r.liveCount++
}

func (r *Reactor) unlink(d *Deferred) {
	if d.prev != nil {
		d.prev.next = d.next
	} else {
		r.live = d.next
	}
	if d.next != nil {
		d.next.prev = d.prev
	}
	d.prev, d.next = nil, nil
	r.liveCount--
}

// Run continues threads until there is nothing left to do: nothing scheduled, nobody waiting.
// It returns a *DeadlockError when threads are suspended that nothing can wake, and
// ErrRunning when it runs already or a thread calls it. The calling goroutine is the
// reactor's until Run returns.
//
// When a function that the reactor calls panics, which is any but that of a thread with a stack,
// Run returns a *PanicError at once, with the place where the function stands; the error of
// a stackless thread that nobody takes it returns at the end. In a microthread.Program, its
// handler gets them.
//
// In each turn the events are looked for before the timers, so that of an event and a
// time-out in one turn the event wins.
func (r *Reactor) Run() error {
	if r.running || r.current != nil {
		return ErrRunning
	}
	if r.closed {
		return ErrClosed
	}
	r.running = true
	r.system.enter(r)
	defer func() {
		r.running = false
		r.system.exit(r)
	}()
	for {
		if over, err := r.goOn(); over {
			return r.takeFailures(err)
		}
	}
}

// goOn takes turns until there is nothing left to do, or a panic in the reactor's own code.
func (r *Reactor) goOn() (over bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			r.current = nil
			r.fail(nil, panicIn(p, func() string { return "the reactor" }))
		}
	}()
	for {
		if err := r.refresh(); err != nil {
			return true, err
		}
		if !r.tell() {
			return true, nil
		}
		r.runReady()
		r.receive()
		r.poll()
		r.expire()
		r.resume()
		if r.ready.len() > 0 || r.posted.Load() || r.system.version.Load() != r.version || r.failures.pressing() {
			continue
		}
		if !r.wait() {
			return true, r.deadlock()
		}
	}
}

// runReady continues scheduled threads for one round.
func (r *Reactor) runReady() {
	if r.ready.len() == 0 {
		return
	}
	r.newRound()
	for d := r.nextReady(); d != nil; d = r.nextReady() {
		r.takeReady()
		if d.thread != nil {
			d.thread.Resume()
		} else {
			d.continueWith(d.take())
		}
		r.current = nil
	}
	r.endRound()
}

// nextReady returns the thread that is to go on next, or nil when the reactor has to look
// for events first: no thread can go on, as many have as the event checking threshold
// allows, or for as long as the slice. Together with
// takeReady it lets a thread that parks hand the turn to the next one itself.
func (r *Reactor) nextReady() *Deferred {
	if r.turns == 0 && !r.proceed() || r.posted.Load() {
		return nil
	}
	for {
		d := r.ready.first()
		if d == nil || d.state == stateScheduled {
			return d
		}
		r.ready.pop()
	}
}

// Idle reports whether no thread can go on: those that have not finished all wait.
func (r *Reactor) Idle() bool {
	for d := r.ready.first(); d != nil; d = r.ready.first() {
		if d.state == stateScheduled {
			return false
		}
		r.ready.pop()
	}
	return len(r.paused) == 0
}

// takeReady makes the thread that nextReady has just returned the running one. The caller
// continues it.
func (r *Reactor) takeReady() {
	r.turns--
	d := r.ready.pop()
	d.state = stateRunning
	r.current = d
}

// DeadlockError says that threads wait and nothing can wake them.
type DeadlockError struct {
	Threads int      // how many wait
	Waits   []string // who waits for what, the oldest first; the last may stand for many

	sites []string // where those of Waits were started, "" when that is in the name or not known
}

func (e *DeadlockError) Error() string {
	if len(e.Waits) == 1 {
		return "deadlock: " + e.Waits[0]
	}
	return fmt.Sprintf("deadlock: %d threads wait for each other: %s", e.Threads, strings.Join(e.Waits, "; "))
}

// Format prints the error: with %v beside each thread where it was started, with %+v each
// on a line of its own.
func (e *DeadlockError) Format(f fmt.State, verb rune) {
	format(f, verb, e.Error(), e.sited(filepath.Base).Error(), e.full())
}

// sited returns e with the sites of the threads behind their names.
func (e *DeadlockError) sited(short func(string) string) *DeadlockError {
	with := &DeadlockError{Threads: e.Threads, Waits: slices.Clone(e.Waits)}
	for i, site := range e.sites {
		if who, what, ok := strings.Cut(e.Waits[i], " is "); ok && site != "" {
			with.Waits[i] = fmt.Sprintf("%s (%s) is %s", who, short(site), what)
		}
	}
	return with
}

func (e *DeadlockError) full() string {
	waits := e.sited(func(site string) string { return "started at " + site }).Waits
	return fmt.Sprintf("deadlock of %d threads:\n  %s", e.Threads, strings.Join(waits, "\n  "))
}

const reportedWaits = 20

// deadlock returns the error that names those who wait, or nil when nobody does.
func (r *Reactor) deadlock() error {
	e := &DeadlockError{}
	r.EachLive(func(d *Deferred) {
		if d.state == stateWaiting {
			e.Waits = append(e.Waits, d.describe())
			e.sites = append(e.sites, d.site())
		}
	})
	if len(e.Waits) == 0 {
		return nil
	}
	slices.Reverse(e.Waits)
	slices.Reverse(e.sites)
	e.Threads = len(e.Waits)
	if more := len(e.Waits) - reportedWaits; more > 0 {
		e.sites = e.sites[:reportedWaits]
		e.Waits = append(e.Waits[:reportedWaits], fmt.Sprintf("and %d more", more))
	}
	return e
}

// Close frees the notifiers. Suspended threads made of callbacks are continued with
// ErrClosed and cannot suspend again; those with a stack are forgotten. Reactor only, not
// while it runs.
func (r *Reactor) Close() error {
	if r.running || r.current != nil {
		return ErrRunning
	}
	r.closed = true
	r.abandon()
	r.inboxMu.Lock()
	r.inboxOff = true
	late := r.inbox
	r.inbox = nil
	r.inboxMu.Unlock()
	for _, fn := range late { // Post has promised it
		r.guard("a function given to Post", fn)
	}
	var first error
	for _, in := range r.notifiers {
		if err := in.n.Close(); err != nil && first == nil {
			first = err
		}
	}
	r.notifiers = nil
	return r.takeFailures(first)
}

// abandon ends the threads that are made of callbacks, the oldest first.
func (r *Reactor) abandon() {
	var left []*Deferred
	r.EachLive(func(d *Deferred) {
		if !d.onStack() {
			left = append(left, d)
		}
	})
	for _, d := range slices.Backward(left) {
		d.thread = nil // a promotion comes too late
		_ = d.Callback(Failed(ErrClosed))
	}
}

// queue is a ring of the threads that may go on.
type queue struct {
	ring []*Deferred
	head int
	n    int
}

func (q *queue) len() int { return q.n }

func (q *queue) push(d *Deferred) {
	if q.n == len(q.ring) {
		ring := make([]*Deferred, max(16, 2*len(q.ring)))
		for i := range q.n {
			ring[i] = q.ring[(q.head+i)&(len(q.ring)-1)]
		}
		q.ring, q.head = ring, 0
	}
	q.ring[(q.head+q.n)&(len(q.ring)-1)] = d
	q.n++
}

func (q *queue) first() *Deferred {
	if q.n == 0 {
		return nil
	}
	return q.ring[q.head]
}

func (q *queue) pop() *Deferred {
	if q.n == 0 {
		return nil
	}
	d := q.ring[q.head]
	q.ring[q.head] = nil
	q.head = (q.head + 1) & (len(q.ring) - 1)
	q.n--
	return d
}
