package tempfile

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// Nameless makes a file without a name in the file system of dir ("": the current directory): it
// is gone when it is closed, however that happens, unless Link or LinkAs gives it a name. Where
// that cannot be had, it fails; Create serves then.
func Nameless(dir string, mode fs.FileMode) (*os.File, error) {
	if dir == "" {
		dir = "."
	}
	fd, err := unix.Open(dir, unix.O_RDWR|unix.O_TMPFILE|unix.O_CLOEXEC, uint32(mode.Perm()))
	for err == unix.EINTR {
		fd, err = unix.Open(dir, unix.O_RDWR|unix.O_TMPFILE|unix.O_CLOEXEC, uint32(mode.Perm()))
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: dir, Err: err}
	}
	f := os.NewFile(uintptr(fd), below(dir, unnamed))
	if err := unix.Access(pathOf(f), unix.F_OK); err != nil { // without it there is no way to a name
		_ = f.Close()
		return nil, &fs.PathError{Op: "open", Path: dir, Err: err}
	}
	return f, nil
}

// unnamed is what errors of a file without a name call it.
const unnamed = marker + "unnamed"

// pathOf returns the name by which the kernel knows an open file.
func pathOf(f *os.File) string {
	path := ""
	if c, err := f.SyscallConn(); err == nil { // Fd would change the blocking mode
		_ = c.Control(func(fd uintptr) { path = fmt.Sprintf("/proc/self/fd/%d", fd) })
	}
	return path
}

// LinkAs gives a file that Nameless has made this name; fs.ErrExist when there is such a file.
func LinkAs(f *os.File, name string) error {
	for {
		err := unix.Linkat(unix.AT_FDCWD, pathOf(f), unix.AT_FDCWD, name, unix.AT_SYMLINK_FOLLOW)
		if err == nil {
			return nil
		}
		if !errors.Is(err, unix.EINTR) {
			return &fs.PathError{Op: "link", Path: name, Err: err}
		}
	}
}

// thisProcess names this process among all that have been since the machine was started.
var thisProcess = sync.OnceValue(func() string {
	pid := os.Getpid()
	started, _ := startOf(pid)
	return fmt.Sprintf("%d-%s-%s", pid, started, place())
})

// nowhere is the place of a process that cannot tell where it runs.
const nowhere = "0"

// place names the start of the machine and the numbering of processes (a container may have its
// own) that process numbers belong to.
var place = sync.OnceValue(func() string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	numbering, err2 := os.Readlink("/proc/self/ns/pid")
	if err != nil || err2 != nil {
		return nowhere
	}
	h := fnv.New64a()
	_, _ = h.Write(boot)
	_, _ = h.Write([]byte(numbering))
	return fmt.Sprintf("%016x", h.Sum64())
})

// startOf returns when a process was started, as its state says.
func startOf(pid int) (string, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", err
	}
	// The name, in brackets, may have blanks and brackets in it. Field 22 is the time, and the
	// first one after the name is field 3.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 20 {
		return "", errors.New("the state of a process is too short")
	}
	return fields[19], nil
}

// gone reports whether the process called owner has surely ended.
func gone(owner string) bool {
	parts := strings.Split(owner, "-")
	if len(parts) != 3 || parts[2] != place() || parts[2] == nowhere {
		return false
	}
	pid, err := strconv.Atoi(parts[0])
	if err != nil || pid <= 0 {
		return false
	}
	if err := unix.Kill(pid, 0); errors.Is(err, unix.ESRCH) {
		return true
	}
	started, err := startOf(pid) // of another that has been given the number since
	return err == nil && parts[1] != "" && started != parts[1]
}
