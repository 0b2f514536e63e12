package microthread

import (
	"errors"
	"fmt"
	"path"
	"runtime"
	"strconv"
	"strings"

	"mtpipe/reactor"
)

// ErrNotRunning says that a function which may suspend its thread was called for a thread that
// does not run, such as the t of an outer function, or by another goroutine than the thread's.
// Functions that return an error return it; the others panic with it.
var ErrNotRunning = errors.New("not the running thread")

// check fails unless t is the running thread and its goroutine calls. It takes a nanosecond.
// Any goroutine.
func (t *Thread) check() error {
	if co := t.co; co != nil && co.g == currentG() && co.t == t && !t.finished {
		return nil
	}
	return t.misused(false)
}

// must is check for functions that return no error.
func (t *Thread) must() {
	if err := t.check(); err != nil {
		panic(err)
	}
}

// mayRead is check for what reads t's pipes, which a thread that works for t may do as well.
func (t *Thread) mayRead() error {
	if t.check() == nil {
		return nil
	}
	return t.misused(true)
}

// starts is must for what starts threads, which any thread of the program may do for t.
func (t *Thread) starts() {
	if co := t.co; co != nil && co.g == currentG() {
		return
	}
	t.startsAside()
}

//go:noinline
func (t *Thread) startsAside() {
	c := callOf()
	if c.on == elsewhere || c.on == byThread && !t.p.runsHere() {
		panic(c.misuse(t))
	}
}

// misused is check when the quick look has failed: what t is called for may be a part of the
// running thread that iter.Pull runs. With reading, the thread that reads for t may do so.
//
//go:noinline
func (t *Thread) misused(reading bool) error {
	if t.has(isStackless) {
		return reactor.ErrNoStack
	}
	c := callOf()
	switch now := c.running(t.p); {
	case now == nil || now.finished:
	case now == t && c.on == inPull, reading && now.rest.readsFor == t:
		return nil
	}
	return c.misuse(t)
}

// Misused returns what is wrong when a thread that does not run is to suspend.
func (s *stack) Misused() error { return (*Thread)(s).misused(false) }

// refused ends the suspension that has just begun when another goroutine than that of t has
// called for it.
//
//go:noinline
func (t *Thread) refused() bool {
	err := t.misused(false)
	if err != nil {
		t.d.Refuse(reactor.Failed(err))
	}
	return err != nil
}

// unlocked ends the lock of the calling goroutine to a thread of the operating system, and
// reports whether there was one: with it, Go's runtime would end the process at the next switch.
// It takes a microsecond or two.
func unlocked() (any bool) {
	for {
		var buf [64]byte
		line, _, _ := strings.Cut(string(buf[:runtime.Stack(buf[:], false)]), "\n")
		if !strings.Contains(line, "locked to thread") {
			return any
		}
		runtime.UnlockOSThread()
		any = true
	}
}

// brokenCritical returns the error of a thread that suspends in a critical section.
func brokenCritical() error {
	c := callOf()
	return fmt.Errorf("%w: %s at %s, in the one that begins at %s", ErrCritical, c.name, c.site, c.critical)
}

// runsHere reports whether the calling goroutine, which is that of a thread, is the running
// thread's of p.
func (p *Program) runsHere() bool {
	now := p.Current()
	return now != nil && now.co != nil && now.co.g == currentG()
}

// call is a call of a function of this package, or of one on top of it.
type call struct {
	name string // "Sleep", "Cond.Wait"
	site string // where it stands
	// critical is where the innermost critical section begins, if there is one.
	critical string
	on       goroutineOf
}

// goroutineOf says what the calling goroutine is.
type goroutineOf uint8

const (
	elsewhere goroutineOf = iota // none that has to do with threads
	inPull                       // a function that iter.Pull runs
	onReactor                    // that which runs a reactor
	byThread                     // a thread's
)

// callOf looks through the stack of the goroutine that calls it. It takes microseconds.
func callOf() (c call) {
	outside, before := false, ""
	var pcs [64]uintptr
	for skip := 2; ; skip += len(pcs) {
		n := runtime.Callers(skip, pcs[:])
		frames := runtime.CallersFrames(pcs[:n])
		for more := n > 0; more; {
			var f runtime.Frame
			f, more = frames.Next()
			outside = outside || !strings.HasPrefix(f.Function, "runtime.") && !ours(f)
			switch {
			case !outside:
				c.name = f.Function
			case c.site == "":
				c.site = fmt.Sprintf("%s:%d", f.File, f.Line)
			}
			if c.critical == "" && before == critical {
				c.critical = fmt.Sprintf("%s:%d", f.File, f.Line)
			}
			before = f.Function
			c.on = max(c.on, hostOf(f.Function))
		}
		if n < len(pcs) {
			c.name = shortFunction(c.name)
			return c
		}
	}
}

const critical = "mtpipe/microthread.(*Thread).Critical"

// ours reports whether the code belongs to the runtime of threads. It goes by the file, since
// what was inlined bears the name of its caller.
func ours(f runtime.Frame) bool {
	rest, ok := strings.CutPrefix(f.File, root())
	return ok && !strings.HasSuffix(rest, "_test.go") &&
		(strings.HasPrefix(rest, "microthread/") || strings.HasPrefix(rest, "pipe/") || strings.HasPrefix(rest, "reactor/"))
}

// root returns where this module's files are, with a slash at its end.
func root() string {
	_, file, _, _ := runtime.Caller(0)
	return strings.TrimSuffix(file, "microthread/misuse.go")
}

// hostOf says what a goroutine is that has the function on its stack.
func hostOf(function string) goroutineOf {
	switch {
	case strings.HasPrefix(function, "mtpipe/microthread.newCoroutine."):
		return byThread
	case function == "mtpipe/reactor.(*Reactor).goOn":
		return onReactor
	case strings.HasPrefix(function, "iter.Pull"):
		return inPull
	}
	return elsewhere
}

// shortFunction makes "Cond.Wait" of "mtpipe/microthread.(*Cond).Wait", and "Sleep" of that of
// a Thread.
func shortFunction(name string) string {
	name = strings.ReplaceAll(name, "[...]", "")
	if i := strings.LastIndex(name, "(*"); i >= 0 {
		name = name[i:]
	}
	name = strings.TrimPrefix(path.Base(name), "microthread.")
	name = strings.NewReplacer("(*", "", ")", "").Replace(name)
	parts := strings.Split(name, ".")
	for len(parts) > 1 && (isNumber(parts[len(parts)-1]) || strings.HasPrefix(parts[len(parts)-1], "func")) {
		parts = parts[:len(parts)-1] // of a function literal
	}
	return strings.TrimPrefix(strings.Join(parts, "."), "Thread.")
}

func isNumber(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}

// running returns the running thread of p when the goroutine is one of p, as far as that can
// be known, otherwise nil.
func (c call) running(p *Program) *Thread {
	if c.on == elsewhere || c.on == byThread && !p.runsHere() {
		return nil
	}
	return p.Current()
}

// misuse returns the error of a call for t.
func (c call) misuse(t *Thread) error {
	who := "while " + t.Name() + " does not run"
	now := c.running(t.p)
	switch {
	case c.on == elsewhere:
		who = "by another goroutine"
	case now != nil && now != t:
		who = fmt.Sprintf("while %s runs, started at %s", now.Name(), now.Site())
	case now == t:
		who = "after its end"
	case c.on == byThread:
		who = "by a thread of another program"
	case c.on == onReactor:
		who = "by a function that is no thread's"
	}
	return fmt.Errorf("%s of %s, called at %s %s: %w", c.name, t.Name(), c.site, who, ErrNotRunning)
}
