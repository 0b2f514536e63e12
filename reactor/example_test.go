package reactor_test

import (
	"errors"
	"fmt"
	"time"

	"mtpipe/reactor"
)

// wordLength is a function that suspends: it waits as long as the word is, and then its
// continuation gives the length back.
func wordLength(d *reactor.Deferred, word string) reactor.Outcome {
	out := d.Sleep(time.Duration(len(word)) * time.Millisecond)
	out.AddCallback("wordLength", "", func(reactor.Outcome) reactor.Outcome {
		return reactor.Done(len(word))
	})
	return out
}

// A function that calls one that suspends registers a continuation of its own and returns
// the suspension.
func ExampleDeferred() {
	r := reactor.New(reactor.NewSystem())
	defer r.Close()
	r.Start("double", func(d *reactor.Deferred) reactor.Outcome {
		out := wordLength(d, "reactor")
		out.AddCallback("double", "wordLength", func(in reactor.Outcome) reactor.Outcome {
			if in.Err() != nil {
				return in
			}
			return reactor.Done(2 * in.Value().(int))
		})
		return out
	}, func(o reactor.Outcome) { fmt.Println("result:", o.Value()) })
	fmt.Println("suspended")
	if err := r.Run(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// suspended
	// result: 14
}

// A function that does not know about suspension is found out, and its name is told.
func ExampleDeferred_AddCallback() {
	r := reactor.New(reactor.NewSystem())
	defer r.Close()
	unaware := func(d *reactor.Deferred) reactor.Outcome { return wordLength(d, "word") }
	r.Start("main", func(d *reactor.Deferred) reactor.Outcome {
		out := unaware(d)
		if !out.AddCallback("main", "unaware", nil) {
			fmt.Println(out.Err())
		}
		return out
	}, nil)
	// Output:
	// deferred execution not implemented by unaware
}

// Timers wake stackless threads in the order of their times.
func ExampleDeferred_Sleep() {
	r := reactor.New(reactor.NewSystem())
	defer r.Close()
	for _, word := range []string{"three", "one", "to"} {
		r.Start("sleeper", func(d *reactor.Deferred) reactor.Outcome {
			out := d.Sleep(time.Duration(len(word)) * 5 * time.Millisecond)
			out.AddCallback("sleeper", "", func(o reactor.Outcome) reactor.Outcome {
				fmt.Println(word)
				return o
			})
			return out
		}, nil)
	}
	if err := r.Run(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// to
	// one
	// three
}

// All waits for several threads and has their values in the order of its arguments.
func ExampleReactor_All() {
	r := reactor.New(reactor.NewSystem())
	defer r.Close()
	var lengths []*reactor.Deferred
	for _, word := range []string{"three", "one", "to"} {
		lengths = append(lengths, r.Start("wordLength", func(d *reactor.Deferred) reactor.Outcome {
			return wordLength(d, word)
		}, nil))
	}
	r.All(lengths...).OnFinish(func(o reactor.Outcome) { fmt.Println(o.Value(), o.Err()) })
	if err := r.Run(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// [5 3 2] <nil>
}

// Any takes the first that succeeds.
func ExampleReactor_Any() {
	r := reactor.New(reactor.NewSystem())
	defer r.Close()
	answer := func(after time.Duration, o reactor.Outcome) *reactor.Deferred {
		return r.Start("answer", func(d *reactor.Deferred) reactor.Outcome {
			out := d.Sleep(after)
			out.AddCallback("answer", "", func(reactor.Outcome) reactor.Outcome { return o })
			return out
		}, nil)
	}
	r.Any(
		answer(10*time.Millisecond, reactor.Done("slow")),
		answer(5*time.Millisecond, reactor.Done("quick")),
		answer(0, reactor.Failed(errors.New("broken"))),
	).OnFinish(func(o reactor.Outcome) { fmt.Println(o.Value()) })
	if err := r.Run(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// quick
}

// A blocking call runs elsewhere, while the reactor goes on with its other threads.
func ExampleBlocking() {
	r := reactor.New(reactor.NewDefaultSystem())
	defer r.Close()
	slept := make(chan struct{})
	r.Start("caller", func(d *reactor.Deferred) reactor.Outcome {
		call := func() (any, error) { <-slept; return "the call has returned", nil }
		out := reactor.Defer(r.Notifier(reactor.Blocking), d, call, 0)
		out.AddCallback("caller", "", nil)
		return out
	}, func(o reactor.Outcome) { fmt.Println(o.Value()) })
	r.Start("sleeper", func(d *reactor.Deferred) reactor.Outcome {
		out := d.Sleep(time.Millisecond)
		out.AddCallback("sleeper", "", nil)
		return out
	}, func(reactor.Outcome) { fmt.Println("the sleeper has slept"); close(slept) })
	if err := r.Run(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// the sleeper has slept
	// the call has returned
}

// Threads that nothing can wake are reported with what they wait for.
func ExampleDeadlockError() {
	r := reactor.New(reactor.NewSystem())
	r.Start("reader", func(d *reactor.Deferred) reactor.Outcome {
		out := d.Suspend(mailbox{})
		out.AddCallback("reader", "", nil)
		return out
	}, nil)
	fmt.Println(r.Run())
	_ = r.Close()
	// Output:
	// deadlock: reader is waiting for mail
}

type mailbox struct{}

func (mailbox) Cancel(*reactor.Deferred)          {}
func (mailbox) Describe(*reactor.Deferred) string { return "waiting for mail" }
