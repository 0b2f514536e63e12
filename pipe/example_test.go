package pipe_test

import (
	"fmt"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/reactor"
	"mtpipe/value"
)

// A pipe of capacity 1 makes its ends take turns: the writer waits in its second put until the
// first value was read. A reader that leaves ends the writer where it waits.
func ExamplePipe() {
	s := reactor.NewDefaultSystem()
	s.SetSlice(reactor.NoSlice) // or the writer might give up its turn after the first value
	p := microthread.New(s)
	defer p.Close()
	values := pipe.New(p.Reactor(), "values", 1)
	p.Start(microthread.Spec{Name: "writer", Stdout: []*pipe.Pipe{values}, Run: func(t *microthread.Thread) error {
		defer fmt.Println("the writer cleans up")
		for i := int64(1); ; i++ {
			fmt.Println("put", i)
			t.Put(value.Int(i))
		}
	}})
	p.Start(microthread.Spec{Name: "reader", Stdin: values, Run: func(t *microthread.Thread) error {
		for v, err := range t.In() {
			if err != nil {
				return err
			}
			fmt.Println("got", v)
			if v.AsInt() == 2 {
				break // which closes the pipe
			}
		}
		fmt.Println("the reader goes on")
		return nil
	}})
	fmt.Println(p.Run())
	// Output:
	// put 1
	// put 2
	// got 1
	// got 2
	// the reader goes on
	// the writer cleans up
	// <nil>
}
