package reactor

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// Blocking is the class of the notifier for calls that block: a reason is a func() (any,
// error), which runs on another goroutine, at most System.SetBlockingLimit of them at a time in
// each reactor; the others queue, and begin as those end, whatever the reactor is at. The waiting
// thread is continued with what it returns. When the wait ends before the call does (a
// time-out, a termination), a call that has begun goes on and its result is dropped; one
// that has not never begins. A call that waits for another one may wait for ever: that one does
// not begin while as many run as may.
var Blocking = &NotifierClass{Name: "blocking", Priority: 10, New: newBlocking}

// BlockingLimit is how many blocking calls run at a time in one reactor when nothing else was
// set.
const BlockingLimit = 64

// BlockingCalls returns how many blocking calls are under way, how many queue for one of those
// to end, and how many may be under way. Any goroutine.
func (r *Reactor) BlockingCalls() (running, queued, limit int) {
	b := r.blocking.Load()
	if b == nil {
		return 0, 0, r.system.blockingLimit()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.running, b.queued, b.limit
}

// blocking is the notifier. Its goroutines take the calls from the queue themselves, so
// that they need not wait for a turn of the reactor; one that finds none there ends.
type blocking struct {
	passive
	r    *Reactor
	jobs map[*Deferred]*job // those that somebody waits for; reactor only

	mu      sync.Mutex
	queue   job // the ring of those that have not begun, in order
	queued  int // jobs in it
	running int // goroutines
	limit   int // of those
	begun   int // calls so far
}

type job struct {
	call       func() (any, error)
	d          *Deferred // nil when nobody waits for it any more; reactor only
	prev, next *job      // in the queue; nil when it has begun or was given up
}

func newBlocking(r *Reactor) (Notifier, error) {
	b := &blocking{r: r, jobs: make(map[*Deferred]*job), limit: r.system.blockingLimit()}
	b.queue.prev, b.queue.next = &b.queue, &b.queue
	r.blocking.Store(b)
	return b, nil
}

// setLimit lets more calls begin, or fewer.
func (b *blocking) setLimit(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.limit = n
	b.hire()
}

// hire starts goroutines for the calls that queue. The caller holds mu.
func (b *blocking) hire() {
	for n := min(b.queued, b.limit-b.running); n > 0; n-- {
		b.running++
		go b.work()
	}
}

// SelfWaking marks the notifier as one whose events arrive by Post.
func (b *blocking) SelfWaking() {}

func (b *blocking) Describe(d *Deferred) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	j := b.jobs[d]
	switch {
	case b.queued == 0:
		return "waiting for a blocking call"
	case j != nil && j.next != nil:
		return fmt.Sprintf("waiting for one of the %d blocking calls that run to end, to begin its own", b.running)
	}
	return fmt.Sprintf("waiting for a blocking call: %d run and %d queue", b.running, b.queued)
}

// theCalls returns how many blocking calls of r run, how many wait until one ends, how many
// have begun so far, and whose has waited the longest.
func (r *Reactor) theCalls() (running, waiting, begun int, first *Deferred) {
	b, ok := r.Notifier(Blocking).(*blocking)
	if !ok {
		return 0, 0, 0, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.running, b.queued, b.begun, b.queue.next.d
}

func (b *blocking) Register(d *Deferred, reason any, maxWait time.Duration) error {
	call, ok := reason.(func() (any, error))
	if !ok {
		return fmt.Errorf("the blocking notifier takes a func() (any, error), not a %T", reason)
	}
	j := &job{d: d, call: call}
	b.jobs[d] = j
	if maxWait > 0 {
		b.r.SetTimer(b, d, maxWait)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	j.prev, j.next = b.queue.prev, &b.queue
	j.prev.next, j.next.prev = j, j
	b.queued++
	if b.running < b.limit {
		b.running++
		go b.work()
	}
	return nil
}

// remove takes j out of the queue, if it is there. The caller holds mu.
func (b *blocking) remove(j *job) {
	if j.next != nil {
		b.queued--
		j.prev.next, j.next.prev = j.next, j.prev
		j.prev, j.next = nil, nil
	}
}

// work makes the calls of the queue until there are none.
func (b *blocking) work() {
	for j := b.begin(); j != nil; j = b.begin() {
		b.run(j)
	}
}

// begin returns the next job, or nil when the goroutine is to end.
func (b *blocking) begin() *job {
	b.mu.Lock()
	defer b.mu.Unlock()
	j := b.queue.next
	if j == &b.queue || b.running > b.limit {
		b.running--
		return nil
	}
	b.remove(j)
	b.begun++
	return j
}

var errCallGone = errors.New("the blocking call ended its goroutine")

// run makes the call of j. When that ends the goroutine, another takes over its work.
func (b *blocking) run(j *job) {
	o, returned := Failed(errCallGone), false
	defer func() {
		b.r.Post(func() { b.complete(j, o) })
		if !returned {
			go b.work()
		}
	}()
	o = protectCall(j.call)
	returned = true
}

func protectCall(call func() (any, error)) (o Outcome) {
	defer func() {
		if p := recover(); p != nil {
			o = Failed(NewPanicError(p))
		}
	}()
	v, err := call()
	return Outcome{value: v, err: err}
}

func (b *blocking) complete(j *job, o Outcome) {
	var p *PanicError
	switch {
	case j.d != nil:
		_ = b.r.schedule(j.d, o)
	case errors.As(o.err, &p):
		p.Place = "a blocking call that nobody waits for any more" + placeOf(j.call)
		b.r.fail(nil, p)
	}
}

func (b *blocking) Cancel(d *Deferred) {
	j := b.jobs[d]
	if j == nil {
		return
	}
	j.d = nil
	delete(b.jobs, d)
	b.mu.Lock()
	b.remove(j)
	b.mu.Unlock()
}

func (b *blocking) Poll() (Status, error) {
	if len(b.jobs) == 0 {
		return NoWaiters, nil
	}
	return Polled, nil
}

func (b *blocking) TimedWait(time.Duration) (Status, error) { return CannotWait, nil }
func (b *blocking) WaitForever() (Status, error)            { return CannotWait, nil }
