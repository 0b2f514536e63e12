package pipeline

import (
	"errors"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/reactor"
	"mtpipe/value"
)

// unit is one stage, or neighbouring per-value stages, and perhaps a combine stage behind
// them, that run as copies on several reactors.
type unit struct {
	stages  []*Bound
	copies  bool
	combine bool // the last stage is a combine stage
}

// units divides the stages of a pipeline. Fed says that something feeds the first one. With
// one job every stage is a unit of its own.
func units(stages []*Bound, fed bool, jobs int) []unit {
	var list []unit
	stages = expand(stages)
	for i, s := range stages {
		fed := fed || i > 0
		u := unit{stages: []*Bound{s}, copies: jobs > 1 && fed && s.mayCopy() && !(i > 0 && stages[i-1].hasEffect())}
		u.combine = u.copies && s.combines()
		if n := len(list) - 1; n >= 0 && u.copies && list[n].copies && !list[n].combine {
			list[n].stages, list[n].combine = append(list[n].stages, s), u.combine
			continue
		}
		list = append(list, u)
	}
	return list
}

// mayCopy reports whether copies of the stage may work on different parts of its input.
func (b *Bound) mayCopy() bool {
	return b.Stage != nil && (b.Stage.Trait&PerValue != 0 || b.parses || b.combines()) && !b.hasEffect() && !b.IsSource()
}

func (b *Bound) combines() bool { return b.Stage != nil && b.Stage.partial != nil }

func (b *Bound) hasEffect() bool { return b.Stage != nil && b.Stage.Trait&Effect != 0 }

// segment runs a unit as copies. Its dealer hands each batch of the input to a copy that
// has time, and puts the batch's number; the merger reads the numbers and puts what the
// copies made of each batch, in the order of the input. All but the copies runs on the
// main reactor.
type segment struct {
	run     *run
	unit    unit
	workers []*worker
	waiting []job // for a worker that has time
	results map[int64]result
	arrived microthread.Cond

	finished int // workers that have taken in all of the input
}

// job is a batch to work on.
type job struct {
	seq   int64
	batch *value.Batch
}

// result is what came out of a batch.
type result struct {
	batches []*value.Batch
	err     error   // what came down the copy's last pipe
	unread  []error // of its stages, that a later stage did not read
}

const jobsAhead = 2 // that a worker is given at a time, so that it need not wait for the next

// segment runs the unit u on the thread t, as its merger.
func (r *run) segment(t *microthread.Thread, u unit, in *pipe.Pipe) error {
	s := &segment{run: r, unit: u, results: make(map[int64]result)}
	for range r.jobs {
		s.workers = append(s.workers, newWorker(s))
	}
	defer s.stop()
	in.PassOn()
	numbers := pipe.New(r.program.Reactor(), "the numbers of batches", jobsAhead*len(s.workers))
	r.program.Start(microthread.Spec{Name: "the dealer of " + u.name(), Stdin: in, Stdout: []*pipe.Pipe{numbers},
		Error: r.failed, Run: s.deal})
	t.Reads(numbers)
	defer s.closeNumbers(t, numbers)
	for v, err := range numbers.All() {
		if err != nil {
			return err
		}
		if err := s.put(t, s.await(t, v.AsInt())); err != nil {
			return err
		}
	}
	if u.combine {
		return s.combine(t)
	}
	return nil
}

// closeNumbers ends the dealer. When nobody reads what the copies put, an error that it met
// by being ahead of them is nobody's concern.
func (s *segment) closeNumbers(t *microthread.Thread, numbers *pipe.Pipe) {
	if out := t.Stdout(); out != nil && out.Closed() {
		numbers.CloseRead()
		_ = numbers.Unread()
	}
	t.CloseIn(numbers)
}

func (u unit) name() string {
	name := u.stages[0].name
	if last := len(u.stages) - 1; last > 0 {
		name += " … " + u.stages[last].name
	}
	return name
}

// deal is the body of the dealer.
func (s *segment) deal(t *microthread.Thread) error {
	seq, limit := int64(0), 1
	deal := func(b *value.Batch) {
		s.give(job{seq, b})
		t.Put(value.Int(seq))
		seq++
	}
	for b, err := range t.Batches() {
		if err != nil {
			return err
		}
		t.Own(b)
		for ; limit < wholeBatches && b.Len() > limit; limit *= 2 {
			part := b.Share()
			part.Truncate(limit)
			b.Skip(limit)
			deal(part)
		}
		deal(b)
	}
	return nil
}

