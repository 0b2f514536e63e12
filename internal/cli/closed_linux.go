package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// markClosed makes using standard input or standard output an error when the process was started
// without it. Before main runs, the Go runtime opens /dev/null in such a place, for reading and
// writing, so that nothing would be read and what is written would be lost; here that becomes
// /dev/null for the other direction. The place stays taken, so that no file gets it. What is
// written to a standard error that is closed is lost, as whoever closes it wants.
func markClosed() {
	for fd, mode := range []int{unix.O_WRONLY, unix.O_RDONLY} {
		if !openedByRuntime(fd) {
			continue
		}
		null, err := unix.Open(os.DevNull, mode|unix.O_CLOEXEC, 0)
		if err != nil {
			continue
		}
		_ = unix.Dup3(null, fd, 0)
		_ = unix.Close(null)
	}
}

// openedByRuntime reports whether the runtime has opened fd: it is /dev/null for reading and
// writing, shares that with no other descriptor, and a shell had a part in the start of the process.
// Others, such as Python and Node, open /dev/null so themselves for what a program is to drop.
func openedByRuntime(fd int) bool {
	var null, is unix.Stat_t
	if unix.Stat(os.DevNull, &null) != nil || unix.Fstat(fd, &is) != nil || is.Mode&unix.S_IFMT != unix.S_IFCHR || is.Rdev != null.Rdev {
		return false
	}
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err != nil || flags&unix.O_ACCMODE != unix.O_RDWR {
		return false
	}
	for other := range 3 {
		if other != fd && sameOpenFile(os.Getpid(), fd, other) {
			return false
		}
	}
	return !sameOpenFile(os.Getppid(), fd, fd) && byShell(fd)
}

// sameOpenFile reports whether the descriptor fd is of the same open file as that of another process.
func sameOpenFile(pid, fd, other int) bool {
	const kcmpFile = 0
	order, _, errno := unix.Syscall6(unix.SYS_KCMP, uintptr(os.Getpid()), uintptr(pid), kcmpFile, uintptr(fd), uintptr(other), 0)
	return errno == 0 && order == 0
}

// shells are the names of programs that close a descriptor when they are told to.
var shells = []string{"sh", "bash", "dash", "zsh", "ksh", "ksh93", "mksh", "ash", "busybox", "fish", "yash", "csh", "tcsh"}

// byShell reports whether fd may have been closed by a shell, or before the parent began: the
// parent is one, has no such descriptor either, or has its environment in another order, which
// is that of a shell that has become this program.
func byShell(fd int) bool {
	parent := fmt.Sprintf("/proc/%d/", os.Getppid())
	comm, _ := os.ReadFile(parent + "comm")
	if slices.Contains(shells, strings.TrimSpace(string(comm))) {
		return true
	}
	if _, err := os.Lstat(fmt.Sprintf("%sfd/%d", parent, fd)); errors.Is(err, fs.ErrNotExist) {
		return true
	}
	theirs, err := os.ReadFile(parent + "environ")
	if err != nil {
		return false
	}
	before := strings.Split(string(theirs), "\x00")
	return reordered(before, os.Environ()) || !slices.Contains(before, "_="+os.Getenv("_")) && namesThis(os.Getenv("_"))
}

// reordered reports whether the variables that two environments share stand in another order.
func reordered(before, now []string) bool {
	last := -1
	for _, entry := range now {
		name, _, _ := strings.Cut(entry, "=")
		at := slices.IndexFunc(before, func(e string) bool { return strings.HasPrefix(e, name+"=") })
		if at >= 0 && at < last {
			return true
		}
		last = max(last, at)
	}
	return false
}

// namesThis reports whether a path is that of this program, as shells put it into the variable _.
func namesThis(path string) bool {
	self, err := os.Stat("/proc/self/exe")
	it, err2 := os.Stat(path)
	return err == nil && err2 == nil && os.SameFile(self, it)
}
