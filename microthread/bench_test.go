package microthread_test

import (
	"runtime"
	"strings"
	"testing"

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

func BenchmarkHandoff(b *testing.B) {
	for _, c := range []struct {
		name     string
		capacity int
	}{{"capacity=1", 1}, {"capacity=1024", pipe.DefaultCapacity}} {
		b.Run(c.name, func(b *testing.B) {
			err := microthread.Run(func(t *microthread.Thread) error {
				threeStages(t, b.N, c.capacity)
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		})
	}
	for _, c := range []struct {
		name     string
		capacity int
	}{{"channel=0", 0}, {"channel=1024", 1024}} {
		b.Run(c.name, func(b *testing.B) {
			one, two := make(chan value.Value, c.capacity), make(chan value.Value, c.capacity)
			go func() {
				for i := range b.N {
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
		})
	}
}

func BenchmarkThread(b *testing.B) {
	b.Run("create", func(b *testing.B) {
		_ = microthread.Run(func(t *microthread.Thread) error {
			for range b.N {
				k := microthread.StartInParallel(t, func(*microthread.Thread) (int, error) { return 1, nil })
				_, _ = k.Wait(t)
			}
			return nil
		})
	})
	b.Run("goroutine", func(b *testing.B) {
		for range b.N {
			c := make(chan int)
			go func() { c <- 1 }()
			<-c
		}
	})
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
