package pipe_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"mtpipe/pipe"
	"mtpipe/reactor"
	"mtpipe/value"
)

var errBoom = errors.New("boom")

func TestE4_Close(t *testing.T) {
	var got []string
	err := joined(t, 64, func(w *thread, p *pipe.Pipe) {
		put(p, 8)
		w.pause() // the reader has it all
		want(t, "put", p.Put(value.Int(8)), nil)
		want(t, "room before close", p.TryStore(value.Int(9)), true)
		p.Close()
		p.Fail(errBoom) // too late
		err := p.Put(value.Int(99))
		want(t, "put behind close", err, "put after close of p")
		want(t, "room behind close", p.TryStore(value.Int(99)), false)
		want(t, "batch behind close", p.PutBatch(rows(99, 1)), "put after close of p")
		want(t, "ended", p.Ended(), true)
	}, func(_ *thread, p *pipe.Pipe) { got = all(p) })
	want(t, "values", got, upTo(10))
	want(t, "run", err, nil)
}

func TestE5_ReaderGone(t *testing.T) {
	for _, row := range []struct {
		name  string
		write func(p *pipe.Pipe) error
	}{
		{"E5 put", func(p *pipe.Pipe) error { return p.Put(value.Int(1)) }},
		{"E5 batch", func(p *pipe.Pipe) error { return p.PutBatch(rows(0, 2)) }},
	} {
		for _, capacity := range []int{1, 1024} {
			r := reactor.New(reactor.NewSystem())
			p := pipe.New(r, "p", capacity)
			closed := 0
			w := start(r, "writer", func(*thread) {
				n := 0
				for ; ; n++ {
					if err := row.write(p); err != nil {
						want(t, row.name, err, pipe.ErrReaderGone)
						break
					}
				}
				want(t, row.name+" once more", row.write(p), pipe.ErrReaderGone)
				want(t, "room", p.TryStore(value.Int(1)), false)
			}, p)
			p.SetWriter(&w.d, func() { closed++ })
			start(r, "reader", func(*thread) {
				_, err := p.Next()
				want(t, "next", err, nil)
				p.CloseRead()
				p.CloseRead()
				_, err = p.Next()
				want(t, "next behind the close", err, io.EOF)
			})
			want(t, "run", errors.Join(r.Run(), r.Close()), nil)
			want(t, "calls of the writer's function", closed, 1)
		}
	}
}

// TestE6_SecondPutSuspends counts what is done before the first value is read.
func TestE6_SecondPutSuspends(t *testing.T) {
	done := 0
	err := joined(t, 1, func(_ *thread, p *pipe.Pipe) {
		for range 3 {
			_ = p.Put(value.Null)
			done++
		}
	}, func(r *thread, p *pipe.Pipe) {
		r.pause()
		want(t, "puts done before the first read", done, 1)
		want(t, "the writer is in a put", p.Writing(), true)
		want(t, "values", len(all(p)), 3)
	})
	want(t, "run", err, nil)
}

func TestE9_AbandonedPut(t *testing.T) {
	r := reactor.New(reactor.NewSystem())
	p := pipe.New(r, "p", 1)
	w := start(r, "writer", func(*thread) {
		want(t, "first put", p.Put(value.Int(1)), nil)
		want(t, "put that was ended", p.Put(value.Int(2)), errBoom)
		want(t, "put behind it", p.Put(value.Int(3)), nil)
	}, p)
	var got []string
	start(r, "reader", func(me *thread) {
		w.d.Override(reactor.Failed(errBoom))
		me.pause()
		got = all(p)
	})
	want(t, "run", errors.Join(r.Run(), r.Close()), nil)
	want(t, "values", got, []string{"1", "3"})
}

