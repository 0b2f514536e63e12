package microthread

import (
	"errors"
	"time"
)

// Cond is something that threads of one program wait for until another says that it has
// happened. The zero Cond is ready for use.
type Cond struct {
	list waitList
	what *label // of the last wait
}

// Wait suspends t until Broadcast, or Signal for t. What stands for the reason in reports, such as "waiting
// for a free slot".
func (c *Cond) Wait(t *Thread, what string) { c.WaitFor(t, what, 0) }

// WaitFor is Wait that ends when limit (0: none) has passed, too. It reports whether t was
// woken before.
func (c *Cond) WaitFor(t *Thread, what string, limit time.Duration) bool {
	t.must()
	if c.what == nil || string(*c.what) != what {
		made := label(what)
		c.what = &made
	}
	w := c.list.enter(t, c.what)
	woken := false
	defer func() {
		lost := w.signalled() && !woken
		t.p.reuseWaiter(w)
		if lost {
			c.Signal()
		}
	}()
	_, err := t.d.AwaitFor(w, limit)
	woken = err == nil
	return woken
}

// Broadcast wakes all threads that wait.
func (c *Cond) Broadcast() { c.list.wakeAll() }

// Signal wakes the thread that waits the longest, if there is one. When that is terminated
// before it has its turn, the next one is woken instead. A signal that finds nobody waiting is
// not kept.
func (c *Cond) Signal() { c.list.wakeFirst() }

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
	return w.Err()
}

// await suspends t until w has ended. When t is terminated before it has learned of that,
// nobody has w's result.
func (w *Thread) await(t *Thread, maxWait time.Duration) (err error) {
	learned := false
	defer func() {
		if !learned && w.finished && !errors.Is(err, ErrNotRunning) {
			w.waited = false
			if w.orphaned() {
				w.reportLost()
			}
		}
	}()
	err = w.waiting.wait(t, theEnd{w}, maxWait)
	learned = err == nil
	return err
}

// adopt makes c one of those that t has not waited for.
func (t *Thread) adopt(c *Thread) {
	l := t.ownLists()
	c.place = int32(len(l.children))
	l.children = append(l.children, c)
}

// disown takes a child off the list of those that nobody has waited for.
func (t *Thread) disown(c *Thread) {
	l := t.rest.lists
	if int(c.place) >= len(l.children) || l.children[c.place] != c {
		return
	}
	last := len(l.children) - 1
	moved := l.children[last]
	l.children[c.place], moved.place = moved, c.place
	l.children[last] = nil
	l.children = l.children[:last]
}
