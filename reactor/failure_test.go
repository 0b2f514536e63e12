package reactor_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"mtpipe/reactor"
)

var errPanic = errors.New("out of luck")

// TestB2_PanicsOnTheReactor shows that Run returns a panic of any function that it calls, with
// the place where that stands, and that Close cleans up after it.
func TestB2_PanicsOnTheReactor(t *testing.T) {
	sleeping := func(d *reactor.Deferred) reactor.Outcome {
		out := d.Sleep(1)
		out.AddCallback("thread", "", nil)
		return out
	}
	for _, row := range []struct {
		name  string
		start func(r *reactor.Reactor)
		place string
	}{
		{"Post", func(r *reactor.Reactor) { r.Post(func() { panic(errPanic) }) }, "a function given to Post, "},
		{"a stackless thread", func(r *reactor.Reactor) {
			r.Start("thread", func(*reactor.Deferred) reactor.Outcome { panic(errPanic) }, nil)
		}, "thread, "},
		{"a callback", func(r *reactor.Reactor) {
			r.Start("thread", func(d *reactor.Deferred) reactor.Outcome {
				out := d.Sleep(1)
				out.AddCallback("thread", "", func(reactor.Outcome) reactor.Outcome { panic(errPanic) })
				return out
			}, nil)
		}, "the callback of thread, "},
		{"a callback that cleans up", func(r *reactor.Reactor) {
			r.Start("thread", func(d *reactor.Deferred) reactor.Outcome {
				out := d.Sleep(1)
				out.AddCallback("inner", "", func(reactor.Outcome) reactor.Outcome { panic(errPanic) })
				out.AddCallback("thread", "somebody else", nil)
				return reactor.Done(nil)
			}, nil)
		}, "the callback of inner, "},
		{"the end", func(r *reactor.Reactor) {
			r.Start("thread", sleeping, func(reactor.Outcome) { panic(errPanic) })
		}, "the function called at a thread's end, "},
		{"OnFinish", func(r *reactor.Reactor) {
			d := r.Start("thread", sleeping, func(reactor.Outcome) {})
			d.OnFinish(func(reactor.Outcome) { panic(errPanic) })
		}, "the function called at a thread's end, "},
		{"OnFinish of one that has ended", func(r *reactor.Reactor) {
			d := r.Start("thread", func(*reactor.Deferred) reactor.Outcome { return reactor.Done(1) }, nil)
			d.OnFinish(func(reactor.Outcome) { panic(errPanic) })
		}, "the function called at a thread's end, "},
	} {
		t.Run("B2 "+row.name, func(t *testing.T) {
			r := reactor.New(reactor.NewDefaultSystem())
			var after, left error
			r.Start("bystander", func(d *reactor.Deferred) reactor.Outcome {
				out := d.Sleep(time.Hour)
				out.AddCallback("bystander", "", func(o reactor.Outcome) reactor.Outcome { left = o.Err(); return o })
				return out
			}, func(o reactor.Outcome) { after = o.Err() })
			row.start(r)
			err := r.Run()
			checkPanic(t, err, row.place)
			if err := r.Close(); err != nil || left != reactor.ErrClosed || after != reactor.ErrClosed {
				t.Errorf("got %v from Close, %v and %v in the thread that was left, want it told of the close", err, left, after)
			}
		})
	}
}

// checkPanic checks that err is the one panic, with its stack and place, which is in this file.
func checkPanic(t *testing.T, err error, place string) {
	t.Helper()
	var p *reactor.PanicError
	if !errors.As(err, &p) || p != err || !errors.Is(err, errPanic) {
		t.Fatalf("got %v, want one PanicError", err)
	}
	if !strings.HasPrefix(p.Place, place) || !strings.Contains(p.Place, "failure_test.go:") {
		t.Errorf("got place %q, want %q in this file", p.Place, place)
	}
	if !strings.Contains(string(p.Stack()), "failure_test.go:") {
		t.Errorf("got a stack without the place of the panic:\n%s", p.Stack())
	}
	for format, want := range map[string]string{"%s": "panic: out of luck", "%v": "panic: out of luck (in " + p.Place + ")",
		"%q": `"panic: out of luck"`, "%22s|": "    panic: out of luck|", "%-22s|": "panic: out of luck    |"} {
		if got := fmt.Sprintf(format, err); got != want {
			t.Errorf("%s: got %q, want %q", format, got, want)
		}
	}
	if got := fmt.Sprintf("%+v", err); !strings.HasPrefix(got, "panic: out of luck (in ") || !strings.Contains(got, "goroutine ") {
		t.Errorf("got %q, want the stack too", got)
	}
}

