package reactor

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// leaves checks at the end of a test that its goroutines and descriptors are gone.
func leaves(t *testing.T) {
	t.Helper()
	goroutines, fds := runtime.NumGoroutine(), descriptorCount()
	t.Cleanup(func() {
		for i := 0; runtime.NumGoroutine() > goroutines && i < 20_000_000; i++ {
			runtime.Gosched()
		}
		if n := runtime.NumGoroutine(); n > goroutines {
			t.Errorf("got %d goroutines at the end, want %d", n, goroutines)
		}
		if n := descriptorCount(); n != fds {
			t.Errorf("got %d descriptors at the end, want %d", n, fds)
		}
	})
}

// descriptorCount returns how many descriptors are open, where the system tells. Those of Go's own
// poller, which come with the first pipe, are among them from the first time on.
func descriptorCount() int {
	if r, w, err := os.Pipe(); err == nil {
		_ = r.Close()
		_ = w.Close()
	}
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}

// newReactor returns a reactor with notifiers of the given classes that the test closes.
func newReactor(t *testing.T, classes ...*NotifierClass) *Reactor {
	t.Helper()
	return newReactorOf(t, NewSystem(classes...))
}

func newReactorOf(t *testing.T, s *System) *Reactor {
	t.Helper()
	r := New(s)
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Errorf("got %v from Close, want nil", err)
		}
	})
	return r
}

func mustRun(t *testing.T, r *Reactor) {
	t.Helper()
	if err := r.Run(); err != nil {
		t.Fatalf("got %v from Run, want nil", err)
	}
}

// whenAsleep calls fn on a goroutine of its own once r sleeps. The test ends after it.
func whenAsleep(t *testing.T, r *Reactor, fn func()) {
	done := make(chan struct{})
	t.Cleanup(func() { <-done })
	go func() {
		defer close(done)
		for r.asleep.Load() == nil {
			runtime.Gosched()
		}
		fn()
	}()
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// place is somewhere to wait that only the test wakes from.
type place string

func (place) Cancel(*Deferred)            {}
func (p place) Describe(*Deferred) string { return string(p) }

// trace is what happened, in order.
type trace []string

func (tr *trace) add(format string, args ...any) { *tr = append(*tr, fmt.Sprintf(format, args...)) }

func (tr trace) check(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(tr, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(tr, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// text shows an outcome in a trace.
func text(o Outcome) string {
	switch {
	case o.Suspended():
		return "suspended"
	case o.Err() != nil:
		return "error " + o.Err().Error()
	}
	return fmt.Sprint(o.Value())
}

// callback returns a callback that notes its name and what it is given, and hands that on.
func (tr *trace) callback(name string) Callback {
	return func(o Outcome) Outcome {
		tr.add("%s %s", name, text(o))
		return o
	}
}

// finish returns a function for the thread's last result.
func (tr *trace) finish(name string) func(Outcome) {
	return func(o Outcome) { tr.add("%s ended: %s", name, text(o)) }
}

// wait suspends d in w and continues the function called name with fn.
func wait(d *Deferred, w Waiter, name string, fn Callback) Outcome {
	o := d.Suspend(w)
	o.AddCallback(name, "", fn)
	return o
}

// sleeping starts a thread that sleeps and then calls then, which may be nil.
func sleeping(r *Reactor, name string, d time.Duration, then func()) *Deferred {
	return r.Start(name, func(th *Deferred) Outcome {
		o := th.Sleep(d)
		o.AddCallback(name, "", func(o Outcome) Outcome {
			if then != nil {
				then()
			}
			return o
		})
		return o
	}, nil)
}

// fake is a notifier whose events the test makes. A reason is any text. It notes the calls
// of its methods in calls, when that is set.
type fake struct {
	r       *Reactor
	name    string
	calls   *trace
	waits   []*Deferred // in the order of Register
	closed  int
	closing error // of Close

	refuse  error                               // of Register
	poll    func() (Status, error)              // nil: whether anybody waits
	timed   func(time.Duration) (Status, error) // nil: it cannot wait
	forever func() (Status, error)              // nil: it cannot wait
	timeout func(d *Deferred) (error, bool)     // nil, or false: the usual
}

func (f *fake) class(priority int) *NotifierClass { return classOf(f, f, priority) }

// classOf is the class of n, which is f or contains it, for one reactor.
func classOf(f *fake, n Notifier, priority int) *NotifierClass {
	return &NotifierClass{Name: f.name, Priority: priority, New: func(r *Reactor) (Notifier, error) {
		f.r = r
		return n, nil
	}}
}

func (f *fake) note(format string, args ...any) {
	if f.calls != nil {
		f.calls.add(f.name+" "+format, args...)
	}
}

func (f *fake) Describe(*Deferred) string { return "waiting for " + f.name }

func (f *fake) Cancel(d *Deferred) {
	f.waits = slices.DeleteFunc(f.waits, func(o *Deferred) bool { return o == d })
}

func (f *fake) Register(d *Deferred, reason any, maxWait time.Duration) error {
	f.note("register %v %v", reason, maxWait)
	if f.refuse != nil {
		return f.refuse
	}
	f.waits = append(f.waits, d)
	if maxWait > 0 {
		f.r.SetTimer(f, d, maxWait)
	}
	return nil
}

func (f *fake) Deregister(d *Deferred, o Outcome) error { return f.r.schedule(d, o) }

func (f *fake) Timeout(d *Deferred) error {
	f.note("timeout")
	if f.timeout != nil {
		if err, ok := f.timeout(d); ok {
			return err
		}
	}
	return f.r.ScheduleError(d, ErrTimeout)
}

func (f *fake) status() (Status, error) {
	if len(f.waits) == 0 {
		return NoWaiters, nil
	}
	return Polled, nil
}

// fire continues all that wait.
func (f *fake) fire(value any) {
	for _, d := range slices.Clone(f.waits) {
		_ = f.r.Schedule(d, value)
	}
}

func (f *fake) Poll() (Status, error) {
	f.note("poll")
	if f.poll != nil {
		return f.poll()
	}
	return f.status()
}

func (f *fake) TimedWait(d time.Duration) (Status, error) {
	f.note("timed wait %v", d)
	if f.timed != nil {
		return f.timed(d)
	}
	return CannotWait, nil
}

func (f *fake) WaitForever() (Status, error) {
	f.note("wait forever")
	if f.forever != nil {
		return f.forever()
	}
	return CannotWait, nil
}

func (f *fake) Close() error {
	f.closed++
	return f.closing
}

// awake is a fake that can be interrupted.
type awake struct {
	*fake
	interrupts chan struct{}
}

func newAwake(name string, calls *trace) *awake {
	return &awake{fake: &fake{name: name, calls: calls}, interrupts: make(chan struct{}, 1)}
}

func (a *awake) Interrupt() {
	select {
	case a.interrupts <- struct{}{}:
	default:
	}
}

// waitFor starts a thread that waits in n and notes what comes of it.
func waitFor(tr *trace, n func() Notifier, r *Reactor, name string, maxWait time.Duration) *Deferred {
	return r.Start(name, func(d *Deferred) Outcome {
		o := Defer(n(), d, name, maxWait)
		o.AddCallback(name, "", nil)
		return o
	}, tr.finish(name))
}

// in returns the notifier that r has of class c.
func in(r *Reactor, c *NotifierClass) func() Notifier {
	return func() Notifier { return r.Notifier(c) }
}

var errTest = errors.New("no luck")
