package aggregate

import (
	"cmp"
	"encoding/binary"
	"math"
	"math/big"
	"math/bits"
	"slices"

	"github.com/DataDog/sketches-go/ddsketch"

	"mtpipe/value"
)

// Quantiles keeps numbers so that those at a place in their order can be told: all of them
// until Shrink is called.
type Quantiles struct {
	P *big.Rat // the fraction of the way through the numbers that Result gives

	keys     [][]uint64 // the numbers in an order that is theirs; see value.OrderedBits
	wide     map[int32][]value.Value
	sketches map[int32]*ddsketch.DDSketch
	floats   bool // there were floats
	inexact  bool
	memory   int64
}

const keySize = 12 // with the room that lists have for more

// Check finds what is no number.
func (s *Quantiles) Check(c *value.Column) []value.RowError { return notNumbers(c) }

// Grow makes room for groups.
func (s *Quantiles) Grow(n int) { s.keys = grown(s.keys, n) }

// Add keeps the numbers of a column.
func (s *Quantiles) Add(groups []int32, c *value.Column, _ int64) {
	n := c.Numbers()
	if len(s.sketches) > 0 || !n.Only(value.KindFloat) && !n.Only(value.KindInt) {
		s.addEach(groups, n)
		return
	}
	ints := n.Only(value.KindInt)
	s.floats = s.floats || !ints
	s.memory += int64(len(n.Bits)) * keySize
	for i, b := range n.Bits {
		f := math.Float64frombits(b)
		if ints {
			if f = float64(int64(b)); math.Abs(f) >= exactFloat {
				s.addWide(group(groups, i), value.Int(int64(b)))
				continue
			}
		}
		l := &s.keys[group(groups, i)]
		if len(*l) == cap(*l) {
			*l = slices.Grow(*l, len(*l)+8) // doubles: append would copy large ones more often
		}
		*l = append(*l, value.OrderedBits(f))
	}
}

// addEach adds numbers of several kinds, or to groups of which some are inexact.
func (s *Quantiles) addEach(groups []int32, n *value.Numbers) {
	for i, k := range n.Kinds {
		if k != value.KindNull && k != value.KindError {
			s.add(group(groups, i), n.At(i))
		}
	}
}

func (s *Quantiles) add(g int, v value.Value) {
	f := value.FloatOf(v)
	s.floats = s.floats || v.Kind() == value.KindFloat
	switch sketch := s.sketches[int32(g)]; {
	case sketch != nil:
		addTo(sketch, f)
	case v.Kind() == value.KindBig || v.Kind() == value.KindInt && math.Abs(f) >= exactFloat:
		s.addWide(g, v)
	default:
		s.keys[g] = append(s.keys[g], value.OrderedBits(f))
		s.memory += keySize
	}
}

// addWide keeps an integer that a float64 may not hold.
func (s *Quantiles) addWide(g int, v value.Value) {
	if s.wide == nil {
		s.wide = make(map[int32][]value.Value)
	}
	s.wide[int32(g)] = append(s.wide[int32(g)], v)
	s.memory += 30 + v.Memory()
}

// Merge adds the numbers of o.
func (s *Quantiles) Merge(o State, to []int32) error {
	other := o.(*Quantiles)
	s.floats, s.inexact = s.floats || other.floats, s.inexact || other.inexact
	s.memory += other.memory
	for i, keys := range other.keys {
		g := target(to, i)
		sketch := s.sketches[int32(g)]
		theirs := other.sketches[int32(i)]
		if sketch == nil && theirs == nil {
			if len(s.keys[g]) == 0 {
				s.keys[g] = keys
			} else {
				s.keys[g] = append(s.keys[g], keys...)
			}
			for _, v := range other.wide[int32(i)] {
				s.addWide(g, v)
			}
			continue
		}
		sketch = s.sketch(g)
		if theirs != nil {
			mergeSketch(sketch, theirs)
		}
		for _, k := range keys {
			addTo(sketch, value.OrderedFloat(k))
		}
		for _, v := range other.wide[int32(i)] {
			addTo(sketch, value.FloatOf(v))
		}
	}
	return nil
}

