package microthread

import (
	"context"
	"errors"
	"fmt"

	"mtpipe/pipe"
	"mtpipe/reactor"
)

// Terminate ends the thread at once, or at its next suspension when it runs: it leaves what it
// waits in, its deferred functions run, and it ends silently; who waits for it is given
// ErrTerminated if it was started in parallel. What it has put stays in its pipes for their
// readers. Any thread of its program, and functions on the program's goroutine.
func (t *Thread) Terminate() { t.terminate(nil) }

// terminate ends the thread at once: it leaves what it waits in, its deferred functions
// run, and it ends with cause, or silently. A thread that has not begun never does.
func (t *Thread) terminate(cause error) {
	if t.finished || t.has(isKilled) || t.kind == handling && !t.started {
		return // an error is told even at the end of everything
	}
	if tr := t.p.trace; tr != nil {
		tr.instant(t, "terminated", cause)
	}
	t.set(isKilled, true)
	if t.rest != &nothing {
		t.endContexts(cause)
	}
	if cause != nil {
		t.own().cause = cause
	}
	if !t.exiting {
		t.d.Override(reactor.Failed(ErrTerminated))
	}
}

// KeepOnDrain says whether Program.Drain leaves t as it is though it reads no pipe, because
// what it reads ends by itself then, or has ended. It returns what held before.
func (t *Thread) KeepOnDrain(keep bool) (before bool) {
	before = t.has(isKept)
	t.set(isKept, keep)
	return before
}

// Drain ends t as if it had nothing more to give. What it is putting at the moment still goes
// through. Any other thread of its program.
func (t *Thread) Drain() {
	if t.finished || t.exiting || t.has(isDraining) {
		return
	}
	t.set(isDraining, true)
	if t.writing() {
		return
	}
	t.d.Override(reactor.Failed(ErrTerminated))
}

// giveUp ends what a thread that was terminated waits for in its deferred functions; at the
// next wait it is cut off.
func (t *Thread) giveUp() {
	t.set(isKilled|hasGivenUp, true)
	t.d.Override(reactor.Failed(ErrTerminated))
}

// readerGone is called when the reader of one of the thread's stdouts has closed it. A
// thread that nobody reads any more has nothing left to do, even when it sleeps.
func (t *Thread) readerGone() {
	if t.allClosed() && !t.finished && !t.exiting && !t.has(isTrying) {
		t.countCutOff(false)
		t.terminate(nil)
	}
}

// countCutOff counts t among those whose reader has gone; put says that it learns of that by a
// put.
func (t *Thread) countCutOff(put bool) {
	if !t.has(isCounted) {
		t.set(isCounted, true)
		t.p.cutOff++
		if tr := t.p.trace; tr != nil {
			tr.cutOff(t, put)
		}
	}
}

