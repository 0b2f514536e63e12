//go:build !linux

package reactor

import (
	"fmt"
	"time"
)

// portable is the notifier for descriptors where there is no epoll: it reports every
// descriptor as ready, so the call that follows may block. Reads and writes therefore go
// through the Blocking notifier on these systems.
type portable struct {
	passive
	r *Reactor
}

func newDescriptors(r *Reactor) (Notifier, error) { return &portable{r: r}, nil }

func (p *portable) Describe(*Deferred) string { return "waiting for a descriptor" }

func (p *portable) Register(d *Deferred, reason any, maxWait time.Duration) error {
	if _, ok := reason.(Readiness); !ok {
		return fmt.Errorf("the descriptor notifier takes a Readiness, not a %T", reason)
	}
	return p.r.schedule(d, Outcome{})
}

// OnHangUp is not there on these systems: nobody tells that the other side has gone.
func (r *Reactor) OnHangUp(int, func()) (stop func(), err error) {
	return nil, fmt.Errorf("%w: for that", ErrNoNotifier)
}

// Forget drops all that is known about a descriptor that is about to be closed. Reactor only.
func (r *Reactor) Forget(fd int) {}
