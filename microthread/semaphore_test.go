package microthread_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/reactor"
)

func TestA9_Semaphore(t *testing.T) {
	inRun(t, []row{
		{"A9 as many as there are", func(t *testing.T, t0 *microthread.Thread) error {
			s := microthread.NewSemaphore(3)
			g := microthread.NewGroup(t0)
			running, most := 0, 0
			start := time.Now()
			for range 10 {
				g.Go(func(t1 *microthread.Thread) error {
					if err := s.Acquire(t1, 1); err != nil {
						return err
					}
					defer s.Release(1)
					running++
					most = max(most, running)
					t1.Sleep(time.Second)
					running--
					return nil
				})
			}
			err := g.Wait()
			if took := time.Since(start); most != 3 || took != 4*time.Second {
				t.Errorf("got %d at a time and %v, want 3 and 4s", most, took)
			}
			return err
		}},
		{"A9 a large part is not passed over", func(t *testing.T, t0 *microthread.Thread) error {
			s := microthread.NewSemaphore(4)
			_ = s.Acquire(t0, 3)
			var got []int
			g := microthread.NewGroup(t0)
			for _, n := range []int{3, 1, 2} {
				g.Go(func(t1 *microthread.Thread) error {
					_ = s.Acquire(t1, n)
					got = append(got, n)
					s.Release(n)
					return nil
				})
			}
			t0.Sleep(1)
			if s.TryAcquire(1) || len(got) > 0 {
				t.Errorf("got %v past the one that waits for 3", got)
			}
			s.Release(3)
			err := g.Wait()
			equal(t, "served", got, []int{3, 1, 2})
			return err
		}},
		{"A9 time limit", func(t *testing.T, t0 *microthread.Thread) error {
			s := microthread.NewSemaphore(2)
			_ = s.Acquire(t0, 1)
			g := microthread.NewGroup(t0)
			g.Go(func(t1 *microthread.Thread) error {
				wantErr(t, "too long", s.AcquireFor(t1, 2, time.Second), reactor.ErrTimeout)
				return nil
			})
			g.Go(func(t1 *microthread.Thread) error {
				start := time.Now()
				err := s.Acquire(t1, 1) // when the one before has given up
				if took := time.Since(start); took != time.Second {
					t.Errorf("got it after %v, want a second", took)
				}
				s.Release(1)
				return err
			})
			err := g.Wait()
			s.Release(1)
			if !s.TryAcquire(2) {
				t.Error("something was not given back")
			}
			return err
		}},
		{"A9 terminated before its turn", func(t *testing.T, t0 *microthread.Thread) error {
			s := microthread.NewSemaphore(1)
			_ = s.Acquire(t0, 1)
			k := microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) { return 0, s.Acquire(t1, 1) })
			t0.Yield()
			s.Release(1)
			k.Terminate()
			t0.Yield()
			if !s.TryAcquire(1) {
				t.Error("what was given to a terminated thread is lost")
			}
			return nil
		}},
		{"A9 never so much", func(t *testing.T, t0 *microthread.Thread) error {
			err := microthread.NewSemaphore(2).Acquire(t0, 3)
			if err == nil || err.Error() != "a semaphore of 2 never has 3" {
				t.Errorf("got %v", err)
			}
			defer func() {
				if recover() == nil {
					t.Error("more was given back than there is")
				}
			}()
			microthread.NewSemaphore(2).Release(1)
			return nil
		}},
	})
}

func TestE11_SemaphoreAndSelfWaits(t *testing.T) {
	err := run(t, func(t0 *microthread.Thread) error {
		s := microthread.NewSemaphore(2)
		_ = s.Acquire(t0, 1)
		return s.Acquire(t0, 2)
	})
	var dead *reactor.DeadlockError
	if !errors.As(err, &dead) || !strings.Contains(err.Error(), "main is waiting for a semaphore of 2, of which 1 is free") {
		t.Errorf("got %v, want a deadlock that says what is free", err)
	}
}