func (t *Thread) allClosed() bool {
	for out := range t.outs {
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
	if t.rest != &nothing {
		t.endContexts(context.Canceled)
	}
	if !t.has(isStackless) {
		t.p.threads--
	}
	if s := t.p.observer; s != nil {
		s.ends(t)
	}
	if t.Err() == nil && t.has(isKilled) && t.kind == parallel {
		t.setErr(ErrTerminated)
	}
	if t.Err() != nil && t.Err() != ErrTerminated {
		t.setErr(t.trace(t.Err()))
	}
	told := t.kind == parallel
	var unread []error
	if t.stdin != nil || t.stdout != nil || t.rest != &nothing {
		unread = t.closeInputs()
		told = t.closeOutputs() || told
	}
	t.waited = t.waiting.wakeAll() || t.waited
	t.d.End(t.body.result(t.Err()))
	for _, err := range unread {
		t.handleBeyond(err)
	}
	t.settle(told)
	t.rest.scope.leave(t)
	if tr := t.p.trace; tr != nil {
		tr.ended(t)
	}
	if t.kind != parallel {
		t.parent = nil // or a thread would keep all that led to it
	}
	if t.p.threads == 0 {
		t.p.stopTimers()
	}
}

// closeInputs closes the pipes that t reads and returns the errors in them that it has not read.
func (t *Thread) closeInputs() (unread []error) {
	for _, in := range append(t.rest.ins, t.stdin) {
		if in != nil && (in.Reader() == nil || in.Reader() == &t.d) {
			in.CloseRead()
			if err := in.Unread(); err != nil && !errors.Is(t.Err(), err) {
				unread = append(unread, err)
			}
		}
	}
	return unread
}

// closeOutputs ends the pipes that t writes and reports whether its error goes to a reader.
func (t *Thread) closeOutputs() (told bool) {
	for _, out := range t.written() {
		told = told || t.Err() != nil && !out.Closed()
		if t.Err() != nil && out.Reader() == nil {
			t.p.unheard = append(t.p.unheard, unheard{t, out})
		}
		out.Fail(t.Err())
	}
	return told
}

// settle reports the errors that nobody else will: the thread's own, and those of children
// started in parallel that it did not wait for.
func (t *Thread) settle(told bool) {
	if t.Err() != nil && !told {
		if len(t.written()) > 0 { // all closed, or a reader would be told
			t.handleBeyond(t.Err())
		} else {
			t.handle(t.Err())
		}
	}
	if t.orphaned() {
		t.reportLost()
	}
	if children := t.rest.children; len(children) > 0 {
		for _, c := range children {
			if c.finished {
				c.reportLost()
			} else if c.has(isRead) {
				c.cutOff()
			}
		}
		t.rest.children = nil
	}
}

// orphaned reports whether the thread that was to wait for t has ended.
func (t *Thread) orphaned() bool {
	return t.kind == parallel && !t.has(isFree) && t.parent != nil && t.parent.finished
}

// reportLost hands a failed zombie's error to the handler when nobody is left to wait.
func (t *Thread) reportLost() {
	if t.Err() == nil || t.waited || t.Err() == ErrTerminated {
		return
	}
	t.waited = true
	t.handle(t.Err())
}

// handle gives an error that nobody takes to the handler, once for each thread that ended with
// one. The handler runs in a thread of its own, so it may suspend. What a handler fails with
// goes to the last resort.
func (t *Thread) handle(err error) { t.handleAs(err, 0) }

// handleBeyond is handle for an error that lies after all that its reader has wanted: the reader
// has closed the pipe. Handlers can tell by Thread.beyond.
func (t *Thread) handleBeyond(err error) { t.handleAs(err, isBeyond) }

// beyond reports whether t, an error handler, has an error that lies after all that its reader has
// wanted.
func (t *Thread) beyond() bool { return t.has(isBeyond) }

// handleAs is handle in a thread with the mark m.
func (t *Thread) handleAs(err error, m mark) {
	if t.kind == handling {
		failed := t.rest.handler(t, err)
		guard(t.p.r, "the function given to LastResort", func() { t.p.last(failed) })
		return
	}
	if e, ok := err.(*Error); ok && e.end != nil {
		if e.end.told {
			return
		}
		e.end.told = true
	}
	h := t.rest.handler
	if s := t.rest.scope; h == nil && s != nil {
		h = s.onError
	}
	if h == nil {
		h = t.p.onError
	}
	t.p.Start(Spec{Name: "error handler of " + t.Name(), kind: handling, site: t.site, Scope: t.rest.scope,
		Run: func(ht *Thread) error {
			ht.set(m, m != 0)
			return h(ht, err)
		},
		Error: func(_ *Thread, failed error) error {
			return errors.Join(err, fmt.Errorf("the error handler failed: %w", failed))
		}})
}

// unheard is an error that was sent down a pipe which had no reader yet.
type unheard struct {
	t   *Thread
	out *pipe.Pipe
}

// tellUnheard hands the errors in pipes that nobody will read to the handlers and reports
// whether there were any.
func (p *Program) tellUnheard() (any bool) {
	for _, u := range p.unheard {
		if u.out.Reader() != nil {
			continue
		}
		u.out.CloseRead()
		if err := u.out.Unread(); err != nil {
			u.t.handle(err)
			any = true
		}
	}
	p.unheard = nil
	return any
}
