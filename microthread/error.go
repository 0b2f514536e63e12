package microthread

import (
	"errors"
	"fmt"
	"strings"

	"mtpipe/reactor"
)

// Errors of threads.
var (
	ErrNoStdout   = errors.New("put without a stdout")
	ErrCritical   = errors.New("suspended in a critical section")
	ErrGoexit     = errors.New("left by runtime.Goexit")
	ErrTerminated = errors.New("terminated")
	ErrWaitSelf   = errors.New("a thread cannot wait for itself")
)

// Error is an error that a thread ended with, as others see it: with the thread's name and
// creation site and the threads that it came through. Is and As see the error itself.
type Error struct {
	Err     error
	Thread  string
	Site    string
	Via     []Hop // in the order in which it came through
	origin  *Thread
	handled bool // a handler has it
}

// Hop is a thread that passed an error on.
type Hop struct{ Pipe, Thread, Site string }

// Error returns the text of the error itself.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the error itself.
func (e *Error) Unwrap() error { return e.Err }

// Traceback returns several lines: the error, where it arose, what it came through, and
// the stack when it was a panic.
func (e *Error) Traceback() string { return e.traceback(e.Err) }

func (e *Error) traceback(err error) string {
	var b strings.Builder
	fmt.Fprintf(&b, "error in %s, started at %s: %v\n", e.Thread, e.Site, err)
	for _, h := range e.Via {
		if h.Pipe != "" {
			fmt.Fprintf(&b, "  through %s", h.Pipe)
		} else {
			b.WriteString("  awaited")
		}
		fmt.Fprintf(&b, " by %s, started at %s\n", h.Thread, h.Site)
	}
	var p *reactor.PanicError
	if errors.As(e.Err, &p) {
		b.Write(p.Stack)
	}
	return b.String()
}

// trace returns err as the thread that ended with it hands it on: wrapped where it arose,
// with one more hop where it passed through.
func (t *Thread) trace(err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return &Error{Err: err, Thread: t.Name(), Site: t.Site(), origin: t}
	}
	if e.origin != t {
		e.Via = append(e.Via, Hop{Pipe: t.cameBy(e), Thread: t.Name(), Site: t.Site()})
	}
	return err
}

// cameBy returns the name of the pipe that e came out of, or "" when t had it by waiting.
func (t *Thread) cameBy(e *Error) string {
	for _, in := range append(t.rest.ins, t.stdin) {
		if in != nil && in.Err() != nil && errors.Is(in.Err(), e) {
			return in.Name()
		}
	}
	return ""
}

// Traceback returns err's traceback: that of the Error in it, with err's text, or the text
// alone.
func Traceback(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.traceback(err)
	}
	return err.Error() + "\n"
}
