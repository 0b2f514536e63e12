package microthread

import (
	"fmt"
	"time"

	"mtpipe/reactor"
)

// waitList is a queue of threads that wait for one thing to happen: a ring, so that each can
// leave it at once, wherever it is.
type waitList struct{ head *waiter }

// waiter is a thread in a waitList, and what its Deferred waits in.
type waiter struct {
	prev, next *waiter
	in         *waitList         // nil when it has been woken or has left
	d          *reactor.Deferred // nil when it was woken in place of the others
	what       fmt.Stringer      // what it waits for
}

// signalled reports whether w was woken in place of the others.
func (w *waiter) signalled() bool { return w.d == nil }

// label is a text that says what is waited for. Those who wait for one thing share it.
type label string

func (l *label) String() string { return string(*l) }

// theEnd says that a thread's end is waited for.
type theEnd struct{ of *Thread }

func (e theEnd) String() string { return "waiting for " + e.of.Name() + " to end" }

// Cancel takes w out of its list.
func (w *waiter) Cancel(*reactor.Deferred) { w.leave() }

// Describe says what w waits for.
func (w *waiter) Describe(*reactor.Deferred) string { return w.what.String() }

func (w *waiter) leave() {
	l := w.in
	if l == nil {
		return
	}
	if w.in = nil; w.next == w {
		l.head = nil
	} else {
		w.prev.next, w.next.prev = w.next, w.prev
		if l.head == w {
			l.head = w.next
		}
	}
	w.prev, w.next = nil, nil
}

// push makes w the last of those that wait.
func (l *waitList) push(w *waiter) {
	w.in = l
	if l.head == nil {
		w.prev, w.next = w, w
		l.head = w
		return
	}
	w.prev, w.next = l.head.prev, l.head
	w.prev.next, w.next.prev = w, w
}

// pop takes out the one that waits the longest, or returns nil.
func (l *waitList) pop() *waiter {
	w := l.head
	if w != nil {
		w.leave()
	}
	return w
}

// enter makes t the last of those that wait.
func (l *waitList) enter(t *Thread, what fmt.Stringer) *waiter {
	w := t.p.newWaiter()
	w.d, w.what = &t.d, what
	l.push(w)
	return w
}

// wait suspends t until it is woken or maxWait has passed (0: no limit; ErrTimeout).
func (l *waitList) wait(t *Thread, what fmt.Stringer, maxWait time.Duration) error {
	if err := t.check(); err != nil {
		return err
	}
	w := l.enter(t, what)
	_, err := t.d.AwaitFor(w, maxWait)
	t.p.reuseWaiter(w)
	return err
}

// wakeAll wakes all that wait, the longest first, and reports whether anybody did.
func (l *waitList) wakeAll() (any bool) {
	for w := l.pop(); w != nil; w = l.pop() {
		if watched, ok := w.what.(*watched); ok { // it wants to know, and takes nothing
			watched.note()
		} else {
			any = true
		}
		w.d.Wake()
	}
	return any
}

// wakeFirst wakes the one that waits the longest and returns it, or nil.
func (l *waitList) wakeFirst() *reactor.Deferred {
	w := l.pop()
	if w == nil {
		return nil
	}
	d := w.d
	w.d = nil
	d.Wake()
	return d
}

// tally counts what threads do with one thing that several use, so that one which need not
// suspend for it gives up its turn all the same.
type tally int

const chargedOps = 64 // for which a thread is charged at a time

// charge counts one more, which t begins: it may suspend t, so nothing must have been taken.
func (n *tally) charge(t *Thread) {
	if *n++; *n >= chargedOps {
		n.pay(t)
	}
}

// pay is apart to keep charge short.
//
//go:noinline
func (n *tally) pay(t *Thread) {
	*n = 0
	charge(&t.d, reactor.Units(chargedOps, 0))
}

const maxIdleWaiters = 1024 // kept for the next waits

// newWaiter returns a waiter that is in no list.
func (p *Program) newWaiter() *waiter {
	w := p.waiters
	if w == nil {
		return &waiter{}
	}
	p.waiters, w.next = w.next, nil
	p.idleWaiters--
	return w
}

// reuseWaiter takes back the waiter of a wait that has ended.
func (p *Program) reuseWaiter(w *waiter) {
	w.leave()
	w.d, w.what = nil, nil
	if p.idleWaiters < maxIdleWaiters {
		w.next, p.waiters = p.waiters, w
		p.idleWaiters++
	}
}
