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

func TestE15_OneReaderOneWriter(t *testing.T) {
	inRun(t, []row{
		{"E15 second reader", secondReader},
		{"E15 second writer", secondWriter},
		{"E15 passed on to another reader", passedOn},
		{"E15 two that wait for one pipe", func(t *testing.T, t0 *microthread.Thread) error {
			out := microthread.Generate(t0, func(g *microthread.Thread) error { g.Put(value.Int(1)); g.Sleep(time.Second); return nil })
			seq := func(yield func(value.Value) bool) {
				for v := range out.All() {
					if !yield(v) {
						return
					}
				}
			}
			if err := out.SetReader(t0.Deferred()); err != nil {
				return err
			}
			for range microthread.ParallelMap(t0, seq, func(_ *microthread.Thread, v value.Value) (value.Value, error) { return v, nil }) {
				_, err := out.Next() // where the map waits for its input
				wantErr(t, "the read", err, pipe.ErrSecondReader)
			}
			return nil
		}},
	})
}

func TestE15_EndsAndNothing(t *testing.T) {
	inRun(t, []row{
		{"E15 close twice", func(t *testing.T, t0 *microthread.Thread) error {
			out := microthread.Generate(t0, func(g *microthread.Thread) error {
				g.Put(value.Int(1))
				g.Stdout().Close()
				g.Stdout().Close()
				g.Stdout().Fail(errBoom) // too late
				return nil
			})
			got, err := read(out)
			equal(t, "values", got, []int64{1})
			out.CloseRead()
			out.CloseRead()
			return err
		}},
		{"E15 null is a value", func(t *testing.T, t0 *microthread.Thread) error {
			n := 0
			for v, err := range microthread.Generate(t0, func(g *microthread.Thread) error { g.Put(value.Null); g.Put(value.Null); return nil }).All() {
				if !v.IsNull() || err != nil {
					t.Errorf("got %v, %v, want null", v, err)
				}
				n++
			}
			if n != 2 {
				t.Errorf("got %d values, want 2", n)
			}
			return nil
		}},
		{"E15 reading behind the end", func(t *testing.T, t0 *microthread.Thread) error {
			out := microthread.Generate(t0, microthread.Bind(count, 1))
			_, _ = read(out)
			for range 3 {
				_, err := out.Next()
				_, berr := out.NextBatch()
				equal(t, "errors", []error{err, berr}, []error{io.EOF, io.EOF})
			}
			return nil
		}},
		{"E15 stdout connected to nothing", func(t *testing.T, t0 *microthread.Thread) error {
			for _, put := range []func(c *microthread.Thread){
				func(c *microthread.Thread) { c.Put(value.Null) },
				func(c *microthread.Thread) { c.PutBatch(value.NewValues(1)) },
				func(c *microthread.Thread) { c.TakeFrom(slices.Values([]value.Value{value.Null})) },
			} {
				k := microthread.StartInParallel(t0, func(c *microthread.Thread) (int, error) {
					wantErr(t, "try put", c.TryPut(value.Null), microthread.ErrNoStdout)
					put(c)
					t.Error("got behind the put")
					return 0, nil
				})
				_, err := k.Wait(t0)
				wantErr(t, "put", err, microthread.ErrNoStdout)
			}
			return nil
		}},
	})
}

func secondReader(t *testing.T, t0 *microthread.Thread) error {
	out := microthread.Generate(t0, microthread.Bind(count, 6), microthread.Capacity(4))
	var got []int64
	for range 2 { // another value lies ready
		v, err := out.Next()
		if err != nil {
			return err
		}
		got = append(got, v.AsInt())
	}
	k := microthread.StartInParallel(t0, func(c *microthread.Thread) (int, error) {
		_, err := out.Next()
		wantErr(t, "next", err, pipe.ErrSecondReader)
		_, err = out.NextBatch()
		wantErr(t, "batch", err, pipe.ErrSecondReader)
		_, err = read(out)
		wantErr(t, "range", err, pipe.ErrSecondReader)
		wantErr(t, "take_from", c.TakeFromPipe(out), pipe.ErrSecondReader)
		return 0, nil
	})
	_, err := k.Wait(t0)
	k = microthread.StartInParallel(t0, func(c *microthread.Thread) (int, error) { return 0, nil }, microthread.Stdin(out))
	_, serr := k.Wait(t0)
	wantErr(t, "as stdin", serr, pipe.ErrSecondReader)
	rest, rerr := read(out)
	equal(t, "the first reader's values", append(got, rest...), []int64{0, 1, 2, 3, 4, 5})
	return errors.Join(err, rerr)
}

