package microthread_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/reactor"
	"mtpipe/value"
)

// forever are ways to wait that nothing ends.
var forever = []struct {
	name string
	wait func(t *microthread.Thread)
}{
	{"sleep", func(t *microthread.Thread) { t.Sleep(1000 * time.Hour) }},
	{"condition", func(t *microthread.Thread) { new(microthread.Cond).Wait(t, "waiting") }},
	{"pipe", func(t *microthread.Thread) { _, _ = pipe.New(t.Program().Reactor(), "p", 1).Next() }},
	{"channel", func(t *microthread.Thread) { microthread.NewChan[int](t, 0).Recv(t) }},
	{"semaphore", func(t *microthread.Thread) {
		s := microthread.NewSemaphore(1)
		_ = s.Acquire(t, 1)
		_ = s.Acquire(t, 1)
	}},
	{"thread", func(t *microthread.Thread) {
		k := microthread.StartInParallel(t, func(c *microthread.Thread) (int, error) { c.Sleep(999 * time.Hour); return 0, nil })
		defer k.Terminate()
		_, _ = k.Wait(t)
	}},
	{"turns", func(t *microthread.Thread) {
		for {
			t.Sleep(time.Millisecond)
		}
	}},
	{"recovered", func(t *microthread.Thread) {
		for range 5 {
			func() {
				defer func() { _ = recover() }()
				t.Sleep(time.Hour)
			}()
		}
		t.Yield()
	}},
}

func TestC5_WithTimeout(t *testing.T) {
	for _, row := range forever {
		t.Run("C5 "+row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				err := run(t, func(t0 *microthread.Thread) error {
					start, cleaned := time.Now(), false
					err := t0.WithTimeout(time.Second, func(t1 *microthread.Thread) error {
						defer func() { t1.Sleep(time.Minute); cleaned = true }()
						row.wait(t1)
						t.Error("got behind the wait")
						return nil
					})
					wantErr(t, "the result", err, reactor.ErrTimeout)
					if took := time.Since(start); took != time.Minute+time.Second || !cleaned {
						t.Errorf("got it after %v, cleaned %v, want a second and the clean-up", took, cleaned)
					}
					t0.Sleep(time.Hour) // it goes on
					if took := time.Since(start); took != time.Hour+time.Minute+time.Second {
						t.Errorf("got %v in all, want an hour more", took)
					}
					return nil
				})
				wantErr(t, "run", err, nil)
			})
		})
	}
}

// TestC5_TimeoutIsRecoveredForEver ends the thread when nothing else helps.
func TestC5_TimeoutIsRecoveredForEver(t *testing.T) {
	bubble(t, func(t *testing.T) {
		wantErr(t, "run", run(t, func(t0 *microthread.Thread) error {
			k := microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) {
				return 0, t1.WithTimeout(time.Second, func(t1 *microthread.Thread) error {
					for {
						func() {
							defer func() { _ = recover() }()
							t1.Sleep(time.Hour)
						}()
					}
				})
			})
			_, err := k.Wait(t0)
			wantErr(t, "the thread's error", err, reactor.ErrTimeout)
			return nil
		}), nil)
	})
}

