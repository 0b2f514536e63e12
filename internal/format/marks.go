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
		(*m)[i] = marksOf(text[i*64:min(len(text), i*64+64)], a, b, c, low)
	}
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
