package programs

import "sync"

// group is what golang.org/x/sync/errgroup is, without a context.
type group struct {
	all   sync.WaitGroup
	first sync.Once
	err   error
}

// Go starts fn; Wait returns the first error of one.
func (g *group) Go(fn func() error) {
	g.all.Go(func() {
		if err := fn(); err != nil {
			g.first.Do(func() { g.err = err })
		}
	})
}

// Wait waits for all that were started.
func (g *group) Wait() error {
	g.all.Wait()
	return g.err
}
