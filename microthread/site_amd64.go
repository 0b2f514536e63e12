package microthread

// callerPC returns the address that the calling function will return to: where a thread is
// started. It adds 1 percent to a start where runtime.Callers adds 18, because that looks up
// the tables of each function that it passes:
//
//	go test -run '^$' -bench 'Site|Thread/create' ./microthread
//
// The calling function must not be inlined.
func callerPC() uintptr
