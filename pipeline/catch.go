package pipeline

import (
	"errors"
	"io"
	"slices"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/value"
)

// catcher is a block at work of which a handler reads what goes wrong. Reactor only.
type catcher struct {
	j       *Job
	run     run           // of the block
	before  error         // what the input of the stage ended with
	queue   []value.Value // errors that the handler was not given yet
	added   int           // to the queue, in all
	handled int           // of them
	over    bool          // no more will come
	gone    bool          // the handler reads no more
	changed microthread.Cond
}

// Guard runs a block on the input of the stage and puts what it puts. What goes wrong in it is
// no failure of the run: a record that is wrong is left out, and an error that is about no record
// ends the block. Handler, if it is not nil, reads these errors, each as a record with its
// message, stage, place, file, line and value, and what it puts is put where the error arose, as
// far as the stages of the block allow it; without it the records are counted as left out, and
// other errors are told. An error that comes with the input is one of the stage.
func (j *Job) Guard(block, handler *Sub) error {
	c := &catcher{j: j, run: *j.run}
	c.run.outcome, c.run.catch, c.run.onError = new(outcome), nil, Skip
	var outs []*pipe.Pipe
	defer func() {
		for _, out := range outs {
			j.CloseIn(out)
		}
	}()
	if handler != nil {
		c.run.catch = c
		outs = append(outs, c.startHandler(handler))
	}
	body := j.NewPipe("the output of the block of " + j.stage.name)
	outs = append(outs, body)
	in := j.in
	if block.IsSource() {
		in = nil
	}
	if in != nil {
		in.PassOn()
	}
	t := c.run.startBlock(j, j.stage.block(block), in, body)
	return c.merge(outs, body, t)
}

// merge puts what comes out of the pipes of the block and of the handler until both have ended.
// Of the handler, an error ends it at once.
func (c *catcher) merge(outs []*pipe.Pipe, body *pipe.Pipe, t *microthread.Thread) (failed error) {
	outs = slices.Clone(outs)
	for i := -1; len(outs) > 0; {
		var err error
		if i, err = pipe.Any(outs, i); err != nil {
			return err
		}
		b, err := outs[i].NextBatch()
		switch {
		case err == nil:
			c.j.PutBatch(b)
			continue
		case outs[i] == body:
			_ = t.Wait(c.j.Thread, 0)
			failed = c.end(notEnd(err))
		case err != io.EOF:
			return err
		}
		outs = slices.Delete(outs, i, i+1)
		i--
	}
	return failed
}

// end gives the handler what the block has ended with, besides an error of the input, which it
// returns.
func (c *catcher) end(err error) (before error) {
	if c.j.in != nil {
		c.before = c.j.in.Err()
	}
	list := slices.Clone(c.run.failures)
	if err != nil {
		list = append(list, causes(err)...)
	}
	for _, cause := range list {
		switch {
		case c.before != nil && errors.Is(cause, c.before) || errors.Is(c.before, cause) && c.before != nil:
			before = cause
		case c.run.catch == nil:
			c.j.Warn("the block ended early: %s", c.run.annotate(c.j.stage.boundStage, cause))
		default:
			c.add(cause)
		}
	}
	c.over = true
	c.changed.Broadcast()
	return before
}

// startHandler starts the handler and what feeds it, and returns what the handler puts.
func (c *catcher) startHandler(handler *Sub) *pipe.Pipe {
	in := c.j.NewPipe("the errors for " + c.j.stage.name)
	out := c.j.NewPipe("the output of the catch of " + c.j.stage.name)
	feeder := microthread.Spec{Name: "the feeder of a catch", Stdout: []*pipe.Pipe{in}, Run: func(t *microthread.Thread) error {
		t.KeepOnDrain(true) // errors of what is worked off then are errors, too
		c.feed(t, in)
		return nil
	}}
	c.j.Program().Start(feeder)
	c.j.Start(handler, in, out)
	return out
}

// feed gives the handler the errors, one when it has done its work with the one before.
func (c *catcher) feed(t *microthread.Thread, in *pipe.Pipe) {
	defer func() {
		c.gone = true
		c.changed.Broadcast()
	}()
	for {
		for len(c.queue) == 0 {
			if c.over {
				return
			}
			c.changed.Wait(t, "waiting for an error")
		}
		v := c.queue[0]
		c.queue = c.queue[1:]
		t.Put(v)
		c.settle(t, in)
		c.handled++
		c.changed.Broadcast()
	}
}

func (c *catcher) add(err error) {
	c.queue = append(c.queue, reportOf(err).record())
	c.added++
	c.changed.Broadcast()
}

// take gives the handler an error about a record of the stage, which waits until that was dealt
// with: what the stage put before has gone through the stages behind it as far as they let it.
func (c *catcher) take(j *Job, err error) {
	if c.gone { // the handler has had enough
		_ = j.lose(func() error { return err }, false, nil)
		return
	}
	c.settle(j.Thread, j.Stdout())
	c.add(j.Placed(err))
	for n := c.added; c.handled < n && !c.gone; {
		c.changed.Wait(j.Thread, "waiting for a catch")
	}
}

// settle suspends t until the readers of p, and of what they put, up to the stage itself, wait for
// more.
func (c *catcher) settle(t *microthread.Thread, p *pipe.Pipe) {
	for p != nil {
		for !p.Starved() {
			p.OnStarved(c.changed.Broadcast)
			c.changed.Wait(t, "waiting for stages to have done their work")
		}
		if p.Closed() || p.Reader() == nil {
			return
		}
		reader, ok := p.Reader().Owner().(*microthread.Thread)
		if !ok || reader == c.j.Thread {
			return
		}
		p = reader.Stdout()
	}
}
