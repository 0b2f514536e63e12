//go:build unix

package processes

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"syscall"
)

// newPipe is os.Pipe without Go's poller, which would want four calls for each pipe and is not
// asked: the reactor waits for it.
func newPipe() (r, w *os.File, err error) {
	var fds [2]int
	syscall.ForkLock.RLock()
	err = syscall.Pipe(fds[:])
	if err == nil {
		syscall.CloseOnExec(fds[0])
		syscall.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, os.NewSyscallError("pipe", err)
	}
	return os.NewFile(uintptr(fds[0]), "pipe"), os.NewFile(uintptr(fds[1]), "pipe"), nil
}

// ownGroup makes a process the first one of a group.
func ownGroup(own bool) *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: own} }

// signalGroup sends a signal to a process that was not waited for and, when it has a group
// of its own, to all in that. Those that are stopped go on, since they would not take it.
func signalGroup(p *os.Process, own bool, s os.Signal) {
	for _, s := range []os.Signal{s, syscall.SIGCONT} {
		number, ok := s.(syscall.Signal)
		if ok && own {
			_ = syscall.Kill(-p.Pid, number)
			continue
		}
		_ = p.Signal(s)
	}
}

// groupLives reports whether a group has processes that have not ended. Its number is not
// used again before all of them were waited for, which may take whoever does that some time.
func groupLives(group int) bool {
	if syscall.Kill(-group, 0) == syscall.ESRCH {
		return false
	}
	processes, err := namesIn("/proc")
	if err != nil || !slices.Contains(processes, "self") {
		return true // a system that tells no more
	}
	for _, name := range processes {
		if name[0] < '1' || name[0] > '9' {
			continue
		}
		text, err := os.ReadFile("/proc/" + name + "/stat")
		if err != nil {
			continue // it has gone meanwhile
		}
		_, rest, _ := bytes.Cut(text[bytes.LastIndexByte(text, ')')+1:], []byte(" "))
		f := bytes.Fields(rest) // its state, its parent, its group
		if len(f) > 2 && string(f[2]) == strconv.Itoa(group) && f[0][0] != 'Z' && f[0][0] != 'X' {
			return true
		}
	}
	return false
}

// namesIn returns the names in a directory, in any order.
func namesIn(dir string) ([]string, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}
