package microthread_test

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/reactor"
	"mtpipe/value"
)

// deaths are the ways in which a thread can end, each after a suspension, and what the one at
// the other end of its stdout reads after the values: the error that the thread ended with, or
// nothing but the end.
var deaths = []struct {
	name  string
	die   func(c *microthread.Thread) error
	reads error
}{
	{"returns", func(c *microthread.Thread) error { c.Sleep(time.Second); return nil }, nil},
	{"fails", func(c *microthread.Thread) error { c.Sleep(time.Second); return errBoom }, errBoom},
	{"panics", func(c *microthread.Thread) error { c.Sleep(time.Second); panic(errBoom) }, errBoom},
	{"calls Goexit", func(c *microthread.Thread) error { c.Sleep(time.Second); runtime.Goexit(); return nil }, microthread.ErrGoexit},
	{"suspends in a critical section", func(c *microthread.Thread) error {
		c.Sleep(time.Second)
		c.Critical(func() { c.Sleep(time.Second) })
		return nil
	}, microthread.ErrCritical},
	{"panics while cleaning up", func(c *microthread.Thread) error {
		defer func() { c.Sleep(time.Second); panic(errBoom) }()
		runtime.Goexit()
		return nil
	}, errBoom},
	{"is terminated", func(c *microthread.Thread) error { c.Sleep(time.Hour); return nil }, microthread.ErrTerminated},
	{"is terminated before its first turn", nil, microthread.ErrTerminated},
}

// doomed starts a thread that does something and then ends in one of these ways, in a group of
// its own so that the test can terminate it.
func doomed(t0 *microthread.Thread, die func(*microthread.Thread) error, before func(*microthread.Thread), set microthread.Setting) {
	g := microthread.NewGroup(t0)
	g.Go(func(c *microthread.Thread) error {
		before(c)
		return die(c)
	}, set)
	if die == nil {
		g.Cancel()
		return
	}
	microthread.StartAndForget(t0, func(c *microthread.Thread) error {
		c.Sleep(time.Minute)
		g.Cancel()
		return nil
	})
}

// TestE9_TheReaderSurvives ends the writer of a pipe in each way while its reader waits: the
// reader gets all that was put, then the error once if the writer ended with one, and then the end.
func TestE9_TheReaderSurvives(t *testing.T) {
	const puts = 3
	for _, death := range deaths {
		for _, capacity := range []int{1, 2, 1024} {
			t.Run(fmt.Sprintf("E9 writer %s, capacity %d", death.name, capacity), func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					var handled []error
					err := run(t, func(t0 *microthread.Thread) error {
						out := pipe.New(t0.Program().Reactor(), "out", capacity)
						doomed(t0, death.die, func(c *microthread.Thread) { _ = count(c, puts) },
							func(s *microthread.Spec) { s.Stdout = []*pipe.Pipe{out} })
						for i := range int64(puts) {
							if death.die == nil {
								break
							}
							if v, err := out.Next(); err != nil || v.AsInt() != i {
								t.Errorf("got %v, %v, want %d", v, err, i)
							}
						}
						if death.reads != nil {
							_, err := out.Next()
							wantErr(t, "after the values", err, death.reads)
						}
						for range 2 {
							if v, err := out.Next(); err != io.EOF {
								t.Errorf("got %v, %v, want the end", v, err)
							}
						}
						return nil
					}, heard(&handled))
					wantErr(t, "run", err, nil)
				})
			})
		}
	}
}

// TestE9_TheWriterSurvives ends the reader of a pipe in each way while its writer waits: the
// writer's put does not return, its clean-up runs at once, and nobody takes that for an error.
func TestE9_TheWriterSurvives(t *testing.T) {
	for _, death := range deaths {
		t.Run("E9 reader "+death.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var handled []error
				puts, cutOff, took := 0, 0, time.Duration(-1)
				err := run(t, func(t0 *microthread.Thread) error {
					start := time.Now()
					out := microthread.Generate(t0, func(g *microthread.Thread) error {
						defer func() { took = time.Since(start) }()
						for {
							g.Put(value.Int(int64(puts)))
							puts++
						}
					}, microthread.Capacity(1))
					doomed(t0, death.die, func(c *microthread.Thread) {
						if v, err := c.Next(); err != nil || v.AsInt() != 0 {
							t.Errorf("got %v, %v, want 0", v, err)
						}
					}, microthread.Stdin(out))
					t0.Sleep(2 * time.Minute)
					cutOff = t0.Program().CutOff()
					return nil
				}, heard(&handled))
				wantErr(t, "run", err, nil)
				want, done := time.Second, 2
				switch {
				case death.die == nil:
					want, done = 0, 1 // the writer's turn came first
				case death.reads == microthread.ErrTerminated:
					want = time.Minute
				}
				if puts != done || took != want || cutOff != 1 {
					t.Errorf("got %d puts, the end after %v, %d cut off, want %d, %v, 1", puts, took, cutOff, done, want)
				}
				for _, err := range handled { // of the reader
					wantErr(t, "the handler", err, death.reads)
				}
			})
		})
	}
}

