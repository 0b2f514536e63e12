package microthread_test

import (
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/value"
)

// TestK4_SuddenlyLong has rows that take long behind many that did not: the timer beside them
// waits for no more of them than two batches hold.
func TestK4_SuddenlyLong(t *testing.T) {
	const short, long, most = 300_000, 4000, 2100
	for _, row := range []struct {
		name string
		work func(t *microthread.Thread, row func())
	}{
		{"K4 reads by the value", func(t *microthread.Thread, row func()) {
			out := microthread.Generate(t, microthread.Bind(count, short+long))
			for range out.All() {
				row()
			}
		}},
		{"K4 reads by the batch", func(t *microthread.Thread, row func()) {
			out := microthread.Generate(t, microthread.Bind(count, short+long))
			for b := range out.Batches() {
				for range b.All() {
					row()
				}
			}
		}},
		{"K4 puts", func(t *microthread.Thread, row func()) {
			out := microthread.Generate(t, func(g *microthread.Thread) error {
				for range short + long {
					g.Put(value.Null)
					row()
				}
				return nil
			})
			for range out.Batches() {
			}
		}},
		{"K4 puts what no thread reads", func(t *microthread.Thread, row func()) {
			p := pipe.New(t.Program().Reactor(), "p", pipe.DefaultCapacity)
			p.SetSink(func(*value.Batch) bool { return true }, func(error) {})
			w := t.Program().Start(microthread.Spec{Name: "w", Stdout: []*pipe.Pipe{p}, Run: func(w *microthread.Thread) error {
				for range short + long {
					w.Put(value.Null)
					row()
				}
				return nil
			}})
			_ = w.Wait(t, 0)
		}},
		{"K4 puts batches", func(t *microthread.Thread, row func()) {
			out := microthread.Generate(t, func(g *microthread.Thread) error {
				for range (short + long) / 1000 {
					for range 1000 {
						row()
					}
					g.PutBatch(values(1000))
				}
				return nil
			})
			for range out.Batches() {
			}
		}},
		{"K4 reads a large text", func(t *microthread.Thread, row func()) {
			out := microthread.Generate(t, func(g *microthread.Thread) error {
				g.PutBatch(text(short + long))
				return nil
			})
			for range out.All() {
				row()
			}
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				err := run(t, func(t0 *microthread.Thread) error {
					done := false
					for range 2 { // short turns
						microthread.StartAndForget(t0, func(c *microthread.Thread) error {
							for !done {
								c.Yield()
							}
							return nil
						})
					}
					n := 0
					busy := microthread.StartInParallel(t0, func(c *microthread.Thread) (struct{}, error) {
						row.work(c, func() {
							if n++; n > short {
								computes(time.Millisecond)
							}
						})
						return struct{}{}, nil
					})
					var worst time.Duration
					for !busy.Finished() {
						if n >= short-2000 {
							done = true // nobody else reads the clock
						}
						at := time.Now()
						t0.Sleep(time.Millisecond)
						worst = max(worst, time.Since(at)-time.Millisecond)
					}
					done = true
					if n != short+long || worst > most*time.Millisecond {
						t.Errorf("got a timer %v late beside %d rows, want at most %d ms beside %d", worst, n, most, short+long)
					}
					return nil
				})
				wantErr(t, "run", err, nil)
			})
		})
	}
}
