//go:build !unix

package torture

import (
	"errors"
	"syscall"
)

// ownGroup puts a program into a process group of its own, which only Unix has.
func ownGroup() *syscall.SysProcAttr { return nil }

// terminate sends the signal TERM to a process group, which only Unix has.
func terminate(int) error { return errors.ErrUnsupported }

// killGroup ends a process group at once, which only Unix has.
func killGroup(int) error { return errors.ErrUnsupported }
