package microthread_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/reactor"
)

// TestK11_Chan are the rules of a channel, one by one.
func TestK11_Chan(t *testing.T) {
	inRun(t, []row{
		{"K11 order and capacity", func(t *testing.T, t0 *microthread.Thread) error {
			c := microthread.NewChan[int](t0, 2)
			sent := 0
			microthread.StartAndForget(t0, func(t1 *microthread.Thread) error {
				defer c.Close()
				for i := range 6 {
					wantErr(t, "send", c.Send(t1, i), nil)
					sent++
				}
				return nil
			})
			t0.Sleep(time.Second)
			if sent != 2 || c.Len() != 2 {
				t.Errorf("got %d sent and %d in a channel of 2, want 2", sent, c.Len())
			}
			var got []int
			for v := range c.All(t0) {
				got = append(got, v)
			}
			equal(t, "received", got, []int{0, 1, 2, 3, 4, 5})
			return nil
		}},
		{"K11 a send without room for a value waits until it is received", func(t *testing.T, t0 *microthread.Thread) error {
			c := microthread.NewChan[int](t0, 0)
			var log []string
			s := microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) {
				for i := range 2 {
					_ = c.Send(t1, i)
					log = append(log, fmt.Sprint("sent ", i))
				}
				return 0, nil
			})
			t0.Sleep(time.Second)
			log = append(log, "nothing sent")
			v, ok := c.Recv(t0)
			log = append(log, fmt.Sprint("received ", v, ok))
			t0.Sleep(time.Second)
			v, ok = c.Recv(t0)
			log = append(log, fmt.Sprint("received ", v, ok))
			_, err := s.Wait(t0)
			equal(t, "log", log, []string{"nothing sent", "received 0 true", "sent 0", "received 1 true", "sent 1"})
			return err
		}},
		{"K11 those who wait are served in turn", func(t *testing.T, t0 *microthread.Thread) error {
			c := microthread.NewChan[int](t0, 1)
			var got []string
			g := microthread.NewGroup(t0)
			for i := range 3 {
				g.Go(func(t1 *microthread.Thread) error {
					v, _ := c.Recv(t1)
					got = append(got, fmt.Sprint(i, ":", v))
					return nil
				})
			}
			t0.Yield()
			for v := range 3 {
				_ = c.Send(t0, v)
			}
			err := g.Wait()
			equal(t, "received", got, []string{"0:0", "1:1", "2:2"})
			return err
		}},
		{"K11 close", func(t *testing.T, t0 *microthread.Thread) error {
			c := microthread.NewChan[int](t0, 1, microthread.Named("jobs"))
			_ = c.Send(t0, 7)
			s := microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) { return 0, c.Send(t1, 8) })
			t0.Yield()
			c.Close()
			c.Close()
			_, err := s.Wait(t0)
			wantErr(t, "the send that waited", err, microthread.ErrChanClosed)
			err = c.Send(t0, 9)
			wantErr(t, "a send after it", err, microthread.ErrChanClosed)
			if err.Error() != "send on closed channel jobs" {
				t.Errorf("got %v, want the channel's name", err)
			}
			if c.TrySend(9) {
				t.Error("a try to send went into a closed channel")
			}
			v, ok := c.Recv(t0)
			_, after := c.Recv(t0)
			if v != 7 || !ok || after {
				t.Errorf("got %d, %v, then %v; want 7, true, then the end", v, ok, after)
			}
			return nil
		}},
		{"K11 close wakes those who receive", func(t *testing.T, t0 *microthread.Thread) error {
			c := microthread.NewChan[int](t0, 0)
			g := microthread.NewGroup(t0)
			ends := 0
			for range 3 {
				g.Go(func(t1 *microthread.Thread) error {
					for range c.All(t1) {
						t.Error("got a value of nothing")
					}
					ends++
					return nil
				})
			}
			t0.Yield()
			c.Close()
			if err := g.Wait(); err != nil || ends != 3 {
				t.Errorf("got %d ends, %v, want 3", ends, err)
			}
			return nil
		}},
		{"K11 tries", func(t *testing.T, t0 *microthread.Thread) error {
			c := microthread.NewChan[string](t0, 1)
			_, none := c.TryRecv()
			first, second := c.TrySend("a"), c.TrySend("b")
			v, ok := c.TryRecv()
			if none || !first || second || v != "a" || !ok {
				t.Errorf("got %v %v %v %q %v, want false true false a true", none, first, second, v, ok)
			}
			return nil
		}},
		{"K11 leaving the loop leaves the rest", func(t *testing.T, t0 *microthread.Thread) error {
			c := microthread.NewChan[int](t0, 3)
			for i := range 3 {
				_ = c.Send(t0, i)
			}
			for range c.All(t0) {
				break
			}
			v, ok := c.Recv(t0)
			if v != 1 || !ok || c.Len() != 1 {
				t.Errorf("got %d, %v and %d left, want 1, true and 1", v, ok, c.Len())
			}
			return nil
		}},
		{"K11 a value that is promised to a terminated receiver", func(t *testing.T, t0 *microthread.Thread) error {
			c := microthread.NewChan[int](t0, 1)
			var got []string
			var threads []*microthread.Task[int]
			for i := range 3 {
				threads = append(threads, microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) {
					v, ok := c.Recv(t1)
					got = append(got, fmt.Sprint(i, ":", v, ok))
					return 0, nil
				}))
			}
			t0.Yield()
			_ = c.Send(t0, 1)
			_ = c.Send(t0, 2)
			threads[0].Terminate()
			t0.Sleep(1)
			equal(t, "received", got, []string{"1:1 true", "2:2 true"})
			return nil
		}},
		{"K11 of another program", func(t *testing.T, t0 *microthread.Thread) error {
			c := microthread.NewChan[int](t0, 1, microthread.Named("mine"))
			err := microthread.Run(func(other *microthread.Thread) error { return c.Send(other, 1) })
			wantErr(t, "the send", err, reactor.ErrOtherReactor)
			if !strings.Contains(fmt.Sprint(err), "main uses mine") {
				t.Errorf("got %v, want who uses what", err)
			}
			return nil
		}},
	})
}

