//go:build !linux

package main

import (
	"io"
	"os"
)

// messages returns standard error.
func messages() io.Writer { return os.Stderr }
