package pipe

import (
	"strings"

	"mtpipe/reactor"
)

// Any suspends the running thread, which reads all of pipes, until NextBatch of one of them
// would return at once, and returns its index. It looks at them in turn, from the one
// behind the index after, so that none is forgotten.
func Any(pipes []*Pipe, after int) (int, error) {
	var d *reactor.Deferred
	for _, p := range pipes {
		d = p.r.Current()
		if err := p.SetReader(d); err != nil {
			return -1, err
		}
		if p.readWaits {
			return -1, ErrSecondReader
		}
	}
	if d == nil {
		return -1, ErrNoThread
	}
	for {
		if err := passAll(pipes); err != nil {
			return -1, err
		}
		for i := range pipes {
			k := (after + 1 + i) % len(pipes)
			if pipes[k].Ready() {
				return k, nil
			}
		}
		for _, p := range pipes {
			p.readWaits, p.awaiting = true, d
			p.settled()
		}
		_, err := d.Await(anyEnd(pipes))
		anyEnd(pipes).Cancel(d)
		if err != nil {
			return -1, err
		}
	}
}

// passAll passes on the losses that come next in any of the pipes.
func passAll(pipes []*Pipe) error {
	for i := 0; i < len(pipes); i++ {
		if pipes[i].atLosses() {
			if err := pipes[i].passLosses(); err != nil {
				return err
			}
			i = -1 // others may have come while it was suspended
		}
	}
	return nil
}

// anyEnd is pipes as what their reader waits in when it takes from any of them.
type anyEnd []*Pipe

func (ps anyEnd) Cancel(*reactor.Deferred) {
	for _, p := range ps {
		p.readWaits = false
	}
}

func (ps anyEnd) Describe(*reactor.Deferred) string {
	writers := make([]string, len(ps))
	for i, p := range ps {
		writers[i] = nameOf(p.writer)
	}
	return "waiting for a value from any of " + strings.Join(writers, ", ")
}
