package microthread_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/reactor"
)

// pair is two programs on reactors of one System, each with a goroutine of its own when it runs.
type pair struct {
	a, b       *microthread.Program
	aerr, berr error   // of Run and Close
	ha, hb     []error // that the handlers got
}

func newPair() *pair {
	p := &pair{}
	s := reactor.NewDefaultSystem()
	p.a, p.b = microthread.New(s, heard(&p.ha)), microthread.New(s, heard(&p.hb))
	return p
}

type body = func(*microthread.Thread) error

func start(p *microthread.Program, name string, fn body) *microthread.Thread {
	return p.Start(microthread.Spec{Name: name, Run: fn})
}

// run runs both until both have ended.
func (p *pair) run() {
	done := make(chan bool)
	go func() {
		p.aerr = errors.Join(p.a.Run(), p.a.Close())
		close(done)
	}()
	p.berr = errors.Join(p.b.Run(), p.b.Close())
	<-done
}

// quiet checks that nothing failed that nobody was told of.
func (p *pair) quiet(t *testing.T) {
	t.Helper()
	if p.aerr != nil || p.berr != nil || len(p.ha)+len(p.hb) > 0 {
		t.Errorf("got %v, %v and for the handlers %v, %v, want no errors", p.aerr, p.berr, p.ha, p.hb)
	}
}

// TestG1_Link carries numbers from one reactor to another, in order, then an error once.
func TestG1_Link(t *testing.T) {
	noLeaks(t)
	for _, chunk := range []int{0, 1, 2, 128} {
		for _, n := range []int{0, 1, 127, 128, 129, 5000} {
			p, got := newPair(), 0
			l := microthread.NewLink[int](p.a, p.b, chunk)
			start(p.a, "sender", func(t0 *microthread.Thread) error {
				for i := range n {
					wantErr(t, "send", l.Send(t0, i), nil)
				}
				l.Fail(t0, errBoom)
				l.Close(t0)
				wantErr(t, "send into what is closed", l.Send(t0, 1), microthread.ErrChanClosed)
				return nil
			})
			start(p.b, "receiver", func(t0 *microthread.Thread) error {
				for ; ; got++ {
					v, err := l.Recv(t0)
					if err != nil {
						wantErr(t, "the end", err, errBoom)
						break
					}
					if v != got {
						return fmt.Errorf("got %d, want %d", v, got)
					}
				}
				_, err := l.Recv(t0)
				wantErr(t, "after the end", err, io.EOF)
				return nil
			})
			p.run()
			p.quiet(t)
			if got != n {
				t.Errorf("chunk %d: got %d values, want %d", chunk, got, n)
			}
		}
	}
}

// TestG1_LinkOneByOne has each side wait for the other's answer after each value: none stays
// behind in a chunk while its sender waits elsewhere, and no wait is taken for a deadlock.
func TestG1_LinkOneByOne(t *testing.T) {
	noLeaks(t)
	p, sum := newPair(), 0
	there, back := microthread.NewLink[int](p.a, p.b, 128), microthread.NewLink[int](p.b, p.a, 128)
	start(p.a, "asks", func(t0 *microthread.Thread) error {
		for i := range 500 {
			_ = there.Send(t0, i)
			v, err := back.Recv(t0)
			if err != nil {
				return err
			}
			sum += v
		}
		there.Close(t0)
		return nil
	})
	start(p.b, "answers", func(t0 *microthread.Thread) error {
		for v, err := range there.All(t0) {
			if err != nil {
				return err
			}
			_ = back.Send(t0, 2*v)
		}
		return nil
	})
	p.run()
	p.quiet(t)
	if sum != 500*499 {
		t.Errorf("got %d, want %d", sum, 500*499)
	}
}

