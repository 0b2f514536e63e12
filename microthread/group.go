package microthread

import (
	"errors"
	"slices"

	"mtpipe/reactor"
)

// Group is a scope that owns threads: Wait returns when all have ended, and an error in one
// terminates the others.
type Group struct {
	t       *Thread
	threads []*Thread
	failed  []*Thread // in the order in which they ended
	live    int
	limit   int // of live; 0: none
	changed Cond
}

// NewGroup returns an empty group for threads that t starts.
func NewGroup(t *Thread) *Group { return &Group{t: t} }

// SetLimit bounds how many threads of the group are under way at a time: Go suspends the
// thread that calls it until there is room. With 0 there is no limit.
func (g *Group) SetLimit(n int) {
	g.limit = n
	g.changed.Broadcast()
}

// Go starts fn as a thread of the group, with SetLimit when there is room for it. Threads of
// one group get their turns in the order in which they were started. After an error in the
// group it never begins.
//
//go:noinline
func (g *Group) Go(fn func(*Thread) error, settings ...Setting) *Thread {
	g.t.starts()
	t := &Thread{body: function(fn), kind: parallel, parent: g.t, site: callerPC()}
	for g.limit > 0 && g.live >= g.limit {
		g.changed.Wait(g.t.p.Current(), "waiting for room in a group of threads")
	}
	g.t.p.launch(t, settings)
	g.t.adopt(t)
	if len(g.threads) == cap(g.threads) {
		g.threads = slices.DeleteFunc(g.threads, (*Thread).Finished)
	}
	g.threads = append(g.threads, t)
	g.live++
	t.d.OnFinish(func(reactor.Outcome) { g.left(t) })
	if len(g.failed) > 0 {
		t.terminate(nil)
	}
	return t
}

func (g *Group) left(t *Thread) {
	g.live--
	if t.Err() == nil || errors.Is(t.Err(), ErrTerminated) {
		g.t.disown(t)
	} else if g.failed = append(g.failed, t); len(g.failed) == 1 {
		g.Cancel()
	}
	g.changed.Broadcast()
}

// Cancel terminates the threads of the group that have not ended.
func (g *Group) Cancel() {
	for _, t := range g.threads {
		if t != g.t.p.Current() {
			t.terminate(nil)
		}
	}
}

// Wait suspends the owner until all threads of the group have ended and returns the error
// of the one that failed, or of all that did. When the owner is terminated meanwhile, so
// are they.
func (g *Group) Wait() error {
	if err := g.t.check(); err != nil {
		return err
	}
	done := false
	defer func() {
		if !done {
			g.Cancel()
		}
	}()
	for g.live > 0 {
		g.changed.Wait(g.t, "waiting for a group of threads")
	}
	done = true
	var errs []error
	for _, t := range g.failed {
		t.waited = true
		g.t.disown(t)
		errs = append(errs, t.Err())
	}
	return together(errs...)
}
