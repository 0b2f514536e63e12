package microthread

import "iter"

// coroutine is the stack on which threads run, one after another. It is the only place
// that knows how stacks are switched: by iter.Pull, whose next and yield go straight to
// the other side without the Go scheduler.
//
// It keeps only next of what iter.Pull gives, so that the memory of stop is free: a coroutine
// that is resumed without a thread ends.
type coroutine struct {
	next  func() (struct{}, bool)
	yield func(struct{}) bool // nil: its thread left by runtime.Goexit, it cannot run another
	t     *Thread             // the thread it runs
	g     uintptr             // its goroutine; see currentG
}

// spent reports whether the coroutine can run no other thread.
func (c *coroutine) spent() bool { return c.yield == nil }

// maxIdle is how many coroutines are kept for the next thread. They keep the stacks that
// they have grown, some kilobytes each, which a thousand requests at a time would grow anew.
const maxIdle = 1024

func newCoroutine() *coroutine {
	c := &coroutine{}
	c.next, _ = iter.Pull(func(yield func(struct{}) bool) {
		c.yield, c.g = yield, currentG()
		defer c.left()
		for c.t != nil {
			c.t.top()
			c.t.finish()
			yield(struct{}{})
		}
	})
	return c
}

// left ends a thread that left by runtime.Goexit.
func (c *coroutine) left() {
	if c.t != nil {
		c.t.finish()
		yield := c.yield
		c.yield = nil
		yield(struct{}{})
		panic(spent{}) // for dispose
	}
}

// spent is what a coroutine ends with whose thread has left by runtime.Goexit. iter.Pull hands a
// Goexit to whoever resumes the coroutine, and that could not be stopped there; a panic can.
type spent struct{}

// dispose ends a coroutine that nobody will resume.
func (p *Program) dispose(c *coroutine) {
	if o := p.observer; o != nil && o.roster != nil {
		o.roster.forget(c)
	}
	if c.spent() {
		defer func() {
			if p := recover(); p != any(spent{}) {
				panic(p)
			}
		}()
	}
	c.next() // without a thread
}

// coroutine returns an idle coroutine or a new one.
func (p *Program) coroutine() *coroutine {
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		return c
	}
	return newCoroutine()
}

// reuse takes back the coroutine of a thread that has ended.
func (p *Program) reuse(c *coroutine) {
	c.t = nil
	if c.spent() || len(p.idle) >= maxIdle {
		p.dispose(c)
		return
	}
	p.idle = append(p.idle, c)
}