// TestC7_GroupLimit bounds how many threads of a group are under way.
func TestC7_GroupLimit(t *testing.T) {
	inRun(t, []row{
		{"C7 go waits for room", func(t *testing.T, t0 *microthread.Thread) error {
			g := microthread.NewGroup(t0)
			g.SetLimit(2)
			running, most := 0, 0
			start := time.Now()
			for range 6 {
				g.Go(func(t1 *microthread.Thread) error {
					running++
					most = max(most, running)
					t1.Sleep(time.Second)
					running--
					return nil
				})
			}
			if took := time.Since(start); took != 2*time.Second {
				t.Errorf("got six started after %v, want 2s", took)
			}
			err := g.Wait()
			if most != 2 {
				t.Errorf("got %d at a time, want 2", most)
			}
			return err
		}},
		{"C7 an error makes room", func(t *testing.T, t0 *microthread.Thread) error {
			g := microthread.NewGroup(t0)
			g.SetLimit(1)
			g.Go(func(t1 *microthread.Thread) error { t1.Sleep(time.Second); return errBoom })
			g.Go(func(t1 *microthread.Thread) error { t.Error("began after an error"); return nil })
			wantErr(t, "the group", g.Wait(), errBoom)
			return nil
		}},
	})
}

// after returns a task that ends with v and err when some time has passed.
func after(t0 *microthread.Thread, d time.Duration, v int, err error) *microthread.Task[int] {
	return microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) { t1.Sleep(d); return v, err })
}

func TestC5_FirstAnyAll(t *testing.T) {
	inRun(t, []row{
		{"C5 first", func(t *testing.T, t0 *microthread.Thread) error {
			slow, quick := after(t0, 3*time.Second, 3, nil), after(t0, time.Second, 1, nil)
			v, i, err := microthread.First(t0, slow, quick)
			w, j, err2 := microthread.First(t0, slow)
			if got := fmt.Sprint(v, i, err, w, j, err2); got != "1 1 <nil> 3 0 <nil>" {
				t.Errorf("got %s, want 1 at 1, then 3 at 0", got)
			}
			return nil
		}},
		{"C5 the first is an error, with a value", func(t *testing.T, t0 *microthread.Thread) error {
			v, i, err := microthread.First(t0, after(t0, time.Second, 7, errBoom), after(t0, time.Hour, 1, nil))
			wantErr(t, "first", err, errBoom)
			if v != 7 || i != 0 {
				t.Errorf("got %d at %d, want 7 at 0", v, i)
			}
			return nil
		}},
		{"C5 any", func(t *testing.T, t0 *microthread.Thread) error {
			v, i, err := microthread.Any(t0, after(t0, time.Second, 0, errBoom), after(t0, time.Hour, 5, nil), after(t0, time.Minute, 6, nil))
			if v != 6 || i != 2 || err != nil {
				t.Errorf("got %d at %d, %v, want 6 at 2", v, i, err)
			}
			return nil
		}},
		{"C5 any of errors", func(t *testing.T, t0 *microthread.Thread) error {
			other := errors.New("bang")
			_, i, err := microthread.Any(t0, after(t0, 2*time.Second, 0, errBoom), after(t0, time.Second, 0, other))
			wantErr(t, "any", err, errBoom)
			wantErr(t, "any", err, other)
			if text := err.Error(); i != -1 || strings.Index(text, "boom") > strings.Index(text, "bang") {
				t.Errorf("got %d, %s, want them in the order of the tasks", i, text)
			}
			return nil
		}},
		{"C5 all", func(t *testing.T, t0 *microthread.Thread) error {
			start := time.Now()
			got, err := microthread.All(t0, after(t0, 2*time.Second, 1, nil), after(t0, 0, 2, nil), after(t0, time.Second, 3, nil))
			equal(t, "values", got, []int{1, 2, 3})
			if took := time.Since(start); took != 2*time.Second {
				t.Errorf("got them after %v, want 2s", took)
			}
			return err
		}},
		{"C5 all but one", func(t *testing.T, t0 *microthread.Thread) error {
			start := time.Now()
			_, err := microthread.All(t0, after(t0, time.Hour, 1, nil), after(t0, time.Second, 2, errBoom))
			wantErr(t, "all", err, errBoom)
			if took := time.Since(start); took != time.Second {
				t.Errorf("got the error after %v, want a second", took)
			}
			return nil
		}},
		{"C5 none, and oneself", func(t *testing.T, t0 *microthread.Thread) error {
			_, _, err := microthread.First[int](t0)
			wantErr(t, "first of none", err, reactor.ErrNoDeferreds)
			_, _, err = microthread.Any[int](t0)
			wantErr(t, "any of none", err, reactor.ErrNoDeferreds)
			all, err := microthread.All[int](t0)
			if len(all) != 0 || err != nil {
				t.Errorf("all of none: got %v, %v, want nothing", all, err)
			}
			var k *microthread.Task[int]
			k = microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) {
				_, _, err := microthread.First(t1, k)
				return 0, err
			})
			_, err = k.Wait(t0)
			wantErr(t, "first of oneself", err, microthread.ErrWaitSelf)
			return nil
		}},
	})
}

