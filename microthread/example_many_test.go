package microthread_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mtpipe/microthread"
	"mtpipe/reactor"
)

// Three workers take jobs from one channel and send what they make of them into another.
func ExampleChan() {
	_ = microthread.Run(func(t *microthread.Thread) error {
		jobs := microthread.NewChan[int](t, 2, microthread.Named("jobs"))
		squares := microthread.NewChan[int](t, 2, microthread.Named("squares"))
		workers := microthread.NewGroup(t)
		for range 3 {
			workers.Go(func(t *microthread.Thread) error {
				for n := range jobs.All(t) {
					if err := squares.Send(t, n*n); err != nil {
						return err
					}
				}
				return nil
			})
		}
		sum := microthread.StartInParallel(t, func(t *microthread.Thread) (sum int, err error) {
			for n := range squares.All(t) {
				sum += n
			}
			return sum, nil
		})
		for n := range 10 {
			_ = jobs.Send(t, n)
		}
		jobs.Close()
		if err := workers.Wait(); err != nil {
			return err
		}
		squares.Close()
		fmt.Println(sum.Wait(t))
		return nil
	})
	// Output: 285 <nil>
}

// A thread takes news as they come, and says so when there are none for 20 milliseconds.
func ExampleSelect() {
	_ = microthread.Run(func(t *microthread.Thread) error {
		news := microthread.NewChan[string](t, 0)
		quit := microthread.NewChan[struct{}](t, 0)
		microthread.StartAndForget(t, func(t *microthread.Thread) error {
			_ = news.Send(t, "hello")
			t.Sleep(50 * time.Millisecond)
			quit.Close()
			return nil
		})
		var text string
		for {
			switch i, err := microthread.Select(t, 20*time.Millisecond, news.RecvCase(&text, nil), quit.RecvCase(nil, nil)); i {
			case 0:
				fmt.Println(text)
			case 1:
				fmt.Println("bye")
				return nil
			default:
				if text != "" {
					fmt.Println("nothing new:", err)
				}
				text = ""
			}
		}
	})
	// Output:
	// hello
	// nothing new: timed out
	// bye
}

// A generator of a program's own values is read in a loop; leaving that ends it.
func ExampleGenerateOf() {
	type word struct {
		text   string
		length int
	}
	_ = microthread.Run(func(t *microthread.Thread) error {
		words := microthread.GenerateOf(t, func(t *microthread.Thread, out *microthread.PipeOf[word]) error {
			for _, text := range []string{"one", "three", "eleven", "seventeen"} {
				out.Put(t, word{text, len(text)})
			}
			return nil
		})
		for w, err := range words.All(t) {
			if err != nil {
				return err
			}
			if fmt.Println(w.text, w.length); w.length > 5 {
				break
			}
		}
		return nil
	})
	// Output:
	// one 3
	// three 5
	// eleven 6
}

// Ten threads share two places.
func ExampleSemaphore() {
	_ = microthread.Run(func(t *microthread.Thread) error {
		places := microthread.NewSemaphore(2)
		g := microthread.NewGroup(t)
		inside, most := 0, 0
		for range 10 {
			g.Go(func(t *microthread.Thread) error {
				if err := places.Acquire(t, 1); err != nil {
					return err
				}
				defer places.Release(1)
				inside++
				most = max(most, inside)
				t.Sleep(time.Millisecond)
				inside--
				return nil
			})
		}
		err := g.Wait()
		fmt.Println("at most", most)
		return err
	})
	// Output: at most 2
}

// A group with a limit starts a thread when there is room for it.
func ExampleGroup_SetLimit() {
	_ = microthread.Run(func(t *microthread.Thread) error {
		g := microthread.NewGroup(t)
		g.SetLimit(2)
		running := 0
		for i := range 4 {
			g.Go(func(t *microthread.Thread) error {
				running++
				t.Sleep(time.Millisecond)
				running--
				return nil
			})
			fmt.Println("started", i, "with at most one other:", running < 2)
		}
		return g.Wait()
	})
	// Output:
	// started 0 with at most one other: true
	// started 1 with at most one other: true
	// started 2 with at most one other: true
	// started 3 with at most one other: true
}

// What takes too long is ended where it waits, and the thread goes on.
func ExampleThread_WithTimeout() {
	err := microthread.Run(func(t *microthread.Thread) error {
		err := t.WithTimeout(10*time.Millisecond, func(t *microthread.Thread) error {
			defer fmt.Println("cleaned up")
			t.Sleep(time.Hour)
			return nil
		})
		fmt.Println(err, errors.Is(err, reactor.ErrTimeout))
		return nil
	})
	fmt.Println(err)
	// Output:
	// cleaned up
	// timed out true
	// <nil>
}

// A context ends what a thread does, and a thread has one for libraries.
func ExampleThread_WithContext() {
	ctx, cancel := context.WithCancelCause(context.Background())
	time.AfterFunc(10*time.Millisecond, func() { cancel(errors.New("closing time")) })
	_ = microthread.Run(func(t *microthread.Thread) error {
		var library context.Context
		err := t.WithContext(ctx, func(t *microthread.Thread) error {
			library = t.Context()
			t.Sleep(time.Hour)
			return nil
		})
		fmt.Println(err)
		fmt.Println(library.Err(), context.Cause(library))
		return nil
	})
	// Output:
	// closing time
	// context canceled closing time
}

// A thread receives what a goroutine sends.
func ExampleRecv() {
	ch := make(chan string)
	go func() {
		defer close(ch)
		ch <- "from a goroutine"
	}()
	_ = microthread.Run(func(t *microthread.Thread) error {
		for {
			text, ok := microthread.Recv(t, ch)
			if !ok {
				return nil
			}
			fmt.Println(text)
		}
	})
	// Output: from a goroutine
}
