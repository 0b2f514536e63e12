// Package microthread runs micro-threads: functions with stacks of their own that give up
// their turn only where they suspend, on a reactor that continues them when what they wait
// for has happened.
//
// There are three ways to start one: StartAndForget when nobody wants its result,
// StartInParallel when somebody will Wait for it, and Generate when what it puts is to be
// read from a pipe. Between two suspensions no other thread of the same program runs, so
// data that only they share needs no lock. A blocking call blocks them all; Blocking moves
// it off.
//
// A thread that has not returned ends in one of three ways, all of them silent, with its
// deferred functions: when the readers of all its stdouts have left, when Terminate ends it
// wherever it is, and when Drain ends it as if it had nothing more to give, behind what it
// is putting. Program.Drain does that to the sources, which are the threads that write and
// read nothing, but for those that KeepOnDrain leaves to end by themselves; Program.Abort
// terminates all threads, readers first.
//
// What must not be done is told where that can be known. A function that may suspend its thread
// fails with ErrNotRunning when the thread that it is given does not run, such as the t of an
// outer function, or when another goroutine calls it; Put and Next look for that only where they
// wait, and the race detector knows of the rest. A body that computes or blocks for long holds
// up all threads of its program: Watchdog names it. At most reactor.BlockingLimit calls of
// Blocking run at a time; when each waits for one that has not begun, all wait for ever: the
// watchdog says who. A body must not call runtime.LockOSThread: Go's runtime ends the process when
// a coroutine that is locked suspends. With a watchdog, a thread that has done so before its first
// suspension, or returns so, fails with ErrLocked instead. Threads that wait for a Post from
// another goroutine are taken for a deadlock, and a program whose threads have ended ends,
// unless Hold of its Reactor was called.
//
// Of a panic outside of threads, in a function given to Post, After or OnFinish, the handler is
// told; all threads are terminated then, and Run returns the panic.
//
// A thread owns its pipes: its end, however it comes about, closes the ones it reads and
// the ones it writes. Values that a thread puts are immutable.
//
// Who may call what, unless a comment says otherwise:
//   - the running thread only: the methods of a Thread, and whatever takes a Thread, which is
//     the one that runs; what is bound to a thread, such as BoundConn, and iterators, such as
//     PipeOf.All, are for the thread that they were made for
//   - the program's goroutine, which is any of its threads while it runs, callbacks and what was
//     given to Post: the methods of a Program, Chan, Cond, Conn, File, Group, Listener, Lock,
//     PipeOf, Scope, Semaphore, Task and Window that take no Thread
//   - any goroutine: Post, Run and New, which make a program, Settings and Options, which are
//     not bound to one, and what can be read of errors and reports
package microthread

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"mtpipe/internal/layer"
	"mtpipe/pipe"
	"mtpipe/reactor"
	"mtpipe/value"
)

// Program is a reactor and the threads that run on it.
type Program struct {
	r           *reactor.Reactor
	idle        []*coroutine
	waiters     *waiter // to be used again, linked by next
	idleWaiters int
	goChans     map[any][]any // see Recv
	selects     int           // so far, so that their cases are looked at in turn
	onError     func(*Thread, error) error
	last        func(error) // resort for errors of error handlers
	cutOff      int         // threads ended because their reader had gone
	failures    []error     // what nobody was there to take
	unheard     []unheard
	depth       int                          // threads that have handed the turn on
	threads     int                          // live ones
	timers      map[*reactor.Deferred]func() // what stops those of After
	drains      map[*func()]struct{}         // what Drain calls
	aborting    bool                         // an abort will give up
	watch       *watchdog                    // or nil
	sites       sync.Map                     // from where a thread was started to the file and line
	scoped      int                          // threads that are in scopes
	running     bool
	linked      links // to other programs
	seeing
}

// Option sets something about a program.
type Option func(*Program)

// OnError sets the handler for errors of threads whose result nobody wants. The default
// prints the traceback to standard error.
func OnError(h func(*Thread, error) error) Option {
	return func(p *Program) {
		if h != nil {
			p.onError = h
		}
	}
}

