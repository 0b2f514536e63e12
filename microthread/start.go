package microthread

import (
	"iter"
	"time"

	"mtpipe/pipe"
	"mtpipe/reactor"
)

// Setting says something about a thread to start.
type Setting func(*Spec)

// Named gives the thread a name for reports; the default is where it was started.
func Named(name string) Setting { return func(s *Spec) { s.Name = name } }

// Handler sets what is done with the thread's error when nobody takes it; the default is
// the program's handler. It may suspend the thread that it is given.
func Handler(h func(*Thread, error) error) Setting { return func(s *Spec) { s.Error = h } }

// Stdin makes in the thread's stdin.
func Stdin(in *pipe.Pipe) Setting { return func(s *Spec) { s.Stdin = in } }

// Reading makes the thread the reader of further pipes, which its end closes even when it
// never gets to read them.
func Reading(ins ...*pipe.Pipe) Setting {
	return func(s *Spec) { s.Reads = append(s.Reads, ins...) }
}

// Capacity sets how many values the stdout of a generator holds; the default is
// pipe.DefaultCapacity.
func Capacity(n int) Setting {
	return func(s *Spec) {
		for _, out := range s.Stdout {
			out.SetCapacity(n)
		}
	}
}

// Bind returns fn with its argument fixed now, for the three ways to start a thread.
func Bind[A any](fn func(*Thread, A) error, arg A) func(*Thread) error {
	return func(t *Thread) error { return fn(t, arg) }
}

// with returns the spec with the settings made.
func (s Spec) with(settings []Setting) Spec {
	if len(settings) > 0 {
		return s.changed(settings)
	}
	return s
}

// changed is apart so that only a spec with settings moves to the heap.
//
//go:noinline
func (s Spec) changed(settings []Setting) Spec {
	for _, set := range settings {
		set(&s)
	}
	return s
}

// StartAndForget starts fn as a thread that nobody will wait for. It ends silently when fn
// returns nil; an error or a panic goes to its handler. It may outlive t and main.
//
//go:noinline
func StartAndForget(t *Thread, fn func(*Thread) error, settings ...Setting) *Thread {
	t.starts()
	c := &Thread{body: function(fn), kind: forget, site: callerPC()}
	t.p.launch(c, settings)
	return c
}

// Task is a thread started in parallel and the value that it will return.
type Task[T any] struct {
	Thread
	fn    func(*Thread) (T, error)
	value T
}

func (k *Task[T]) run(t *Thread) (err error) {
	k.value, err = k.fn(t)
	return err
}

// StartInParallel starts fn as a thread whose result is wanted: Task.Wait returns it. Until
// somebody has waited, the finished thread is a zombie. The error of one that nobody has
// waited for when t ends goes to the handler.
//
//go:noinline
func StartInParallel[T any](t *Thread, fn func(*Thread) (T, error), settings ...Setting) *Task[T] {
	t.starts()
	k := &Task[T]{fn: fn}
	k.body, k.kind, k.parent, k.site = k, parallel, t, callerPC()
	t.p.launch(&k.Thread, settings)
	t.adopt(&k.Thread)
	return k
}

func (k *Task[T]) result(err error) reactor.Outcome { return reactor.Ended((*taskValue[T])(k), err) }

// taskValue is a Task that has ended as the value of its Deferred.
type taskValue[T any] Task[T]

func (v *taskValue[T]) OutcomeValue() any { return v.value }

// Wait suspends t until the task has ended and returns its result: the value that its function
// returned, also beside an error. Any thread of the
// program may wait, any number of times.
func (k *Task[T]) Wait(t *Thread) (T, error) { return k.WaitFor(t, 0) }

// WaitFor is Wait with a time limit (0: none), after which it returns reactor.ErrTimeout;
// the task goes on.
func (k *Task[T]) WaitFor(t *Thread, maxWait time.Duration) (T, error) {
	err := k.Thread.Wait(t, maxWait)
	if !k.finished || err != k.Err() {
		var zero T
		return zero, err
	}
	return k.value, err
}

// Generate starts fn as a thread and returns the pipe that is its stdout: what it puts is
// read there, in another thread. An error that fn returns comes through the pipe, behind
// the values; when nobody reads it, it goes to the handler. When the reader closes the
// pipe, the thread ends.
//
//go:noinline
func Generate(t *Thread, fn func(*Thread) error, settings ...Setting) *pipe.Pipe {
	t.starts()
	out := pipe.New(t.p.r, "", pipe.DefaultCapacity)
	g := &Thread{body: function(fn), kind: generate, site: callerPC(), stdout: out}
	t.p.launch(g, settings)
	out.SetNamer(func() string { return "the stdout of " + g.Name() })
	return out
}

// MapOption sets how ParallelMap goes about it.
type MapOption func(*mapOptions)

type mapOptions struct {
	limit  int
	keepOn bool
}

// DefaultParallel is how many threads a ParallelMap has at a time when nothing is asked for.
const DefaultParallel = 64

// AtMost bounds how many elements are under way at a time, those included that are done
// and wait for their turn in the output.
func AtMost(n int) MapOption { return func(o *mapOptions) { o.limit = max(n, 1) } }

// KeepGoing makes an error in one element that element's result, and the others go on.
func KeepGoing() MapOption { return func(o *mapOptions) { o.keepOn = true } }

// ParallelMap runs fn on every element of seq, each in a thread of its own, and iterates
// over the results in the order of seq. A bounded number of threads is under way at a
// time, so seq may be endless. The first error ends the iteration and terminates the rest,
// unless KeepGoing is set. Leaving the loop early terminates them all.
//
// Seq runs in a thread of its own, which may read t's pipes but must not suspend t.
//
//go:noinline
func ParallelMap[A, B any](t *Thread, seq iter.Seq[A], fn func(*Thread, A) (B, error), options ...MapOption) iter.Seq2[B, error] {
	o := mapOptions{limit: DefaultParallel}
	for _, set := range options {
		set(&o)
	}
	site := callerPC()
	return func(yield func(B, error) bool) {
		if err := t.check(); err != nil {
			var zero B
			yield(zero, err)
			return
		}
		w := NewWindow[*Task[B]](o.limit, 0)
		feeder := StartInParallel(t, func(ft *Thread) (struct{}, error) { return struct{}{}, feed(ft, w, seq, fn, site) }, Named("feeder of a parallel map"))
		feeder.site, feeder.own().readsFor = site, t
		defer func() {
			feeder.waited = true
			t.disown(&feeder.Thread)
			feeder.terminate(nil)
			for _, k := range w.Elements() {
				k.waited = true
				k.terminate(nil)
			}
		}()
		for {
			k, ok := w.First(t, "waiting for the first element of a parallel map")
			if !ok {
				break
			}
			v, err := k.Wait(t)
			w.Remove(0)
			if !yield(v, err) || err != nil && !o.keepOn {
				return
			}
		}
		if _, err := feeder.Wait(t); err != nil {
			var zero B
			yield(zero, err)
		}
	}
}

// feed starts a task for each element of seq while w has room. Site is where the map was asked
// for.
func feed[A, B any](t *Thread, w *Window[*Task[B]], seq iter.Seq[A], fn func(*Thread, A) (B, error), site uintptr) error {
	defer w.End()
	for a := range seq {
		w.Room(t, "waiting for room in a parallel map")
		task := StartInParallel(t, func(c *Thread) (B, error) { return fn(c, a) }, Named("element of a parallel map"))
		t.disown(&task.Thread)
		task.set(isFree, true)
		task.site = site
		w.Add(task)
	}
	return nil
}
