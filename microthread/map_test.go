package microthread_test

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/value"
)

// naturals counts up from 0 and never ends.
func naturals(yield func(int) bool) {
	for i := 0; yield(i); i++ {
	}
}

// below counts up from 0 to n-1.
func below(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

func TestC4_ParallelMapKeepsTheOrder(t *testing.T) {
	bubble(t, func(t *testing.T) {
		err := run(t, func(t0 *microthread.Thread) error {
			start, threads := time.Now(), make(map[*microthread.Thread]bool)
			slowFirst := func(c *microthread.Thread, i int) (int, error) {
				threads[c] = true
				c.Sleep(time.Duration(10-i) * time.Second)
				return i * i, nil
			}
			var got []int
			for v, err := range microthread.ParallelMap(t0, below(10), slowFirst) {
				if err != nil {
					return err
				}
				got = append(got, v)
			}
			equal(t, "results", got, []int{0, 1, 4, 9, 16, 25, 36, 49, 64, 81})
			if took := time.Since(start); took != 10*time.Second || len(threads) != 10 {
				t.Errorf("got %v in %d threads, want 10s in 10", took, len(threads))
			}
			return nil
		})
		wantErr(t, "run", err, nil)
	})
}

func TestC6_EndlessInputAndEarlyStop(t *testing.T) {
	const atMost = 5
	bubble(t, func(t *testing.T) {
		err := run(t, func(t0 *microthread.Thread) error {
			live, most, started, ended := 0, 0, 0, 0
			fn := func(c *microthread.Thread, i int) (int, error) {
				started++
				live++
				most = max(most, live)
				defer func() { live--; ended++ }()
				c.Sleep(time.Second)
				return i, nil
			}
			n := 0
			for v, err := range microthread.ParallelMap(t0, naturals, fn, microthread.AtMost(atMost)) {
				if v != n || err != nil {
					t.Fatalf("got %d, %v, want %d", v, err, n)
				}
				if n++; n == 100 {
					break
				}
			}
			if most > atMost || most < 2 {
				t.Errorf("got up to %d at a time, want 2 to %d", most, atMost)
			}
			t0.Sleep(0)
			if got := t0.Program().Threads(); got != 1 || started != ended {
				t.Errorf("behind the loop: got %d threads, %d of %d ended, want main alone", got, ended, started)
			}
			return nil
		})
		wantErr(t, "run", err, nil)
	})
}

func TestC6_Errors(t *testing.T) {
	fn := func(c *microthread.Thread, i int) (int, error) {
		switch {
		case i == 3:
			c.Sleep(time.Second)
			return 0, errBoom
		case i == 5:
			panic(errOther)
		case i > 5:
			c.Sleep(time.Hour)
		}
		return i, nil
	}
	rows := []struct {
		name    string
		options []microthread.MapOption
		want    string
		took    time.Duration
	}{
		{"C6 an error cancels the rest", nil, "0 1 2 boom ", time.Second},
		{"C6 keep going", []microthread.MapOption{microthread.KeepGoing()}, "0 1 2 boom 4 panic: other 6 7 ", time.Hour},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				start, got := time.Now(), ""
				err := run(t, func(t0 *microthread.Thread) error {
					for v, err := range microthread.ParallelMap(t0, below(8), fn, row.options...) {
						if err != nil {
							got += err.Error() + " "
							continue
						}
						got += fmt.Sprint(v, " ")
					}
					return nil
				})
				wantErr(t, "run", err, nil)
				if took := time.Since(start); got != row.want || took != row.took {
					t.Errorf("got %q after %v, want %q after %v", got, took, row.want, row.took)
				}
			})
		})
	}
}

func TestC6_ErrorOfTheInput(t *testing.T) {
	err := run(t, func(t0 *microthread.Thread) error {
		seq := func(yield func(int) bool) {
			yield(1)
			panic(errBoom)
		}
		n := 0
		for _, err := range microthread.ParallelMap(t0, seq, func(_ *microthread.Thread, i int) (int, error) { return i, nil }) {
			if err != nil {
				wantErr(t, "behind the last element", err, errBoom)
				continue
			}
			n++
		}
		if n != 1 {
			t.Errorf("got %d results, want 1", n)
		}
		return nil
	})
	wantErr(t, "run", err, nil)
}

