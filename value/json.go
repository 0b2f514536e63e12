package value

import (
	"bytes"
	"math"
	"time"
	"unicode/utf8"
)

// AppendJSON appends v as JSON: numbers with all their digits, keys in their order, text
// with only what JSON demands escaped. Untyped text that IsPlainNumber is a number;
// a record that was read from one line of JSON is written as it came. Bytes that are not UTF-8 become U+FFFD, which JSON
// has no other way to say; infinities and NaN become null; an error is {"error": text}.
func (v Value) AppendJSON(dst []byte) []byte {
	switch v.k {
	case KindNull:
		return append(dst, "null"...)
	case KindBool, KindInt, KindBig, KindNumber:
		return v.AppendText(dst)
	case KindFloat:
		if f := v.AsFloat(); math.IsInf(f, 0) || math.IsNaN(f) {
			return append(dst, "null"...)
		}
		return v.AppendText(dst)
	case KindText:
		if IsPlainNumber(v.Bytes()) {
			return append(dst, v.Bytes()...)
		}
		return AppendQuoted(dst, v.Bytes())
	case KindString:
		return AppendQuoted(dst, v.Bytes())
	case KindTime:
		return AppendQuoted(dst, v.AsTime().AppendFormat(nil, time.RFC3339Nano))
	case KindList:
		dst = append(dst, '[')
		for i, e := range v.AsList() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = e.AppendJSON(dst)
		}
		return append(dst, ']')
	case KindRecord:
		return v.AsRecord().appendJSON(dst)
	case KindError:
		dst = append(dst, `{"error":`...)
		dst = AppendQuoted(dst, []byte(v.AsError().Error()))
		return append(dst, '}')
	default:
		return AppendQuoted(dst, v.AppendText(nil))
	}
}

func (r *Record) appendJSON(dst []byte) []byte {
	if r.printsRaw() {
		return append(dst, r.raw...)
	}
	dst = append(dst, '{')
	for i, e := range r.vals {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendQuoted(dst, TextOf(r.shape.names[i]).Bytes())
		dst = append(dst, ':')
		dst = e.AppendJSON(dst)
	}
	return append(dst, '}')
}

// printsRaw reports whether the record is printed as it was read: as JSON on one line.
func (r *Record) printsRaw() bool {
	return r.raw != nil && isJSON(r.codec) && bytes.IndexByte(r.raw, '\n') < 0
}

// jsonText is the codec of records of JSON that were encoded on the way: their fields are known.
type jsonText struct{}

func (jsonText) Parse(*Records)      {}
func (jsonText) Decode([]byte) Value { return Null }
func (jsonText) Name() string        { return "jsonl" }

func isJSON(c Codec) bool { return c.Name() == "jsonl" || c.Name() == "json" }

// IsPlainNumber reports whether b is a number as JSON spells it without an exponent: digits
// without a zero before others, perhaps a minus sign before them, perhaps a point and digits
// after them. Such untyped text is a number in JSON; 007, +1, .5, 5. and 1e5 are strings there.
func IsPlainNumber(b []byte) bool {
	if len(b) > 0 && b[0] == '-' {
		b = b[1:]
	}
	i := 0
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	if i == 0 || b[0] == '0' && i > 1 {
		return false
	}
	if i == len(b) {
		return true
	}
	point := i
	for i++; i < len(b) && b[i]-'0' <= 9; i++ {
	}
	return b[point] == '.' && i == len(b) && i > point+1
}

const hexDigits = "0123456789abcdef"

// AppendQuoted appends s as a JSON string.
func AppendQuoted(dst, s []byte) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRune(s[i:])
			if r == utf8.RuneError && size == 1 {
				dst = append(append(dst, s[start:i]...), "\ufffd"...)
				start = i + 1
			}
			i += size
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		dst = appendEscape(dst, c)
		i++
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}
