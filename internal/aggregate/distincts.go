package aggregate

import (
	"encoding/binary"

	"mtpipe/value"
)

// Distincts counts values that differ. Nulls are passed over.
type Distincts struct {
	Sample bool // Shrink may count a part of the values only

	level  uint  // the keys whose hash ends with so many zeros are counted (Wegman's adaptive sampling)
	seen   Table // of keys behind the number of their group
	counts []int64
	owner  []int32 // the group of each key
	key    []byte
	order  []int32 // the keys by group, where AppendTo needs it
	starts []int32
}

// Grow makes room for groups.
func (s *Distincts) Grow(n int) { s.counts = grown(s.counts, n) }

// Add takes in the values of a column.
func (s *Distincts) Add(groups []int32, c *value.Column, _ int64) {
	for i := range c.Values {
		if v := &c.Values[i]; !v.IsNull() {
			s.key = v.AppendKey(append(s.key[:0], 0, 0, 0, 0))
			s.add(group(groups, i))
		}
	}
}

// add takes in s.key, in which there are four bytes before the key itself.
func (s *Distincts) add(g int) {
	if s.level > 0 && !s.sampled(s.key[4:]) {
		return
	}
	binary.LittleEndian.PutUint32(s.key, uint32(g))
	if s.seen.Find(s.key, 0) == len(s.owner) {
		s.owner = append(s.owner, int32(g))
		s.counts[g]++
	}
}

// Merge adds the values of o.
func (s *Distincts) Merge(o State, to []int32) error {
	other := o.(*Distincts)
	for s.level < other.level {
		s.sample()
	}
	for i, g := range other.owner {
		key, _ := other.seen.Key(i)
		s.key = append(s.key[:0], key...)
		s.add(target(to, int(g)))
	}
	return nil
}

// sampled reports whether a key is counted. The hash is the same in every run.
func (s *Distincts) sampled(key []byte) bool {
	h := uint64(len(key))
	for ; len(key) >= 8; key = key[8:] {
		h = mix(h^binary.LittleEndian.Uint64(key), factor1)
	}
	for _, c := range key {
		h = mix(h^uint64(c), factor2)
	}
	return mix(h^factor1, factor2)&(1<<s.level-1) == 0
}

// sample keeps every second key.
func (s *Distincts) sample() {
	s.level++
	seen, owner := s.seen, s.owner
	s.seen, s.owner, s.order = Table{}, nil, nil
	clear(s.counts)
	for i, g := range owner {
		key, _ := seen.Key(i)
		s.key = append(s.key[:0], key...)
		s.add(int(g))
	}
}

// fewSampled is how many keys a sample has at least, so that its error is about one percent.
const fewSampled = 8192

// Shrink counts every second value of those that are counted now, if that is allowed.
func (s *Distincts) Shrink() bool {
	if !s.Sample || len(s.owner) < 2*fewSampled {
		return false
	}
	s.sample()
	return true
}

// Approximate reports whether a part of the values is counted.
func (s *Distincts) Approximate() bool { return s.level > 0 }

// Result returns how many values there are.
func (s *Distincts) Result(g int) (value.Value, error) { return value.Int(s.counts[g] << s.level), nil }

// Bytes returns about how much memory the state takes.
func (s *Distincts) Bytes() int64 {
	return int64(cap(s.counts))*8 + int64(cap(s.owner))*4 + s.seen.Bytes()
}

// AppendTo appends the values of a group.
func (s *Distincts) AppendTo(dst []byte, g int) []byte {
	dst = binary.AppendUvarint(append(dst, byte(s.level)), uint64(s.counts[g]))
	if s.counts[g] == 0 {
		return dst
	}
	if len(s.order) != len(s.owner) {
		s.sort()
	}
	for _, i := range s.order[s.starts[g]:][:s.counts[g]] {
		key, _ := s.seen.Key(int(i))
		dst = append(binary.AppendUvarint(dst, uint64(len(key)-4)), key[4:]...)
	}
	return dst
}

// sort puts the keys of each group together.
func (s *Distincts) sort() {
	s.order, s.starts = make([]int32, len(s.owner)), make([]int32, len(s.counts))
	at := int32(0)
	for g, n := range s.counts {
		s.starts[g] = at
		at += int32(n)
	}
	next := append([]int32(nil), s.starts...)
	for i, g := range s.owner {
		s.order[next[g]] = int32(i)
		next[g]++
	}
}

// ReadFrom adds encoded values.
func (s *Distincts) ReadFrom(src []byte, g int) ([]byte, error) {
	if len(src) == 0 {
		return nil, errEncoding
	}
	for level := int(src[0]); int(s.level) < level; {
		s.sample()
	}
	n, size := binary.Uvarint(src[1:])
	if size <= 0 {
		return nil, errEncoding
	}
	src = src[1+size:]
	for ; n > 0; n-- {
		length, size := binary.Uvarint(src)
		if size <= 0 || length > uint64(len(src)-size) {
			return nil, errEncoding
		}
		s.key = append(append(s.key[:0], 0, 0, 0, 0), src[size:size+int(length)]...)
		s.add(g)
		src = src[size+int(length):]
	}
	return src, nil
}
