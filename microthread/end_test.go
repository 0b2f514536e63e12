package microthread_test

import (
	"errors"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/reactor"
	"mtpipe/value"
)

// pass puts what it reads, each value after a while.
func pass(after time.Duration) func(*microthread.Thread) error {
	return func(t *microthread.Thread) error {
		for v, err := range t.In() {
			if err != nil {
				return err
			}
			if after > 0 {
				t.Sleep(after)
			}
			t.Put(v)
		}
		return nil
	}
}

// next puts the next integer and counts it when the put is done.
func next(t *microthread.Thread, put *int) {
	t.Put(value.Int(int64(*put)))
	*put++
}

// drains are sources in the state in which a drain finds them, and how many values they
// have put by then at the least.
var drains = []struct {
	name     string
	capacity int
	source   func(g *microthread.Thread, put *int) error
	least    int
}{
	{"I3 source asleep", 64, func(g *microthread.Thread, put *int) error {
		for {
			if next(g, put); *put == 10 {
				g.Sleep(time.Hour)
			}
		}
	}, 10},
	{"I3 source in a put", 1, func(g *microthread.Thread, put *int) error {
		for {
			next(g, put)
		}
	}, 3},
	{"I3 source in a put, large pipe", 1024, func(g *microthread.Thread, put *int) error {
		for {
			next(g, put)
		}
	}, 3},
	{"I3 source in a blocking call", 4, func(g *microthread.Thread, put *int) error {
		for {
			next(g, put)
			_, _ = g.Blocking(func() (any, error) { time.Sleep(time.Second / 4); return nil, nil })
		}
	}, 3},
	{"I3 source puts a last line while cleaning up", 4, func(g *microthread.Thread, put *int) error {
		defer next(g, put)
		for {
			next(g, put)
			g.Sleep(time.Second / 4)
		}
	}, 3},
	{"I3 no value yet", 4, func(g *microthread.Thread, put *int) error { g.Sleep(time.Hour); return nil }, 0},
}

func TestI3_Drain(t *testing.T) { mustDrain(t, reactor.DefaultSlice) }

// TestK4_Drain has threads that give up their turns at every batch.
func TestK4_Drain(t *testing.T) { mustDrain(t, 0) }

func mustDrain(t *testing.T, slice time.Duration) {
	for _, row := range drains {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var got []int64
				put, inPut, cleaned, start := 0, 0, false, time.Now()
				err := run(t, func(t0 *microthread.Thread) error {
					t0.Program().Reactor().System().SetSlice(slice)
					size := microthread.Capacity(row.capacity)
					src := microthread.Generate(t0, func(g *microthread.Thread) error {
						defer func() { cleaned = true }()
						return row.source(g, &put)
					}, size)
					mid := microthread.Generate(t0, pass(time.Second/8), microthread.Stdin(src), size)
					sum := microthread.Generate(t0, func(g *microthread.Thread) error { return g.TakeFromPipe(mid) }, microthread.Reading(mid), size)
					p := t0.Program()
					microthread.StartAndForget(t0, func(c *microthread.Thread) error {
						c.Sleep(time.Second)
						if src.Writing() {
							inPut = 1 // still goes through
						}
						p.Drain()
						p.Drain()
						return nil
					})
					var err error
					got, err = read(sum)
					return err
				})
				wantErr(t, "run", err, nil)
				if slice == 0 && len(got) == put+inPut+1 {
					put++ // it was done, but the source gave up its turn before it knew
				}
				if n := len(got); n != put+inPut || n < row.least || !cleaned {
					t.Errorf("got %d values of %d put, clean-up %v, want all and at least %d", n, put, cleaned, row.least)
				}
				for i, v := range got {
					if v != int64(i) {
						t.Fatalf("got %v, want them in order", got)
					}
				}
				if took := time.Since(start); took > 10*time.Minute {
					t.Errorf("got the end after %v, want it soon", took)
				}
				time.Sleep(time.Second) // a blocking call runs to its end
			})
		})
	}
}

// TestI3_DrainByTheSource drains from inside the source, and before anything has begun.
func TestI3_DrainByTheSource(t *testing.T) {
	inRun(t, []row{
		{"I3 by the source", func(t *testing.T, t0 *microthread.Thread) error {
			start := time.Now()
			got, err := read(microthread.Generate(t0, func(g *microthread.Thread) error {
				g.Put(value.Int(0))
				g.Program().Drain()
				g.Put(value.Int(1))
				g.Sleep(time.Hour)
				g.Put(value.Int(2))
				return nil
			}))
			if took := time.Since(start); len(got) < 1 || len(got) > 2 || took != 0 {
				t.Errorf("got %v after %v, want what was put, at once", got, took)
			}
			return err
		}},
		{"I3 a thread that ends by itself", func(t *testing.T, t0 *microthread.Thread) error {
			kept := func(keep bool) *pipe.Pipe {
				return microthread.Generate(t0, func(g *microthread.Thread) error {
					g.KeepOnDrain(keep)
					g.Put(value.Int(0))
					g.Sleep(time.Hour)
					g.Put(value.Int(1))
					return nil
				})
			}
			one, other := kept(true), kept(false)
			t0.Sleep(time.Second)
			t0.Program().Drain()
			got, err := read(other)
			equal(t, "values of one that is not kept", got, []int64{0})
			if err == nil {
				got, err = read(one)
				equal(t, "values of one that is", got, []int64{0, 1})
			}
			return err
		}},
		{"I3 before the source's first turn", func(t *testing.T, t0 *microthread.Thread) error {
			out := microthread.Generate(t0, microthread.Bind(count, 3))
			t0.Program().Drain()
			got, err := read(out)
			equal(t, "values", got, nil)
			return err
		}},
	})
}

