package format

import (
	"math/bits"
	"unsafe"
)

// marks is a bit for each byte of a text: those that a format gives a meaning to are found
// 64 at a time, and the bytes between them are not looked at (Langdale and Lemire, Parsing
// Gigabytes of JSON per Second, 2019).
type marks []uint64

// find sets the marks of the bytes of text that are a, b or c, or not larger than low.
func (m *marks) find(text []byte, a, b, c, low byte) {
	n := (len(text) + 63) / 64
	if cap(*m) < n {
		*m = make(marks, n+n/4)
	}
	*m = (*m)[:n]
	whole := len(text) / 64
	if hasMarks && whole > 0 {
		marksAVX2(unsafe.Pointer(unsafe.SliceData(text)), &(*m)[0], whole, a, b, c, low)
	} else {
		whole = 0
	}
	for i := whole; i < n; i++ {
		if left := text[i*64:]; len(left) >= 64 && low < 0x80 {
			(*m)[i] = marksOfWords((*[64]byte)(left), a, b, c, low)
		} else {
			(*m)[i] = marksOf(left[:min(len(left), 64)], a, b, c, low)
		}
	}
}

// marksOfWords returns what marksOf does of 64 bytes, eight at a time; low is less than 0x80. As in
// zeros, a sum of seven bits of a byte and what is missing to 0x80 reaches its highest bit when the byte is not
// 0, or larger than low, and never the next byte: those bits say which bytes are none of them. The product gathers the highest bits of eight bytes (Warren, Hacker's Delight, 6-1).
func marksOfWords(text *[64]byte, a, b, c, low byte) (m uint64) {
	as, bs, cs, lows := ones*uint64(a), ones*uint64(b), ones*uint64(c), ones*uint64(0x7f-low)
	for i := 0; i < 64; i += 8 {
		w := word(text[i:])
		x, y, z := w^as, w^bs, w^cs
		other := (x&^highs + ^uint64(highs) | x) & (y&^highs + ^uint64(highs) | y) & (z&^highs + ^uint64(highs) | z) & (w&^highs + lows | w)
		m |= (other>>7&ones ^ ones) * 0x0102040810204080 >> 56 << i
	}
	return m
}

// marksOf returns the marks of at most 64 bytes.
func marksOf(text []byte, a, b, c, low byte) (m uint64) {
	for i, x := range text {
		if x == a || x == b || x == c || x <= low {
			m |= 1 << i
		}
	}
	return m
}

// count returns how many there are.
func (m marks) count() (n int) {
	for _, w := range m {
		n += bits.OnesCount64(w)
	}
	return n
}

// next returns the first marked place from i on; limit when there is none before it.
func (m marks) next(i, limit int) int {
	if i >= limit {
		return limit
	}
	w := i >> 6
	x := m[w] >> (i & 63)
	if x != 0 {
		return min(i+bits.TrailingZeros64(x), limit)
	}
	for w++; w<<6 < limit; w++ {
		if m[w] != 0 {
			return min(w<<6+bits.TrailingZeros64(m[w]), limit)
		}
	}
	return limit
}
