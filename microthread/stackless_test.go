package microthread_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/reactor"
	"mtpipe/value"
)

// inBox waits in callbacks until somebody puts something into it, and then has a stack.
type inBox struct {
	d    *reactor.Deferred
	runs func(t *microthread.Thread, got any) error
}

func (b *inBox) Cancel(*reactor.Deferred)          { b.d = nil }
func (b *inBox) Describe(*reactor.Deferred) string { return "waiting for its box" }

// put wakes who waits.
func (b *inBox) put(v any) {
	d := b.d
	_ = d.Reactor().Schedule(d, v)
}

// start is the function of the thread, twice waiting before it is promoted.
func (b *inBox) start(t *microthread.Thread) reactor.Outcome {
	return b.wait(t, func(reactor.Outcome) reactor.Outcome {
		return b.wait(t, func(o reactor.Outcome) reactor.Outcome {
			if o.Err() != nil || b.runs == nil {
				return o
			}
			if err := t.Promote(func(t *microthread.Thread) error {
				got, err := t.Deferred().Result()
				return errors.Join(err, b.runs(t, got))
			}); err != nil {
				return reactor.Failed(err)
			}
			return o
		})
	})
}

func (b *inBox) wait(t *microthread.Thread, then reactor.Callback) reactor.Outcome {
	b.d = t.Deferred()
	out := b.d.Suspend(b)
	out.AddCallback("box", "", func(o reactor.Outcome) reactor.Outcome {
		if o.Err() != nil {
			return o
		}
		return then(o)
	})
	return out
}

// TestF18_PromotedIsTheSame has others wait for a thread, name it and look at it before and
// after it has a stack.
func TestF18_PromotedIsTheSame(t *testing.T) {
	var dead *reactor.DeadlockError
	err := run(t, func(t0 *microthread.Thread) error {
		b := &inBox{}
		look := func(t1 *microthread.Thread) string {
			live := 0
			t0.Program().Reactor().EachLive(func(d *reactor.Deferred) {
				if d.Owner() == t1 {
					live++
				}
			})
			return fmt.Sprintf("%s at %s, %p, live %d, finished %t", t1.Name(), t1.Site(), t1.Deferred(), live, t1.Finished())
		}
		var inside, waited string
		var got any
		b.runs = func(t1 *microthread.Thread, v any) error {
			inside, got = look(t1), v
			if t1.Program().Current() != t1 {
				t.Error("the promoted thread is not the current one")
			}
			t1.Yield() // which takes a stack
			t1.Sleep(time.Microsecond)
			t1.Put(value.Int(7))
			return errBoom
		}
		out := pipe.New(t0.Program().Reactor(), "", 1)
		t1 := microthread.StartStackless(t0, "box", b.start, microthread.Named("the stackless one"), func(s *microthread.Spec) { s.Stdout = []*pipe.Pipe{out} })
		before := look(t1)
		waiter := microthread.StartInParallel(t0, func(t2 *microthread.Thread) (string, error) {
			err := t1.Wait(t2, 0)
			waited = fmt.Sprint(err)
			return waited, nil
		})
		t0.Yield()
		if n := t0.Program().Threads(); n != 2 {
			t.Errorf("got %d threads with a stack, want 2", n)
		}
		b.put(1)
		t0.Yield()
		if n := t0.Program().Threads(); n != 2 {
			t.Errorf("got %d threads with a stack between the waits, want 2", n)
		}
		b.put(2)
		v, err := out.Next()
		if v.AsInt() != 7 || err != nil {
			t.Errorf("got %v, %v from its stdout, want 7", v, err)
		}
		if _, err := out.Next(); !errors.Is(err, errBoom) {
			t.Errorf("got %v at the end of its stdout, want its error", err)
		}
		if _, err := waiter.Wait(t0); err != nil || waited != errBoom.Error() && !strings.Contains(waited, errBoom.Error()) {
			t.Errorf("the waiter got %q, %v, want the error", waited, err)
		}
		if inside != before || got != 2 {
			t.Errorf("got\n%s and %v with a stack, want\n%s and 2", inside, got, before)
		}
		if after := look(t1); !strings.Contains(after, "live 0, finished true") || !errors.Is(t1.Err(), errBoom) {
			t.Errorf("got %s, %v at the end", after, t1.Err())
		}
		// Nobody will put anything into these, the second of which has got half of the way.
		c, d := &inBox{}, &inBox{runs: func(t1 *microthread.Thread, _ any) error {
			new(microthread.Cond).Wait(t1, "waiting on its stack")
			return nil
		}}
		microthread.StartStackless(t0, "box", c.start, microthread.Named("low"))
		microthread.StartStackless(t0, "box", d.start, microthread.Named("high"))
		d.put(nil)
		t0.Yield()
		d.put(nil)
		return nil
	})
	if !errors.As(err, &dead) || !slices.Equal(dead.Waits, []string{"low is waiting for its box", "high is waiting on its stack"}) {
		t.Errorf("got %v, want both in the report", err)
	}
}