// TestC6_OverStdin shows that the input of a map may be a pipe of the thread that asked for
// it, that results do not wait for the next input, and that stopping early ends the source.
func TestC6_OverStdin(t *testing.T) {
	bubble(t, func(t *testing.T) {
		err := run(t, func(t0 *microthread.Thread) error {
			src := microthread.Generate(t0, func(g *microthread.Thread) error {
				for i := 0; ; i++ {
					g.Put(value.Int(int64(i)))
					g.Sleep(time.Hour)
				}
			})
			out := microthread.Generate(t0, func(g *microthread.Thread) error {
				seq := func(yield func(int64) bool) {
					for v, err := range g.In() {
						if err != nil || !yield(v.AsInt()) {
							return
						}
					}
				}
				double := func(_ *microthread.Thread, i int64) (int64, error) { return 2 * i, nil }
				for v, err := range microthread.ParallelMap(g, seq, double) {
					if err != nil {
						return err
					}
					g.Put(value.Int(v))
				}
				return nil
			}, microthread.Stdin(src))
			start := time.Now()
			var got []int64
			for v, err := range out.All() {
				if err != nil {
					return err
				}
				if late := time.Since(start) - time.Duration(len(got))*time.Hour; late != 0 {
					t.Errorf("got result %d %v late, want it at once", len(got), late)
				}
				if got = append(got, v.AsInt()); len(got) == 3 {
					break
				}
			}
			equal(t, "results", got, []int64{0, 2, 4})
			t0.Sleep(0)
			if n := t0.Program().Threads(); n != 1 {
				t.Errorf("behind the loop: got %d threads, want main alone", n)
			}
			return nil
		})
		wantErr(t, "run", err, nil)
	})
}

func TestC7_FairTurns(t *testing.T) {
	const threads, turns = 7, 50
	var order []int
	err := run(t, func(t0 *microthread.Thread) error {
		g := microthread.NewGroup(t0)
		for i := range threads {
			g.Go(func(c *microthread.Thread) error {
				for range turns {
					order = append(order, i)
					c.Yield()
				}
				return nil
			})
		}
		return g.Wait()
	})
	wantErr(t, "run", err, nil)
	for i, got := range order {
		if want := i % threads; got != want {
			t.Fatalf("turn %d: got thread %d, want %d", i, got, want)
		}
	}
	if len(order) != threads*turns {
		t.Errorf("got %d turns, want %d", len(order), threads*turns)
	}
}

func TestGroup(t *testing.T) {
	forever := func(c *microthread.Thread) error { c.Sleep(24 * time.Hour); return nil }
	fail := func(err error) func(*microthread.Thread) error {
		return func(c *microthread.Thread) error { c.Sleep(time.Second); return err }
	}
	rows := []struct {
		name string
		fns  []func(*microthread.Thread) error
		want []error
		took time.Duration
	}{
		{"all end", []func(*microthread.Thread) error{fail(nil), fail(nil)}, nil, time.Second},
		{"an error ends the others", []func(*microthread.Thread) error{forever, fail(errBoom), forever}, []error{errBoom}, time.Second},
		{"a panic ends the others", []func(*microthread.Thread) error{forever,
			func(c *microthread.Thread) error { c.Sleep(time.Second); panic(errBoom) }}, []error{errBoom}, time.Second},
		{"two errors", []func(*microthread.Thread) error{fail(errBoom), func(c *microthread.Thread) (err error) {
			defer func() { panic(errOther) }()
			return forever(c)
		}}, []error{errBoom, errOther}, time.Second},
		{"nothing in it", nil, nil, 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				err := run(t, func(t0 *microthread.Thread) error {
					start, g := time.Now(), microthread.NewGroup(t0)
					for _, fn := range row.fns {
						g.Go(fn)
					}
					err := g.Wait()
					if (err != nil) != (row.want != nil) {
						t.Errorf("got error %v, want %v", err, row.want)
					}
					for _, want := range row.want {
						wantErr(t, "the group's error", err, want)
					}
					if took := time.Since(start); took != row.took || t0.Program().Threads() != 1 {
						t.Errorf("got %v and %d threads, want %v and main alone", took, t0.Program().Threads(), row.took)
					}
					return nil
				})
				wantErr(t, "run", err, nil)
			})
		})
	}
}

