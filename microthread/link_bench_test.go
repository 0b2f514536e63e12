package microthread_test

import (
	"testing"

	"mtpipe/microthread"
	"mtpipe/value"
)

// BenchmarkBetweenReactors measures a value's way from a thread of one reactor to a thread of
// another: in a Link by chunks of 128, in a pipe by batches, and beside that in a channel of 128
// between two goroutines.
func BenchmarkBetweenReactors(b *testing.B) {
	b.Run("link", func(b *testing.B) {
		p, sum := newPair(), 0
		l := microthread.NewLink[int](p.a, p.b, 128)
		start(p.a, "sender", func(t *microthread.Thread) error {
			for i := range b.N {
				if err := l.Send(t, i); err != nil {
					return err
				}
			}
			l.Close(t)
			return nil
		})
		start(p.b, "receiver", func(t *microthread.Thread) error {
			for v, err := range l.All(t) {
				if err != nil {
					return err
				}
				sum += v
			}
			return nil
		})
		b.ResetTimer()
		p.run()
		checkSum(b, sum)
	})
	b.Run("pipe", func(b *testing.B) {
		p, sum := newPair(), 0
		release := hold(p.a)
		start(p.b, "reader", func(t *microthread.Thread) error {
			defer release()
			for v, err := range microthread.GenerateIn(t, p.a, func(g *microthread.Thread) error {
				for i := range b.N {
					g.Put(value.Int(int64(i)))
				}
				return nil
			}).All() {
				if err != nil {
					return err
				}
				sum += int(v.AsInt())
			}
			return nil
		})
		b.ResetTimer()
		p.run()
		checkSum(b, sum)
	})
	b.Run("Go channel", func(b *testing.B) {
		ch, sum := make(chan int, 128), 0
		go func() {
			defer close(ch)
			for i := range b.N {
				ch <- i
			}
		}()
		for v := range ch {
			sum += v
		}
		checkSum(b, sum)
	})
}

func checkSum(b *testing.B, sum int) {
	b.Helper()
	if want := b.N * (b.N - 1) / 2; sum != want {
		b.Fatalf("got %d, want %d", sum, want)
	}
}
