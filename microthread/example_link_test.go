package microthread_test

import (
	"fmt"

	"mtpipe/microthread"
	"mtpipe/reactor"
	"mtpipe/value"
)

// Two programs, each with a reactor on a goroutine of its own: one counts, the other adds up.
func ExampleLink() {
	system := reactor.NewDefaultSystem()
	one, other := microthread.New(system), microthread.New(system)
	numbers := microthread.NewLink[int](one, other, 128)
	one.Start(microthread.Spec{Name: "counter", Run: func(t *microthread.Thread) error {
		defer numbers.Close(t)
		for n := range 1001 {
			if err := numbers.Send(t, n); err != nil {
				return err
			}
		}
		return nil
	}})
	other.Start(microthread.Spec{Name: "adder", Run: func(t *microthread.Thread) error {
		sum := 0
		for n, err := range numbers.All(t) {
			if err != nil {
				return err
			}
			sum += n
		}
		fmt.Println(sum)
		return nil
	}})
	done := make(chan error)
	go func() { done <- one.Run() }()
	fmt.Println(other.Run(), <-done)
	fmt.Println(one.Close(), other.Close())
	// Output:
	// 500500
	// <nil> <nil>
	// <nil> <nil>
}

// A generator works in another program; it is read as if it were in this one.
func ExampleGenerateIn() {
	system := reactor.NewDefaultSystem()
	worker := microthread.New(system)
	worker.Reactor().Hold() // until there is no more work
	done := make(chan error)
	go func() { done <- worker.Run() }()

	main := microthread.New(system)
	main.Start(microthread.Spec{Name: "main", Run: func(t *microthread.Thread) error {
		defer worker.Post(worker.Reactor().Unhold)
		squares := microthread.GenerateIn(t, worker, func(t *microthread.Thread) error {
			for n := range int64(5) {
				t.Put(value.Int(n * n))
			}
			return nil
		})
		for v, err := range squares.All() {
			if err != nil {
				return err
			}
			fmt.Println(v.AsInt())
		}
		return nil
	}})
	fmt.Println(main.Run(), <-done)
	fmt.Println(main.Close(), worker.Close())
	// Output:
	// 0
	// 1
	// 4
	// 9
	// 16
	// <nil> <nil>
	// <nil> <nil>
}
