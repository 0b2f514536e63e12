package layer

import "sync/atomic"

// Meter is told what moves through the pipes that have it, and how long their ends wait. Any goroutine
// may read it.
type Meter struct {
	Rows, Bytes     atomic.Int64 // bytes are those of text
	Uncounted       atomic.Bool  // there were rows that nobody has counted
	InWait, OutWait atomic.Int64 // nanoseconds in which the reader, and the writer, waited
}
