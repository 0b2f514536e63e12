//go:build !unix

package terminal

import "os"

// Width reports whether f is a terminal, or a device like it, whose columns are not known.
func Width(f *os.File) (columns int, ok bool) {
	info, err := f.Stat()
	return 0, err == nil && info.Mode()&os.ModeCharDevice != 0
}
