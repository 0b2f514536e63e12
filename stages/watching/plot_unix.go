//go:build unix

package watching

import (
	"os"

	"golang.org/x/sys/unix"
)

// terminalWidth returns how many columns the terminal has that is standard output; 80 when
// it is none.
func terminalWidth() int {
	width := usualWidth
	c, err := os.Stdout.SyscallConn() // Fd would change the blocking mode
	if err != nil {
		return width
	}
	_ = c.Control(func(fd uintptr) {
		if size, err := unix.IoctlGetWinsize(int(fd), unix.TIOCGWINSZ); err == nil && size.Col > 0 {
			width = max(int(size.Col), 20)
		}
	})
	return width
}