// TestC5_NestedTimeouts are time limits in others, with each in turn the shorter one.
func TestC5_NestedTimeouts(t *testing.T) {
	inRun(t, []row{
		{"C5 in time", func(t *testing.T, t0 *microthread.Thread) error {
			err := t0.WithTimeout(time.Hour, func(t1 *microthread.Thread) error { t1.Sleep(time.Second); return errBoom })
			wantErr(t, "the result", err, errBoom)
			wantErr(t, "without a limit", t0.WithTimeout(0, func(t1 *microthread.Thread) error { t1.Sleep(time.Second); return nil }), nil)
			t0.Sleep(2 * time.Hour)
			return nil
		}},
		{"C5 the inner one", func(t *testing.T, t0 *microthread.Thread) error {
			start := time.Now()
			err := t0.WithTimeout(time.Hour, func(t1 *microthread.Thread) error {
				err := t1.WithTimeout(time.Second, func(t2 *microthread.Thread) error { t2.Sleep(2 * time.Hour); return nil })
				wantErr(t, "the inner result", err, reactor.ErrTimeout)
				t1.Sleep(time.Second)
				return errBoom
			})
			wantErr(t, "the outer result", err, errBoom)
			if took := time.Since(start); took != 2*time.Second {
				t.Errorf("got it after %v, want 2s", took)
			}
			return nil
		}},
		{"C5 the outer one", func(t *testing.T, t0 *microthread.Thread) error {
			start := time.Now()
			err := t0.WithTimeout(time.Second, func(t1 *microthread.Thread) error {
				_ = t1.WithTimeout(time.Hour, func(t2 *microthread.Thread) error { t2.Sleep(2 * time.Hour); return nil })
				t.Error("got behind the inner one")
				return nil
			})
			wantErr(t, "the result", err, reactor.ErrTimeout)
			if took := time.Since(start); took != time.Second {
				t.Errorf("got it after %v, want a second", took)
			}
			t0.Sleep(3 * time.Hour)
			return nil
		}},
		{"C5 the outer one while the inner one cleans up", func(t *testing.T, t0 *microthread.Thread) error {
			err := t0.WithTimeout(2*time.Second, func(t1 *microthread.Thread) error {
				err := t1.WithTimeout(time.Second, func(t2 *microthread.Thread) error {
					defer t2.Sleep(5 * time.Second)
					t2.Sleep(time.Hour)
					return nil
				})
				wantErr(t, "the inner result", err, reactor.ErrTimeout)
				t1.Sleep(time.Hour)
				t.Error("got behind the outer one")
				return nil
			})
			wantErr(t, "the result", err, reactor.ErrTimeout)
			return nil
		}},
		{"C5 a panic is nobody's time-out", func(t *testing.T, t0 *microthread.Thread) error {
			k := microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) {
				return 0, t1.WithTimeout(time.Second, func(t2 *microthread.Thread) error {
					defer func() { panic(errBoom) }()
					t2.Sleep(time.Hour)
					return nil
				})
			})
			_, err := k.Wait(t0)
			wantErr(t, "the thread's error", err, errBoom)
			return nil
		}},
		{"C5 a limit for the clean-up of a terminated thread", func(t *testing.T, t0 *microthread.Thread) error {
			var got error
			k := microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) {
				defer func() {
					got = t1.WithTimeout(time.Second, func(t2 *microthread.Thread) error { t2.Sleep(time.Hour); return nil })
				}()
				return 0, t1.WithTimeout(time.Minute, func(t2 *microthread.Thread) error {
					defer t2.Sleep(time.Hour) // which that limit does not end
					t2.Sleep(time.Hour)
					return nil
				})
			})
			t0.Yield()
			k.Terminate()
			start := time.Now()
			_, err := k.Wait(t0)
			wantErr(t, "the thread's end", err, microthread.ErrTerminated)
			wantErr(t, "its clean-up", got, reactor.ErrTimeout)
			if took := time.Since(start); took != time.Hour+time.Second {
				t.Errorf("got its end after %v, want an hour and a second", took)
			}
			return nil
		}},
		{"C5 a limit in the clean-up of a panic", func(t *testing.T, t0 *microthread.Thread) error {
			start := time.Now()
			func() {
				defer func() { _ = recover() }()
				defer func() {
					wantErr(t, "the clean-up", t0.WithTimeout(time.Second, func(t1 *microthread.Thread) error {
						t1.Sleep(time.Hour)
						return nil
					}), reactor.ErrTimeout)
				}()
				panic(errBoom)
			}()
			if took := time.Since(start); took != time.Second {
				t.Errorf("got it after %v, want a second", took)
			}
			return nil
		}},
		{"C5 a put that did not take place is not sent", func(t *testing.T, t0 *microthread.Thread) error {
			out := microthread.Generate(t0, func(g *microthread.Thread) error {
				g.Put(value.Int(1))
				_ = g.WithTimeout(time.Second, func(g *microthread.Thread) error { g.Put(value.Int(2)); return nil })
				g.Put(value.Int(3))
				return nil
			}, microthread.Capacity(1))
			t0.Sleep(2 * time.Second)
			got, err := read(out)
			equal(t, "read", got, []int64{1, 3})
			return err
		}},
	})
}

func TestC5_WithContext(t *testing.T) {
	for _, row := range forever {
		t.Run("C5 "+row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(context.Background())
				time.AfterFunc(time.Second, func() { cancel(errBoom) })
				err := run(t, func(t0 *microthread.Thread) error {
					cleaned := false
					k := microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) {
						return 0, t1.WithContext(ctx, func(t1 *microthread.Thread) error {
							defer func() { cleaned = true }()
							row.wait(t1)
							return nil
						})
					})
					start := time.Now()
					_, err := k.Wait(t0)
					wantErr(t, "the thread's error", err, errBoom)
					if took := time.Since(start); took != time.Second || !cleaned {
						t.Errorf("got it after %v, cleaned %v", took, cleaned)
					}
					wantErr(t, "when it is done", t0.WithContext(ctx, func(*microthread.Thread) error {
						t.Error("ran with a context that was done")
						return nil
					}), errBoom)
					return nil
				})
				wantErr(t, "run", err, nil)
			})
		})
	}
}

