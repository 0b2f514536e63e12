package reactor

// Descriptors is the class of the notifier for file descriptors: a reason is a Readiness.
// The waiting thread is continued with a nil value when the descriptor is ready, also when
// it is so because of an error or a hang-up, which the next call on it then reports.
// Descriptors that cannot be waited for, such as regular files, are ready at once.
var Descriptors = &NotifierClass{Name: "descriptors", Priority: 20, New: newDescriptors}

// Readiness is a reason to wait in the Descriptors notifier: until FD can be read from, or
// written to. One thread at a time may wait for each of the two. Whoever closes a
// descriptor calls Forget first.
type Readiness struct {
	FD    int
	Write bool
}

// NewDefaultSystem returns a system with the notifiers for descriptors, file events, child
// processes, signals and blocking calls.
func NewDefaultSystem() *System {
	return NewSystem(Descriptors, FileEvents, Children, Signals, Blocking)
}
