package reactor

import (
	"cmp"
	"fmt"
)

// Deferred is the suspended rest of one thread: a stack of callbacks that the reactor runs
// when what the thread waits for has happened. A thread has one Deferred for all its life
// and can wait for one thing at a time; each suspension is continued once.
//
// A thread written with callbacks needs nothing else, which makes it a stackless thread.
// A thread with a stack (package microthread) is a Stack instead of callbacks.
//
// All methods are for the goroutine of the Deferred's reactor only.
type Deferred struct {
	r      *Reactor
	thread Stack  // nil for a thread made of callbacks
	calls  *calls // what a thread with a stack seldom has; nil until then
	finish func(Outcome)
	waiter Waiter
	result any       // what it is scheduled with: a value, or an error when it has failed; see take
	prev   *Deferred // the reactor's list of all live ones
	next   *Deferred
	timer  int32 // index in the heap of timers, from 1; 0 when none
	state  state
	failed bool // result is an error, or both
}

// calls is the part of a Deferred that is about callbacks.
type calls struct {
	stack     []registered // the next to run is the last
	base      int          // where the registrations of the suspension under way begin
	last      string       // the name used in the latest of them
	exception error        // why the suspension under way has turned into an error
	owner     any          // unless the thread's Stack knows it
}

// both is the result of a Deferred that has a value and an error.
type both struct {
	value any
	err   error
}

type registered struct {
	name string
	fn   Callback
}

type state uint8

const (
	stateRunning   state = iota // its code runs, or it was not started
	stateWaiting                // suspended
	stateScheduled              // in the queue of those that may go on
	stateCleaning               // its callbacks are told that a suspension failed
	stateDone
)

// Waiter is what a suspended Deferred waits in: a pipe, a notifier, a list. Cancel takes
// the Deferred out of it without waking it. Describe says what d waits for, as reports
// show it ("reading its stdin").
type Waiter interface {
	Cancel(d *Deferred)
	Describe(d *Deferred) string
}

// NewDeferred returns the Deferred of a new thread. Owner is shown in reports (its String
// method, when it has one).
func (r *Reactor) NewDeferred(owner any) *Deferred {
	made := &struct {
		Deferred
		calls
	}{Deferred: Deferred{r: r}, calls: calls{owner: owner}}
	d := &made.Deferred
	d.calls = &made.calls
	r.link(d)
	return d
}

// more returns the part about callbacks, which it makes when it is needed.
func (d *Deferred) more() *calls {
	if d.calls == nil {
		d.calls = &calls{}
	}
	return d.calls
}

// put sets the result.
func (d *Deferred) put(o Outcome) {
	switch {
	case o.err == nil:
		d.result, d.failed = o.value, false
	case o.value == nil:
		d.result, d.failed = o.err, true
	default:
		d.result, d.failed = both{o.value, o.err}, true
	}
}

// outcome returns the result.
func (d *Deferred) outcome() Outcome {
	if !d.failed {
		return Outcome{value: d.result}
	}
	if b, ok := d.result.(both); ok {
		return Outcome{value: b.value, err: b.err}
	}
	err, _ := d.result.(error)
	return Failed(err)
}

// take returns the result, once.
func (d *Deferred) take() Outcome {
	o := d.outcome()
	d.result, d.failed = nil, false
	return o
}

// Start runs fn as a new stackless thread, at once, up to its first suspension. Name is the
// caller name that fn registers with. Finish is given the thread's last result; it may be nil.
func (r *Reactor) Start(name string, fn func(*Deferred) Outcome, finish func(Outcome)) *Deferred {
	d := r.NewDeferred(nil)
	d.start(name, fn, finish)
	return d
}

// start is Start for a Deferred that there is already.
func (d *Deferred) start(name string, fn func(*Deferred) Outcome, finish func(Outcome)) {
	d.finish = finish
	before := d.r.current
	d.r.current = d
	out := d.settle(name, begun(name, fn, d))
	if !out.Suspended() {
		d.run(name, out)
	}
	d.r.current = before
}

// Reactor returns the reactor that the thread belongs to.
func (d *Deferred) Reactor() *Reactor { return d.r }

