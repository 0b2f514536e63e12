package microthread_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"mtpipe/microthread"
	"mtpipe/reactor"
)

// failed starts a thread that fails with boom and returns its error.
func failed(t0 *microthread.Thread) error {
	_, err := microthread.StartInParallel(t0, func(*microthread.Thread) (int, error) { return 0, errBoom }, microthread.Named("root")).Wait(t0)
	return err
}

// TestB2_SharedError lets several threads fail with one error, as it is or with text of their
// own around it: each is told once, and which thread ended with it.
func TestB2_SharedError(t *testing.T) {
	for _, row := range []struct {
		name string
		end  func(shared error, name string) error
		want string // with the thread's name for *
	}{
		{"B2 wrapped", func(shared error, name string) error { return fmt.Errorf("%s says: %w", name, shared) },
			"* says: boom (in root, awaited by main, awaited by *)"},
		{"B2 joined", func(shared error, name string) error { return errors.Join(errors.New(name), shared) },
			"*\nboom (in root, awaited by main, awaited by *)"},
		{"B2 as it is", func(shared error, _ string) error { return shared }, "boom (in root, awaited by *)"},
		{"B2 plain", func(error, string) error { return errBoom }, "boom (in *)"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var got, want []string
			var shared error
			err := run(t, func(t0 *microthread.Thread) error {
				shared = failed(t0)
				for _, name := range []string{"ann", "bob", "eve"} {
					microthread.StartAndForget(t0, func(*microthread.Thread) error { return row.end(shared, name) }, microthread.Named(name))
					want = append(want, strings.ReplaceAll(strings.Replace(row.want, ", awaited by main", "", 1), "*", name))
				}
				return nil
			}, microthread.OnError(func(_ *microthread.Thread, err error) error {
				if !errors.Is(err, errBoom) {
					t.Errorf("got %v, want boom in it", err)
				}
				got = append(got, fmt.Sprint(err))
				return nil
			}))
			wantErr(t, "run", err, nil)
			equal(t, "what the handler got", got, want)
			if s := fmt.Sprint(shared); s != "boom (in root)" {
				t.Errorf("got %q of the error that they share, want it as it was", s)
			}
		})
	}
}

// TestC2_EachWaiterHasItsOwnHop lets two threads wait for one that failed and a third for
// both: none reads of the other.
func TestC2_EachWaiterHasItsOwnHop(t *testing.T) {
	var via []string
	err := run(t, func(t0 *microthread.Thread) error {
		root := microthread.StartInParallel(t0, func(*microthread.Thread) (int, error) { return 0, errBoom }, microthread.Named("root"))
		waits := func(c *microthread.Thread) (int, error) { return root.Wait(c) }
		a := microthread.StartInParallel(t0, waits, microthread.Named("A"))
		b := microthread.StartInParallel(t0, waits, microthread.Named("B"))
		for _, k := range []*microthread.Task[int]{a, b, root} {
			_, err := k.Wait(t0)
			via = append(via, fmt.Sprint(err))
			var e *microthread.Error
			if !errors.As(err, &e) || e.Thread != "root" || !errors.Is(err, errBoom) || !errors.Is(err, root.Err()) || !errors.Is(root.Err(), err) {
				t.Errorf("got %+v, want the error of root", err)
			}
		}
		if errors.Is(a.Err(), failed(t0)) {
			t.Error("the error of one thread is that of another")
		}
		return nil
	})
	wantErr(t, "run", err, nil)
	equal(t, "the ways", via, []string{"boom (in root, awaited by A)", "boom (in root, awaited by B)", "boom (in root)"})
}

