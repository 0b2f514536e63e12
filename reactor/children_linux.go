package reactor

import (
	"os"
	"time"
)

// watch lets d wait for the descriptor of the process in the notifier for descriptors, and
// reports whether the system has such descriptors.
func (c *children) watch(d *Deferred, p *os.Process, maxWait time.Duration) (done bool, err error) {
	e, ok := c.r.Notifier(Descriptors).(*epoll)
	if !ok {
		return false, nil
	}
	noHandle := p.WithHandle(func(handle uintptr) {
		if err = e.open(); err == nil {
			err = e.at(int(handle)).register(d, false, maxWait)
		}
	})
	return noHandle == nil, err
}
