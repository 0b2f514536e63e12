//go:build unix

package terminal

import (
	"os"

	"golang.org/x/sys/unix"
)

// Width returns how many columns the terminal f has, 0 when it does not say, and whether f is
// a terminal.
func Width(f *os.File) (columns int, ok bool) {
	c, err := f.SyscallConn() // Fd would change the blocking mode
	if err != nil {
		return 0, false
	}
	_ = c.Control(func(fd uintptr) {
		if size, err := unix.IoctlGetWinsize(int(fd), unix.TIOCGWINSZ); err == nil {
			columns, ok = int(size.Col), true
		}
	})
	return columns, ok
}