// TestGroup_NobodyWaits shows what becomes of a group whose owner ends first.
func TestGroup_NobodyWaits(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var got []error
		err := run(t, func(t0 *microthread.Thread) error {
			g := microthread.NewGroup(t0)
			g.Go(func(*microthread.Thread) error { return errOther })
			late := g.Go(func(c *microthread.Thread) error { return errBoom })
			t0.Yield()
			if !late.Finished() {
				t.Error("got a thread of a failed group that runs, want it terminated")
			}
			never := g.Go(func(c *microthread.Thread) error { t.Error("it ran"); return nil })
			t0.Yield()
			if !never.Finished() {
				t.Error("got a new thread in a failed group, want none")
			}
			return nil
		}, heard(&got))
		wantErr(t, "run", err, nil)
		if len(got) != 1 || !errors.Is(got[0], errOther) {
			t.Errorf("the handler got %v, want other once", got)
		}
	})
	bubble(t, func(t *testing.T) {
		ended := 0
		err := run(t, func(t0 *microthread.Thread) error {
			owner := microthread.StartInParallel(t0, func(o *microthread.Thread) (int, error) {
				g := microthread.NewGroup(o)
				for range 3 {
					g.Go(func(c *microthread.Thread) error {
						defer func() { ended++ }()
						c.Sleep(time.Hour)
						return nil
					})
				}
				return 0, g.Wait()
			})
			t0.Sleep(time.Second)
			o := microthread.NewGroup(t0)
			o.Go(func(*microthread.Thread) error { t0.Program().Abort(time.Second); return nil })
			_, err := owner.Wait(t0)
			return err
		})
		wantErr(t, "run", err, microthread.ErrTerminated)
		if ended != 3 {
			t.Errorf("got %d clean-ups, want 3", ended)
		}
	})
}

// TestC6_NothingPilesUp runs threads and maps one after another in a thread that goes on.
func TestC6_NothingPilesUp(t *testing.T) {
	err := run(t, func(t0 *microthread.Thread) error {
		g := microthread.NewGroup(t0)
		work := map[string]func(){
			"threads of a group": func() {
				g.Go(func(*microthread.Thread) error { return nil })
				t0.Yield()
				t0.Yield()
			},
			"maps": func() {
				for range microthread.ParallelMap(t0, naturals, func(_ *microthread.Thread, i int) (int, error) { return i, nil }, microthread.AtMost(1)) {
					break
				}
			},
			"generators": func() {
				for range microthread.Generate(t0, microthread.Bind(count, 3)).All() {
					break
				}
			},
		}
		for name, do := range work {
			for range 100 {
				do()
			}
			before := memory()
			for range 5000 {
				do()
			}
			if after := memory(); after > before+1<<20 {
				t.Errorf("%s: memory grew from %d to %d bytes, want it flat", name, before, after)
			}
		}
		return nil
	})
	wantErr(t, "run", err, nil)
}

// TestC6_ManyMaps shows that maps leave nothing behind in the thread that asked for them.
func TestC6_ManyMaps(t *testing.T) {
	err := run(t, func(t0 *microthread.Thread) error {
		var sums []int
		for range 300 {
			sum := 0
			for v := range microthread.ParallelMap(t0, naturals, func(_ *microthread.Thread, i int) (int, error) { return i, nil }) {
				if sum += v; v == 4 {
					break
				}
			}
			sums = append(sums, sum)
		}
		if len(slices.Compact(sums)) != 1 || sums[0] != 10 {
			t.Errorf("got sums %v, want 10 each", sums)
		}
		return nil
	})
	wantErr(t, "run", err, nil)
}
