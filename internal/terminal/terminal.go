// Package terminal tells terminals from other files. Any goroutine may ask.
package terminal

import "os"

// Is reports whether f is a terminal.
func Is(f *os.File) bool {
	_, ok := Width(f)
	return ok
}
