package pipe_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mtpipe/pipe"
	"mtpipe/reactor"
	"mtpipe/value"
)

// sleep suspends the thread for the given time.
func (t *thread) sleep(d time.Duration) {
	t.flush()
	if t.d.Sleep(d).Suspended() {
		_, _ = t.d.Parked()
	}
}

// passOn puts what comes out of in into out, without being suspended in either, and notes
// the errors of waits.
func passOn(in, out *pipe.Pipe, maxWait time.Duration) (waits []string) {
	var held []*value.Batch
	for end := error(nil); end == nil || len(held) > 0; {
		from := in
		if end != nil {
			from = nil
		}
		to := out
		if len(held) == 0 {
			to = nil
		}
		if err := pipe.Either(from, to, maxWait); err != nil {
			if waits = append(waits, err.Error()); len(waits) > 1000 {
				return waits
			}
			continue
		}
		if end == nil && in.Ready() {
			var b *value.Batch
			if b, end = in.NextBatch(); end == nil {
				in.Take(b)
				held = append(held, b)
			}
		}
		if len(held) > 0 && out.Empty() {
			_ = out.PutBatch(held[0])
			held = held[1:]
		}
	}
	return waits
}

// TestE7_Either has a thread that waits for its reader and its writer at a time, either of
// which may be the slower one.
func TestE7_Either(t *testing.T) {
	for _, row := range []struct {
		name         string
		write, read  time.Duration // between two values
		limit, takes time.Duration
		timeouts     int
	}{
		{"E7 a slow writer", time.Second, 0, 0, 10 * time.Second, 0},
		{"E7 a slow reader", 0, time.Second, 0, 10 * time.Second, 0},
		{"E7 both alike", time.Second, time.Second, 0, 11 * time.Second, 0},
		{"E7 both slow", 2 * time.Second, 3 * time.Second, 0, 32 * time.Second, 0},
		{"E7 a time limit that passes", time.Second, 0, 400 * time.Millisecond, 10 * time.Second, 20},
		{"E7 a time limit that does not pass", time.Second, 0, 1001 * time.Millisecond, 10 * time.Second, 0},
		{"E7 a time limit at the time of a value", time.Second, 0, time.Second, 10 * time.Second, -1},
		{"E7 a time limit at the time of a take", 0, time.Second, time.Second, 10 * time.Second, -1},
	} {
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now()
			r := reactor.New(reactor.NewSystem())
			p, q := pipe.New(r, "p", 1), pipe.New(r, "q", 1)
			start(r, "writer", func(w *thread) {
				for i := range 10 {
					w.sleep(row.write)
					_ = p.Put(value.Int(int64(i)))
				}
			}, p)
			start(r, "between", func(*thread) {
				waits := passOn(p, q, row.limit)
				if row.timeouts >= 0 {
					want(t, row.name+", time-outs", len(waits), row.timeouts)
				}
				for _, w := range waits {
					want(t, row.name+", a wait", w, reactor.ErrTimeout)
				}
			}, q)
			start(r, "reader", func(t0 *thread) {
				var got []string
				for v := range q.All() {
					got = append(got, v.String())
					t0.sleep(row.read)
				}
				want(t, row.name, got, upTo(10))
			})
			want(t, row.name+", the run", errors.Join(r.Run(), r.Close()), nil)
			want(t, row.name+", the time", time.Since(begin), row.takes)
		})
	}
}

// TestE7_EitherOfTheEnds wants the ends of both pipes to end a wait.
func TestE7_EitherOfTheEnds(t *testing.T) {
	r := reactor.New(reactor.NewSystem())
	p, q := pipe.New(r, "p", 1), pipe.New(r, "q", 1)
	start(r, "writer", func(w *thread) {
		w.pause()
		p.Fail(errBoom)
	})
	start(r, "between", func(*thread) {
		want(t, "out, which is empty", pipe.Either(p, q, 0), nil)
		want(t, "put", q.PutBatch(rows(0, 1)), nil)
		want(t, "in, which fails", pipe.Either(p, q, 0), nil)
		_, err := p.NextBatch()
		want(t, "its error", err, errBoom)
		want(t, "out alone, whose reader goes", pipe.Either(nil, q, 0), pipe.ErrReaderGone)
		want(t, "out alone, whose reader is gone", pipe.Either(p, q, 0), pipe.ErrReaderGone)
		want(t, "in, which has ended", pipe.Either(p, nil, 0), nil)
		_, err = p.NextBatch()
		want(t, "its end", err, io.EOF)
	}, q)
	start(r, "reader", func(w *thread) {
		for range 6 {
			w.pause()
		}
		q.CloseRead()
	})
	want(t, "the run", errors.Join(r.Run(), r.Close()), nil)
}

