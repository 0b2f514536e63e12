package value

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// tens are the powers of ten that a float64 holds exactly.
var tens = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// Decimal reads a number of up to 18 digits without blanks or an exponent, and returns its
// bits as KindInt or KindFloat; KindNull says that b is something else, which may be a number
// all the same. A quotient of two numbers that a
// float64 holds exactly is rounded once, so it is the nearest one (Clinger, How to Read
// Floating Point Numbers Accurately, 1990).
func Decimal(b []byte) (uint64, Kind) {
	if len(b) == 0 || len(b) > 20 {
		return 0, KindNull
	}
	sign := uint64(0)
	if b[0] == '-' || b[0] == '+' {
		sign = uint64(b[0]-'+') >> 1
		b = b[1:]
	}
	if n := len(b); n >= 4 && n <= 8 {
		low, high := uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[n-4:]))
		return parseEight(low|high<<(8*(n-4)), n, sign)
	}
	return parseLong(b, sign)
}

const eachByte = 0x0101010101010101

// parseEight reads the n characters in x, 4 to 8, the first in the lowest byte, all at once.
func parseEight(x uint64, n int, sign uint64) (uint64, Kind) {
	x <<= 8 * (8 - n)
	x ^= '0' * eachByte << (8 * (8 - n)) // digits are 0 to 9 now, as are the bytes before the first
	fraction := -1
	if other := (x + (0x80-10)*eachByte | x) & (0x80 * eachByte); other != 0 {
		at := bits.TrailingZeros64(other) &^ 7
		if other&(other-1) != 0 || byte(x>>at) != '.'^'0' {
			return 0, KindNull
		}
		fraction = 7 - at/8
		before := x & (1<<at - 1)
		x = x>>8>>at<<8<<at | before<<8
	}
	// two, four and eight digits together (Lemire, Quickly parsing eight digits, 2018)
	x = x * (1 + 10<<8) >> 8
	x = (x & 0x00ff00ff00ff00ff) * (1 + 100<<16) >> 16
	x = (x & 0x0000ffff0000ffff) * (1 + 10000<<32) >> 32
	if fraction < 0 {
		return (x ^ -sign) + sign, KindInt
	}
	return math.Float64bits(float64(x)/tens[fraction]) | sign<<63, KindFloat
}

func parseLong(b []byte, sign uint64) (uint64, Kind) {
	var m uint64
	point := -1
	for i, c := range b {
		if c -= '0'; c <= 9 {
			m = m*10 + uint64(c)
			continue
		}
		if b[i] != '.' || point >= 0 {
			return 0, KindNull
		}
		point = i
	}
	digits := len(b)
	if point < 0 {
		if digits == 0 || digits > 18 {
			return 0, KindNull
		}
		return (m ^ -sign) + sign, KindInt
	}
	if digits--; digits == 0 || digits > 18 || m > 1<<53 {
		return 0, KindNull
	}
	return math.Float64bits(float64(m)/tens[len(b)-point-1]) | sign<<63, KindFloat
}
