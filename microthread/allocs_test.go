package microthread_test

import (
	"runtime"
	"testing"

	"mtpipe/microthread"
)

// TestA9_WaitingAllocatesNothing has two threads wait for each other again and again, in all that
// threads of one program wait in for one another: what they wait in is used again.
func TestA9_WaitingAllocatesNothing(t *testing.T) {
	const rounds, most = 2000, 200 // the rest is what the runtime itself may do meanwhile
	for _, row := range []struct {
		name string
		turn func(t0 *microthread.Thread) func(*microthread.Thread)
	}{
		{"semaphore", func(*microthread.Thread) func(*microthread.Thread) {
			s := microthread.NewSemaphore(1)
			return func(c *microthread.Thread) { _ = s.Acquire(c, 1); c.Yield(); s.Release(1) }
		}},
		{"lock", func(*microthread.Thread) func(*microthread.Thread) {
			var l microthread.Lock
			yield := func(c *microthread.Thread) func() error { return func() error { c.Yield(); return nil } }
			yields := map[*microthread.Thread]func() error{}
			return func(c *microthread.Thread) {
				if yields[c] == nil {
					yields[c] = yield(c)
				}
				_ = l.Together(c, yields[c])
			}
		}},
		{"condition", func(*microthread.Thread) func(*microthread.Thread) {
			var cond microthread.Cond
			return func(c *microthread.Thread) { cond.Signal(); c.Yield(); cond.WaitFor(c, "waiting", 1) }
		}},
		{"channel", func(t0 *microthread.Thread) func(*microthread.Thread) {
			ch := microthread.NewChan[int](t0, 1)
			sends := 0
			return func(c *microthread.Thread) {
				if sends++; sends%2 == 0 {
					_ = ch.Send(c, 1)
				} else {
					_, _ = ch.Recv(c)
				}
			}
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var before, after runtime.MemStats
			err := run(t, func(t0 *microthread.Thread) error {
				turn := row.turn(t0)
				g := microthread.NewGroup(t0)
				all := func(n int) error {
					for range 2 {
						g.Go(func(c *microthread.Thread) error {
							for range n {
								turn(c)
							}
							return nil
						})
					}
					return g.Wait()
				}
				if err := all(100); err != nil {
					return err
				}
				g = microthread.NewGroup(t0)
				runtime.ReadMemStats(&before)
				err := all(rounds)
				runtime.ReadMemStats(&after)
				return err
			})
			wantErr(t, "run", err, nil)
			if n := after.Mallocs - before.Mallocs; n > most {
				t.Errorf("got %d allocations in %d rounds, want at most %d", n, rounds, most)
			}
		})
	}
}
