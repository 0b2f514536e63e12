package microthread_test

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipe"
)

type point struct{ x, y int }

// points puts n points and ends with err.
func points(n int, err error) func(*microthread.Thread, *microthread.PipeOf[point]) error {
	return func(g *microthread.Thread, out *microthread.PipeOf[point]) error {
		for i := range n {
			out.Put(g, point{i, i * i})
		}
		return err
	}
}

func TestD3_GenerateOf(t *testing.T) {
	inRun(t, []row{
		{"D5 the error comes after the values, once, then the end", func(t *testing.T, t0 *microthread.Thread) error {
			p := microthread.GenerateOf(t0, points(3, errBoom))
			var got []string
			for v, err := range p.All(t0) {
				got = append(got, fmt.Sprint(v, " ", err == nil, errors.Is(err, errBoom)))
			}
			equal(t, "read", got, []string{"{0 0} true false", "{1 1} true false", "{2 4} true false", "{0 0} false true"})
			for range 2 {
				_, err := p.Next(t0)
				wantErr(t, "after the end", err, io.EOF)
			}
			return nil
		}},
		{"E6 capacity one", func(t *testing.T, t0 *microthread.Thread) error {
			made := 0
			p := microthread.GenerateOf(t0, func(g *microthread.Thread, out *microthread.PipeOf[int]) error {
				for ; ; made++ {
					out.Put(g, made)
				}
			})
			p.SetCapacity(1)
			t0.Sleep(time.Second)
			for i := range 5 {
				if v, err := p.Next(t0); v != i || err != nil {
					t.Errorf("got %d, %v, want %d", v, err, i)
				}
				t0.Sleep(time.Second)
				if made > i+2 {
					t.Errorf("got %d made when %d were read, want at most 1 ahead", made, i+1)
				}
			}
			p.Close()
			return nil
		}},
		{"E14 leaving the loop ends a generator that sleeps", func(t *testing.T, t0 *microthread.Thread) error {
			cleaned := false
			p := microthread.GenerateOf(t0, func(g *microthread.Thread, out *microthread.PipeOf[int]) error {
				defer func() { cleaned = true }()
				out.Put(g, 1)
				g.Sleep(time.Hour)
				return nil
			})
			for range p.All(t0) {
				break
			}
			start := time.Now()
			t0.Sleep(1)
			if !cleaned || time.Since(start) > time.Second || t0.Program().CutOff() != 1 {
				t.Errorf("got cleaned %v after %v, %d cut off; want it at once", cleaned, time.Since(start), t0.Program().CutOff())
			}
			return nil
		}},
		{"E9 the reader ends", func(t *testing.T, t0 *microthread.Thread) error {
			cleaned := false
			p := microthread.GenerateOf(t0, func(g *microthread.Thread, out *microthread.PipeOf[int]) error {
				defer func() { cleaned = true }()
				for {
					out.Put(g, 1)
				}
			})
			r := microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) { return p.Next(t1) })
			v, err := r.Wait(t0)
			t0.Sleep(1)
			if v != 1 || !cleaned {
				t.Errorf("got %d, cleaned %v, want 1 and the generator's end", v, cleaned)
			}
			return err
		}},
		{"E15 one reader", func(t *testing.T, t0 *microthread.Thread) error {
			var p *microthread.PipeOf[int]
			p = microthread.GenerateOf(t0, func(g *microthread.Thread, out *microthread.PipeOf[int]) error {
				_, err := p.Next(g)
				return err
			})
			_, err := p.Next(t0)
			wantErr(t, "its own", err, pipe.ErrOwnStdout)
			r := microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) { return p.Next(t1) })
			_, err = r.Wait(t0)
			wantErr(t, "a second reader", err, pipe.ErrSecondReader)
			return nil
		}},
		{"D3 capacity grows", func(t *testing.T, t0 *microthread.Thread) error {
			made := 0
			p := microthread.GenerateOf(t0, func(g *microthread.Thread, out *microthread.PipeOf[int]) error {
				for ; made < 10_000; made++ {
					out.Put(g, made)
				}
				return nil
			})
			if v, err := p.Next(t0); v != 0 || err != nil || made > 3 {
				t.Errorf("got %d, %v with %d made, want 0 and few", v, err, made)
			}
			sum := 0
			for v := range p.All(t0) {
				sum += v
			}
			if sum != 9999*5000 {
				t.Errorf("got a sum of %d, want %d", sum, 9999*5000)
			}
			return nil
		}},
	})
}

// TestD5_UnreadErrorOfGenerateOf shows that the handler has an error that nobody reads, however
// the reader left.
func TestD5_UnreadErrorOfGenerateOf(t *testing.T) {
	for _, row := range []struct {
		name string
		main func(t0 *microthread.Thread) error
	}{
		{"D5 never read", func(t0 *microthread.Thread) error {
			microthread.GenerateOf(t0, points(0, errBoom))
			return nil
		}},
		{"D5 left before the error", func(t0 *microthread.Thread) error {
			p := microthread.GenerateOf(t0, points(1, errBoom))
			_, err := p.Next(t0)
			t0.Sleep(1)
			p.Close()
			return err
		}},
		{"D5 the reader ended before the error", func(t0 *microthread.Thread) error {
			p := microthread.GenerateOf(t0, points(1, errBoom))
			k := microthread.StartInParallel(t0, func(t1 *microthread.Thread) (point, error) {
				defer t1.Sleep(1)
				return p.Next(t1)
			})
			_, err := k.Wait(t0)
			return err
		}},
		{"E5 raised in the clean-up of one that was cut off", func(t0 *microthread.Thread) error {
			p := microthread.GenerateOf(t0, func(g *microthread.Thread, out *microthread.PipeOf[int]) error {
				defer func() { panic(errBoom) }()
				for {
					out.Put(g, 1)
				}
			})
			_, err := p.Next(t0)
			p.Close()
			return err
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var handled []error
				wantErr(t, "run", run(t, row.main, heard(&handled)), nil)
				if len(handled) != 1 || !errors.Is(handled[0], errBoom) {
					t.Errorf("got %v handled, want boom once", handled)
				}
			})
		})
	}
}

// TestE9_ManyGenerators shows that one that was read to its end, or left, is kept by nobody.
func TestE9_ManyGenerators(t *testing.T) {
	err := run(t, func(t0 *microthread.Thread) error {
		for i := range 2000 {
			p := microthread.GenerateOf(t0, points(3, nil))
			for range p.All(t0) {
				if i%2 == 0 {
					break
				}
			}
		}
		t0.Yield()
		if n := t0.Program().Threads(); n != 1 {
			t.Errorf("got %d threads, want main alone", n)
		}
		return nil
	})
	wantErr(t, "run", err, nil)
}
