package microthread_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/value"
)

// cutOff runs fn as a generator whose reader takes one value, closes the pipe and then lets
// it have a few turns. It returns the errors that reached the handler and how many threads
// were cut off.
func cutOff(t *testing.T, fn func(g *microthread.Thread) error) (errs []error, cut int) {
	t.Helper()
	bubble(t, func(t *testing.T) {
		err := run(t, func(t0 *microthread.Thread) error {
			out := microthread.Generate(t0, fn, microthread.Capacity(1), microthread.Named("g"))
			for range out.All() {
				break
			}
			t0.Sleep(time.Minute)
			if n := t0.Program().Threads(); n != 1 {
				t.Errorf("got %d threads a minute behind the close, want main alone", n)
			}
			cut = t0.Program().CutOff()
			return nil
		}, heard(&errs))
		wantErr(t, "run", err, nil)
	})
	return errs, cut
}

func TestE5_PutAfterClose(t *testing.T) {
	steps := ""
	step := func(s string) { steps += s + " " }
	rows := []struct {
		name, want string
		cut        int
		fn         func(g *microthread.Thread) error
	}{
		{"E5 clean-up runs", "inner outer ", 1, func(g *microthread.Thread) error {
			defer step("outer")
			func() {
				defer step("inner")
				_ = count(g, 100)
			}()
			step("behind")
			return errBoom
		}},
		{"E5 recover cannot swallow it", "nil nil ", 1, func(g *microthread.Thread) error {
			for {
				func() {
					defer func() {
						if p := recover(); p == nil {
							step("nil")
						}
					}()
					g.Put(value.Int(1))
				}()
				if len(steps) > 40 {
					return errors.New("it was swallowed")
				}
			}
		}},
		{"E5 clean-up may suspend", "slept child ", 1, func(g *microthread.Thread) error {
			defer func() {
				g.Sleep(time.Second)
				step("slept")
				v, _ := microthread.StartInParallel(g, func(*microthread.Thread) (string, error) { return "child", nil }).Wait(g)
				step(v)
			}()
			return count(g, 100)
		}},
		{"E5 put while cleaning up", "first second ", 1, func(g *microthread.Thread) error {
			defer step("second")
			defer g.Put(value.Null)
			defer func() { defer step("first"); g.Put(value.Null); step("behind") }()
			return count(g, 100)
		}},
		{"E5 batch", "batch ", 1, func(g *microthread.Thread) error {
			defer step("batch")
			for i := range int64(10) {
				b := value.NewValues(1)
				b.Add(value.Int(i))
				g.PutBatch(b)
			}
			return errBoom
		}},
		{"E5 take_from", "taken ", 2, func(g *microthread.Thread) error {
			defer step("taken")
			return g.TakeFromPipe(microthread.Generate(g, microthread.Bind(count, 100)))
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			steps = ""
			errs, cut := cutOff(t, row.fn)
			if steps != row.want || len(errs) != 0 {
				t.Errorf("got steps %q and errors %v, want %q and none", steps, errs, row.want)
			}
			if cut != row.cut {
				t.Errorf("got %d cut off, want %d", cut, row.cut)
			}
		})
	}
}

func TestE5_TryPutGivesAnError(t *testing.T) {
	var got []error
	ended := false
	errs, cut := cutOff(t, func(g *microthread.Thread) error {
		for range 2 {
			wantErr(t, "before the close", g.TryPut(value.Int(0)), nil)
		}
		for range 2 {
			got = append(got, g.TryPut(value.Int(1)))
		}
		g.Sleep(time.Second)
		if g.Program().CutOff() != 0 {
			t.Errorf("got %d cut off, want none yet", g.Program().CutOff())
		}
		defer func() { ended = true }()
		g.Put(value.Int(2))
		return errBoom
	})
	equal(t, "errors", got, []error{pipe.ErrReaderGone, pipe.ErrReaderGone})
	if !ended || len(errs) != 0 || cut != 1 {
		t.Errorf("got end %v, errors %v, %d cut off, want the put to end the thread silently", ended, errs, cut)
	}
}

// TestE5_HidesNoOtherError raises errors while a thread that was cut off cleans up, and
// cuts off threads that clean up after an error.
func TestE5_HidesNoOtherError(t *testing.T) {
	rows := []struct {
		name string
		fn   func(g *microthread.Thread) error
	}{
		{"E5 panic in the clean-up", func(g *microthread.Thread) error {
			defer func() { panic(errBoom) }()
			return count(g, 100)
		}},
		{"E5 panic in the clean-up, more of it behind", func(g *microthread.Thread) error {
			defer g.Put(value.Null)
			defer func() { g.Sleep(time.Second); panic(errBoom) }()
			return count(g, 100)
		}},
		{"E5 put while a panic cleans up", func(g *microthread.Thread) error {
			defer func() { g.Put(value.Null); g.Put(value.Null) }()
			for g.TryPut(value.Int(0)) == nil {
			}
			panic(errBoom)
		}},
		{"E5 closed while a panic cleans up", func(g *microthread.Thread) error {
			defer func() { g.Sleep(time.Second) }()
			g.Put(value.Int(0))
			panic(errBoom)
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			errs, _ := cutOff(t, row.fn)
			if len(errs) != 1 || !errors.Is(errs[0], errBoom) {
				t.Errorf("the handler got %v, want boom once", errs)
			}
		})
	}
}

