package microthread

import (
	"time"

	"mtpipe/reactor"
)

// WhenReadable starts fn as a thread, as StartAndForget does, when c has something to read or
// its other side has closed it. Until then no thread waits, which takes a few hundred bytes
// where a thread takes kilobytes. When maxWait (0: no limit) passes before that, when c is
// closed meanwhile or the program is aborted, c is closed and fn never runs. To be idle again, fn
// calls WhenReadable before it returns. When fn never runs, gone, which may be nil, is called
// with the reason.
//
//go:noinline
func (c *Conn) WhenReadable(maxWait time.Duration, fn func(*Thread) error, gone func(error), settings ...Setting) {
	s := Spec{Run: fn, kind: forget, site: callerPC()}
	s = s.with(settings)
	c.p.r.Start("idle", func(d *reactor.Deferred) reactor.Outcome {
		d.SetOwner(idle{c})
		var out reactor.Outcome
		if err := c.watch(); err != nil {
			out = reactor.Failed(err)
		} else {
			out = c.ds.Defer(d, false, maxWait)
		}
		out.AddCallback("idle", "", c.woken(s))
		return out
	}, func(o reactor.Outcome) {
		if o.Err() == nil {
			return
		}
		if !c.closed {
			_ = c.Close()
		}
		if gone != nil {
			gone(o.Err())
		}
	})
}

// woken returns what starts the thread of s when there is something to read.
func (c *Conn) woken(s Spec) reactor.Callback {
	return func(o reactor.Outcome) reactor.Outcome {
		if o.Err() == nil {
			c.drained = false
			c.p.Start(s)
		}
		return o
	}
}
