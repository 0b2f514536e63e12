package aggregate

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"mtpipe/value"
)

// Extremes keeps the smallest or the largest value: numbers by their size, other text by its
// bytes. Numbers and other text, or values of different kinds, do not go together: of each
// such class the best is kept, and Result complains.
type Extremes struct {
	Loose bool // values of all kinds go together, in the order of value.Compare

	// Spot returns where a row of the column that Add is given came from; nil when nobody asks.
	Spot func(row int) Spot

	sign    int // 1 for the largest, -1 for the smallest
	best    []extreme
	rest    map[int32][]extreme // the best of further classes, in the order in which they came
	touched []int32             // groups with values that were not cloned yet
	memory  int64               // of values that are kept
}

// extreme is the best value of a class.
type extreme struct {
	num   float64     // best, about; for numbers
	best  value.Value // as it was spelled
	class value.Kind  // KindNull as long as there is nothing
	fresh bool        // best was not cloned yet
	seq   int64       // where best came from
	first int64       // where the first value came from
	spot  Spot        // of the first value
	head  value.Value // the first value, when it is no longer the best
}

// Spot is where a value came from: a line of what has the origin.
type Spot struct {
	Origin *value.Origin // nil when it is not known
	Lines  int32         // that stand before it
}

const (
	extremeSize = 96
	exactFloat  = 1 << 53 // integers up to here are exact as float64
)

// NewExtremes returns a state for the largest values, or with sign -1 for the smallest.
func NewExtremes(sign int) *Extremes { return &Extremes{sign: sign} }

// ClassOf returns the class of values that v can be compared with: KindInt for all numbers,
// KindText for all other text.
func ClassOf(v value.Value) value.Kind {
	if _, ok := v.Numeric(); ok {
		return value.KindInt
	}
	if v.IsText() {
		return value.KindText
	}
	return v.Kind()
}

// ConflictError says that two values do not go together.
type ConflictError struct {
	Kept, Bad value.Value // Bad came later
	At        Spot        // of Bad
}

func (e *ConflictError) Error() string {
	if ClassOf(e.Kept) == value.KindInt {
		return (&value.NotNumberError{Value: e.Bad}).Error()
	}
	return fmt.Sprintf("%s cannot be compared with %s", e.Bad.Quote(), e.Kept.Quote())
}

// Grow makes room for groups.
func (s *Extremes) Grow(n int) { s.best = grown(s.best, n) }

// Add takes in the values of a column.
func (s *Extremes) Add(groups []int32, c *value.Column, seq int64) {
	n := c.Numbers()
	sign := float64(s.sign)
	for i, k := range n.Kinds {
		g := group(groups, i)
		e := &s.best[g]
		var x float64
		switch k {
		case value.KindNull:
			continue
		case value.KindInt:
			x = float64(int64(n.Bits[i]))
		case value.KindFloat:
			x = math.Float64frombits(n.Bits[i])
		default:
			s.offer(g, i, c.Values[i], math.NaN(), seq)
			continue
		}
		if e.class == value.KindInt && (x*sign < e.num*sign || x == e.num && math.Abs(x) < exactFloat) {
			continue
		}
		s.offer(g, i, c.Values[i], x, seq)
	}
	for _, g := range s.touched {
		s.best[g].settle()
		for i := range s.rest[g] {
			s.rest[g][i].settle()
		}
	}
	s.touched = s.touched[:0]
}

// settle gives the best value its own memory.
func (e *extreme) settle() {
	if e.fresh {
		e.best, e.fresh = e.best.Clone().Terminated(), false
	}
}

// of returns what the group g has for a class, nil when it has nothing.
func (s *Extremes) of(g int, class value.Kind) *extreme {
	e := &s.best[g]
	if s.Loose || e.class == class || e.class == value.KindNull {
		return e
	}
	for i := range s.rest[int32(g)] {
		if e := &s.rest[int32(g)][i]; e.class == class {
			return e
		}
	}
	return nil
}

// offer compares v of a row with the best of the group g. It is about x if it is a number; NaN
// says that it is not known.
func (s *Extremes) offer(g, row int, v value.Value, x float64, seq int64) {
	class := ClassOf(v)
	e := s.of(g, class)
	switch {
	case e == nil:
		e = s.add(g, extreme{class: class, first: seq, spot: s.spot(row)})
	case e.class == value.KindNull:
		e.first, e.spot = seq, s.spot(row)
	case value.Compare(v, e.best)*s.sign <= 0:
		return
	case e.head.IsNull() && !s.Loose:
		e.head = e.best.Clone()
		s.memory += e.head.Memory()
	}
	if n, ok := v.Numeric(); ok && x != x {
		x = value.FloatOf(n)
	}
	e.class, e.best, e.num, e.seq = class, v, x, seq
	if !e.fresh {
		e.fresh = true
		s.touched = append(s.touched, int32(g))
		s.memory += v.Memory()
	}
}

func (s *Extremes) spot(row int) Spot {
	if s.Spot == nil {
		return Spot{}
	}
	return s.Spot(row)
}

// start returns the first value of the class.
func (e *extreme) start() value.Value {
	if e.head.IsNull() {
		return e.best
	}
	return e.head
}

// add adds a class to those of a group.
func (s *Extremes) add(g int, e extreme) *extreme {
	if s.rest == nil {
		s.rest = make(map[int32][]extreme)
	}
	s.rest[int32(g)] = append(s.rest[int32(g)], e)
	s.memory += 2 * extremeSize
	return &s.rest[int32(g)][len(s.rest[int32(g)])-1]
}

