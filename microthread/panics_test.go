package microthread_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/reactor"
	"mtpipe/value"
)

// outside are the places in which functions run on a program's goroutine and are no thread's.
var outside = []struct {
	name  string
	place string
	start func(t *testing.T, t0 *microthread.Thread)
}{
	{"Post", "a function given to Post, ", func(_ *testing.T, t0 *microthread.Thread) {
		t0.Program().Post(func() { panic(errBoom) })
	}},
	{"After", "a function given to After, ", func(_ *testing.T, t0 *microthread.Thread) {
		t0.Program().After(1, func() { panic(errBoom) })
	}},
	{"OnFinish", "the function called at a thread's end, ", func(_ *testing.T, t0 *microthread.Thread) {
		c := microthread.StartAndForget(t0, func(*microthread.Thread) error { return nil })
		c.Deferred().OnFinish(func(reactor.Outcome) { panic(errBoom) })
	}},
	{"a callback", "the callback of stackless, ", func(_ *testing.T, t0 *microthread.Thread) {
		t0.Program().Reactor().Start("stackless", func(d *reactor.Deferred) reactor.Outcome {
			out := d.Sleep(1)
			out.AddCallback("stackless", "", func(reactor.Outcome) reactor.Outcome { panic(errBoom) })
			return out
		}, nil)
	}},
	{"the end of a stackless thread", "the function called at a thread's end, ", func(_ *testing.T, t0 *microthread.Thread) {
		t0.Program().Reactor().Start("stackless", func(d *reactor.Deferred) reactor.Outcome {
			out := d.Sleep(1)
			out.AddCallback("stackless", "", nil)
			return out
		}, func(reactor.Outcome) { panic(errBoom) })
	}},
	{"OnStarved", "a function given to OnStarved, ", func(_ *testing.T, t0 *microthread.Thread) {
		out := microthread.Generate(t0, func(g *microthread.Thread) error { g.Sleep(1); return nil })
		times := 0
		out.OnStarved(func() {
			if times++; times == 1 {
				panic(errBoom)
			}
		})
		microthread.StartAndForget(t0, func(c *microthread.Thread) error { _, err := out.Next(); return err })
	}},
	{"the close of a pipe", "the function called when a pipe is closed, ", func(_ *testing.T, t0 *microthread.Thread) {
		p := pipe.New(t0.Program().Reactor(), "pipe", 1)
		p.SetWriter(t0.Deferred(), func() { panic(errBoom) })
		microthread.StartAndForget(t0, func(c *microthread.Thread) error { c.Reads(p); return nil })
	}},
	{"OnHangUp", "a function given to OnHangUp, ", func(t *testing.T, t0 *microthread.Thread) {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = r.Close() })
		t.Cleanup(microthread.NewFile(r).OnHangUp(t0, func() { panic(errBoom) }))
		_ = w.Close()
	}},
	{"LastResort", "the function given to LastResort", func(_ *testing.T, t0 *microthread.Thread) {
		microthread.StartAndForget(t0, func(c *microthread.Thread) error { return errOther },
			microthread.Handler(func(*microthread.Thread, error) error { return errOther }))
	}},
}

// TestB2_PanicOutsideOfThreads shows that the handler gets such a panic, that the threads clean
// up, and that Run returns it, even when somebody was to post something.
func TestB2_PanicOutsideOfThreads(t *testing.T) {
	for _, row := range outside {
		t.Run("B2 "+row.name, func(t *testing.T) {
			var handled []error
			cleaned := 0
			err := run(t, func(t0 *microthread.Thread) error {
				t0.Program().Reactor().Hold()
				defer func() { cleaned++ }()
				microthread.StartAndForget(t0, func(c *microthread.Thread) error {
					defer func() { c.Sleep(1); cleaned++ }()
					c.Sleep(time.Hour)
					return nil
				})
				t0.Yield()
				row.start(t, t0)
				t0.Sleep(time.Hour)
				return nil
			}, heard(&handled), microthread.LastResort(func(error) { panic(errBoom) }))
			var p *reactor.PanicError
			if len(handled) != 1 || !errors.As(handled[0], &p) || !errors.Is(err, errBoom) || !errors.Is(err, p) {
				t.Fatalf("the handler got %v, Run returned %v, want the panic from both", handled, err)
			}
			if !strings.HasPrefix(p.Place, row.place) || cleaned != 2 {
				t.Errorf("got place %q and %d clean-ups, want %q and 2", p.Place, cleaned, row.place)
			}
			contains(t, "the traceback", microthread.Traceback(handled[0]), "panic: boom", "goroutine ", "panics_test.go:")
		})
	}
}