// TestC5_ContextOfAThread looks at what ends the contexts of threads.
func TestC5_ContextOfAThread(t *testing.T) {
	type key struct{}
	causes := func(ctxs ...context.Context) string {
		text := ""
		for _, c := range ctxs {
			text += fmt.Sprint(context.Cause(c), ";")
		}
		return text
	}
	inRun(t, []row{
		{"C5 the thread's end", func(t *testing.T, t0 *microthread.Thread) error {
			k := microthread.StartInParallel(t0, func(t1 *microthread.Thread) (context.Context, error) { return t1.Context(), nil })
			ctx, err := k.Wait(t0)
			wantErr(t, "the context", ctx.Err(), context.Canceled)
			wantErr(t, "main's", t0.Context().Err(), nil)
			return err
		}},
		{"C5 a termination, before the clean-up", func(t *testing.T, t0 *microthread.Thread) error {
			var outside, inside, after context.Context
			k := microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) {
				outside = t1.Context()
				defer func() {
					_ = t1.WithTimeout(time.Hour, func(t2 *microthread.Thread) error {
						after = t2.Context()
						t2.Sleep(time.Minute)
						return nil
					})
				}()
				return 0, t1.WithTimeout(time.Hour, func(t2 *microthread.Thread) error {
					inside = t2.Context()
					t2.Sleep(time.Hour)
					return nil
				})
			})
			t0.Yield()
			k.Terminate()
			t0.Sleep(1)
			if got := causes(outside, inside, after); got != "terminated;terminated;<nil>;" {
				t.Errorf("got %s, want two that are done by the termination, and not that of the clean-up", got)
			}
			_, _ = k.Wait(t0)
			wantErr(t, "that of the clean-up", after.Err(), context.Canceled)
			return nil
		}},
		{"C5 deadlines and values", func(t *testing.T, t0 *microthread.Thread) error {
			ctx := context.WithValue(context.Background(), key{}, "value")
			var inner context.Context
			_ = t0.WithContext(ctx, func(t1 *microthread.Thread) error {
				return t1.WithTimeout(time.Second, func(t2 *microthread.Thread) error {
					inner = t2.Context()
					deadline, ok := inner.Deadline()
					if inner.Value(key{}) != "value" || !ok || time.Until(deadline) != time.Second {
						t.Errorf("got %v, %v, %v, want the value and a second", inner.Value(key{}), deadline, ok)
					}
					if t2.Context() != inner {
						t.Error("got another context the second time")
					}
					t2.Sleep(time.Hour)
					return nil
				})
			})
			wantErr(t, "the cause", context.Cause(inner), reactor.ErrTimeout)
			return nil
		}},
		{"C5 goroutines may wait for it", func(t *testing.T, t0 *microthread.Thread) error {
			var all sync.WaitGroup
			k := microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) {
				ctx := t1.Context()
				all.Go(func() { <-ctx.Done() })
				t1.Sleep(time.Second)
				return 0, nil
			})
			_, err := k.Wait(t0)
			all.Wait()
			return err
		}},
		{"C5 a library's call ends with the thread", func(t *testing.T, t0 *microthread.Thread) error {
			returned := make(chan error, 1)
			k := microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) {
				ctx := t1.Context()
				_, err := t1.Blocking(func() (any, error) {
					<-ctx.Done()
					returned <- ctx.Err()
					return nil, nil
				})
				return 0, err
			})
			t0.Sleep(time.Second)
			k.Terminate()
			_, err := k.Wait(t0)
			wantErr(t, "the wait", err, microthread.ErrTerminated)
			wantErr(t, "the call", <-returned, context.Canceled)
			return nil
		}},
	})
}

// TestC5_TimeoutAtEverySuspension ends a scope at each suspension of some work and shows that
// what is shared is whole after it.
func TestC5_TimeoutAtEverySuspension(t *testing.T) {
	for k := range 40 {
		bubble(t, func(t *testing.T) {
			err := run(t, func(t0 *microthread.Thread) error {
				c := microthread.NewChan[int](t0, 2)
				s := microthread.NewSemaphore(1)
				var lock microthread.Lock
				received := 0
				microthread.StartAndForget(t0, func(t1 *microthread.Thread) error {
					for i := 1; c.Send(t1, i) == nil; i++ {
						t1.Sleep(time.Millisecond)
					}
					return nil
				})
				err := t0.WithTimeout(time.Duration(k)*250*time.Microsecond+1, func(t1 *microthread.Thread) error {
					for {
						if err := s.Acquire(t1, 1); err != nil {
							return err
						}
						err := lock.Together(t1, func() error {
							defer s.Release(1)
							t1.Sleep(time.Millisecond)
							if v, ok := c.Recv(t1); ok {
								if received++; v != received {
									t.Errorf("k=%d: got %d, want %d", k, v, received)
								}
							}
							return nil
						})
						if err != nil {
							return err
						}
					}
				})
				wantErr(t, "the work", err, reactor.ErrTimeout)
				if !s.TryAcquire(1) || lock.Together(t0, func() error { return nil }) != nil {
					t.Errorf("k=%d: the semaphore or the lock was not given back", k)
				}
				if v, ok := c.Recv(t0); !ok || v != received+1 {
					t.Errorf("k=%d: got %d, %v, want %d", k, v, ok, received+1)
				}
				c.Close()
				return nil
			})
			wantErr(t, "run", err, nil)
		})
	}
}
