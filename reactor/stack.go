package reactor

import "errors"

// Stack is how a thread that has a stack is continued. Resume is called by the reactor at
// every continuation; Park is called by the thread itself and returns when Resume has been.
type Stack interface {
	Resume()
	Park()
}

// Owned is a Stack that knows what reports show.
type Owned interface{ Owner() any }

// misusable is a Stack that knows why its thread cannot suspend when it does not run.
type misusable interface{ Misused() error }

// begin makes d, a zero Deferred inside the caller's own data, that of a new thread with a
// stack. Owner is as for NewDeferred; it may be nil when the thread is Owned.
func (r *Reactor) begin(d *Deferred, owner any, thread Stack) {
	d.r, d.thread = r, thread
	if owner != nil {
		d.more().owner = owner
	}
	r.link(d)
}

// enqueue lets a thread with a stack have its first turn, after those that can go on already.
func (d *Deferred) enqueue() {
	if !d.r.closed {
		d.state = stateScheduled
		d.r.ready.push(d)
	}
}

// awaitTurn is a suspension of the running thread, which has a stack, that has been woken
// already.
func (d *Deferred) awaitTurn() {
	if d.state != stateRunning || d.r.closed || d.thread == nil {
		return
	}
	d.state = stateScheduled
	d.r.ready.push(d)
	d.thread.Park()
	_, _ = d.Result()
}

// Stack returns what continues the thread, or nil for a thread made of callbacks.
func (d *Deferred) Stack() Stack { return d.thread }

// ErrNoStack says that a thread made of callbacks called something that waits in place.
var ErrNoStack = errors.New("a thread without a stack cannot wait in place")

var errCallbackOnStack = errors.New("a thread with a stack takes no callbacks")

// Await suspends the running thread, which has a stack, in w until it is scheduled, and
// returns the result. The thread itself calls it.
func (d *Deferred) Await(w Waiter) (any, error) {
	if d.state == stateRunning && d.thread != nil && !d.r.closed {
		d.state, d.waiter = stateWaiting, w // what is left of Suspend without callbacks
		d.thread.Park()
		if d.result == nil {
			return nil, nil
		}
		return d.Result()
	}
	return d.awaitOtherwise(w)
}

// awaitOtherwise is apart so that Await, which waiting threads are in, takes little stack.
//
//go:noinline
func (d *Deferred) awaitOtherwise(w Waiter) (any, error) {
	out := d.Suspend(w)
	if !out.Suspended() {
		return nil, out.Err()
	}
	if d.thread == nil {
		d.leave()
		return nil, ErrNoStack
	}
	return d.Parked()
}

// Parked waits in place for the end of a suspension that has begun. The thread itself
// calls it, with what Suspend or Defer gave it still in force.
func (d *Deferred) Parked() (any, error) {
	if d.thread == nil {
		d.leave()
		return nil, ErrNoStack
	}
	d.thread.Park()
	return d.Result()
}

// Result returns, once, what the thread was continued with. A promoted thread begins with it.
func (d *Deferred) Result() (any, error) {
	if d.result == nil {
		return nil, nil
	}
	return d.given()
}

//go:noinline
func (d *Deferred) given() (any, error) {
	o := d.take()
	return o.value, o.err
}

// Wake continues d with a nil value at its turn. What it waits in calls it, having taken d
// out already. Reactor only.
func (d *Deferred) Wake() {
	if d.state != stateWaiting {
		return
	}
	if d.timer != 0 {
		d.r.timers.remove(int(d.timer))
	}
	if d.result != nil {
		d.result, d.failed = nil, false // left from a wait that was given up
	}
	d.state, d.waiter = stateScheduled, nil
	d.r.ready.push(d)
}

// Refuse ends the suspension that has just begun, instead of parking: Parked returns o.
func (d *Deferred) Refuse(o Outcome) {
	d.leave()
	d.put(o)
}

// Promote gives a stackless thread a stack: when the callbacks registered so far have run,
// the thread does not finish but is resumed on the stack, where Result returns what they
// made of the outcome. It is an error when d has a stack already or has finished.
func (d *Deferred) Promote(thread Stack) error {
	switch {
	case d.state == stateDone:
		return ErrNotSuspended
	case d.thread != nil:
		return errors.New("the thread has a stack already")
	}
	d.thread = &promotion{Stack: thread, d: d}
	return nil
}

// promotion is the stack of a promoted thread that has callbacks left to run.
type promotion struct {
	Stack
	d *Deferred
}

func (p *promotion) Resume() {
	p.d.run("", p.d.take())
}

// Park is called when a callback tries to wait in place.
func (p *promotion) Park() { p.d.Refuse(Failed(ErrNoStack)) }

// onStack reports whether the thread's code runs on a stack of its own.
func (d *Deferred) onStack() bool {
	_, promoted := d.thread.(*promotion)
	return d.thread != nil && !promoted
}