// passedOn gives a pipe to a thread that outlives its first reader.
func passedOn(t *testing.T, t0 *microthread.Thread) error {
	out := microthread.Generate(t0, microthread.Bind(count, 4), microthread.Capacity(1))
	first := microthread.StartInParallel(t0, func(c *microthread.Thread) (*microthread.Task[[]int64], error) {
		v, err := out.Next()
		if v.AsInt() != 0 || err != nil {
			t.Errorf("got %v, %v, want 0", v, err)
		}
		out.PassOn()
		return microthread.StartInParallel(t0, func(c *microthread.Thread) ([]int64, error) {
			c.Sleep(time.Second)
			return read(out)
		}, microthread.Stdin(out)), nil
	})
	second, err := first.Wait(t0)
	if err != nil {
		return err
	}
	got, err := second.Wait(t0)
	equal(t, "the second reader's values", got, []int64{1, 2, 3})
	return err
}

func secondWriter(t *testing.T, t0 *microthread.Thread) error {
	out := microthread.Generate(t0, func(g *microthread.Thread) error { g.Sleep(time.Second); return count(g, 2) })
	wantErr(t, "put", out.Put(value.Int(9)), pipe.ErrSecondWriter)
	wantErr(t, "put of a batch", out.PutBatch(value.NewValues(1)), pipe.ErrSecondWriter)
	k := microthread.StartInParallel(t0, func(*microthread.Thread) (int, error) { return 0, nil },
		func(s *microthread.Spec) { s.Stdout = []*pipe.Pipe{out} })
	_, err := k.Wait(t0)
	wantErr(t, "as stdout", err, pipe.ErrSecondWriter)
	got, err := read(out)
	equal(t, "the first writer's values", got, []int64{0, 1})
	return err
}

// TestE16_PipesAreVisibleToPrograms joins two threads by a pipe that the program made.
func TestE16_PipesAreVisibleToPrograms(t *testing.T) {
	inRun(t, []row{
		{"E16 given to threads", func(t *testing.T, t0 *microthread.Thread) error {
			p := pipe.New(t0.Program().Reactor(), "joint", 2)
			t0.Program().Start(microthread.Spec{Name: "writer", Stdout: []*pipe.Pipe{p}, Run: microthread.Bind(count, 4)})
			sum := int64(0)
			r := t0.Program().Start(microthread.Spec{Name: "reader", Stdin: p, Run: func(c *microthread.Thread) error {
				for v := range c.In() {
					sum += v.AsInt()
				}
				return nil
			}})
			err := r.Wait(t0, 0)
			if sum != 6 || p.Name() != "joint" || p.Reader() != r.Deferred() {
				t.Errorf("got sum %d through %s read by %v, want 6 through joint read by reader", sum, p.Name(), p.Reader())
			}
			return err
		}},
		{"E16 written directly", func(t *testing.T, t0 *microthread.Thread) error {
			p := pipe.New(t0.Program().Reactor(), "joint", 8)
			start := time.Now()
			k := microthread.StartInParallel(t0, func(c *microthread.Thread) (got []int64, err error) {
				for v := range p.All() {
					if late := time.Since(start) - time.Duration(v.AsInt())*time.Second; late != 0 {
						t.Errorf("got %v %v late, want it at once", v, late)
					}
					got = append(got, v.AsInt())
				}
				return got, nil
			})
			c := microthread.StartInParallel(t0, func(c *microthread.Thread) (int, error) {
				for i := range int64(5) {
					if err := p.Put(value.Int(i)); err != nil {
						return 0, err
					}
					c.Sleep(time.Second) // hands it over
				}
				return 0, nil // and its end closes the pipe
			})
			got, err := k.Wait(t0)
			equal(t, "values", got, []int64{0, 1, 2, 3, 4})
			_, werr := c.Wait(t0)
			return errors.Join(err, werr)
		}},
	})
}
