//go:build !amd64 || purego

package format

import "unsafe"

const hasMarks = false

func marksAVX2(unsafe.Pointer, *uint64, int, byte, byte, byte, byte) {}
