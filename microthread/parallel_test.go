package microthread_test

import (
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/reactor"
)

func TestC1_WaitReturnsTheValue(t *testing.T) {
	bubble(t, func(t *testing.T) {
		err := run(t, func(t0 *microthread.Thread) error {
			start := time.Now()
			slow := microthread.StartInParallel(t0, func(c *microthread.Thread) (string, error) {
				c.Sleep(time.Second)
				return "slow", nil
			})
			quick := microthread.StartInParallel(t0, func(*microthread.Thread) (string, error) { return "quick", nil })
			a, errA := slow.Wait(t0)
			took := time.Since(start)
			b, errB := quick.Wait(t0)
			if a != "slow" || b != "quick" || took != time.Second {
				t.Errorf("got %q after %v and %q, want slow after 1s and quick", a, took, b)
			}
			return errors.Join(errA, errB)
		})
		wantErr(t, "run", err, nil)
	})
}

func TestC2_ErrorIsRaisedInTheWaiter(t *testing.T) {
	for _, row := range []struct {
		name, text string
		value      int
		fn         func(*microthread.Thread) (int, error)
	}{
		{"C2 error", "boom", 7, func(*microthread.Thread) (int, error) { return 7, errBoom }},
		{"C2 panic", "panic: boom", 0, func(*microthread.Thread) (int, error) { panic(errBoom) }},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := run(t, func(t0 *microthread.Thread) error {
				line := here()
				named := microthread.StartInParallel(t0, row.fn, microthread.Named("child"))
				plain := microthread.StartInParallel(t0, row.fn)
				v, err := named.Wait(t0)
				if v != row.value {
					t.Errorf("got value %d, want %d", v, row.value)
				}
				checkOrigin(t, err, "child", fmt.Sprint("parallel_test.go:", line+1), row.text)
				_, err = plain.Wait(t0)
				checkOrigin(t, err, "thread at ", fmt.Sprint("parallel_test.go:", line+2), row.text)
				return nil
			})
			wantErr(t, "run", err, nil)
		})
	}
}

// here returns the number of the caller's line.
func here() int {
	_, _, line, _ := runtime.Caller(1)
	return line
}

// checkOrigin checks what an error says about the thread that it arose in.
func checkOrigin(t *testing.T, err error, name, site, text string) {
	t.Helper()
	var e *microthread.Error
	if !errors.As(err, &e) || !errors.Is(err, errBoom) {
		t.Errorf("got %v, want an Error with boom", err)
		return
	}
	contains(t, "the thread's name", e.Thread, name)
	contains(t, "the creation site", e.Site, site)
	if e.Error() != text {
		t.Errorf("got text %q, want %q", e, text)
	}
}

func TestC3_Zombie(t *testing.T) {
	err := run(t, func(t0 *microthread.Thread) error {
		k := microthread.StartInParallel(t0, func(*microthread.Thread) (int, error) { return 1, nil })
		states := []bool{k.Zombie()}
		t0.Yield()
		t0.Yield()
		states = append(states, k.Zombie())
		_, err := k.Wait(t0)
		equal(t, "zombie at the start, at its end, after the wait", append(states, k.Zombie()), []bool{false, true, false})
		return err
	})
	wantErr(t, "run", err, nil)
}

func TestC5_Wait(t *testing.T) {
	inRun(t, []row{
		{"C5 second wait", func(t *testing.T, t0 *microthread.Thread) error {
			good := microthread.StartInParallel(t0, func(*microthread.Thread) (int, error) { return 5, nil })
			bad := microthread.StartInParallel(t0, func(*microthread.Thread) (int, error) { return 0, errBoom })
			for range 2 {
				v, err := good.Wait(t0)
				if v != 5 || err != nil {
					t.Errorf("got %d, %v, want 5", v, err)
				}
				_, err = bad.Wait(t0)
				wantErr(t, "the wait", err, errBoom)
			}
			return nil
		}},
		{"C5 anyone may wait", func(t *testing.T, t0 *microthread.Thread) error {
			k := microthread.StartInParallel(t0, func(c *microthread.Thread) (int, error) { c.Sleep(1); return 5, nil })
			var waiters []*microthread.Task[int]
			for range 3 {
				waiters = append(waiters, microthread.StartInParallel(t0, k.Wait))
			}
			for _, w := range waiters {
				if v, err := w.Wait(t0); v != 5 || err != nil {
					t.Errorf("got %d, %v, want 5", v, err)
				}
			}
			return nil
		}},
	})
}

