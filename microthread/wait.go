package microthread

import (
	"time"

	"mtpipe/reactor"
)

// waitList is a queue of threads that wait for one thing to happen.
type waitList struct {
	what    string
	waiting []*reactor.Deferred
}

func (l *waitList) Cancel(d *reactor.Deferred) {
	for i, w := range l.waiting {
		if w == d {
			l.waiting = append(l.waiting[:i], l.waiting[i+1:]...)
			return
		}
	}
}

func (l *waitList) Describe(*reactor.Deferred) string { return l.what }

// wait suspends t until it is woken or maxWait has passed (0: no limit; ErrTimeout).
func (l *waitList) wait(t *Thread, maxWait time.Duration) error {
	l.waiting = append(l.waiting, t.d)
	_, err := t.d.AwaitFor(l, maxWait)
	return err
}

// wakeAll wakes all that wait and reports whether anybody did.
func (l *waitList) wakeAll() bool {
	waiting := l.waiting
	l.waiting = nil
	for _, d := range waiting {
		_ = d.Reactor().Schedule(d, nil)
	}
	return len(waiting) > 0
}

// Cond is something that threads of one program wait for until another says that it has
// happened. The zero Cond is ready for use.
type Cond struct{ list waitList }

// Wait suspends t until Broadcast. What stands for the reason in reports, such as "waiting
// for a free slot".
func (c *Cond) Wait(t *Thread, what string) {
	c.list.what = what
	_ = c.list.wait(t, 0)
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
		w.waiting.what = "waiting for " + w.Name() + " to end"
		if err := w.waiting.wait(t, maxWait); err != nil {
			return err
		}
	}
	w.waited = true
	if p := w.parent; p != nil {
		p.disown(w)
	}
	return w.err
}

// disown takes a child off the list of those that nobody has waited for.
func (t *Thread) disown(c *Thread) {
	for i, o := range t.children {
		if o == c {
			last := len(t.children) - 1
			t.children[i], t.children[last] = t.children[last], nil
			t.children = t.children[:last]
			return
		}
	}
}
