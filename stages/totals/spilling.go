package totals

import (
	"container/heap"
	"encoding/binary"
	"errors"
	"io"

	"mtpipe/internal/aggregate"
	"mtpipe/internal/spill"
	"mtpipe/pipeline"
	"mtpipe/value"
)

// spilled is the groups of a grouping that are in files, divided by some bits of the hash of
// their keys: a partition has all of the groups whose keys it has.
type spilled struct {
	file  *spill.File
	shift int // of the hash, so that its lowest bits choose the partition
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
	partitionBits = 6
	partitions    = 1 << partitionBits
	spillBuffer   = 64 << 10
	firstShift    = 32 - partitionBits // the upper bits of the hash choose the partition
)

// spill writes all groups to a file and forgets them.
func (g *grouping) spill(j *pipeline.Job) error {
	if err := g.checkGroup(j); err != nil {
		return err
	}
	if g.spilled == nil {
		s, err := newSpilled(firstShift)
		if err != nil {
			return err
		}
		g.spilled = s
	}
	return g.spillTo(g.spilled)
}

// newSpilled returns partitions without groups, by the bits of the hash above shift.
func newSpilled(shift int) (*spilled, error) {
	f, err := spill.Create("")
	if err != nil {
		return nil, err
	}
	return &spilled{file: f, shift: shift, buf: make([]byte, 0, spillBuffer)}, nil
}

