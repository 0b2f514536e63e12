package pipeline

import (
	"errors"

	"mtpipe/microthread"
	"mtpipe/pipe"
)

// worker runs one copy of a segment's stages on a reactor of its own.
type worker struct {
	segment  *segment
	given    int  // jobs that were given and not returned; main reactor only
	finished bool // it has ended, so that the rest is the main reactor's; main reactor only

	// The rest is for the worker's reactor only.
	program   *microthread.Program
	jobs      []job
	busy      bool // a batch is worked on
	ended     bool // no more jobs will come
	dead      bool // none is worked on any more
	handsOver bool // the main reactor waits for the partial
	changed   microthread.Cond
	chain
	seq     int64   // of the batch that is worked on
	partial partial // of the combine stage
	look    look    // at it
	shared  shared  // by the stages of the copy
}

func newWorker(s *segment) *worker {
	w := &worker{segment: s}
	w.program = s.run.seen.program("a copy of "+s.unit.name, microthread.OnError(w.failed))
	w.program.Reactor().Hold()
	inner := *s.run
	inner.program, inner.shared, inner.seq = w.program, &w.shared, &w.seq
	inner.budget /= int64(s.unit.copies)
	in := pipe.New(w.program.Reactor(), "the input of a copy", 1)
	setMeter(in, s.meter)
	w.program.Start(microthread.Spec{Name: "inlet", Stdout: []*pipe.Pipe{in}, Run: w.inlet})
	w.join(in)
	for i, part := range s.unit.parts {
		if s.unit.combine && i == len(s.unit.parts)-1 {
			in = w.startPartial(&inner, part, in)
		} else {
			in = inner.start(part, in, w.failed)
		}
		w.join(in)
	}
	w.program.Start(microthread.Spec{Name: "outlet", Stdin: in, Run: w.outlet})
	s.run.workers.Go(w.work)
	return w
}

// work runs the worker's reactor.
func (w *worker) work() {
	if err := w.program.Run(); err != nil {
		w.out.err = errors.Join(w.out.err, err)
	}
	w.segment.run.seen.over(w.program)
	if err := w.shared.close(); err != nil {
		w.out.err = errors.Join(w.out.err, err)
	}
	_ = w.program.Close()
	switch {
	case w.handsOver:
		w.out = w.out.checked(w.segment.run, w.last())
		w.segment.run.program.Post(func() { w.segment.over(w) })
	case w.partial != nil:
		w.partial.close()
	}
}

// last returns the stage whose output leaves the copy.
func (w *worker) last() *planned { return w.segment.unit.stages[len(w.segment.unit.stages)-1] }

func (w *worker) receive(j job) {
	if w.dead {
		j.batch.Release()
		w.answer(j, result{})
		return
	}
	w.jobs = append(w.jobs, j)
	w.changed.Broadcast()
}

func (w *worker) answer(j job, res result) {
	w.segment.run.program.Post(func() { w.segment.done(w, j.seq, res) })
}

// end lets the stages of the copy end, since nothing more will come.
func (w *worker) end() {
	w.ended, w.handsOver = true, true
	w.changed.Broadcast()
	w.program.Reactor().Unhold()
}

// stop ends the worker though nobody has waited for all that it was given.
func (w *worker) stop() {
	if w.ended {
		return
	}
	w.ended = true
	w.dead = true // nobody wants what is left
	for _, j := range w.jobs {
		j.batch.Release()
		w.answer(j, result{})
	}
	w.jobs = nil
	if w.busy {
		w.program.Abort(abortLimit)
	} else {
		w.changed.Broadcast()
	}
	w.program.Reactor().Unhold()
}

// inlet feeds the copy one batch at a time. When a stage of the copy fails it closes its
// input, which ends this thread wherever it is: what it leaves is answered all the same.
func (w *worker) inlet(t *microthread.Thread) error {
	var current *job
	defer func() {
		w.dead = true
		if current != nil {
			w.finish(t, *current)
		}
		for _, j := range w.jobs {
			j.batch.Release()
			w.answer(j, result{})
		}
		w.jobs = nil
	}()
	for {
		for len(w.jobs) == 0 {
			if w.ended {
				return nil
			}
			w.changed.Wait(t, "waiting for a batch")
		}
		j := w.jobs[0]
		w.jobs = w.jobs[1:]
		current, w.busy, w.seq = &j, true, j.seq
		t.PutBatch(j.batch)
		w.finish(t, j)
		current, w.busy = nil, false
	}
}

// finish lets the copy work until all of it waits for input. What came out by then was made
// of the batch of j.
func (w *worker) finish(t *microthread.Thread, j job) {
	w.settle(t)
	w.answer(j, w.take().checked(w.segment.run, w.last()))
}
