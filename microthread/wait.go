package microthread

import (
	"fmt"
	"slices"
	"time"

	"mtpipe/reactor"
)

// waitList is a queue of threads that wait for one thing to happen.
type waitList struct {
	what  fmt.Stringer
	first *reactor.Deferred
	more  []*reactor.Deferred // behind first
}

// reason is a text that says what a list waits for.
type reason string

func (r reason) String() string { return string(r) }

// theEnd says that a thread's end is waited for.
type theEnd struct{ of *Thread }

func (e theEnd) String() string { return "waiting for " + e.of.Name() + " to end" }

func (l *waitList) Cancel(d *reactor.Deferred) {
	if l.first == d {
		l.first = nil
		if len(l.more) > 0 {
			l.first, l.more = l.more[0], l.more[1:]
		}
		return
	}
	if i := slices.Index(l.more, d); i >= 0 {
		l.more = slices.Delete(l.more, i, i+1)
	}
}

func (l *waitList) Describe(*reactor.Deferred) string { return l.what.String() }

// wait suspends t until it is woken or maxWait has passed (0: no limit; ErrTimeout).
func (l *waitList) wait(t *Thread, maxWait time.Duration) error {
	if l.first == nil {
		l.first = &t.d
	} else {
		l.more = append(l.more, &t.d)
	}
	_, err := t.d.AwaitFor(l, maxWait)
	return err
}

// wakeAll wakes all that wait, the longest first, and reports whether anybody did.
func (l *waitList) wakeAll() bool {
	first, more := l.first, l.more
	if first == nil {
		return false
	}
	l.first, l.more = nil, nil
	_ = first.Reactor().Schedule(first, nil)
	for _, d := range more {
		_ = d.Reactor().Schedule(d, nil)
	}
	return true
}

// wakeFirst wakes the one that waits the longest and returns it, or nil.
func (l *waitList) wakeFirst() *reactor.Deferred {
	d := l.first
	if d != nil {
		l.Cancel(d)
		_ = d.Reactor().Schedule(d, nil)
	}
	return d
}

// Cond is something that threads of one program wait for until another says that it has
// happened. The zero Cond is ready for use.
type Cond struct{ list waitList }

// Wait suspends t until Broadcast. What stands for the reason in reports, such as "waiting
// for a free slot".
func (c *Cond) Wait(t *Thread, what string) { c.WaitFor(t, what, 0) }

// WaitFor is Wait that ends when limit (0: none) has passed, too. It reports whether it was
// Broadcast that ended it.
func (c *Cond) WaitFor(t *Thread, what string, limit time.Duration) bool {
	c.list.what = reason(what)
	return c.list.wait(t, limit) == nil
}

// Broadcast wakes all threads that wait.
func (c *Cond) Broadcast() { c.list.wakeAll() }

// Wait suspends t until the thread w has ended and returns the error that it ended with.
// Any number of threads may wait, any number of times; waiting for oneself is
// ErrWaitSelf. With maxWait above 0 the result is reactor.ErrTimeout after that time.
func (w *Thread) Wait(t *Thread, maxWait time.Duration) error {
	if w == t {
		return ErrWaitSelf
	}
	if !w.finished {
		if err := w.await(t, maxWait); err != nil {
			return err
		}
	}
	w.waited = true
	if p := w.parent; p != nil {
		p.disown(w)
	}
	return w.err
}

// await suspends t until w has ended. When t is terminated before it has learned of that,
// nobody has w's result.
func (w *Thread) await(t *Thread, maxWait time.Duration) (err error) {
	learned := false
	defer func() {
		if !learned && w.finished {
			w.waited = false
			if w.orphaned() {
				w.reportLost()
			}
		}
	}()
	w.waiting.what = theEnd{w}
	err = w.waiting.wait(t, maxWait)
	learned = err == nil
	return err
}

// adopt makes c one of those that t has not waited for.
func (t *Thread) adopt(c *Thread) {
	c.place = int32(len(t.children))
	t.children = append(t.children, c)
}

// disown takes a child off the list of those that nobody has waited for.
func (t *Thread) disown(c *Thread) {
	if int(c.place) >= len(t.children) || t.children[c.place] != c {
		return
	}
	last := len(t.children) - 1
	moved := t.children[last]
	t.children[c.place], moved.place = moved, c.place
	t.children[last] = nil
	t.children = t.children[:last]
}
