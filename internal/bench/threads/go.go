package threads

import (
	"fmt"
	"runtime"
	"sync"
	"time"

	"mtpipe/value"
)

// onGoroutines does the jobs with goroutines and channels.
var onGoroutines = map[string]func(n int, s *Said){
	switching: func(n int, s *Said) {
		var t turns
		there, back := make(chan bool), make(chan bool)
		go func() {
			for range there {
				t.take(2)
				back <- true
			}
		}()
		for range n / 2 {
			t.take(1)
			there <- true
			<-back
		}
		close(there)
		s.taken(t)
	},
	single:  func(n int, s *Said) { throughChannel(n, 1, s) },
	batched: func(n int, s *Said) { throughChannel(n, 1024, s) },
	starting: func(n int, s *Said) {
		sum := 0
		for range n {
			result := make(chan int)
			go func() { result <- 1 }()
			sum += <-result
		}
		s.Answer = fmt.Sprint(sum)
	},
	waiting: func(n int, s *Said) {
		before := inUse()
		end := make(chan bool)
		var ended sync.WaitGroup
		for range n {
			ended.Go(func() { <-end })
		}
		time.Sleep(100 * time.Millisecond) // all wait by then, more or less
		s.remember(before, n)
		close(end)
		ended.Wait()
		s.Answer = fmt.Sprint(n)
	},
	timing: func(n int, s *Said) {
		var order []time.Duration
		var mu sync.Mutex
		var ended sync.WaitGroup
		start := time.Now()
		for i := range n {
			ended.Go(func() {
				time.Sleep(due(i, n) - time.Since(start))
				mu.Lock()
				order = append(order, due(i, n))
				mu.Unlock()
			})
		}
		ended.Wait()
		s.popped(order)
	},
}

// onOneProcessor is what goroutines do better with one processor: the scheduler need not wake
// another one.
var onOneProcessor = map[string]func(n int, s *Said){
	switching: func(n int, s *Said) {
		var t turns
		var ended sync.WaitGroup
		for me := range 2 {
			ended.Go(func() {
				for range n / 2 {
					t.take(me + 1)
					runtime.Gosched()
				}
			})
		}
		ended.Wait()
		s.taken(t)
	},
	single:   onGoroutines[single],
	batched:  onGoroutines[batched],
	starting: onGoroutines[starting],
}

func throughChannel(n, capacity int, s *Said) {
	c := make(chan value.Value, capacity)
	go func() {
		for i := range n {
			c <- value.Int(int64(i))
		}
		close(c)
	}()
	var sum int64
	for v := range c {
		sum += v.AsInt()
	}
	s.Answer = fmt.Sprint(sum)
}
