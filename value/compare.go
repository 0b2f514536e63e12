package value

import (
	"bytes"
	"cmp"
	"math"
	"math/big"
)

// rank gives the class in which Compare places v: what IsNull, bools, numbers (with untyped text
// that looks like one), text, times, durations, lists, records, errors, everything else.
// num is v as a number when it is one.
func (v Value) rank() (class int, num Value) {
	switch v.k {
	case KindNull:
		return 0, v
	case KindBool:
		return 1, v
	case KindInt, KindFloat, KindBig:
		return 2, v
	case KindText, KindNumber:
		if n, ok := v.Numeric(); ok {
			return 2, n
		}
		if v.IsNull() {
			return 0, v
		}
		return 3, v
	case KindString:
		return 3, v
	default:
		return int(v.k), v
	}
}

// Compare gives the one order of all values: -1, 0 or 1 as a sorts before, with or behind
// b. Null is first, as are empty fields, then false, true, numbers by size (untyped text that looks like a
// number among them, NaN before all others), text by its bytes, times, durations, lists
// and records element by element, errors by their text.
func Compare(a, b Value) int {
	ca, na := a.rank()
	cb, nb := b.rank()
	if ca != cb {
		return cmp.Compare(ca, cb)
	}
	switch ca {
	case 0:
		return 0
	case 1:
		return cmp.Compare(a.n, b.n)
	case 2:
		if c := compareNumbers(na, nb); c != 0 || na.k != KindFloat || !math.IsInf(na.AsFloat(), 0) {
			return c
		}
		return compareLong(a, b)
	case 3:
		return bytes.Compare(a.Bytes(), b.Bytes())
	case int(KindTime):
		return a.AsTime().Compare(b.AsTime())
	case int(KindDuration):
		return cmp.Compare(a.AsDuration(), b.AsDuration())
	case int(KindList):
		return compareLists(a.AsList(), b.AsList())
	case int(KindRecord):
		return compareRecords(a.AsRecord(), b.AsRecord())
	default:
		return bytes.Compare(a.AppendText(nil), b.AppendText(nil))
	}
}

// compareLong compares numbers whose float64 is infinite, of one sign. Integers that are too long to be
// computed with go by their digits, after all others of the sign.
func compareLong(a, b Value) (c int) {
	x, y := longDigits(a), longDigits(b)
	c = cmp.Or(cmp.Compare(len(x), len(y)), bytes.Compare(x, y))
	if n, _ := a.Numeric(); n.AsFloat() < 0 {
		return -c
	}
	return c
}

// longDigits returns the digits of an integer that is too long to be computed with, none of others.
func longDigits(v Value) []byte {
	if !isTooLong(v) {
		return nil
	}
	return bytes.TrimLeft(trimBlanks(v.Bytes()), "-+0")
}

func compareNumbers(a, b Value) int {
	switch {
	case a.k == KindInt && b.k == KindInt:
		return cmp.Compare(a.AsInt(), b.AsInt())
	case a.k == KindFloat && b.k == KindFloat:
		return cmp.Compare(a.AsFloat(), b.AsFloat())
	case a.k == KindFloat:
		return compareFloatInt(a.AsFloat(), b)
	case b.k == KindFloat:
		return -compareFloatInt(b.AsFloat(), a)
	}
	return bigOf(a).Cmp(bigOf(b))
}

// compareFloatInt compares f with an integer, exactly.
func compareFloatInt(f float64, i Value) int {
	switch {
	case math.IsNaN(f) || math.IsInf(f, -1):
		return -1
	case math.IsInf(f, 1):
		return 1
	}
	if i.k == KindInt && math.Abs(f) < 1<<53 && i.AsInt() > -1<<53 && i.AsInt() < 1<<53 {
		return cmp.Compare(f, float64(i.AsInt()))
	}
	whole, _ := new(big.Float).SetFloat64(f).Int(nil)
	if c := whole.Cmp(bigOf(i)); c != 0 {
		return c
	}
	return cmp.Compare(f, math.Trunc(f))
}

func bigOf(v Value) *big.Int {
	if v.k == KindBig {
		return v.AsBig()
	}
	return big.NewInt(v.AsInt())
}

func compareLists(a, b []Value) int {
	for i := range min(len(a), len(b)) {
		if c := Compare(a[i], b[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func compareRecords(a, b *Record) int {
	for i := range min(a.Len(), b.Len()) {
		if c := cmp.Compare(a.Name(i), b.Name(i)); c != 0 {
			return c
		}
		if c := Compare(a.At(i), b.At(i)); c != 0 {
			return c
		}
	}
	return cmp.Compare(a.Len(), b.Len())
}

// OrderedBits returns an integer for a float such that they have the same order, NaN before all
// others. Zero has no sign.
func OrderedBits(f float64) uint64 {
	switch {
	case f != f:
		return 0
	case f == 0:
		return 1 << 63
	}
	b := math.Float64bits(f)
	return b ^ (uint64(int64(b)>>63) | 1<<63)
}

// OrderedFloat is the reverse of OrderedBits.
func OrderedFloat(bits uint64) float64 {
	if bits == 0 {
		return math.NaN()
	}
	return math.Float64frombits(bits ^ (uint64(int64(^bits)>>63) | 1<<63))
}