// TestC2_ValueBesideAnError takes both, by Wait and by what combines Deferreds.
func TestC2_ValueBesideAnError(t *testing.T) {
	err := run(t, func(t0 *microthread.Thread) error {
		r := t0.Program().Reactor()
		start := func(n int, err error) *microthread.Task[int] {
			return microthread.StartInParallel(t0, func(*microthread.Thread) (int, error) { return n, err })
		}
		part, whole := start(3, errBoom), start(4, nil)
		var first, all, late, good reactor.Outcome
		r.First(part.Deferred(), whole.Deferred()).OnFinish(func(o reactor.Outcome) { first = o })
		r.Any(part.Deferred(), whole.Deferred()).OnFinish(func(o reactor.Outcome) { good = o })
		r.All(whole.Deferred(), start(5, nil).Deferred()).OnFinish(func(o reactor.Outcome) { all = o })
		for range 2 {
			n, err := part.Wait(t0)
			if n != 3 || !errors.Is(err, errBoom) {
				t.Errorf("got %d, %v, want 3 and boom", n, err)
			}
		}
		for range 4 {
			t0.Yield()
		}
		r.First(whole.Deferred()).OnFinish(func(o reactor.Outcome) { late = o })
		for range 4 {
			t0.Yield()
		}
		if first.Value() != 3 || !errors.Is(first.Err(), errBoom) {
			t.Errorf("First: got %v, %v, want 3 and boom", first.Value(), first.Err())
		}
		equal(t, "Any, First of one that had ended", []any{good.Value(), late.Value()}, []any{4, 4})
		equal(t, "All", all.Value().([]any), []any{4, 5})
		return nil
	})
	wantErr(t, "run", err, nil)
}

// TestC5_NoValueWithoutAnEnd looks at waits that end before the task does.
func TestC5_NoValueWithoutAnEnd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		err := run(t, func(t0 *microthread.Thread) error {
			k := microthread.StartInParallel(t0, func(c *microthread.Thread) (int, error) { c.Sleep(2); return 7, reactor.ErrTimeout })
			n, err := k.WaitFor(t0, 1)
			wantErr(t, "the first wait", err, reactor.ErrTimeout)
			m, err := k.WaitFor(t0, 9)
			wantErr(t, "the second wait", err, reactor.ErrTimeout)
			equal(t, "values", []int{n, m}, []int{0, 7})
			return nil
		})
		wantErr(t, "run", err, nil)
	})
}

// TestI1_Printed shows the forms of an error that has come through a pipe and two waits.
func TestI1_Printed(t *testing.T) {
	line := here() + 1
	err := microthread.Run(func(t0 *microthread.Thread) error {
		k := microthread.StartInParallel(t0, func(c *microthread.Thread) (int, error) {
			_, err := read(microthread.Generate(c, func(*microthread.Thread) error { return errBoom }, microthread.Named("source")))
			return 0, fmt.Errorf("cannot count: %w", err)
		}, microthread.Named("counter"))
		_, err := k.Wait(t0)
		return err
	})
	chain := "in source, through the stdout of source by counter, awaited by main"
	for _, row := range [][2]string{
		{"%v", "cannot count: boom (" + chain + ")"}, {"%s", "cannot count: boom"}, {"%q", `"cannot count: boom"`},
		{"%-20s|", "cannot count: boom  |"},
	} {
		if got := fmt.Sprintf(row[0], err); got != row[1] {
			t.Errorf("%s: got %q, want %q", row[0], got, row[1])
		}
	}
	want := regexp.MustCompile(fmt.Sprintf(`^error in counter, started at \S*failures_test.go:%d: cannot count: boom
  awaited by main, started at \S*failures_test.go:%[2]d
  it comes of an error in source, started at \S*failures_test.go:%d: boom
    through the stdout of source by counter, started at \S*failures_test.go:%[1]d$`, line+1, line, line+2))
	if got := fmt.Sprintf("%+v", err); !want.MatchString(got) {
		t.Errorf("%%+v: got\n%s\nwant\n%s", got, want)
	}
}

// TestI1_SeveralPrinted joins what main and a deadlock leave.
func TestI1_SeveralPrinted(t *testing.T) {
	err := microthread.Run(func(t0 *microthread.Thread) error {
		g := microthread.NewGroup(t0)
		for _, name := range []string{"ann", "bob"} {
			g.Go(func(c *microthread.Thread) error {
				defer func() { panic("no " + name) }() // the second one when the first has ended it
				c.Sleep(1)
				return nil
			}, microthread.Named(name))
		}
		return g.Wait()
	})
	if got, want := fmt.Sprint(err), "panic: no ann\npanic: no bob (in ann, awaited by main; in bob, awaited by main)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	contains(t, "the traceback", fmt.Sprintf("%+v", err), "error in main, started at ", "no ann\npanic: no bob\n",
		"it comes of an error in ann, started at ", ": no ann\n", "it comes of an error in bob, started at ", ": no bob\n")
}
