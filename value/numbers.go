package value

import (
	"math"
	"math/big"
)

// Numbers is a column of values as numbers.
type Numbers struct {
	// Kinds says what each row is: KindInt, KindFloat or KindBig, KindNull for a null, which is
	// no number and passed over, KindError for what is no number, or too large for a float64.
	Kinds []Kind
	Bits  []uint64 // the int64 or float64 of a row; of a KindBig its place in Bigs
	Bigs  []Value
	Bad   []int // the rows that are KindError

	seen uint16 // a bit for each kind that a row is
}

// Only reports whether all rows are of one kind.
func (n *Numbers) Only(k Kind) bool { return n.seen == 1<<k }

// Read makes n the numbers of a column.
func (n *Numbers) Read(col []Value) {
	if cap(n.Kinds) < len(col) {
		n.Kinds, n.Bits = make([]Kind, len(col)), make([]uint64, len(col))
	}
	n.Kinds, n.Bits, n.Bigs, n.Bad = n.Kinds[:len(col)], n.Bits[:len(col)], n.Bigs[:0], n.Bad[:0]
	n.seen = 0
	for i := range col {
		bits, kind := uint64(0), KindNull
		switch v := &col[i]; v.k {
		case KindText, KindNumber:
			if bits, kind = Decimal(v.Bytes()); kind == KindNull {
				bits, kind = n.other(*v)
			}
		case KindInt, KindFloat:
			bits, kind = v.n, v.k
		case KindNull:
		default:
			bits, kind = n.other(*v)
		}
		if kind == KindError {
			n.Bad = append(n.Bad, i)
		}
		n.Bits[i], n.Kinds[i] = bits, kind
		n.seen |= 1 << kind
	}
}

// other returns the bits and the kind of a value for which there is no quick way.
func (n *Numbers) other(v Value) (uint64, Kind) {
	x, ok := v.Numeric()
	switch {
	case v.IsNull():
		return 0, KindNull
	case !ok || tooLarge(v, x):
		return 0, KindError
	case x.k != KindBig:
		return x.n, x.k
	}
	n.Bigs = append(n.Bigs, x)
	return uint64(len(n.Bigs) - 1), KindBig
}

// At returns row i as a value: a number, or null.
func (n *Numbers) At(i int) Value {
	switch k := n.Kinds[i]; k {
	case KindInt, KindFloat:
		return Value{k: k, n: n.Bits[i]}
	case KindBig:
		return n.Bigs[n.Bits[i]]
	}
	return Null
}

// NumberOf returns v as a number. The error is a *NotNumberError when v is none, by the rule of
// Numeric, and ErrTooLarge when its nearest float64 is infinite but v is not.
func NumberOf(v Value) (Value, error) {
	n, ok := v.Numeric()
	switch {
	case !ok:
		return Null, &NotNumberError{Value: v}
	case tooLarge(v, n):
		return Null, tooLargeError(v)
	}
	return n, nil
}

// FloatOf returns the float64 nearest to a number, an infinite one when it is beyond all.
func FloatOf(v Value) float64 {
	switch v.k {
	case KindInt:
		return float64(v.AsInt())
	case KindFloat:
		return v.AsFloat()
	}
	f, _ := new(big.Float).SetInt(v.AsBig()).Float64()
	return f
}

// tooLarge reports whether v is spelled as a finite number, whose nearest float64, n, is not.
func tooLarge(v, n Value) bool {
	return n.k == KindFloat && v.k != KindFloat && math.IsInf(n.AsFloat(), 0)
}
