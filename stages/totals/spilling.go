package totals

import (
	"container/heap"
	"encoding/binary"
	"io"

	"mtpipe/internal/aggregate"
	"mtpipe/internal/spill"
	"mtpipe/pipeline"
	"mtpipe/value"
)

// spilled is the groups of a grouping that are in files, divided by the hash of their keys:
// a partition has all of the groups whose keys it has.
type spilled struct {
	file  *spill.File
	parts [partitions][]section
	also  []*spilled // of other parts of the input; their sections are in parts, too
	buf   []byte
}

// section is a piece of a partition in some file.
type section struct {
	file *spill.File
	spill.Section
}

const (
	partitions   = 64
	spillBuffer  = 64 << 10
	partitionBit = 26 // the upper six bits of the hash choose the partition
)

// spill writes all groups to a file and forgets them.
func (g *grouping) spill(*pipeline.Job) error {
	if g.spilled == nil {
		f, err := spill.Create("")
		if err != nil {
			return err
		}
		g.spilled = &spilled{file: f, buf: make([]byte, 0, spillBuffer)}
	}
	var members [partitions][]int32
	for i := range g.groups.Len() {
		p := g.groups.Hash(i) >> partitionBit
		members[p] = append(members[p], int32(i))
	}
	w := spill.NewWriter(g.spilled.file, g.spilled.buf)
	var row []byte
	for p, list := range members {
		for _, i := range list {
			row = g.appendGroup(row[:0], int(i))
			if err := w.Add(row); err != nil {
				return err
			}
		}
		s, err := w.Finish()
		if err != nil {
			return err
		}
		if s.Size() > 0 {
			g.spilled.parts[p] = append(g.spilled.parts[p], section{g.spilled.file, s})
		}
	}
	g.reset()
	return nil
}

func (g *grouping) appendGroup(row []byte, i int) []byte {
	row = g.counts.AppendTo(g.groups.AppendTo(row, i), i)
	for _, s := range g.states {
		row = s.AppendTo(row, i)
	}
	return row
}

// mergeSpilled takes in another part of the input when one of them is in a file.
func (g *grouping) mergeSpilled(j *pipeline.Job, o *grouping) error {
	for _, part := range []*grouping{g, o} {
		if err := part.spill(j); err != nil {
			return err
		}
	}
	for p, list := range o.spilled.parts {
		g.spilled.parts[p] = append(g.spilled.parts[p], list...)
	}
	g.spilled.also = append(g.spilled.also, o.spilled)
	o.spilled = nil
	return nil
}

// read makes the groups of a partition, which were forgotten, again.
func (g *grouping) read(p int) error {
	g.reset()
	for _, s := range g.spilled.parts[p] {
		r := spill.NewReader(s.file, s.Section, g.spilled.buf)
		for {
			row, err := r.Next()
			if err == io.EOF {
				break
			}
			if err == nil {
				err = g.readGroup(row)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (g *grouping) readGroup(row []byte) error {
	i, row, err := g.groups.ReadFrom(row)
	if err != nil {
		return err
	}
	g.counts.Grow(g.groups.Len())
	if row, err = g.counts.ReadFrom(row, i); err != nil {
		return err
	}
	for _, s := range g.states {
		s.Grow(g.groups.Len())
		if row, err = s.ReadFrom(row, i); err != nil {
			return err
		}
	}
	return nil
}

// putSpilled puts the results partition by partition into a file, each in order, and then
// all of them together in the order in which the groups came first.
func (g *grouping) putSpilled(j *pipeline.Job, put func(value.Value)) error {
	results, err := spill.Create("")
	if err != nil {
		return err
	}
	defer results.Close()
	var sorted []spill.Section
	for p := range partitions {
		s, err := g.results(j, p, results)
		if err != nil {
			return err
		}
		if s.Size() > 0 {
			sorted = append(sorted, s)
		}
	}
	g.reset()
	return g.putMerged(results, sorted, put)
}

// results writes the results of a partition in order to a file.
func (g *grouping) results(j *pipeline.Job, p int, to *spill.File) (spill.Section, error) {
	if err := g.read(p); err != nil {
		return spill.Section{}, err
	}
	for _, s := range g.states {
		if s, ok := s.(aggregate.Shrinker); ok && s.Approximate() {
			g.inexact = true
		}
	}
	w := spill.NewWriter(to, g.spilled.buf)
	var row []byte
	for _, i := range g.groups.Order() {
		v, ok, err := g.record(j, int(i))
		if err != nil {
			return spill.Section{}, err
		}
		if !ok {
			continue
		}
		row = binary.BigEndian.AppendUint64(row[:0], uint64(g.groups.First(int(i))))
		for k := range v.AsRecord().Len() {
			row = value.AppendBinary(row, v.AsRecord().At(k))
		}
		if err := w.Add(row); err != nil {
			return spill.Section{}, err
		}
	}
	return w.Finish()
}

// source is one of the sections that are merged, with its next result.
type resultSource struct {
	reader *spill.Reader
	first  uint64
	row    []byte
}

// next reads the next result; io.EOF at the end.
func (s *resultSource) next() error {
	row, err := s.reader.Next()
	if err != nil {
		return err
	}
	s.first, s.row = binary.BigEndian.Uint64(row), row[8:]
	return nil
}

// resultSources is a heap of sections by their next result.
type resultSources []*resultSource

func (h resultSources) Len() int           { return len(h) }
func (h resultSources) Less(i, k int) bool { return h[i].first < h[k].first }
func (h resultSources) Swap(i, k int)      { h[i], h[k] = h[k], h[i] }
func (h *resultSources) Push(x any)        { *h = append(*h, x.(*resultSource)) }
func (h *resultSources) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// putMerged puts the results of sections that are in order.
func (g *grouping) putMerged(f *spill.File, sections []spill.Section, put func(value.Value)) error {
	h := &resultSources{}
	for _, s := range sections {
		source := &resultSource{reader: spill.NewReader(f, s, make([]byte, 0, 16<<10))}
		if err := source.next(); err != nil {
			return err
		}
		heap.Push(h, source)
	}
	for h.Len() > 0 {
		best := (*h)[0]
		v, err := g.decode(best.row)
		if err != nil {
			return err
		}
		put(v)
		switch err := best.next(); {
		case err == io.EOF:
			heap.Pop(h)
		case err != nil:
			return err
		default:
			heap.Fix(h, 0)
		}
	}
	return nil
}

// decode returns the record whose fields were written to row.
func (g *grouping) decode(row []byte) (value.Value, error) {
	fields := make([]value.Value, len(g.shape.Names()))
	for i := range fields {
		v, n, err := value.ReadBinary(row)
		if err != nil {
			return value.Null, err
		}
		fields[i], row = v.Clone(), row[n:]
	}
	return value.Rec(value.NewRecord(g.shape, fields...)), nil
}

// close removes the files.
func (s *spilled) close() {
	if s == nil {
		return
	}
	for _, o := range s.also {
		o.close()
	}
	_ = s.file.Close() // nothing is lost with it
	s.file = nil
}
