package threads

import (
	"fmt"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/value"
)

// onThreads does the jobs with micro-threads and pipes.
var onThreads = map[string]func(n int, s *Said){
	switching: func(n int, s *Said) {
		var turn turns
		run(func(t *microthread.Thread) {
			g := microthread.NewGroup(t)
			for me := range 2 {
				g.Go(func(t *microthread.Thread) error {
					for range n / 2 {
						turn.take(me + 1)
						t.Yield()
					}
					return nil
				})
			}
			_ = g.Wait()
		})
		s.taken(turn)
	},
	single:  func(n int, s *Said) { throughPipe(n, 1, s) },
	batched: func(n int, s *Said) { throughPipe(n, pipe.DefaultCapacity, s) },
	starting: func(n int, s *Said) {
		sum := 0
		run(func(t *microthread.Thread) {
			for range n {
				one, _ := microthread.StartInParallel(t, func(*microthread.Thread) (int, error) { return 1, nil }).Wait(t)
				sum += one
			}
		})
		s.Answer = fmt.Sprint(sum)
	},
	waiting: func(n int, s *Said) {
		run(func(t *microthread.Thread) {
			before := inUse()
			var end microthread.Cond
			for range n {
				microthread.StartAndForget(t, func(t *microthread.Thread) error { end.Wait(t, "waiting for the end"); return nil })
			}
			t.Yield() // all have had a turn by then
			s.remember(before, n)
			end.Broadcast()
		})
		s.Answer = fmt.Sprint(n)
	},
	timing: func(n int, s *Said) {
		var order []time.Duration
		run(func(t *microthread.Thread) {
			start := time.Now()
			for i := range n {
				microthread.StartAndForget(t, func(t *microthread.Thread) error {
					t.Sleep(due(i, n) - time.Since(start))
					order = append(order, due(i, n))
					return nil
				})
			}
		})
		s.popped(order)
	},
}

func run(main func(*microthread.Thread)) {
	_ = microthread.Run(func(t *microthread.Thread) error { main(t); return nil })
}

func throughPipe(n, capacity int, s *Said) {
	var sum int64
	run(func(t *microthread.Thread) {
		source := microthread.Generate(t, func(t *microthread.Thread) error {
			for i := range n {
				t.Put(value.Int(int64(i)))
			}
			return nil
		}, microthread.Capacity(capacity))
		for v := range source.All() {
			sum += v.AsInt()
		}
	})
	s.Answer = fmt.Sprint(sum)
}