// Owner returns what NewDeferred or SetOwner was given, or else what its Stack says.
func (d *Deferred) Owner() any {
	if d.calls != nil && d.calls.owner != nil {
		return d.calls.owner
	}
	if o, ok := d.thread.(Owned); ok {
		return o.Owner()
	}
	return nil
}

// SetOwner changes what reports show.
func (d *Deferred) SetOwner(owner any) { d.more().owner = owner }

// OnFinish adds a function that is given the thread's last result; at once, when the thread
// has finished.
func (d *Deferred) OnFinish(fn func(Outcome)) {
	if d.state == stateDone {
		d.r.failures.taken(d)
		d.r.finished(fn, d.outcome())
		return
	}
	if before := d.finish; before != nil {
		d.finish = func(o Outcome) { d.r.finished(before, o); d.r.finished(fn, o) }
		return
	}
	d.finish = fn
}

// Waiting reports whether d is suspended and nothing has woken it yet.
func (d *Deferred) Waiting() bool { return d.state == stateWaiting }

// Waiter returns what d waits in, or nil.
func (d *Deferred) Waiter() Waiter { return d.waiter }

// Suspend begins a suspension: the thread waits in w until it is scheduled. The outcome is
// to be returned through all callers, each of which registers a callback. It is an error
// when d is suspended already or is being told of a failure, and when the reactor is closed.
func (d *Deferred) Suspend(w Waiter) Outcome {
	if d.state != stateRunning {
		if m, ok := d.thread.(misusable); ok {
			if err := m.Misused(); err != nil {
				return Failed(err)
			}
		}
		return Failed(fmt.Errorf("cannot suspend: the thread is %s", d.state))
	}
	if d.r.closed {
		return Failed(ErrClosed)
	}
	d.state, d.waiter = stateWaiting, w
	if c := d.calls; c != nil {
		c.base, c.last, c.exception = len(c.stack), "", nil
	}
	return Outcome{d: d}
}

func (s state) String() string {
	return [...]string{"running", "suspended already", "scheduled already", "cleaning up", "finished"}[s]
}

// AddCallback registers fn, which may be nil, as the continuation of the function caller,
// which called the function called and got the suspension back. Called is empty for the
// function that began the suspension, otherwise exactly the name that the called function
// registered with: any other name means that a function in between did not register, and
// the suspension turns into a NotImplementedError for all of them. AddCallback then reports
// false, fn will not be called, and the functions that had registered are told to clean up.
// Every accepted fn is called exactly once. A thread with a stack takes no callbacks: it
// waits in place.
func (d *Deferred) AddCallback(caller, called string, fn Callback) bool {
	if d.IsException() || d.state != stateWaiting && d.state != stateScheduled {
		return false
	}
	if d.onStack() {
		d.turn(errCallbackOnStack)
		return false
	}
	c := d.more()
	if caller == "" || called != c.last {
		d.turn(&NotImplementedError{Function: cmp.Or(called, caller)})
		return false
	}
	c.stack = append(c.stack, registered{caller, fn})
	c.last = caller
	return true
}

// IsException reports whether the suspension under way has turned into an error.
func (d *Deferred) IsException() bool { return d.calls != nil && d.calls.exception != nil }

// broken returns why the suspension under way has turned into an error, or nil.
func (d *Deferred) broken() error {
	if d.calls == nil {
		return nil
	}
	return d.calls.exception
}

// turn makes the suspension under way an error: nothing is waited for any longer, and the
// callbacks registered so far are told.
func (d *Deferred) turn(err error) {
	d.leave()
	d.more().exception = err
	d.tellFresh(Failed(err))
}

// tellFresh gives o to the callbacks of the suspension under way, in the order of their
// registration, for their clean-up only.
func (d *Deferred) tellFresh(o Outcome) {
	c := d.calls
	fresh := append([]registered(nil), c.stack[c.base:]...)
	c.stack = c.stack[:c.base]
	d.state = stateCleaning
	for _, reg := range fresh {
		if reg.fn != nil {
			if p, ok := protect(reg.name, reg.fn, o).err.(*PanicError); ok {
				d.r.fail(nil, p)
			}
		}
	}
	d.state = stateRunning
}

// leave ends the wait of d: its timer and its place in what it waits in. If it is in the
// queue of the scheduled, the queue passes over it.
func (d *Deferred) leave() {
	if d.timer != 0 {
		d.r.timers.remove(int(d.timer))
	}
	if w := d.waiter; w != nil {
		d.waiter = nil
		w.Cancel(d)
	}
	d.state = stateRunning
}

