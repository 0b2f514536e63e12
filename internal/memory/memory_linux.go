package memory

import "golang.org/x/sys/unix"

// Physical returns how many bytes of memory the machine has.
func Physical() int64 {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return fallback
	}
	return int64(info.Totalram) * int64(info.Unit)
}
