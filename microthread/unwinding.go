package microthread

import "runtime"

// unwinding reports whether a panic is running the thread's deferred functions: to leave
// them by runtime.Goexit would hide it. A deferred function that recovers may go on for
// ever, so the answer is yes a limited number of times only.
func (t *Thread) unwinding() bool {
	if t.grace == maxGrace || !deferring() {
		return false
	}
	return t.inPanic()
}

// inPanic is unwinding for a goroutine that runs deferred functions, which a Goexit may have
// called as well.
//
//go:noinline
func (t *Thread) inPanic() bool {
	var pcs [32]uintptr
	for skip := 2; ; skip += len(pcs) {
		n := runtime.Callers(skip, pcs[:])
		for _, pc := range pcs[:n] {
			if ofPanic(pc) {
				t.grace++
				return true
			}
		}
		if n < len(pcs) {
			return false
		}
	}
}

const maxGrace = 16

// panicking is where the function of the runtime begins that calls deferred functions for a
// panic. To look its name up for each frame would take most of the time that a thread's end takes.
var panicking = func() (entry uintptr) {
	before := currentPanic()
	defer func() {
		during := currentPanic()
		_ = recover()
		panicsKnown = quickG && before == 0 && during != 0
		var pcs [8]uintptr
		for _, pc := range pcs[:runtime.Callers(1, pcs[:])] {
			if f := runtime.FuncForPC(pc - 1); f.Name() == "runtime.gopanic" {
				entry = f.Entry()
			}
		}
	}()
	panic("where am I?")
}()

// panicsKnown says that currentPanic gives what it promises.
var panicsKnown bool

// deferring reports whether a panic or a Goexit may be running deferred functions on the calling
// goroutine. It takes a nanosecond where a walk along the stack takes a microsecond or two, and
// what that needs of the stack beside.
func deferring() bool { return !panicsKnown || currentPanic() != 0 }

const longest = 16 << 10 // bytes of code that the function surely does not have

// ofPanic reports whether pc is a return address in that function.
func ofPanic(pc uintptr) bool {
	return pc > panicking && pc < panicking+longest && runtime.FuncForPC(pc-1).Entry() == panicking
}