// spillTo writes all groups to the partitions of to and forgets them.
func (g *grouping) spillTo(to *spilled) error {
	var members [partitions][]int32
	for i := range g.groups.Len() {
		p := g.groups.Hash(i) >> to.shift & (partitions - 1)
		members[p] = append(members[p], int32(i))
	}
	w := spill.NewWriter(to.file, to.buf)
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
			to.parts[p] = append(to.parts[p], section{to.file, s})
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

// read makes the groups of a partition, which were forgotten, again. When they are too many
// for the memory, they are in the partitions that it returns.
func (g *grouping) read(j *pipeline.Job, parts []section, shift int) (deeper *spilled, err error) {
	g.reset()
	buf := make([]byte, 0, spillBuffer)
	for _, s := range parts {
		r := spill.NewReader(s.file, s.Section, buf)
		for {
			row, err := r.Next()
			if err == io.EOF {
				break
			}
			if err == nil {
				_, err = g.readGroup(row)
			}
			if err == nil && g.overfull(j) {
				deeper, err = g.divide(j, deeper, shift-partitionBits)
			}
			if err != nil {
				deeper.close()
				return nil, err
			}
		}
	}
	if deeper != nil {
		err = g.spillTo(deeper)
	}
	return deeper, err
}

// readGroup takes in an encoded group, and returns what stands behind it.
func (g *grouping) readGroup(row []byte) (rest []byte, err error) {
	i, row, err := g.groups.ReadFrom(row)
	if err != nil {
		return nil, err
	}
	g.counts.Grow(g.groups.Len())
	if row, err = g.counts.ReadFrom(row, i); err != nil {
		return nil, err
	}
	for _, s := range g.states {
		s.Grow(g.groups.Len())
		if row, err = s.ReadFrom(row, i); err != nil {
			return nil, err
		}
	}
	return row, nil
}

// putSpilled puts the results partition by partition into a file, each in order, and then
// all of them together in the order in which the groups came first.
func (g *grouping) putSpilled(j *pipeline.Job, put func(first int64, v value.Value) error) error {
	results, err := spill.Create("")
	if err != nil {
		return err
	}
	defer results.Close()
	sorted, err := g.allResults(j, g.spilled, results)
	if err != nil {
		return err
	}
	g.reset()
	return g.putMerged(j, results, sorted, put)
}

// allResults writes the results of each partition to a file.
func (g *grouping) allResults(j *pipeline.Job, of *spilled, to *spill.File) (sorted []spill.Section, err error) {
	for p, parts := range of.parts {
		of.parts[p] = nil
		deeper, err := g.read(j, parts, of.shift)
		if err != nil {
			return nil, err
		}
		if deeper != nil {
			more, err := g.allResults(j, deeper, to)
			deeper.close()
			if err != nil {
				return nil, err
			}
			sorted = append(sorted, more...)
			continue
		}
		s, err := g.results(to)
		if err != nil {
			return nil, err
		}
		if s.Size() > 0 {
			sorted = append(sorted, s)
		}
	}
	return sorted, nil
}

// results writes the results of the groups in order to a file.
func (g *grouping) results(to *spill.File) (spill.Section, error) {
	for _, s := range g.states {
		if s, ok := s.(aggregate.Shrinker); ok && s.Approximate() {
			g.inexact = true
		}
	}
	w := spill.NewWriter(to, make([]byte, 0, spillBuffer))
	var row []byte
	for _, i := range g.groups.Order() {
		first := uint64(g.groups.First(int(i)))
		v, bad, err := g.record(int(i))
		if err != nil {
			g.fails(first, err)
			break // what comes after it is not put
		}
		if v.IsNull() {
			continue
		}
		row = binary.BigEndian.AppendUint64(row[:0], first)
		row = appendConflict(row, bad)
		for k := range v.AsRecord().Len() {
			row = value.AppendBinary(row, v.AsRecord().At(k))
		}
		if err := w.Add(row); err != nil {
			return spill.Section{}, err
		}
	}
	return w.Finish()
}

// fails keeps what is wrong with the group that came first, which ends the results when it is
// that group's turn.
func (g *grouping) fails(first uint64, err error) {
	if g.failed.err == nil || first < g.failed.first {
		g.failed = failedGroup{first, err}
	}
}

// failedGroup is a group whose result is an error.
type failedGroup struct {
	first uint64
	err   error
}

// resultSource is one of the sections that are merged, with its next result.
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
func (g *grouping) putMerged(j *pipeline.Job, f *spill.File, sections []spill.Section, put func(first int64, v value.Value) error) error {
	h := &resultSources{}
	size := mergeBuffer(j.Budget(), len(sections))
	for _, s := range sections {
		source := &resultSource{reader: spill.NewReader(f, s, make([]byte, 0, size))}
		if err := source.next(); err != nil {
			return err
		}
		heap.Push(h, source)
	}
	for h.Len() > 0 {
		best := (*h)[0]
		if g.failed.err != nil && g.failed.first < best.first {
			return g.failed.err
		}
		bad, row, err := decodeConflict(best.row)
		if err == nil {
			err = conflict(j, bad)
		}
		if err != nil {
			return err
		}
		v, err := g.decode(row)
		if err != nil {
			return err
		}
		if err := put(int64(best.first), v); err != nil {
			return err
		}
		switch err := best.next(); {
		case err == io.EOF:
			heap.Pop(h)
		case err != nil:
			return err
		default:
			heap.Fix(h, 0)
		}
	}
	return g.failed.err
}

// appendConflict appends what decodeConflict reads.
func appendConflict(row []byte, c *aggregate.ConflictError) []byte {
	if c == nil {
		return append(row, 0)
	}
	return c.At.AppendTo(value.AppendBinary(value.AppendBinary(append(row, 1), c.Kept), c.Bad))
}

// decodeConflict returns the conflict that a row begins with, nil for none, and the rest of it.
func decodeConflict(row []byte) (c *aggregate.ConflictError, rest []byte, err error) {
	if len(row) == 0 {
		return nil, nil, errors.New("not the result of a group")
	}
	has, row := row[0], row[1:]
	if has == 0 {
		return nil, row, nil
	}
	c = new(aggregate.ConflictError)
	for _, to := range []*value.Value{&c.Kept, &c.Bad} {
		v, size, err := value.ReadBinary(row)
		if err != nil {
			return nil, nil, err
		}
		*to, row = v.Clone(), row[size:]
	}
	c.At, row, err = aggregate.ReadSpot(row)
	return c, row, err
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
