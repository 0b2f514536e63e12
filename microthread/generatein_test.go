package microthread_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/value"
)

// hold keeps a program running until release is called.
func hold(p *microthread.Program) (release func()) {
	p.Reactor().Hold()
	return func() { p.Post(p.Reactor().Unhold) }
}

// TestG1_GenerateIn reads what a thread of another program puts: the values in order, then its
// error once, then the end; with sums as the oracle.
func TestG1_GenerateIn(t *testing.T) {
	noLeaks(t)
	for round := range 1000 {
		rng := rand.New(rand.NewPCG(9, uint64(round)))
		n, capacity, lazy, stop := rng.IntN(300), 1+rng.IntN(64), rng.IntN(20), rng.IntN(400)
		var fails error
		if rng.IntN(2) == 0 {
			fails = errBoom
		}
		p, sum, want := newPair(), int64(0), int64(0)
		release := hold(p.a)
		start(p.b, "reader", func(t0 *microthread.Thread) error {
			defer release()
			in := microthread.GenerateIn(t0, p.a, func(g *microthread.Thread) error {
				for i := range n {
					if lazy > 0 && i%lazy == 0 {
						g.Yield()
					}
					g.Put(value.Int(int64(i)))
				}
				return fails
			}, microthread.Capacity(capacity), microthread.Named("far"))
			for i := range min(n, stop) {
				v, err := in.Next()
				if err != nil {
					return err
				}
				sum, want = sum+v.AsInt(), want+int64(i)
			}
			if stop <= n {
				t0.CloseIn(in)
				return nil
			}
			if fails != nil {
				_, err := in.Next()
				wantErr(t, "the end", err, fails)
			}
			_, err := in.Next()
			wantErr(t, "after it", err, io.EOF)
			return nil
		})
		p.run()
		for _, err := range append(p.ha, p.hb...) { // that nobody has read
			if stop > n || !errors.Is(err, fails) || fails == nil {
				t.Errorf("the handlers got %v", err)
			}
		}
		if p.aerr != nil || p.berr != nil || sum != want || t.Failed() {
			t.Fatalf("round %d: got %d, %v, %v, want %d", round, sum, p.aerr, p.berr, want)
		}
	}
}

// TestG1_GenerateInReaderLeaves ends the generator, where it sleeps, when its reader closes the
// pipe or never reads it, or when the program of the reader ends.
func TestG1_GenerateInReaderLeaves(t *testing.T) {
	for _, row := range []string{"closes", "never reads", "fails", "is aborted"} {
		t.Run(row, func(t *testing.T) {
			noLeaks(t)
			p := newPair()
			release := hold(p.a)
			var cleaned atomic.Bool
			begun := make(chan bool)
			start(p.b, "reader", func(t0 *microthread.Thread) error {
				defer release()
				in := microthread.GenerateIn(t0, p.a, func(g *microthread.Thread) error {
					defer cleaned.Store(true)
					g.Put(value.Int(1))
					close(begun)
					g.Sleep(time.Hour)
					return nil
				})
				t0.Reads(in)
				microthread.Recv(t0, begun)
				if row != "never reads" {
					if v, err := in.Next(); err != nil || v.AsInt() != 1 {
						t.Errorf("got %v, %v, want the value of one that sleeps", v, err)
					}
				}
				switch row {
				case "closes":
					t0.CloseIn(in)
				case "fails":
					return errBoom
				case "is aborted":
					t0.Program().Abort(time.Hour)
					t0.Yield()
				}
				return nil
			})
			p.run()
			if !cleaned.Load() || p.aerr != nil || len(p.ha) > 0 {
				t.Errorf("got cleaned %t, %v, %v, want the generator ended in silence", cleaned.Load(), p.aerr, p.ha)
			}
		})
	}
}

// TestG1_GenerateInProgramEnds ends the program of the generator before that has ended, or
// before it has begun.
func TestG1_GenerateInProgramEnds(t *testing.T) {
	noLeaks(t)
	for _, row := range []string{"aborted", "deadlock", "closed", "closed before"} {
		p := newPair()
		if row == "closed before" {
			wantErr(t, "close", p.a.Close(), nil)
		}
		var values int
		var got []error
		release := hold(p.a)
		start(p.b, "reader", func(t0 *microthread.Thread) error {
			in := microthread.GenerateIn(t0, p.a, func(g *microthread.Thread) error {
				release()
				g.Put(value.Int(1))
				if row == "aborted" {
					g.Program().Abort(time.Hour)
				}
				(&microthread.Cond{}).Wait(g, "nothing")
				return nil
			})
			if row == "closed" {
				wantErr(t, "close", p.a.Close(), nil)
			}
			for _, err := range in.All() {
				if err != nil {
					got = append(got, err)
				} else {
					values++
				}
			}
			return nil
		})
		if row == "closed" || row == "closed before" {
			p.berr = errors.Join(p.b.Run(), p.b.Close())
		} else {
			p.run()
		}
		if len(got) != 1 || !errors.Is(got[0], microthread.ErrProgramEnded) || p.berr != nil || len(p.hb) > 0 {
			t.Errorf("%s: got %v, %v, %v, want to read that the program has ended", row, got, p.berr, p.hb)
		}
		if values > 1 {
			t.Errorf("%s: got %d values, want at most the one", row, values)
		}
	}
}

type changing struct{ _ *int }

// TestK9_GenerateInRefuses fails a pipe between reactors at a Go value that may be changed, after
// the batches before it.
func TestK9_GenerateInRefuses(t *testing.T) {
	noLeaks(t)
	p := newPair()
	release := hold(p.a)
	start(p.b, "reader", func(t0 *microthread.Thread) error {
		defer release()
		in := microthread.GenerateIn(t0, p.a, func(g *microthread.Thread) error {
			g.Put(value.Int(1))
			g.Sleep(time.Millisecond) // so that this one crosses by itself
			g.Put(value.Any(&changing{}))
			g.Sleep(time.Hour)
			return nil
		})
		v, err := in.Next()
		if err != nil || v.AsInt() != 1 {
			t.Errorf("got %v, %v, want 1", v, err)
		}
		_, err = in.Next()
		var confined *value.ConfinedError
		if !errors.As(err, &confined) {
			t.Errorf("got %v, want a ConfinedError", err)
		}
		_, err = in.Next()
		wantErr(t, "after it", err, io.EOF)
		return nil
	})
	p.run()
	p.quiet(t)
}

// TestK9_GenerateInMovesBatches sends batches on as they are: the rows lie where they lay.
func TestK9_GenerateInMovesBatches(t *testing.T) {
	noLeaks(t)
	p := newPair()
	release := hold(p.a)
	sent := make(chan *value.Value, 1)
	start(p.b, "reader", func(t0 *microthread.Thread) error {
		defer release()
		in := microthread.GenerateIn(t0, p.a, func(g *microthread.Thread) error {
			b := value.NewValues(3)
			for i := range 3 {
				b.Add(value.Int(int64(i)))
			}
			sent <- &b.Values()[0]
			g.PutBatch(b)
			return nil
		})
		b, err := in.NextBatch()
		if err != nil {
			return err
		}
		if b.Len() != 3 || &b.Values()[0] != <-sent {
			return fmt.Errorf("got a batch of %d values, want the one that was put", b.Len())
		}
		t0.CloseIn(in)
		return nil
	})
	p.run()
	p.quiet(t)
}
