package value

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"math/big"
	"time"
)

// rank gives the class in which Compare places v: null, bools, numbers (with untyped text
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
		return 3, v
	case KindString:
		return 3, v
	default:
		return int(v.k), v
	}
}

// Compare gives the one order of all values: -1, 0 or 1 as a sorts before, with or behind
// b. Null is first, then false, true, numbers by size (untyped text that looks like a
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
		return compareNumbers(na, nb)
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

// AppendKey appends an encoding of v under which values that count as the same thing, for
// counting and telling apart, are the same bytes and others are not: text by its
// spelling, numbers by their size whatever their kind.
func (v Value) AppendKey(dst []byte) []byte {
	switch v.k {
	case KindText, KindString:
		return append(append(dst, 't'), v.Bytes()...)
	case KindInt, KindBig:
		return v.AppendText(append(dst, 'n'))
	case KindFloat:
		return v.appendFloatKey(dst)
	case KindNumber:
		if n, ok := v.Numeric(); ok {
			return n.AppendKey(dst)
		}
		return append(append(dst, 'n'), v.Bytes()...)
	case KindNull:
		return append(dst, '0')
	case KindBool:
		return v.AppendText(append(dst, 'b'))
	case KindTime:
		return v.AsTime().UTC().AppendFormat(append(dst, 'd'), time.RFC3339Nano)
	case KindList:
		dst = append(dst, 'l')
		for _, e := range v.AsList() {
			dst = appendPart(dst, e)
		}
		return dst
	case KindRecord:
		r := v.AsRecord()
		dst = append(dst, 'r')
		for i, e := range r.vals {
			dst = appendPart(appendPart(dst, TextOf(r.Name(i))), e)
		}
		return dst
	default:
		return v.AppendText(append(dst, byte(v.k)))
	}
}

// appendPart appends the key of a part of a list or record, behind its length.
func appendPart(dst []byte, part Value) []byte {
	at := len(dst) + 4
	dst = part.AppendKey(append(dst, 0, 0, 0, 0))
	binary.BigEndian.PutUint32(dst[at-4:at], uint32(len(dst)-at))
	return dst
}

func (v Value) appendFloatKey(dst []byte) []byte {
	f := v.AsFloat()
	switch {
	case math.IsInf(f, 0) || f != math.Trunc(f): // also NaN
		return v.AppendText(append(dst, 'n'))
	case math.Abs(f) < 1<<63:
		return Int(int64(f)).AppendKey(dst)
	}
	i, _ := new(big.Float).SetFloat64(f).Int(nil)
	return Big(i).AppendKey(dst)
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
