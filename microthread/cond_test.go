package microthread_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"mtpipe/microthread"
)

// TestE9_WaitThatTimedOut shows that a thread whose wait has ended is in the list no more,
// wherever it was there: nothing wakes it in its next sleep.
func TestE9_WaitThatTimedOut(t *testing.T) {
	for late := range 4 {
		t.Run(fmt.Sprintf("E9 waiter %d of 4", late), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var woken []int
				err := run(t, func(t0 *microthread.Thread) error {
					var c microthread.Cond
					g := microthread.NewGroup(t0)
					start := time.Now()
					for i := range 4 {
						g.Go(func(c1 *microthread.Thread) error {
							limit := time.Hour
							if i == late {
								limit = time.Second
							}
							if c.WaitFor(c1, "waiting", limit) {
								woken = append(woken, i)
								return nil
							}
							c1.Sleep(time.Minute)
							if took := time.Since(start); took != time.Minute+time.Second {
								t.Errorf("got %v of sleep after a wait of a second, want a minute", took-time.Second)
							}
							return nil
						})
					}
					t0.Sleep(2 * time.Second)
					c.Broadcast()
					return g.Wait()
				})
				wantErr(t, "run", err, nil)
				want := slices.DeleteFunc([]int{0, 1, 2, 3}, func(i int) bool { return i == late })
				equal(t, "woken", woken, want)
			})
		})
	}
}

// TestA9_LongestWaitingFirst has five threads wait for a lock, and for a condition.
func TestA9_LongestWaitingFirst(t *testing.T) {
	for _, row := range []struct {
		name string
		main func(t0 *microthread.Thread, g *microthread.Group, note func(int))
	}{
		{"A9 lock", func(t0 *microthread.Thread, g *microthread.Group, note func(int)) {
			var lock microthread.Lock
			_ = lock.Together(t0, func() error {
				for i := range 5 {
					g.Go(func(c *microthread.Thread) error {
						return lock.Together(c, func() error { note(i); return nil })
					})
				}
				t0.Yield()
				return nil
			})
		}},
		{"A9 signal", func(t0 *microthread.Thread, g *microthread.Group, note func(int)) {
			var c microthread.Cond
			for i := range 5 {
				g.Go(func(t1 *microthread.Thread) error { c.Wait(t1, "waiting"); note(i); return nil })
			}
			for range 5 {
				t0.Yield()
				c.Signal()
			}
		}},
		{"A9 broadcast", func(t0 *microthread.Thread, g *microthread.Group, note func(int)) {
			var c microthread.Cond
			for i := range 5 {
				g.Go(func(t1 *microthread.Thread) error { c.Wait(t1, "waiting"); note(i); return nil })
			}
			t0.Yield()
			c.Broadcast()
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var got []int
			err := run(t, func(t0 *microthread.Thread) error {
				g := microthread.NewGroup(t0)
				row.main(t0, g, func(i int) { got = append(got, i) })
				return g.Wait()
			})
			wantErr(t, "run", err, nil)
			equal(t, "the order", got, []int{0, 1, 2, 3, 4})
		})
	}
}

// TestA9_SignalIsNotLost terminates the thread that a signal has woken, before its turn.
func TestA9_SignalIsNotLost(t *testing.T) {
	var got []string
	err := run(t, func(t0 *microthread.Thread) error {
		var c microthread.Cond
		wait := func(name string) *microthread.Task[int] {
			return microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) {
				c.Wait(t1, "waiting for the signal")
				got = append(got, name)
				return 0, nil
			}, microthread.Named(name))
		}
		first, second, third := wait("first"), wait("second"), wait("third")
		t0.Yield()
		c.Signal()
		first.Terminate()
		_, err := second.Wait(t0)
		wantErr(t, "the second", err, nil)
		t0.Yield()
		equal(t, "woken by one signal", got, []string{"second"})
		c.Signal()
		_, err = third.Wait(t0)
		return err
	})
	wantErr(t, "run", err, nil)
	equal(t, "woken", got, []string{"second", "third"})
}

