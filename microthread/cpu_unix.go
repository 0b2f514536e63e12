//go:build unix

package microthread

import (
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime returns what the process has used of its processors, or -1 when that is not known.
func cpuTime() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return -1
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