// TestB2_TheOthersAreNotHit shows that the thread in whose turn such a function runs goes on.
func TestB2_TheOthersAreNotHit(t *testing.T) {
	var handled []error
	next := false
	err := run(t, func(t0 *microthread.Thread) error {
		p := pipe.New(t0.Program().Reactor(), "pipe", 1)
		p.SetWriter(t0.Deferred(), func() { panic(errBoom) })
		microthread.StartAndForget(t0, func(c *microthread.Thread) error {
			c.Reads(p)
			c.CloseIn(p)
			next = true
			return nil
		})
		t0.Sleep(time.Hour)
		return nil
	}, heard(&handled))
	wantErr(t, "run", err, errBoom)
	if !next || len(handled) != 1 {
		t.Errorf("got behind the close %v, handled %v, want the reader to go on and one error", next, handled)
	}
}

// TestB2_StacklessThread lets one end with an error that nobody takes: it is told, and the
// program goes on.
func TestB2_StacklessThread(t *testing.T) {
	var handled []error
	goesOn := false
	err := run(t, func(t0 *microthread.Thread) error {
		for _, end := range []error{errBoom, microthread.ErrTerminated} {
			t0.Program().Reactor().Start("stackless", func(d *reactor.Deferred) reactor.Outcome {
				out := d.Sleep(1)
				out.AddCallback("stackless", "", func(reactor.Outcome) reactor.Outcome { return reactor.Failed(end) })
				return out
			}, nil)
		}
		t0.Sleep(10 * time.Millisecond)
		goesOn = true
		return nil
	}, heard(&handled))
	wantErr(t, "run", err, nil)
	if !goesOn || len(handled) != 1 || handled[0].Error() != "stackless: boom" || !errors.Is(handled[0], errBoom) {
		t.Errorf("got %v, main's end %v, want boom of the thread alone", handled, goesOn)
	}
}

// TestB2_HandlerOfAPanicFails shows where both errors go then.
func TestB2_HandlerOfAPanicFails(t *testing.T) {
	var last []error
	err := run(t, func(t0 *microthread.Thread) error {
		t0.Program().Post(func() { panic(errBoom) })
		t0.Sleep(time.Hour)
		return nil
	}, microthread.OnError(func(*microthread.Thread, error) error { panic(errOther) }),
		microthread.LastResort(func(err error) { last = append(last, err) }))
	wantErr(t, "run", err, errBoom)
	if len(last) != 1 || !errors.Is(last[0], errBoom) || !errors.Is(last[0], errOther) {
		t.Errorf("the last resort got %v, want both", last)
	}
}

// TestB2_OnlyWhatHasEndedIsLost puts a value before the panic ends the program.
func TestB2_OnlyWhatHasEndedIsLost(t *testing.T) {
	var got []int64
	err := run(t, func(t0 *microthread.Thread) error {
		out := microthread.Generate(t0, func(g *microthread.Thread) error {
			g.Put(value.Int(1))
			g.Program().Post(func() { panic(errBoom) })
			g.Sleep(time.Hour)
			return nil
		})
		defer func() {
			v, _ := out.Next() // while it cleans up
			got = append(got, v.AsInt())
		}()
		t0.Sleep(time.Hour)
		return nil
	}, microthread.OnError(func(*microthread.Thread, error) error { return nil }))
	wantErr(t, "run", err, errBoom)
	equal(t, "values", got, []int64{1})
}
