package ordering

import (
	"bytes"
	"slices"

	"mtpipe/internal/spill"
)

// run is rows, in memory or in a file. Those in files are in order.
type run struct {
	facts
	tables  *tables
	rows    int
	sorted  bool
	arena   *arena // nil when it is in the file
	file    *spill.File
	section spill.Section
	ends    [2][]byte // the texts of the first row and of the last, when it is raw
}

// sort puts the rows of a run in memory in order.
func (r *run) sort(o order, unique bool) {
	a := r.arena
	a.sort(o, r.tables, unique)
	a.valued = o.keys[0].Mode != Plain
	r.facts, r.rows, r.sorted = a.facts, len(a.refs), true
	if a.raw {
		r.ends = [2][]byte{a.text(a.refs[0].at), a.text(a.refs[len(a.refs)-1].at)}
	}
}

func (r *run) free() {
	if r.arena != nil {
		r.arena.free()
		r.arena = nil
	}
}

// ways is how many runs in files are merged at a time.
func (s *Sorter) ways() int {
	const leastBuffer, most = 16 << 10, 64
	return max(2, min(s.reserve/leastBuffer-1, most))
}

// buffer returns the size of a buffer when there are n of them.
func (s *Sorter) buffer(n int) int { return max(64, min(s.reserve/n, largestBuffer)) }

// writeRun merges runs into one in the sorter's file. Buffers is what the reserve is
// divided by.
func (s *Sorter) writeRun(runs []*run, buffers int) (*run, error) {
	if s.file == nil {
		f, err := spill.Create(s.o.Dir)
		if err != nil {
			return nil, err
		}
		s.file = f
	}
	memory := spill.NewMemory(s.buffer(buffers))
	defer memory.Free()
	w := spill.NewWriter(s.file, memory.Bytes())
	m := s.newMerger(runs, buffers)
	defer m.close()
	done := &run{facts: factsOf(runs), tables: runs[0].tables, file: s.file, sorted: true}
	var last []byte
	for {
		x, ok, err := m.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		if done.raw {
			if done.rows == 0 {
				done.ends[0] = bytes.Clone(x.row[headLen:])
			}
			last = append(last[:0], x.row[headLen:]...)
		}
		done.rows++
		if err := w.Add(x.row); err != nil {
			return nil, err
		}
	}
	var err error
	done.ends[1] = last
	done.section, err = w.Finish()
	return done, err
}

func factsOf(runs []*run) facts {
	f := facts{raw: true, isText: true, lines: true, valued: true}
	for _, r := range runs {
		f = f.and(r.facts)
	}
	return f
}

// spill writes all rows that are in memory to the file, as one run.
func (s *Sorter) spill() error {
	if err := s.settle(); err != nil {
		return err
	}
	var inMemory, others []*run
	for _, r := range s.runs {
		if r.arena != nil {
			inMemory = append(inMemory, r)
		} else {
			others = append(others, r)
		}
	}
	if len(inMemory) == 0 {
		return nil
	}
	done, err := s.writeRun(inMemory, 1)
	if err != nil {
		return err
	}
	for _, r := range inMemory {
		a := r.arena
		if len(a.mem) > max(min(s.limit, largestArena), smallestArena)+refSize {
			a.free() // it was made for one long row
			continue
		}
		a.reset()
		s.spare = append(s.spare, a)
	}
	s.held = 0
	s.runs = append(others, done)
	return nil
}

// reduce merges runs in files until there are at most as many as ways. Only runs that the
// same tables belong to become one.
func (s *Sorter) reduce(ways int) error {
	if err := s.settle(); err != nil {
		return err
	}
	for {
		groups := make(map[*tables][]*run)
		n := 0
		var most []*run
		for _, r := range s.runs {
			if r.arena != nil {
				continue
			}
			n++
			groups[r.tables] = append(groups[r.tables], r)
			if len(groups[r.tables]) > len(most) {
				most = groups[r.tables]
			}
		}
		if n <= ways || len(most) < 2 {
			return nil
		}
		slices.SortStableFunc(most, func(a, b *run) int { return a.rows - b.rows })
		most = most[:min(len(most), ways, n-ways+1)]
		done, err := s.writeRun(most, len(most)+1)
		if err != nil {
			return err
		}
		s.runs = slices.DeleteFunc(s.runs, func(r *run) bool { return slices.Contains(most, r) })
		s.runs = append(s.runs, done)
	}
}

// settle sorts what is not sorted, and once more what was sorted by its bytes because all
// rows were text by then.
func (s *Sorter) settle() error {
	o := s.order()
	runs := s.runs
	s.runs = nil
	for i, r := range runs {
		switch {
		case r.sorted && (r.valued || o.keys[0].Mode == Plain):
			s.runs = append(s.runs, r)
		case r.arena != nil:
			r.sort(o, s.o.Unique)
			s.runs = append(s.runs, r)
		default:
			if err := s.resort(r); err != nil {
				s.runs = append(s.runs, runs[i:]...)
				return err
			}
		}
	}
	return nil
}

// resort sorts a run in a file once more.
func (s *Sorter) resort(r *run) error {
	buffer := spill.NewMemory(s.buffer(2))
	defer buffer.Free()
	reader := spill.NewReader(r.file, r.section, buffer.Bytes())
	a := newArena(max(min(s.limit, largestArena), smallestArena) / 2)
	a.expectMuch()
	defer a.free()
	flush := func() error {
		if a.rows == 0 {
			return nil
		}
		a.shuffled = true
		sorted := &run{tables: r.tables, arena: a}
		sorted.sort(s.order(), s.o.Unique)
		done, err := s.writeRun([]*run{sorted}, 2)
		if err != nil {
			return err
		}
		s.runs = append(s.runs, done)
		a.reset()
		return nil
	}
	for range r.rows {
		row, err := reader.Next()
		if err != nil {
			return err
		}
		if !a.fits(len(row)) {
			if err := flush(); err != nil {
				return err
			}
			if !a.fits(len(row)) {
				a.free()
				a = newArena(needs(1, len(row)))
			}
		}
		a.facts = a.facts.and(r.facts)
		a.addEncoded(row)
	}
	return flush()
}
