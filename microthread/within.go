package microthread

import (
	"context"
	"runtime"
	"time"

	"mtpipe/reactor"
)

// part is a part of a thread's work that may end before the thread does: WithTimeout and
// WithContext.
type part struct {
	outer    *part
	err      error // why it is over, or nil
	cleanup  bool  // it was entered while the thread's deferred functions ran
	left     bool
	grace    int // how often clean-up was let go on
	raised   int
	parent   context.Context
	deadline time.Time
	own      *ownContext // what Context gives in it, or nil
}

// partOver is the panic that leaves a part.
type partOver struct{ s *part }

func (o partOver) Error() string { return "a part of the thread's work is over: " + o.s.err.Error() }

// WithTimeout runs fn and ends it when limit (0: none; below 0: at once) has passed: it leaves
// what it waits in, or the next suspension, its deferred functions run, and WithTimeout returns
// reactor.ErrTimeout. What it waited in has not taken place then, so that a value is neither
// lost nor sent twice when it is tried again: a wait whose event has come goes on. The thread
// goes on after fn. Otherwise the result is that of fn. Of several, one within the other, the
// one ends that is over. Fn leaves by a panic, which nothing
// but its own deferred functions should take; one that is recovered comes again at the next
// suspension, and at last the thread ends. Running thread only.
func (t *Thread) WithTimeout(limit time.Duration, fn func(*Thread) error) error {
	t.must()
	switch {
	case limit == 0:
		return fn(t)
	case limit < 0:
		return reactor.ErrTimeout
	}
	s := &part{deadline: time.Now().Add(limit)}
	stop := t.p.After(limit, func() { t.expire(s, reactor.ErrTimeout) })
	defer stop()
	return t.within(s, fn)
}

// WithContext runs fn and ends it, as WithTimeout does, when ctx is done: the result is
// context.Cause(ctx) then. As long as it runs, threads that wait are no deadlock, since ctx
// may wake this one. A thread that is to end with ctx runs all that it does in it. Running
// thread only.
func (t *Thread) WithContext(ctx context.Context, fn func(*Thread) error) error {
	t.must()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s := &part{parent: ctx}
	if ctx.Done() != nil {
		t.p.r.Hold()
		stop := context.AfterFunc(ctx, func() { t.p.Post(func() { t.expire(s, context.Cause(ctx)) }) })
		defer func() {
			stop()
			t.p.r.Unhold()
		}()
	}
	return t.within(s, fn)
}

// within runs fn in the part s.
func (t *Thread) within(s *part, fn func(*Thread) error) (err error) {
	r := t.own()
	s.outer, s.cleanup = r.part, t.exiting
	r.part = s
	t.set(isInPart, true)
	defer func() {
		r.part = s.outer
		t.set(isInPart, s.outer != nil)
		s.left = true
		s.own.end(context.Canceled)
		if s.err == nil {
			return
		}
		switch p := recover().(type) {
		case nil:
		case partOver:
			if p.s != s {
				panic(p)
			}
			err = s.err
		default:
			panic(p)
		}
	}()
	return fn(t)
}

// expire ends the part s of t with err. On the program's goroutine, while no thread runs.
func (t *Thread) expire(s *part, err error) {
	if s.left || s.err != nil {
		return
	}
	s.err = err
	for inner := t.rest.part; ; inner = inner.outer {
		inner.own.end(err)
		if inner == s {
			break
		}
	}
	if s.cleanup == t.exiting && t.d.Waiting() && !settled(t.d.Waiter()) {
		t.rest.cut = t.d.Override(reactor.Failed(err))
	}
}

// settled makes a wait end that has to do with other goroutines, and reports whether its event
// has come before that.
func settled(w reactor.Waiter) bool {
	s, ok := w.(interface{ Settled() bool })
	return ok && s.Settled()
}

// over returns the outermost part of t that is over, or nil.
func (t *Thread) over() (over *part) {
	for s := t.rest.part; s != nil; s = s.outer {
		if s.err != nil && s.cleanup == t.exiting {
			over = s
		}
	}
	return over
}

const (
	maxPartGrace = 1 << 10
	maxRaised    = 100 // before a thread that recovers again and again is ended
)

