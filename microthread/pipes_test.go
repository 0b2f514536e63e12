package microthread_test

import (
	"errors"
	"io"
	"iter"
	"slices"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/value"
)

// inRun runs rows, each as the main thread of a program in virtual time.
func inRun(t *testing.T, rows []row) {
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				wantErr(t, "run", run(t, func(t0 *microthread.Thread) error { return r.main(t, t0) }), nil)
			})
		})
	}
}

type row struct {
	name string
	main func(t *testing.T, t0 *microthread.Thread) error
}

// reads is what the receiving side of anything is: an iterator.
func reads(seq iter.Seq2[value.Value, error]) (got []int64) {
	for v, err := range seq {
		if err == nil {
			got = append(got, v.AsInt())
		}
	}
	return got
}

func TestE1E2_ReadAndPut(t *testing.T) {
	inRun(t, []row{
		{"E1 iterator", func(t *testing.T, t0 *microthread.Thread) error {
			equal(t, "values", reads(microthread.Generate(t0, microthread.Bind(count, 3)).All()), []int64{0, 1, 2})
			return nil
		}},
		{"E1 next and range mixed", func(t *testing.T, t0 *microthread.Thread) error {
			out := microthread.Generate(t0, microthread.Bind(count, 20), microthread.Capacity(8))
			var got []int64
			for range 5 {
				v, err := out.Next()
				if err != nil {
					return err
				}
				got = append(got, v.AsInt())
			}
			b, err := out.NextBatch()
			if err != nil {
				return err
			}
			for _, v := range b.Values() {
				got = append(got, v.AsInt())
			}
			got = append(got, reads(out.All())...)
			if len(got) != 20 || !slices.IsSorted(got) {
				t.Errorf("got %v, want 0 to 19", got)
			}
			return nil
		}},
		{"E2 put", func(t *testing.T, t0 *microthread.Thread) error {
			out := microthread.Generate(t0, func(g *microthread.Thread) error {
				g.Put(value.Int(1))
				g.Put(value.Null)
				return g.TryPut(value.String("s"))
			})
			var got []string
			for v, err := range out.All() {
				if err != nil {
					return err
				}
				got = append(got, v.Kind().String())
			}
			equal(t, "kinds", got, []string{"int", "null", "string"})
			return nil
		}},
	})
}

func TestE3E4_TakeFromAndClose(t *testing.T) {
	inRun(t, []row{
		{"E3 take from pipes and iterators", func(t *testing.T, t0 *microthread.Thread) error {
			out := microthread.Generate(t0, func(g *microthread.Thread) error {
				g.TakeFrom(slices.Values([]value.Value{value.Int(10)}))
				err := g.TakeFromPipe(microthread.Generate(g, microthread.Bind(count, 3)))
				g.TakeFrom(func(yield func(value.Value) bool) { yield(value.Int(11)) })
				return errors.Join(err, g.TakeFromPipe(microthread.Generate(g, func(*microthread.Thread) error { return errBoom })))
			})
			got, err := read(out)
			equal(t, "values", got, []int64{10, 0, 1, 2, 11})
			wantErr(t, "the last pipe's error", err, errBoom)
			return nil
		}},
		{"E4 close ends the iteration", func(t *testing.T, t0 *microthread.Thread) error {
			late := false
			out := microthread.Generate(t0, func(g *microthread.Thread) error {
				g.Put(value.Int(1))
				g.Stdout().Close()
				g.Sleep(time.Hour)
				late = true
				return nil
			})
			got, err := read(out)
			equal(t, "values", got, []int64{1})
			if late {
				t.Error("got the end with the thread's, want it with close")
			}
			return err
		}},
	})
}

func TestE4_PutBehindOnesOwnClose(t *testing.T) {
	inRun(t, []row{{"E4 put behind close", func(t *testing.T, t0 *microthread.Thread) error {
		out := microthread.Generate(t0, func(g *microthread.Thread) error {
			_ = count(g, 4) // the batch under way has room left
			g.Stdout().Close()
			g.Put(value.Int(99))
			return nil
		}, microthread.Named("numbers"), microthread.Handler(func(_ *microthread.Thread, err error) error {
			if want := "put after close of the stdout of numbers"; err.Error() != want {
				t.Errorf("got %q, want %q", err, want)
			}
			return nil
		}))
		got, err := read(out)
		equal(t, "values", got, []int64{0, 1, 2, 3})
		return err
	}}})
}

func TestE7_PipesSuspendThreadsNotTheReactor(t *testing.T) {
	inRun(t, []row{
		{"E7 full", func(t *testing.T, t0 *microthread.Thread) error {
			out := microthread.Generate(t0, microthread.Bind(count, 10), microthread.Capacity(1))
			t0.Sleep(time.Second)
			if !out.Writing() {
				t.Error("the writer is not suspended in its put")
			}
			_, err := read(out)
			return err
		}},
		{"E7 empty", func(t *testing.T, t0 *microthread.Thread) error {
			ticks := 0
			out := microthread.Generate(t0, func(g *microthread.Thread) error { g.Sleep(10 * time.Second); return count(g, 1) })
			microthread.StartAndForget(t0, func(c *microthread.Thread) error {
				for range 9 {
					c.Sleep(time.Second)
					ticks++
				}
				return nil
			})
			_, err := out.Next()
			if ticks != 9 {
				t.Errorf("got %d ticks while main waited, want 9", ticks)
			}
			return err
		}},
	})
}

