package reactor

import "errors"

// combination waits for several Deferreds to finish.
type combination struct {
	d       *Deferred
	left    int
	results []any
	errs    []error
}

// Cancel and Describe make a combination something to wait in.
func (c *combination) Cancel(*Deferred) { c.d = nil }

func (c *combination) Describe(*Deferred) string { return "waiting for several others" }

// All returns a Deferred that finishes when all of ds have: with their values ([]any) in
// the order of ds, or with the first error. Those that have finished already count. Whatever
// the result of All, Any and First, the rest of ds goes on.
func (r *Reactor) All(ds ...*Deferred) *Deferred {
	return r.combine(ds, Done([]any{}), func(c *combination, i int, o Outcome) {
		c.results[i] = o.Value()
		if o.err != nil {
			c.complete(Failed(o.err))
		} else if c.left == 0 {
			c.complete(Done(c.results))
		}
	})
}

// Any returns a Deferred that finishes with the first value that one of ds finishes with,
// or with all their errors joined in the order of ds when none does. Of none it is
// ErrNoDeferreds.
func (r *Reactor) Any(ds ...*Deferred) *Deferred {
	return r.combine(ds, Failed(ErrNoDeferreds), func(c *combination, i int, o Outcome) {
		c.errs[i] = o.err
		if o.err == nil {
			c.complete(o)
		} else if c.left == 0 {
			c.complete(Failed(errors.Join(c.errs...)))
		}
	})
}

// First returns a Deferred that finishes as the first of ds to finish does, with its value
// or its error. Of none it is ErrNoDeferreds.
func (r *Reactor) First(ds ...*Deferred) *Deferred {
	return r.combine(ds, Failed(ErrNoDeferreds), func(c *combination, i int, o Outcome) { c.complete(o) })
}

func (r *Reactor) combine(ds []*Deferred, ofNone Outcome, add func(c *combination, i int, o Outcome)) *Deferred {
	c := &combination{left: len(ds), results: make([]any, len(ds)), errs: make([]error, len(ds))}
	d := r.Start("combine", func(d *Deferred) Outcome {
		c.d = d
		o := d.Suspend(c)
		o.AddCallback("combine", "", nil)
		return o
	}, nil)
	for i, e := range ds {
		e.OnFinish(func(o Outcome) {
			c.left--
			add(c, i, o)
		})
	}
	if len(ds) == 0 {
		c.complete(ofNone)
	}
	return d
}

func (c *combination) complete(o Outcome) {
	if d := c.d; d != nil {
		_ = d.r.schedule(d, o)
	}
}
