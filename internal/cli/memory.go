package cli

import "runtime/debug"

// ballast is memory that is never touched, and so costs nothing. The garbage collector runs
// when the heap has grown by gcPercent: beside the ballast, a small heap is not collected
// every few megabytes, and a large one does not grow to twice what is needed.
var ballast []byte

const (
	ballastSize = 24 << 20
	gcPercent   = 40

	// baseMemory is what the program needs besides the data that stages keep.
	baseMemory = 8 << 20
)

// tuneMemory tells the garbage collector how to treat a program of this kind.
func tuneMemory() {
	ballast = make([]byte, ballastSize)
	debug.SetGCPercent(gcPercent)
}

// limitMemory makes the garbage collector keep to what stages may keep and the program needs.
func limitMemory(stages int64) {
	ballast = nil
	debug.SetMemoryLimit(stages + baseMemory)
}
