package microthread

import (
	"errors"
	"fmt"

	"mtpipe/reactor"
)

// terminate ends the thread at once: it leaves what it waits in, its deferred functions
// run, and it ends with cause, or silently. A thread that has not begun never does.
func (t *Thread) terminate(cause error) {
	if t.finished || t.killed {
		return
	}
	t.killed, t.cause = true, cause
	if !t.exiting {
		t.d.Override(reactor.Failed(ErrTerminated))
	}
}

// drain ends a source as if it had nothing more to give. What it is putting at the moment
// still goes through.
func (t *Thread) drain() {
	if t.finished || t.exiting || t.draining {
		return
	}
	t.draining = true
	for _, out := range t.outs {
		if out.Writing() {
			return
		}
	}
	t.d.Override(reactor.Failed(ErrTerminated))
}

// giveUp makes every wait of a thread that was terminated and has not ended fail at once.
func (t *Thread) giveUp() {
	if t.finished || t.gaveUp {
		return
	}
	t.gaveUp = true
	t.p.failures = append(t.p.failures, fmt.Errorf("%s had not ended in time after it was terminated", t.Name()))
	t.d.Override(reactor.Failed(ErrTerminated))
}

// readerGone is called when the reader of one of the thread's stdouts has closed it. A
// thread that nobody reads any more has nothing left to do, even when it sleeps.
func (t *Thread) readerGone() {
	if t.allClosed() && !t.finished && !t.exiting {
		t.p.cutOff++
		t.terminate(nil)
	}
}

func (t *Thread) allClosed() bool {
	for _, out := range t.outs {
		if !out.Closed() {
			return false
		}
	}
	return true
}

// finish closes the thread's pipes and sees to it that its error reaches somebody: the
// reader of its stdout, those who wait for it, or a handler.
func (t *Thread) finish() {
	t.finished = true
	t.p.threads--
	if t.err == nil && t.killed && t.kind == parallel {
		t.err = ErrTerminated
	}
	if t.err != nil && t.err != ErrTerminated {
		t.err = t.trace(t.err)
	}
	var unread []error
	for _, in := range append(t.ins, t.stdin) {
		if in != nil {
			if err := in.CloseRead(); err != nil && !errors.Is(t.err, err) {
				unread = append(unread, err)
			}
		}
	}
	told := t.kind == parallel
	for _, out := range t.outs {
		told = told || t.err != nil && !out.Closed()
		out.Fail(t.err)
	}
	t.d.End(reactor.Outcome{})
	t.waited = t.waited || t.waiting.wakeAll()
	for _, err := range unread {
		t.handle(err)
	}
	t.settle(told)
	if t.p.threads == 0 && t.p.limit != nil {
		t.p.limit.Override(reactor.Done(nil))
		t.p.limit = nil
	}
}

// settle reports the errors that nobody else will: the thread's own, and those of children
// started in parallel that it did not wait for.
func (t *Thread) settle(told bool) {
	if t.err != nil && !told {
		t.handle(t.err)
	}
	if t.kind == parallel && t.err != nil && t.parent != nil && t.parent.finished {
		t.reportLost()
	}
	for _, c := range t.children {
		if c.finished {
			c.reportLost()
		}
	}
	t.children = nil
}

// reportLost hands a failed zombie's error to the handler when nobody is left to wait.
func (t *Thread) reportLost() {
	if t.err == nil || t.waited || t.err == ErrTerminated {
		return
	}
	t.waited = true
	t.handle(t.err)
}

// handle gives an error that nobody takes to the handler, once. The handler runs in a
// thread of its own, so it may suspend.
func (t *Thread) handle(err error) {
	var e *Error
	if errors.As(err, &e) {
		if e.handled {
			return
		}
		e.handled = true
	}
	h := t.handler
	if h == nil {
		h = t.p.onError
	}
	t.p.Start(Spec{Name: "error handler of " + t.Name(), Run: func(ht *Thread) error {
		if failed := protect(func() error { return h(ht, err) }); failed != nil {
			t.p.last(errors.Join(err, fmt.Errorf("the error handler failed: %w", failed)))
		}
		return nil
	}})
}

// protect calls fn and turns a panic into an error.
func protect(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = reactor.NewPanicError(p)
		}
	}()
	return fn()
}