// deadlocks is the catalogue of exact texts.
var deadlocks = []struct {
	name string
	main func(t0 *microthread.Thread) error
	want string
}{
	{"E11 nobody feeds the pipe", func(t0 *microthread.Thread) error {
		_, err := pipe.New(t0.Program().Reactor(), "numbers", 1).Next()
		return err
	}, "deadlock: main is waiting for a value from numbers, which no thread writes"},
	{"E11 nobody reads the pipe", func(t0 *microthread.Thread) error {
		microthread.Generate(t0, microthread.Bind(count, 3), microthread.Named("gen"))
		return nil
	}, "deadlock: gen is waiting to put into the stdout of gen, which no thread reads"},
	{"E10 its writer waits too", func(t0 *microthread.Thread) error {
		out := microthread.Generate(t0, func(g *microthread.Thread) error {
			_, err := pipe.New(t0.Program().Reactor(), "nothing", 1).Next()
			return err
		}, microthread.Named("gen"))
		_, err := out.Next()
		return err
	}, "deadlock: 2 threads wait for each other: main is waiting for a value from the stdout of gen, which gen writes; " +
		"gen is waiting for a value from nothing, which no thread writes"},
	{"E10 its reader waits too", func(t0 *microthread.Thread) error {
		p := pipe.New(t0.Program().Reactor(), "there", 1)
		w := t0.Program().Start(microthread.Spec{Name: "w", Stdout: []*pipe.Pipe{p}, Run: microthread.Bind(count, 9)})
		r := t0.Program().Start(microthread.Spec{Name: "r", Stdin: p, Run: func(r *microthread.Thread) error { return w.Wait(r, 0) }})
		return r.Wait(t0, 0)
	}, "deadlock: 3 threads wait for each other: main is waiting for r to end; " +
		"w is waiting to put into there, which r reads; r is waiting for w to end"},
	{"E11 threads that wait for each other", func(t0 *microthread.Thread) error {
		var a, b *microthread.Task[int]
		a = microthread.StartInParallel(t0, func(c *microthread.Thread) (int, error) { return b.Wait(c) }, microthread.Named("a"))
		b = microthread.StartInParallel(t0, func(c *microthread.Thread) (int, error) { return a.Wait(c) }, microthread.Named("b"))
		return nil
	}, "deadlock: 2 threads wait for each other: a is waiting for b to end; b is waiting for a to end"},
	{"E11 a condition", func(t0 *microthread.Thread) error {
		new(microthread.Cond).Wait(t0, "waiting for a free slot")
		return nil
	}, "deadlock: main is waiting for a free slot"},
	{"E11 a group", func(t0 *microthread.Thread) error {
		g := microthread.NewGroup(t0)
		g.Go(func(c *microthread.Thread) error {
			_, err := pipe.New(t0.Program().Reactor(), "p", 1).Next()
			return err
		}, microthread.Named("c"))
		return g.Wait()
	}, "deadlock: 2 threads wait for each other: main is waiting for a group of threads; " +
		"c is waiting for a value from p, which no thread writes"},
	{"K8 once more while cleaning up", func(t0 *microthread.Thread) error {
		defer func() {
			_, _ = pipe.New(t0.Program().Reactor(), "second", 1).Next()
			for {
				_, _ = pipe.New(t0.Program().Reactor(), "third", 1).Next()
			}
		}()
		_, err := pipe.New(t0.Program().Reactor(), "first", 1).Next()
		return err
	}, "deadlock: main is waiting for a value from first, which no thread writes\n" +
		"deadlock: main is waiting for a value from second, which no thread writes"},
}

func TestE10E11_Deadlocks(t *testing.T) { mustDeadlock(t, reactor.DefaultSlice) }

// TestK4_Deadlocks has threads that give up their turns at every batch.
func TestK4_Deadlocks(t *testing.T) { mustDeadlock(t, 0) }

func mustDeadlock(t *testing.T, slice time.Duration) {
	for _, row := range deadlocks {
		t.Run(row.name, func(t *testing.T) {
			err := run(t, func(t0 *microthread.Thread) error {
				t0.Program().Reactor().System().SetSlice(slice)
				return row.main(t0)
			})
			var dead *reactor.DeadlockError
			if !errors.As(err, &dead) || err.Error() != row.want {
				t.Errorf("got  %v\nwant %s", err, row.want)
			}
		})
	}
}

