package ordering

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"strconv"

	"mtpipe/value"
)

// compare compares two keys by a mode. For the modes that go by text they are text.
func compare(m Mode, a, b value.Value) int {
	switch m {
	case ByValue:
		return value.Compare(a, b)
	case ByNumber:
		return compareNumerals(numeralOf(a.Bytes()), numeralOf(b.Bytes()))
	case ByHuman:
		x, y := numeralOf(a.Bytes()), numeralOf(b.Bytes())
		if c := cmp.Compare(x.magnitude(), y.magnitude()); c != 0 {
			return c
		}
		return compareNumerals(x, y)
	case ByVersion:
		return compareVersions(a.Bytes(), b.Bytes())
	case ByLetter:
		return compareFolded(a.Bytes(), b.Bytes())
	}
	return bytes.Compare(a.Bytes(), b.Bytes())
}

// prefixOf returns the prefix of a key, and whether equal prefixes mean equal keys when
// that is so for both.
func prefixOf(m Mode, v value.Value) (prefix uint64, all bool) {
	switch m {
	case ByValue:
		return valuePrefix(v)
	case ByNumber:
		n := numeralOf(v.Bytes())
		f, exact := n.float()
		return value.OrderedBits(f), exact
	case ByHuman:
		n := numeralOf(v.Bytes())
		f, _ := n.float()
		const middle = 1 << 4 // of the magnitudes, which are five bits
		return uint64(n.magnitude()+middle)<<59 | value.OrderedBits(f)>>5, false
	case ByVersion:
		return 0, false
	}
	text := v.Bytes()
	if m == ByLetter {
		return foldedPrefix(text), len(text) <= step
	}
	return textPrefix(text, len(text)), len(text) <= step
}

// textPrefix returns the first bytes of a text of length n, then how many there are.
func textPrefix(text []byte, n int) uint64 {
	if len(text) >= 8 {
		return binary.BigEndian.Uint64(text)&^0xff | continued
	}
	var p uint64
	for i := range len(text) {
		p |= uint64(text[i]) << (56 - 8*i)
	}
	return p | uint64(min(n, continued))
}

// foldedPrefix returns the prefix of a text with capitals for small letters.
func foldedPrefix(text []byte) uint64 {
	var folded [step]byte
	n := min(len(text), step)
	for i, c := range text[:n] {
		folded[i] = capital(c)
	}
	return textPrefix(folded[:n], len(text))
}

// valuePrefix encodes the beginning of v so that prefixes stand in the order that
// value.Compare gives: the class in four bits, then the number or the text.
func valuePrefix(v value.Value) (prefix uint64, all bool) {
	switch {
	case v.IsNull():
		return 0, true
	case v.Kind() == value.KindBool:
		if v.AsBool() {
			return 1<<60 | 1, true
		}
		return 1 << 60, true
	}
	if n, ok := v.Numeric(); ok {
		f, exact := nearest(n)
		return 2<<60 | value.OrderedBits(f)>>4, exact
	}
	if v.IsText() {
		text := v.Bytes()
		p := textPrefix(text, len(text))
		return 3<<60 | p>>8<<4 | p&0xf, len(text) <= step
	}
	return uint64(v.Kind()) << 60, false
}

// nearest returns the float nearest to the number n, and whether no other number has the
// same prefix and is exact.
func nearest(n value.Value) (f float64, exact bool) {
	switch n.Kind() {
	case value.KindInt:
		const limit = 1 << 48 // four bits of the fraction are not in the prefix
		return float64(n.AsInt()), n.AsInt() > -limit && n.AsInt() < limit
	case value.KindFloat:
		return n.AsFloat(), false
	}
	f, _ = strconv.ParseFloat(n.String(), 64)
	return f, false
}

// decimal returns v's text, floats without an exponent, which the rules for text do not
// know.
func decimal(v value.Value) []byte {
	if v.Kind() == value.KindFloat {
		return strconv.AppendFloat(nil, v.AsFloat(), 'f', -1, 64)
	}
	return v.AppendText(nil)
}

func capital(c byte) byte {
	if 'a' <= c && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

func compareFolded(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if x, y := capital(a[i]), capital(b[i]); x != y {
			return cmp.Compare(x, y)
		}
	}
	return cmp.Compare(len(a), len(b))
}

// numeral is the decimal number at the beginning of a text, as sort -n reads it: blanks, a
// sign, digits, a point, digits.
type numeral struct {
	negative bool
	whole    []byte // digits, without zeros at the beginning
	fraction []byte // digits, without zeros at the end
	suffix   byte   // what follows, 0 when nothing does
}

func numeralOf(text []byte) (n numeral) {
	i := 0
	for i < len(text) && (text[i] == ' ' || text[i] == '\t' || text[i] == '\n') {
		i++
	}
	if i < len(text) && text[i] == '-' {
		n.negative = true
		i++
	}
	for i < len(text) && text[i] == '0' {
		i++
	}
	start := i
	i = skipDigits(text, i)
	n.whole = text[start:i]
	if i < len(text) && text[i] == '.' {
		start = i + 1
		i = skipDigits(text, start)
		n.fraction = bytes.TrimRight(text[start:i], "0")
	}
	if i < len(text) {
		n.suffix = text[i]
	}
	if n.isZero() {
		n.negative = false
	}
	return n
}

