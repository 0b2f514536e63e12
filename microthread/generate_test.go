package microthread_test

import (
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/value"
)

func TestD1_NewThreadWithStdout(t *testing.T) {
	err := run(t, func(t0 *microthread.Thread) error {
		var g *microthread.Thread
		out := microthread.Generate(t0, func(c *microthread.Thread) error {
			g = c
			return count(c, 3)
		}, microthread.Named("numbers"))
		got, err := read(out)
		equal(t, "values", got, []int64{0, 1, 2})
		if g == nil || g == t0 || g.Stdout() != out || out.Name() != "the stdout of numbers" || t0.Stdout() != nil {
			t.Errorf("got thread %v with stdout %q, want a new thread with its own", g, out.Name())
		}
		return err
	})
	wantErr(t, "run", err, nil)
}

func TestD2_ReturnValueIsIgnored(t *testing.T) {
	err := run(t, func(t0 *microthread.Thread) error {
		var g *microthread.Thread
		_, err := read(microthread.Generate(t0, func(c *microthread.Thread) error { g = c; return nil }))
		if g.Zombie() || !g.Finished() {
			t.Errorf("got zombie %v, finished %v, want a thread that is gone", g.Zombie(), g.Finished())
		}
		return err
	})
	wantErr(t, "run", err, nil)
}

// TestD3_ReadInAnotherThread hands the pipe to a thread that is not the generator's parent.
func TestD3_ReadInAnotherThread(t *testing.T) {
	err := run(t, func(t0 *microthread.Thread) error {
		out := microthread.Generate(t0, microthread.Bind(count, 5))
		k := microthread.StartInParallel(t0, func(c *microthread.Thread) (sum int64, err error) {
			for v, err := range out.All() {
				if err != nil {
					return 0, err
				}
				sum += v.AsInt()
			}
			return sum, nil
		})
		sum, err := k.Wait(t0)
		if sum != 10 {
			t.Errorf("got sum %d, want 10", sum)
		}
		return err
	})
	wantErr(t, "run", err, nil)
}

func TestD4D5_Errors(t *testing.T) {
	rows := []struct {
		name string
		fn   func(*microthread.Thread) error
		want []int64
	}{
		{"D4 error", func(*microthread.Thread) error { return errBoom }, nil},
		{"D4 panic", func(*microthread.Thread) error { panic(errBoom) }, nil},
		{"D5 behind its values", func(g *microthread.Thread) error { _ = count(g, 20); return errBoom },
			[]int64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19}},
		{"D5 behind a sleep", func(g *microthread.Thread) error { _ = count(g, 2); g.Sleep(1); panic(errBoom) }, []int64{0, 1}},
	}
	for _, row := range rows {
		for _, capacity := range []int{1, 2, 1024} {
			t.Run(row.name, func(t *testing.T) {
				err := run(t, func(t0 *microthread.Thread) error {
					out := microthread.Generate(t0, row.fn, microthread.Capacity(capacity))
					var got []int64
					var errs []error
					for range len(row.want) + 4 {
						v, err := out.Next()
						if errs = append(errs, err); err == nil {
							got = append(got, v.AsInt())
						}
					}
					n := len(row.want)
					equal(t, "values", got, row.want)
					wantErr(t, "behind the values", errs[n], errBoom)
					if errors.Is(errs[n+1], errBoom) {
						t.Error("got the error twice, want it once")
					}
					equal(t, "at the end", errs[n+1:], []error{io.EOF, io.EOF, io.EOF})
					return nil
				})
				wantErr(t, "run", err, nil)
			})
		}
	}
}

func TestD5_UnreadErrorIsReported(t *testing.T) {
	rows := []struct {
		name string
		main func(t0 *microthread.Thread) error
	}{
		{"D5 never read, no values", func(t0 *microthread.Thread) error {
			microthread.Generate(t0, func(*microthread.Thread) error { return errBoom })
			return nil
		}},
		{"D5 break", func(t0 *microthread.Thread) error {
			out := microthread.Generate(t0, func(g *microthread.Thread) error {
				g.Put(value.Int(1))
				return errBoom
			})
			t0.Yield()
			for range out.All() {
				break
			}
			return nil
		}},
		{"D5 reader ended without reading it", func(t0 *microthread.Thread) error {
			out := microthread.Generate(t0, func(g *microthread.Thread) error { g.Put(value.Int(1)); return errBoom })
			_, err := out.Next()
			t0.Yield()
			return err
		}},
		{"D5 stdin of a thread that does not read", func(t0 *microthread.Thread) error {
			out := microthread.Generate(t0, func(g *microthread.Thread) error { return errBoom })
			microthread.StartAndForget(t0, func(c *microthread.Thread) error { c.Sleep(1); return nil }, microthread.Stdin(out))
			return nil
		}},
		{"D5 raised while cleaning up behind the reader's close", func(t0 *microthread.Thread) error {
			out := microthread.Generate(t0, func(g *microthread.Thread) error {
				defer func() { panic(errBoom) }()
				return count(g, 100)
			})
			for range out.All() {
				break
			}
			return nil
		}},
		{"D5 the reader failed", func(t0 *microthread.Thread) error {
			out := microthread.Generate(t0, func(g *microthread.Thread) error { return errBoom })
			k := microthread.StartInParallel(t0, func(c *microthread.Thread) (int, error) { c.Sleep(1); panic(errOther) }, microthread.Stdin(out))
			if _, err := k.Wait(t0); !errors.Is(err, errOther) {
				return err
			}
			return nil
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var got []error
			err := run(t, row.main, heard(&got))
			wantErr(t, "run", err, nil)
			if len(got) != 1 || !errors.Is(got[0], errBoom) {
				t.Errorf("the handler got %v, want boom once", got)
			}
		})
	}
}

