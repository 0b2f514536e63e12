package microthread_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/reactor"
)

func TestA8_GoChannels(t *testing.T) {
	inRun(t, []row{
		{"A8 receive without blocking the others", func(t *testing.T, t0 *microthread.Thread) error {
			ch := make(chan int)
			go func() {
				time.Sleep(time.Second)
				ch <- 1
				time.Sleep(time.Second)
				ch <- 2
				close(ch)
			}()
			turns := 0
			microthread.StartAndForget(t0, func(t1 *microthread.Thread) error {
				for range 3 {
					t1.Sleep(100 * time.Millisecond)
					turns++
				}
				return nil
			})
			a, ok := microthread.Recv(t0, ch)
			if a != 1 || !ok || turns != 3 {
				t.Errorf("got %d, %v and %d turns of the other thread, want 1 and 3", a, ok, turns)
			}
			b, _ := microthread.Recv(t0, ch)
			_, ok = microthread.Recv(t0, ch)
			if b != 2 || ok {
				t.Errorf("got %d, %v, want 2 and the end", b, ok)
			}
			return nil
		}},
		{"A8 send", func(t *testing.T, t0 *microthread.Thread) error {
			ch := make(chan int)
			var got []int
			var all sync.WaitGroup
			all.Go(func() {
				for v := range ch {
					got = append(got, v)
					time.Sleep(time.Second)
				}
			})
			for i := range 3 {
				microthread.Send(t0, ch, i)
			}
			close(ch)
			all.Wait()
			equal(t, "received", got, []int{0, 1, 2})
			return nil
		}},
		{"A8 send on a closed channel", func(t *testing.T, t0 *microthread.Thread) error {
			for _, late := range []bool{false, true} {
				if late && raceDetector {
					continue // it reports each close beside a send, before Go panics
				}
				k := microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) {
					ch := make(chan int)
					if late {
						time.AfterFunc(time.Second, func() { close(ch) })
					} else {
						close(ch)
					}
					microthread.Send(t1, ch, 1)
					return 0, nil
				})
				_, err := k.Wait(t0)
				if err == nil || !strings.Contains(err.Error(), "send on closed channel") {
					t.Errorf("closed late %v: got %v, want Go's own panic", late, err)
				}
			}
			return nil
		}},
		{"A8 a nil value", func(t *testing.T, t0 *microthread.Thread) error {
			ch := make(chan error, 1)
			ch <- nil
			if v, ok := microthread.Recv(t0, ch); v != nil || !ok {
				t.Errorf("got %v, %v, want nil, true", v, ok)
			}
			return nil
		}},
		{"A8 a time limit", func(t *testing.T, t0 *microthread.Thread) error {
			ch := make(chan int)
			err := t0.WithTimeout(time.Second, func(t1 *microthread.Thread) error {
				microthread.Recv(t1, ch)
				return nil
			})
			wantErr(t, "the wait", err, reactor.ErrTimeout)
			go func() { ch <- 5 }()
			if v, ok := microthread.Recv(t0, ch); v != 5 || !ok {
				t.Errorf("got %d, %v, want 5: nobody else waits any more", v, ok)
			}
			return nil
		}},
	})
}

// TestE11_GoChannelThatIsNil is a wait that nothing ends.
func TestE11_GoChannelThatIsNil(t *testing.T) {
	err := run(t, func(t0 *microthread.Thread) error {
		microthread.Recv[int](t0, nil)
		return nil
	})
	var dead *reactor.DeadlockError
	if !errors.As(err, &dead) || !strings.Contains(err.Error(), "main is waiting to receive from a Go channel") {
		t.Errorf("got %v, want a deadlock", err)
	}
}

// TestE9_GoChannelLosesNothing terminates threads at random while they receive what goroutines
// send: each value is received once.
func TestE9_GoChannelLosesNothing(t *testing.T) {
	const values = 2000
	var got []int
	err := run(t, func(t0 *microthread.Thread) error {
		ch := make(chan int)
		go func() {
			for i := range values {
				ch <- i
			}
			close(ch)
		}()
		for n, done := 0, false; !done; n++ {
			k := microthread.StartInParallel(t0, func(t1 *microthread.Thread) (int, error) {
				for {
					v, ok := microthread.Recv(t1, ch)
					if !ok {
						done = true
						return 0, nil
					}
					got = append(got, v)
				}
			})
			for range 1 + n%7 {
				t0.Yield()
			}
			k.Terminate()
			_, _ = k.Wait(t0)
		}
		return nil
	})
	wantErr(t, "run", err, nil)
	slices.Sort(got)
	if len(got) != values || len(slices.Compact(got)) != values {
		t.Errorf("got %d values, %d of them different, want %d", len(got), len(slices.Compact(got)), values)
	}
}
