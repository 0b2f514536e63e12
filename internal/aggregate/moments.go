package aggregate

import (
	"math"
	"math/big"

	"mtpipe/value"
)

// Moments gives the variance of samples, and the skewness and kurtosis of numbers, without rounding
// before the end.
type Moments struct {
	Power int // the highest power of the numbers that is added up: 2, 3 or 4

	sums   [][]Total // by power, of the first from 0
	memory totalMemory
}

// Check finds what is no number, and what has no finite power.
func (s *Moments) Check(c *value.Column) []value.RowError {
	n := c.Numbers()
	bad := notNumbers(c)
	limit := math.Pow(math.MaxFloat64, 1/float64(s.Power)) / 2
	for i, k := range n.Kinds {
		if x := math.Abs(math.Float64frombits(n.Bits[i])); k == value.KindFloat && x > limit && !math.IsInf(x, 0) {
			bad = append(bad, value.RowError{Row: i, Err: value.ErrTooLarge})
		}
	}
	value.SortRowErrors(bad)
	return bad
}

// Grow makes room for groups.
func (s *Moments) Grow(n int) {
	if s.sums == nil {
		s.sums = make([][]Total, s.Power)
	}
	for i := range s.sums {
		s.sums[i] = grown(s.sums[i], n)
	}
}

// Add adds the powers of the numbers of a column.
func (s *Moments) Add(groups []int32, c *value.Column, _ int64) {
	n := c.Numbers()
	for i, k := range n.Kinds {
		if k == value.KindNull || k == value.KindError {
			continue
		}
		x := n.At(i)
		s.memory.grown += powersMemory(x, s.Power)
		for p, of := range s.sums {
			addProduct(&of[group(groups, i)], powers(x, p+1))
		}
	}
}

// powersMemory returns what the powers of x may take.
func powersMemory(x value.Value, most int) int64 {
	if x.Kind() == value.KindBig {
		return int64(most*(most+1)/2) * bigBytes(x.AsBig())
	}
	return int64(1<<most) * floatGrowth
}

// powers returns x as often as a power has it for a factor.
func powers(x value.Value, n int) []value.Value {
	list := [4]value.Value{x, x, x, x}
	return list[:n]
}

// addProduct adds the product of numbers to t, exactly: that of floats as floats and what
// rounding them lost.
func addProduct(t *Total, factors []value.Value) {
	if product, ok := wholeProduct(factors); ok {
		_ = t.Add(product) // it is a number
		return
	}
	parts := []float64{value.FloatOf(factors[0])}
	for _, f := range factors[1:] {
		y := value.FloatOf(f)
		more := make([]float64, 0, 2*len(parts))
		for _, x := range parts {
			product := x * y
			if more = append(more, product); finite(product) {
				more = append(more, math.FMA(x, y, -product))
			}
		}
		parts = more
	}
	for _, p := range parts {
		t.AddFloat(p)
	}
}

// wholeProduct returns the product of integers; false if there is a float among the numbers.
func wholeProduct(factors []value.Value) (value.Value, bool) {
	product := factors[0]
	for i, f := range factors {
		if f.Kind() == value.KindFloat {
			return value.Null, false
		}
		if i == 0 {
			continue
		}
		var err error
		if product, err = value.Mul(product, f); err != nil {
			return value.Null, false
		}
	}
	return product, true
}

// Merge adds the sums of o.
func (s *Moments) Merge(o State, to []int32) error {
	other := o.(*Moments)
	for p := range other.sums {
		for i := range other.sums[p] {
			s.sums[p][target(to, i)].Merge(&other.sums[p][i])
		}
	}
	s.memory.grown += other.memory.more()
	return nil
}

// Result returns the variance.
func (s *Moments) Result(g int) (value.Value, error) { return s.Variance(g) }

