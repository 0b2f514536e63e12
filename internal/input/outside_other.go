//go:build !unix

package input

import "syscall"

func ownGroup() *syscall.SysProcAttr { return nil }
