package aggregate

import (
	"cmp"
	"encoding/binary"
	"slices"

	"mtpipe/value"
)

// Chosen keeps the value that stands beside the largest or the smallest of another. Its column has
// lists of both: the value, and what it is chosen by. Where that is null, the row is passed over;
// of equals the first counts. What values may be compared is as for Extremes.
type Chosen struct {
	Sign int // 1 for the largest, -1 for the smallest

	best   [][]choice // of each group, one for each class
	places placing
	memory int64
}

// choice is a value that was chosen among those of one class.
type choice struct {
	v, by        value.Value
	class        value.Kind
	place, first int64 // of the value, and of the first of its class
}

const choiceSize = 96

// Check finds what is no pair.
func (s *Chosen) Check(c *value.Column) (bad []value.RowError) {
	for i, v := range c.Values {
		if _, _, _, err := pairOf(v); err != nil {
			bad = append(bad, value.RowError{Row: i, Err: err})
		}
	}
	return bad
}

// Grow makes room for groups.
func (s *Chosen) Grow(n int) { s.best = grown(s.best, n) }

// Add takes in the values of a column.
func (s *Chosen) Add(groups []int32, c *value.Column, seq int64) {
	s.places.at(seq)
	for i, pair := range c.Values {
		s.places.next++
		v, by, _, err := pairOf(pair)
		if err == nil && !pair.IsNull() && !isNothing(by) {
			s.offer(group(groups, i), choice{v: v, by: by, class: ClassOf(by), place: s.places.next, first: s.places.next}, false)
		}
	}
}

// offer compares c with the best of its class. Owned says that its values have memory of their own.
func (s *Chosen) offer(g int, c choice, owned bool) {
	at := slices.IndexFunc(s.best[g], func(b choice) bool { return b.class == c.class })
	if at >= 0 {
		b := &s.best[g][at]
		c.first = min(c.first, b.first)
		if order := value.Compare(c.by, b.by) * s.Sign; order < 0 || order == 0 && c.place > b.place {
			b.first = c.first
			return
		}
	}
	if !owned {
		c.v, c.by = c.v.Clone().Terminated(), c.by.Clone().Terminated()
	}
	s.memory += (c.v.Memory() + c.by.Memory()) / 2 // half: it may replace another one
	if at >= 0 {
		s.best[g][at] = c
		return
	}
	s.memory += choiceSize
	s.best[g] = append(s.best[g], c)
}

// Merge takes in what o has chosen.
func (s *Chosen) Merge(o State, to []int32) error {
	for g, list := range o.(*Chosen).best {
		for _, c := range list {
			s.offer(target(to, g), c, true)
		}
	}
	return nil
}

// Result returns the value that was chosen, null when there was none. Where it was to be chosen by
// values that do not go together, the class that came first counts, and there is a *ConflictError.
func (s *Chosen) Result(g int) (value.Value, error) {
	list := s.best[g]
	switch len(list) {
	case 0:
		return value.Null, nil
	case 1:
		return list[0].v, nil
	}
	all := slices.SortedStableFunc(slices.Values(list), func(a, b choice) int { return cmp.Compare(a.first, b.first) })
	return all[0].v, &ConflictError{Kept: all[0].by, Bad: all[1].by}
}

// Bytes returns about how much memory the state takes.
func (s *Chosen) Bytes() int64 { return int64(cap(s.best))*24 + s.memory }

// AppendTo appends what was chosen of a group.
func (s *Chosen) AppendTo(dst []byte, g int) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s.best[g])))
	for _, c := range s.best[g] {
		dst = binary.AppendVarint(binary.AppendVarint(dst, c.first), c.place)
		dst = value.AppendBinary(dst, value.List([]value.Value{c.v, c.by}))
	}
	return dst
}

// ReadFrom takes in what was encoded.
func (s *Chosen) ReadFrom(src []byte, g int) ([]byte, error) {
	more, size := binary.Uvarint(src)
	if size <= 0 {
		return nil, errEncoding
	}
	src = src[size:]
	for ; more > 0; more-- {
		first, size := binary.Varint(src)
		if size <= 0 {
			return nil, errEncoding
		}
		place, pair, rest, err := readPlaced(src[size:])
		if err != nil {
			return nil, err
		}
		src = rest
		list := pair.AsList()
		if len(list) != 2 {
			return nil, errEncoding
		}
		s.offer(g, choice{v: list[0], by: list[1], class: ClassOf(list[1]), place: place, first: first}, true)
	}
	return src, nil
}
