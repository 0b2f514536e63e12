//go:build !amd64

package microthread

import "runtime"

// callerPC returns the address that the calling function will return to: where a thread is
// started. The calling function must not be inlined.
//
//go:noinline
func callerPC() uintptr {
	var pcs [1]uintptr
	runtime.Callers(3, pcs[:])
	return pcs[0]
}
