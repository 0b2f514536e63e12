package microthread

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"mtpipe/reactor"
)

// Errors of threads.
var (
	ErrNoStdout   = errors.New("put without a stdout")
	ErrCritical   = errors.New("suspended in a critical section")
	ErrGoexit     = errors.New("left by runtime.Goexit")
	ErrTerminated = errors.New("terminated")
	ErrLocked     = errors.New("locked to a thread of the operating system, which no micro-thread may be")
	ErrWaitSelf   = errors.New("a thread cannot wait for itself")
)

// Error is an error that a thread ended with, as others see it: with the thread's name and
// creation site and the threads that it came through. Is and As see the error itself. A thread
// that ends with an Error as it got it passes on a copy with one Hop more; one that ends with
// an error around it, such as fmt.Errorf makes with %w, ends with an Error of its own.
//
// Printed with %v it is the text and the names of the threads, with %+v the Traceback.
type Error struct {
	Err    error
	Thread string // in which it arose
	Site   string
	Via    []Hop // in the order in which it came through

	origin *Thread
	end    *Thread  // who ended with this copy; that is told once
	came   []string // the pipes by which the Errors in Err came to origin, "" for a wait
}

// Hop is a thread that passed an error on.
type Hop struct{ Pipe, Thread, Site string }

func (h Hop) String() string {
	if h.Pipe == "" {
		return "awaited by " + short(h.Thread)
	}
	return "through " + h.Pipe + " by " + short(h.Thread)
}

// Error returns the text of the error itself.
func (e *Error) Error() string { return plain(e.Err) }

// Unwrap returns the error itself.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is this error, of which each thread that it came through has a
// copy.
func (e *Error) Is(target error) bool {
	o, ok := target.(*Error)
	return ok && o.origin != nil && o.origin == e.origin
}

// Format prints the error; see Error.
func (e *Error) Format(f fmt.State, verb rune) {
	format(f, verb, e.Error(), e.shown(e.Error()), e.Traceback())
}

// shown returns text with the threads that the error came through.
func (e *Error) shown(text string) string { return text + " (" + e.chain() + ")" }

// chain names the threads that the error came through.
func (e *Error) chain() string {
	var b strings.Builder
	for i, in := range within(e.Err) {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(in.chain() + ", " + e.hopOf(i).String())
	}
	if b.Len() == 0 {
		b.WriteString("in " + short(e.Thread))
	}
	for _, h := range e.Via {
		b.WriteString(", " + h.String())
	}
	return b.String()
}

// short returns a thread's name for one line: that of one without a name is where it was
// started, of which the file's own name will do.
func short(name string) string {
	if site, ok := strings.CutPrefix(name, unnamed); ok {
		return unnamed + filepath.Base(site)
	}
	return name
}

// hopOf says how the i-th of the Errors in e.Err came to the thread that e arose in.
func (e *Error) hopOf(i int) Hop {
	h := Hop{Thread: e.Thread, Site: e.Site}
	if i < len(e.came) {
		h.Pipe = e.came[i]
	}
	return h
}

// within returns the Errors that err is or is made of, less those in another one.
func within(err error) (all []*Error) {
	switch x := err.(type) {
	case *Error:
		return []*Error{x}
	case interface{ Unwrap() []error }:
		for _, e := range x.Unwrap() {
			all = append(all, within(e)...)
		}
	case interface{ Unwrap() error }:
		return within(x.Unwrap())
	}
	return all
}

// plain returns the text of err without the threads that %w has put into it.
func plain(err error) string {
	text := err.Error()
	for _, in := range within(err) {
		inner := in.Error()
		text = strings.Replace(text, in.shown(inner), inner, 1)
	}
	return text
}

// Traceback returns several lines: the error, where it arose, what it came through, what it
// came of, and the stack when it was a panic.
func (e *Error) Traceback() string {
	var b strings.Builder
	e.traceback(&b, "", plain(e.Err))
	return b.String()
}

func (e *Error) traceback(b *strings.Builder, indent, text string) {
	fmt.Fprintf(b, "error in %s, started at %s: %s\n", e.Thread, e.Site, text)
	indent += "  "
	e.hops(b, indent)
	all := within(e.Err)
	for i, in := range all {
		b.WriteString(indent + "it comes of an ")
		in.traceback(b, indent, in.Error())
		e.hopOf(i).write(b, indent+"  ")
	}
	if len(all) == 0 {
		b.WriteString(stackOf(e.Err))
	}
}

func (e *Error) hops(b *strings.Builder, indent string) {
	for _, h := range e.Via {
		h.write(b, indent)
	}
}

func (h Hop) write(b *strings.Builder, indent string) {
	if h.Pipe != "" {
		fmt.Fprintf(b, "%sthrough %s by %s, started at %s\n", indent, h.Pipe, h.Thread, h.Site)
	} else {
		fmt.Fprintf(b, "%sawaited by %s, started at %s\n", indent, h.Thread, h.Site)
	}
}

// stackOf returns the stack of the panic that err is, or "".
func stackOf(err error) string {
	var p *reactor.PanicError
	if errors.As(err, &p) {
		return string(p.Stack())
	}
	return ""
}

// Traceback returns err's traceback: that of the Error in it, with err's text, or of all that
// it is made of; the text and the stack alone of an error that comes of no thread.
func Traceback(err error) string {
	var b strings.Builder
	switch all := within(err); len(all) {
	case 0:
		return err.Error() + "\n" + stackOf(err)
	case 1:
		all[0].traceback(&b, "", plain(err))
	default:
		b.WriteString(plain(err) + "\n")
		for _, e := range all {
			b.WriteString("  it comes of an ")
			e.traceback(&b, "  ", e.Error())
		}
	}
	return b.String()
}

// trace returns err as the thread that ended with it hands it on: an Error of t, or a copy
// with one hop more when t got it as it is.
func (t *Thread) trace(err error) error {
	if e, ok := err.(*Error); ok {
		c := *e
		c.end = t
		c.Via = append(slices.Clip(e.Via), Hop{Pipe: t.cameBy(e), Thread: t.Name(), Site: t.Site()})
		return &c
	}
	e := &Error{Err: err, Thread: t.Name(), Site: t.Site(), origin: t, end: t}
	for _, in := range within(err) {
		e.came = append(e.came, t.cameBy(in))
	}
	return e
}

// cameBy returns the name of the pipe that e came out of, or "" when t had it by waiting.
func (t *Thread) cameBy(e *Error) string {
	for _, in := range append(t.rest.ins, t.stdin) {
		if in != nil && in.Err() == error(e) {
			return in.Name()
		}
	}
	return ""
}

// several is errors joined, each of which prints in its own way.
type several struct{ errs []error }

func (s *several) Error() string { return errors.Join(s.errs...).Error() }

func (s *several) Unwrap() []error { return s.errs }

func (s *several) Format(f fmt.State, verb rune) {
	lines := func(verb string) string {
		texts := make([]string, len(s.errs))
		for i, err := range s.errs {
			texts[i] = fmt.Sprintf(verb, err)
		}
		return strings.Join(texts, "\n")
	}
	format(f, verb, s.Error(), lines("%v"), lines("%+v"))
}

// together is errors.Join that leaves a single error as it is.
func together(errs ...error) error {
	errs = slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	switch len(errs) {
	case 0:
		return nil
	case 1:
		return errs[0]
	}
	return &several{errs}
}
