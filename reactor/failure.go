package reactor

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"time"
)

// failures are what nobody has taken that went wrong on a reactor outside of threads with a
// stack: panics of functions that it calls, and the errors of stackless threads.
type failures struct {
	list   []failure
	broken bool        // there was a panic
	told   func(error) // takes them, on the reactor, between two turns; nil: Run returns them
}

// failure is an error, and the stackless thread that ended with it if it was that.
type failure struct {
	err error
	of  *Deferred
}

// tellFailures makes fn take what goes wrong on the reactor outside of threads with a stack.
// From a panic on, a Hold does not keep Run from returning.
func (r *Reactor) tellFailures(fn func(error)) { r.failures.told = fn }

// fail notes what nobody has taken. The reactor looks at it before the next thread's turn.
func (r *Reactor) fail(of *Deferred, err error) {
	var p *PanicError
	r.failures.broken = r.failures.broken || errors.As(err, &p)
	r.failures.list = append(r.failures.list, failure{err, of})
	r.posted.Store(true)
}

// pressing reports whether there is something that is to be told, or returned by Run, at once.
func (f *failures) pressing() bool { return len(f.list) > 0 && (f.told != nil || f.broken) }

// tell hands on what has failed. It reports false when Run is to return with it.
func (r *Reactor) tell() bool {
	f := &r.failures
	for f.told != nil && len(f.list) > 0 {
		err := f.list[0].err
		f.list = f.list[1:]
		f.told(err)
	}
	return !f.broken || f.told != nil
}

// takeFailures returns those that Run or Close is to return, joined with err.
func (r *Reactor) takeFailures(err error) error {
	f := &r.failures
	if len(f.list) == 0 {
		return err
	}
	var list []error
	for _, e := range f.list {
		list = append(list, e.err)
	}
	f.list, f.broken = nil, f.broken && f.told != nil
	if err != nil {
		list = append(list, err)
	}
	if len(list) == 1 {
		return list[0]
	}
	return errors.Join(list...)
}

// guard calls fn, which was registered to be called on the reactor; kind says where. A panic
// of fn is told.
func (r *Reactor) guard(kind string, fn func()) {
	defer func() {
		if p := recover(); p != nil {
			r.fail(nil, panicIn(p, func() string { return kind + placeOf(fn) }))
		}
	}()
	fn()
}

// finished gives o to fn, which is called at the end of a thread.
func (r *Reactor) finished(fn func(Outcome), o Outcome) {
	defer func() {
		if p := recover(); p != nil {
			r.fail(nil, panicIn(p, func() string { return "the function called at a thread's end" + placeOf(fn) }))
		}
	}()
	fn(o)
}

// taken says that somebody has taken what d has ended with.
func (f *failures) taken(d *Deferred) {
	if len(f.list) > 0 {
		f.list = slices.DeleteFunc(f.list, func(e failure) bool { return e.of == d })
	}
}

// ended tells the error that the stackless thread d, called name, has ended with, if nobody
// takes it before the next turn, unless it is only that the reactor was closed.
func (r *Reactor) ended(d *Deferred, name string, err error) {
	var p *PanicError
	switch {
	case errors.As(err, &p):
	case r.closed && errors.Is(err, ErrClosed):
		return
	default:
		err = fmt.Errorf("%s: %w", name, err)
	}
	r.fail(d, err)
}

// protect calls fn, the callback of the function called name, and turns a panic into an error.
func protect(name string, fn Callback, in Outcome) (out Outcome) {
	defer func() {
		if p := recover(); p != nil {
			out = Failed(panicIn(p, func() string { return "the callback of " + name + placeOf(fn) }))
		}
	}()
	return fn(in)
}

// begun calls fn, the function of the stackless thread called name, as protect does.
func begun(name string, fn func(*Deferred) Outcome, d *Deferred) (out Outcome) {
	defer func() {
		if p := recover(); p != nil {
			out = Failed(panicIn(p, func() string { return name + placeOf(fn) }))
		}
	}()
	return fn(d)
}

// panicIn is NewPanicError for a panic that has a place.
func panicIn(value any, place func() string) *PanicError {
	e := NewPanicError(value)
	e.Place = place()
	return e
}

// placeOf returns where the function fn stands, as ", file:line", or its name when it was
// not written in a file, such as a method's value.
func placeOf(fn any) string {
	v := reflect.ValueOf(fn)
	if v.IsNil() {
		return ", which is nil"
	}
	f := runtime.FuncForPC(v.Pointer())
	file, line := f.FileLine(f.Entry())
	if strings.HasPrefix(file, "<") {
		return ", " + strings.TrimSuffix(f.Name(), "-fm")
	}
	return fmt.Sprintf(", %s:%d", file, line)
}

// poll, timedWait and waitForever are the notifier's, with a panic as an error. It is told.
func (in *installed) poll(r *Reactor) (s Status, err error) {
	defer in.caught(r, &err)
	return in.n.Poll()
}

func (in *installed) timedWait(r *Reactor, d time.Duration) (s Status, err error) {
	defer in.caught(r, &err)
	return in.n.TimedWait(d)
}

func (in *installed) waitForever(r *Reactor) (s Status, err error) {
	defer in.caught(r, &err)
	return in.n.WaitForever()
}

func (in *installed) caught(r *Reactor, err *error) {
	if p := recover(); p != nil {
		e := panicIn(p, func() string { return "the notifier " + in.class.Name })
		r.fail(nil, e)
		*err = e
	}
}