// Result returns the number at the fraction P of the way.
func (s *Quantiles) Result(g int) (value.Value, error) { return s.At(g, s.P), nil }

// At returns the number at the fraction p of the way through the numbers of a group: between
// two of them it lies on the straight line from one to the other. It is exact if it is an
// integer, else the nearest float64. Of no numbers it is null.
func (s *Quantiles) At(g int, p *big.Rat) value.Value {
	if sketch := s.sketches[int32(g)]; sketch != nil {
		return value.Float(quantileOf(sketch, p))
	}
	keys, wide := s.keys[g], s.wide[int32(g)]
	n := len(keys) + len(wide)
	if n == 0 {
		return value.Null
	}
	place := new(big.Rat).SetInt64(int64(n - 1))
	place.Mul(place, p)
	index := int(new(big.Int).Quo(place.Num(), place.Denom()).Int64())
	rest := place.Sub(place, new(big.Rat).SetInt64(int64(index)))
	low, high := s.pair(g, index)
	if rest.Sign() == 0 {
		return low
	}
	return between(low, high, rest)
}

// Nearest returns the number by the nearest rank: the smallest of which it holds that at least the
// fraction p of all is not larger. Of no numbers it is null.
func (s *Quantiles) Nearest(g int, p *big.Rat) value.Value {
	if sketch := s.sketches[int32(g)]; sketch != nil {
		return value.Float(quantileOf(sketch, p))
	}
	n := len(s.keys[g]) + len(s.wide[int32(g)])
	if n == 0 {
		return value.Null
	}
	rank := new(big.Rat).SetInt64(int64(n))
	rank.Mul(rank, p)
	up := new(big.Int).Add(rank.Num(), new(big.Int).Sub(rank.Denom(), big.NewInt(1)))
	low, _ := s.pair(g, max(0, int(up.Quo(up, rank.Denom()).Int64())-1))
	return low
}

// pair returns the numbers at the places index and index+1 in the order of a group.
func (s *Quantiles) pair(g, index int) (low, high value.Value) {
	if wide := s.wide[int32(g)]; len(wide) > 0 {
		return s.among(s.keys[g], wide, index)
	}
	lowKey, highKey := selectKeys(s.keys[g], index)
	return s.number(lowKey), s.number(highKey)
}

// number returns the number that a key stands for, as an integer if there were only such.
func (s *Quantiles) number(key uint64) value.Value {
	f := value.OrderedFloat(key)
	if !s.floats {
		return value.Int(int64(f))
	}
	return value.Float(f)
}

// among returns the numbers at the places index and index+1 in the order of all numbers.
func (s *Quantiles) among(keys []uint64, wide []value.Value, index int) (low, high value.Value) {
	all := slices.Clone(wide)
	for _, k := range keys {
		all = append(all, s.number(k))
	}
	slices.SortFunc(all, func(a, b value.Value) int {
		return cmp.Or(value.Compare(a, b), cmp.Compare(a.Kind(), b.Kind())) // equals may be spelled differently
	})
	return all[index], all[min(index+1, len(all)-1)]
}

// between returns the number that lies at the fraction rest of the way from low to high.
func between(low, high value.Value, rest *big.Rat) value.Value {
	if value.Compare(low, high) == 0 {
		return low
	}
	a, b := ratOf(low), ratOf(high)
	if a == nil || b == nil { // infinite, or NaN
		f, _ := rest.Float64()
		return value.Float(value.FloatOf(low)*(1-f) + value.FloatOf(high)*f)
	}
	b.Sub(b, a)
	a.Add(a, b.Mul(b, rest))
	if a.IsInt() && low.Kind() != value.KindFloat {
		return value.Big(a.Num())
	}
	f, _ := a.Float64()
	return value.Float(f)
}

