package microthread_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/value"
)

// threeStages moves n integers from a source through a pass-through stage to a sink.
func threeStages(t *microthread.Thread, n, capacity int) int64 {
	src := microthread.Generate(t, func(t *microthread.Thread) error {
		for i := range n {
			t.Put(value.Int(int64(i)))
		}
		return nil
	}, microthread.Capacity(capacity))
	mid := microthread.Generate(t, func(t *microthread.Thread) error {
		for v, err := range t.In() {
			if err != nil {
				return err
			}
			t.Put(v)
		}
		return nil
	}, microthread.Stdin(src), microthread.Capacity(capacity))
	var sum int64
	for v := range mid.All() {
		sum += v.AsInt()
	}
	return sum
}

// threeGoroutines is threeStages with goroutines and channels.
func threeGoroutines(n, capacity int) int64 {
	one, two := make(chan value.Value, capacity), make(chan value.Value, capacity)
	go func() {
		for i := range n {
			one <- value.Int(int64(i))
		}
		close(one)
	}()
	go func() {
		for v := range one {
			two <- v
		}
		close(two)
	}()
	var sum int64
	for v := range two {
		sum += v.AsInt()
	}
	return sum
}

// inThread runs fn as the main thread of a program.
func inThread(fn func(*microthread.Thread)) {
	_ = microthread.Run(func(t *microthread.Thread) error {
		fn(t)
		return nil
	})
}

// createThreads starts n threads, one after another, and waits for each.
func createThreads(t *microthread.Thread, n int) {
	for range n {
		k := microthread.StartInParallel(t, func(*microthread.Thread) (int, error) { return 1, nil })
		_, _ = k.Wait(t)
	}
}

// createGoroutines does the same with goroutines, each with a channel for its result.
func createGoroutines(n int) {
	for range n {
		c := make(chan int)
		go func() { c <- 1 }()
		<-c
	}
}

func BenchmarkHandoff(b *testing.B) {
	for _, c := range []int{1, pipe.DefaultCapacity} {
		b.Run(fmt.Sprintf("capacity=%d", c), func(b *testing.B) {
			inThread(func(t *microthread.Thread) { threeStages(t, b.N, c) })
		})
	}
	for _, c := range []int{0, pipe.DefaultCapacity} {
		b.Run(fmt.Sprintf("channel=%d", c), func(b *testing.B) { threeGoroutines(b.N, c) })
	}
}

func BenchmarkThread(b *testing.B) {
	b.Run("create", func(b *testing.B) { inThread(func(t *microthread.Thread) { createThreads(t, b.N) }) })
	b.Run("goroutine", func(b *testing.B) { createGoroutines(b.N) })
}

// deep calls itself until it has used so many KB of stack.
//
//go:noinline
func deep(kb int) byte {
	var b [1024]byte
	if kb > 0 {
		b[kb] = deep(kb - 1)
	}
	return b[kb]
}

// BenchmarkBlocking makes blocking calls, from one thread and from more than may run at a
// time, that need little stack and much.
func BenchmarkBlocking(b *testing.B) {
	for _, threads := range []int{1, 200} {
		for _, kb := range []int{0, 32} {
			b.Run(fmt.Sprintf("threads=%d/stack=%dK", threads, kb), func(b *testing.B) {
				inThread(func(t *microthread.Thread) {
					g := microthread.NewGroup(t)
					for range threads {
						g.Go(func(c *microthread.Thread) error {
							for range b.N / threads {
								_, _ = c.Blocking(func() (any, error) { deep(kb); return nil, nil })
							}
							return nil
						})
					}
					_ = g.Wait()
				})
			})
		}
	}
}

// BenchmarkRatio prints how long threads take as a part of what goroutines and channels take
// for the same: the median of pairs that ran one right after the other.
func BenchmarkRatio(b *testing.B) {
	const values, threads = 1_000_000, 200_000
	unbuffered := func() { threeGoroutines(values, 0) }
	buffered := func() { threeGoroutines(values, pipe.DefaultCapacity) }
	batches := func() { inThread(func(t *microthread.Thread) { threeStages(t, values, pipe.DefaultCapacity) }) }
	single := func() { inThread(func(t *microthread.Thread) { threeStages(t, values, 1) }) }
	for _, row := range []struct {
		name      string
		this, one func()
	}{
		{"handoff/of-unbuffered-channel", batches, unbuffered},
		{"handoff/of-channel-of-1024", batches, buffered},
		{"capacity-1/of-unbuffered-channel", single, unbuffered},
		{"create/of-goroutine-and-channel", func() { inThread(func(t *microthread.Thread) { createThreads(t, threads) }) },
			func() { createGoroutines(threads) }},
	} {
		b.Run(row.name, func(b *testing.B) {
			var ratios []float64
			for range max(b.N, 9) {
				ratios = append(ratios, float64(elapsed(row.this))/float64(elapsed(row.one)))
			}
			slices.Sort(ratios)
			b.ReportMetric(ratios[len(ratios)/2], "ratio")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func elapsed(fn func()) time.Duration {
	at := time.Now()
	fn()
	return time.Since(at)
}

// BenchmarkA6 measures what the proposal guessed: threads against goroutines and against
// operating system threads, in memory, creation and switching.
func BenchmarkA6(b *testing.B) {
	b.Run("memory", func(b *testing.B) {
		for b.Loop() {
			for _, row := range waits {
				b.ReportMetric(float64(perThread(10_000, row.wait)), "B/thread-"+strings.ReplaceAll(row.name, " ", "-"))
			}
		}
	})
	b.Run("create/OS-thread", func(b *testing.B) {
		for b.Loop() {
			done := make(chan bool)
			go func() {
				runtime.LockOSThread() // ends with its goroutine
				done <- true
			}()
			<-done
		}
	})
	b.Run("switch/thread", func(b *testing.B) {
		_ = microthread.Run(func(t *microthread.Thread) error {
			g := microthread.NewGroup(t)
			for range 2 {
				g.Go(func(c *microthread.Thread) error {
					for range b.N / 2 {
						c.Yield()
					}
					return nil
				})
			}
			return g.Wait()
		})
	})
	for _, lock := range []bool{false, true} {
		b.Run(map[bool]string{false: "switch/goroutine", true: "switch/OS-thread"}[lock], func(b *testing.B) {
			there, back := make(chan bool), make(chan bool)
			go func() {
				if lock {
					runtime.LockOSThread()
				}
				for range there {
					back <- true
				}
				close(back)
			}()
			if lock {
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
			}
			for range b.N / 2 {
				there <- true
				<-back
			}
			close(there)
			<-back
		})
	}
}
