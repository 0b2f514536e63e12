//go:build !unix

package processes

import (
	"os"
	"syscall"
)

func newPipe() (r, w *os.File, err error) { return os.Pipe() }

// ownGroup does nothing where there are no process groups.
func ownGroup(bool) *syscall.SysProcAttr { return nil }

// signalGroup sends a signal to a process; one that the system does not have ends it.
func signalGroup(p *os.Process, _ bool, s os.Signal) {
	if p.Signal(s) != nil {
		_ = p.Kill()
	}
}

// groupLives reports that there are no groups.
func groupLives(int) bool { return false }
