//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package cli

import (
	"os"
	"syscall"
)

// info returns the signal that Ctrl-T sends.
func info() []os.Signal { return []os.Signal{syscall.SIGINFO} }
