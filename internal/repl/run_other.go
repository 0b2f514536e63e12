//go:build !(linux || darwin || dragonfly || freebsd || netbsd || openbsd)

package repl

import (
	"errors"
	"os"
)

// Run is not there on this system.
func Run(Options) (string, error) { return "", errors.New("is not there on this system") }

func lock(*os.File) error { return nil }
