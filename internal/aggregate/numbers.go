package aggregate

import (
	"encoding/binary"
	"math"
	"math/bits"

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

// tens are the powers of ten that a float64 holds exactly.
var tens = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// parse reads a number of up to 18 digits without blanks or an exponent; Bad says that b is
// something else, which may be a number all the same. A quotient of two numbers that a
// float64 holds exactly is rounded once, so it is the nearest one (Clinger, How to Read
// Floating Point Numbers Accurately, 1990).
func parse(b []byte) (uint64, Number) {
	if len(b) == 0 || len(b) > 20 {
		return 0, Bad
	}
	sign := uint64(0)
	if b[0] == '-' || b[0] == '+' {
		sign = uint64(b[0]-'+') >> 1
		b = b[1:]
	}
	if n := len(b); n >= 4 && n <= 8 {
		low, high := uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[n-4:]))
		return parseEight(low|high<<(8*(n-4)), n, sign)
	}
	return parseLong(b, sign)
}

const eachByte = 0x0101010101010101

// parseEight reads the n characters in x, 4 to 8, the first in the lowest byte, all at once.
func parseEight(x uint64, n int, sign uint64) (uint64, Number) {
	x <<= 8 * (8 - n)
	x ^= '0' * eachByte << (8 * (8 - n)) // digits are 0 to 9 now, as are the bytes before the first
	fraction := -1
	if other := (x + (0x80-10)*eachByte | x) & (0x80 * eachByte); other != 0 {
		at := bits.TrailingZeros64(other) &^ 7
		if other&(other-1) != 0 || byte(x>>at) != '.'^'0' {
			return 0, Bad
		}
		fraction = 7 - at/8
		before := x & (1<<at - 1)
		x = x>>8>>at<<8<<at | before<<8
	}
	// two, four and eight digits together (Lemire, Quickly parsing eight digits, 2018)
	x = x * (1 + 10<<8) >> 8
	x = (x & 0x00ff00ff00ff00ff) * (1 + 100<<16) >> 16
	x = (x & 0x0000ffff0000ffff) * (1 + 10000<<32) >> 32
	if fraction < 0 {
		return (x ^ -sign) + sign, Int
	}
	return math.Float64bits(float64(x)/tens[fraction]) | sign<<63, Float
}

func parseLong(b []byte, sign uint64) (uint64, Number) {
	var m uint64
	point := -1
	for i, c := range b {
		if c -= '0'; c <= 9 {
			m = m*10 + uint64(c)
			continue
		}
		if b[i] != '.' || point >= 0 {
			return 0, Bad
		}
		point = i
	}
	digits := len(b)
	if point < 0 {
		if digits == 0 || digits > 18 {
			return 0, Bad
		}
		return (m ^ -sign) + sign, Int
	}
	if digits--; digits == 0 || digits > 18 || m > 1<<53 {
		return 0, Bad
	}
	return math.Float64bits(float64(m)/tens[len(b)-point-1]) | sign<<63, Float
}
