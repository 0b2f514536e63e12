package microthread

import (
	"errors"
	"os"
	"syscall"
	"time"

	"mtpipe/reactor"
)

// WaitProcess suspends t until the child process p has ended and returns how. With maxWait
// above 0 it returns reactor.ErrTimeout after that time; p goes on. Running thread only.
func (t *Thread) WaitProcess(p *os.Process, maxWait time.Duration) (*os.ProcessState, error) {
	state, err := t.DeferTo(reactor.Children, p, maxWait)
	if maxWait <= 0 && (errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)) {
		state, err = t.Blocking(func() (any, error) { return p.Wait() }) // it has no descriptor to wait for
	}
	if err != nil {
		return nil, err
	}
	if state, ok := state.(*os.ProcessState); ok {
		return state, nil
	}
	return p.Wait() // at once
}