// count returns how many numbers a group has; an error when they have no moments.
func (s *Moments) count(g int) (int64, error) {
	for p := range s.sums {
		if s.sums[p][g].odd != 0 {
			return 0, errInfinite
		}
	}
	return s.sums[0][g].n, nil
}

// Variance returns the variance of a sample, null for fewer than two numbers.
func (s *Moments) Variance(g int) (value.Value, error) {
	n, err := s.count(g)
	if err != nil || n < 2 {
		return value.Null, err
	}
	m := s.central(g, n)
	return value.Float(ratio(m[0], big.NewInt(n*(n-1)), 2*exactScale)), nil
}

// Skewness returns how far the numbers lean to one side: the third central moment divided by the
// second to the power of 1.5. It is null of fewer than two numbers and where all are equal.
func (s *Moments) Skewness(g int) (value.Value, error) {
	n, err := s.count(g)
	if err != nil || n < 2 {
		return value.Null, err
	}
	m := s.central(g, n)
	if m[0].Sign() == 0 {
		return value.Null, nil
	}
	square := new(big.Int).Mul(m[1], m[1])
	cube := new(big.Int).Exp(m[0], big.NewInt(3), nil)
	return value.Float(math.Copysign(root(square, cube, 0), float64(m[1].Sign()))), nil
}

// Kurtosis returns how heavy the tails are, less that of the normal distribution: the fourth central
// moment divided by the square of the second, less 3. It is null where Skewness is.
func (s *Moments) Kurtosis(g int) (value.Value, error) {
	n, err := s.count(g)
	if err != nil || n < 2 {
		return value.Null, err
	}
	m := s.central(g, n)
	if m[0].Sign() == 0 {
		return value.Null, nil
	}
	square := new(big.Int).Mul(m[0], m[0])
	excess := new(big.Int).Sub(m[2], new(big.Int).Mul(square, big.NewInt(3)))
	return value.Float(ratio(excess, square, 0)), nil
}

// central returns the central moments from the second on, that with the number k times the k-th
// power of n·2^exactScale.
func (s *Moments) central(g int, n int64) []*big.Int {
	a := make([]*big.Int, s.Power) // sums of powers times 2^exactScale, each with the factors that bring it to its moment
	for p := range a {
		a[p] = s.sums[p][g].scaled()
		a[p].Lsh(a[p], uint(p*exactScale))
		for range p {
			a[p].Mul(a[p], big.NewInt(n))
		}
	}
	product := func(factor int64, of ...*big.Int) *big.Int {
		r := big.NewInt(factor)
		for _, x := range of {
			r.Mul(r, x)
		}
		return r
	}
	sum := func(of ...*big.Int) *big.Int {
		r := new(big.Int)
		for _, x := range of {
			r.Add(r, x)
		}
		return r
	}
	list := []*big.Int{sum(a[1], product(-1, a[0], a[0]))}
	if s.Power > 2 {
		list = append(list, sum(a[2], product(-3, a[0], a[1]), product(2, a[0], a[0], a[0])))
	}
	if s.Power > 3 {
		list = append(list, sum(a[3], product(-4, a[0], a[2]), product(6, a[0], a[0], a[1]), product(-3, a[0], a[0], a[0], a[0])))
	}
	return list
}

// Bytes returns about how much memory the state takes.
func (s *Moments) Bytes() int64 {
	n := s.memory.more()
	for _, of := range s.sums {
		n += int64(cap(of)) * totalSize
	}
	return n
}

// AppendTo appends the sums of a group.
func (s *Moments) AppendTo(dst []byte, g int) []byte {
	for p := range s.sums {
		dst = s.sums[p][g].AppendTo(dst)
	}
	return dst
}

// ReadFrom adds encoded sums.
func (s *Moments) ReadFrom(src []byte, g int) ([]byte, error) {
	var err error
	for p := range s.sums {
		if src, err = s.memory.readFrom(src, &s.sums[p][g]); err != nil {
			return nil, err
		}
	}
	return src, nil
}