// TestF18_EndedAtEachStep ends a thread in each way before it has a stack, when it is about to
// get one, and afterwards.
func TestF18_EndedAtEachStep(t *testing.T) {
	ends := []struct {
		name string
		do   func(t0, t1 *microthread.Thread)
	}{
		{"terminated", func(_, t1 *microthread.Thread) { t1.Terminate() }},
		{"drained", func(_, t1 *microthread.Thread) { t1.Drain() }},
		{"aborted", func(t0, _ *microthread.Thread) { t0.Program().Abort(time.Hour) }},
		{"drained with its program", func(t0, _ *microthread.Thread) { t0.Program().Drain() }},
		{"its reader has gone", func(_, t1 *microthread.Thread) { t1.Stdout().CloseRead() }},
	}
	for steps := range 4 {
		for _, end := range ends {
			t.Run(fmt.Sprintf("F18 %s after %d steps", end.name, steps), func(t *testing.T) {
				ran, cleaned, finished := false, false, 0
				err := run(t, func(t0 *microthread.Thread) error {
					b := &inBox{runs: func(t1 *microthread.Thread, _ any) error {
						ran = true
						defer func() { cleaned = true }()
						t1.Sleep(time.Hour)
						t.Error("it goes on")
						return nil
					}}
					out := pipe.New(t0.Program().Reactor(), "", 1)
					t1 := microthread.StartStackless(t0, "box", b.start, func(s *microthread.Spec) { s.Stdout = []*pipe.Pipe{out} })
					t1.Deferred().OnFinish(func(reactor.Outcome) { finished++ })
					for i := range steps {
						if i < 2 {
							b.put(nil)
						}
						if i != 1 { // after two steps it is scheduled to be promoted
							t0.Yield()
						}
					}
					end.do(t0, t1)
					microthread.StartAndForget(t0, func(t2 *microthread.Thread) error { return nil })
					for !t1.Finished() && end.name != "aborted" {
						t0.Yield()
					}
					if err := t1.Err(); err != nil {
						t.Errorf("got %v for its error, want none", err)
					}
					return nil
				})
				if end.name == "aborted" && errors.Is(err, microthread.ErrTerminated) {
					err = nil
				}
				wantErr(t, "run", err, nil)
				if ran != (steps == 3) || cleaned != ran || finished != 1 {
					t.Errorf("got ran %t, cleaned %t, ended %d times; want it to run only when it had a stack, and to end once", ran, cleaned, finished)
				}
			})
		}
	}
}

// TestF18_StacklessFails wants failures without a stack to be those of any thread.
func TestF18_StacklessFails(t *testing.T) {
	cond := new(microthread.Cond)
	for _, row := range []struct {
		name string
		fn   func(*microthread.Thread) reactor.Outcome
		want string
	}{
		{"an error", func(*microthread.Thread) reactor.Outcome { return reactor.Failed(errBoom) }, errBoom.Error()},
		{"a panic", func(*microthread.Thread) reactor.Outcome { panic("why not") }, "why not"},
		{"it sleeps in place", func(t1 *microthread.Thread) reactor.Outcome {
			_, err := t1.DeferTo(reactor.Blocking, func() (any, error) { return nil, nil }, 0)
			return reactor.Failed(err)
		}, reactor.ErrNoStack.Error()},
		{"it waits in place", func(t1 *microthread.Thread) reactor.Outcome {
			if cond.WaitFor(t1, "waiting", time.Hour) {
				return reactor.Done(nil)
			}
			return reactor.Failed(reactor.ErrNoStack)
		}, reactor.ErrNoStack.Error()},
		{"it puts", func(t1 *microthread.Thread) reactor.Outcome {
			t1.Put(value.Int(1))
			return reactor.Done(nil)
		}, reactor.ErrNoStack.Error()},
		{"it yields", func(t1 *microthread.Thread) reactor.Outcome { t1.Yield(); return reactor.Failed(errBoom) }, reactor.ErrNoStack.Error()},
		{"it is promoted twice", func(t1 *microthread.Thread) reactor.Outcome {
			return reactor.Failed(errors.Join(t1.Promote(nil), t1.Promote(nil)))
		}, "the thread has a stack already"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var told []error
			err := run(t, func(t0 *microthread.Thread) error {
				t1 := microthread.StartStackless(t0, "it", row.fn, microthread.Handler(func(_ *microthread.Thread, err error) error {
					told = append(told, err)
					return nil
				}))
				for !t1.Finished() {
					t0.Yield()
				}
				return nil
			})
			wantErr(t, "run", err, nil)
			if row.name == "it is promoted twice" {
				return // it went on, with a stack and nothing to do
			}
			if len(told) != 1 || !strings.Contains(told[0].Error(), row.want) {
				t.Errorf("the handler got %v, want %q", told, row.want)
			}
		})
	}
}

