package aggregate

import (
	"math"

	"mtpipe/value"
)

// Number says what number a row of Numbers is.
type Number uint8

// What a row may be.
const (
	None  Number = iota // null, which is passed over
	Int                 // the bits are those of an int64
	Float               // the bits are those of a float64
	Big                 // the bits are the place in Bigs
	Bad                 // no number, or too large for a float64
	Mixed               // of all rows: they are of several kinds
)

// Numbers is a column of values as numbers.
type Numbers struct {
	Kinds []Number
	Bits  []uint64
	Bigs  []value.Value
	Only  Number // what all rows are, or Mixed
	Bad   []int  // the rows that are Bad
}

// Read makes n the numbers of a column.
func (n *Numbers) Read(col []value.Value) {
	if cap(n.Kinds) < len(col) {
		n.Kinds, n.Bits = make([]Number, len(col)), make([]uint64, len(col))
	}
	n.Kinds, n.Bits, n.Bigs, n.Bad = n.Kinds[:len(col)], n.Bits[:len(col)], n.Bigs[:0], n.Bad[:0]
	var seen uint8
	for i := range col {
		bits, kind := uint64(0), None
		switch v := &col[i]; v.Kind() {
		case value.KindText, value.KindNumber:
			if bits, kind = parse(v.Bytes()); kind == Bad {
				bits, kind = n.other(*v)
			}
		case value.KindInt:
			bits, kind = uint64(v.AsInt()), Int
		case value.KindFloat:
			bits, kind = math.Float64bits(v.AsFloat()), Float
		case value.KindNull:
		default:
			bits, kind = n.other(*v)
		}
		if kind == Bad {
			n.Bad = append(n.Bad, i)
		}
		n.Bits[i], n.Kinds[i] = bits, kind
		seen |= 1 << kind
	}
	n.Only = Mixed
	for k := None; k < Mixed; k++ {
		if seen == 1<<k {
			n.Only = k
		}
	}
}

// other returns the bits and the kind of a value for which there is no quick way.
func (n *Numbers) other(v value.Value) (uint64, Number) {
	x, ok := v.Numeric()
	switch {
	case !ok || tooLarge(v, x):
		return 0, Bad
	case x.Kind() == value.KindInt:
		return uint64(x.AsInt()), Int
	case x.Kind() == value.KindFloat:
		return math.Float64bits(x.AsFloat()), Float
	}
	n.Bigs = append(n.Bigs, x)
	return uint64(len(n.Bigs) - 1), Big
}

// NumberOf returns v as a number. Text that stands for one beyond the floats is an error, as
// is what is no number: that is a *value.NotNumberError.
func NumberOf(v value.Value) (value.Value, error) {
	n, ok := v.Numeric()
	switch {
	case !ok:
		return value.Null, &value.NotNumberError{Value: v}
	case tooLarge(v, n):
		return value.Add(v, value.Int(0)) // says so
	}
	return n, nil
}

// tooLarge reports whether v is spelled as a finite number, whose nearest float64, n, is not.
func tooLarge(v, n value.Value) bool {
	return n.Kind() == value.KindFloat && math.IsInf(n.AsFloat(), 0) && v.Kind() != value.KindFloat
}

// At returns row i as a value: a number, or null.
func (n *Numbers) At(i int) value.Value {
	switch n.Kinds[i] {
	case Int:
		return value.Int(int64(n.Bits[i]))
	case Float:
		return value.Float(math.Float64frombits(n.Bits[i]))
	case Big:
		return n.Bigs[n.Bits[i]]
	}
	return value.Null
}

// parse reads a number of up to 18 digits without blanks or an exponent; Bad says that b is
// something else, which may be a number all the same.
func parse(b []byte) (uint64, Number) {
	n, kind := value.Decimal(b)
	switch kind {
	case value.KindInt:
		return n, Int
	case value.KindFloat:
		return n, Float
	}
	return 0, Bad
}
