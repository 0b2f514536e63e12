//go:build !amd64 || purego

package search

import "unsafe"

const hasPair = false

func findPair(unsafe.Pointer, int, int, int, byte, byte, byte) (at int, mask uint32) { return 0, 0 }
