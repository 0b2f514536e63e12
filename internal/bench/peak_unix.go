//go:build unix

package bench

import (
	"os"
	"runtime"
	"syscall"
)

// peak returns the largest resident memory of the process and of those it has waited for,
// in bytes. It is never below that of the process that started them.
func peak(state *os.ProcessState) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return int64(usage.Maxrss)
	}
	return int64(usage.Maxrss) << 10
}
