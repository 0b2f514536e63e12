package reactor

import (
	"fmt"
	"sync"
	"time"
)

// Blocking is the class of the notifier for calls that block: a reason is a func() (any,
// error), which runs on a goroutine of its own, at most BlockingLimit of them at a time in
// each reactor; the others queue. The waiting thread is continued with what it returns.
// When the wait ends before the call does (a time-out, a termination), the call goes on
// and its result is dropped.
var Blocking = &NotifierClass{Name: "blocking", Priority: 10, New: newBlocking}

// BlockingLimit is how many blocking calls run at a time in one reactor.
const BlockingLimit = 64

type blocking struct {
	passive
	r     *Reactor
	slots chan struct{}
	jobs  map[*Deferred]*job
	wg    sync.WaitGroup
}

type job struct {
	d *Deferred // nil when nobody waits for it any more
}

func newBlocking(r *Reactor) (Notifier, error) {
	return &blocking{r: r, slots: make(chan struct{}, BlockingLimit), jobs: make(map[*Deferred]*job)}, nil
}

// SelfWaking marks the notifier as one whose events arrive by Post.
func (b *blocking) SelfWaking() {}

func (b *blocking) Describe(*Deferred) string { return "waiting for a blocking call" }

func (b *blocking) Register(d *Deferred, reason any, maxWait time.Duration) error {
	call, ok := reason.(func() (any, error))
	if !ok {
		return fmt.Errorf("the blocking notifier takes a func() (any, error), not a %T", reason)
	}
	j := &job{d: d}
	b.jobs[d] = j
	if maxWait > 0 {
		b.r.SetTimer(b, d, maxWait)
	}
	b.wg.Add(1)
	go func() {
		b.slots <- struct{}{}
		v, err := protectCall(call)
		<-b.slots
		b.r.Post(func() { b.complete(j, Outcome{value: v, err: err}) })
		b.wg.Done()
	}()
	return nil
}

func protectCall(call func() (any, error)) (v any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = NewPanicError(p)
		}
	}()
	return call()
}

func (b *blocking) complete(j *job, o Outcome) {
	if j.d != nil {
		_ = b.r.schedule(j.d, o)
	}
}

func (b *blocking) Cancel(d *Deferred) {
	if j := b.jobs[d]; j != nil {
		j.d = nil
		delete(b.jobs, d)
	}
}

func (b *blocking) Timeout(d *Deferred) error { return b.r.schedule(d, Failed(ErrTimeout)) }

func (b *blocking) Poll() (Status, error) {
	if len(b.jobs) == 0 {
		return NoWaiters, nil
	}
	return Polled, nil
}

func (b *blocking) TimedWait(time.Duration) (Status, error) { return CannotWait, nil }
func (b *blocking) WaitForever() (Status, error)            { return CannotWait, nil }
