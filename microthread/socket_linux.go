package microthread

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// briefly is how many bytes a call on a socket may move that Go's scheduler is not told of.
const briefly = 64 << 10

// readSocket and writeSocket are read and write for a socket that does not block, so that
// there is no need to tell Go's scheduler of the call: it would keep a thread of the system
// awake that looks whether the call blocks after all. B is not empty.
func readSocket(fd int, b []byte) (int, error) {
	if len(b) > briefly {
		return unix.Read(fd, b)
	}
	return result(unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), 0, 0, 0))
}

// peekSocket returns how many bytes there are to read, at most one, and leaves them there.
func peekSocket(fd int) (int, error) {
	var b [1]byte
	return result(unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&b)), 1, unix.MSG_PEEK|unix.MSG_DONTWAIT, 0, 0))
}

func writeSocket(fd int, b []byte) (int, error) {
	if len(b) > briefly {
		return unix.Write(fd, b)
	}
	return result(unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), unix.MSG_NOSIGNAL, 0, 0))
}

func result(n, _ uintptr, errno unix.Errno) (int, error) {
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
