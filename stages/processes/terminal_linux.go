package processes

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"mtpipe/microthread"
	"mtpipe/pipeline"
	"mtpipe/reactor"
)

// terminalGuard ends programs that were stopped for what they want of the terminal in the
// background, where they would be for ever.
type terminalGuard struct {
	terminal bool // there is one, which programs can open by its name
	children map[*child]struct{}
	thread   *microthread.Thread // that watches them, while there are any
}

type terminalGuardKey struct{}

func terminalGuardOf(j *pipeline.Job) *terminalGuard {
	return pipeline.Shared(j, terminalGuardKey{}, func() *terminalGuard {
		f, err := os.OpenFile("/dev/tty", os.O_RDONLY, 0)
		if err == nil {
			f.Close()
		}
		return &terminalGuard{terminal: err == nil, children: make(map[*child]struct{})}
	})
}

// guardTerminal watches a program that is in the background until it ends.
func (c *child) guardTerminal() (stop func()) {
	g := terminalGuardOf(c.j)
	if !c.own || !g.terminal {
		return func() {}
	}
	g.children[c] = struct{}{}
	c.endForTerminal()
	if g.thread == nil {
		g.thread = c.j.Program().Start(microthread.Spec{Name: "the guard of the terminal", Run: g.watch})
	}
	return func() {
		if delete(g.children, c); len(g.children) == 0 {
			g.thread.Terminate()
			g.thread = nil
		}
	}
}

// watch looks at the children whenever one of them has stopped.
func (g *terminalGuard) watch(t *microthread.Thread) error {
	changes, err := t.Program().Reactor().WatchSignals(syscall.SIGCHLD)
	if err != nil {
		return err
	}
	defer changes.Close()
	for {
		if stoppedFor(unix.P_ALL, 0) != 0 {
			for c := range g.children {
				c.endForTerminal()
			}
		}
		if _, err := t.DeferTo(reactor.Signals, changes, 0); err != nil {
			return err
		}
	}
}

// endForTerminal ends the program if it wants the terminal, at the second time by force.
func (c *child) endForTerminal() {
	if c.reaped {
		return
	}
	if s := stoppedFor(unix.P_PID, c.process.Pid); s != syscall.SIGTTIN && s != syscall.SIGTTOU {
		return
	}
	s := syscall.SIGTERM
	if c.wantsTerminal {
		s = syscall.SIGKILL
	}
	c.wantsTerminal = true
	c.send(s)
}

// stoppedFor returns the signal that has stopped a child, or any if so asked, which was not
// waited for; 0 when none is stopped.
func stoppedFor(idType, id int) syscall.Signal {
	var info unix.Siginfo
	err := unix.Waitid(idType, id, &info, unix.WSTOPPED|unix.WNOHANG|unix.WNOWAIT, nil)
	if err != nil || info.Code != cldStopped {
		return 0
	}
	// Behind three words, and a fourth where pointers have two, stand the process, its user and
	// the signal.
	const head = 2 + unsafe.Sizeof(uintptr(0))/4
	return syscall.Signal((*[head + 3]int32)(unsafe.Pointer(&info))[head+2])
}

const cldStopped = 5 // the code CLD_STOPPED