// TestG1_LinkIsBounded counts how far a sender gets when nobody receives, until the receiver
// leaves, which the sender learns of in its wait.
func TestG1_LinkIsBounded(t *testing.T) {
	noLeaks(t)
	for _, chunk := range []int{1, 7, 128} {
		p, sent := newPair(), 0
		l := microthread.NewLink[int](p.a, p.b, chunk)
		full := make(chan bool)
		start(p.a, "sender", func(t0 *microthread.Thread) error {
			for {
				if sent == 2*chunk {
					microthread.StartAndForget(t0, func(*microthread.Thread) error { close(full); return nil })
				}
				if err := l.Send(t0, sent); err != nil {
					wantErr(t, "send", err, pipe.ErrReaderGone)
					return nil
				}
				sent++
			}
		})
		start(p.b, "receiver", func(t0 *microthread.Thread) error {
			microthread.Recv(t0, full)
			if v, err := l.Recv(t0); v != 0 || err != nil {
				t.Errorf("got %d, %v, want the first value", v, err)
			}
			l.Close(t0)
			_, err := l.Recv(t0)
			wantErr(t, "receive from what is closed", err, io.EOF)
			return nil
		})
		p.run()
		p.quiet(t)
		if sent < 2*chunk || sent > 3*chunk {
			t.Errorf("chunk %d: got %d sent, want between two and three chunks", chunk, sent)
		}
	}
}

// TestG1_LinkProgramsEnd ends one program while a thread of the other waits.
func TestG1_LinkProgramsEnd(t *testing.T) {
	ends := []struct {
		name string
		end  body
	}{
		{"returns", func(*microthread.Thread) error { return nil }},
		{"fails", func(*microthread.Thread) error { return errBoom }},
		{"panics", func(*microthread.Thread) error { panic(errBoom) }},
		{"is a deadlock", func(t0 *microthread.Thread) error { (&microthread.Cond{}).Wait(t0, "nothing"); return nil }},
		{"is aborted", func(t0 *microthread.Thread) error { t0.Program().Abort(time.Hour); t0.Yield(); return nil }},
	}
	for _, row := range ends {
		t.Run("sender "+row.name, func(t *testing.T) {
			noLeaks(t)
			p := newPair()
			l := microthread.NewLink[int](p.a, p.b, 8)
			start(p.a, "sender", func(t0 *microthread.Thread) error {
				_ = l.Send(t0, 1)
				return row.end(t0)
			})
			start(p.b, "receiver", func(t0 *microthread.Thread) error {
				v, err := l.Recv(t0)
				if v != 1 || err != nil {
					t.Errorf("got %d, %v, want the value", v, err)
				}
				_, err = l.Recv(t0)
				wantErr(t, "the end", err, microthread.ErrProgramEnded)
				_, err = l.Recv(t0)
				wantErr(t, "after it", err, io.EOF)
				return nil
			})
			p.run()
			wantErr(t, "the receiver", p.berr, nil)
		})
		t.Run("receiver "+row.name, func(t *testing.T) {
			noLeaks(t)
			p := newPair()
			l := microthread.NewLink[int](p.a, p.b, 8)
			start(p.a, "sender", func(t0 *microthread.Thread) error {
				for l.Send(t0, 1) == nil {
				}
				wantErr(t, "send", l.Send(t0, 1), pipe.ErrReaderGone)
				return nil
			})
			start(p.b, "receiver", func(t0 *microthread.Thread) error {
				_, _ = l.Recv(t0)
				return row.end(t0)
			})
			p.run()
			wantErr(t, "the sender", p.aerr, nil)
		})
	}
}

// TestG1_LinkBeforeAndAfter makes links with programs that were closed, or close unrun.
func TestG1_LinkBeforeAndAfter(t *testing.T) {
	noLeaks(t)
	for _, before := range []bool{true, false} {
		s := reactor.NewDefaultSystem()
		lives, closed := microthread.New(s), microthread.New(s)
		end := func() { wantErr(t, "close", closed.Close(), nil) }
		if before {
			end()
		}
		in, out := microthread.NewLink[int](closed, lives, 4), microthread.NewLink[int](lives, closed, 4)
		var after error
		start(lives, "main", func(t0 *microthread.Thread) error {
			_, after = in.Recv(t0)
			wantErr(t, "send", out.Send(t0, 1), pipe.ErrReaderGone)
			return nil
		})
		if !before {
			end()
		}
		wantErr(t, "run", errors.Join(lives.Run(), lives.Close()), nil)
		wantErr(t, "receive", after, microthread.ErrProgramEnded)
	}
}

