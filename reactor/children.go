package reactor

import (
	"fmt"
	"os"
	"time"
)

// Children is the class of the notifier for child processes: a reason is an *os.Process. The
// waiting thread is continued when the process has ended: with its *os.ProcessState where a
// goroutine has waited for it, otherwise with nil, and os.Process.Wait returns at once.
// When the wait ends before the process does, the process is as it was, and may be waited
// for again.
var Children = &NotifierClass{Name: "children", Priority: 15, New: newChildren}

// children watches processes by their descriptors where the system has such (pidfd), which
// costs no goroutine. Elsewhere a goroutine waits for each one.
type children struct {
	passive
	r       *Reactor
	waiting map[*Deferred]*exit
	watched map[*os.Process]*exit // by goroutines
}

// exit is a process whose end is waited for, by one thread at a time.
type exit struct {
	p     *os.Process
	d     *Deferred // nil when nobody waits
	ended bool      // o is what there is to say
	o     Outcome
}

func newChildren(r *Reactor) (Notifier, error) {
	return &children{r: r, waiting: make(map[*Deferred]*exit), watched: make(map[*os.Process]*exit)}, nil
}

// SelfWaking marks the notifier as one whose events arrive by Post, or by the notifier for
// descriptors.
func (c *children) SelfWaking() {}

func (c *children) Describe(d *Deferred) string {
	if x := c.waiting[d]; x != nil {
		return fmt.Sprintf("waiting for process %d to end", x.p.Pid)
	}
	return "waiting for a process to end"
}

func (c *children) Register(d *Deferred, reason any, maxWait time.Duration) error {
	p, ok := reason.(*os.Process)
	if !ok {
		return fmt.Errorf("the notifier for children takes an *os.Process, not a %T", reason)
	}
	if done, err := c.watch(d, p, maxWait); done {
		return err
	}
	x := c.watched[p]
	if x == nil {
		x = &exit{p: p}
		c.watched[p] = x
		go c.await(x)
	}
	if x.d != nil {
		return fmt.Errorf("two threads cannot wait for process %d", p.Pid)
	}
	x.d = d
	c.waiting[d] = x
	if x.ended {
		delete(c.watched, p)
		return c.r.schedule(d, x.o)
	}
	if maxWait > 0 {
		c.r.SetTimer(c, d, maxWait)
	}
	return nil
}

// await waits for the process on a goroutine of its own. When nobody waits any more, the
// result is kept for the next who does.
func (c *children) await(x *exit) {
	state, err := x.p.Wait()
	c.r.Post(func() { c.over(x, Outcome{value: state, err: err}) })
}

// over notes that the process has ended.
func (c *children) over(x *exit, o Outcome) {
	x.ended, x.o = true, o
	if x.d != nil {
		delete(c.watched, x.p)
		_ = c.r.schedule(x.d, o)
	}
}

func (c *children) Cancel(d *Deferred) {
	if x := c.waiting[d]; x != nil {
		x.d = nil
		delete(c.waiting, d)
	}
}

func (c *children) Poll() (Status, error) {
	if len(c.waiting) == 0 {
		return NoWaiters, nil
	}
	return Polled, nil
}

func (c *children) TimedWait(time.Duration) (Status, error) { return CannotWait, nil }
func (c *children) WaitForever() (Status, error)            { return CannotWait, nil }
