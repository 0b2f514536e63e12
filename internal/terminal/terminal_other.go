//go:build !unix

package terminal

import (
	"os"
	"time"
)

// Width reports whether f is a terminal, or a device like it, whose columns are not known.
func Width(f *os.File) (columns int, ok bool) {
	info, err := f.Stat()
	return 0, err == nil && info.Mode()&os.ModeCharDevice != 0
}

// waitFor waits a little.
func waitFor(*os.File) { time.Sleep(writeAgain) }
