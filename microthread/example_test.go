package microthread_test

import (
	"fmt"

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
