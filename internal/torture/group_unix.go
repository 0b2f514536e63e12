//go:build unix

package torture

import "syscall"

// ownGroup puts a program into a process group of its own.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// terminate sends the signal TERM to a process group.
func terminate(group int) error { return syscall.Kill(-group, syscall.SIGTERM) }

// killGroup ends a process group at once.
func killGroup(group int) error { return syscall.Kill(-group, syscall.SIGKILL) }
