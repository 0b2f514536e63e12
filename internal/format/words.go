package format

import (
	"encoding/binary"
	"math/bits"
)

// Words of eight equal bytes.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// zeros returns a word in which the high bit of every byte is set that is zero in x, and no
// other.
func zeros(x uint64) uint64 { return ^((x&^highs + ^uint64(highs)) | x | ^uint64(highs)) }

// word returns the eight bytes at the beginning of b.
func word(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// firstByte returns the number of the lowest byte of a mask whose high bit is set.
func firstByte(mask uint64) int { return bits.TrailingZeros64(mask) >> 3 }

// index2 returns where the first of two bytes stands in b, or len(b).
func index2(b []byte, x, y byte) int {
	i := 0
	px, py := ones*uint64(x), ones*uint64(y)
	for ; i+8 <= len(b); i += 8 {
		w := word(b[i:])
		if m := zeros(w^px) | zeros(w^py); m != 0 {
			return i + firstByte(m)
		}
	}
	for ; i < len(b); i++ {
		if b[i] == x || b[i] == y {
			return i
		}
	}
	return i
}

// room returns list with capacity for n more.
func room[T any](list []T, n int) []T {
	if cap(list)-len(list) >= n {
		return list
	}
	larger := make([]T, len(list), 2*cap(list)+n)
	copy(larger, list)
	return larger
}
