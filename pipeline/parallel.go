package pipeline

import (
	"slices"

	"mtpipe/microthread"
	"mtpipe/pipe"
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
	stages = expand(fused(stages))
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
	for i, u := range list[min(1, len(list)):] {
		if u.combine && u.stages[0].parses {
			list[i].stages[0].combined = true
		}
	}
	return withoutLight(list)
}

// withoutLight divides the units whose copies would do less than it takes to deal the input
// out to them. Copies that read a file themselves, for a stage behind, do enough.
func withoutLight(list []unit) []unit {
	var kept []unit
	for _, u := range list {
		reads := u.stages[0].parses && len(u.stages) > 1
		if !u.copies || reads || slices.ContainsFunc(u.stages, func(s *Bound) bool { return s.Stage.Trait&Light == 0 }) {
			kept = append(kept, u)
			continue
		}
		for _, s := range u.stages {
			kept = append(kept, unit{stages: []*Bound{s}})
		}
	}
	return kept
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

const jobsAhead = 6 // that a worker is given at a time: the main reactor may have to wait for a processor to give more

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
		b.Own()
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
