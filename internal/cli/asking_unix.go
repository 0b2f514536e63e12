//go:build unix

package cli

import (
	"os"
	"syscall"
)

// asking returns the signals that ask a run what it has so far.
func asking() []os.Signal { return append([]os.Signal{syscall.SIGUSR1}, info()...) }
