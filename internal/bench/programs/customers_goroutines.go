package programs

import (
	"fmt"
	"runtime"
	"sync"
)

// customersOnGoroutines lets customers queue for a few counters, where each takes some turns.
func customersOnGoroutines(customers string) (string, error) {
	served, turns := 0, 0
	var mu sync.Mutex
	free := make(chan bool, counters)
	for range counters {
		free <- true // they are closed until all customers have come
	}
	var g group
	for i := range number(customers) {
		g.Go(func() error {
			free <- true
			defer func() { <-free }()
			for range service(i) {
				mu.Lock()
				turns++
				mu.Unlock()
				runtime.Gosched()
			}
			mu.Lock()
			served++
			mu.Unlock()
			return nil
		})
	}
	for range counters {
		<-free
	}
	err := g.Wait()
	return fmt.Sprintf("%d served in %d turns", served, turns), err
}
