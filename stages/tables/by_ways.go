package tables

import (
	"errors"
	"io"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/pipeline"
	"mtpipe/value"
)

var errFewer = errors.New("the temporary file has fewer rows than were written")

// ranges is the way of head, skip and slice: rows are counted, and the block is not run.
type ranges struct {
	g        *grouped
	from, to int64
	counts   []int64 // rows of each group so far
	chosen   []int32
}

func (r *ranges) rows(b *value.Batch, of []int32) error {
	g := r.g
	for len(r.counts) < g.groups.Len() {
		r.counts = append(r.counts, 0)
	}
	r.chosen = r.chosen[:0]
	for i, group := range of {
		n := r.counts[group]
		if n < r.to {
			r.counts[group] = n + 1
			if n >= r.from {
				r.chosen = append(r.chosen, int32(i))
			}
		}
	}
	if len(r.chosen) == 0 {
		return nil
	}
	part := b.Pick(r.chosen)
	if g.keyed.Has(part) {
		g.j.PutBatch(part)
		return nil
	}
	defer part.Release()
	i := 0
	for v := range part.All() {
		g.j.Put(g.keyed.Of(g.keysOf(of[r.chosen[i]]), v))
		i++
	}
	return nil
}

func (r *ranges) wait(int32, *value.Batch) error { return nil }
func (r *ranges) end(int32) error                { return nil }
func (r *ranges) close()                         {}

// division divides the rows of a batch among their groups.
type division struct {
	first, last []int32 // rows, by group; -1 for none
	next        []int32 // of each row: the next one of its group
	groups      []int32 // those that have rows
	rows        []int32
}

// of divides rows by their groups, of which there are n.
func (d *division) of(of []int32, n int) {
	for len(d.first) < n {
		d.first, d.last = append(d.first, -1), append(d.last, -1)
	}
	d.groups, d.next = d.groups[:0], d.next[:0]
	for i, group := range of {
		d.next = append(d.next, -1)
		if d.first[group] < 0 {
			d.first[group] = int32(i)
			d.groups = append(d.groups, group)
		} else {
			d.next[d.last[group]] = int32(i)
		}
		d.last[group] = int32(i)
	}
}

// part returns the rows of b that are of a group.
func (d *division) part(b *value.Batch, group int32) *value.Batch {
	d.rows = d.rows[:0]
	for i := d.first[group]; i >= 0; i = d.next[i] {
		d.rows = append(d.rows, i)
	}
	d.first[group] = -1
	if len(d.rows) == b.Len() {
		return b.Share()
	}
	return b.Pick(d.rows)
}

// span returns the rows of b from from up to but not to.
func (d *division) span(b *value.Batch, from, to int) *value.Batch {
	if from == 0 && to == b.Len() {
		return b.Share()
	}
	d.rows = d.rows[:0]
	for i := from; i < to; i++ {
		d.rows = append(d.rows, int32(i))
	}
	return b.Pick(d.rows)
}

const (
	totalSize    = 1 << 10 // what a total takes, about
	largeTotal   = 4 << 10 // one that retains what it reads
	strandSize   = 5 << 10 // a thread with its pipes
	perGroupSize = 100     // of lists
)

// totals is the way of a block that is one total: it needs no threads until the end.
type totals struct {
	g    *grouped
	of   *pipeline.Totals
	list []*pipeline.Total
	div  division
}

// total returns what takes in the rows of a group.
func (t *totals) total(group int32) (*pipeline.Total, error) {
	for int(group) >= len(t.list) {
		t.list = append(t.list, nil)
		t.g.keeps += perGroupSize
	}
	if t.list[group] == nil {
		n, err := t.of.New()
		if err != nil {
			return nil, err
		}
		t.list[group] = n
		if t.of.Retains() {
			t.g.keeps += largeTotal
		} else {
			t.g.keeps += totalSize
		}
	}
	return t.list[group], nil
}

func (t *totals) rows(b *value.Batch, of []int32) error {
	t.of.See(b)
	t.div.of(of, t.g.groups.Len())
	for _, group := range t.div.groups {
		n, err := t.total(group)
		if err != nil {
			return err
		}
		part := t.div.part(b, group)
		if t.of.Retains() {
			t.g.keeps += part.Memory()
		}
		if err := n.Add(part); err != nil {
			return err
		}
	}
	return nil
}

func (t *totals) wait(group int32, b *value.Batch) error {
	t.of.See(b)
	n, err := t.total(group)
	if err != nil {
		b.Release()
		return err
	}
	return n.Add(b)
}