// TestE7_EitherLosesNothing ends waits from outside at the very time at which a value comes.
func TestE7_EitherLosesNothing(t *testing.T) {
	r := reactor.New(reactor.NewSystem())
	p, q := pipe.New(r, "p", 1), pipe.New(r, "q", 1)
	var between *thread
	start(r, "writer", func(w *thread) {
		for i := range 100 {
			_ = p.Put(value.Int(int64(i)))
			w.flush()
			between.d.Override(reactor.Failed(errBoom)) // it may have been woken already
		}
	}, p)
	overridden := 0
	between = start(r, "between", func(*thread) {
		for _, w := range passOn(p, q, 0) {
			want(t, "a wait", w, errBoom)
			overridden++
		}
	}, q)
	start(r, "reader", func(*thread) { want(t, "values", all(q), upTo(100)) })
	want(t, "the run", errors.Join(r.Run(), r.Close()), nil)
	if overridden == 0 {
		t.Error("got no wait that was ended from outside, want some")
	}
}

// TestE7_EitherOfWhatIsLeft wants rows of a batch that was read by the value in part to count,
// whatever the batch holds.
func TestE7_EitherOfWhatIsLeft(t *testing.T) {
	text := []byte("a\nb\n")
	lines := func() *value.Batch { return value.NewLines(value.NewBlock(text), text) }
	for name, batch := range map[string]func() *value.Batch{
		"values": func() *value.Batch { return rows(0, 2) },
		"lines":  lines,
		"spans": func() *value.Batch {
			b := lines()
			b.Choose([]int32{0, 1})
			return b
		},
	} {
		r := reactor.New(reactor.NewSystem())
		p, q := pipe.New(r, "p", 1), pipe.New(r, "q", 1)
		start(r, "writer", func(w *thread) {
			_ = p.PutBatch(batch())
			for range 4 {
				w.pause()
			}
			put(q, 1)
			w.pause()
		}, p, q)
		start(r, "reader", func(*thread) {
			_, err := p.Next()
			want(t, name+", the first row", err, nil)
			want(t, name+", the wait behind it", pipe.Either(p, nil, 0), nil)
			want(t, name+", its pipe", fmt.Sprint(p.Ready(), q.Ready()), "true false")
			_, err = p.Next()
			want(t, name+", the second row", err, nil)
			i, err := pipe.Any([]*pipe.Pipe{p, q}, -1)
			want(t, name+", the wait behind that", fmt.Sprint(i, err), "1 <nil>")
			want(t, name+", its pipe", fmt.Sprint(p.Ready(), q.Ready()), "false true")
		})
		want(t, name+", the run", errors.Join(r.Run(), r.Close()), nil)
	}
}

func TestE7_EitherErrors(t *testing.T) {
	r := reactor.New(reactor.NewSystem())
	p, q := pipe.New(r, "p", 1), pipe.New(r, "q", 1)
	want(t, "without a thread", pipe.Either(p, q, 0), pipe.ErrNoThread)
	want(t, "without pipes", pipe.Either(nil, nil, 0), pipe.ErrNoThread)
	start(r, "owner", func(*thread) { all(p) })
	start(r, "writer", func(*thread) { put(p, 1); p.Close() }, p)
	start(r, "other", func(*thread) {
		want(t, "a pipe that another reads", pipe.Either(p, q, 0), pipe.ErrSecondReader)
		want(t, "a pipe that another writes", pipe.Either(nil, p, 0), pipe.ErrSecondWriter)
	})
	want(t, "the run", errors.Join(r.Run(), r.Close()), nil)
}

func TestEitherDeadlock(t *testing.T) {
	for _, row := range []struct {
		in, out bool
		want    string
	}{
		{true, true, "between is waiting for a value from p, which no thread writes, or for no thread to take what was put into q"},
		{true, false, "between is waiting for a value from p, which no thread writes"},
		{false, true, "between is waiting to put into q, which no thread reads"},
	} {
		r := reactor.New(reactor.NewSystem())
		p, q := pipe.New(r, "p", 1), pipe.New(r, "q", 1)
		start(r, "between", func(*thread) {
			in, out := p, q
			if !row.in {
				in = nil
			}
			if !row.out {
				out = nil
			}
			_ = q.PutBatch(rows(0, 1))
			_ = pipe.Either(in, out, 0)
		}, q)
		if err := r.Run(); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("got %v, want a deadlock: %s", err, row.want)
		}
		_ = r.Close()
	}
}
