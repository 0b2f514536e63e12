package reactor

import (
	"fmt"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// standard are the names of the descriptors that every program has.
var standard = [...]string{"standard input", "standard output", "standard error"}

// nameOf returns how reports call a descriptor: by what the kernel knows of it, so that
// nothing need be kept for it.
func nameOf(fd int32) string {
	if fd >= 0 && int(fd) < len(standard) {
		return standard[fd]
	}
	return fmt.Sprintf("descriptor %d%s", fd, behind(int(fd)))
}

// behind returns in brackets what a descriptor stands for, as far as it can be known.
func behind(fd int) string {
	if peer, err := unix.Getpeername(fd); err == nil {
		return at(", connected to ", peer)
	}
	if own, err := unix.Getsockname(fd); err == nil {
		return at(", bound to ", own)
	}
	if target, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd)); err == nil {
		return " (" + target + ")"
	}
	return ""
}

func at(how string, a unix.Sockaddr) string {
	var where string
	switch a := a.(type) {
	case *unix.SockaddrInet4:
		where = netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port)).String()
	case *unix.SockaddrInet6:
		where = netip.AddrPortFrom(netip.AddrFrom16(a.Addr).Unmap(), uint16(a.Port)).String()
	case *unix.SockaddrUnix:
		where = a.Name
	}
	if where == "" || where == "@" { // nameless
		return " (a socket)"
	}
	return " (a socket" + how + where + ")"
}
