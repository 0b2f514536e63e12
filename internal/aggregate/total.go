package aggregate

import (
	"math"
	"math/big"

	"mtpipe/value"
)

// Total adds up numbers exactly: integers of any size as they are, floats without
// rounding until Sum is asked. A few floats are kept as parts (Shewchuk, Adaptive Precision
// Floating-Point Arithmetic, 1997), which take little memory, many in one long number, which
// takes little time. So the order in which values come, and how they were divided among
// several totals, does not change the result. The zero Total is ready to use.
type Total struct {
	n       int64        // values added
	whole   int64        // the sum of the integers, with more
	more    *big.Int     // what went beyond whole; nil for nothing
	parts   []float64    // the exact sum of the finite floats, as parts that do not overlap
	exactly *exactFloats // the sum of the others; nil while there are few
	odd     float64      // the sum of infinities and NaN
	floats  bool         // a float was among the values
}

// fewFloats is how many values a total has when it no longer keeps floats as parts.
const fewFloats = 24

// Add adds a number. The error is a *NotNumberError when v is none; t is unchanged then.
func (t *Total) Add(v value.Value) error {
	x, err := v.Operand()
	if err != nil {
		return err
	}
	switch x.Kind() {
	case value.KindInt:
		t.AddInt(x.AsInt())
	case value.KindBig:
		t.n++
		t.addBig(x.AsBig())
	default:
		t.AddFloat(x.AsFloat())
	}
	return nil
}

// AddInt adds an integer.
func (t *Total) AddInt(i int64) {
	t.n++
	t.addInt(i)
}

// AddFloat adds a float.
func (t *Total) AddFloat(x float64) {
	t.n++
	t.floats = true
	if t.exactly != nil && finite(x) {
		t.exactly.add(x)
		return
	}
	t.addFloat(x)
}

// AddInts adds integers.
func (t *Total) AddInts(list []uint64) {
	t.n += int64(len(list))
	for _, i := range list {
		t.addInt(int64(i))
	}
}

// Merge adds all that was added to o, which is not used afterwards.
func (t *Total) Merge(o *Total) {
	t.n += o.n
	t.addInt(o.whole)
	if o.more != nil {
		t.addBig(o.more)
	}
	for _, p := range o.parts {
		t.addFloat(p)
	}
	switch {
	case o.exactly != nil && t.exactly != nil:
		t.exactly.merge(o.exactly)
	case o.exactly != nil:
		t.exactly, o.exactly = o.exactly, nil
	}
	t.odd += o.odd
	t.floats = t.floats || o.floats
}

// Sum returns the sum: an integer if all numbers were, else the nearest float64. It is an
// error when finite numbers have no finite sum.
func (t *Total) Sum() (value.Value, error) {
	switch {
	case !t.floats && t.more == nil:
		return value.Int(t.whole), nil
	case !t.floats:
		return value.Big(t.integers()), nil
	case t.odd != 0:
		return value.Float(t.odd), nil
	}
	if p, ok := t.onePart(); ok {
		return value.Float(p), nil
	}
	f := ratio(t.scaled(), big.NewInt(1), exactScale)
	if math.IsInf(f, 0) {
		return value.Null, value.ErrTooLarge
	}
	return value.Float(f), nil
}

// onePart returns the sum where it is one float; no negative zero.
func (t *Total) onePart() (sum float64, ok bool) {
	if t.whole != 0 || t.more != nil || t.exactly != nil || len(t.parts) != 1 {
		return 0, false
	}
	return t.parts[0] + 0, true
}

// integers returns the part of the sum that is kept as an integer.
func (t *Total) integers() *big.Int {
	sum := big.NewInt(t.whole)
	if t.more != nil {
		sum.Add(sum, t.more)
	}
	return sum
}

// Bytes returns about how much memory t takes besides its own.
func (t *Total) Bytes() int64 {
	n := int64(cap(t.parts)) * 8
	if t.exactly != nil {
		n += exactDigits*8 + 8
	}
	if t.more != nil {
		n += bigBytes(t.more)
	}
	return n
}

// Mean returns the sum divided by the count, null when nothing was added.
func (t *Total) Mean() (value.Value, error) {
	if t.n == 0 {
		return value.Null, nil
	}
	if !t.floats || t.odd != 0 {
		sum, err := t.Sum()
		if err != nil {
			return value.Null, err
		}
		return value.Div(sum, value.Int(t.n))
	}
	if p, ok := t.onePart(); ok && t.n < 1<<53 { // both are exact: the quotient is rounded once
		return value.Float(p / float64(t.n)), nil
	}
	return value.Float(ratio(t.scaled(), big.NewInt(t.n), exactScale)), nil
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
	switch {
	case !finite(x):
		t.odd += x
		return
	case t.exactly != nil:
		t.exactly.add(x)
		return
	case t.n > fewFloats:
		t.exactly = &exactFloats{room: exactRoom}
		for _, p := range t.parts {
			t.exactly.add(p)
		}
		t.parts = nil
		t.exactly.add(x)
		return
	}
	kept := 0
	for _, y := range t.parts {
		if math.Abs(x) < math.Abs(y) {
			x, y = y, x
		}
		high := x + y
		if !finite(high) { // x is so large that it is an integer
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

func finite(f float64) bool { return math.Abs(f) <= math.MaxFloat64 }
