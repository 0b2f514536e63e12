package value

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"
	"time"
)

// The first byte of a key. Values of one class have the same key when their bytes are the same.
const (
	keyNull = '0'
	keyText = 't'
)

// AppendKey appends the key of v, under which values are the same for everything that tells
// values apart: groups, counts, joins, distinct, uniq, sort -u. Keys are spelled: text counts by
// its bytes, a number by its canonical decimal text, exactly, so that 7, 7.0 and untyped 7 are
// the same, and 007 and untyped 7e0 are themselves only. Bools, times and durations count by their
// text, times by that in UTC; lists and records by their parts. All that IsNull has one key.
func (v Value) AppendKey(dst []byte) []byte {
	switch v.k {
	case KindText:
		if v.IsNull() {
			return append(dst, keyNull)
		}
		return append(append(dst, keyText), v.Bytes()...)
	case KindString:
		return append(append(dst, keyText), v.Bytes()...)
	case KindNumber:
		return appendDecimal(append(dst, keyText), v.Bytes())
	case KindFloat:
		return appendFloatKey(append(dst, keyText), v.AsFloat())
	case KindInt, KindBig, KindBool, KindDuration:
		return v.AppendText(append(dst, keyText))
	case KindNull:
		return append(dst, keyNull)
	case KindTime:
		return v.AsTime().UTC().AppendFormat(append(dst, keyText), time.RFC3339Nano)
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
			dst = appendPart(appendPart(dst, String(r.Name(i))), e)
		}
		return dst
	default:
		return v.AppendText(append(dst, byte(v.k)))
	}
}

// AppendKeyOf appends the key of row i that columns have the parts of: one column's own key, the
// keys of several so that no two rows with different parts have the same.
func AppendKeyOf(dst []byte, columns []*Column, i int) []byte {
	if len(columns) == 1 {
		return columns[0].Values[i].AppendKey(dst)
	}
	for _, c := range columns {
		dst = appendPart(dst, c.Values[i])
	}
	return dst
}

// appendPart appends the key of a part of a list or record, after its length.
func appendPart(dst []byte, part Value) []byte {
	at := len(dst) + 4
	dst = part.AppendKey(append(dst, 0, 0, 0, 0))
	binary.BigEndian.PutUint32(dst[at-4:at], uint32(len(dst)-at))
	return dst
}

func appendFloatKey(dst []byte, f float64) []byte {
	switch {
	case f == math.Trunc(f) && math.Abs(f) < 1<<53:
		return strconv.AppendInt(dst, int64(f), 10) // without the sign of zero
	case math.IsInf(f, 0) || math.IsNaN(f):
		return AppendFloat(dst, f)
	}
	var room [32]byte
	return appendDecimal(dst, strconv.AppendFloat(room[:0], f, 'e', -1, 64))
}

// mostDigits is how long a canonical decimal is that has no exponent: longer than that of any
// float64.
const mostDigits = 1 << 10

// appendDecimal appends the canonical text of a number that is spelled as JSON does: digits
// without zeros that say nothing, without an exponent and without a sign of zero. One that would
// be very long has an exponent.
func appendDecimal(dst, s []byte) []byte {
	if n, _ := scanNumber(s); n == 0 || isCanonical(s) { // with n == 0 it is not spelled so
		return append(dst, s...)
	}
	negative := s[0] == '-'
	if negative || s[0] == '+' {
		s = s[1:]
	}
	mantissa, exponent := s, int64(0)
	if i := bytes.IndexAny(s, "eE"); i >= 0 {
		mantissa = s[:i]
		var err error
		if exponent, err = strconv.ParseInt(string(s[i+1:]), 10, 64); err != nil || exponent > 1<<60 || exponent < -1<<60 {
			return append(dst, s...) // beyond all that anybody means
		}
	}
	whole, fraction, _ := bytes.Cut(mantissa, []byte{'.'})
	exponent -= int64(len(fraction))
	digits := bytes.TrimLeft(append(append(make([]byte, 0, len(mantissa)), whole...), fraction...), "0")
	kept := bytes.TrimRight(digits, "0")
	exponent += int64(len(digits) - len(kept))
	if len(kept) == 0 {
		return append(dst, '0')
	}
	if negative {
		dst = append(dst, '-')
	}
	return appendPoint(dst, kept, exponent)
}

// isCanonical reports whether appendDecimal would not change the number s.
func isCanonical(s []byte) bool {
	switch {
	case !IsPlainNumber(s) || len(s) > mostDigits:
		return false
	case bytes.IndexByte(s, '.') >= 0:
		return s[len(s)-1] != '0'
	}
	return s[0] != '-' || s[1] != '0'
}

// appendPoint appends digits, neither the first nor the last of which is 0, times a power of ten.
func appendPoint(dst, digits []byte, exponent int64) []byte {
	n := int64(len(digits))
	switch {
	case exponent > mostDigits-n || exponent < -mostDigits:
		return strconv.AppendInt(append(append(dst, digits...), 'e'), exponent, 10)
	case exponent >= 0:
		return append(append(dst, digits...), bytes.Repeat([]byte{'0'}, int(exponent))...)
	case -exponent < n:
		point := n + exponent
		return append(append(append(dst, digits[:point]...), '.'), digits[point:]...)
	}
	dst = append(append(dst, "0."...), bytes.Repeat([]byte{'0'}, int(-exponent-n))...)
	return append(dst, digits...)
}
