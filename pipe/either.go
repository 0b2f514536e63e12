package pipe

import (
	"fmt"
	"time"

	"mtpipe/reactor"
)

// Empty reports whether the reader has taken all that was put.
func (p *Pipe) Empty() bool { return p.room.N == 0 && p.queued == nil }

// Either suspends the running thread, which reads in and writes out, until NextBatch of in
// would return at once or out is empty, so that PutBatch would. It takes and puts nothing
// itself, so nothing is lost however the wait ends: with reactor.ErrTimeout when maxWait
// (0: no limit) has passed, with ErrReaderGone when nobody reads out any more, or with what
// the thread was continued with. One of the pipes may be nil.
func Either(in, out *Pipe, maxWait time.Duration) error {
	e := either{in, out}
	d, err := e.thread()
	if err == nil && in != nil {
		err = passAll([]*Pipe{in})
	}
	if err != nil || e.ready() {
		return err
	}
	if in != nil {
		in.readWaits, in.awaiting = true, d
		in.settled()
	}
	if out != nil {
		out.Flush()
		out.writeWaits = true
	}
	_, err = d.AwaitFor(e, maxWait)
	e.Cancel(d) // one of the two still waits
	return err
}

// either is two pipes as what the reader of one and writer of the other waits in.
type either struct{ in, out *Pipe }

func (e either) ready() bool {
	return e.in != nil && e.in.Ready() || e.out != nil && e.out.Empty()
}

// thread returns the running thread, which becomes the reader of in and the writer of out.
func (e either) thread() (*reactor.Deferred, error) {
	var d *reactor.Deferred
	if e.in != nil {
		d = e.in.r.Current()
		if err := e.in.SetReader(d); err != nil {
			return nil, err
		}
		if e.in.readWaits {
			return nil, ErrSecondReader
		}
	}
	if e.out != nil {
		d = e.out.r.Current()
		if err := e.out.writable(); err != nil {
			return nil, err
		}
	}
	if d == nil {
		return nil, ErrNoThread
	}
	return d, nil
}

func (e either) Cancel(*reactor.Deferred) {
	if e.in != nil {
		e.in.readWaits = false
	}
	if e.out != nil {
		e.out.writeWaits = false
	}
}

func (e either) Describe(*reactor.Deferred) string {
	switch {
	case e.out == nil:
		return (*readEnd)(e.in).Describe(nil)
	case e.in == nil:
		return (*writeEnd)(e.out).Describe(nil)
	}
	return fmt.Sprintf("waiting for a value from %s, which %s writes, or for %s to take what was put into %s",
		e.in.Name(), nameOf(e.in.writer), nameOf(e.out.reader), e.out.Name())
}
