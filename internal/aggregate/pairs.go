package aggregate

import (
	"errors"
	"math"
	"math/big"

	"mtpipe/value"
)

// Pairs tells how two numbers go together, without rounding before the end. Its column has lists of
// both; where one is null, the row is passed over.
type Pairs struct {
	sums   [pairSums][]Total
	memory totalMemory
}

// The sums of Pairs: of the numbers, and of products of two of them.
const (
	sumX = iota
	sumY
	sumXX
	sumYY
	sumXY
	pairSums
)

var errNoPair = errors.New("is not a list of two values")

// pairOf returns the values of a list of two; ok is false when one of them is null.
func pairOf(v value.Value) (x, y value.Value, ok bool, err error) {
	if v.IsNull() {
		return x, y, false, nil
	}
	if v.Kind() != value.KindList || len(v.AsList()) != 2 {
		return x, y, false, errNoPair
	}
	list := v.AsList()
	return list[0], list[1], !isNothing(list[0]) && !isNothing(list[1]), nil
}

// isNothing reports whether v is null, or an empty field.
func isNothing(v value.Value) bool {
	return v.IsNull() || v.Kind() == value.KindText && len(v.Bytes()) == 0
}

// numbersOf returns both numbers of a row.
func numbersOf(v value.Value) (x, y value.Value, ok bool, err error) {
	x, y, ok, err = pairOf(v)
	if !ok || err != nil {
		return x, y, false, err
	}
	if x, err = operand(x); err == nil {
		y, err = operand(y)
	}
	return x, y, err == nil, err
}

// operand returns the number v to compute with.
func operand(v value.Value) (value.Value, error) {
	x, err := v.Operand()
	if err != nil {
		return value.Null, Outliving(err)
	}
	const limit = 1e154 // the root of the largest float64
	if f := math.Abs(value.FloatOf(x)); x.Kind() == value.KindFloat && f > limit && !math.IsInf(f, 0) {
		return value.Null, value.ErrTooLarge
	}
	return x, nil
}

// Check finds what is no pair of numbers.
func (s *Pairs) Check(c *value.Column) (bad []value.RowError) {
	for i, v := range c.Values {
		if _, _, _, err := numbersOf(v); err != nil {
			bad = append(bad, value.RowError{Row: i, Err: err})
		}
	}
	return bad
}

// Grow makes room for groups.
func (s *Pairs) Grow(n int) {
	for i := range s.sums {
		s.sums[i] = grown(s.sums[i], n)
	}
}

// Add adds the numbers of a column and their products.
func (s *Pairs) Add(groups []int32, c *value.Column, _ int64) {
	for i, v := range c.Values {
		x, y, ok, err := numbersOf(v)
		if !ok || err != nil {
			continue
		}
		g := group(groups, i)
		s.memory.grown += powersMemory(x, 2) + powersMemory(y, 2)
		for k, factors := range [pairSums][]value.Value{{x}, {y}, {x, x}, {y, y}, {x, y}} {
			addProduct(&s.sums[k][g], factors)
		}
	}
}

// Merge adds the sums of o.
func (s *Pairs) Merge(o State, to []int32) error {
	other := o.(*Pairs)
	for k := range other.sums {
		for i := range other.sums[k] {
			s.sums[k][target(to, i)].Merge(&other.sums[k][i])
		}
	}
	s.memory.grown += other.memory.more()
	return nil
}

// products are n times a sum of products less a product of sums, times 2 to the power of twice
// exactScale.
type products struct {
	n          int64
	x, y       *big.Int // the sums, times 2^exactScale
	xx, yy, xy *big.Int
}

// products returns those of a group; false when there are fewer than two pairs.
func (s *Pairs) products(g int) (p products, ok bool, err error) {
	for k := range s.sums {
		if s.sums[k][g].odd != 0 {
			return p, false, errInfinite
		}
	}
	p = products{n: s.sums[sumX][g].n, x: s.sums[sumX][g].scaled(), y: s.sums[sumY][g].scaled()}
	of := func(sum int, a, b *big.Int) *big.Int {
		r := s.sums[sum][g].scaled()
		r.Mul(r.Lsh(r, exactScale), big.NewInt(p.n))
		return r.Sub(r, new(big.Int).Mul(a, b))
	}
	p.xx, p.yy, p.xy = of(sumXX, p.x, p.x), of(sumYY, p.y, p.y), of(sumXY, p.x, p.y)
	return p, p.n >= 2, nil
}

// Result returns the covariance of a sample, null for fewer than two pairs.
func (s *Pairs) Result(g int) (value.Value, error) {
	p, ok, err := s.products(g)
	if !ok {
		return value.Null, err
	}
	return value.Float(ratio(p.xy, big.NewInt(p.n*(p.n-1)), 2*exactScale)), nil
}

// Correlation returns the coefficient of Pearson, null where all of one number are equal.
func (s *Pairs) Correlation(g int) (value.Value, error) {
	p, ok, err := s.products(g)
	if !ok || p.xx.Sign() == 0 || p.yy.Sign() == 0 {
		return value.Null, err
	}
	square := new(big.Int).Mul(p.xy, p.xy)
	return value.Float(math.Copysign(root(square, new(big.Int).Mul(p.xx, p.yy), 0), float64(p.xy.Sign()))), nil
}

// Slope returns by how much y grows with x on the straight line that is nearest by the least
// squares, null where all x are equal.
func (s *Pairs) Slope(g int) (value.Value, error) {
	p, ok, err := s.products(g)
	if !ok || p.xx.Sign() == 0 {
		return value.Null, err
	}
	return value.Float(ratio(p.xy, p.xx, 0)), nil
}

// Intercept returns the y of that line where x is 0.
func (s *Pairs) Intercept(g int) (value.Value, error) {
	p, ok, err := s.products(g)
	if !ok || p.xx.Sign() == 0 {
		return value.Null, err
	}
	a := new(big.Int).Mul(p.y, p.xx)
	a.Sub(a, new(big.Int).Mul(p.x, p.xy))
	return value.Float(ratio(a, new(big.Int).Mul(p.xx, big.NewInt(p.n)), exactScale)), nil
}

// Bytes returns about how much memory the state takes.
func (s *Pairs) Bytes() int64 {
	n := s.memory.more()
	for _, of := range s.sums {
		n += int64(cap(of)) * totalSize
	}
	return n
}

// AppendTo appends the sums of a group.
func (s *Pairs) AppendTo(dst []byte, g int) []byte {
	for k := range s.sums {
		dst = s.sums[k][g].AppendTo(dst)
	}
	return dst
}

// ReadFrom adds encoded sums.
func (s *Pairs) ReadFrom(src []byte, g int) ([]byte, error) {
	var err error
	for k := range s.sums {
		if src, err = s.memory.readFrom(src, &s.sums[k][g]); err != nil {
			return nil, err
		}
	}
	return src, nil
}
