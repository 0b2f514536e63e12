//go:build !unix

package terminal

import (
	"os"
	"time"
)

// Size reports whether f is a terminal, or a device like it, whose size is not known.
func Size(f *os.File) (columns, rows int, ok bool) {
	info, err := f.Stat()
	return 0, 0, err == nil && info.Mode()&os.ModeCharDevice != 0
}

// waitFor waits a little.
func waitFor(*os.File) { time.Sleep(writeAgain) }
