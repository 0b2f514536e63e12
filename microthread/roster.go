package microthread

import (
	"context"
	"io"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
)

// Title names the program in dumps and traces.
func Title(name string) Option { return func(p *Program) { p.title = name } }

// Roster makes the program know on which goroutine each of its threads runs, so that Dump can
// say which one does not give up its turn. It adds some hundred nanoseconds to each thread. A
// watchdog has it.
func Roster() Option { return func(p *Program) { p.enrol() } }

func (p *Program) enrol() {
	if p.observer == nil {
		p.observer = &observer{}
	}
	if p.observer.roster == nil {
		p.observer.roster = &roster{ids: make(map[*coroutine]int64), threads: make(map[int64]*Thread)}
	}
}

// seeing is what a program has so that somebody can see what it is at.
type seeing struct {
	observer *observer // or nil
	trace    *tracing  // or nil
	title    string
	deadlock io.Writer      // takes a dump when there is one, or nil
	home     atomic.Uintptr // see currentG: the goroutine that runs the program; 0 when none does
}

// observer is what is done at the beginning and the end of each thread so that somebody can see
// it.
type observer struct {
	roster   *roster
	labelled map[*Thread]context.Context // the labels of those that have begun and not ended; nil without
	doing    map[*Thread]string          // what they are at, besides their names
}

// start is called on the goroutine that runs the program; the result when it does so no more.
func (s *observer) start(p *Program) (leave func()) {
	leave = func() {}
	if s.roster != nil {
		s.roster.mu.Lock()
		s.roster.home = goroutineID()
		s.roster.mu.Unlock()
	}
	if s.labelled != nil {
		leave = labelHome(p)
	}
	if p.trace != nil {
		p.trace.metadata("process_name", 0, p.name())
	}
	return leave
}

// begins is called by t when it begins.
func (s *observer) begins(t *Thread) {
	if s.roster != nil {
		s.roster.enter(t)
	}
	if s.labelled != nil {
		s.label(t)
	}
	if tr := t.p.trace; tr != nil {
		tr.begins(t)
	}
}

func (s *observer) ends(t *Thread) {
	if s.roster != nil {
		s.roster.exit(t)
	}
	if w := t.p.watch; w != nil {
		w.left(t)
	}
	if s.labelled != nil {
		delete(s.labelled, t)
	}
}

// roster knows the goroutines of a program.
type roster struct {
	mu      sync.Mutex
	home    int64                // the reactor's
	ids     map[*coroutine]int64 // the goroutines of the coroutines that have run threads
	threads map[int64]*Thread    // that have begun and not ended, by the goroutine of their coroutine
}

// enter notes on which goroutine t runs. The thread itself calls it.
func (r *roster) enter(t *Thread) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id, ok := r.ids[t.co]
	if !ok {
		id = goroutineID()
		r.ids[t.co] = id
	}
	r.threads[id] = t
}

func (r *roster) exit(t *Thread) {
	if t.co == nil {
		return
	}
	r.mu.Lock()
	delete(r.threads, r.ids[t.co])
	r.mu.Unlock()
}

// forget is called when a coroutine runs no thread any more.
func (r *roster) forget(c *coroutine) {
	r.mu.Lock()
	delete(r.ids, c)
	r.mu.Unlock()
}

func (r *roster) has(id int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return id == r.home || r.threads[id] != nil
}

// running returns the goroutine that holds the reactor's turn, and the thread that runs on
// it if one does. All others of the program stand still in the switch to the next one.
func (r *roster) running(all []goroutine) (*Thread, *goroutine) {
	r.mu.Lock()
	defer r.mu.Unlock()
	parents := make(map[int64]int64)
	for _, g := range all {
		parents[g.id] = g.parent
	}
	for i, g := range all {
		if g.state == "coroutine" {
			continue
		}
		// A thread may itself have switched to a coroutine that it has made.
		for id := g.id; id != 0; id = parents[id] {
			if t := r.threads[id]; t != nil || id == r.home {
				return t, &all[i]
			}
		}
	}
	return nil, nil
}

// here reports whether the caller is on the program's goroutine, or none is: whether it may
// look at the program. Without a roster, a thread is taken for one of this program.
func (p *Program) here() bool {
	switch home := p.home.Load(); {
	case home == 0 || home == currentG():
		return true
	case p.observer != nil && p.observer.roster != nil:
		return p.observer.roster.has(goroutineID())
	}
	return onThread()
}

// onThread reports whether a thread of some program calls it.
func onThread() bool {
	var pcs [64]uintptr
	for skip := 2; ; skip += len(pcs) {
		n := runtime.Callers(skip, pcs[:])
		frames := runtime.CallersFrames(pcs[:n])
		for more := n > 0; more; {
			var f runtime.Frame
			if f, more = frames.Next(); strings.HasSuffix(f.Function, "microthread.(*Thread).top") {
				return true
			}
		}
		if n < len(pcs) {
			return false
		}
	}
}