// TestA12_NestedCritical shows that the end of an inner critical section does not end the
// outer one.
func TestA12_NestedCritical(t *testing.T) {
	err := run(t, func(t0 *microthread.Thread) error {
		t0.Critical(func() {
			t0.Critical(func() {})
			t0.Yield()
			t.Error("got behind a suspension in the outer section")
		})
		return nil
	})
	wantErr(t, "the thread's error", err, microthread.ErrCritical)
}

// TestE9_CondAgainstAModel waits, signals, broadcasts and terminates at random, and compares
// who is woken, and in which order, with a list.
func TestE9_CondAgainstAModel(t *testing.T) {
	for s := uint64(1); s <= 200; s++ {
		if *seed != 0 {
			s = *seed
		}
		r := rand.New(rand.NewPCG(s, 7))
		var got, want []string
		err := run(t, func(t0 *microthread.Thread) error {
			var c microthread.Cond
			var threads []*microthread.Task[int]
			var waiting []int
			for range 60 {
				switch k := r.IntN(10); {
				case k < 5:
					i := len(threads)
					waiting = append(waiting, i)
					threads = append(threads, microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) {
						c.Wait(t1, "waiting")
						got = append(got, fmt.Sprint(i))
						return 0, nil
					}))
				case k < 7 && len(waiting) > 0:
					c.Signal()
					want = append(want, fmt.Sprint(waiting[0]))
					waiting = waiting[1:]
				case k == 7 && r.IntN(3) == 0:
					c.Broadcast()
					for _, i := range waiting {
						want = append(want, fmt.Sprint(i))
					}
					waiting = nil
				case len(waiting) > 0:
					i := r.IntN(len(waiting))
					threads[waiting[i]].Terminate()
					waiting = slices.Delete(waiting, i, i+1)
				}
				t0.Yield()
			}
			c.Broadcast()
			for _, i := range waiting {
				want = append(want, fmt.Sprint(i))
			}
			return nil
		})
		wantErr(t, "run", err, nil)
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Fatalf("seed %d: got %v, want %v", s, got, want)
		}
		if *seed != 0 {
			return
		}
	}
}

// TestE9_WaitThatWasTerminated shows the same of threads whose wait for another, or for a lock,
// was ended by a termination: nothing wakes them in their clean-up.
func TestE9_WaitThatWasTerminated(t *testing.T) {
	var lock microthread.Lock
	for _, row := range []struct {
		name string
		wait func(t, holder *microthread.Thread)
	}{
		{"E9 the end of a thread", func(t, holder *microthread.Thread) { _ = holder.Wait(t, 0) }},
		{"E9 a lock", func(t, _ *microthread.Thread) { _ = lock.Together(t, func() error { return nil }) }},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				cleaned := 0
				err := run(t, func(t0 *microthread.Thread) error {
					holder := microthread.StartInParallel(t0, func(c *microthread.Thread) (int, error) {
						return 0, lock.Together(c, func() error { c.Sleep(time.Second); return nil })
					})
					var waiting []*microthread.Task[int]
					for range 3 {
						waiting = append(waiting, microthread.StartInParallel(t0, func(c *microthread.Thread) (int, error) {
							defer func() {
								start := time.Now()
								if c.Sleep(time.Minute); time.Since(start) != time.Minute {
									t.Errorf("got %v of clean-up, want a minute", time.Since(start))
								}
								cleaned++
							}()
							row.wait(c, &holder.Thread)
							return 0, nil
						}))
					}
					t0.Yield()
					waiting[2].Terminate()
					waiting[1].Terminate()
					_, err := waiting[0].Wait(t0)
					return err
				})
				wantErr(t, "run", err, nil)
				if cleaned != 3 {
					t.Errorf("got %d clean-ups, want 3", cleaned)
				}
			})
		})
	}
}