// wholeBatches is the number of rows from which on batches are dealt as they come. Before,
// they are cut: into one row, two, four and so on, so that the first results do not wait
// for a whole batch and a reader that wants few makes the copies do little in vain.
const wholeBatches = 4096

// give hands a job to the worker with the fewest, or keeps it until one has time.
func (s *segment) give(j job) {
	best := s.workers[0]
	for _, w := range s.workers[1:] {
		if w.given < best.given {
			best = w
		}
	}
	if best.given >= jobsAhead {
		s.waiting = append(s.waiting, j)
		return
	}
	best.given++
	s.run.program.Reactor().Hold()
	best.program.Post(func() { best.receive(j) })
}

// done takes a result from a worker.
func (s *segment) done(w *worker, seq int64, res result) {
	w.given--
	s.run.program.Reactor().Unhold()
	if s.results == nil { // the merger has gone
		res.release()
		return
	}
	s.results[seq] = res
	s.arrived.Broadcast()
	if len(s.waiting) > 0 {
		next := s.waiting[0]
		s.waiting = s.waiting[1:]
		s.give(next)
	}
}

func (s *segment) await(t *microthread.Thread, seq int64) result {
	for {
		if res, ok := s.results[seq]; ok {
			delete(s.results, seq)
			return res
		}
		s.arrived.Wait(t, "waiting for the copies of "+s.unit.name())
	}
}

func (s *segment) put(t *microthread.Thread, res result) error {
	for i, b := range res.batches {
		res.batches[i] = nil
		t.PutBatch(b)
	}
	for _, err := range res.unread {
		_ = s.run.failed(t, err)
	}
	return res.err
}

// stop ends the workers and lets go of what was not used.
func (s *segment) stop() {
	for _, j := range s.waiting {
		j.batch.Release()
	}
	for _, res := range s.results {
		res.release()
	}
	s.waiting, s.results = nil, nil
	for _, w := range s.workers {
		w.program.Post(w.stop)
		if w.finished && w.partial != nil {
			w.partial.close()
		}
	}
}

func (r result) release() {
	for _, b := range r.batches {
		if b != nil {
			b.Release()
		}
	}
}

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
	pipes     []*pipe.Pipe // that join the stages of the copy
	out       result
	seq       int64   // of the batch that is worked on
	partial   partial // of the combine stage
}

func newWorker(s *segment) *worker {
	w := &worker{segment: s}
	w.program = microthread.New(reactor.NewDefaultSystem(), microthread.OnError(w.failed))
	w.program.Reactor().Hold()
	inner := *s.run
	inner.program = w.program
	inner.budget /= int64(s.run.jobs)
	in := pipe.New(w.program.Reactor(), "the input of a copy", 1)
	w.program.Start(microthread.Spec{Name: "inlet", Stdout: []*pipe.Pipe{in}, Run: w.inlet})
	w.pipes = append(w.pipes, in)
	for i, b := range s.unit.stages {
		if s.unit.combine && i == len(s.unit.stages)-1 {
			in = w.startPartial(&inner, b, in)
		} else {
			in = inner.start(unit{stages: []*Bound{b}}, in, w.failed)
		}
		w.pipes = append(w.pipes, in)
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
	_ = w.program.Close()
	switch {
	case w.handsOver:
		w.segment.run.program.Post(func() { w.segment.over(w) })
	case w.partial != nil:
		w.partial.close()
	}
}

// over notes that the worker has taken in all of its input.
func (s *segment) over(w *worker) {
	w.finished = true
	s.run.program.Reactor().Unhold()
	if s.results == nil { // the merger has gone
		if w.partial != nil {
			w.partial.close()
		}
		w.out.release()
		return
	}
	s.finished++
	s.arrived.Broadcast()
}

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
	for t.Yield(); !w.quiet(); {
		if w.program.Reactor().Idle() {
			t.Sleep(pollQuiet) // a stage waits for something else than input
		} else {
			t.Yield()
		}
	}
	w.answer(j, w.out)
	w.out = result{}
}

// pollQuiet is how often it is looked whether a stage that suspended is done.
const pollQuiet = time.Millisecond

// quiet reports whether every stage of the copy waits for input or has ended.
func (w *worker) quiet() bool {
	for _, p := range w.pipes {
		if !p.Starved() {
			return false
		}
	}
	return true
}

func (w *worker) outlet(t *microthread.Thread) error {
	for b, err := range t.Batches() {
		if err != nil {
			w.out.err = err
			return nil
		}
		t.Own(b)
		w.out.batches = append(w.out.batches, b)
	}
	return nil
}

func (w *worker) failed(_ *microthread.Thread, err error) error {
	w.out.unread = append(w.out.unread, err)
	return nil
}
