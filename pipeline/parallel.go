package pipeline

import (
	"errors"
	"mtpipe/internal/layer"
	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/value"
)

// segment runs a unit as copies. Its dealer hands each batch of the input to a copy that
// has time, and puts the batch's number; the merger reads the numbers and puts what the
// copies made of each batch, in the order of the input. All but the copies runs on the
// main reactor.
type segment struct {
	run     *run
	unit    *unit
	workers []*worker
	ahead   int   // jobs that a worker is given at a time
	waiting []job // for a worker that has time
	results map[int64]result
	arrived microthread.Cond

	previewed func() // says that nothing more is to be seen of what the copies make; see live

	finished int          // workers that have taken in all of the input
	meter    *layer.Meter // of what the copies read, or nil
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

// checked returns r, or an error in its place when a batch of it must not go to another reactor.
// Last is the stage that made it.
func (r result) checked(run *run, last *planned) result {
	for _, b := range r.batches {
		if err := b.MayCross(); err != nil {
			r.release()
			return result{err: errors.Join(run.annotate(last.boundStage, err), r.err), unread: r.unread}
		}
	}
	return r
}

const (
	jobsAhead = 6 // that a worker is given at a time: the main reactor may have to wait for a processor to give more

	// jobMemory is about what a batch on its way may take, as records that a stage makes of lines.
	jobMemory = 4 << 20
)

// ahead returns how many jobs each of n workers is given at a time: fewer when they would take much of
// what stages may keep.
func (r *run) ahead(n int) int {
	return int(min(jobsAhead, max(1, r.budget/(jobMemory*int64(n)))))
}

// segment runs the unit u on the thread t, as its merger.
func (r *run) segment(t *microthread.Thread, u *unit, in *pipe.Pipe) error {
	s := &segment{run: r, unit: u, ahead: r.ahead(u.copies), results: make(map[int64]result), meter: meterOf(in)}
	setMeter(in, nil) // the copies read the text that comes in it
	for range u.copies {
		s.workers = append(s.workers, newWorker(s))
	}
	r.copies = true
	defer s.stop()
	s.previewed = r.live.begins(&holding{stage: u.stages[len(u.stages)-1], parts: len(s.workers), counted: true, look: s.look})
	defer s.previewed()
	in.PassOn()
	numbers := pipe.New(r.program.Reactor(), "the numbers of batches", s.ahead*len(s.workers))
	r.program.Start(microthread.Spec{Name: "the dealer of " + u.name, Stdin: in, Stdout: []*pipe.Pipe{numbers},
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

// look gives taken a snapshot of what each copy has made so far, on the copy's reactor.
func (s *segment) look(taken func(partial, bool)) {
	for _, w := range s.workers {
		posted := w.program.Post(func() {
			if w.look == nil { // it has not begun
				taken(nil, true)
				return
			}
			w.look(taken)
		})
		if !posted {
			taken(nil, false)
		}
	}
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
		if err := b.MayCross(); err != nil {
			b.Release()
			return s.run.annotate(s.unit.stages[0].boundStage, err)
		}
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
	if best.given >= s.ahead {
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
		s.arrived.Wait(t, "waiting for the copies of "+s.unit.name)
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
