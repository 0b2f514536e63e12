package microthread_test

import (
	"fmt"
	"io"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/reactor"
	"mtpipe/value"
)

// Time stands still in these tests but for computes, which threads call in their turns.
func computes(d time.Duration) { time.Sleep(d) }

// values returns a batch of the integers from 0 to n-1.
func values(n int) *value.Batch {
	b := value.NewValues(n)
	for i := range n {
		b.Add(value.Int(int64(i)))
	}
	return b
}

// text returns a batch of n lines.
func text(n int) *value.Batch {
	var data []byte
	for i := range n {
		data = fmt.Appendln(data, i)
	}
	return value.NewLines(value.NewBlock(data), data)
}

var busies = []busy{
	{"K4 puts, 1024 values at each switch", time.Millisecond, func(t *microthread.Thread) time.Duration {
		out := microthread.Generate(t, func(g *microthread.Thread) error {
			for i := range 5000 {
				computes(100 * time.Microsecond)
				g.Put(value.Int(int64(i)))
			}
			return nil
		})
		return 5000 * 100 * time.Microsecond * time.Duration(1+sums(out, 5000))
	}},
	{"K4 reads by the value what was put", time.Millisecond, func(t *microthread.Thread) time.Duration {
		out := microthread.Generate(t, microthread.Bind(count, 5000))
		for i := range int64(5000) {
			if v, err := out.Next(); err != nil || v.AsInt() != i {
				return 0
			}
			computes(100 * time.Microsecond)
		}
		return 5000 * 100 * time.Microsecond
	}},
	{"K4 reads batches that were filled by the value", time.Millisecond, func(t *microthread.Thread) time.Duration {
		out := microthread.Generate(t, microthread.Bind(count, 5000))
		n := 0
		for b := range out.Batches() {
			computes(time.Duration(b.Len()) * 100 * time.Microsecond)
			n += b.Len()
		}
		return time.Duration(n) * 100 * time.Microsecond
	}},
	{"K4 reads a large batch by the value", time.Millisecond, func(t *microthread.Thread) time.Duration {
		return inside(t, values(5000))
	}},
	{"K4 reads a large text by the value", time.Millisecond, func(t *microthread.Thread) time.Duration {
		return inside(t, text(5000))
	}},
	{"K4 reads batches that are there", 2 * time.Millisecond, func(t *microthread.Thread) time.Duration {
		pipes := full(t, 200)
		for _, p := range pipes {
			if b, err := p.NextBatch(); err != nil || b.Len() != 1 {
				return 0
			}
			computes(time.Millisecond)
			if b, err := p.NextBatch(); err != nil || b.Len() != 1 {
				return 0
			}
			computes(time.Millisecond)
		}
		return 400 * time.Millisecond
	}},
	{"K4 puts batches into pipes with room", 2 * time.Millisecond, func(t *microthread.Thread) time.Duration {
		var outs []*pipe.Pipe
		for range 200 {
			outs = append(outs, pipe.New(t.Program().Reactor(), "p", 1))
		}
		w := t.Program().Start(microthread.Spec{Name: "w", Stdout: outs, Run: func(w *microthread.Thread) error {
			for _, out := range outs {
				computes(2 * time.Millisecond)
				w.PutBatchTo(out, values(1))
			}
			return nil
		}})
		_ = w.Wait(t, 0)
		return 400 * time.Millisecond
	}},
	{"K4 reads what no thread writes", 2 * time.Millisecond, func(t *microthread.Thread) time.Duration {
		p := pipe.New(t.Program().Reactor(), "p", 1)
		n := 0
		p.SetSource(func() (*value.Batch, error) {
			if n++; n > 200 {
				return nil, io.EOF
			}
			computes(2 * time.Millisecond)
			return values(1), nil
		})
		for v := range p.All() {
			if v.AsInt() != 0 {
				return 0
			}
		}
		return time.Duration(n-1) * 2 * time.Millisecond
	}},
	{"K4 puts what no thread reads", time.Millisecond, func(t *microthread.Thread) time.Duration {
		return sunk(t, func(w *microthread.Thread) error {
			for i := range int64(4000) {
				computes(100 * time.Microsecond)
				w.Put(value.Int(i))
			}
			return nil
		})
	}},
	{"K4 puts batches that no thread reads", 2 * time.Millisecond, func(t *microthread.Thread) time.Duration {
		return sunk(t, func(w *microthread.Thread) error {
			for range 200 {
				computes(2 * time.Millisecond)
				w.PutBatch(values(20))
			}
			return nil
		})
	}},
	{"K4 hands the turn to and fro", 300 * time.Microsecond, func(t *microthread.Thread) time.Duration {
		out := microthread.Generate(t, func(g *microthread.Thread) error {
			for i := range 1000 {
				computes(300 * time.Microsecond)
				g.Put(value.Int(int64(i)))
			}
			return nil
		}, microthread.Capacity(1))
		return time.Duration(1+sums(out, 1000)) * 300 * time.Millisecond
	}},
}