// TestF14_ErrorThatNobodyTakes lets stackless threads end with errors: Run returns those that
// nobody has taken, when the rest has ended.
func TestF14_ErrorThatNobodyTakes(t *testing.T) {
	r := reactor.New(reactor.NewDefaultSystem())
	fails := func(name string, finish func(reactor.Outcome)) *reactor.Deferred {
		return r.Start(name, func(d *reactor.Deferred) reactor.Outcome {
			out := d.Sleep(1)
			out.AddCallback(name, "", func(reactor.Outcome) reactor.Outcome { return reactor.Failed(errPanic) })
			return out
		}, finish)
	}
	fails("lost", nil)
	fails("taken", func(reactor.Outcome) {})
	ended := false
	r.Start("other", func(d *reactor.Deferred) reactor.Outcome {
		out := d.Sleep(5 * time.Millisecond)
		out.AddCallback("other", "", func(o reactor.Outcome) reactor.Outcome { ended = true; return o })
		return out
	}, nil)
	if err := r.Run(); err == nil || err.Error() != "lost: out of luck" || !errors.Is(err, errPanic) || !ended {
		t.Errorf("got %v, the other's end %v, want the error of lost at the end", err, ended)
	}
	if err := r.Run(); err != nil {
		t.Errorf("got %v from another Run, want nil", err)
	}
	if err := r.Close(); err != nil {
		t.Errorf("got %v from Close, want nil", err)
	}
}

// TestB2_PanicDuringClose shows that a clean-up that fails at the very end is told as well.
func TestB2_PanicDuringClose(t *testing.T) {
	r := reactor.New(reactor.NewDefaultSystem())
	r.Start("thread", func(d *reactor.Deferred) reactor.Outcome {
		out := d.Sleep(time.Hour)
		out.AddCallback("thread", "", func(reactor.Outcome) reactor.Outcome { panic(errPanic) })
		return out
	}, nil)
	checkPanic(t, r.Close(), "the callback of thread, ")
}

// bad is a notifier that panics.
type bad struct{ in string }

func (b *bad) Cancel(*reactor.Deferred)                             {}
func (b *bad) Describe(*reactor.Deferred) string                    { return "waiting for the worst" }
func (b *bad) Register(*reactor.Deferred, any, time.Duration) error { return nil }
func (b *bad) Deregister(*reactor.Deferred, reactor.Outcome) error  { return nil }
func (b *bad) Timeout(*reactor.Deferred) error                      { return nil }
func (b *bad) Poll() (reactor.Status, error)                        { return b.act("poll") }
func (b *bad) TimedWait(time.Duration) (reactor.Status, error)      { return b.act("wait") }
func (b *bad) WaitForever() (reactor.Status, error)                 { return b.act("wait") }
func (b *bad) Close() error                                         { return nil }
func (b *bad) act(what string) (reactor.Status, error) {
	if what == b.in {
		panic(errPanic)
	}
	return reactor.Polled, nil
}

// TestG13_NotifierThatPanics shows that it is removed, its waiters get the panic, and Run
// returns it.
func TestG13_NotifierThatPanics(t *testing.T) {
	for _, in := range []string{"poll", "wait"} {
		t.Run(in, func(t *testing.T) {
			class := &reactor.NotifierClass{Name: "bad", New: func(*reactor.Reactor) (reactor.Notifier, error) { return &bad{in: in}, nil }}
			r := reactor.New(reactor.NewSystem(class))
			var got error
			r.Post(func() {
				r.Start("thread", func(d *reactor.Deferred) reactor.Outcome {
					out := reactor.Defer(r.Notifier(class), d, nil, 0)
					out.AddCallback("thread", "", nil)
					return out
				}, func(o reactor.Outcome) { got = o.Err() })
			})
			err := r.Run()
			var p *reactor.PanicError
			if !errors.As(err, &p) || p.Place != "the notifier bad" || !errors.Is(err, errPanic) {
				t.Errorf("got %v, want the panic of the notifier", err)
			}
			if err := r.Run(); err != nil {
				t.Errorf("got %v from another Run, want nil", err)
			}
			_ = r.Close()
			if !errors.Is(got, errPanic) {
				t.Errorf("the waiter got %v, want the panic", got)
			}
		})
	}
}
