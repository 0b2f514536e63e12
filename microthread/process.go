package microthread

import (
	"os"
	"time"

	"mtpipe/reactor"
)

// WaitProcess suspends t until the child process p has ended and returns how. With maxWait
// above 0 it returns reactor.ErrTimeout after that time; p goes on.
func (t *Thread) WaitProcess(p *os.Process, maxWait time.Duration) (*os.ProcessState, error) {
	state, err := t.DeferTo(reactor.Children, p, maxWait)
	if err != nil {
		return nil, err
	}
	if state, ok := state.(*os.ProcessState); ok {
		return state, nil
	}
	return p.Wait() // at once
}
