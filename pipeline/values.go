package pipeline

import (
	"context"
	"iter"
	"slices"

	"mtpipe/microthread"
	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

// Values runs the plan and iterates over what it puts, then over the error of the run, if there
// is one: a *RunError with every root cause. The pipeline works on another goroutine, a batch
// ahead of the loop. Leaving the loop early aborts it, and the loop is left when all of its
// threads have ended; what has failed in it by then is written to Settings.Stderr. A context
// that ends aborts it too: its cause is among those of the error. Errors that stand for records
// (Settings.OnError is Keep) are values.
//
// Each loop is a run of its own. Any goroutine; several may run the same plan at a time.
// Settings.Stdout and Out have no meaning here.
func (p *Plan) Values(ctx context.Context) iter.Seq2[value.Value, error] {
	return p.values(ctx, func(*run) {})
}

// values is Values; began is called with the run before it does anything.
func (p *Plan) values(ctx context.Context, began func(r *run)) iter.Seq2[value.Value, error] {
	return func(yield func(value.Value, error) bool) {
		if ctx.Err() != nil {
			yield(value.Null, &RunError{[]error{&syntax.Error{Err: context.Cause(ctx)}}})
			return
		}
		if err := p.takeTrace(); err != nil {
			yield(value.Null, err)
			return
		}
		r := p.newRun()
		began(r)
		if err := r.openRecords(); err != nil {
			yield(value.Null, err)
			return
		}
		d := &delivery{run: r, batches: make(chan []value.Value, 1)}
		d.run.prepare(d.deliver)
		go d.work(ctx)
		whole := false
		defer func() {
			if !whole {
				d.abandon()
			}
		}()
		for batch := range d.batches {
			d.run.program.Post(d.take)
			for _, v := range batch {
				if !yield(v, nil) {
					return
				}
			}
		}
		whole = true
		if d.err != nil {
			yield(value.Null, d.err)
		}
	}
}

// delivery is the way of values from a run to the goroutine that iterates over them.
type delivery struct {
	run     *run
	batches chan []value.Value // has room for one
	full    bool               // one is there, or was taken a moment ago; reactor only
	taken   microthread.Cond
	err     error // of the run, when batches is closed
}

// work runs the program.
func (d *delivery) work(ctx context.Context) {
	defer close(d.batches)
	stop := context.AfterFunc(ctx, func() {
		d.run.program.Post(func() { d.run.abort(context.Cause(ctx)) })
	})
	d.err = d.run.toEnd(func() { stop() })
}

// deliver is the body of the thread that reads what the pipeline puts.
func (d *delivery) deliver(t *microthread.Thread) error {
	for b, err := range t.Batches() {
		if err != nil {
			return err
		}
		if b.Len() > 0 {
			d.awaitRoom(t)
			d.batches <- slices.AppendSeq(make([]value.Value, 0, b.Len()), b.All())
		}
	}
	return nil
}

// awaitRoom suspends t until the batch before was taken. Nothing else may be there to wake it.
func (d *delivery) awaitRoom(t *microthread.Thread) {
	r := d.run.program.Reactor()
	r.Hold()
	defer r.Unhold()
	for d.full {
		d.taken.Wait(t, "waiting for the loop over its values")
	}
	d.full = true
}

// take notes that a batch was taken. Reactor only.
func (d *delivery) take() {
	d.full = false
	d.taken.Broadcast()
}

// abandon ends the run, which nobody iterates over any more, and waits for its end.
func (d *delivery) abandon() {
	d.run.program.Post(func() { d.run.program.Abort(abortLimit) })
	for range d.batches {
	}
	if d.err != nil {
		d.run.tell("error", d.err)
	}
}

// abort ends the run because of cause.
func (r *run) abort(cause error) {
	r.failures = append(r.failures, &syntax.Error{Err: cause})
	r.program.Abort(abortLimit)
}