// Merge keeps what is better in o; of equals, what came first.
func (s *Extremes) Merge(o State, to []int32) error {
	other := o.(*Extremes)
	for i := range other.best {
		g := target(to, i)
		s.merge(g, &other.best[i])
		for k := range other.rest[int32(i)] {
			s.merge(g, &other.rest[int32(i)][k])
		}
	}
	return nil
}

func (s *Extremes) merge(g int, theirs *extreme) {
	if theirs.class == value.KindNull {
		return
	}
	e := s.of(g, theirs.class)
	switch {
	case e == nil:
		s.add(g, *theirs)
		return
	case e.class == value.KindNull:
		*e = *theirs
		return
	}
	first := *e
	if theirs.first < e.first {
		first = *theirs
	}
	if c := value.Compare(theirs.best, e.best) * s.sign; c > 0 || c == 0 && theirs.seq < e.seq {
		*e = *theirs
	}
	e.first, e.spot, e.head = first.first, first.spot, first.start()
}

// Result returns the best value, null when there was none. When there are values that do not
// go together, it returns the best of the class that came first, and a *ConflictError.
func (s *Extremes) Result(g int) (value.Value, error) {
	rest := s.rest[int32(g)]
	if len(rest) == 0 {
		return s.best[g].best, nil
	}
	all := append([]extreme{s.best[g]}, rest...)
	slices.SortStableFunc(all, func(a, b extreme) int { return cmp.Compare(a.first, b.first) })
	return all[0].best, &ConflictError{all[0].best, all[1].start(), all[1].spot}
}

// Classes returns how many classes of values a group has.
func (s *Extremes) Classes(g int) int {
	if s.best[g].class == value.KindNull {
		return 0
	}
	return 1 + len(s.rest[int32(g)])
}

// Bytes returns about how much memory the state takes.
func (s *Extremes) Bytes() int64 { return int64(cap(s.best))*extremeSize + s.memory }

// AppendTo appends the best values of a group.
func (s *Extremes) AppendTo(dst []byte, g int) []byte {
	rest := s.rest[int32(g)]
	dst = appendExtreme(binary.AppendUvarint(dst, uint64(len(rest))), &s.best[g])
	for i := range rest {
		dst = appendExtreme(dst, &rest[i])
	}
	return dst
}

func appendExtreme(dst []byte, e *extreme) []byte {
	dst = e.spot.AppendTo(binary.AppendVarint(dst, e.first))
	dst = value.AppendBinary(dst, e.head)
	return value.AppendBinary(binary.AppendVarint(dst, e.seq), e.best)
}

// AppendTo appends an encoding of the spot.
func (s Spot) AppendTo(dst []byte) []byte {
	if s.Origin == nil {
		return append(dst, 0)
	}
	dst = append(binary.AppendUvarint(append(dst, 1), uint64(len(s.Origin.File))), s.Origin.File...)
	for _, n := range []int64{s.Origin.Offset, s.Origin.Line, s.Origin.After, int64(s.Lines)} {
		dst = binary.AppendVarint(dst, n)
	}
	return dst
}

// ReadSpot returns the spot that AppendTo has written, and what comes after it.
func ReadSpot(src []byte) (s Spot, rest []byte, err error) {
	if len(src) == 0 {
		return s, nil, errEncoding
	}
	if src[0] == 0 {
		return s, src[1:], nil
	}
	size, n := binary.Uvarint(src[1:])
	if n <= 0 || size > uint64(len(src)-1-n) {
		return s, nil, errEncoding
	}
	src = src[1+n:]
	o := &value.Origin{File: string(src[:size])}
	src = src[size:]
	var lines int64
	for _, to := range []*int64{&o.Offset, &o.Line, &o.After, &lines} {
		if *to, n = binary.Varint(src); n <= 0 {
			return s, nil, errEncoding
		}
		src = src[n:]
	}
	return Spot{o, int32(lines)}, src, nil
}

// ReadFrom takes in encoded values.
func (s *Extremes) ReadFrom(src []byte, g int) ([]byte, error) {
	more, size := binary.Uvarint(src)
	if size <= 0 || more > uint64(len(src)) {
		return nil, errEncoding
	}
	src = src[size:]
	for range more + 1 {
		first, size := binary.Varint(src)
		if size <= 0 {
			return nil, errEncoding
		}
		spot, rest, err := ReadSpot(src[size:])
		if err != nil {
			return nil, err
		}
		head, size, err := value.ReadBinary(rest)
		if err != nil {
			return nil, err
		}
		seq, v, rest, err := readPlaced(rest[size:])
		if err != nil {
			return nil, err
		}
		src = rest
		if v.IsNull() {
			continue
		}
		e := extreme{best: v, class: ClassOf(v), seq: seq, first: first, spot: spot, head: head.Clone()}
		if n, ok := v.Numeric(); ok {
			e.num = value.FloatOf(n)
		}
		s.memory += v.Memory()
		s.merge(g, &e)
	}
	return src, nil
}

// readPlaced reads a place and a value, with memory of its own.
func readPlaced(src []byte) (seq int64, v value.Value, rest []byte, err error) {
	seq, n := binary.Varint(src)
	if n <= 0 {
		return 0, value.Null, nil, errEncoding
	}
	v, size, err := value.ReadBinary(src[n:])
	if err != nil {
		return 0, value.Null, nil, err
	}
	return seq, v.Clone(), src[n+size:], nil
}
