package microthread

import "errors"

// Group is a scope that owns threads: Wait returns when all have ended, and an error in one
// terminates the others.
type Group struct {
	t       *Thread
	threads []*Thread
	live    int
	err     error
	changed Cond
}

// NewGroup returns an empty group for threads that t starts.
func NewGroup(t *Thread) *Group { return &Group{t: t} }

// Go starts fn as a thread of the group. Threads of one group get their turns in the order
// in which they were started.
func (g *Group) Go(fn func(*Thread) error, settings ...Setting) *Thread {
	s := Spec{kind: parallel, Run: func(t *Thread) error {
		defer g.left()
		err := fn(t)
		if err != nil && g.err == nil {
			g.err = t.trace(err)
			g.Cancel()
		}
		return err
	}}
	s.apply(settings)
	t := g.t.p.Start(s)
	t.waited = true
	g.threads = append(g.threads, t)
	g.live++
	return t
}

func (g *Group) left() {
	g.live--
	g.changed.Broadcast()
}

// Cancel terminates the threads of the group that have not ended.
func (g *Group) Cancel() {
	for _, t := range g.threads {
		if t != g.t.p.Current() {
			if !t.started && !t.finished && !t.killed {
				g.left()
			}
			t.terminate(nil)
		}
	}
}

// Wait suspends the owner until all threads of the group have ended and returns the first
// error. When the owner is terminated meanwhile, so are they.
func (g *Group) Wait() error {
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
	for _, t := range g.threads {
		if t.err != nil && !errors.Is(t.err, ErrTerminated) && g.err == nil {
			g.err = t.err
		}
	}
	g.threads = nil
	return g.err
}
