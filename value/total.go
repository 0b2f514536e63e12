package value

import (
	"math"
	"math/big"
)

// Total adds up numbers exactly: integers of any size as they are, floats without
// rounding until Sum is asked (Shewchuk, Adaptive Precision Floating-Point Arithmetic,
// 1997). So the order in which values come, and how they were divided among several
// totals, does not change the result. The zero Total is ready to use.
type Total struct {
	n      int64     // values added
	whole  int64     // the sum of the integers, with more
	more   *big.Int  // what went beyond whole; nil for nothing
	parts  []float64 // the exact sum of the finite floats, as parts that do not overlap
	odd    float64   // the sum of infinities and NaN
	floats bool      // a float was among the values
}

// Add adds a number. The error is a *NotNumberError when v is none; t is unchanged then.
func (t *Total) Add(v Value) error {
	x, err := operand(v)
	if err != nil {
		return err
	}
	t.n++
	switch x.k {
	case KindInt:
		t.addInt(x.AsInt())
	case KindBig:
		t.addBig(x.AsBig())
	default:
		t.floats = true
		t.addFloat(x.AsFloat())
	}
	return nil
}

// Merge adds all that was added to o.
func (t *Total) Merge(o *Total) {
	t.n += o.n
	t.addInt(o.whole)
	if o.more != nil {
		t.addBig(o.more)
	}
	for _, p := range o.parts {
		t.addFloat(p)
	}
	t.odd += o.odd
	t.floats = t.floats || o.floats
}

// Count returns how many numbers were added.
func (t *Total) Count() int64 { return t.n }

// Sum returns the sum: an integer if all numbers were, else the nearest float64. It is an
// error when finite numbers have no finite sum.
func (t *Total) Sum() (Value, error) {
	switch {
	case !t.floats && t.more == nil:
		return Int(t.whole), nil
	case !t.floats:
		return Big(t.integers()), nil
	case t.odd != 0:
		return Float(t.odd), nil
	case t.whole == 0 && t.more == nil && len(t.parts) == 1:
		return Float(t.parts[0]), nil
	}
	f, _ := t.exact().Float64()
	if math.IsInf(f, 0) {
		return Null, errTooLarge
	}
	return Float(f), nil
}

// integers returns the part of the sum that is kept as an integer.
func (t *Total) integers() *big.Int {
	sum := big.NewInt(t.whole)
	if t.more != nil {
		sum.Add(sum, t.more)
	}
	return sum
}

// exact returns the sum with all its digits.
func (t *Total) exact() *big.Rat {
	sum := new(big.Rat).SetInt(t.integers())
	for _, p := range t.parts {
		sum.Add(sum, new(big.Rat).SetFloat64(p))
	}
	return sum
}

// Mean returns the sum divided by the count, null when nothing was added.
func (t *Total) Mean() (Value, error) {
	if t.n == 0 {
		return Null, nil
	}
	if !t.floats || t.odd != 0 {
		sum, err := t.Sum()
		if err != nil {
			return Null, err
		}
		return Div(sum, Int(t.n))
	}
	sum := t.exact()
	f, _ := sum.Quo(sum, new(big.Rat).SetInt64(t.n)).Float64()
	return Float(f), nil
}

func (t *Total) addInt(i int64) {
	if r := t.whole + i; (r > t.whole) == (i > 0) {
		t.whole = r
		return
	}
	t.addBig(big.NewInt(i))
}

func (t *Total) addBig(i *big.Int) {
	if t.more == nil {
		t.more = new(big.Int)
	}
	t.more.Add(t.more, i)
}

// addFloat adds x to the parts: each step gives the rounded sum and, exactly, what the
// rounding lost.
func (t *Total) addFloat(x float64) {
	if !isFinite(x) {
		t.odd += x
		return
	}
	kept := 0
	for _, y := range t.parts {
		if math.Abs(x) < math.Abs(y) {
			x, y = y, x
		}
		high := x + y
		if !isFinite(high) { // x is so large that it is an integer
			i, _ := big.NewFloat(x).Int(nil)
			t.addBig(i)
			x = y
			continue
		}
		if low := y - (high - x); low != 0 {
			t.parts[kept] = low
			kept++
		}
		x = high
	}
	t.parts = append(t.parts[:kept], x)
}
