// Package terminal tells terminals from other files, and writes messages to either. Any goroutine
// may ask and write.
package terminal

import "os"

// Is reports whether f is a terminal.
func Is(f *os.File) bool {
	_, _, ok := Size(f)
	return ok
}
