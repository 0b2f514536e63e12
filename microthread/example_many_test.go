package microthread_test

import (
	"fmt"
	"time"

	"mtpipe/microthread"
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