// sunk runs a thread whose stdout no thread reads, and which puts 4000 values in 400 ms.
func sunk(t *microthread.Thread, run func(*microthread.Thread) error) time.Duration {
	out, n := pipe.New(t.Program().Reactor(), "out", pipe.DefaultCapacity), 0
	out.SetSink(func(b *value.Batch) bool { n += b.Len(); return true }, func(error) {})
	w := t.Program().Start(microthread.Spec{Name: "w", Stdout: []*pipe.Pipe{out}, Run: run})
	_ = w.Wait(t, 0)
	return time.Duration(n) * 100 * time.Microsecond
}

// sums returns 0 when n integers in order come out of in, and otherwise less.
func sums(in *pipe.Pipe, n int) int {
	got, err := read(in)
	for i, v := range got {
		if v != int64(i) {
			return -1
		}
	}
	if len(got) != n || err != nil {
		return -1
	}
	return 0
}

// inside reads the rows of b by the value, computing at each.
func inside(t *microthread.Thread, b *value.Batch) time.Duration {
	n := b.Len()
	out := microthread.Generate(t, func(g *microthread.Thread) error { g.PutBatch(b); return nil })
	i := 0
	for v, err := range out.All() {
		if err != nil || v.String() != fmt.Sprint(i) {
			return 0
		}
		i++
		computes(100 * time.Microsecond)
		if v, err := out.Next(); err != nil || v.String() != fmt.Sprint(i) { // the two ways mixed
			return 0
		}
		i++
		computes(100 * time.Microsecond)
	}
	if i != n {
		return 0
	}
	return time.Duration(n) * 100 * time.Microsecond
}

// full returns pipes that each hold a batch; the writer of each waits to put another.
func full(t *microthread.Thread, n int) (pipes []*pipe.Pipe) {
	for range n {
		pipes = append(pipes, microthread.Generate(t, func(g *microthread.Thread) error {
			g.PutBatch(values(1))
			g.PutBatch(values(1))
			return nil
		}))
	}
	t.Yield()
	return pipes
}

// TestK4_TimersBesideABusyThread measures how late a timer of a millisecond pops beside
// threads that compute flat out, with a slice and without one.
func TestK4_TimersBesideABusyThread(t *testing.T) { timersBeside(t, busies) }

// busy is a thread that has work for long and need not suspend for it. It returns how long it
// computed; the timer beside it must not wait for much more than most.
type busy struct {
	name string
	most time.Duration
	work func(t *microthread.Thread) time.Duration
}

func timersBeside(t *testing.T, rows []busy) {
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			with, took := lateness(t, reactor.DefaultSlice, row.work)
			// Half a slice is as much as a batch is to take.
			if most := reactor.DefaultSlice*3/2 + row.most; with > most || took == 0 {
				t.Errorf("got a timer %v late while a thread computed for %v, want at most %v", with, took, most)
			}
			without, took := lateness(t, reactor.NoSlice, row.work)
			if without < 5*with || took == 0 {
				t.Errorf("without a slice: got a timer %v late in %v, want it much later than %v", without, took, with)
			}
		})
	}
}

