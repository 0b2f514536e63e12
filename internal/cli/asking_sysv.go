//go:build unix && !(darwin || dragonfly || freebsd || netbsd || openbsd)

package cli

import "os"

// info returns nothing: there is no signal for it.
func info() []os.Signal { return nil }
