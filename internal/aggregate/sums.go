package aggregate

import (
	"errors"
	"math"

	"mtpipe/value"
)

// Sums adds up numbers without rounding.
type Sums struct {
	Mean   bool // the result is the mean: null of nothing
	totals []Total
	memory totalMemory
}

// Check finds what is no number.
func (s *Sums) Check(c *value.Column) []value.RowError { return notNumbers(c) }

// Grow makes room for groups.
func (s *Sums) Grow(n int) { s.totals = grown(s.totals, n) }

// Add adds the numbers of a column.
func (s *Sums) Add(groups []int32, c *value.Column, _ int64) {
	n, totals := c.Numbers(), s.totals
	switch {
	case n.Only(value.KindInt) && groups == nil:
		totals[0].AddInts(n.Bits)
	case n.Only(value.KindInt):
		for i, b := range n.Bits {
			totals[groups[i]].AddInt(int64(b))
		}
	case n.Only(value.KindFloat):
		s.memory.grown += int64(len(n.Bits)) * floatGrowth
		for i, b := range n.Bits {
			totals[group(groups, i)].AddFloat(math.Float64frombits(b))
		}
	default:
		s.memory.grown += int64(len(n.Bits)) * floatGrowth
		for i, k := range n.Kinds {
			t := &totals[group(groups, i)]
			switch k {
			case value.KindInt:
				t.AddInt(int64(n.Bits[i]))
			case value.KindFloat:
				t.AddFloat(math.Float64frombits(n.Bits[i]))
			case value.KindBig:
				v := n.At(i)
				s.memory.grown += bigBytes(v.AsBig())
				_ = t.Add(v) // it is a number
			}
		}
	}
}

// Merge adds the sums of o.
func (s *Sums) Merge(o State, to []int32) error {
	other := o.(*Sums)
	for i := range other.totals {
		s.totals[target(to, i)].Merge(&other.totals[i])
	}
	s.memory.grown += other.memory.more()
	return nil
}

// Result returns the sum or the mean.
func (s *Sums) Result(g int) (value.Value, error) {
	if s.Mean {
		return s.MeanOf(g)
	}
	return s.totals[g].Sum()
}

// MeanOf returns the mean, null of nothing.
func (s *Sums) MeanOf(g int) (value.Value, error) { return s.totals[g].Mean() }

// Bytes returns about how much memory the state takes.
func (s *Sums) Bytes() int64 { return s.memory.of(s.totals) }

// AppendTo appends the sum of a group.
func (s *Sums) AppendTo(dst []byte, g int) []byte { return s.totals[g].AppendTo(dst) }

// ReadFrom adds an encoded sum.
func (s *Sums) ReadFrom(src []byte, g int) ([]byte, error) {
	return s.memory.readFrom(src, &s.totals[g])
}

// Deviations gives the standard deviation of samples, without rounding before the end.
type Deviations struct {
	sums    Sums
	squares []Total
	memory  totalMemory // of the squares
}

// Check finds what is no number, and what has no finite square.
func (s *Deviations) Check(c *value.Column) []value.RowError {
	n := c.Numbers()
	bad := notNumbers(c)
	if n.Only(value.KindInt) || n.Only(value.KindNull) {
		return bad
	}
	const limit = 1.3e154 // the root of the largest float64
	for i, k := range n.Kinds {
		if x := math.Abs(math.Float64frombits(n.Bits[i])); k == value.KindFloat && x > limit {
			if _, err := value.Mul(n.At(i), n.At(i)); err != nil {
				bad = append(bad, value.RowError{Row: i, Err: err})
			}
		}
	}
	value.SortRowErrors(bad)
	return bad
}

// Grow makes room for groups.
func (s *Deviations) Grow(n int) {
	s.sums.Grow(n)
	s.squares = grown(s.squares, n)
}

// Add adds the numbers of a column and their squares: that of a float is a float and what
// its rounding lost.
func (s *Deviations) Add(groups []int32, c *value.Column, seq int64) {
	s.sums.Add(groups, c, seq)
	n := c.Numbers()
	if !n.Only(value.KindInt) {
		s.memory.grown += int64(len(n.Kinds)) * floatGrowth
	}
	for i, k := range n.Kinds {
		t := &s.squares[group(groups, i)]
		x := math.Float64frombits(n.Bits[i])
		switch k {
		case value.KindInt:
			v := int64(n.Bits[i])
			if v > 1<<31 || v < -1<<31 {
				addSquare(t, n.At(i))
				continue
			}
			t.AddInt(v * v)
		case value.KindFloat:
			square := x * x
			t.AddFloat(square)
			t.AddFloat(math.FMA(x, x, -square))
		case value.KindBig:
			s.memory.grown += 2 * bigBytes(n.At(i).AsBig())
			addSquare(t, n.At(i))
		}
	}
}

// addSquare adds the square of an integer.
func addSquare(t *Total, v value.Value) {
	if square, err := value.Mul(v, v); err == nil {
		_ = t.Add(square) // it is a number
	}
}

// Merge adds the sums of o.
func (s *Deviations) Merge(o State, to []int32) error {
	other := o.(*Deviations)
	for i := range other.squares {
		s.squares[target(to, i)].Merge(&other.squares[i])
	}
	s.memory.grown += other.memory.more()
	return s.sums.Merge(&other.sums, to)
}

var errInfinite = errors.New("infinity and NaN have no standard deviation")

// Result returns the standard deviation, null for fewer than two numbers.
func (s *Deviations) Result(g int) (value.Value, error) {
	v := s.sums.totals[g].Deviation(&s.squares[g])
	if v.Kind() == value.KindFloat && math.IsNaN(v.AsFloat()) {
		return value.Null, errInfinite
	}
	return v, nil
}

// Bytes returns about how much memory the state takes.
func (s *Deviations) Bytes() int64 { return s.sums.Bytes() + s.memory.of(s.squares) }

// AppendTo appends the sums of a group.
func (s *Deviations) AppendTo(dst []byte, g int) []byte {
	return s.squares[g].AppendTo(s.sums.AppendTo(dst, g))
}

// ReadFrom adds encoded sums.
func (s *Deviations) ReadFrom(src []byte, g int) ([]byte, error) {
	src, err := s.sums.ReadFrom(src, g)
	if err != nil {
		return nil, err
	}
	return s.memory.readFrom(src, &s.squares[g])
}
