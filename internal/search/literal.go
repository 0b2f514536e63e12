// Package search finds lines in text: those that hold a literal, and those that a regular
// expression matches, by a literal that every match must hold where there is one.
package search

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unsafe"
)

// Literal finds one byte string in text. It compares many places at a time in two of the
// string's bytes, the rarest ones, and looks closer where both agree (Muła, SIMD-friendly
// algorithms for substring searching, 2016). Without vector instructions it does the same
// with eight places and three bytes (SWAR, SIMD within a register).
type Literal struct {
	text []byte
	fold bool   // without regard to ASCII case
	at   [3]int // places of the bytes that are compared
	want [3]uint64
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
	cases = 0x2020202020202020
)

// NewLiteral returns a finder of text, which must not be empty. With fold, ASCII letters
// match in either case, and other bytes may match what differs from them in the same bit:
// the caller looks again.
func NewLiteral(text []byte, fold bool) *Literal {
	l := &Literal{text: bytes.Clone(text), fold: fold}
	l.choose()
	for i, at := range l.at {
		c := text[at]
		if fold {
			c |= 0x20
		}
		l.want[i] = ones * uint64(c)
	}
	return l
}

// choose picks the three rarest bytes; of equals, the ones that stand first.
func (l *Literal) choose() {
	used := make([]bool, len(l.text))
	for i := range l.at {
		best := -1
		for k, c := range l.text {
			if !used[k] && (best < 0 || frequency(c) < frequency(l.text[best])) {
				best = k
			}
		}
		if best < 0 {
			best = l.at[0]
		}
		used[best] = true
		l.at[i] = best
	}
}

// frequency ranks bytes by how often they stand in logs and prose.
func frequency(c byte) int {
	switch {
	case c == ' ':
		return 100
	case c == '0' || c == '1' || c == '2':
		return 90
	case bytes.IndexByte([]byte("etaonirs"), c|0x20) >= 0 && c >= 'a':
		return 85
	case c >= '0' && c <= '9', c == '.', c == '/', c == '"', c == '-', c == ':', c == ',':
		return 80
	case c >= 'a' && c <= 'z':
		return 70
	case c >= 'A' && c <= 'Z':
		return 50
	}
	return 30
}

// Index returns where the literal first stands in s, or -1.
func (l *Literal) Index(s []byte) int {
	last := len(s) - len(l.text) // of the places where it may stand
	i := 0
	if hasPair && last >= 32 {
		if i = l.pairs(s, last-31); i < 0 {
			return ^i
		}
	} else if last >= 8 {
		if i = l.wide(s, last-7); i < 0 {
			return ^i
		}
	}
	for ; i <= last; i++ {
		if l.matches(s[i:]) {
			return i
		}
	}
	return -1
}

// pairs is wide with 32 places at a time, at two of the bytes.
func (l *Literal) pairs(s []byte, limit int) int {
	base := unsafe.Pointer(unsafe.SliceData(s))
	var fold byte
	if l.fold {
		fold = 0x20
	}
	i := 0
	for i < limit {
		at, mask := findPair(unsafe.Add(base, i), limit-i, l.at[0], l.at[1], byte(l.want[0]), byte(l.want[1]), fold)
		i += at
		for ; mask != 0; mask &= mask - 1 {
			if k := i + bits.TrailingZeros32(mask); l.matches(s[k:]) {
				return ^k
			}
		}
		if i < limit {
			i += 32
		}
	}
	return i
}

// wide looks at eight places at a time, from 0 up to limit at most. It returns the
// complement of the place where it found the literal, or the first place that it did not
// look at. All eight bytes behind each of the compared ones are inside s, because the
// literal ends behind them: that is why the loads need no bounds checks.
func (l *Literal) wide(s []byte, limit int) int {
	base := unsafe.Pointer(unsafe.SliceData(s))
	pa, pb, pc := unsafe.Add(base, l.at[0]), unsafe.Add(base, l.at[1]), unsafe.Add(base, l.at[2])
	wa, wb, wc := l.want[0], l.want[1], l.want[2]
	var fold uint64
	if l.fold {
		fold = cases
	}
	i := 0
	for ; i < limit; i += 8 {
		x := (load(pa, i) | fold) ^ wa
		x |= (load(pb, i) | fold) ^ wb
		x |= (load(pc, i) | fold) ^ wc
		for z := (x - ones) &^ x & highs; z != 0; z &= z - 1 {
			if at := i + bits.TrailingZeros64(z)/8; l.matches(s[at:]) {
				return ^at
			}
		}
	}
	return i
}

// load returns the eight bytes at p+i, the first of them lowest.
func load(p unsafe.Pointer, i int) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(p, i))[:])
}

func (l *Literal) matches(s []byte) bool {
	if !l.fold {
		return string(s[:len(l.text)]) == string(l.text)
	}
	for i, c := range l.text {
		if s[i]|0x20 != c|0x20 {
			return false
		}
	}
	return true
}
