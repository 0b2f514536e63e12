package microthread

import (
	"errors"
	"fmt"
)

// Scope is threads that belong together: those that were started in it (Spec.Scope), those
// that they start, and so on, error handlers among them.
type Scope struct {
	onError func(*Thread, error) error
	threads int
	left    Cond
}

// NewScope returns a scope without threads. OnError is the handler for the errors of those of
// its threads that have none of their own.
func NewScope(onError func(*Thread, error) error) *Scope { return &Scope{onError: onError} }

// WaitOthers suspends t, a thread of the scope, until it is the only one. The running thread.
func (s *Scope) WaitOthers(t *Thread) {
	for s.threads > 1 && !t.has(hasGivenUp) {
		s.left.Wait(t, "waiting for the threads of a scope to end")
	}
}

// enter makes t, which begins, a thread of s.
func (s *Scope) enter(t *Thread) {
	t.rest.scope.leave(t)
	t.own().scope = s
	s.threads++
	t.p.scoped++
}

// inherit makes t, which begins, a thread of the scope of the one that starts it.
func (p *Program) inherit(t *Thread) {
	if c := p.Current(); c != nil && c.rest.scope != nil {
		c.rest.scope.enter(t)
	}
}

// leave takes a thread out of the scope.
func (s *Scope) leave(t *Thread) {
	if s != nil {
		s.threads--
		t.p.scoped--
		s.left.Broadcast()
	}
}

// Report gives err, which nobody takes, to the program's handler, which may suspend t, the
// running thread.
func (p *Program) Report(t *Thread, err error) {
	if failed := p.onError(t, err); failed != nil {
		p.last(errors.Join(err, fmt.Errorf("the error handler failed: %w", failed)))
	}
}