// TestI3_AbortSinksFirst aborts a pipeline: the clean-up of each thread runs before that of
// the one that it reads from, whichever was started first.
func TestI3_AbortSinksFirst(t *testing.T) {
	for _, row := range []struct {
		name  string
		order []int // in which the three are started
	}{
		{"I3 source started first", []int{0, 1, 2}},
		{"I3 sink started first", []int{2, 1, 0}},
		{"I3 middle started first", []int{1, 0, 2}},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var order []string
				err := run(t, func(t0 *microthread.Thread) error {
					r := t0.Program().Reactor()
					one, two := pipe.New(r, "one", 1), pipe.New(r, "two", 1)
					specs := []microthread.Spec{
						{Name: "source", Stdout: []*pipe.Pipe{one}},
						{Name: "middle", Stdin: one, Stdout: []*pipe.Pipe{two}},
						{Name: "sink", Stdin: two},
					}
					for _, i := range row.order {
						specs[i].Run = func(c *microthread.Thread) error {
							defer func() { order = append(order, c.Name()) }()
							_, _ = c.Next()
							c.Sleep(time.Hour)
							return nil
						}
						t0.Program().Start(specs[i])
					}
					microthread.StartAndForget(t0, func(c *microthread.Thread) error {
						c.Sleep(time.Second)
						c.Program().Abort(time.Second)
						return nil
					})
					return nil
				})
				wantErr(t, "run", err, nil)
				equal(t, "order of the clean-ups", order, []string{"sink", "middle", "source"})
			})
		})
	}
}

func TestI3_AbortLimit(t *testing.T) {
	rows := []struct {
		name  string
		clean func(c *microthread.Thread)
		took  time.Duration
		stuck bool
	}{
		{"I3 clean-up in time", func(c *microthread.Thread) { c.Sleep(time.Second) }, time.Second, false},
		{"I3 nothing to clean up", func(c *microthread.Thread) {}, 0, false},
		{"I3 clean-up takes too long", func(c *microthread.Thread) { c.Sleep(time.Hour) }, 5 * time.Second, true},
		{"I3 clean-up never ends", func(c *microthread.Thread) {
			for {
				c.Sleep(time.Second)
			}
		}, 5 * time.Second, true},
		{"I3 clean-up ignores errors", func(c *microthread.Thread) {
			for {
				_, _ = c.Blocking(func() (any, error) { time.Sleep(time.Second); return nil, nil })
			}
		}, 5 * time.Second, true},
		{"I3 clean-up waits for nothing", func(c *microthread.Thread) { new(microthread.Cond).Wait(c, "waiting") }, 5 * time.Second, true},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var start time.Time
				rest := false
				err := run(t, func(t0 *microthread.Thread) error {
					microthread.StartAndForget(t0, func(c *microthread.Thread) error {
						defer func() { rest = true }()
						defer row.clean(c)
						c.Sleep(24 * time.Hour)
						return nil
					}, microthread.Named("stuck"))
					microthread.StartAndForget(t0, func(c *microthread.Thread) error {
						c.Sleep(time.Minute)
						start = time.Now()
						c.Program().Abort(5 * time.Second)
						c.Program().Abort(5 * time.Second) // again changes nothing
						return nil
					}, microthread.Named("aborter"))
					return nil
				})
				want := "stuck had not ended in time after it was terminated"
				if row.stuck != (err != nil) || err != nil && err.Error() != want {
					t.Errorf("got %v, want an error %v that names the stuck thread", err, row.stuck)
				}
				if took := time.Since(start); took != row.took && !(row.name == "I3 clean-up ignores errors" && took >= row.took) || !rest {
					t.Errorf("got the end after %v, all clean-up %v, want %v", took, rest, row.took)
				}
				time.Sleep(time.Second) // a blocking call runs to its end
			})
		})
	}
}

// TestI3_AbortNeverBegun terminates threads that have had no turn.
func TestI3_AbortNeverBegun(t *testing.T) {
	var later *microthread.Task[int]
	err := run(t, func(t0 *microthread.Thread) error {
		defer func() {
			_, err := later.Wait(t0)
			wantErr(t, "the wait for it", err, microthread.ErrTerminated)
		}()
		later = microthread.StartInParallel(t0, func(*microthread.Thread) (int, error) { t.Error("it ran"); return 0, nil })
		t0.Program().Abort(time.Second)
		t0.Yield()
		t.Error("got behind the abort")
		return nil
	})
	wantErr(t, "run", err, microthread.ErrTerminated)
	err = run(t, func(t0 *microthread.Thread) error {
		t0.Program().Abort(time.Second)
		return nil // before it suspends: it is not terminated
	})
	wantErr(t, "I3 an abort that comes too late", err, nil)
	p := microthread.New(reactor.NewSystem())
	p.Start(microthread.Spec{Name: "x", Run: func(*microthread.Thread) error { return errors.New("it ran") }})
	p.Abort(time.Hour)
	wantErr(t, "run", p.Run(), nil)
	wantErr(t, "close", p.Close(), nil)
}

// TestI3_OnDrain has functions called by a drain, but for those that were taken back before.
func TestI3_OnDrain(t *testing.T) {
	called := map[string]int{}
	err := run(t, func(t0 *microthread.Thread) error {
		p := t0.Program()
		p.Drain() // calls nothing yet
		on := func(name string) (stop func()) { return p.OnDrain(func() { called[name]++ }) }
		on("kept")
		stop := on("stopped")
		on("kept as well")
		stop()
		stop()
		p.Drain()
		return nil
	})
	wantErr(t, "run", err, nil)
	if len(called) != 2 || called["kept"] != 1 || called["kept as well"] != 1 {
		t.Errorf("got calls %v, want one each of what was kept", called)
	}
}
