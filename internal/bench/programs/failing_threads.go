package programs

import (
	"time"

	"mtpipe/microthread"
)

// failingOnThreads has a producer and a consumer that end in one of five ways.
func failingOnThreads(rounds string) (answer string, err error) {
	err = microthread.Run(func(t *microthread.Thread) error {
		answer = inFiveWays(number(rounds), func(how string) (int, error) { return fail(t, how) })
		return nil
	})
	return answer, err
}

func fail(t *microthread.Thread, how string) (sum int, err error) {
	numbers := microthread.GenerateOf(t, func(t *microthread.Thread, out *microthread.PipeOf[int]) error {
		for i := range 100 {
			switch {
			case i == 70 && how == "error":
				return errBroken
			case i == 70 && how == "panic":
				panic(errBroken)
			case i == 70 && how == "late":
				t.Sleep(time.Hour)
			}
			out.Put(t, i)
		}
		return nil
	})
	numbers.SetCapacity(16)
	consumer := microthread.StartInParallel(t, func(t *microthread.Thread) (int, error) {
		for i, err := range numbers.All(t) {
			if err != nil {
				return 0, err
			}
			if sum += i; i == 50 && how == "early" {
				break
			} else if i == 50 && how == "stopped" {
				t.Terminate()
				t.Yield()
			}
		}
		return sum, nil
	})
	defer consumer.Terminate()
	_, err = consumer.WaitFor(t, patience(how))
	return sum, err
}
