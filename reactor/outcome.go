package reactor

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Outcome is what a function gives back that may suspend its thread: a value, an error, or
// the suspension itself. A suspension is not an error: it cannot be stored in one,
// returned as one or swallowed without the Deferred noticing.
type Outcome struct {
	value any
	err   error
	d     *Deferred
}

// Done is the outcome of a function that finished with v.
func Done(v any) Outcome { return Outcome{value: v} }

// Failed is the outcome of a function that failed with err.
func Failed(err error) Outcome { return Outcome{err: err} }

// Valuer is a value that is made when it is asked for.
type Valuer interface{ OutcomeValue() any }

// Ended is the outcome of a function that gave back a value beside err, which may be nil.
// Outcome.Value is what v returns then.
func Ended(v Valuer, err error) Outcome { return Outcome{value: v, err: err} }

// Value returns the value of an outcome that is no suspension: beside an error nil, unless the
// function gave one back.
func (o Outcome) Value() any {
	if v, ok := o.value.(Valuer); ok {
		return v.OutcomeValue()
	}
	return o.value
}

// Err returns the error of o, also of a suspension that has turned into one; nil for a value
// and for a suspension under way.
func (o Outcome) Err() error {
	if o.d != nil {
		return o.d.broken()
	}
	return o.err
}

// Suspended reports whether o is a suspension under way.
func (o Outcome) Suspended() bool { return o.d != nil && !o.d.IsException() }

// IsException reports whether o is to be treated as any other outcome: it is no
// suspension, or one that has turned into an error.
func (o Outcome) IsException() bool { return !o.Suspended() }

// AddCallback registers fn to be continued with the result of the suspension o; see
// Deferred.AddCallback. It reports false when o is no suspension ("not mine") and when the
// registration was refused; the caller then returns o after its own clean-up.
func (o Outcome) AddCallback(caller, called string, fn Callback) bool {
	return o.d != nil && o.d.AddCallback(caller, called, fn)
}

// Callback continues a function that suspended. It is given the result of what the
// function waited for and gives back the function's own.
type Callback func(Outcome) Outcome

// Errors that code may ask for with errors.Is.
var (
	ErrTimeout      = errors.New("timed out")
	ErrNotSuspended = errors.New("the deferred is not suspended")
	ErrScheduled    = errors.New("the deferred is already scheduled")
	ErrRunning      = errors.New("the reactor is running already")
	ErrClosed       = errors.New("the reactor is closed")
	ErrNoNotifier   = errors.New("no such notifier")
	ErrOtherReactor = errors.New("the deferred belongs to another reactor")
	ErrNoDeferreds  = errors.New("no deferreds to wait for")
)

// NotImplementedError says that a function took part in a suspension without knowing about
// it: it called a function that suspended and registered no callback of its own.
type NotImplementedError struct{ Function string }

func (e *NotImplementedError) Error() string {
	return "deferred execution not implemented by " + cmp.Or(e.Function, "a function without a name")
}

// SystemError says that a function began to suspend and then ended otherwise.
type SystemError struct{ Cause error }

func (e *SystemError) Error() string {
	return "began to suspend and then ended: " + e.Cause.Error()
}

// Unwrap returns the error that the function ended with.
func (e *SystemError) Unwrap() error { return e.Cause }

var errSwallowed = errors.New("a suspension was swallowed")

// PanicError is a panic turned into an error, with the stack where it happened. Printed with
// %v it shows its place, if there is one, with %+v the stack too.
type PanicError struct {
	Value any
	Place string // what panicked and where that was registered, when it was no thread

	stack []uintptr // the return addresses; their names cost ten times as much
}

// NewPanicError returns the error for a recovered value; the deferred function that
// recovered calls it, so that the stack is still that of the panic.
func NewPanicError(value any) *PanicError {
	return &PanicError{Value: value, stack: callers()}
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Format prints the error; see PanicError.
func (e *PanicError) Format(f fmt.State, verb rune) {
	shown := e.Error()
	if e.Place != "" {
		shown += " (in " + e.Place + ")"
	}
	format(f, verb, e.Error(), shown, shown+"\n"+string(e.Stack()))
}

// format prints an error in one of its three forms: its text, what %v shows, what %+v shows.
func format(f fmt.State, verb rune, text, shown, full string) {
	switch {
	case verb == 'v' && f.Flag('+'):
		text = strings.TrimSuffix(full, "\n")
	case verb == 'v' && !f.Flag('#'):
		text = shown
	}
	switch width, wide := f.Width(); {
	case verb == 'q':
		text = strconv.Quote(text)
	case wide && f.Flag('-'):
		text = fmt.Sprintf("%-*s", width, text)
	case wide:
		text = fmt.Sprintf("%*s", width, text)
	}
	_, _ = io.WriteString(f, text)
}

// Unwrap returns the panic's value when that was an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
