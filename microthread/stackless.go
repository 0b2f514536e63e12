package microthread

import (
	"errors"

	"mtpipe/reactor"
)

// StartStackless starts fn as a thread without a stack, which waits in a few hundred bytes: fn
// and the callbacks that it registers with the thread's Deferred, as name, run on the program's
// goroutine, and nothing in them may suspend in place, which is reactor.ErrNoStack. The thread
// ends with the outcome of its last callback, unless Promote has given it a stack. All else is
// as with other threads: its name and site, its pipes, who waits for it, how it is terminated,
// and reports. Program.Threads counts it when it has a stack. The running thread only.
//
//go:noinline
func StartStackless(t *Thread, name string, fn func(*Thread) reactor.Outcome, settings ...Setting) *Thread {
	s := Spec{kind: forget, body: fails(nil), site: callerPC()}
	s = s.with(settings)
	c := &Thread{}
	t.p.beginStackless(c, &s)
	c.startStackless(name, fn)
	return c
}

// Promote gives a thread without a stack one, on which it goes on with fn when the callbacks
// have run that are registered so far; what they made of the outcome is what Deferred().Result
// returns there first. The thread remains the same for all that have to do with it. Only code
// of the thread itself may call it, once.
func (t *Thread) Promote(fn func(*Thread) error) error {
	if t.has(isKilled | isDraining) {
		return ErrTerminated
	}
	if !t.has(isStackless) {
		return errors.New("the thread has a stack already")
	}
	if err := t.d.Promote((*stack)(t)); err != nil {
		return err
	}
	if fn != nil {
		t.body = function(fn)
	}
	t.set(isStackless, false)
	t.p.threads++
	return nil
}

// beginStackless makes t, which is zero, the thread without a stack that s describes.
func (p *Program) beginStackless(t *Thread, s *Spec) {
	t.body, t.kind, t.site, t.marks = s.body, s.kind, s.site, isStackless
	p.foundAs(t, t, nil)
	if s.Name != "" || s.Error != nil {
		r := t.own()
		r.name, r.handler = s.Name, s.Error
	}
	if s.Scope != nil {
		s.Scope.enter(t)
	}
	t.connect(s)
}

// startStackless runs fn up to its first suspension.
func (t *Thread) startStackless(name string, fn func(*Thread) reactor.Outcome) {
	startAt(&t.d, name, func(*reactor.Deferred) reactor.Outcome { return fn(t) }, t.endStackless)
}

// endStackless ends a thread that has no stack. For one that had to the end, it does nothing.
func (t *Thread) endStackless(o reactor.Outcome) {
	if t.finished {
		return
	}
	if err := o.Err(); err != ErrTerminated || !t.has(isKilled|isDraining) {
		t.setErr(err)
	} else {
		t.setErr(t.rest.cause)
	}
	t.finish()
}