// LastResort sets what is done with the errors of a handler that failed itself. The
// default prints their tracebacks to standard error.
func LastResort(h func(error)) Option {
	return func(p *Program) {
		if h != nil {
			p.last = h
		}
	}
}

// New returns a program on a reactor of s.
func New(s *reactor.System, opts ...Option) *Program {
	p := &Program{r: reactor.New(s), timers: make(map[*reactor.Deferred]func()), onError: PrintTraceback,
		last: func(err error) { _, _ = os.Stderr.WriteString(Traceback(err)) }}
	for _, o := range opts {
		o(p)
	}
	onFailure(p.r, p.failure)
	return p
}

// failure gives the handler an error of code that ran on the program's goroutine and in no
// thread. After a panic the program ends in order: what waits is terminated, and Run returns
// the error too.
func (p *Program) failure(err error) {
	var panicked *reactor.PanicError
	broken := errors.As(err, &panicked)
	if !broken && errors.Is(err, ErrTerminated) {
		return
	}
	p.Start(Spec{Name: "error handler of the program", kind: handling,
		Run: func(ht *Thread) error { return p.onError(ht, err) },
		Error: func(_ *Thread, failed error) error {
			return errors.Join(err, fmt.Errorf("the error handler failed: %w", failed))
		}})
	if !broken {
		return
	}
	p.failures = append(p.failures, err)
	p.r.EachLive(func(d *reactor.Deferred) {
		if d.Stack() == nil {
			d.Override(reactor.Failed(ErrTerminated))
		}
	})
	p.Abort(brokenLimit)
}

// brokenLimit is for how long threads may clean up after a panic outside of them.
const brokenLimit = 10 * time.Second

// PrintTraceback is the default error handler: it writes the traceback to standard error,
// in one piece.
func PrintTraceback(_ *Thread, err error) error {
	_, werr := os.Stderr.WriteString(Traceback(err))
	return werr
}

// Run runs main as the first thread of a new program, until it and all threads that it
// started have ended. It returns the errors of main and of a deadlock, and what threads
// left behind that nobody waited for.
//
//go:noinline
func Run(main func(*Thread) error, opts ...Option) error {
	site := callerPC()
	p := New(reactor.NewDefaultSystem(), opts...)
	t := p.Start(Spec{Name: "main", Run: main, kind: parallel, site: site})
	err := p.Run()
	t.waited = true
	if t.Err() == ErrTerminated && err != nil {
		t.setErr(nil) // err says why
	}
	return together(t.Err(), err, p.Close())
}

// Reactor returns the program's reactor.
func (p *Program) Reactor() *reactor.Reactor { return p.r }

// Post makes fn run on the program's goroutine. It does not keep the program from ending when
// its threads have: for that, Hold of its Reactor does. A post that comes too late, when the
// program is closed, returns false, and fn will not run; one that has returned true runs, at
// the latest in Close. Fn must not suspend. Any goroutine.
func (p *Program) Post(fn func()) bool { return p.r.Post(fn) }

// Current returns the running thread, or nil when none runs.
func (p *Program) Current() *Thread {
	if d := p.r.Current(); d != nil {
		t, _ := d.Owner().(*Thread)
		return t
	}
	return nil
}

// CutOff returns how many threads were ended because nobody read what they put.
func (p *Program) CutOff() int { return p.cutOff }

// Threads returns how many threads have not ended.
func (p *Program) Threads() int { return p.threads }

// Run runs the program's threads until all have ended. Threads that nothing can wake are
// terminated and reported as a *reactor.DeadlockError. When a function panics that is called on
// the program's goroutine and in no thread, such as one given to Post, After or OnFinish, the
// program's handler gets a *reactor.PanicError, all threads are terminated, and Run returns it.
func (p *Program) Run() error {
	if p.running {
		return reactor.ErrRunning
	}
	p.running = true
	defer p.atHome()()
	p.linked.begin()
	if p.watch != nil {
		defer p.watch.start(p.r)()
	}
	err := p.settle(p.r.Run())
	for p.tellUnheard() {
		err = together(err, p.settle(p.r.Run()))
	}
	failures := append([]error{err}, p.failures...)
	p.failures = nil
	return together(append(failures, p.linked.end(p))...)
}

