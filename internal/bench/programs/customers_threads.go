package programs

import (
	"fmt"

	"mtpipe/microthread"
)

// customersOnThreads lets customers queue for a few counters, where each takes some turns.
func customersOnThreads(customers string) (answer string, err error) {
	served, turns := 0, 0
	err = microthread.Run(func(t *microthread.Thread) error {
		free := microthread.NewSemaphore(counters)
		_ = free.Acquire(t, counters) // they are closed until all customers have come
		g := microthread.NewGroup(t)
		for i := range number(customers) {
			g.Go(func(t *microthread.Thread) error {
				if err := free.Acquire(t, 1); err != nil {
					return err
				}
				defer free.Release(1)
				for range service(i) {
					turns++
					t.Yield()
				}
				served++
				return nil
			})
		}
		t.Yield()
		free.Release(counters)
		return g.Wait()
	})
	return fmt.Sprintf("%d served in %d turns", served, turns), err
}
