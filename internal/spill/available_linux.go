package spill

import (
	"math"
	"os"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// AvailableMemory returns how many bytes of memory the process may have: those of the machine,
// or fewer where a control group (of version 1 or 2) or the limit of its address space
// (ulimit -v) says so.
func AvailableMemory() int64 {
	n := int64(unknownMemory)
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err == nil {
		n = int64(info.Totalram) * int64(info.Unit)
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_AS, &limit); err == nil && limit.Cur < math.MaxInt64 {
		n = min(n, int64(limit.Cur))
	}
	groups, _ := os.ReadFile("/proc/self/cgroup")
	return min(n, groupLimit("/sys/fs/cgroup", string(groups)))
}

// groupLimit returns the least limit of memory of the control groups that groups, in the form of
// /proc/self/cgroup, names, and of those above them. Root is where they are mounted.
func groupLimit(root, groups string) int64 {
	least := int64(math.MaxInt64)
	for line := range strings.Lines(groups) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(fields) < 3 {
			continue
		}
		top, file := root, "memory.max"
		if fields[0] != "0" || fields[1] != "" { // version 1
			if !strings.Contains(","+fields[1]+",", ",memory,") {
				continue
			}
			top, file = path.Join(root, "memory"), "memory.limit_in_bytes"
		}
		for dir := path.Clean("/" + fields[2]); ; dir = path.Dir(dir) {
			text, _ := os.ReadFile(path.Join(top, dir, file))
			if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && n > 0 { // not "max"
				least = min(least, n)
			}
			if dir == "/" {
				break
			}
		}
	}
	return least
}
