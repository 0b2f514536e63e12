package main

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// messages returns standard error for this program alone. The library says there what it finds odd in
// a file, page by page: nobody reads that before the end, and what is said last has to be the error.
func messages() io.Writer {
	own, err := unix.FcntlInt(2, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return os.Stderr
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err == nil {
		err = unix.Dup3(int(null.Fd()), 2, 0)
	}
	if err != nil {
		return os.Stderr
	}
	return os.NewFile(uintptr(own), "messages")
}
