package microthread_test

import (
	"fmt"
	"runtime"
	"sync"
	"testing"

	"mtpipe/microthread"
)

const (
	customers = 20_000
	counters  = 100
	visits    = 3 // at which a customer is served
)

// condSemaphore is a semaphore written with a Cond, as a program might do it.
type condSemaphore struct {
	free int
	cond microthread.Cond
	wake func(*microthread.Cond)
}

func (s *condSemaphore) acquire(t *microthread.Thread) {
	for s.free == 0 {
		s.cond.Wait(t, "waiting for a counter")
	}
	s.free--
}

func (s *condSemaphore) release() {
	s.free++
	s.wake(&s.cond)
}

// simulate has all customers come at once and queue for the counters at each visit.
func simulate(t *microthread.Thread, acquire func(*microthread.Thread), release func()) (served int) {
	g := microthread.NewGroup(t)
	for range customers {
		g.Go(func(c *microthread.Thread) error {
			for range visits {
				acquire(c)
				c.Yield()
				served++
				release()
			}
			return nil
		})
	}
	_ = g.Wait()
	return served
}

func simulateGoroutines() (served int) {
	var all sync.WaitGroup
	var mu sync.Mutex
	free := make(chan struct{}, counters)
	for range customers {
		all.Go(func() {
			for range visits {
				free <- struct{}{}
				runtime.Gosched()
				mu.Lock()
				served++
				mu.Unlock()
				<-free
			}
		})
	}
	all.Wait()
	return served
}

// BenchmarkSimulation is 20,000 customers at 100 counters.
func BenchmarkSimulation(b *testing.B) {
	check := func(b *testing.B, served int) {
		if served != customers*visits {
			b.Fatalf("got %d served, want %d", served, customers*visits)
		}
	}
	conds := map[string]func(*microthread.Cond){"broadcast": (*microthread.Cond).Broadcast, "signal": (*microthread.Cond).Signal}
	for _, name := range []string{"signal", "broadcast"} {
		if name == "broadcast" && testing.Short() {
			continue
		}
		b.Run("cond="+name, func(b *testing.B) {
			for b.Loop() {
				inThread(func(t *microthread.Thread) {
					s := &condSemaphore{free: counters, wake: conds[name]}
					check(b, simulate(t, s.acquire, s.release))
				})
			}
		})
	}
	b.Run("goroutines", func(b *testing.B) {
		for b.Loop() {
			check(b, simulateGoroutines())
		}
	})
}

// manyToOne has n numbers sent by some threads to one.
func manyToOne(t *microthread.Thread, n, senders, capacity int) (sum int) {
	c := microthread.NewChan[int](t, capacity)
	left := senders
	for range senders {
		microthread.StartAndForget(t, func(t *microthread.Thread) error {
			for i := range n / senders {
				_ = c.Send(t, i)
			}
			if left--; left == 0 {
				c.Close()
			}
			return nil
		})
	}
	for v := range c.All(t) {
		sum += v
	}
	return sum
}

func manyToOneGoroutine(n, senders, capacity int) (sum int) {
	c := make(chan int, capacity)
	var all sync.WaitGroup
	for range senders {
		all.Go(func() {
			for i := range n / senders {
				c <- i
			}
		})
	}
	go func() {
		all.Wait()
		close(c)
	}()
	for v := range c {
		sum += v
	}
	return sum
}

// BenchmarkChan is a number sent and received, by one thread or eight to one.
func BenchmarkChan(b *testing.B) {
	for _, senders := range []int{1, 8} {
		for _, capacity := range []int{0, 1, 128} {
			name := fmt.Sprintf("senders=%d/capacity=%d/", senders, capacity)
			b.Run(name+"threads", func(b *testing.B) {
				inThread(func(t *microthread.Thread) { manyToOne(t, b.N, senders, capacity) })
			})
			b.Run(name+"goroutines", func(b *testing.B) { manyToOneGoroutine(b.N, senders, capacity) })
		}
	}
}
