package microthread

import (
	"net"
	"time"

	"mtpipe/reactor"
)

// WhenReadable starts fn as a thread, as StartAndForget does, when c has something to read,
// be it left by the last read, or its other side has closed it. Until then no thread waits,
// which takes a few hundred bytes where a thread takes kilobytes. When maxWait (0: no limit)
// passes before that, when c is closed meanwhile or the program is aborted, c is closed, fn never
// runs, and gone, which may be nil, is called with the reason. To be idle again, fn calls
// WhenReadable before it returns.
//
//go:noinline
func (c *Conn) WhenReadable(maxWait time.Duration, fn func(*Thread) error, gone func(error), settings ...Setting) {
	s := Spec{Run: fn, kind: forget, site: callerPC()}
	i := &waitingIdle{c: c, maxWait: maxWait, next: s.with(settings), gone: gone}
	c.p.r.Start("idle", i.wait, i.end)
}

// waitingIdle is a connection that waits for something to read, and the thread that starts then.
type waitingIdle struct {
	c       *Conn
	maxWait time.Duration
	next    Spec
	gone    func(error)
}

func (i *waitingIdle) wait(d *reactor.Deferred) reactor.Outcome {
	c := i.c
	d.SetOwner(idle{c})
	switch {
	case c.closed:
		return reactor.Failed(net.ErrClosed)
	case c.p.aborting:
		return reactor.Failed(ErrTerminated)
	case c.mayRead():
		return i.woken(reactor.Done(nil))
	case c.ds == nil:
		if err := c.watch(); err != nil {
			return reactor.Failed(err)
		}
	}
	out := c.ds.Defer(d, false, i.maxWait)
	out.AddCallback("idle", "", i.woken)
	return out
}

// woken starts the thread when there is something to read. One that is terminated before it
// begins was none.
func (i *waitingIdle) woken(o reactor.Outcome) reactor.Outcome {
	if i.c.closed { // since the event, too
		return reactor.Failed(net.ErrClosed)
	}
	if o.Err() == nil {
		i.c.drained = false
		t := i.c.p.Start(i.next)
		t.d.OnFinish(func(reactor.Outcome) {
			if !t.started {
				i.end(reactor.Failed(ErrTerminated))
			}
		})
	}
	return o
}

func (i *waitingIdle) end(o reactor.Outcome) {
	if o.Err() == nil {
		return
	}
	if !i.c.closed {
		_ = i.c.Close()
	}
	if i.gone != nil {
		i.gone(o.Err())
	}
}
