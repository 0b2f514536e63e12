package order

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
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
	Whole() bool
	Runs(put func(value.Value)) (add func(v value.Value, n int64), end func())
}

// InParts says that lines are counted part by part, where those that count as one are equal.
func (a *sortedCountsArgs) InParts() pipeline.InParts {
	if !a.uniq.Whole() {
		return pipeline.InOne
	}
	return pipeline.Merged
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
	err := s.inOrder(j, add)
	if err == nil {
		end()
	}
	return err
}

// inOrder calls add with each line, in order, and how often it stood there.
func (s *sortedCounts) inOrder(j *pipeline.Job, add func(v value.Value, n int64)) error {
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
	return nil
}

// Encode gives each text with its number, divided by the texts.
func (s *sortedCounts) Encode(j *pipeline.Job, shards int, put func(shard int, encoded []byte) error) error {
	bufs := make([][]byte, shards)
	add := func(text []byte, n int64) error {
		shard := int(crc32.Checksum(text, crc32.MakeTable(crc32.Castagnoli)) % uint32(shards))
		buf := append(binary.AppendUvarint(binary.AppendVarint(bufs[shard], n), uint64(len(text))), text...)
		bufs[shard] = buf
		if len(buf) < encodedSize/shards {
			return nil
		}
		bufs[shard] = buf[:0]
		return put(shard, buf)
	}
	if err := s.each(j, add); err != nil {
		return err
	}
	for shard, buf := range bufs {
		if len(buf) > 0 {
			if err := put(shard, buf); err != nil {
				return err
			}
		}
	}
	return nil
}

const encodedSize = 1 << 20 // about how many bytes are encoded at a time

// each calls add with texts and how often each stood there; with one that was sorted as often as that.
func (s *sortedCounts) each(j *pipeline.Job, add func(text []byte, n int64) error) error {
	if s.all == nil {
		for i := range s.groups.Len() {
			s.texts = s.groups.Key(i, s.texts[:0])
			if err := add(s.texts[0].Bytes(), s.number(i)); err != nil {
				return err
			}
		}
		return nil
	}
	for b, err := range s.all.sorter.Batches(j.Blocking) {
		if err != nil {
			return err
		}
		for v := range b.Look() {
			if v.Kind() != value.KindText {
				return fmt.Errorf("%s is no line of text", v.Quote())
			}
			if err := add(v.Bytes(), 1); err != nil {
				return err
			}
		}
		b.Release()
	}
	return nil
}

// Decode takes in texts with their numbers.
func (s *sortedCounts) Decode(j *pipeline.Job, encoded []byte) error {
	o := newSortedCounts(j, s.a)
	for len(encoded) > 0 {
		_, size := binary.Varint(encoded)
		if size <= 0 {
			return errEncoded
		}
		number := encoded[:size]
		encoded = encoded[size:]
		length, size := binary.Uvarint(encoded)
		if size <= 0 || length > uint64(len(encoded)-size) {
			return errEncoded
		}
		text := value.Text(encoded[size : size+int(length)])
		encoded = encoded[size+int(length):]
		o.rows = o.groups.Find([]*value.Column{{Values: []value.Value{text}}}, 1, 0, o.rows)
		o.counts.Grow(o.groups.Len())
		if _, err := o.counts.ReadFrom(number, int(o.rows[0])); err != nil {
			return err
		}
	}
	return s.Merge(j, o)
}

var errEncoded = errors.New("what a part has handed over is broken")

// PutPlaced puts each line once, with its number; its place is its text.
func (s *sortedCounts) PutPlaced(j *pipeline.Job, put func(place []byte, v value.Value) error) error {
	var failed error
	var place []byte // of the line that was added before, which is put when the next one comes
	add, end := s.a.uniq.Runs(func(v value.Value) {
		if failed == nil {
			failed = put(place, v)
		}
	})
	if err := s.inOrder(j, func(v value.Value, n int64) {
		add(v, n)
		place = s.placeOf(v.Bytes())
	}); err != nil {
		return err
	}
	end()
	return failed
}

// placeOf returns bytes that sort as the text does: without a zero byte alone, of which two stand at the end.
func (s *sortedCounts) placeOf(text []byte) []byte {
	place := make([]byte, 0, len(text)+2)
	for _, c := range text {
		if place = append(place, c); c == 0 {
			place = append(place, 1)
		}
	}
	place = append(place, 0, 0)
	if s.a.sort.Reverse {
		for i := range place {
			place[i] = ^place[i]
		}
	}
	return place
}

// Close gives memory and files back.
func (s *sortedCounts) Close() {
	if s.all != nil {
		s.all.Close()
	}
}
