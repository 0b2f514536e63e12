//go:build unix

package stages

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// ownGroup makes a process the first one of a group.
func ownGroup(own bool) *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: own} }

// signalGroup sends a signal to a process that was not waited for and, when it has a group
// of its own, to all in that.
func signalGroup(p *os.Process, own bool, s os.Signal) {
	number, ok := s.(syscall.Signal)
	if ok && own {
		_ = syscall.Kill(-p.Pid, number)
		return
	}
	_ = p.Signal(s)
}

// groupLives reports whether a group has processes. Its number is not used again before it
// has none.
func groupLives(group int) bool { return syscall.Kill(-group, 0) != syscall.ESRCH }

func isTerminal(f *os.File) bool {
	raw, err := f.SyscallConn()
	if err != nil {
		return false
	}
	terminal := false
	_ = raw.Control(func(fd uintptr) {
		_, err := unix.IoctlGetWinsize(int(fd), unix.TIOCGWINSZ)
		terminal = err == nil
	})
	return terminal
}
