package microthread

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"mtpipe/reactor"
)

// Sleep suspends the thread for the given time.
func (t *Thread) Sleep(d time.Duration) {
	t.must()
	t.d.AwaitTime(d)
}

// Yield lets the other threads that can run have their turn.
func (t *Thread) Yield() {
	t.must()
	t.Flush() // those who read it go first
	awaitTurn(&t.d)
}

// Pause is Yield for a thread whose slice has passed, where it need not suspend: it also lets
// those go first whose events have happened meanwhile. One that is to end at its next
// suspension, or must not suspend, goes on.
func (s *stack) Pause() {
	t := (*Thread)(s)
	if t.has(isKilled|isDraining) || t.critical > 0 || t.has(isInPart) && t.over() != nil {
		return
	}
	t.Flush()
	if out := t.d.Suspend(turn{}); out.Suspended() {
		giveWay(t.p.r, &t.d)
		_, _ = t.d.Parked()
	}
}

// workUnits is what a call of giveTurn counts as: enough for the reactor to look at its clock.
const workUnits = 1 << 10

// giveTurn is Pause for code that computes for long and does not know its thread: when the
// slice has passed, the running thread of p gives up its turn, and does not come back when it is
// ended meanwhile. Only on the goroutine of that thread does it do anything.
func (p *Program) giveTurn() {
	t := p.Current()
	if t == nil {
		return
	}
	if co := t.co; co != nil && co.t == t && co.g == currentG() {
		charge(&t.d, workUnits)
	}
}

// turn is what a thread waits in that can run.
type turn struct{}

func (turn) Cancel(*reactor.Deferred)          {}
func (turn) Describe(*reactor.Deferred) string { return "waiting for its turn" }

// Blocking runs call, which may block, on a goroutine of its own and suspends the thread
// until it returns.
func (t *Thread) Blocking(call func() (any, error)) (any, error) {
	return t.DeferTo(reactor.Blocking, call, 0)
}

// DeferTo suspends the thread in its reactor's notifier of the given class; reason and
// maxWait are as for Notifier.Register.
func (t *Thread) DeferTo(c *reactor.NotifierClass, reason any, maxWait time.Duration) (any, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	n := t.p.r.Notifier(c)
	if n == nil {
		return nil, fmt.Errorf("%w: %s", reactor.ErrNoNotifier, c.Name)
	}
	out := reactor.Defer(n, &t.d, reason, maxWait)
	if !out.Suspended() {
		return out.Value(), out.Err()
	}
	return t.d.Parked()
}

// Critical runs fn, in which the thread must not suspend: the thread fails with
// ErrCritical, at the place of the suspension, if it does; the error names the lines of both.
// Since threads of one reactor are not preempted, that is all that a critical section needs.
func (t *Thread) Critical(fn func()) {
	t.must()
	t.critical++
	defer func() { t.critical-- }()
	fn()
}

// stack is a Thread as its Deferred continues it.
type stack Thread

// Owner returns the thread.
func (s *stack) Owner() any { return (*Thread)(s) }

// maxDepth is how many threads may have handed the turn on at a time. It takes stack.
const maxDepth = 8

// Park returns when t is continued. Until then it continues the next threads that can go
// on straight from here, which saves the way through the reactor: t is then the one that
// they give the turn back to. When the next one is a thread that has itself handed on the
// turn that t runs in, or when the reactor has to look for events, t gives the turn back.
//
// It is one function, and so are the ways to it, because every return behind a switch of
// stacks is one that the processor did not foresee.
func (s *stack) Park() {
	t := (*Thread)(s)
	if quickG && t.co.g != currentG() && t.refused() {
		return
	}
	t.Flush()
	if t.has(isKilled|isDraining|hasGivenUp|isWary|isInPart) || t.critical > 0 {
		t.beforePark()
	}
	slots := t.slots
	t.slots = nowhere // only the running thread puts
	r := t.p.r
	t.since = ticks(r.LastRead())
	if tr := t.p.trace; tr != nil {
		tr.parked(t)
	}
	for {
		d := nextReady(r)
		if d == &t.d {
			takeReady(r)
			break
		}
		next := t.p.next(d)
		if next == nil {
			t.co.yield(struct{}{})
			break
		}
		takeReady(r)
		t.nested = true
		t.p.depth++
		if co := next.co; co != nil {
			co.next()
			if next.finished {
				t.p.reuse(co)
			}
		} else {
			next.Resume()
		}
		t.p.depth--
		t.nested = false
	}
	t.slots = slots
	if tr := t.p.trace; tr != nil {
		tr.resumed(t)
	}
	if t.has(isKilled|isDraining) && !t.exiting && !t.unwinding() {
		t.exit(t.rest.cause)
	}
	if t.has(isInPart) && t.rest.cut {
		t.rest.cut = false
		t.leaveOver()
	}
}