// TestE5_RestartInARecover ends threads that go on for ever inside a deferred function, as a
// panic's clean-up does not.
func TestE5_RestartInARecover(t *testing.T) {
	for _, row := range []struct {
		name string
		work func(g *microthread.Thread)
	}{
		{"E5 puts for ever", func(g *microthread.Thread) { g.Put(value.Null) }},
		{"E5 sleeps for ever", func(g *microthread.Thread) { g.Put(value.Null); g.Sleep(time.Millisecond) }},
	} {
		t.Run(row.name, func(t *testing.T) {
			errs, cut := cutOff(t, func(g *microthread.Thread) error {
				defer func() {
					if recover() != nil {
						for {
							row.work(g)
						}
					}
				}()
				panic(errBoom)
			})
			if len(errs) != 0 || cut != 1 {
				t.Errorf("got errors %v, %d cut off, want a silent end", errs, cut)
			}
		})
	}
}

// TestE5_OtherStdouts shows that a thread ends when nobody reads it any more, not before.
func TestE5_OtherStdouts(t *testing.T) {
	inRun(t, []row{{"E5 two readers", func(t *testing.T, t0 *microthread.Thread) error {
		r := t0.Program().Reactor()
		outs := []*pipe.Pipe{pipe.New(r, "one", 1), pipe.New(r, "two", 1)}
		took := [2]int{}
		w := t0.Program().Start(microthread.Spec{Name: "w", Stdout: outs, Run: func(w *microthread.Thread) error {
			for i := 0; ; i++ {
				if w.PutTo(outs[i%2], value.Int(int64(i))) {
					took[i%2]++
				}
			}
		}})
		reader := func(out *pipe.Pipe, n int) *microthread.Task[int] {
			return microthread.StartInParallel(t0, func(c *microthread.Thread) (int, error) {
				for range out.All() {
					if n--; n == 0 {
						break
					}
				}
				return n, nil
			})
		}
		short, long := reader(outs[0], 2), reader(outs[1], 5)
		_, err := short.Wait(t0)
		if w.Finished() {
			t.Error("the writer ended with its first reader, want it to serve the other")
		}
		_, werr := long.Wait(t0)
		for range 3 {
			t0.Yield()
		}
		if !w.Finished() || t0.Program().CutOff() != 1 || took[0] > 4 || took[1] < 4 {
			t.Errorf("got end %v, %d cut off, %v taken, want the writer cut off", w.Finished(), t0.Program().CutOff(), took)
		}
		return errors.Join(err, werr)
	}}})
}

func TestE6_CapacityOne(t *testing.T) {
	inRun(t, []row{
		{"E6 suspends on the second put", func(t *testing.T, t0 *microthread.Thread) error {
			put := 0
			out := microthread.Generate(t0, func(g *microthread.Thread) error {
				for ; put < 5; put++ {
					g.Put(value.Int(int64(put)))
				}
				return nil
			}, microthread.Capacity(1))
			for read := range 5 {
				t0.Sleep(time.Second)
				if want := min(read+1, 5); put != want {
					t.Errorf("before read %d: got %d puts done, want %d", read, put, want)
				}
				v, err := out.Next()
				if v.AsInt() != int64(read) || err != nil {
					t.Errorf("got %v, %v, want %d", v, err, read)
				}
			}
			return nil
		}},
		{"E6 capacity shows only as speed", func(t *testing.T, t0 *microthread.Thread) error {
			for _, capacity := range []int{1, 2, 3, 64, 1024} {
				var trace []string
				for v, err := range microthread.Generate(t0, func(g *microthread.Thread) error {
					_ = count(g, 300)
					return errBoom
				}, microthread.Capacity(capacity)).All() {
					if err != nil {
						trace = append(trace, fmt.Sprint(v, err.Error()))
						continue
					}
					trace = append(trace, fmt.Sprint(v, nil))
				}
				if len(trace) != 301 || trace[299] != "299 <nil>" || trace[300] != "boom" {
					t.Errorf("capacity %d: got %d reads ending in %q, want 300 values, then boom", capacity, len(trace), trace[len(trace)-2:])
				}
			}
			return nil
		}},
	})
}

// TestE6_Growth shows how far ahead of its reader a writer gets whose pipe has room.
func TestE6_Growth(t *testing.T) {
	inRun(t, []row{
		{"E6 a large pipe grows with its stream", func(t *testing.T, t0 *microthread.Thread) error {
			put := 0
			out := microthread.Generate(t0, func(g *microthread.Thread) error {
				for ; ; put++ {
					g.Put(value.Int(int64(put)))
				}
			})
			var got []int
			for range 6 {
				t0.Sleep(time.Second)
				got = append(got, put)
				if _, err := out.NextBatch(); err != nil {
					return err
				}
			}
			equal(t, "puts done before each batch is read", got, []int{1, 3, 7, 15, 31, 63})
			return nil
		}},
		{"E6 a value does not wait for a writer that yields", func(t *testing.T, t0 *microthread.Thread) error {
			var order []string
			out := microthread.Generate(t0, func(g *microthread.Thread) error {
				g.Put(value.Null)
				g.Yield() // the reader waits now
				for i := range 3 {
					g.Put(value.Int(int64(i)))
					order = append(order, fmt.Sprint("put ", i))
					g.Yield()
				}
				return nil
			})
			for v := range out.All() {
				order = append(order, "got "+v.String())
			}
			equal(t, "order", order, []string{"got ", "put 0", "got 0", "put 1", "got 1", "put 2", "got 2"})
			return nil
		}},
		{"E6 head 1 pulls one value", func(t *testing.T, t0 *microthread.Thread) error {
			put := 0
			out := microthread.Generate(t0, func(g *microthread.Thread) error {
				for ; ; put++ {
					g.Put(value.Int(int64(put)))
				}
			})
			for range out.All() {
				break
			}
			if put != 1 {
				t.Errorf("got %d puts done for one value, want 1", put)
			}
			return nil
		}},
	})
}