// Override continues the suspended thread with o, whatever it waits for and whatever it was
// scheduled with: that is how a thread is terminated. It reports whether d was suspended.
func (d *Deferred) Override(o Outcome) bool {
	switch d.state {
	case stateWaiting:
		return d.r.schedule(d, o) == nil
	case stateScheduled:
		d.put(o)
		return true
	}
	return false
}

// Callback continues the suspended thread with the outcome in. The reactor calls it for
// what was scheduled. Its own error is about d itself; what the callbacks make of in is
// the thread's affair.
func (d *Deferred) Callback(in Outcome) error {
	switch {
	case in.d == d:
		return nil
	case in.d != nil:
		return fmt.Errorf("cannot continue a deferred with the suspension of another")
	case d.state != stateWaiting && d.state != stateScheduled:
		return ErrNotSuspended
	case d.r.current == d: // the suspension has not reached the outermost caller yet
		return ErrNotSuspended
	}
	d.leave()
	d.continueWith(in)
	return nil
}

func (d *Deferred) continueWith(in Outcome) {
	before := d.r.current
	d.r.current = d
	if d.thread != nil {
		d.put(in)
		d.thread.Resume()
	} else {
		d.run("", in)
	}
	d.r.current = before
}

// run feeds out through the stack of callbacks until one suspends or none is left. Name is
// that of the function which it comes from.
func (d *Deferred) run(name string, out Outcome) {
	for c := d.more(); len(c.stack) > 0; {
		reg := c.stack[len(c.stack)-1]
		c.stack[len(c.stack)-1] = registered{}
		c.stack = c.stack[:len(c.stack)-1]
		name = reg.name
		if reg.fn == nil {
			continue
		}
		out = d.settle(name, protect(name, reg.fn, out))
		if out.Suspended() {
			return
		}
	}
	if p, ok := d.thread.(*promotion); ok {
		d.thread = p.Stack
		d.put(out)
		p.Stack.Resume()
		return
	}
	d.end(name, out)
}

// settle looks at what the function called name gave back. A suspension in good order
// stays one and its callbacks are put in their place; anything else that has to do with
// a suspension becomes an error.
func (d *Deferred) settle(name string, out Outcome) Outcome {
	suspended := d.state == stateWaiting || d.state == stateScheduled
	switch {
	case out.d != nil && out.d != d:
		if suspended {
			d.turn(errSwallowed)
		}
		return Failed(fmt.Errorf("%s returned the suspension of another thread", name))
	case out.d == d && d.IsException():
		return Failed(d.calls.exception)
	case out.d == d && !suspended:
		return Failed(fmt.Errorf("%s returned a suspension that is over", name))
	case out.d == d && (d.more().last == "" || d.calls.last != name):
		err := &NotImplementedError{Function: name}
		d.turn(err)
		return Failed(err)
	case out.d == d:
		reverse(d.calls.stack[d.calls.base:])
		return out
	case suspended && out.err != nil:
		d.turn(&SystemError{Cause: out.err})
	case suspended:
		d.turn(&SystemError{Cause: errSwallowed})
		return Failed(&SystemError{Cause: errSwallowed})
	}
	return out
}

func reverse(s []registered) {
	for i, j := 0, len(s)-1; i < j; i, j = i+1, j-1 {
		s[i], s[j] = s[j], s[i]
	}
}

// End finishes the thread with its last result. A thread with a stack calls it; for a
// stackless one the last callback does.
func (d *Deferred) End(out Outcome) { d.end("", out) }

// end is End for a thread that reports call name, if it has no owner.
func (d *Deferred) end(name string, out Outcome) {
	if d.state == stateDone {
		return
	}
	if d.waiter != nil || d.timer != 0 {
		d.leave()
	}
	d.state = stateDone
	d.put(out)
	d.r.unlink(d)
	if f := d.finish; f != nil {
		d.finish = nil
		d.r.finished(f, out)
	} else if d.thread == nil && out.err != nil {
		if o := d.Owner(); o != nil {
			name = fmt.Sprint(o)
		}
		d.r.ended(d, cmp.Or(name, "a thread without a stack"), out.err)
	}
}