// lateness returns how late a timer popped at worst beside work, which it also makes sure
// came to its right end.
func lateness(t *testing.T, slice time.Duration, work func(*microthread.Thread) time.Duration) (worst, computed time.Duration) {
	t.Helper()
	bubble(t, func(t *testing.T) {
		err := run(t, func(t0 *microthread.Thread) error {
			t0.Program().Reactor().System().SetSlice(slice)
			t0.Yield()
			busy := microthread.StartInParallel(t0, func(c *microthread.Thread) (time.Duration, error) { return work(c), nil })
			for warm := time.Now(); !busy.Finished(); {
				at := time.Now()
				t0.Sleep(time.Millisecond)
				if time.Since(warm) > 100*time.Millisecond || slice < 0 { // batches have found their size
					worst = max(worst, time.Since(at)-time.Millisecond)
				}
			}
			var err error
			computed, err = busy.Wait(t0)
			return err
		})
		wantErr(t, "run", err, nil)
	})
	return worst, computed
}

// TestK4_NotInACriticalSection has slices that have always passed: a thread gives up its
// turn at its pipes, but not where it must not suspend.
func TestK4_NotInACriticalSection(t *testing.T) {
	inRun(t, []row{
		{"K4 a put", func(t *testing.T, t0 *microthread.Thread) error {
			var order []string
			everyBatch(t0)
			out := microthread.Generate(t0, func(g *microthread.Thread) error {
				g.Critical(func() { g.Put(value.Null) })
				order = append(order, "critical")
				g.PutBatch(values(1))
				return nil
			})
			pipes := full(t0, 3)
			microthread.StartAndForget(t0, func(*microthread.Thread) error { order = append(order, "other"); return nil })
			t0.Critical(func() {
				_, _ = pipes[0].NextBatch()
				_, _ = pipes[1].NextBatch()
			})
			order = append(order, "main")
			_, _ = pipes[2].NextBatch()
			order = append(order, "main again")
			for _, p := range pipes {
				p.CloseRead()
			}
			equal(t, "order", order, []string{"critical", "main", "other", "main again"})
			_, err := read(out)
			return err
		}},
		{"K4 one that is to end at its next suspension", func(t *testing.T, t0 *microthread.Thread) error {
			everyBatch(t0)
			reached := false
			out := microthread.Generate(t0, func(g *microthread.Thread) error {
				g.Program().Drain()
				g.PutBatch(values(3))
				reached = true
				g.Sleep(time.Hour)
				return errBoom
			})
			got, err := read(out)
			equal(t, "values", got, []int64{0, 1, 2})
			if !reached {
				t.Error("the put ended the source, want it to go through")
			}
			return err
		}},
		{"K4 an end at the pause", func(t *testing.T, t0 *microthread.Thread) error {
			everyBatch(t0)
			cleaned := false
			out := microthread.Generate(t0, func(g *microthread.Thread) error {
				defer func() { cleaned = true }()
				for i := range 100 {
					g.Put(value.Int(int64(i)))
				}
				return errBoom
			})
			t0.Yield()
			t0.Program().Drain()
			got, err := read(out)
			equal(t, "values", got, []int64{0})
			if !cleaned {
				t.Error("the source has not cleaned up")
			}
			return err
		}},
	})
}

// TestK4_TerminatedAtTheNextSuspension has a thread that terminates itself: the read that need
// not suspend is still done.
func TestK4_TerminatedAtTheNextSuspension(t *testing.T) {
	bubble(t, func(t *testing.T) {
		reached, behind := false, false
		err := run(t, func(t0 *microthread.Thread) error {
			everyBatch(t0)
			in := full(t0, 1)[0]
			t0.Program().Abort(time.Hour)
			_, err := in.NextBatch()
			reached = err == nil
			t0.Yield()
			behind = true
			return nil
		})
		wantErr(t, "run", err, microthread.ErrTerminated)
		if !reached || behind {
			t.Errorf("got the read done %v, what is behind the suspension %v, want the first alone", reached, behind)
		}
	})
}

// everyBatch makes the threads give up their turns at every batch.
func everyBatch(t0 *microthread.Thread) {
	t0.Program().Reactor().System().SetSlice(0)
	t0.Yield()
}
