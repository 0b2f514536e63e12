package microthread

// callerPC returns the address that the calling function will return to: where a thread is
// started. It takes a nanosecond where runtime.Callers takes as long as two switches of
// stacks. The calling function must not be inlined.
func callerPC() uintptr
