package reactor

import (
	"fmt"
	"runtime"
	"strings"
)

// maxStack is of how many calls a PanicError tells, as many as Go's own tracebacks have.
const maxStack = 100

// callers returns where the calling functions go on, that of NewPanicError first.
func callers() []uintptr {
	pcs := make([]uintptr, 24) // enough for most
	for {
		n := runtime.Callers(2, pcs)
		if n < len(pcs) || n >= maxStack {
			return pcs[:n]
		}
		pcs = make([]uintptr, min(2*n, maxStack))
	}
}

// Stack returns the calls that led to the panic, as a goroutine's traceback shows them. Any
// goroutine.
func (e *PanicError) Stack() []byte {
	text := []byte("goroutine [running]:\n")
	frames := runtime.CallersFrames(e.stack)
	for more := len(e.stack) > 0; more; {
		var f runtime.Frame
		f, more = frames.Next()
		if name := shownAs(f.Function); name != "" {
			text = fmt.Appendf(text, "%s(...)\n\t%s:%d", name, f.File, f.Line)
			if f.Func != nil { // not inlined
				text = fmt.Appendf(text, " +%#x", f.PC+1-f.Entry)
			}
			text = append(text, '\n')
		}
	}
	if len(e.stack) == maxStack {
		text = append(text, "...additional frames elided...\n"...)
	}
	return text
}

// shownAs returns the name of a function as tracebacks show it; "" when they leave it out, as
// they do with what is inside the runtime.
func shownAs(function string) string {
	name, inside := strings.CutPrefix(function, "runtime.")
	switch {
	case name == "gopanic" && inside:
		return "panic"
	case inside && (name == "" || name[0] < 'A' || name[0] > 'Z'):
		return ""
	}
	return function
}