// ratOf returns the number v exactly, nil when it is infinite or NaN.
func ratOf(v value.Value) *big.Rat {
	switch v.Kind() {
	case value.KindInt:
		return new(big.Rat).SetInt64(v.AsInt())
	case value.KindBig:
		return new(big.Rat).SetInt(v.AsBig())
	}
	return new(big.Rat).SetFloat64(v.AsFloat())
}

// selectKeys returns the keys at the places index and index+1 (or index, when it is the last)
// in the order of all keys, which it may put in another order.
func selectKeys(keys []uint64, index int) (low, high uint64) {
	const digits = 11
	var counts [1 << digits]int
	for len(keys) > 512 {
		least, most := keys[0], keys[0]
		for _, k := range keys {
			least, most = min(least, k), max(most, k)
		}
		if least == most {
			return least, least
		}
		shift := max(0, 64-bits.LeadingZeros64(most-least)-digits)
		clear(counts[:])
		for _, k := range keys {
			counts[(k-least)>>shift]++
		}
		bucket, before := uint64(0), 0
		for before+counts[bucket] <= index {
			before += counts[bucket]
			bucket++
		}
		if before+counts[bucket] == index+1 && index+1 < len(keys) { // the next one is in another bucket
			next := bucket + 1
			for counts[next] == 0 {
				next++
			}
			return mostOf(keys, least, shift, bucket), leastOf(keys, least, shift, next)
		}
		n := 0
		for i, k := range keys {
			if (k-least)>>shift == bucket {
				keys[i], keys[n] = keys[n], k
				n++
			}
		}
		keys, index = keys[:n], index-before
	}
	slices.Sort(keys)
	return keys[index], keys[min(index+1, len(keys)-1)]
}

func mostOf(keys []uint64, least uint64, shift int, bucket uint64) uint64 {
	most := least
	for _, k := range keys {
		if (k-least)>>shift == bucket {
			most = max(most, k)
		}
	}
	return most
}

func leastOf(keys []uint64, least uint64, shift int, bucket uint64) uint64 {
	found := uint64(math.MaxUint64)
	for _, k := range keys {
		if (k-least)>>shift == bucket {
			found = min(found, k)
		}
	}
	return found
}

// Bytes returns about how much memory the state takes.
func (s *Quantiles) Bytes() int64 { return int64(cap(s.keys))*24 + s.memory }

// AppendTo appends the numbers of a group.
func (s *Quantiles) AppendTo(dst []byte, g int) []byte {
	flags := byte(0)
	sketch := s.sketches[int32(g)]
	if s.floats {
		flags |= 1
	}
	if sketch != nil {
		dst = append(dst, flags|2)
		return appendSketch(dst, sketch)
	}
	dst = append(dst, flags)
	dst = binary.AppendUvarint(dst, uint64(len(s.keys[g])))
	for _, k := range s.keys[g] {
		dst = binary.LittleEndian.AppendUint64(dst, k)
	}
	return value.AppendBinary(dst, value.List(s.wide[int32(g)]))
}

// ReadFrom adds encoded numbers.
func (s *Quantiles) ReadFrom(src []byte, g int) ([]byte, error) {
	if len(src) == 0 {
		return nil, errEncoding
	}
	flags := src[0]
	src = src[1:]
	s.floats = s.floats || flags&1 != 0
	if flags&2 != 0 {
		s.inexact = true
		theirs, rest, err := readSketch(src)
		if err == nil {
			mergeSketch(s.sketch(g), theirs)
		}
		return rest, err
	}
	n, size := binary.Uvarint(src)
	if size <= 0 || n > uint64(len(src)-size)/8 {
		return nil, errEncoding
	}
	src = src[size:]
	sketch := s.sketches[int32(g)]
	for range n {
		k := binary.LittleEndian.Uint64(src)
		src = src[8:]
		if sketch != nil {
			addTo(sketch, value.OrderedFloat(k))
			continue
		}
		s.keys[g] = append(s.keys[g], k)
		s.memory += keySize
	}
	v, size, err := value.ReadBinary(src)
	if err != nil {
		return nil, err
	}
	for _, v := range v.Clone().AsList() {
		s.add(g, v)
	}
	return src[size:], nil
}
