package parquet

import (
	"encoding/binary"
	"math"
	"math/big"
	"strconv"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// appender appends a value, which is not null, as JSON.
type appender func(dst []byte, v *parquet.Value) []byte

// appenderOf returns the appender of the values of a type. Numbers are exact, times as ISO 8601 has
// them, and bytes that are no text stay what they are.
func appenderOf(t parquet.Type) appender {
	if logical := t.LogicalType(); logical != nil {
		if a := logicalAppender(logical.Value, t); a != nil {
			return a
		}
	}
	switch t.Kind() {
	case parquet.Boolean:
		return func(dst []byte, v *parquet.Value) []byte { return strconv.AppendBool(dst, v.Boolean()) }
	case parquet.Int32:
		return func(dst []byte, v *parquet.Value) []byte { return strconv.AppendInt(dst, int64(v.Int32()), 10) }
	case parquet.Int64:
		return func(dst []byte, v *parquet.Value) []byte { return strconv.AppendInt(dst, v.Int64(), 10) }
	case parquet.Int96:
		return func(dst []byte, v *parquet.Value) []byte {
			i := v.Int96()
			const julian = 2440588 // the Julian day of 1970-01-01
			nanos := int64(uint64(i[1])<<32 | uint64(i[0]))
			return appendTime(dst, time.Unix((int64(i[2])-julian)*86400, nanos), true)
		}
	case parquet.Float:
		return func(dst []byte, v *parquet.Value) []byte { return appendFloat(dst, float64(v.Float()), 32) }
	case parquet.Double:
		return func(dst []byte, v *parquet.Value) []byte { return appendFloat(dst, v.Double(), 64) }
	}
	return func(dst []byte, v *parquet.Value) []byte { return appendQuoted(dst, v.ByteArray()) }
}

// logicalAppender returns the appender of a logical type; nil where the physical one says enough.
func logicalAppender(logical any, t parquet.Type) appender {
	switch l := logical.(type) {
	case *format.IntType:
		if !l.IsSigned {
			return unsigned(t.Kind())
		}
	case *format.DecimalType:
		return decimal(t.Kind(), int(l.Scale))
	case *format.DateType:
		return func(dst []byte, v *parquet.Value) []byte {
			day := time.Unix(int64(v.Int32())*86400, 0).UTC()
			return append(day.AppendFormat(append(dst, '"'), time.DateOnly), '"')
		}
	case *format.TimeType:
		unit := unitOf(l.Unit)
		return func(dst []byte, v *parquet.Value) []byte {
			t := time.Unix(0, integer(v)*unit).UTC()
			return append(t.AppendFormat(append(dst, '"'), "15:04:05.999999999"), '"')
		}
	case *format.TimestampType:
		unit, utc := unitOf(l.Unit), l.IsAdjustedToUTC
		perSecond := int64(time.Second) / unit
		return func(dst []byte, v *parquet.Value) []byte {
			x := v.Int64()
			return appendTime(dst, time.Unix(x/perSecond, x%perSecond*unit), utc)
		}
	case *format.UUIDType:
		return appendUUID
	case *format.Float16Type:
		return func(dst []byte, v *parquet.Value) []byte {
			return appendFloat(dst, half(binary.LittleEndian.Uint16(v.ByteArray())), 32)
		}
	}
	return nil
}

// unitOf returns how many nanoseconds a unit has.
func unitOf(u format.TimeUnit) int64 {
	switch u.Value.(type) {
	case *format.MilliSeconds:
		return int64(time.Millisecond)
	case *format.MicroSeconds:
		return int64(time.Microsecond)
	}
	return 1
}

// integer returns a value of 32 or 64 bits.
func integer(v *parquet.Value) int64 {
	if v.Kind() == parquet.Int32 {
		return int64(v.Int32())
	}
	return v.Int64()
}

func unsigned(k parquet.Kind) appender {
	if k == parquet.Int32 {
		return func(dst []byte, v *parquet.Value) []byte { return strconv.AppendUint(dst, uint64(v.Uint32()), 10) }
	}
	return func(dst []byte, v *parquet.Value) []byte { return strconv.AppendUint(dst, v.Uint64(), 10) }
}

// decimal returns the appender of numbers with so many digits after the point.
func decimal(k parquet.Kind, scale int) appender {
	var digits []byte // reused; a rows has its appenders for itself alone
	return func(dst []byte, v *parquet.Value) []byte {
		switch k {
		case parquet.Int32, parquet.Int64:
			digits = strconv.AppendInt(digits[:0], integer(v), 10)
		default:
			digits = twosComplement(v.ByteArray()).Append(digits[:0], 10)
		}
		return appendDecimal(dst, digits, scale)
	}
}

// appendDecimal appends a whole number, divided by a power of ten.
func appendDecimal(dst, digits []byte, scale int) []byte {
	if digits[0] == '-' {
		dst, digits = append(dst, '-'), digits[1:]
	}
	if scale <= 0 {
		return append(dst, digits...)
	}
	if len(digits) <= scale {
		dst = append(dst, '0')
	} else {
		dst = append(dst, digits[:len(digits)-scale]...)
		digits = digits[len(digits)-scale:]
	}
	dst = append(dst, '.')
	for range scale - len(digits) {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}

// twosComplement returns the number that big-endian bytes stand for.
func twosComplement(b []byte) *big.Int {
	x := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0]&0x80 != 0 {
		x.Sub(x, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return x
}

// appendTime appends a time; one that is not of a zone has none.
func appendTime(dst []byte, t time.Time, utc bool) []byte {
	dst, t = append(dst, '"'), t.UTC()
	if utc {
		dst = t.AppendFormat(dst, time.RFC3339Nano)
	} else {
		dst = t.AppendFormat(dst, "2006-01-02T15:04:05.999999999")
	}
	return append(dst, '"')
}

// appendFloat appends a number; what JSON has no number for is a string.
func appendFloat(dst []byte, x float64, bits int) []byte {
	switch {
	case math.IsNaN(x):
		return append(dst, `"NaN"`...)
	case math.IsInf(x, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(x, -1):
		return append(dst, `"-Infinity"`...)
	}
	form := byte('f')
	if a := math.Abs(x); a != 0 && (a < 1e-6 || a >= 1e21) {
		form = 'e'
	}
	return strconv.AppendFloat(dst, x, form, -1, bits)
}

// half returns a number of 16 bits, as IEEE 754 has it.
func half(b uint16) float64 {
	sign := 1.0
	if b&0x8000 != 0 {
		sign = -1
	}
	exponent, fraction := int(b>>10&31), float64(b&1023)
	switch exponent {
	case 31:
		if fraction != 0 {
			return math.NaN()
		}
		return math.Inf(int(sign))
	case 0:
		return sign * math.Ldexp(fraction, -24)
	}
	return sign * math.Ldexp(1024+fraction, exponent-25)
}

func appendUUID(dst []byte, v *parquet.Value) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	for i, b := range v.ByteArray() {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = append(dst, digits[b>>4], digits[b&15])
	}
	return append(dst, '"')
}

// appendQuoted appends text as a JSON string. Bytes that are no UTF-8 stay as they are.
func appendQuoted[T string | []byte](dst []byte, text T) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	from := 0
	for i := range len(text) {
		b := text[i]
		if b >= ' ' && b != '"' && b != '\\' {
			continue
		}
		dst = append(dst, text[from:i]...)
		from = i + 1
		switch b {
		case '"', '\\':
			dst = append(dst, '\\', b)
		case '\n':
			dst = append(dst, `\n`...)
		case '\t':
			dst = append(dst, `\t`...)
		case '\r':
			dst = append(dst, `\r`...)
		default:
			dst = append(dst, '\\', 'u', '0', '0', digits[b>>4], digits[b&15])
		}
	}
	return append(append(dst, text[from:]...), '"')
}
