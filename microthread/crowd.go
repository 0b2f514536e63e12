package microthread

import (
	"time"

	"mtpipe/reactor"
)

// crowd is what a watchdog knows of blocking calls that others wait for.
type crowd struct {
	begun int           // calls when it looked last
	since time.Duration // the age of the reactor when as many ran and others waited; 0: they do not
	told  bool
}

// crowdedFor is for how many times the limit of a watchdog no blocking call ends, while others
// wait to begin, before it says so.
const crowdedFor = 10

// lookAtCalls reports, once, that blocking calls wait for others that do not end. It is called
// on the reactor's goroutine.
func (w *watchdog) lookAtCalls(r *reactor.Reactor) {
	running, waiting, begun, first := callsOf(r)
	c := &w.crowd
	if waiting == 0 || first == nil || begun != c.begun || c.since == 0 {
		*c = crowd{begun: begun}
		if waiting > 0 {
			c.since = r.Age()
		}
		return
	}
	t, ok := first.Owner().(*Thread)
	if c.told || !ok {
		return
	}
	c.told = true
	go w.report(Starvation{Thread: t.Name(), Site: t.Site(), Elapsed: r.Age() - c.since, CPU: -1, Calls: running, Waiting: waiting})
}
