package microthread_test

import (
	"errors"
	"io"
	"os"
	"runtime"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/reactor"
	"mtpipe/value"
)

// asFile makes f the standard error until the returned function gives back what was
// written there.
func asFile(t *testing.T) (text func() string) {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "stderr")
	if err != nil {
		t.Fatal(err)
	}
	before := os.Stderr
	os.Stderr = f
	return func() string {
		os.Stderr = before
		_, _ = f.Seek(0, io.SeekStart)
		b, _ := io.ReadAll(f)
		_ = f.Close()
		return string(b)
	}
}

func TestB1_EndsSilently(t *testing.T) {
	var zombie bool
	err := run(t, func(t0 *microthread.Thread) error {
		c := microthread.StartAndForget(t0, func(*microthread.Thread) error { return nil })
		t0.Yield()
		t0.Yield()
		zombie = !c.Finished() || c.Zombie()
		return nil
	})
	wantErr(t, "run", err, nil)
	if zombie {
		t.Error("got a thread that is there after its end, want none")
	}
}

func TestB2_ErrorGoesToTheHandler(t *testing.T) {
	for _, row := range []struct {
		name string
		fn   func(*microthread.Thread) error
		want error
	}{
		{"B2 error", func(*microthread.Thread) error { return errBoom }, errBoom},
		{"B2 panic", func(*microthread.Thread) error { panic(errBoom) }, errBoom},
		{"B2 Goexit", func(*microthread.Thread) error { runtime.Goexit(); return nil }, microthread.ErrGoexit},
		{"B2 put without stdout", func(c *microthread.Thread) error { c.Put(value.Null); return nil }, microthread.ErrNoStdout},
	} {
		t.Run(row.name, func(t *testing.T) {
			var got []error
			own := func(h *microthread.Thread, err error) error {
				got = append(got, err)
				if h.Program().Current() != h {
					t.Error("the handler does not run in the thread that it is given")
				}
				return nil
			}
			err := run(t, func(t0 *microthread.Thread) error {
				microthread.StartAndForget(t0, row.fn, microthread.Handler(own), microthread.Named("child"))
				return nil
			})
			wantErr(t, "run", err, nil)
			var e *microthread.Error
			if len(got) != 1 || !errors.Is(got[0], row.want) || !errors.As(got[0], &e) || e.Thread != "child" {
				t.Errorf("got %v, want %v of child once", got, row.want)
			}
		})
	}
}

func TestB3_DefaultHandlerPrintsTheTraceback(t *testing.T) {
	noLeaks(t)
	text := asFile(t)
	err := microthread.Run(func(t0 *microthread.Thread) error {
		microthread.StartAndForget(t0, func(*microthread.Thread) error { return errBoom }, microthread.Named("child"))
		return nil
	}, microthread.OnError(nil))
	got := text()
	wantErr(t, "run", err, nil)
	contains(t, "standard error", got, "error in child, started at ", "forget_test.go:", ": boom\n")
}

func TestB4_NoZombies(t *testing.T) {
	if testing.Short() {
		t.Skip("makes 10^5 threads")
	}
	const threads, wave = 100_000, 1000
	var first, last uint64
	err := run(t, func(t0 *microthread.Thread) error {
		done := 0
		for i := range threads {
			microthread.StartAndForget(t0, func(*microthread.Thread) error { done++; return nil })
			if i%wave == wave-1 {
				t0.Yield()
				t0.Yield()
				if n := t0.Program().Threads(); n != 1 {
					t.Fatalf("got %d threads after %d, want main alone", n, i+1)
				}
			}
			switch i {
			case threads / 10:
				first = memory()
			case threads - 1:
				last = memory()
			}
		}
		if done != threads {
			t.Errorf("got %d threads run, want %d", done, threads)
		}
		return nil
	})
	wantErr(t, "run", err, nil)
	if last > first+1<<20 {
		t.Errorf("memory grew from %d to %d bytes over 90,000 threads, want it flat", first, last)
	}
}

// memory returns the bytes in use by heap and stacks after a collection.
func memory() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

