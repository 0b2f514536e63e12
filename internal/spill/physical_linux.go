package spill

import "golang.org/x/sys/unix"

// PhysicalMemory returns how many bytes of memory the machine has.
func PhysicalMemory() int64 {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return unknownMemory
	}
	return int64(info.Totalram) * int64(info.Unit)
}
