package microthread_test

import (
	"errors"
	"fmt"
	"time"

	"mtpipe/microthread"
	"mtpipe/value"
)

// odd puts the odd numbers below n, even the even ones, odd_even both.
func odd(t *microthread.Thread, n int) error {
	for i := 1; i < n; i += 2 {
		t.Put(value.Int(int64(i)))
	}
	return nil
}

func even(t *microthread.Thread, n int) error {
	for i := 2; i < n; i += 2 {
		t.Put(value.Int(int64(i)))
	}
	return nil
}

func oddEven(t *microthread.Thread, n int) error {
	if err := odd(t, n); err != nil {
		return err
	}
	return even(t, n)
}

func ExampleGenerate() {
	_ = microthread.Run(func(t *microthread.Thread) error {
		for v, err := range microthread.Generate(t, microthread.Bind(oddEven, 10)).All() {
			if err != nil {
				return err
			}
			fmt.Print(v, " ")
		}
		return nil
	})
	// Output: 1 3 5 7 9 2 4 6 8
}

// Each of the three generators can be run in a thread of its own, and each can be called by
// the others, sharing its stdout without a thread.
func ExampleGenerate_threeGenerators() {
	_ = microthread.Run(func(t *microthread.Thread) error {
		for _, fn := range []func(*microthread.Thread, int) error{odd, even, oddEven} {
			var got []value.Value
			for v := range microthread.Generate(t, microthread.Bind(fn, 10)).All() {
				got = append(got, v)
			}
			fmt.Println(got)
		}
		return nil
	})
	// Output:
	// [1 3 5 7 9]
	// [2 4 6 8]
	// [1 3 5 7 9 2 4 6 8]
}

// A server starts a thread for each client and is no longer interested in it. What goes
// wrong in one of them goes to the handler.
func ExampleStartAndForget() {
	handle := func(c *microthread.Thread, client string) error {
		c.Sleep(time.Millisecond)
		if client == "eve" {
			return errors.New("connection reset by " + client)
		}
		fmt.Println("served", client)
		return nil
	}
	report := func(_ *microthread.Thread, err error) error {
		fmt.Println("handler:", err)
		return nil
	}
	_ = microthread.Run(func(t *microthread.Thread) error {
		for _, client := range []string{"ann", "bob", "eve"} {
			microthread.StartAndForget(t, microthread.Bind(handle, client), microthread.Handler(report), microthread.Named(client))
		}
		fmt.Println("main ends")
		return nil
	})
	// Output:
	// main ends
	// served ann
	// served bob
	// handler: connection reset by eve (in eve)
}

// Two threads work at the same time; the results are waited for when they are needed.
func ExampleStartInParallel() {
	_ = microthread.Run(func(t *microthread.Thread) error {
		slow := func(n int) func(*microthread.Thread) (int, error) {
			return func(c *microthread.Thread) (int, error) {
				c.Sleep(time.Duration(n) * time.Millisecond)
				return n, nil
			}
		}
		a := microthread.StartInParallel(t, slow(3))
		b := microthread.StartInParallel(t, slow(4))
		x, err := a.Wait(t)
		if err != nil {
			return err
		}
		y, err := b.Wait(t)
		fmt.Println(x + y)
		return err
	})
	// Output: 7
}

// The input has no end, and the results come in its order, however long each takes.
func ExampleParallelMap() {
	naturals := func(yield func(int) bool) {
		for i := 1; yield(i); i++ {
		}
	}
	square := func(c *microthread.Thread, n int) (int, error) {
		c.Sleep(time.Duration(10-n%10) * time.Millisecond)
		return n * n, nil
	}
	_ = microthread.Run(func(t *microthread.Thread) error {
		for v, err := range microthread.ParallelMap(t, naturals, square, microthread.AtMost(4)) {
			if err != nil || v > 50 {
				return err // ends all that are under way
			}
			fmt.Print(v, " ")
		}
		return nil
	})
	// Output: 1 4 9 16 25 36 49
}

// An error in one thread of a group ends the others; their deferred functions run.
func ExampleGroup() {
	_ = microthread.Run(func(t *microthread.Thread) error {
		g := microthread.NewGroup(t)
		g.Go(func(c *microthread.Thread) error {
			defer fmt.Println("the other cleans up")
			c.Sleep(time.Hour)
			return nil
		})
		g.Go(func(c *microthread.Thread) error {
			c.Sleep(time.Millisecond)
			return errors.New("no answer")
		}, microthread.Named("worker 2"))
		fmt.Println(g.Wait())
		return nil
	})
	// Output:
	// the other cleans up
	// no answer (in worker 2)
}

// Leaving the loop closes the pipe, which ends its writer at once, wherever it waits.
func ExampleGenerate_close() {
	_ = microthread.Run(func(t *microthread.Thread) error {
		numbers := microthread.Generate(t, func(g *microthread.Thread) error {
			defer fmt.Println("generator: cleaned up")
			for i := 1; ; i++ {
				g.Put(value.Int(int64(i)))
			}
		})
		for v := range numbers.All() {
			fmt.Println("got", v)
			if v.AsInt() == 2 {
				break
			}
		}
		t.Yield()
		fmt.Println("closed:", numbers.Closed())
		return nil
	})
	// Output:
	// got 1
	// got 2
	// generator: cleaned up
	// closed: true
}

// Pipes against a list, 1: backpressure. The writer is never far ahead of its reader: one
// value is in the pipe and one in its hands, where a list that both share would grow.
func ExampleGenerate_k5Backpressure() {
	_ = microthread.Run(func(t *microthread.Thread) error {
		made := 0
		numbers := microthread.Generate(t, func(g *microthread.Thread) error {
			for made = 1; ; made++ {
				g.Put(value.Int(int64(made)))
			}
		}, microthread.Capacity(1))
		for v := range numbers.All() {
			t.Sleep(time.Millisecond) // a slow reader
			fmt.Println("read", v, "of", made)
			if v.AsInt() == 3 {
				break
			}
		}
		return nil
	})
	// Output:
	// read 1 of 3
	// read 2 of 4
	// read 3 of 5
}

// Pipes against a list, 2: a dead reader. The writer learns of it and ends; appending to a
// list that nobody reads any more, it would go on for ever.
func ExampleGenerate_k5DeadReader() {
	_ = microthread.Run(func(t *microthread.Thread) error {
		numbers := microthread.Generate(t, func(g *microthread.Thread) error {
			defer fmt.Println("the writer ended")
			for {
				g.Put(value.Int(1))
			}
		})
		reader := microthread.StartInParallel(t, func(r *microthread.Thread) (int, error) {
			_, _ = r.Next()
			return 0, errors.New("no room left")
		}, microthread.Stdin(numbers), microthread.Named("the reader"))
		_, err := reader.Wait(t)
		fmt.Println(err)
		return nil
	})
	// Output:
	// the writer ended
	// no room left (in the reader)
}

// Pipes against a list, 3: a dead writer. The reader gets what was put, then the error; on
// a list it would wait for ever, or take the part for the whole.
func ExampleGenerate_k5DeadWriter() {
	_ = microthread.Run(func(t *microthread.Thread) error {
		numbers := microthread.Generate(t, func(g *microthread.Thread) error {
			g.Put(value.Int(1))
			return errors.New("nothing more to read")
		}, microthread.Named("the writer"))
		for v, err := range numbers.All() {
			fmt.Println(v, err)
		}
		return nil
	})
	// Output:
	// 1 <nil>
	//  nothing more to read (in the writer)
}
