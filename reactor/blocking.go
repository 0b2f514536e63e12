package reactor

import (
	"errors"
	"fmt"
	"time"
)

// Blocking is the class of the notifier for calls that block: a reason is a func() (any,
// error), which runs on a goroutine of its own, at most BlockingLimit of them at a time in
// each reactor; the others queue. The waiting thread is continued with what it returns.
// When the wait ends before the call does (a time-out, a termination), a call that has
// begun goes on and its result is dropped; one that has not never begins.
var Blocking = &NotifierClass{Name: "blocking", Priority: 10, New: newBlocking}

// BlockingLimit is how many blocking calls run at a time in one reactor.
const BlockingLimit = 64

// blocking belongs to the reactor's goroutine; those of the calls only Post to it.
type blocking struct {
	passive
	r       *Reactor
	running int
	jobs    map[*Deferred]*job // those that somebody waits for
	queue   []*job
}

type job struct {
	d    *Deferred // nil when nobody waits for it any more
	call func() (any, error)
}

func newBlocking(r *Reactor) (Notifier, error) {
	return &blocking{r: r, jobs: make(map[*Deferred]*job)}, nil
}

// SelfWaking marks the notifier as one whose events arrive by Post.
func (b *blocking) SelfWaking() {}

func (b *blocking) Describe(*Deferred) string { return "waiting for a blocking call" }

func (b *blocking) Register(d *Deferred, reason any, maxWait time.Duration) error {
	call, ok := reason.(func() (any, error))
	if !ok {
		return fmt.Errorf("the blocking notifier takes a func() (any, error), not a %T", reason)
	}
	j := &job{d: d, call: call}
	b.jobs[d] = j
	b.queue = append(b.queue, j)
	if maxWait > 0 {
		b.r.SetTimer(b, d, maxWait)
	}
	b.begin()
	return nil
}

// begin starts as many calls as may run.
func (b *blocking) begin() {
	for b.running < BlockingLimit && len(b.queue) > 0 {
		j := b.queue[0]
		b.queue[0] = nil
		b.queue = b.queue[1:]
		if j.d == nil {
			continue
		}
		b.running++
		go b.run(j)
	}
}

var errCallGone = errors.New("the blocking call ended its goroutine")

func (b *blocking) run(j *job) {
	o := Failed(errCallGone)
	defer func() { b.r.Post(func() { b.complete(j, o) }) }()
	o = protectCall(j.call)
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
	b.running--
	if j.d != nil {
		_ = b.r.schedule(j.d, o)
	}
	b.begin()
}

func (b *blocking) Cancel(d *Deferred) {
	if j := b.jobs[d]; j != nil {
		j.d = nil
		delete(b.jobs, d)
	}
}

func (b *blocking) Poll() (Status, error) {
	if len(b.jobs) == 0 {
		return NoWaiters, nil
	}
	return Polled, nil
}

func (b *blocking) TimedWait(time.Duration) (Status, error) { return CannotWait, nil }
func (b *blocking) WaitForever() (Status, error)            { return CannotWait, nil }
