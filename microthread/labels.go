package microthread

import (
	"context"
	"runtime/pprof"
)

// Labels gives each thread of the program the pprof label "thread", its name, and what
// Labelled adds, so that a profile tells how much time each took: go tool pprof -tagfocus NAME
// shows one, -tags lists them. It adds some hundred nanoseconds to each thread, and the labels
// of the goroutine that calls Run are those of the reactor until it returns, and none afterwards.
// Without it labels cost nothing.
func Labels() Option {
	return func(p *Program) {
		if p.observer == nil {
			p.observer = &observer{}
		}
		p.observer.labelled = make(map[*Thread]context.Context)
	}
}

// Labelled runs fn in t, the running thread, with a pprof label more, if the program has
// Labels. Dumps and traces show the value beside the thread's name. Without any of these it
// only calls fn.
func (t *Thread) Labelled(key, value string, fn func() error) error {
	s := t.p.observer
	if s == nil {
		return fn()
	}
	defer s.setDoing(t, s.setDoing(t, value))
	if s.labelled == nil {
		return fn()
	}
	before := s.labelled[t]
	ctx := pprof.WithLabels(before, pprof.Labels(key, value))
	s.setLabels(t, ctx)
	defer s.setLabels(t, before)
	return fn()
}

// setDoing notes what t is at, as dumps and traces say it beside its name, and returns what it
// was at before.
func (s *observer) setDoing(t *Thread, what string) (before string) {
	before = s.doing[t]
	if what == t.rest.name {
		what = ""
	}
	if tr := t.p.trace; tr != nil && what != before {
		tr.turns(t)
	}
	switch {
	case what == "":
		delete(s.doing, t)
	case s.doing == nil:
		s.doing = map[*Thread]string{t: what}
	default:
		s.doing[t] = what
	}
	return before
}

// label gives the goroutine of t, which begins, the labels of t instead of those of the thread
// that it ran before.
func (s *observer) label(t *Thread) {
	s.setLabels(t, pprof.WithLabels(context.Background(), pprof.Labels("thread", t.Name())))
}

func (s *observer) setLabels(t *Thread, ctx context.Context) {
	s.labelled[t] = ctx
	pprof.SetGoroutineLabels(ctx)
}

// labelHome gives the calling goroutine, which runs the program, the labels of its reactor, until
// the result is called.
func labelHome(p *Program) (leave func()) {
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels("thread", "the reactor of "+p.name())))
	return func() { pprof.SetGoroutineLabels(context.Background()) }
}