func skipDigits(text []byte, i int) int {
	for i < len(text) && isDigit(text[i]) {
		i++
	}
	return i
}

func isDigit(c byte) bool { return c-'0' <= 9 }

func (n *numeral) isZero() bool { return len(n.whole)+len(n.fraction) == 0 }

// float returns the nearest float, and whether no other numeral that is exact has the same.
func (n *numeral) float() (f float64, exact bool) {
	const digits = 15 // that a float tells apart
	if len(n.whole)+len(n.fraction) <= digits {
		var i int64
		for _, c := range n.whole {
			i = 10*i + int64(c-'0')
		}
		for _, c := range n.fraction {
			i = 10*i + int64(c-'0')
		}
		f, exact = float64(i)/powers[len(n.fraction)], true
	} else {
		s := append(append(append([]byte(nil), n.whole...), '.'), n.fraction...)
		f, _ = strconv.ParseFloat(string(s), 64)
	}
	if n.negative {
		f = -f
	}
	return f, exact
}

var powers = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// magnitude returns the rank of the suffix, negative for negative numbers.
func (n *numeral) magnitude() int {
	if n.isZero() {
		return 0
	}
	m := 0
	if n.suffix == 'k' {
		m = 1
	} else if n.suffix != 0 {
		m = 1 + bytes.IndexByte([]byte("KMGTPEZYRQ"), n.suffix)
	}
	if n.negative {
		return -m
	}
	return m
}

func compareNumerals(a, b numeral) int {
	switch {
	case a.negative != b.negative:
		if a.negative {
			return -1
		}
		return 1
	case a.negative:
		a, b = b, a
	}
	if c := cmp.Compare(len(a.whole), len(b.whole)); c != 0 {
		return c
	}
	if c := bytes.Compare(a.whole, b.whole); c != 0 {
		return c
	}
	return bytes.Compare(a.fraction, b.fraction)
}

// compareVersions compares as sort -V does: pieces without digits by their bytes, letters
// before others and "~" before everything, even the end; pieces of digits by their size. A
// file's suffixes, such as .tar.gz, count only when the rest is equal.
func compareVersions(a, b []byte) int {
	if c := compareSpecial(a, b); c != 0 || len(a) == 0 || len(b) == 0 {
		return c
	}
	x, y := a[:withoutSuffix(a)], b[:withoutSuffix(b)]
	if c := comparePieces(x, y); c != 0 || len(x) == len(a) && len(y) == len(b) {
		return c
	}
	return comparePieces(a, b)
}

// compareSpecial orders what stands before all others: the empty text, ".", "..", and what
// begins with a point.
func compareSpecial(a, b []byte) int {
	rank := func(s []byte) int {
		switch {
		case len(s) == 0:
			return 0
		case string(s) == ".":
			return 1
		case string(s) == "..":
			return 2
		case s[0] == '.':
			return 3
		}
		return 4
	}
	return cmp.Compare(rank(a), rank(b))
}

// withoutSuffix returns the length of s without what looks like suffixes of a file's name:
// points, each before a letter or "~" and then letters, digits and "~", up to the end.
func withoutSuffix(s []byte) int {
	end := 0
	for i := 0; i < len(s); {
		i++
		end = i
		for i+1 < len(s) && s[i] == '.' && (isLetter(s[i+1]) || s[i+1] == '~') {
			for i += 2; i < len(s) && (isLetter(s[i]) || isDigit(s[i]) || s[i] == '~'); i++ {
			}
		}
	}
	return end
}

func isLetter(c byte) bool { return c|0x20-'a' < 26 }

// comparePieces compares pieces without digits and pieces of digits in turn.
func comparePieces(a, b []byte) int {
	for len(a) > 0 || len(b) > 0 {
		for len(a) > 0 && !isDigit(a[0]) || len(b) > 0 && !isDigit(b[0]) {
			if c := cmp.Compare(weight(a), weight(b)); c != 0 {
				return c
			}
			a, b = a[1:], b[1:] // neither is empty: the weight of an end is like no other
		}
		a, b = bytes.TrimLeft(a, "0"), bytes.TrimLeft(b, "0")
		n, m := skipDigits(a, 0), skipDigits(b, 0)
		if c := cmp.Compare(n, m); c != 0 {
			return c
		}
		if c := bytes.Compare(a[:n], b[:m]); c != 0 {
			return c
		}
		a, b = a[n:], b[m:]
	}
	return 0
}

// weight ranks the first byte of s among those that are no digits: "~", the end, a digit,
// letters, others.
func weight(s []byte) int {
	switch {
	case len(s) == 0:
		return -1
	case isDigit(s[0]):
		return 0
	case isLetter(s[0]):
		return int(s[0])
	case s[0] == '~':
		return -2
	}
	return int(s[0]) + 256
}
