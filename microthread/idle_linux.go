package microthread

import (
	"net"
	"time"

	"mtpipe/reactor"
)

// WhenReadable starts fn as a thread, as StartAndForget does, when c has something to read,
// be it left by the last read, or its other side has closed it. Until then the thread has no
// stack, and takes a few hundred bytes where others take kilobytes; from then on it is the same
// thread with one. When maxWait (0: no limit) passes before that, when c is closed meanwhile or
// the thread is terminated, c is closed, fn never runs, and gone, which may be nil, is called
// with the reason. To be idle again, fn calls WhenReadable before it returns. A thread of the
// program, and functions on its goroutine.
//
//go:noinline
func (c *Conn) WhenReadable(maxWait time.Duration, fn func(*Thread) error, gone func(error), settings ...Setting) {
	s := Spec{kind: forget, site: callerPC()}
	s = s.with(settings)
	i := &idle{c: c, fn: fn, gone: gone, maxWait: maxWait}
	s.body = i
	c.p.beginStackless(&i.Thread, &s)
	i.parent = nil // it may have been idle before, again and again
	i.startStackless("idle", i.wait)
}

// idle is a connection that waits for something to read, and the thread that goes on then. It
// is the thread's body as well.
type idle struct {
	Thread
	c       *Conn
	fn      func(*Thread) error
	gone    func(error)
	maxWait time.Duration
	turn    bool // something has come, and the thread waits for its turn
}

func (i *idle) run(t *Thread) error { return i.fn(t) }

func (i *idle) result(err error) reactor.Outcome {
	if !i.started { // it was ended before it began
		i.end(ErrTerminated)
	}
	return reactor.Failed(err)
}

func (i *idle) wait(*Thread) reactor.Outcome {
	c := i.c
	switch {
	case c.closed:
		return i.end(net.ErrClosed)
	case c.p.aborting:
		return i.end(ErrTerminated)
	case c.mayRead() && !c.Alive():
		return i.awaitTurn()
	case c.ds == nil:
		if err := c.watch(); err != nil {
			return i.end(err)
		}
	}
	return i.register(c.ds.Defer(&i.d, false, i.maxWait))
}

// awaitTurn lets the thread go on after those that can already.
func (i *idle) awaitTurn() reactor.Outcome {
	i.turn = true
	i.c.drained = false
	if err := i.Promote(nil); err != nil {
		return i.end(err)
	}
	out := i.register(i.d.Suspend(turn{}))
	_ = i.p.r.Schedule(&i.d, nil)
	return out
}

func (i *idle) register(out reactor.Outcome) reactor.Outcome {
	if !out.Suspended() {
		return i.end(out.Err())
	}
	out.AddCallback("idle", "", i.woken)
	return out
}

// woken is called when something has come, when the thread has its turn then, and when it does
// not go on.
func (i *idle) woken(o reactor.Outcome) reactor.Outcome {
	switch err := o.Err(); {
	case i.turn:
		return o // one that was terminated meanwhile never begins
	case i.c.closed: // since the event, too
		return i.end(net.ErrClosed)
	case err != nil:
		return i.end(err)
	}
	return i.awaitTurn()
}

// end closes the connection, with which nobody goes on, because of err.
func (i *idle) end(err error) reactor.Outcome {
	if !i.c.closed {
		_ = i.c.Close()
	}
	if gone := i.gone; gone != nil {
		i.gone = nil
		gone(err)
	}
	return reactor.Done(nil)
}
