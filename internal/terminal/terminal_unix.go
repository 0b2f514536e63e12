//go:build unix

package terminal

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Size returns how many columns and rows the terminal f has, 0 when it does not say, and whether f
// is a terminal.
func Size(f *os.File) (columns, rows int, ok bool) {
	c, err := f.SyscallConn() // Fd would change the blocking mode
	if err != nil {
		return 0, 0, false
	}
	_ = c.Control(func(fd uintptr) {
		if size, err := unix.IoctlGetWinsize(int(fd), unix.TIOCGWINSZ); err == nil {
			columns, rows, ok = int(size.Col), int(size.Row), true
		}
	})
	return columns, rows, ok
}

// waitFor waits until f may take more, and a little at least.
func waitFor(f *os.File) {
	time.Sleep(writeAgain)
	c, err := f.SyscallConn()
	if err != nil {
		return
	}
	_ = c.Control(func(fd uintptr) {
		_, _ = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}, -1)
	})
}
