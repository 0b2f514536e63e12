package network

import (
	"mtpipe/internal/format"
	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/pipeline"
	"mtpipe/value"
)

// direct is a session whose block looks at each value by itself, and needs no other threads
// than those of the block: the one that reads what comes reads the connection, and the one
// that puts what goes back sends it, for as long as the other side takes it at once.
type direct struct {
	x      *session
	out    *pipe.Pipe
	output *pipeline.Output
	unsent []byte // that the other side did not take at once
}

// startDirect starts the session in this way.
func (x *session) startDirect() {
	j := x.s.j
	d := &direct{x: x, out: j.NewPipe("what goes to " + x.name)}
	d.output = pipeline.NewOutput(d, format.New("text", false))
	d.out.SetSink(d.push, d.end)
	in, from := j.NewPipe("what comes from "+x.name), &fromPeer{x: x}
	lines := x.lines(from)
	in.SetSource(func() (*value.Batch, error) {
		from.t = j.Program().Current()
		return x.next(lines)
	})
	x.direct = true
	x.startBlock(in, d.out)
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
		d.startWriter(d.out, nil)
		return false
	}
	return true
}

// end ends the session when the block has ended with err.
func (d *direct) end(err error) {
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