// settle ends a deadlock: the threads in it are terminated, and cut off when that only led
// to the next one. It returns what there is to say about all of them.
func (p *Program) settle(err error) error {
	var dead *reactor.DeadlockError
	if p.deadlock != nil && errors.As(err, &dead) {
		_ = p.Dump(p.deadlock)
	}
	for again := err; errors.As(again, &dead) && p.threads > 0; {
		hopeless := true
		p.eachThread(func(t *Thread) { hopeless = hopeless && t.has(isKilled) })
		if hopeless {
			p.eachThread((*Thread).giveUp)
		} else {
			p.abort(nil)
		}
		again = p.r.Run()
		err = together(err, again)
	}
	return err
}

// Close ends the coroutines kept for reuse and closes the reactor. Threads that have not
// ended, because Run was not called or could not go on, are cut off.
func (p *Program) Close() error {
	if p.running {
		return reactor.ErrRunning
	}
	for p.threads > 0 || p.tellUnheard() {
		ended := false
		p.eachThread(func(t *Thread) {
			t.set(isKilled, t.kind != handling || t.started)
			t.set(hasGivenUp, true)
			ended = t.d.Callback(reactor.Failed(ErrTerminated)) == nil || ended
		})
		if !ended {
			break
		}
	}
	for _, c := range p.idle {
		p.dispose(c)
	}
	p.idle = nil
	return together(p.linked.end(p), p.r.Close(), p.trace.end())
}

// Drain ends the program in good order: threads that write pipes and read none end as if
// they had nothing more to give, and what they have put is worked off by the others. What OnDrain
// was given is called.
func (p *Program) Drain() {
	p.eachThread(func(t *Thread) {
		if !t.has(isKept) && t.stdin == nil && t.stdout != nil && !slices.ContainsFunc(t.rest.ins, isOpen) {
			t.Drain()
		}
	})
	for fn := range p.drains {
		(*fn)()
	}
}

func isOpen(in *pipe.Pipe) bool { return !in.Closed() }

// Abort terminates every thread, readers before those who write to them, so that the end
// of a pipeline goes before its source. Their deferred functions run; those that have not
// ended after limit get an error from what they wait for and are cut off at the next wait,
// and Run returns an error that names them.
func (p *Program) Abort(limit time.Duration) {
	p.abort(nil)
	if p.threads == 0 || p.aborting {
		return
	}
	p.aborting = true
	p.After(limit, func() {
		p.aborting = false
		p.eachThread(func(t *Thread) {
			p.failures = append(p.failures, fmt.Errorf("%s had not ended in time after it was terminated", t.Name()))
			t.giveUp()
		})
	})
}

// After calls fn on the program's goroutine when wait has passed, unless stop is called
// before that or all threads have ended. Fn must not suspend.
func (p *Program) After(wait time.Duration, fn func()) (stop func()) {
	stopped := false
	d := p.r.Start("timer", func(d *reactor.Deferred) reactor.Outcome {
		out := d.Sleep(wait)
		out.AddCallback("timer", "", func(o reactor.Outcome) reactor.Outcome {
			delete(p.timers, d)
			if o.Err() == nil && !stopped {
				guard(p.r, "a function given to After", fn)
			}
			return reactor.Done(nil)
		})
		return out
	}, nil)
	stop = func() {
		stopped = true
		d.Override(reactor.Done(nil))
	}
	p.timers[d] = stop
	return stop
}

// stopTimers ends the timers when there is nobody left for them.
func (p *Program) stopTimers() {
	p.aborting = false
	for _, stop := range p.timers {
		stop()
	}
}

func (p *Program) abort(cause error) {
	seen := make(map[*Thread]bool)
	var end func(*Thread)
	end = func(t *Thread) {
		if seen[t] {
			return
		}
		seen[t] = true
		for _, out := range t.written() {
			if d := out.Reader(); d != nil {
				if reader, ok := d.Owner().(*Thread); ok {
					end(reader)
				}
			}
		}
		t.terminate(cause)
	}
	p.eachThread(end)
}

