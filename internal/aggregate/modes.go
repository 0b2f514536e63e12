package aggregate

import (
	"encoding/binary"

	"mtpipe/value"
)

// Modes counts how often each value comes. Nulls are passed over.
type Modes struct {
	Rare bool // the result is the value that comes least often

	seen    Table // of keys after the number of their group
	entries []counted
	groups  [][]int32 // the entries of each group
	key     []byte
	places  placing
	memory  int64
}

// counted is a value and how often it came.
type counted struct {
	v     value.Value
	n     int64
	first int64 // its place in the whole input
}

const countedSize = 48

// placing numbers rows by their places in the whole input.
type placing struct{ seq, next int64 }

// at begins with the rows at the place seq, which never falls.
func (p *placing) at(seq int64) {
	const rowBits = 24 // of a place, that count rows
	if place := seq << rowBits; seq != p.seq || p.next == 0 {
		p.seq, p.next = seq, place
	}
}

// Grow makes room for groups.
func (s *Modes) Grow(n int) { s.groups = grown(s.groups, n) }

// Add takes in the values of a column.
func (s *Modes) Add(groups []int32, c *value.Column, seq int64) {
	s.places.at(seq)
	for i := range c.Values {
		s.places.next++
		if v := c.Values[i]; !v.IsNull() {
			s.count(group(groups, i), v, 1, s.places.next)
		}
	}
}

// count adds n values v of a group.
func (s *Modes) count(g int, v value.Value, n, first int64) {
	s.key = binary.LittleEndian.AppendUint32(s.key[:0], uint32(g))
	s.key = v.AppendKey(s.key)
	i := s.seen.Find(s.key, 0)
	if i == len(s.entries) {
		s.entries = append(s.entries, counted{v: v.Clone().Terminated(), first: first})
		s.groups[g] = append(s.groups[g], int32(i))
		s.memory += v.Memory() + countedSize
	}
	e := &s.entries[i]
	e.n += n
	if first < e.first {
		e.v, e.first = v.Clone().Terminated(), first
	}
}

// Merge adds the counts of o.
func (s *Modes) Merge(o State, to []int32) error {
	other := o.(*Modes)
	for g, list := range other.groups {
		for _, i := range list {
			e := other.entries[i]
			s.count(target(to, g), e.v, e.n, e.first)
		}
	}
	return nil
}

// Result returns the value that comes most often, or least often; of several the one that came
// first.
func (s *Modes) Result(g int) (value.Value, error) { return s.most(g, s.Rare), nil }

func (s *Modes) most(g int, rare bool) value.Value {
	var best *counted
	for _, i := range s.groups[g] {
		e := &s.entries[i]
		more := best == nil || e.n > best.n
		if rare {
			more = best == nil || e.n < best.n
		}
		if more || e.n == best.n && e.first < best.first {
			best = e
		}
	}
	if best == nil {
		return value.Null
	}
	return best.v
}

// Rarest returns the value that comes least often.
func (s *Modes) Rarest(g int) (value.Value, error) { return s.most(g, true), nil }

// Bytes returns about how much memory the state takes.
func (s *Modes) Bytes() int64 { return int64(cap(s.groups))*24 + s.memory + s.seen.Bytes() }

// AppendTo appends the counts of a group.
func (s *Modes) AppendTo(dst []byte, g int) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s.groups[g])))
	for _, i := range s.groups[g] {
		e := &s.entries[i]
		dst = value.AppendBinary(binary.AppendVarint(binary.AppendVarint(dst, e.n), e.first), e.v)
	}
	return dst
}

// ReadFrom adds encoded counts.
func (s *Modes) ReadFrom(src []byte, g int) ([]byte, error) {
	more, size := binary.Uvarint(src)
	if size <= 0 {
		return nil, errEncoding
	}
	src = src[size:]
	for ; more > 0; more-- {
		n, size := binary.Varint(src)
		if size <= 0 {
			return nil, errEncoding
		}
		first, v, rest, err := readPlaced(src[size:])
		if err != nil {
			return nil, err
		}
		s.count(g, v, n, first)
		src = rest
	}
	return src, nil
}
