// Package search finds lines in text: those that hold a literal, and those that a regular
// expression matches, by a literal that every match must hold where there is one.
package search

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// Literal finds one byte string in text. It compares eight places at a time in three of the
// string's bytes, the rarest ones, and looks closer where all three agree (the technique is
// known as SWAR, SIMD within a register).
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
	last := len(s) - len(l.text)   // of the places where it may stand
	wide := len(s) - len(l.text) - 7 // of those where eight can be looked at
	var fold uint64
	if l.fold {
		fold = cases
	}
	a, b, c := l.at[0], l.at[1], l.at[2]
	i := 0
	for ; i < wide; i += 8 {
		x := (binary.LittleEndian.Uint64(s[i+a:]) | fold) ^ l.want[0]
		x |= (binary.LittleEndian.Uint64(s[i+b:]) | fold) ^ l.want[1]
		x |= (binary.LittleEndian.Uint64(s[i+c:]) | fold) ^ l.want[2]
		for z := (x - ones) &^ x & highs; z != 0; z &= z - 1 {
			if at := i + bits.TrailingZeros64(z)/8; l.matches(s[at:]) {
				return at
			}
		}
	}
	for ; i <= last; i++ {
		if l.matches(s[i:]) {
			return i
		}
	}
	return -1
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
