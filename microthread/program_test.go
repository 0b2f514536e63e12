package microthread_test

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/reactor"
	"mtpipe/value"
)

var (
	errBoom  = errors.New("boom")
	errOther = errors.New("other")
)

// noLeaks fails the test when it leaves goroutines behind. A suspended coroutine is one.
// Those that have nothing left to do end in their own time.
func noLeaks(t *testing.T) {
	t.Helper()
	base := runtime.NumGoroutine()
	t.Cleanup(func() {
		for range 20_000_000 { // only a goroutine that stays takes so long
			if runtime.NumGoroutine() <= base {
				return
			}
			runtime.Gosched()
		}
		stacks := make([]byte, 1<<16)
		t.Errorf("got %d goroutines at the end, want %d:\n%s", runtime.NumGoroutine(), base,
			stacks[:runtime.Stack(stacks, true)])
	})
}

// run runs a program and fails the test when it leaves goroutines or when a handler gets an
// error that the test did not ask for with heard.
func run(t *testing.T, main func(*microthread.Thread) error, opts ...microthread.Option) error {
	t.Helper()
	noLeaks(t)
	unasked := microthread.OnError(func(_ *microthread.Thread, err error) error {
		t.Errorf("the handler got %v, want no error", err)
		return nil
	})
	return microthread.Run(main, append([]microthread.Option{unasked}, opts...)...)
}

// bubble runs a test in virtual time.
func bubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	noLeaks(t)
	synctest.Test(t, test)
}

// heard collects the errors that reach the program's handler.
func heard(errs *[]error) microthread.Option {
	return microthread.OnError(func(_ *microthread.Thread, err error) error {
		*errs = append(*errs, err)
		return nil
	})
}

// wantErr checks that err is want, or nil when want is.
func wantErr(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) || want == nil && err != nil {
		t.Errorf("%s: got error %v, want %v", what, err, want)
	}
}

// equal checks that two lists are the same.
func equal[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// count puts the integers from 0 to n-1.
func count(t *microthread.Thread, n int) error {
	for i := range n {
		t.Put(value.Int(int64(i)))
	}
	return nil
}

// read returns the integers that come out of in and the error behind them.
func read(in *pipe.Pipe) (got []int64, err error) {
	for v, err := range in.All() {
		if err != nil {
			return got, err
		}
		got = append(got, v.AsInt())
	}
	return got, nil
}

func TestA1_ThreadEndsWithItsFunction(t *testing.T) {
	err := run(t, func(t0 *microthread.Thread) error {
		ran := false
		c := microthread.StartAndForget(t0, func(c *microthread.Thread) error {
			c.Yield()
			ran = true
			return nil
		})
		if got := t0.Program().Threads(); got != 2 || c.Finished() {
			t.Errorf("at the start: got %d threads, finished %v, want 2 and false", got, c.Finished())
		}
		for range 3 {
			t0.Yield()
		}
		if got := t0.Program().Threads(); got != 1 || !c.Finished() || !ran {
			t.Errorf("at the end: got %d threads, finished %v, want 1 and true", got, c.Finished())
		}
		return nil
	})
	wantErr(t, "run", err, nil)
}

func TestA2_MainComesForFree(t *testing.T) {
	plain := func() error { return errBoom } // knows nothing of threads
	err := run(t, func(t0 *microthread.Thread) error {
		if t0.Program().Current() != t0 || t0.Name() != "main" || t0.Program().Threads() != 1 {
			t.Errorf("got current %v of %d threads, want main of 1", t0.Program().Current(), t0.Program().Threads())
		}
		return plain()
	})
	wantErr(t, "the error of main", err, errBoom)
}

func TestA3_NoPreemption(t *testing.T) {
	const threads, steps = 4, 250_000
	counter, inside := 0, 0
	err := run(t, func(t0 *microthread.Thread) error {
		for id := 1; id <= threads; id++ {
			microthread.StartAndForget(t0, func(c *microthread.Thread) error {
				for i := range steps {
					if inside != 0 {
						return fmt.Errorf("thread %d ran inside thread %d", id, inside)
					}
					inside = id
					old := counter
					if i%64 == 0 {
						runtime.Gosched()
					}
					counter = old + 1
					inside = 0
					if i%1000 == 0 {
						c.Yield()
					}
				}
				return nil
			})
		}
		return nil
	})
	wantErr(t, "run", err, nil)
	if counter != threads*steps {
		t.Errorf("got counter %d, want %d", counter, threads*steps)
	}
}

// nested calls itself down to depth 0 and does there what may suspend.
func nested(t *microthread.Thread, depth int, do func()) int {
	if depth == 0 {
		do()
		return 0
	}
	return 1 + nested(t, depth-1, do)
}

func TestA5_SuspendFiftyLevelsDown(t *testing.T) {
	bubble(t, func(t *testing.T) {
		err := run(t, func(t0 *microthread.Thread) error {
			out := microthread.Generate(t0, func(g *microthread.Thread) error {
				for i := range 3 {
					nested(g, 50, func() { g.Sleep(time.Second); g.Put(value.Int(int64(i))) })
				}
				return nil
			}, microthread.Capacity(1))
			for i := range int64(3) {
				var v value.Value
				var err error
				depth := nested(t0, 50, func() { v, err = out.Next() })
				if depth != 50 || err != nil || v.AsInt() != i {
					t.Errorf("got %v, %v at depth %d, want %d at depth 50", v, err, depth, i)
				}
			}
			_, err := out.Next()
			wantErr(t, "behind the last value", err, io.EOF)
			return nil
		})
		wantErr(t, "run", err, nil)
	})
}

func TestA7_CurrentThreadIsPerReactor(t *testing.T) {
	noLeaks(t)
	const programs = 4
	results := make(chan error, programs)
	for i := range programs {
		go func() {
			results <- microthread.Run(func(t0 *microthread.Thread) error {
				g := microthread.NewGroup(t0)
				for j := range 10 {
					g.Go(func(c *microthread.Thread) error {
						for range 100 {
							if got := c.Program().Current(); got != c {
								return fmt.Errorf("got current thread %v, want %v", got, c)
							}
							c.Yield()
						}
						return nil
					}, microthread.Named(fmt.Sprintf("program %d thread %d", i, j)))
				}
				return g.Wait()
			})
		}()
	}
	for range programs {
		wantErr(t, "a program", <-results, nil)
	}
	p := microthread.New(reactor.NewSystem())
	if got := p.Current(); got != nil {
		t.Errorf("outside of a run: got current thread %v, want none", got)
	}
	wantErr(t, "close", p.Close(), nil)
}

func TestA12_Critical(t *testing.T) {
	suspensions := []struct {
		name    string
		suspend func(t *microthread.Thread)
	}{
		{"sleep", func(t *microthread.Thread) { t.Sleep(time.Hour) }},
		{"yield", func(t *microthread.Thread) { t.Yield() }},
		{"next", func(t *microthread.Thread) {
			_, _ = microthread.Generate(t, microthread.Bind(count, 1)).Next()
		}},
		{"wait", func(t *microthread.Thread) {
			_, _ = microthread.StartInParallel(t, func(*microthread.Thread) (int, error) { return 0, nil }).Wait(t)
		}},
		{"blocking", func(t *microthread.Thread) { _, _ = t.Blocking(func() (any, error) { return nil, nil }) }},
	}
	for _, row := range suspensions {
		t.Run("A12 "+row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				start, cleaned := time.Now(), false
				err := run(t, func(t0 *microthread.Thread) error {
					defer func() {
						t0.Sleep(time.Second) // allowed again
						cleaned = true
					}()
					t0.Critical(func() {
						row.suspend(t0)
						t.Error("got behind the suspension")
					})
					return nil
				})
				wantErr(t, "the thread's error", err, microthread.ErrCritical)
				if took := time.Since(start); took != time.Second || !cleaned {
					t.Errorf("got %v, cleaned up %v, want 1s of clean-up only", took, cleaned)
				}
			})
		})
	}
	err := run(t, func(t0 *microthread.Thread) error {
		n := 0
		t0.Critical(func() { t0.Critical(func() { n++ }); n++ })
		t0.Yield()
		if n != 2 {
			t.Errorf("got %d steps, want 2", n)
		}
		return nil
	})
	wantErr(t, "A12 without a suspension", err, nil)
	err = run(t, func(t0 *microthread.Thread) error {
		func() {
			defer func() { _ = recover() }()
			t0.Critical(func() { panic("inside") })
		}()
		t0.Yield()
		return nil
	})
	wantErr(t, "A12 left by a panic", err, nil)
}