func TestC5_WaitEnds(t *testing.T) {
	inRun(t, []row{
		{"C5 for oneself", func(t *testing.T, t0 *microthread.Thread) error {
			start := time.Now()
			wantErr(t, "the wait", t0.Wait(t0, 0), microthread.ErrWaitSelf)
			var k *microthread.Task[int]
			k = microthread.StartInParallel(t0, func(c *microthread.Thread) (int, error) { return k.Wait(c) })
			_, err := k.Wait(t0)
			wantErr(t, "the child's wait", err, microthread.ErrWaitSelf)
			if took := time.Since(start); took != 0 {
				t.Errorf("got the error after %v, want it at once", took)
			}
			return nil
		}},
		{"C5 time limit", func(t *testing.T, t0 *microthread.Thread) error {
			k := microthread.StartInParallel(t0, func(c *microthread.Thread) (int, error) {
				c.Sleep(3 * time.Second)
				return 5, nil
			})
			start := time.Now()
			_, err := k.WaitFor(t0, time.Second)
			wantErr(t, "the wait", err, reactor.ErrTimeout)
			_, err = k.WaitFor(t0, time.Second)
			wantErr(t, "the second wait", err, reactor.ErrTimeout)
			v, err := k.WaitFor(t0, time.Hour)
			if took := time.Since(start); v != 5 || err != nil || took != 3*time.Second {
				t.Errorf("got %d, %v after %v, want 5 after 3s", v, err, took)
			}
			return nil
		}},
		{"C5 of a forgotten thread", func(t *testing.T, t0 *microthread.Thread) error {
			c := microthread.StartAndForget(t0, func(c *microthread.Thread) error { c.Sleep(1); return nil })
			return c.Wait(t0, 0)
		}},
	})
}

func TestC5_FailedZombieIsReported(t *testing.T) {
	fail := func(after time.Duration) func(*microthread.Thread) (int, error) {
		return func(c *microthread.Thread) (int, error) { c.Sleep(after); return 0, errBoom }
	}
	rows := []struct {
		name string
		main func(*microthread.Thread) error
		want error // that Run returns
	}{
		{"C5 ended before its parent", func(t0 *microthread.Thread) error {
			microthread.StartInParallel(t0, fail(1))
			t0.Sleep(time.Second)
			return nil
		}, nil},
		{"C5 ended behind its parent", func(t0 *microthread.Thread) error {
			microthread.StartInParallel(t0, fail(time.Second))
			return nil
		}, nil},
		{"C5 waited for too briefly", func(t0 *microthread.Thread) error {
			_, err := microthread.StartInParallel(t0, fail(time.Minute)).WaitFor(t0, time.Second)
			if !errors.Is(err, reactor.ErrTimeout) {
				return fmt.Errorf("got %w, want a time-out", err)
			}
			return nil
		}, nil},
		{"C5 the parent failed too", func(t0 *microthread.Thread) error {
			microthread.StartInParallel(t0, fail(1))
			t0.Sleep(time.Second)
			return errOther
		}, errOther},
		{"C5 of a child", func(t0 *microthread.Thread) error {
			microthread.StartAndForget(t0, func(c *microthread.Thread) error {
				microthread.StartInParallel(c, fail(1))
				c.Sleep(time.Second)
				return nil
			})
			t0.Sleep(time.Minute)
			return nil
		}, nil},
		{"C5 its waiter was terminated with the result on its way", func(t0 *microthread.Thread) error {
			k := microthread.StartInParallel(t0, func(c *microthread.Thread) (int, error) { return 0, errBoom })
			microthread.StartAndForget(t0, func(c *microthread.Thread) error {
				c.Program().Abort(time.Second) // k has woken main, whose turn comes next
				return nil
			})
			_, err := k.Wait(t0)
			return err
		}, microthread.ErrTerminated},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var got []error
				err := run(t, row.main, heard(&got))
				wantErr(t, "run", err, row.want)
				if len(got) != 1 || !errors.Is(got[0], errBoom) {
					t.Errorf("the handler got %v, want boom once", got)
				}
			})
		})
	}
}

// TestA4_TenThousandInParallel is a large fan-out without descriptors: all are under way at
// the same time.
func TestA4_TenThousandInParallel(t *testing.T) {
	const n = 10_000
	bubble(t, func(t *testing.T) {
		err := run(t, func(t0 *microthread.Thread) error {
			start := time.Now()
			tasks := make([]*microthread.Task[int], n)
			for i := range tasks {
				tasks[i] = microthread.StartInParallel(t0, func(c *microthread.Thread) (int, error) {
					c.Sleep(time.Second)
					return i, nil
				})
			}
			for i, k := range tasks {
				if v, err := k.Wait(t0); v != i || err != nil {
					return fmt.Errorf("got %d, %w of task %d", v, err, i)
				}
			}
			if took := time.Since(start); took != time.Second {
				t.Errorf("got %v for all, want the 1s of one", took)
			}
			return nil
		})
		wantErr(t, "run", err, nil)
	})
}