func TestB5_HandlerThatFails(t *testing.T) {
	for _, row := range []struct {
		name    string
		handler func(*microthread.Thread, error) error
		want    error
	}{
		{"B5 error", func(*microthread.Thread, error) error { return errOther }, errOther},
		{"B5 panic", func(*microthread.Thread, error) error { panic(errOther) }, errOther},
		{"B5 panic behind a suspension", func(h *microthread.Thread, _ error) error { h.Sleep(1); panic(errOther) }, errOther},
		{"B5 Goexit", func(*microthread.Thread, error) error { runtime.Goexit(); return nil }, microthread.ErrGoexit},
		{"B5 put", func(h *microthread.Thread, _ error) error { h.Put(value.Null); return nil }, microthread.ErrNoStdout},
	} {
		t.Run(row.name, func(t *testing.T) {
			var last []error
			for _, set := range []struct {
				opt     microthread.Option
				setting microthread.Setting
			}{
				{microthread.OnError(row.handler), microthread.Handler(nil)},
				{microthread.OnError(nil), microthread.Handler(row.handler)},
			} {
				last = nil
				err := run(t, func(t0 *microthread.Thread) error {
					microthread.StartAndForget(t0, func(*microthread.Thread) error { return errBoom }, set.setting)
					return nil
				}, set.opt, microthread.LastResort(func(err error) { last = append(last, err) }))
				wantErr(t, "run", err, nil)
				if len(last) != 1 || !errors.Is(last[0], errBoom) || !errors.Is(last[0], row.want) {
					t.Errorf("the last resort got %v, want one error with boom and %v", last, row.want)
				}
			}
		})
	}
	text := asFile(t)
	err := run(t, func(t0 *microthread.Thread) error {
		microthread.StartAndForget(t0, func(*microthread.Thread) error { return errBoom },
			microthread.Handler(func(*microthread.Thread, error) error { return errOther }))
		return nil
	}, microthread.LastResort(nil))
	got := text()
	wantErr(t, "B5 default last resort", err, nil)
	contains(t, "B5 default last resort", got, "boom\n", "the error handler failed: other\n")
}

func TestB5_HandlerThatSuspends(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var order []string
		err := run(t, func(t0 *microthread.Thread) error {
			microthread.StartAndForget(t0, func(*microthread.Thread) error { return errBoom },
				microthread.Handler(func(h *microthread.Thread, err error) error {
					h.Sleep(2 * time.Second)
					v, werr := microthread.StartInParallel(h, func(*microthread.Thread) (string, error) { return "child", nil }).Wait(h)
					order = append(order, "handler "+v)
					return werr
				}))
			t0.Sleep(time.Second)
			order = append(order, "main")
			return nil
		})
		wantErr(t, "run", err, nil)
		equal(t, "order", order, []string{"main", "handler child"})
	})
}

// TestB5_HandlerRunsAtTheEndOfEverything shows that an abort and a deadlock do not keep an
// error from its handler.
func TestB5_HandlerRunsAtTheEndOfEverything(t *testing.T) {
	var got []error
	err := run(t, func(t0 *microthread.Thread) error {
		microthread.StartAndForget(t0, func(*microthread.Thread) error { return errBoom })
		microthread.StartAndForget(t0, func(c *microthread.Thread) error {
			c.Program().Abort(time.Second) // the handler's turn comes next
			return nil
		})
		t0.Sleep(time.Hour)
		return nil
	}, heard(&got))
	wantErr(t, "run", err, microthread.ErrTerminated)
	if len(got) != 1 || !errors.Is(got[0], errBoom) {
		t.Errorf("the handler got %v, want boom", got)
	}
}

func TestB6_ArgumentsAreEvaluatedAtTheStart(t *testing.T) {
	var got []int
	err := run(t, func(t0 *microthread.Thread) error {
		n := 1
		add := func(_ *microthread.Thread, n int) error { got = append(got, n); return nil }
		for ; n <= 3; n++ {
			microthread.StartAndForget(t0, microthread.Bind(add, n))
		}
		n = 99
		return nil
	})
	wantErr(t, "run", err, nil)
	equal(t, "arguments", got, []int{1, 2, 3})
}

func TestB7_OutlivesParentAndMain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var order []string
		err := run(t, func(t0 *microthread.Thread) error {
			microthread.StartAndForget(t0, func(c *microthread.Thread) error {
				microthread.StartAndForget(c, func(g *microthread.Thread) error {
					g.Sleep(time.Minute)
					order = append(order, "grandchild")
					return nil
				})
				c.Sleep(time.Second)
				order = append(order, "child")
				return nil
			})
			order = append(order, "main")
			return nil
		})
		order = append(order, "run")
		wantErr(t, "run", err, nil)
		equal(t, "order of the ends", order, []string{"main", "child", "grandchild", "run"})
	})
	noLeaks(t)
	p := microthread.New(reactor.NewSystem())
	wantErr(t, "B7 nothing left", p.Run(), nil)
	wantErr(t, "B7 close", p.Close(), nil)
}
