package value

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"time"
)

// AppendText appends v as it is printed on a line of its own: text as it is, numbers in
// their shortest exact form, null as nothing, lists and records as JSON.
func (v Value) AppendText(dst []byte) []byte {
	switch v.k {
	case KindNull:
		return dst
	case KindText, KindString, KindNumber:
		return append(dst, v.Bytes()...)
	case KindBool:
		return strconv.AppendBool(dst, v.AsBool())
	case KindInt:
		return strconv.AppendInt(dst, v.AsInt(), 10)
	case KindFloat:
		return AppendFloat(dst, v.AsFloat())
	case KindBig:
		return v.AsBig().Append(dst, 10)
	case KindTime:
		return v.AsTime().AppendFormat(dst, time.RFC3339Nano)
	case KindDuration:
		return append(dst, v.AsDuration().String()...)
	case KindError:
		return append(dst, v.AsError().Error()...)
	case KindAny:
		return fmt.Append(dst, v.AsAny())
	default:
		return v.AppendJSON(dst)
	}
}

// String returns v as AppendText prints it.
func (v Value) String() string {
	if v.IsText() {
		return v.Str()
	}
	return string(v.AppendText(nil))
}

// AppendFloat appends f in the shortest form that reads back as f: without an exponent
// between 1e-6 and 1e21, as JavaScript and jq print it.
func AppendFloat(dst []byte, f float64) []byte {
	format := byte('f')
	if a := max(f, -f); a != 0 && (a < 1e-6 || a >= 1e21) {
		format = 'e'
	}
	n := len(dst)
	dst = strconv.AppendFloat(dst, f, format, -1, 64)
	if format == 'e' { // 1e-09 is written 1e-9
		if m := len(dst); m-n >= 4 && dst[m-4] == 'e' && dst[m-2] == '0' {
			dst[m-2] = dst[m-1]
			dst = dst[:m-1]
		}
	}
	return dst
}

// Numeric returns v as a number: an int, a float or a big integer, and whether it is one.
// Numbers are; untyped text is when it looks like one (awk's rule: decimal digits with an
// optional sign, fraction and exponent, blanks around it allowed) and no float is too small
// for it; a String is not.
func (v Value) Numeric() (Value, bool) {
	switch v.k {
	case KindInt, KindFloat, KindBig:
		return v, true
	case KindNumber:
		return ParseNumber(v.Bytes())
	case KindText:
		n, ok := ParseNumber(v.Bytes())
		if n.k == KindFloat && math.IsInf(n.AsFloat(), 0) { // 1234e567 is more likely a name
			return Null, false
		}
		return n, ok
	}
	return Null, false
}

// ParseNumber reads b as a decimal number: an integer of up to MaxDigits digits stays exact, a longer one is
// infinite; anything with a point or an exponent is the nearest float64. Blanks around it are allowed; hex,
// digit separators, inf and nan are not numbers.
func ParseNumber(b []byte) (Value, bool) {
	if n, kind := Decimal(b); kind != KindNull {
		return Value{k: kind, n: n}, true
	}
	b = trimBlanks(b)
	digits, integer := scanNumber(b)
	if digits == 0 {
		return Null, false
	}
	s := Text(b).Str()
	if !integer {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil && f == 0 { // out of range gives ±Inf with an error; keep it as the limit it is
			return Null, false
		}
		return Float(f), true
	}
	if digits <= 18 {
		return Int(parseSmall(b)), true
	}
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return Int(i), true
	}
	if digits > MaxDigits {
		sign := 1
		if b[0] == '-' {
			sign = -1
		}
		return Float(math.Inf(sign)), true
	}
	i, ok := new(big.Int).SetString(s, 10)
	return Big(i), ok
}

func trimBlanks(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t' || b[len(b)-1] == '\r') {
		b = b[:len(b)-1]
	}
	return b
}

// scanNumber checks the form of a decimal number. It returns how many digits stand before
// the exponent, 0 when b is no number, and whether b is an integer.
func scanNumber(b []byte) (digits int, integer bool) {
	i := 0
	if i < len(b) && (b[i] == '-' || b[i] == '+') {
		i++
	}
	start := i
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	digits, integer = i-start, true
	if i < len(b) && b[i] == '.' {
		i++
		start = i
		for i < len(b) && b[i]-'0' <= 9 {
			i++
		}
		digits, integer = digits+i-start, false
	}
	if digits > 0 && i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '-' || b[i] == '+') {
			i++
		}
		start = i
		for i < len(b) && b[i]-'0' <= 9 {
			i++
		}
		if i == start {
			return 0, false
		}
		integer = false
	}
	if i != len(b) {
		return 0, false
	}
	return digits, integer
}

func parseSmall(b []byte) int64 {
	neg := b[0] == '-'
	if neg || b[0] == '+' {
		b = b[1:]
	}
	var n int64
	for _, c := range b {
		n = n*10 + int64(c-'0')
	}
	if neg {
		return -n
	}
	return n
}
