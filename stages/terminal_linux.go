package stages

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"mtpipe/microthread"
	"mtpipe/pipeline"
	"mtpipe/reactor"
)

type terminalKey struct{}

// controlled reports whether there is a terminal that programs can open by its name.
func controlled(j *pipeline.Job) bool {
	return pipeline.Shared(j, terminalKey{}, func() bool {
		f, err := os.OpenFile("/dev/tty", os.O_RDONLY, 0)
		if err == nil {
			f.Close()
		}
		return err == nil
	})
}

// endForTerminal is the body of a thread that ends the program when it has been stopped for
// reading from the terminal in the background: it would be so for ever.
func (c *child) endForTerminal(t *microthread.Thread) error {
	children, err := t.Program().Reactor().WatchSignals(syscall.SIGCHLD)
	if err != nil {
		return err
	}
	defer children.Close()
	for s := syscall.SIGTERM; ; s = syscall.SIGKILL {
		for c.reaped || !wantsTerminal(c.process) {
			if _, err := t.DeferTo(reactor.Signals, children, 0); err != nil {
				return err
			}
		}
		c.wantsTerminal = true
		c.send(s)
	}
}

// wantsTerminal reports whether a process that was not waited for is stopped for what it wants
// of the terminal.
func wantsTerminal(p *os.Process) bool {
	var info unix.Siginfo
	err := unix.Waitid(unix.P_PID, p.Pid, &info, unix.WSTOPPED|unix.WNOHANG|unix.WNOWAIT, nil)
	if err != nil || info.Code != cldStopped {
		return false
	}
	// Behind the head of four words stand the process, its user and the signal.
	s := syscall.Signal((*[7]int32)(unsafe.Pointer(&info))[6])
	return s == syscall.SIGTTIN || s == syscall.SIGTTOU
}

const cldStopped = 5 // the code CLD_STOPPED
