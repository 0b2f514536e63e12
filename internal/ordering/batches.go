package ordering

import (
	"iter"
	"slices"
	"sort"
	"sync"

	"mtpipe/value"
)

// Await runs a function that blocks, as microthread.Thread.Blocking does.
type Await func(call func() (any, error)) (any, error)

// Batches iterates over the rows in order, in batches whose owner is the loop. With await,
// goroutines of the sorter's own work ahead: one when rows come from files, and otherwise as
// many as there were sorters.
func (s *Sorter) Batches(await Await) iter.Seq2[*value.Batch, error] {
	return func(yield func(*value.Batch, error) bool) {
		s.complete = true
		if err := s.reduce(s.ways()); err != nil {
			yield(nil, err)
			return
		}
		if s.parts == 1 && s.filesAnd(0) == 0 {
			await = nil
		}
		parts := s.divide(await != nil)
		if len(parts) == 1 && (await == nil || parts[0].rows < manyRows) {
			stopped := false
			put := func(b *value.Batch) bool {
				stopped = !yield(b, nil)
				return !stopped
			}
			if err := s.assemble(parts[0], value.NewBlockPool(blockSize), put); err != nil && !stopped {
				yield(nil, err)
			}
			return
		}
		t := &team{sorter: s, parts: parts, pool: value.NewBlockPool(blockSize), stop: make(chan struct{})}
		t.run(await, yield)
	}
}

// part is a part of the rows whose keys are all smaller than those of the next part.
type part struct {
	refs [][]ref // of the runs in memory
	rows int
	out  chan *value.Batch
	err  error // once out is closed
}

const (
	manyRows     = 32 << 10 // from here on, others help
	partRows     = 16 << 10
	batchesAhead = 8 // batches of a part that may be ready
)

// assemble puts the rows of a part.
func (s *Sorter) assemble(p *part, pool *value.BlockPool, put func(*value.Batch) bool) error {
	m := s.mergerOf(s.runs, p.refs, s.filesAnd(1))
	defer m.close()
	a := &assembler{width: m.order.width, lines: factsOf(s.runs).lines, pool: pool, yield: put}
	return a.drain(m)
}

// filesAnd returns how many runs are in files, and n.
func (s *Sorter) filesAnd(n int) int {
	for _, r := range s.runs {
		if r.arena == nil {
			n++
		}
	}
	return n
}

// divide divides the rows into parts of about the same size, when more than one goroutine
// can work on them.
func (s *Sorter) divide(helped bool) []*part {
	whole := &part{refs: make([][]ref, len(s.runs))}
	for i, r := range s.runs {
		whole.rows += r.rows
		if r.arena != nil {
			whole.refs[i] = r.arena.refs
		}
	}
	n := whole.rows / partRows
	if !helped || s.parts < 2 || n < 2 || s.o.First > 0 || s.filesAnd(0) > 0 {
		return []*part{whole}
	}
	o := s.order()
	o.raw = factsOf(s.runs).raw
	var list []*part
	rest := slices.Clone(whole.refs)
	for _, splitter := range s.splitters(o, n) {
		p := &part{refs: make([][]ref, len(s.runs))}
		for i, r := range s.runs {
			k := sort.Search(len(rest[i]), func(k int) bool {
				return o.compare(item{r.arena.row(rest[i][k].at), r.tables}, splitter, 0) >= 0
			})
			p.refs[i], rest[i] = rest[i][:k], rest[i][k:]
			p.rows += k
		}
		list = append(list, p)
	}
	return append(list, &part{refs: rest})
}

// splitters returns n-1 rows that divide all into parts of about the same size.
func (s *Sorter) splitters(o order, n int) []item {
	const samples = 8 // for each part
	var list []item
	total := 0
	for _, r := range s.runs {
		total += r.rows
	}
	step := max(1, total/(n*samples))
	for _, r := range s.runs {
		for i := step / 2; i < r.rows; i += step {
			list = append(list, item{r.arena.row(r.arena.refs[i].at), r.tables})
		}
	}
	slices.SortFunc(list, func(a, b item) int { return o.compare(a, b, 0) })
	var chosen []item
	for i := 1; i < n; i++ {
		chosen = append(chosen, list[i*len(list)/n])
	}
	return chosen
}

// team is goroutines that work on parts.
type team struct {
	sorter  *Sorter
	parts   []*part
	pool    *value.BlockPool
	stop    chan struct{} // closed when no more is wanted
	tokens  chan struct{} // one for each part that is worked on or waits to be put
	mu      sync.Mutex
	claimed int // parts
	workers sync.WaitGroup
}

// run puts all parts in order.
func (t *team) run(await Await, yield func(*value.Batch, error) bool) {
	n := min(t.sorter.parts, len(t.parts))
	t.tokens = make(chan struct{}, n+1)
	for _, p := range t.parts {
		p.out = make(chan *value.Batch, batchesAhead)
	}
	defer t.workers.Wait()
	defer close(t.stop)
	for range n {
		t.workers.Go(t.work)
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
func (t *team) work() {
	for {
		select {
		case t.tokens <- struct{}{}:
		case <-t.stop:
			return
		}
		t.mu.Lock()
		i := t.claimed
		t.claimed++
		t.mu.Unlock()
		if i >= len(t.parts) {
			return
		}
		p := t.parts[i]
		p.err = t.sorter.assemble(p, t.pool, func(b *value.Batch) bool {
			select {
			case p.out <- b:
				return true
			case <-t.stop:
				b.Release()
				return false
			}
		})
		close(p.out)
	}
}