// TestE11_NoDeadlock is the catalogue of what must not be reported.
func TestE11_NoDeadlock(t *testing.T) {
	inRun(t, []row{
		{"E11 a sleeping writer", func(t *testing.T, t0 *microthread.Thread) error {
			_, err := microthread.Generate(t0, func(g *microthread.Thread) error { g.Sleep(time.Hour); return count(g, 1) }).Next()
			return err
		}},
		{"E11 a blocking call", func(t *testing.T, t0 *microthread.Thread) error {
			_, err := microthread.Generate(t0, func(g *microthread.Thread) error {
				_, err := g.Blocking(func() (any, error) { time.Sleep(time.Hour); return nil, nil })
				g.Put(value.Null)
				return err
			}).Next()
			return err
		}},
		{"E11 a post that was promised", func(t *testing.T, t0 *microthread.Thread) error {
			var c microthread.Cond
			r := t0.Program().Reactor()
			r.Hold()
			go func() {
				time.Sleep(time.Hour)
				t0.Program().Post(func() { r.Unhold(); c.Broadcast() })
			}()
			c.Wait(t0, "waiting for the outside")
			return nil
		}},
		{"E11 a wait with a time limit", func(t *testing.T, t0 *microthread.Thread) error {
			k := microthread.StartInParallel(t0, func(c *microthread.Thread) (int, error) { c.Sleep(time.Hour); return 0, nil })
			_, err := k.WaitFor(t0, time.Minute)
			wantErr(t, "the wait", err, reactor.ErrTimeout)
			return nil
		}},
	})
}

// TestK8_DeadlockEndsInGoodOrder shows that the threads of a deadlock clean up, that what
// they raise is not lost, and that threads which are not part of it run on to their end.
func TestK8_DeadlockEndsInGoodOrder(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var handled []error
		cleaned, other := false, false
		err := run(t, func(t0 *microthread.Thread) error {
			microthread.StartAndForget(t0, func(c *microthread.Thread) error {
				defer func() { panic(errBoom) }()
				_, err := pipe.New(c.Program().Reactor(), "nothing", 1).Next()
				return err
			}, microthread.Named("stuck"))
			microthread.StartAndForget(t0, func(c *microthread.Thread) error {
				c.Sleep(time.Hour)
				other = true
				return nil
			})
			defer func() {
				t0.Sleep(time.Minute)
				cleaned = true
			}()
			new(microthread.Cond).Wait(t0, "waiting in vain")
			return nil
		}, heard(&handled))
		want := "deadlock: 2 threads wait for each other: main is waiting in vain; " +
			"stuck is waiting for a value from nothing, which no thread writes"
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		if !cleaned || !other || len(handled) != 1 || !errors.Is(handled[0], errBoom) {
			t.Errorf("got clean-up %v, the other's end %v, handled %v, want all done and boom", cleaned, other, handled)
		}
	})
}

// TestK8_ErrorsEndTheProgramInGoodOrder shows that an error of main leaves the rest to work
// to its end and comes out of Run with whatever else there is.
func TestK8_ErrorsEndTheProgramInGoodOrder(t *testing.T) {
	bubble(t, func(t *testing.T) {
		got := ""
		err := run(t, func(t0 *microthread.Thread) error {
			microthread.StartAndForget(t0, func(c *microthread.Thread) error {
				c.Sleep(time.Second)
				got = "done"
				return nil
			})
			microthread.Generate(t0, microthread.Bind(count, 3), microthread.Named("gen"))
			return errBoom
		})
		wantErr(t, "run", err, errBoom)
		var dead *reactor.DeadlockError
		if !errors.As(err, &dead) || got != "done" || strings.Count(err.Error(), "boom") != 1 {
			t.Errorf("got %v, other thread %q, want boom, a deadlock of gen, and done", err, got)
		}
	})
}

// TestClose_CutsOff closes programs that did not run, or not to their end.
func TestClose_CutsOff(t *testing.T) {
	for _, row := range []struct {
		name  string
		start func(t *testing.T, p *microthread.Program)
	}{
		{"not run", func(t *testing.T, p *microthread.Program) {}},
		{"left by a Goexit of a posted function", func(t *testing.T, p *microthread.Program) {
			p.Start(microthread.Spec{Name: "poster", Run: func(c *microthread.Thread) error {
				c.Program().Post(runtime.Goexit)
				return nil
			}})
			left := make(chan bool)
			go func() {
				defer close(left)
				_ = p.Run()
				t.Error("got behind the Goexit")
			}()
			<-left
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			noLeaks(t)
			cleaned := 0
			p := microthread.New(reactor.NewSystem(), microthread.OnError(func(*microthread.Thread, error) error { cleaned += 10; return nil }))
			p.Start(microthread.Spec{Name: "loop", Run: func(c *microthread.Thread) error {
				defer func() {
					cleaned++
					c.Sleep(time.Hour)
					t.Error("a thread slept after the close")
				}()
				c.Sleep(time.Hour)
				return nil
			}})
			p.Start(microthread.Spec{Name: "failing", Run: func(c *microthread.Thread) error {
				defer func() { cleaned++; panic(errBoom) }()
				c.Sleep(time.Hour)
				return nil
			}})
			row.start(t, p)
			wantErr(t, "close", p.Close(), nil)
			if want := 12; row.name != "not run" && cleaned != want {
				t.Errorf("got %d, want two clean-ups and a handled error (%d)", cleaned, want)
			}
			if p.Threads() != 0 {
				t.Errorf("got %d threads, want none", p.Threads())
			}
			wantErr(t, "close again", p.Close(), nil)
		})
	}
}