func TestE8_ThreadsEndClosesItsPipes(t *testing.T) {
	ends := []struct {
		name string
		end  func(c *microthread.Thread) error
	}{
		{"returns", func(*microthread.Thread) error { return nil }},
		{"fails", func(*microthread.Thread) error { return errBoom }},
		{"panics", func(*microthread.Thread) error { panic(errBoom) }},
		{"is terminated", func(c *microthread.Thread) error { c.Sleep(time.Hour); return nil }},
	}
	for _, end := range ends {
		t.Run("E8 "+end.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var got []error
				err := run(t, func(t0 *microthread.Thread) error {
					r := t0.Program().Reactor()
					in := microthread.Generate(t0, microthread.Bind(count, 1<<30), microthread.Capacity(1))
					other := microthread.Generate(t0, microthread.Bind(count, 1<<30), microthread.Capacity(1))
					outs := []*pipe.Pipe{pipe.New(r, "one", 1), pipe.New(r, "two", 1)}
					c := t0.Program().Start(microthread.Spec{Name: "c", Stdin: in, Stdout: outs, Run: func(c *microthread.Thread) error {
						_, _ = other.Next()
						return end.end(c)
					}})
					t0.Yield()
					for !c.Finished() {
						if t0.Sleep(time.Second); end.name == "is terminated" {
							for _, out := range outs {
								out.CloseRead()
							}
						}
					}
					if !in.Closed() || !other.Closed() || !outs[0].Ended() || !outs[1].Ended() {
						t.Errorf("got closed %v, %v, ended %v, %v, want all four", in.Closed(), other.Closed(), outs[0].Ended(), outs[1].Ended())
					}
					for _, out := range outs {
						if _, err := out.Next(); err != io.EOF {
							wantErr(t, "the stdout", err, errBoom)
						}
					}
					t0.Sleep(1)
					if n := t0.Program().Threads(); n != 1 {
						t.Errorf("got %d threads, want main alone", n)
					}
					return nil
				}, heard(&got))
				wantErr(t, "run", err, nil)
			})
		})
	}
}

func TestE12_WithoutNamingAPipe(t *testing.T) {
	inRun(t, []row{
		{"E12 put, take_from, next, iteration", func(t *testing.T, t0 *microthread.Thread) error {
			src := microthread.Generate(t0, microthread.Bind(count, 5))
			out := microthread.Generate(t0, func(g *microthread.Thread) error {
				v, err := g.Next()
				g.Put(v)
				g.TakeFrom(slices.Values([]value.Value{value.Int(77)}))
				for v, err := range g.In() {
					if err != nil {
						return err
					}
					g.Put(v)
				}
				_, end := g.Next()
				wantErr(t, "behind the end", end, io.EOF)
				return err
			}, microthread.Stdin(src))
			got, err := read(out)
			equal(t, "values", got, []int64{0, 77, 1, 2, 3, 4})
			return err
		}},
		{"E12 without a stdin", func(t *testing.T, t0 *microthread.Thread) error {
			_, err := t0.Next()
			wantErr(t, "next", err, io.EOF)
			for range t0.In() {
				t.Error("got a value from no stdin")
			}
			for range t0.Batches() {
				t.Error("got a batch from no stdin")
			}
			return nil
		}},
	})
}

func TestE14_BreakClosesThePipeAtOnce(t *testing.T) {
	inRun(t, []row{
		{"E14 writer in a put", func(t *testing.T, t0 *microthread.Thread) error { return breakOff(t, t0, microthread.Bind(count, 100)) }},
		{"E14 writer asleep", func(t *testing.T, t0 *microthread.Thread) error {
			return breakOff(t, t0, func(g *microthread.Thread) error { g.Put(value.Int(0)); g.Sleep(time.Hour); return nil })
		}},
		{"E14 writer waits for its own source", func(t *testing.T, t0 *microthread.Thread) error {
			return breakOff(t, t0, func(g *microthread.Thread) error {
				return g.TakeFromPipe(microthread.Generate(g, func(s *microthread.Thread) error {
					s.Put(value.Int(0))
					s.Sleep(time.Hour)
					return nil
				}))
			})
		}},
		{"E14 writer in a blocking call", func(t *testing.T, t0 *microthread.Thread) error {
			release := make(chan bool)
			defer close(release)
			return breakOff(t, t0, func(g *microthread.Thread) error {
				g.Put(value.Int(0))
				_, err := g.Blocking(func() (any, error) { <-release; return nil, nil })
				return err
			})
		}},
		{"E14 writer waits for a child", func(t *testing.T, t0 *microthread.Thread) error {
			return breakOff(t, t0, func(g *microthread.Thread) error {
				g.Put(value.Int(0))
				gr := microthread.NewGroup(g)
				gr.Go(func(c *microthread.Thread) error { c.Sleep(time.Hour); return nil })
				return gr.Wait()
			})
		}},
	})
}

// breakOff reads one value of a generator and checks that this ends it, without a garbage
// collection and without time passing, and that its clean-up ran.
func breakOff(t *testing.T, t0 *microthread.Thread, fn func(*microthread.Thread) error) error {
	t.Helper()
	start, cleaned := time.Now(), false
	out := microthread.Generate(t0, func(g *microthread.Thread) error {
		defer func() { cleaned = true }()
		return fn(g)
	}, microthread.Capacity(1))
	for v, err := range out.All() {
		if v.AsInt() != 0 || err != nil {
			t.Errorf("got %v, %v, want 0", v, err)
		}
		break
	}
	if !out.Closed() {
		t.Error("got an open pipe behind the loop, want it closed")
	}
	for range 4 {
		t0.Yield()
	}
	if n := t0.Program().Threads(); !cleaned || n != 1 || time.Since(start) != 0 {
		t.Errorf("got clean-up %v, %d threads after %v, want it done and main alone at once", cleaned, n, time.Since(start))
	}
	return nil
}
