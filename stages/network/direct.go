package network

import (
	"errors"
	"io"
	"time"

	"mtpipe/internal/format"
	"mtpipe/internal/input"
	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/pipeline"
	"mtpipe/reactor"
	"mtpipe/value"
)

// direct is a session whose block looks at each value by itself, and needs no other threads
// than those of the block: the one that reads what comes reads the connection, and the one
// that puts what goes back sends it, for as long as the other side takes it at once. When
// nothing has come for a while and the block keeps nothing from one value to the next, it is
// ended, and begun again when something comes; until then the session has no stack.
type direct struct {
	x      *session
	from   *fromPeer
	lines  *input.Reader
	out    *pipe.Pipe
	output *pipeline.Output
	unsent []byte // that the other side did not take at once

	resting bool // the block ends, and only that
	written bool // a thread writes, and not the block's
}

// untilRest is for how long nothing has to come before a session has no stack: to begin the block
// again takes as long as some requests.
const untilRest = 10 * time.Second

// startDirect starts the session in this way.
func (x *session) startDirect() {
	j := x.s.j
	d := x.at
	if d == nil {
		d = &direct{x: x, from: &fromPeer{x: x}}
		d.lines = x.lines(d.from)
		d.output = pipeline.NewOutput(d, format.New("text", format.Screen{}))
		x.at = d
	}
	d.out = j.NewPipe("what goes to " + x.name)
	d.out.SetSink(d.push, d.end)
	in := j.NewPipe("what comes from " + x.name)
	in.SetSource(d.pull)
	x.direct, d.resting = true, false
	x.startBlock(in, d.out)
}

// pull gives the block the next lines. It runs on the thread of the block that reads them.
func (d *direct) pull() (*value.Batch, error) {
	d.from.t = d.x.s.j.Program().Current()
	if d.x.s.rests && !d.written && d.lines.Reads() {
		if d.resting = d.from.rests(); d.resting {
			return nil, io.EOF
		}
	}
	return d.x.next(d.lines)
}

// rest lets the session wait without a stack.
func (d *direct) rest() {
	x := d.x
	d.out = nil
	d.output.Shrink()
	x.direct, x.threads = false, nil
	idle := x.s.Idle
	left := idle
	if idle > 0 {
		left = max(idle-time.Since(x.active), 1)
	}
	x.c.SetDeadline(false, time.Time{})
	x.c.WhenReadable(left, x.wake, func(err error) {
		if errors.Is(err, reactor.ErrTimeout) {
			err = x.s.j.Placed(nothingCame(idle))
		} else {
			err = nil
		}
		x.end(err)
	}, microthread.Named(x.name))
}

// Write sends what goes without waiting, and keeps the rest.
func (d *direct) Write(_ *microthread.Thread, p []byte) error {
	if len(d.unsent) == 0 {
		n, err := d.x.c.TryWrite(p)
		if err != nil {
			return err
		}
		d.x.noteSent(n)
		p = p[n:]
	}
	d.unsent = append(d.unsent, p...)
	return nil
}

// push sends what the block has put. When the other side does not take it all, a thread goes
// on with that.
func (d *direct) push(b *value.Batch) bool {
	if err := d.output.Put(b); err != nil {
		d.x.end(err)
		return false
	}
	if len(d.unsent) > 0 {
		d.written = true
		d.startWriter(d.out, nil)
		return false
	}
	return true
}

// end ends the session when the block has ended with err.
func (d *direct) end(err error) {
	if d.resting && err == nil && !d.x.closed {
		if d.x.s.j.Interrupted() && d.x.c.Pending() == 0 {
			d.x.end(nil)
			return
		}
		d.rest()
		return
	}
	if werr := d.output.End(); err == nil {
		err = werr
	}
	if len(d.unsent) > 0 || d.x.lingers() {
		d.startWriter(nil, err)
		return
	}
	d.x.end(err)
}

// startWriter starts the thread that sends what is left, then what comes out of out, if there
// is one, and ends the session with err.
func (d *direct) startWriter(out *pipe.Pipe, err error) {
	x := d.x
	x.startWriter(out, func(t *microthread.Thread) error {
		werr := toPeer{x}.Write(t, d.unsent)
		d.unsent = nil
		if werr == nil && out != nil {
			werr = d.output.From(t, out, toPeer{x})
		}
		if err == nil {
			err = werr
		}
		return err
	})
}