func TestD6_ReadsItsOwnStdout(t *testing.T) {
	rows := []struct {
		name string
		read func(g *microthread.Thread) error
	}{
		{"D6 next", func(g *microthread.Thread) error { _, err := g.Stdout().Next(); return err }},
		{"D6 batch", func(g *microthread.Thread) error { _, err := g.Stdout().NextBatch(); return err }},
		{"D6 range", func(g *microthread.Thread) error { _, err := read(g.Stdout()); return err }},
		{"D6 batches", func(g *microthread.Thread) error { return g.TakeFromPipe(g.Stdout()) }},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				start := time.Now()
				err := run(t, func(t0 *microthread.Thread) error {
					out := microthread.Generate(t0, func(g *microthread.Thread) error {
						g.Put(value.Int(1))
						wantErr(t, "the read", row.read(g), pipe.ErrOwnStdout)
						g.Put(value.Int(2)) // the pipe is as it was
						return nil
					})
					got, err := read(out)
					equal(t, "values", got, []int64{1, 2})
					return err
				})
				wantErr(t, "run", err, nil)
				if took := time.Since(start); took != 0 {
					t.Errorf("got the error after %v, want it at once", took)
				}
			})
		})
	}
	err := run(t, func(t0 *microthread.Thread) error {
		p := pipe.New(t0.Program().Reactor(), "loop", 1)
		wantErr(t, "D6 make in", p.SetReader(t0.Deferred()), nil)
		wantErr(t, "D6 put into what one reads", p.Put(value.Int(1)), pipe.ErrOwnStdout)
		return nil
	})
	wantErr(t, "run", err, nil)
}

// TestE13_SharedStdout runs generate on each of the proposal's three generators.
func TestE13_SharedStdout(t *testing.T) {
	rows := []struct {
		name string
		fn   func(*microthread.Thread, int) error
		want []int64
	}{
		{"E13 odd", odd, []int64{1, 3, 5, 7, 9}},
		{"E13 even", even, []int64{2, 4, 6, 8}},
		{"E13 odd_even", oddEven, []int64{1, 3, 5, 7, 9, 2, 4, 6, 8}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			err := run(t, func(t0 *microthread.Thread) error {
				threads := 0
				out := microthread.Generate(t0, func(g *microthread.Thread) error {
					err := row.fn(g, 10)
					threads = g.Program().Threads()
					return err
				})
				got, err := read(out)
				equal(t, "values", got, row.want)
				if threads != 2 {
					t.Errorf("got %d threads, want main and the generator", threads)
				}
				return err
			})
			wantErr(t, "run", err, nil)
		})
	}
}

// TestK10_PlainIteratorNeedsNoThread puts what plain Go iterators give.
func TestK10_PlainIteratorNeedsNoThread(t *testing.T) {
	squares := func(yield func(value.Value) bool) {
		for i := int64(0); yield(value.Int(i * i)); i++ {
		}
	}
	stopped := false
	err := run(t, func(t0 *microthread.Thread) error {
		out := microthread.Generate(t0, func(g *microthread.Thread) error {
			defer func() { stopped = true }()
			g.TakeFrom(slices.Values([]value.Value{value.Int(-2), value.Int(-1)}))
			if n := g.Program().Threads(); n != 2 {
				t.Errorf("got %d threads, want no more than main and the generator", n)
			}
			g.TakeFrom(squares)
			return nil
		})
		var got []int64
		for v, err := range out.All() {
			if err != nil {
				return err
			}
			if got = append(got, v.AsInt()); len(got) == 6 {
				break
			}
		}
		equal(t, "values", got, []int64{-2, -1, 0, 1, 4, 9})
		return nil
	})
	wantErr(t, "run", err, nil)
	if !stopped {
		t.Error("the endless iterator was not stopped")
	}
}