func TestK11_Select(t *testing.T) {
	inRun(t, []row{
		{"K11 what comes first", func(t *testing.T, t0 *microthread.Thread) error {
			a, b := microthread.NewChan[int](t0, 0), microthread.NewChan[string](t0, 0)
			microthread.StartAndForget(t0, func(t1 *microthread.Thread) error {
				t1.Sleep(2 * time.Second)
				_ = b.Send(t1, "b")
				t1.Sleep(2 * time.Second)
				v, _ := a.Recv(t1)
				if v != 5 {
					t.Errorf("got %d, want 5", v)
				}
				b.Close()
				return nil
			})
			var s string
			var ok bool
			cases := []microthread.Case{a.SendCase(5), b.RecvCase(&s, &ok)}
			var got []string
			for range 5 {
				i, err := microthread.Select(t0, 1500*time.Millisecond, cases...)
				got = append(got, fmt.Sprint(i, " ", err, " ", s, " ", ok))
			}
			equal(t, "selected", got, []string{"-1 timed out  false", "1 <nil> b true", "-1 timed out b true",
				"0 <nil> b true", "1 <nil>  false"})
			return nil
		}},
		{"K11 without waiting", func(t *testing.T, t0 *microthread.Thread) error {
			c := microthread.NewChan[int](t0, 1)
			i, err := microthread.Select(t0, -1, c.RecvCase(nil, nil))
			wantErr(t, "nothing to receive", err, reactor.ErrTimeout)
			j, err := microthread.Select(t0, -1, c.RecvCase(nil, nil), c.SendCase(3))
			if i != -1 || j != 1 || err != nil || c.Len() != 1 {
				t.Errorf("got %d, %d, %v, want -1, 1", i, j, err)
			}
			return nil
		}},
		{"K11 each has its turn", func(t *testing.T, t0 *microthread.Thread) error {
			var chans [3]*microthread.Chan[int]
			var cases []microthread.Case
			for i := range chans {
				chans[i] = microthread.NewChan[int](t0, 30)
				for v := range 30 {
					_ = chans[i].Send(t0, v)
				}
				cases = append(cases, chans[i].RecvCase(nil, nil))
			}
			var got [3]int
			for range 30 {
				i, _ := microthread.Select(t0, 0, cases...)
				got[i]++
			}
			if got != [3]int{10, 10, 10} {
				t.Errorf("got %v, want ten of each", got)
			}
			return nil
		}},
		{"K11 closed under a send", func(t *testing.T, t0 *microthread.Thread) error {
			c := microthread.NewChan[int](t0, 0)
			microthread.StartAndForget(t0, func(t1 *microthread.Thread) error { c.Close(); return nil })
			i, err := microthread.Select(t0, 0, microthread.NewChan[int](t0, 0).RecvCase(nil, nil), c.SendCase(1))
			wantErr(t, "the send", err, microthread.ErrChanClosed)
			j, err := microthread.Select(t0, 0, c.SendCase(1))
			wantErr(t, "a later one", err, microthread.ErrChanClosed)
			if i != 1 || j != 0 {
				t.Errorf("got cases %d and %d, want 1 and 0", i, j)
			}
			return nil
		}},
		{"K11 two selections of both ends", func(t *testing.T, t0 *microthread.Thread) error {
			c := microthread.NewChan[int](t0, 0)
			var got [2]int
			both := func(i int) *microthread.Task[int] {
				return microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) {
					return microthread.Select(t1, 0, c.SendCase(i+1), c.RecvCase(&got[i], nil))
				})
			}
			first, second := both(0), both(1)
			i, err := first.Wait(t0)
			j, err2 := second.Wait(t0)
			if want := [][2]int{{0, 1}, {2, 0}}[i]; i+j != 1 || got != want {
				t.Errorf("got cases %d and %d, values %v, want one value handed over", i, j, got)
			}
			return errors.Join(err, err2)
		}},
		{"K11 a value that is promised to a terminated selection", func(t *testing.T, t0 *microthread.Thread) error {
			a, b := microthread.NewChan[int](t0, 0), microthread.NewChan[int](t0, 0)
			s := microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) {
				return microthread.Select(t1, 0, a.RecvCase(nil, nil), b.RecvCase(nil, nil))
			})
			t0.Yield()
			_ = b.Send(t0, 4)
			s.Terminate()
			v, ok := b.Recv(t0)
			if v != 4 || !ok {
				t.Errorf("got %d, %v, want 4", v, ok)
			}
			if a.TrySend(1) || b.TrySend(1) {
				t.Error("somebody still waits")
			}
			return nil
		}},
	})
}