// TestF18_ScopeOfAStackless has a thread without a stack in a scope, which waits for it and hears
// of its error.
func TestF18_ScopeOfAStackless(t *testing.T) {
	var told error
	ended := false
	err := run(t, func(t0 *microthread.Thread) error {
		scope := microthread.NewScope(func(_ *microthread.Thread, err error) error { told = err; return nil })
		b := &inBox{}
		in := func(s *microthread.Spec) { s.Scope = scope }
		microthread.StartStackless(t0, "box", func(t1 *microthread.Thread) reactor.Outcome {
			return b.wait(t1, func(reactor.Outcome) reactor.Outcome { ended = true; return reactor.Failed(errBoom) })
		}, in)
		microthread.StartAndForget(t0, func(t1 *microthread.Thread) error {
			scope.WaitOthers(t1)
			if !ended {
				t.Error("the scope did not wait for the thread without a stack")
			}
			return nil
		}, in)
		t0.Yield()
		b.put(nil)
		return nil
	})
	wantErr(t, "run", err, nil)
	wantErr(t, "what the scope was told", told, errBoom)
}

// TestF18_PromotedTooLate wants a thread that was ended while it waited to get no stack, whatever
// its callbacks ask for.
func TestF18_PromotedTooLate(t *testing.T) {
	for name, end := range map[string]func(*microthread.Thread){"F18 terminated": (*microthread.Thread).Terminate, "F18 drained": (*microthread.Thread).Drain} {
		t.Run(name, func(t *testing.T) {
			var promoted error
			err := run(t, func(t0 *microthread.Thread) error {
				t1 := microthread.StartStackless(t0, "late", func(t1 *microthread.Thread) reactor.Outcome {
					out := t1.Deferred().Suspend(&inBox{})
					out.AddCallback("late", "", func(o reactor.Outcome) reactor.Outcome {
						promoted = t1.Promote(func(*microthread.Thread) error { t.Error("it runs on a stack"); return nil })
						return o
					})
					return out
				})
				t0.Yield()
				end(t1)
				for !t1.Finished() {
					t0.Yield()
				}
				return nil
			})
			wantErr(t, "run", err, nil)
			wantErr(t, "promote", promoted, microthread.ErrTerminated)
		})
	}
}

// TestF18_MemoryOfIdleThreads wants a thread without a stack to take a few hundred bytes, and
// those that had one to have given it back.
func TestF18_MemoryOfIdleThreads(t *testing.T) {
	const threads, most = 10_000, 700
	use := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc + m.StackInuse
	}
	err := run(t, func(t0 *microthread.Thread) error {
		boxes := make([]inBox, threads)
		woken := 0
		before := use()
		for i := range boxes {
			boxes[i].runs = func(t1 *microthread.Thread, _ any) error { woken++; t1.Yield(); return nil }
			microthread.StartStackless(t0, "box", boxes[i].start)
		}
		each := (use() - before) / threads
		t.Logf("F18 a thread without a stack takes %d bytes", each)
		if each > most && !raceDetector {
			t.Errorf("got %d bytes for a thread without a stack, want at most %d", each, most)
		}
		for range 2 {
			for i := range boxes {
				boxes[i].put(nil)
			}
			t0.Yield()
		}
		for woken < threads {
			t0.Yield()
		}
		return nil
	})
	wantErr(t, "run", err, nil)
}