// TestK9_ValuesAreImmutable shows that what a reader has kept stays as it was: when the writer
// changes its own copy of a record, and when it fills the memory that its text came from again.
func TestK9_ValuesAreImmutable(t *testing.T) {
	shape := value.NewShape("a")
	pool := value.NewBlockPool(16)
	lines := func(g *microthread.Thread) error {
		for i := range 4 {
			b := pool.Get()
			g.PutBatch(value.NewLines(b, append(b.Bytes()[:0], fmt.Sprintf("line %d\nand %d\n", i, i)...)))
		}
		return nil
	}
	err := run(t, func(t0 *microthread.Thread) error {
		out := microthread.Generate(t0, func(g *microthread.Thread) error {
			r := value.NewRecord(shape, value.Int(1))
			g.Put(value.Rec(r))
			r = r.With("a", value.Int(2))
			r = r.With("b", value.Int(3))
			g.Put(value.Rec(r))
			return lines(g)
		})
		var kept []value.Value
		for v := range out.All() {
			kept = append(kept, v)
		}
		var got []string
		for _, v := range kept {
			got = append(got, v.String())
		}
		equal(t, "values", got, []string{`{"a":1}`, `{"a":2,"b":3}`,
			"line 0", "and 0", "line 1", "and 1", "line 2", "and 2", "line 3", "and 3"})

		used := make(map[*byte]bool)
		for b, err := range microthread.Generate(t0, lines).Batches() {
			if err != nil {
				return err
			}
			used[&b.Data()[0]] = true
		}
		if len(used) == 4 {
			t.Error("got memory of its own for each text though nobody kept any: the test shows nothing")
		}
		return nil
	})
	wantErr(t, "run", err, nil)
}

// TestK9_BatchHasOneOwner shows that a batch that was put is no longer its putter's.
func TestK9_BatchHasOneOwner(t *testing.T) {
	err := run(t, func(t0 *microthread.Thread) error {
		src := microthread.Generate(t0, microthread.Bind(count, 100))
		mid := microthread.Generate(t0, func(g *microthread.Thread) error {
			for b, err := range g.Batches() {
				if err != nil {
					return err
				}
				g.PutBatch(b)
				if g.Stdin().Take(b) {
					t.Error("got the batch a second time, want it gone")
				}
			}
			return nil
		}, microthread.Stdin(src))
		got, err := read(mid)
		if len(got) != 100 || !slices.IsSorted(got) {
			t.Errorf("got %v, want 0 to 99", got)
		}
		return err
	})
	wantErr(t, "run", err, nil)
}

// contains checks that a text has parts in it, in order.
func contains(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, part := range parts {
		i := strings.Index(rest, part)
		if i < 0 {
			t.Errorf("%s: got no %q in its place in:\n%s", what, part, text)
			return
		}
		rest = rest[i+len(part):]
	}
}