// TestK4_ChanGivesTurns has two threads that never need to wait for their channels.
func TestK4_ChanGivesTurns(t *testing.T) {
	err := run(t, func(t0 *microthread.Thread) error {
		t0.Program().Reactor().System().SetSlice(0)
		stop := false
		microthread.StartAndForget(t0, func(t1 *microthread.Thread) error {
			for c := microthread.NewChan[int](t1, 1); !stop; {
				_ = c.Send(t1, 1)
				_, _ = c.Recv(t1)
			}
			return nil
		})
		t0.Sleep(time.Millisecond)
		stop = true
		return nil
	})
	wantErr(t, "run", err, nil)
}

func TestE11_ChanDeadlocks(t *testing.T) {
	_, file, _, _ := runtime.Caller(0)
	for _, row := range []struct {
		name string
		main func(t0 *microthread.Thread) error
		want string
	}{
		{"E11 receive", func(t0 *microthread.Thread) error {
			microthread.NewChan[int](t0, 1, microthread.Named("jobs")).Recv(t0)
			return nil
		}, "deadlock: main is waiting to receive from jobs"},
		{"E11 send", func(t0 *microthread.Thread) error {
			c := microthread.NewChan[int](t0, 0, microthread.Named("jobs"))
			microthread.StartAndForget(t0, func(t1 *microthread.Thread) error { return c.Send(t1, 1) }, microthread.Named("w"))
			return c.Send(t0, 1)
		}, "deadlock: 2 threads wait for each other: main is waiting to send into jobs; w is waiting to send into jobs"},
		{"E11 select", func(t0 *microthread.Thread) error {
			c := microthread.NewChan[int](t0, 0, microthread.Named("jobs"))
			d := microthread.NewChan[int](t0, 0, microthread.Named("results"))
			_, err := microthread.Select(t0, 0, c.RecvCase(nil, nil), d.SendCase(1))
			return err
		}, "deadlock: main is waiting to receive from jobs or send into results"},
		{"E11 without a name", func(t0 *microthread.Thread) error {
			microthread.NewChan[int](t0, 1).Recv(t0)
			return nil
		}, "deadlock: main is waiting to receive from the channel made at " + file + ":"},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := run(t, row.main)
			var dead *reactor.DeadlockError
			if !errors.As(err, &dead) || !strings.HasPrefix(err.Error(), row.want) {
				t.Errorf("got  %v\nwant %s", err, row.want)
			}
		})
	}
}
