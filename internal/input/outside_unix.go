//go:build unix

package input

import "syscall"

// ownGroup gives a process a group of its own, so that a signal of the terminal, which mtpipe acts on,
// does not end it halfway.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
