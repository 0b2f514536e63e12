package programs

import (
	"context"
	"fmt"
	"time"
)

// failingOnGoroutines has a producer and a consumer that end in one of five ways.
func failingOnGoroutines(rounds string) (string, error) {
	return inFiveWays(number(rounds), goFail), nil
}

func goFail(how string) (sum int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience(how))
	defer cancel()
	numbers, failed, done := make(chan int, 16), make(chan error, 1), make(chan error, 1)
	go func() { // the producer
		defer close(numbers)
		defer func() {
			if p := recover(); p != nil {
				failed <- fmt.Errorf("panic: %v", p)
			}
		}()
		for i := range 100 {
			switch {
			case i == 70 && how == "error":
				failed <- errBroken
				return
			case i == 70 && how == "panic":
				panic(errBroken)
			case i == 70 && how == "late":
				select {
				case <-time.After(time.Hour):
				case <-ctx.Done():
					return
				}
			}
			select {
			case numbers <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	go func() { // the consumer
		for i := range numbers {
			if ctx.Err() != nil {
				break
			}
			if sum += i; i == 50 && how == "early" {
				break
			} else if i == 50 && how == "stopped" {
				cancel()
			}
		}
		select {
		case err := <-failed:
			done <- err
		default:
			done <- ctx.Err()
		}
	}()
	err = <-done
	return sum, err
}
