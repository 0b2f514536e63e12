package bench

import "golang.org/x/sys/unix"

// Load returns how many processes wanted to run in the last minute, on average, or 0 where
// that is not known. A table made on a busy machine says little.
func Load() float64 {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return 0
	}
	return float64(info.Loads[0]) / (1 << 16)
}