func (t *totals) end(group int32) error {
	n, err := t.total(group)
	if err != nil {
		return err
	}
	t.list[group] = nil
	return t.g.drain(group, n.End())
}

func (t *totals) close() {
	for _, n := range t.list {
		if n != nil {
			n.Close()
		}
	}
}

// drain puts what comes out of a pipe of a group's block until that ends.
func (g *grouped) drain(group int32, out *pipe.Pipe) error {
	g.j.Reads(out)
	defer g.j.CloseIn(out)
	for {
		b, err := out.NextBatch()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		b.Own()
		if err := g.put(group, b); err != nil {
			return err
		}
	}
}

// strands is the way of blocks of which all are at work at the same time.
type strands struct {
	g     *grouped
	atEnd bool // they put nothing before
	list  []*pipeline.Strand
	div   division
}

// strand returns the block of a group.
func (s *strands) strand(group int32) (*pipeline.Strand, error) {
	for int(group) >= len(s.list) {
		s.list = append(s.list, nil)
		s.g.keeps += perGroupSize
	}
	if s.list[group] == nil {
		st, err := s.g.runs.Strand(groupKey(s.g.keyed.Names(), s.g.keysOf(group)))
		if err != nil {
			return nil, err
		}
		s.list[group] = st
		s.g.keeps += strandSize * int64(s.g.runs.Stages())
	}
	return s.list[group], nil
}

func (s *strands) rows(b *value.Batch, of []int32) error {
	if s.atEnd {
		s.div.of(of, s.g.groups.Len())
		for _, group := range s.div.groups {
			if err := s.give(group, s.div.part(b, group)); err != nil {
				return err
			}
		}
		return nil
	}
	for from := 0; from < len(of); { // neighbours of one group together
		to := from + 1
		for to < len(of) && of[to] == of[from] {
			to++
		}
		if err := s.give(of[from], s.div.span(b, from, to)); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// give gives rows to the block of a group and puts what that puts.
func (s *strands) give(group int32, b *value.Batch) error {
	st, err := s.strand(group)
	if err != nil {
		b.Release()
		return err
	}
	return s.put(group, st, st.Put(b))
}

// put puts what a block has put; err is what it has said with it.
func (s *strands) put(group int32, st *pipeline.Strand, err error) error {
	for _, b := range st.Take() {
		if err := s.g.put(group, b); err != nil {
			return err
		}
	}
	return err
}

// wait is for rows as they come where all blocks put at the end; elsewhere each has its number.
func (s *strands) wait(group int32, b *value.Batch) error {
	if s.atEnd {
		return s.give(group, b)
	}
	defer b.Release()
	for v := range b.All() {
		pair := v.AsList()
		s.g.row = pair[0].AsInt()
		one := value.NewValues(1)
		one.Add(pair[1])
		if err := s.give(group, one); err != nil {
			return err
		}
	}
	return nil
}

func (s *strands) end(group int32) error {
	st, err := s.strand(group)
	if err != nil {
		return err
	}
	err = s.put(group, st, st.End())
	st.Close()
	s.list[group] = nil
	return err
}

func (s *strands) close() {
	for _, st := range s.list {
		if st != nil {
			st.Close()
		}
	}
}

// gathered is the way of blocks that run when the input has ended, one after another.
type gathered struct{ g *grouped }

func (w *gathered) rows(b *value.Batch, _ []int32) error {
	w.g.beginToWait()
	return w.g.letWait(b)
}

func (w *gathered) wait(int32, *value.Batch) error { return nil }
func (w *gathered) end(int32) error                { return nil }
func (w *gathered) close()                         {}

// run runs the block of a group on its n rows.
func (w *gathered) run(group int32, rows *waiters, n int64) error {
	g := w.g
	in, out := g.j.NewPipe("the rows of a group"), g.j.NewPipe("the results of a group")
	feeder := g.j.Program().Start(microthread.Spec{Name: "the feeder of a group", Stdout: []*pipe.Pipe{in}, Run: func(t *microthread.Thread) error {
		for n > 0 {
			b, err := rows.take(n)
			if err != nil {
				return err
			}
			n -= int64(b.Len())
			t.PutBatch(b)
		}
		return nil
	}})
	if _, err := g.runs.StartOn(groupKey(g.keyed.Names(), g.keysOf(group)), in, out); err != nil {
		feeder.Terminate()
		return err
	}
	if err := g.drain(group, out); err != nil {
		return err
	}
	_ = feeder.Wait(g.j.Thread, 0)
	return rows.skip(n)
}