// TestG1_LinkErrorUnread leaves an error in the link: it goes to a handler, or Run returns it.
func TestG1_LinkErrorUnread(t *testing.T) {
	noLeaks(t)
	for _, row := range []string{"receiver closes", "receiver's program ends", "receiver has left before"} {
		p := newPair()
		l := microthread.NewLink[int](p.a, p.b, 8)
		failed, left := make(chan bool), make(chan bool)
		start(p.a, "sender", func(t0 *microthread.Thread) error {
			if row == "receiver has left before" {
				microthread.Recv(t0, left)
			}
			l.Fail(t0, errBoom)
			close(failed)
			return nil
		})
		start(p.b, "receiver", func(t0 *microthread.Thread) error {
			switch row {
			case "receiver closes":
				microthread.Recv(t0, failed)
				l.Close(t0)
			case "receiver has left before":
				l.Close(t0)
				close(left)
			default:
				microthread.Recv(t0, failed)
			}
			return nil
		})
		p.run()
		all := append(append([]error{}, p.ha...), p.hb...)
		for _, err := range []error{p.aerr, p.berr} {
			if err != nil {
				all = append(all, err)
			}
		}
		if len(all) != 1 || !errors.Is(all[0], errBoom) {
			t.Errorf("%s: got %v, want boom once", row, all)
		}
	}
}

// crew is a body that has n threads do fn, terminates one of them after some turns and waits for
// all.
func crew(rng *rand.Rand, n int, fn func(i int, c *microthread.Thread)) body {
	turns, victim := rng.IntN(6), rng.IntN(n)
	return func(t0 *microthread.Thread) error {
		g := microthread.NewGroup(t0)
		var all []*microthread.Thread
		for i := range n {
			all = append(all, g.Go(func(c *microthread.Thread) error { fn(i, c); return nil }))
		}
		for range turns {
			t0.Yield()
		}
		all[victim].Terminate()
		_ = g.Wait()
		return nil
	}
}

// TestG1_LinkTermination terminates senders and receivers, most of them in their waits: what a
// Send had taken is received, by others, once and in order, and nothing else.
func TestG1_LinkTermination(t *testing.T) {
	noLeaks(t)
	for round := range 1000 {
		rng := rand.New(rand.NewPCG(7, uint64(round)))
		p, n, limit := newPair(), 1+rng.IntN(3), 10+rng.IntN(40)
		l := microthread.NewLink[[2]int](p.a, p.b, 1+rng.IntN(4))
		sent, got := make([]int, n), make([]int, n)
		sends := crew(rng, n, func(i int, c *microthread.Thread) {
			for sent[i] < limit && l.Send(c, [2]int{i, sent[i]}) == nil {
				sent[i]++
			}
		})
		receives := func(_ int, c *microthread.Thread) {
			for v, err := range l.All(c) {
				if err != nil || v[1] != got[v[0]] {
					t.Errorf("round %d: got %v, %v, want %d", round, v, err, got[v[0]])
				}
				got[v[0]]++
			}
		}
		received := crew(rng, n, receives)
		start(p.a, "senders", func(t0 *microthread.Thread) error {
			defer l.Close(t0)
			return sends(t0)
		})
		start(p.b, "receivers", func(t0 *microthread.Thread) error {
			err := received(t0)
			receives(0, t0) // what is left if all were terminated
			return err
		})
		p.run()
		p.quiet(t)
		equal(t, fmt.Sprintf("round %d: received of each sender", round), got, sent)
		if t.Failed() {
			return
		}
	}
}