// leaveOver leaves the outermost part that is over, but for those whose clean-up runs. The
// thread is not suspended, or its wait was cut short.
func (t *Thread) leaveOver() { t.raise(t.toLeave()) }

// leaveWait is leaveOver for a suspension that has begun and is to be given up.
func (t *Thread) leaveWait() {
	if s := t.toLeave(); s != nil {
		t.d.Refuse(reactor.Failed(s.err))
		t.raise(s)
	}
}

// raise leaves the part s, if there is one.
func (t *Thread) raise(s *part) {
	if s == nil {
		return
	}
	if s.raised++; s.raised > maxRaised {
		t.exit(s.err)
	}
	panic(partOver{s})
}

// toLeave returns the outermost part that is over and whose clean-up does not run, or nil. One
// that is over may be entered while the clean-up of another runs.
func (t *Thread) toLeave() (s *part) {
	depth, at := 0, 0
	for inner := t.rest.part; inner != nil; inner = inner.outer {
		depth++
		if inner.err != nil && inner.cleanup == t.exiting && (inner.grace == maxPartGrace || !cleansUp(depth)) {
			s, at = inner, depth
		}
	}
	depth = 0
	for inner := t.rest.part; inner != nil; inner = inner.outer {
		if depth++; depth > at && inner.err != nil && inner.cleanup == t.exiting {
			inner.grace++
		}
	}
	return s
}

// cleansUp reports whether a panic is running deferred functions that were called in the
// innermost so many parts of the calling thread's work.
func cleansUp(parts int) bool {
	var pcs [64]uintptr
	for skip := 2; ; skip += len(pcs) {
		n := runtime.Callers(skip, pcs[:])
		frames := runtime.CallersFrames(pcs[:n])
		for more := n > 0; more; {
			var f runtime.Frame
			switch f, more = frames.Next(); f.Function {
			case "runtime.gopanic":
				return true
			case withinName:
				if parts--; parts == 0 {
					return false
				}
			}
		}
		if n < len(pcs) {
			return false
		}
	}
}

// withinName is the function that runs a part of a thread's work.
const withinName = "mtpipe/microthread.(*Thread).within"

// ownContext is a context of a thread, or of a part in it.
type ownContext struct {
	context.Context
	cancel context.CancelCauseFunc
	stop   context.CancelFunc // of the deadline, or nil
}

func newContext(parent context.Context, deadline time.Time) *ownContext {
	c := &ownContext{}
	if !deadline.IsZero() {
		parent, c.stop = context.WithDeadlineCause(parent, deadline, reactor.ErrTimeout)
	}
	c.Context, c.cancel = context.WithCancelCause(parent)
	return c
}

// end makes the context done.
func (c *ownContext) end(cause error) {
	if c == nil {
		return
	}
	c.cancel(cause)
	if c.stop != nil {
		c.stop()
	}
}

// Context returns a context for libraries that take one. It is done when the thread is
// terminated or has ended, and when the WithTimeout or WithContext ends in which Context was
// called, whose deadline and values it has. Any goroutine may use it. Running thread only.
func (t *Thread) Context() context.Context {
	if s := t.rest.part; s != nil {
		return t.contextOf(s)
	}
	r := t.own()
	if r.context == nil {
		r.context = newContext(context.Background(), time.Time{})
		if t.has(isKilled) {
			r.context.end(ErrTerminated)
		}
	}
	return r.context
}

func (t *Thread) contextOf(s *part) context.Context {
	if s.own == nil {
		parent := s.parent
		switch {
		case parent != nil:
		case s.outer != nil && s.outer.cleanup == s.cleanup:
			parent = t.contextOf(s.outer)
		default:
			parent = context.Background()
		}
		s.own = newContext(parent, s.deadline)
		if t.has(isKilled) && !s.cleanup {
			s.own.end(ErrTerminated)
		}
		if over := t.over(); over != nil {
			s.own.end(over.err)
		}
	}
	return s.own
}

// endContexts makes the contexts of a thread done that was terminated or has ended. Those of
// its clean-up are not.
func (t *Thread) endContexts(cause error) {
	if cause == nil {
		cause = ErrTerminated
	}
	for s := t.rest.part; s != nil; s = s.outer {
		if !s.cleanup {
			s.own.end(cause)
		}
	}
	t.rest.context.end(cause)
}
