package ordering

import (
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"mtpipe/value"
)

// Await runs a function that blocks, as microthread.Thread.Blocking does.
type Await func(call func() (any, error)) (any, error)

// Batches iterates over the rows in order, in batches whose owner is the loop. With await,
// goroutines of the sorter's own work ahead: one when rows come from files or only the first
// are wanted, and otherwise as many as there were sorters.
func (s *Sorter) Batches(await Await) iter.Seq2[*value.Batch, error] {
	return func(yield func(*value.Batch, error) bool) {
		s.complete = true
		t := &team{pool: value.NewBlockPool(blockSize), stop: make(chan struct{}), size: 1}
		if s.inFiles() {
			if err := s.reduce(s.ways()); err != nil {
				yield(nil, err)
				return
			}
			t.divide = func() []*part { return []*part{{put: s.merge}} }
		} else {
			d := s.newDeal()
			defer d.close()
			if s.o.First == 0 {
				t.size = s.parts
			}
			t.divide = func() []*part { return s.divide(d, t) }
			if s.parts == 1 {
				await = nil
			}
		}
		rows := 0
		for _, r := range s.runs {
			rows += r.rows
		}
		if await == nil || rows < manyRows {
			t.size = 1
			t.runAlone(s.newAssembler(t), yield)
			return
		}
		for range t.size {
			t.assemblers = append(t.assemblers, s.newAssembler(t))
		}
		t.run(await, yield)
	}
}

func (s *Sorter) newAssembler(t *team) *assembler {
	return &assembler{width: s.order().width, lines: factsOf(s.runs).lines, pool: t.pool}
}

// part is a part of the rows, none of which comes before those of the part before.
type part struct {
	put func(*assembler) error // all rows
	out chan *value.Batch
	err error // once out is closed
}

const (
	manyRows     = 32 << 10 // from here on, others help
	batchesAhead = 8        // batches of a part that may be ready
)

// inFiles reports whether there are runs in files.
func (s *Sorter) inFiles() bool {
	return slices.ContainsFunc(s.runs, func(r *run) bool { return r.arena == nil })
}

// merge puts all rows, some of which are in files.
func (s *Sorter) merge(a *assembler) error {
	m := s.newMerger(s.runs, len(s.runs)+1)
	defer m.close()
	return a.drain(m)
}

// divide deals the rows out and returns the buckets as parts, or all of them as one if only
// the first rows are wanted.
func (s *Sorter) divide(d *deal, t *team) []*part {
	buckets := d.buckets(t)
	if s.o.First == 0 {
		list := make([]*part, len(buckets))
		for i, b := range buckets {
			list[i] = &part{put: func(a *assembler) error {
				a.addAll(&d.rows, b.sorted(d.sort, s.o.Unique))
				return nil
			}}
		}
		return list
	}
	return []*part{{put: func(a *assembler) error {
		left := s.o.First
		for _, b := range buckets {
			refs := b.sorted(d.sort, s.o.Unique)
			refs = refs[:min(left, len(refs))]
			if left -= len(refs); !a.addAll(&d.rows, refs) || left == 0 {
				break
			}
		}
		return nil
	}}}
}

// team is goroutines that work on parts.
type team struct {
	size       int // how many
	assemblers []*assembler
	divide     func() []*part
	parts      []*part
	pool       *value.BlockPool
	stop       chan struct{} // closed when no more is wanted
	tokens     chan struct{} // one for each part that is worked on or waits to be put
	claimed    atomic.Int64  // parts
	workers    sync.WaitGroup
}

// runAlone puts all parts in order, without goroutines.
func (t *team) runAlone(a *assembler, yield func(*value.Batch, error) bool) {
	a.yield = func(b *value.Batch) bool { return yield(b, nil) }
	for _, p := range t.divide() {
		if err := p.put(a); err != nil && !a.stopped {
			yield(nil, err)
			return
		}
		if a.stopped {
			return
		}
	}
	a.flush()
}

// run puts all parts in order.
func (t *team) run(await Await, yield func(*value.Batch, error) bool) {
	defer t.workers.Wait()
	defer close(t.stop)
	divided := make(chan struct{})
	t.workers.Go(func() {
		t.parts = t.divide()
		for _, p := range t.parts {
			p.out = make(chan *value.Batch, batchesAhead)
		}
		close(divided)
	})
	if _, err := await(func() (any, error) {
		select {
		case <-divided:
		case <-t.stop:
		}
		return nil, nil
	}); err != nil {
		yield(nil, err)
		return
	}
	t.tokens = make(chan struct{}, t.size+1)
	for _, a := range t.assemblers {
		t.workers.Go(func() { t.work(a) })
	}
	for _, p := range t.parts {
		for {
			b, err := t.receive(p, await)
			if err != nil {
				yield(nil, err)
				return
			}
			if b == nil {
				break
			}
			if !yield(b, nil) {
				return
			}
		}
		<-t.tokens
	}
}

// each calls do with the numbers from 0 to n-1, on all goroutines, unless nothing is wanted
// any more.
func (t *team) each(n int, do func(i int)) {
	var next atomic.Int64
	some := func() {
		for {
			i := int(next.Add(1)) - 1
			if i >= n || t.stopped() {
				return
			}
			do(i)
		}
	}
	var others sync.WaitGroup
	for range t.size - 1 {
		others.Go(some)
	}
	some()
	others.Wait()
}

func (t *team) stopped() bool {
	select {
	case <-t.stop:
		return true
	default:
		return false
	}
}

// receive returns the next batch of a part, nil at its end.
func (t *team) receive(p *part, await Await) (*value.Batch, error) {
	var b *value.Batch
	var more bool
	select {
	case b, more = <-p.out:
	default:
		if _, err := await(func() (any, error) {
			select {
			case b, more = <-p.out:
			case <-t.stop:
			}
			return nil, nil
		}); err != nil {
			return nil, err
		}
	}
	if !more {
		return nil, p.err
	}
	return b, nil
}

// work works on one part after the other.
func (t *team) work(a *assembler) {
	for {
		select {
		case t.tokens <- struct{}{}:
		case <-t.stop:
			return
		}
		i := int(t.claimed.Add(1)) - 1
		if i >= len(t.parts) {
			return
		}
		p := t.parts[i]
		a.yield = func(b *value.Batch) bool {
			select {
			case p.out <- b:
				return true
			case <-t.stop:
				b.Release()
				return false
			}
		}
		if p.err = p.put(a); p.err == nil {
			a.flush()
		}
		close(p.out)
	}
}