func TestE9_AbandonedRead(t *testing.T) {
	r := reactor.New(reactor.NewSystem())
	p := pipe.New(r, "p", 4)
	var reader *thread
	start(r, "writer", func(w *thread) {
		w.pause()
		reader.d.Override(reactor.Failed(errBoom))
		put(p, 2)
	}, p)
	var got []string
	reader = start(r, "reader", func(*thread) {
		_, err := p.Next()
		want(t, "read that was ended", err, errBoom)
		got = all(p)
	})
	want(t, "run", errors.Join(r.Run(), r.Close()), nil)
	want(t, "values", got, upTo(2))
}

func TestE10_WhoReadsAndWrites(t *testing.T) {
	r := reactor.New(reactor.NewSystem())
	p := pipe.New(r, "", 1)
	p.SetNamer(func() string { return "named late" })
	w := start(r, "w", func(*thread) { put(p, 3) }, p)
	rd := start(r, "r", func(*thread) { _ = all(p) })
	want(t, "reader before the first read", p.Reader() == nil, true)
	want(t, "run", errors.Join(r.Run(), r.Close()), nil)
	want(t, "writer", p.Writer().Owner(), w)
	want(t, "reader", p.Reader().Owner(), rd)
	want(t, "name", p.Name(), "named late")
}

func TestE11_DeadlockNamesPipeAndThread(t *testing.T) {
	for _, row := range []struct {
		name, want string
		fn         func(p *pipe.Pipe)
	}{
		{"E11 read", "deadlock: t is waiting for a value from p, which no thread writes", func(p *pipe.Pipe) { _, _ = p.Next() }},
		{"E11 put", "deadlock: t is waiting to put into p, which no thread reads", func(p *pipe.Pipe) { put(p, 2) }},
		{"E11 batch", "deadlock: t is waiting to put into p, which no thread reads", func(p *pipe.Pipe) {
			_ = p.PutBatch(rows(0, 1))
			_ = p.PutBatch(rows(1, 1))
		}},
	} {
		r := reactor.New(reactor.NewSystem())
		p := pipe.New(r, "p", 1)
		th := start(r, "t", func(*thread) { row.fn(p) })
		want(t, row.name, r.Run(), row.want)
		th.d.Override(reactor.Failed(errBoom)) // lets it end
		want(t, row.name+" ended", errors.Join(r.Run(), r.Close()), nil)
	}
}

func TestE15_Clauses(t *testing.T) {
	r := reactor.New(reactor.NewSystem())
	p := pipe.New(r, "p", 4)
	want(t, "E15 put outside of a thread", p.Put(value.Null), pipe.ErrNoThread)
	_, err := p.Next()
	want(t, "E15 read outside of a thread", err, pipe.ErrNoThread)
	want(t, "E15 range outside of a thread", all(p), []string{pipe.ErrNoThread.Error()})
	start(r, "first", func(w *thread) {
		put(p, 8)
		w.pause()
		want(t, "E15 put", p.Put(value.Int(8)), nil) // with room behind it
		_, err := p.Next()
		want(t, "D6 own stdout", err, pipe.ErrOwnStdout)
		want(t, "D6 own stdout, range", all(p), []string{pipe.ErrOwnStdout.Error()})
		w.pause()
		w.pause()
	}, p)
	start(r, "second", func(w *thread) {
		for i := range 8 {
			v, err := p.Next()
			want(t, "E15 value", fmt.Sprint(v, err), fmt.Sprint(i, " <nil>"))
		}
		w.pause()
		want(t, "E15 second writer", p.Put(value.Int(9)), pipe.ErrSecondWriter)
		want(t, "E15 second writer, batch", p.PutBatch(rows(9, 1)), pipe.ErrSecondWriter)
		want(t, "E15 the first writer's values", all(p), []string{"8"})
	})
	start(r, "third", func(w *thread) {
		_, err := p.Next()
		want(t, "E15 second reader", err, pipe.ErrSecondReader)
		want(t, "E15 second reader, range", all(p), []string{pipe.ErrSecondReader.Error()})
		want(t, "E15 the pipe is open", p.Closed(), false)
	})
	want(t, "run", r.Run(), nil)
	want(t, "close", r.Close(), nil)
}