// TestC5_OthersOfFirst shows that an error of those that First left is not lost, and that the
// wait for them left nothing behind.
func TestC5_OthersOfFirst(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var handled []error
		err := run(t, func(t0 *microthread.Thread) error {
			late := after(t0, 2*time.Second, 0, errBoom)
			_, _, err := microthread.First(t0, after(t0, time.Second, 1, nil), late)
			start := time.Now()
			if t0.Sleep(time.Minute); time.Since(start) != time.Minute {
				t.Errorf("got %v of sleep, want a minute", time.Since(start))
			}
			if !late.Zombie() {
				t.Error("got an end that counts as waited for")
			}
			return err
		}, heard(&handled))
		wantErr(t, "run", err, nil)
		if len(handled) != 1 || !errors.Is(handled[0], errBoom) {
			t.Errorf("got %v handled, want boom", handled)
		}
	})
}

// TestK4_WhatIsFreeGivesTurns has a thread that uses what is free, again and again, and never
// needs to wait.
func TestK4_WhatIsFreeGivesTurns(t *testing.T) {
	for _, row := range []struct {
		name string
		use  func(t1 *microthread.Thread, s *microthread.Semaphore, l *microthread.Lock)
	}{
		{"K4 semaphore", func(t1 *microthread.Thread, s *microthread.Semaphore, _ *microthread.Lock) {
			_ = s.Acquire(t1, 1)
			s.Release(1)
		}},
		{"K4 semaphore that is not waited for", func(t1 *microthread.Thread, s *microthread.Semaphore, _ *microthread.Lock) {
			_ = s.AcquireFor(t1, 1, -1)
			s.Release(1)
		}},
		{"K4 nothing of a semaphore", func(t1 *microthread.Thread, s *microthread.Semaphore, _ *microthread.Lock) {
			_ = s.Acquire(t1, 0)
		}},
		{"K4 lock", func(t1 *microthread.Thread, _ *microthread.Semaphore, l *microthread.Lock) {
			_ = l.Together(t1, func() error { return nil })
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			wantErr(t, "run", run(t, func(t0 *microthread.Thread) error {
				t0.Program().Reactor().System().SetSlice(0)
				s, l, ran := microthread.NewSemaphore(1), &microthread.Lock{}, false
				microthread.StartAndForget(t0, func(t1 *microthread.Thread) error {
					ran = l.Together(t1, func() error { return s.Acquire(t1, 1) }) == nil
					s.Release(1)
					return nil
				})
				for tries := 0; !ran; tries++ {
					if row.use(t0, s, l); tries == 1_000_000 {
						t.Fatal("the other thread has no turn")
					}
				}
				return nil
			}), nil)
		})
	}
}