func (p *Program) eachThread(fn func(*Thread)) {
	p.r.EachLive(func(d *reactor.Deferred) {
		if t, ok := d.Owner().(*Thread); ok {
			fn(t)
		}
	})
}

// Spec describes a thread to start.
type Spec struct {
	Name   string
	Run    func(*Thread) error
	Stdin  *pipe.Pipe                 // that it reads, or nil
	Reads  []*pipe.Pipe               // that it reads besides
	Stdout []*pipe.Pipe               // that it writes
	Error  func(*Thread, error) error // handler of its error; nil: the scope's, or the program's
	Scope  *Scope                     // nil: that of the thread that starts it

	kind   kind
	body   body // instead of Run
	parent *Thread
	site   uintptr // where it is started; 0: where Start is called
}

// Start makes a thread, which gets its first turn after those that can run already. It is
// the one primitive under the three ways to start a thread.
//
//go:noinline
func (p *Program) Start(s Spec) *Thread {
	if s.site == 0 {
		s.site = callerPC()
	}
	t := &Thread{}
	p.begin(t, &s)
	return t
}

// begin makes t, which is zero, the thread that s describes.
func (p *Program) begin(t *Thread, s *Spec) {
	t.body, t.kind, t.parent, t.site = s.body, s.kind, s.parent, s.site
	if s.body == nil {
		t.body = function(s.Run)
	}
	p.found(t)
	if s.Name != "" || s.Error != nil {
		r := t.own()
		r.name, r.handler = s.Name, s.Error
	}
	if s.Scope != nil {
		s.Scope.enter(t)
	}
	t.connect(s)
	p.enqueue(t)
}

// launch makes t, which has its body, its stdout and what it is, a thread with the settings.
func (p *Program) launch(t *Thread, settings []Setting) {
	if len(settings) > 0 {
		p.launchWith(t, settings)
		return
	}
	p.found(t)
	if t.stdout != nil {
		t.slots = slotsOf(t.stdout)
		t.stdout.SetWriter(&t.d, t.readerGone)
	}
	p.enqueue(t)
}

// launchWith is apart because settings need a Spec, which takes stack, and is on the heap.
//
//go:noinline
func (p *Program) launchWith(t *Thread, settings []Setting) {
	s := &Spec{body: t.body, kind: t.kind, parent: t.parent, site: t.site}
	if fn, ok := t.body.(function); ok {
		s.Run, s.body = fn, nil
	}
	if t.stdout != nil {
		s.Stdout = []*pipe.Pipe{t.stdout}
	}
	for _, set := range settings {
		set(s)
	}
	p.begin(t, s)
}

// found makes t one of the threads of p.
func (p *Program) found(t *Thread) { p.foundAs(t, nil, (*stack)(t)) }

// foundAs is found for a thread with the given owner of its Deferred and stack; see beginStack.
func (p *Program) foundAs(t *Thread, owner any, s reactor.Stack) {
	t.p, t.slots, t.rest, t.born = p, nowhere, &nothing, p.stamp()
	if t.parent == nil {
		t.parent = p.Current()
	}
	beginStack(p.r, &t.d, owner, s)
	if p.scoped > 0 {
		p.inherit(t)
	}
}

// enqueue lets t have its first turn.
func (p *Program) enqueue(t *Thread) {
	p.threads++
	enqueue(&t.d)
}

// connect gives t its ends of pipes.
func (t *Thread) connect(s *Spec) {
	t.setOuts(s.Stdout)
	for out := range t.outs {
		if w := out.Writer(); w != nil && w != &t.d {
			t.body = fails(pipe.ErrSecondWriter)
			t.setOuts(nil)
			break
		}
	}
	for out := range t.outs {
		out.SetWriter(&t.d, t.readerGone)
	}
	if t.stdin = s.Stdin; t.stdin != nil {
		if err := t.stdin.SetReader(&t.d); err != nil {
			t.body = fails(err)
			t.stdin = nil
		}
	}
	for _, in := range s.Reads {
		if err := in.SetReader(&t.d); err != nil {
			t.body = fails(err)
		}
	}
}

// nowhere is where threads without a stdout put: there is no room.
var nowhere = new(layer.Slots[value.Value])