// next returns the thread of d if it can be given the turn by another thread. One that needs a
// new coroutine cannot: to make that takes more stack than a thread should need.
func (p *Program) next(d *reactor.Deferred) *stack {
	if d == nil || p.depth == maxDepth {
		return nil
	}
	if next, ok := d.Stack().(*stack); ok && !next.nested && (next.co != nil || len(p.idle) > 0) {
		return next
	}
	return nil
}

// beforePark ends a thread that must not suspend any more.
func (t *Thread) beforePark() {
	if t.has(isWary) {
		t.set(isWary, false)
		if unlocked() {
			t.leave(ErrLocked)
		}
	}
	switch {
	case t.has(hasGivenUp):
		t.leave(nil)
	case t.exiting:
		t.leaveWait()
	case t.critical > 0 && !t.unwinding():
		t.leave(brokenCritical())
	case (t.has(isKilled) || t.has(isDraining) && !t.writing()) && !t.unwinding():
		t.leave(t.rest.cause)
	default:
		t.leaveWait()
	}
}

// leave ends the thread at a suspension that has begun.
func (t *Thread) leave(err error) {
	t.d.Refuse(reactor.Failed(ErrTerminated))
	t.exit(err)
}

// writing reports whether the thread is suspended in a put.
func (t *Thread) writing() bool {
	for out := range t.outs {
		if out.Writing() {
			return true
		}
	}
	return false
}

// Resume continues the thread on the reactor's goroutine.
func (s *stack) Resume() {
	t := (*Thread)(s)
	if t.co == nil {
		if t.has(isKilled | isDraining) {
			t.finish()
			return
		}
		t.started = true
		t.co = t.p.coroutine()
		t.co.t = t
	}
	co := t.co
	co.next()
	if t.finished {
		t.p.reuse(co)
	}
}

// top runs the thread's function on its coroutine, and turns a panic into the thread's
// error. When the function was left by runtime.Goexit, which no code can stop, top does not
// return.
func (t *Thread) top() {
	if s := t.p.observer; s != nil {
		s.begins(t)
		t.set(isWary, t.p.watch != nil)
	}
	returned := false
	defer func() {
		if returned {
			return
		}
		if p := recover(); p != nil {
			err := passedOn(p)
			if err == nil {
				err = reactor.NewPanicError(p)
			}
			t.setErr(together(t.Err(), err))
		} else if !t.exiting {
			t.setErr(ErrGoexit)
		}
	}()
	t.setErr(t.body.run(t))
	t.set(isKilled, false) // too late
	returned = true
	if t.p.watch != nil && unlocked() {
		t.setErr(together(t.Err(), ErrLocked))
	}
}

// passedOn returns the error that is panicked with when it is of a panic, whose stack it has,
// and nil for any other value.
//
//go:noinline
func passedOn(p any) error {
	var first *reactor.PanicError
	if err, ok := p.(error); ok && errors.As(err, &first) {
		return err
	}
	return nil
}

// exit ends the thread from inside: its deferred functions run, nothing after them.
func (t *Thread) exit(err error) {
	if t.co == nil { // the goroutine is the program's
		exitWithoutStack(err)
	}
	if t.Err() == nil {
		t.setErr(err)
	}
	t.exiting = true
	runtime.Goexit()
}

// exitWithoutStack is apart, as is what finish seldom does, so that the end of a thread, whose
// stack its Goexit makes deep, is not the first to need a larger one.
//
//go:noinline
func exitWithoutStack(err error) { panic(errors.Join(reactor.ErrNoStack, err)) }
