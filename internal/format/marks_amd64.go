//go:build !purego

package format

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

var hasMarks = cpu.X86.HasAVX2

// marksAVX2 writes n words to out, n being more than 0: a bit for each byte from p on, which
// is set when the byte is a, b or c, or not larger than low.
//
//go:noescape
func marksAVX2(p unsafe.Pointer, out *uint64, n int, a, b, c, low byte)
