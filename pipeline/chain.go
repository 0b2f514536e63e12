package pipeline

import (
	"mtpipe/microthread"
	"mtpipe/pipe"
)

// chain is stages at work of which it is known when all of them wait for input: what has come
// out by then was made of what went in.
type chain struct {
	pipes   []*pipe.Pipe // that join the stages, with the first one's input and the last one's output
	settled microthread.Cond
	out     result
}

// join adds a pipe.
func (c *chain) join(p *pipe.Pipe) {
	c.pipes = append(c.pipes, p)
	p.OnStarved(func() {
		if c.quiet() {
			c.settled.Broadcast()
		}
	})
}

// quiet reports whether every stage waits for input or has ended.
func (c *chain) quiet() bool {
	for _, p := range c.pipes {
		if !p.Starved() {
			return false
		}
	}
	return true
}

// settle suspends t until every stage waits for input or has ended.
func (c *chain) settle(t *microthread.Thread) {
	for !c.quiet() {
		c.settled.Wait(t, "waiting for stages to have done their work")
	}
}

// take returns what has come out since it was called last.
func (c *chain) take() result {
	out := c.out
	c.out = result{}
	return out
}

// outlet is the body of the thread that reads what the last stage puts.
func (c *chain) outlet(t *microthread.Thread) error {
	t.Stdin().CarryLosses()
	for b, err := range t.Batches() {
		if err != nil {
			c.out.err = err
			return nil
		}
		b.Own()
		c.out.batches = append(c.out.batches, b)
	}
	return nil
}

// failed takes an error of a stage that no later stage reads, unless it is nobody's.
func (c *chain) failed(t *microthread.Thread, err error) error {
	if !isNobodys(t, err) {
		c.out.unread = append(c.out.unread, err)
	}
	return nil
}
