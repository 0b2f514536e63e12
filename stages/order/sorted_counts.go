package order

import (
	"bytes"
	"slices"

	"mtpipe/internal/aggregate"
	"mtpipe/internal/ordering"
	"mtpipe/pipeline"
	"mtpipe/value"
)

// sortedCountsArgs are those of sort and of the uniq -c behind it.
type sortedCountsArgs struct {
	sort *sortArgs
	uniq runCounter
}

// runCounter is what the arguments of uniq offer.
type runCounter interface {
	Counts() bool
	Runs(put func(value.Value)) (add func(v value.Value, n int64), end func())
}

// sortedUniq runs sort and the uniq -c behind it as one: equal lines are counted where they
// are, and only one of each is sorted.
func sortedUniq() pipeline.Fusion {
	counts := pipeline.DefineCombine(pipeline.Doc{Name: "sort", Short: "Counts equal lines and puts them in order", Trait: pipeline.Retains}, newSortedCounts)
	return pipeline.Fusion{First: "sort", Second: "uniq", Text: true, Fuse: func(first, second any) (*pipeline.Stage, any) {
		a := &sortedCountsArgs{first.(*sortArgs), second.(runCounter)}
		_, keys := a.sort.keys()
		if len(a.sort.Keys)+len(a.sort.By) > 0 || a.sort.asText() || keys[0].Mode != ordering.Plain || a.sort.Unique || !a.uniq.Counts() {
			return nil, nil
		}
		return counts, a
	}}
}

// sortedCounts counts untyped text. When something else comes, or there is too much of it,
// everything is sorted after all.
type sortedCounts struct {
	a      *sortedCountsArgs
	groups *aggregate.Groups
	counts *aggregate.Counts
	rows   []int32
	texts  []value.Value
	all    *sorting // nil as long as there are only counts
}

func newSortedCounts(_ *pipeline.Job, a *sortedCountsArgs) *sortedCounts {
	return &sortedCounts{a: a, groups: aggregate.NewGroups(1), counts: new(aggregate.Counts)}
}

// Add counts the rows of a batch.
func (s *sortedCounts) Add(j *pipeline.Job, b *value.Batch, seq int64) error {
	if s.all == nil {
		counted := s.count(b, seq)
		if counted && s.groups.Bytes()+s.counts.Bytes() <= j.Budget()/3 { // lists are copied when they grow
			return nil
		}
		if err := s.sortAll(j, seq); err != nil || counted {
			return err
		}
	}
	return s.all.Add(j, b, seq)
}

// count counts the rows of b, and reports whether they are untyped text.
func (s *sortedCounts) count(b *value.Batch, seq int64) bool {
	switch {
	case b.Form() == value.FormLines:
		s.rows = s.groups.FindLines(b.Data(), seq, s.rows)
	case b.Form() == value.FormSpans:
		s.rows = s.groups.FindSpans(b.Data(), b.Spans(), seq, s.rows)
	case b.Form() == value.FormValues && !slices.ContainsFunc(b.Values(), func(v value.Value) bool { return v.Kind() != value.KindText }):
		s.rows = s.groups.Find([]*value.Column{{Values: b.Values()}}, b.Len(), seq, s.rows)
	default:
		return false
	}
	s.counts.Grow(s.groups.Len())
	s.counts.AddRows(s.rows)
	return true
}

// sortAll gives a sorter what was counted, as often as it was there.
func (s *sortedCounts) sortAll(j *pipeline.Job, seq int64) error {
	s.all = newSorting(j, s.a.sort)
	for i := range s.groups.Len() {
		s.texts = s.groups.Key(i, s.texts[:0])
		for range s.number(i) {
			if err := s.all.sorter.Add(s.texts[0], seq); err != nil {
				return err
			}
		}
	}
	s.groups, s.counts = aggregate.NewGroups(1), new(aggregate.Counts)
	return nil
}

func (s *sortedCounts) number(group int) int64 {
	n, _ := s.counts.Result(group)
	return n.AsInt()
}

// Finish sorts what has to be sorted as a whole.
func (s *sortedCounts) Finish(j *pipeline.Job) error {
	if s.all != nil {
		return s.all.Finish(j)
	}
	return nil
}

// Merge takes in what another copy has counted or sorted.
func (s *sortedCounts) Merge(j *pipeline.Job, o *sortedCounts) error {
	if s.all == nil && o.all == nil {
		to := s.groups.Merge(o.groups)
		s.counts.Grow(s.groups.Len())
		return s.counts.Merge(o.counts, to)
	}
	for _, p := range []*sortedCounts{s, o} {
		if p.all != nil {
			continue
		}
		if err := p.sortAll(j, 0); err != nil {
			return err
		}
		if err := p.all.Finish(j); err != nil {
			return err
		}
	}
	return s.all.Merge(j, o.all)
}

// Put puts each line once, with its number.
func (s *sortedCounts) Put(j *pipeline.Job) error {
	add, end := s.a.uniq.Runs(j.Put)
	if s.all != nil {
		for b, err := range s.all.sorter.Batches(j.Blocking) {
			if err != nil {
				return err
			}
			for v := range b.All() {
				add(v, 1)
			}
			b.Release()
		}
		end()
		return nil
	}
	order := make([]int32, s.groups.Len())
	keys := make([][]byte, len(order))
	for i := range order {
		s.texts = s.groups.Key(i, s.texts[:0])
		order[i], keys[i] = int32(i), s.texts[0].Bytes()
	}
	slices.SortFunc(order, func(a, b int32) int { return bytes.Compare(keys[a], keys[b]) })
	if s.a.sort.Reverse {
		slices.Reverse(order)
	}
	for _, i := range order {
		add(value.Text(keys[i]), s.number(int(i)))
	}
	end()
	return nil
}

// Close gives memory and files back.
func (s *sortedCounts) Close() {
	if s.all != nil {
		s.all.Close()
	}
}