func TestE15_ErrorIsToldOnce(t *testing.T) {
	var errs []error
	err := joined(t, 4, func(_ *thread, p *pipe.Pipe) { put(p, 1); p.Fail(errBoom) }, func(_ *thread, p *pipe.Pipe) {
		for range 4 {
			_, err := p.Next()
			errs = append(errs, err)
		}
		want(t, "unread", p.Unread(), nil)
		want(t, "the writer's error", p.Err(), errBoom)
	})
	want(t, "errors", errs, []error{nil, errBoom, io.EOF, io.EOF})
	want(t, "run", err, nil)
	err = joined(t, 4, func(_ *thread, p *pipe.Pipe) { put(p, 1); p.Fail(errBoom) }, func(r *thread, p *pipe.Pipe) {
		for range p.All() {
			r.pause()
			break
		}
		want(t, "D5 unread", p.Unread(), errBoom)
		want(t, "D5 unread, once", p.Unread(), nil)
	})
	want(t, "run", err, nil)
}

// TestShare lets two threads read one pipe in turn.
func TestShare(t *testing.T) {
	for _, capacity := range []int{1, 4, 1024} {
		r := reactor.New(reactor.NewSystem())
		p := pipe.New(r, "p", capacity)
		p.Share()
		start(r, "w", func(*thread) { put(p, 50) }, p)
		var got []string
		turn := func(n int) func(*thread) {
			return func(*thread) {
				for v, err := range p.All() {
					want(t, "error", err, nil)
					got = append(got, v.String())
					if n--; n == 0 {
						break
					}
				}
			}
		}
		start(r, "one", turn(7))
		want(t, "run", r.Run(), "deadlock: w is waiting to put into p, which no thread reads")
		start(r, "two", turn(11))
		_ = r.Run()
		p.Unshare()
		start(r, "three", turn(0))
		want(t, "run", r.Run(), nil)
		want(t, fmt.Sprint("values at capacity ", capacity), got, upTo(50))
		want(t, "close", r.Close(), nil)
	}
}

// TestTake shows who owns a batch: the pipe until Take, then the reader.
func TestTake(t *testing.T) {
	err := joined(t, 4, func(_ *thread, p *pipe.Pipe) { put(p, 40) }, func(_ *thread, p *pipe.Pipe) {
		var kept []*value.Batch
		var before []string
		for b := range p.Batches() {
			want(t, "take", p.Take(b), true)
			want(t, "take twice", p.Take(b), false)
			kept = append(kept, b)
			for s := range texts(b) {
				before = append(before, s)
			}
		}
		var after []string
		for _, b := range kept {
			for s := range texts(b) {
				after = append(after, s)
			}
			b.Release()
		}
		want(t, "kept batches", after, before)
		want(t, "values", after, upTo(40))
	})
	want(t, "run", err, nil)
}

// TestOnStarved wants to be told whenever the reader waits for more than there is, or has
// gone, however it waits.
func TestOnStarved(t *testing.T) {
	var told []string
	err := joined(t, 4, func(w *thread, p *pipe.Pipe) {
		for range 3 {
			for len(told) == 0 || !p.Starved() {
				w.pause()
			}
			put(p, 1)
		}
		w.pause()
	}, func(_ *thread, p *pipe.Pipe) {
		does := ""
		p.OnStarved(func() {
			if told = append(told, does); !p.Starved() {
				t.Errorf("%s: told of a pipe that has something", does)
			}
		})
		does = "next"
		_, _ = p.NextBatch()
		does = "any"
		_, _ = pipe.Any([]*pipe.Pipe{p}, 0)
		_, _ = p.NextBatch()
		does = "either"
		_ = pipe.Either(p, nil, 0)
		does = "close"
		p.CloseRead()
	})
	want(t, "told", fmt.Sprint(told), "[next any either close]")
	want(t, "run", err, nil)
}
