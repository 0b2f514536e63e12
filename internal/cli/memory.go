package cli

import "runtime/debug"

// heap is what the garbage collector is told about a program of this kind.
type heap struct {
	// ballast is memory that is never touched, and so costs nothing. The garbage collector
	// runs when the heap has grown by gcPercent: beside the ballast, a small heap is not
	// collected every few megabytes, and a large one does not grow to twice what is needed.
	ballast []byte
}

const (
	ballastSize = 24 << 20
	gcPercent   = 40

	// baseMemory is what the program needs besides the data that stages keep.
	baseMemory = 8 << 20
)

func newHeap() heap {
	debug.SetGCPercent(gcPercent)
	return heap{make([]byte, ballastSize)}
}

// limit makes the garbage collector keep to what stages may keep and the program needs.
func (h *heap) limit(stages int64) {
	h.ballast = nil
	debug.SetMemoryLimit(stages + baseMemory)
}
