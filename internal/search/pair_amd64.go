//go:build !purego

package search

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// hasPair says that findPair may be called.
var hasPair = cpu.X86.HasAVX2

// findPair looks at places from p on, 32 at a time, until n of them were looked at, for ones
// where the byte first places behind is a and the byte second places behind is b, once the
// bits of fold are set in both. It returns the first of 32 places among which there are
// some, with a bit for each that is one; the mask is 0 when there are none. It reads 31
// bytes beyond the last place.
//
//go:noescape
func findPair(p unsafe.Pointer, n, first, second int, a, b, fold byte) (at int, mask uint32)
