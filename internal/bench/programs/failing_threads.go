package programs

import (
	"errors"
	"fmt"
	"time"

	"mtpipe/microthread"
	"mtpipe/reactor"
)

// failingOnThreads has a producer and a consumer that end in one of five ways.
func failingOnThreads(rounds string) (string, error) {
	return inFiveWays(number(rounds), func(how string) (sum int, err error) {
		err = microthread.Run(func(t *microthread.Thread) error {
			numbers := microthread.GenerateOf(t, func(t *microthread.Thread, out *microthread.PipeOf[int]) error {
				for i := range 100 {
					switch {
					case i == 70 && how == "error":
						return errBroken
					case i == 70 && how == "panic":
						panic(errBroken)
					case i == 70 && how == "too late":
						t.Sleep(time.Hour)
					}
					out.Put(i)
				}
				return nil
			}, microthread.Capacity(16))
			late := false
			defer t.Program().After(patience, func() { late = true; t.Terminate() })()
			for i, err := range numbers.All() {
				if err != nil {
					return err
				}
				if sum += i; how == "early" && i == 50 {
					break
				}
				if how == "stopped" && i == 50 {
					t.Terminate()
				}
			}
			return nil
		})
		return sum, err
	})
}

func _() { fmt.Println(errors.ErrUnsupported, reactor.ErrTimeout) }
