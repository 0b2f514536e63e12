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
// or fewer where a control group (of version 1 or 2) says so, or half of what is left of its
// address space (ulimit -v): what grows is there twice.
func AvailableMemory() int64 {
	n := int64(unknownMemory)
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err == nil {
		n = int64(info.Totalram) * int64(info.Unit)
	}
	return min(n, AddressSpace()/2, groupLimit("/sys/fs/cgroup", readNow("/proc/self/cgroup")))
}

// AddressSpace returns how many bytes of addresses the process may use besides those that it
// has, which Go's runtime takes nearly two gigabytes of; math.MaxInt64 without a limit.
func AddressSpace() int64 {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_AS, &limit); err != nil || limit.Cur >= math.MaxInt64 {
		return math.MaxInt64
	}
	pages, _, _ := strings.Cut(readNow("/proc/self/statm"), " ")
	used, _ := strconv.ParseInt(pages, 10, 64)
	return max(int64(limit.Cur)-used*int64(os.Getpagesize()), leastSpace)
}

// leastSpace is taken to be there in any case: without it nothing could run.
const leastSpace = 64 << 20

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
			text := readNow(path.Join(top, dir, file))
			if n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64); err == nil && n > 0 { // not "max"
				least = min(least, n)
			}
			if dir == "/" {
				break
			}
		}
	}
	return least
}

// readNow returns what is in a file of the system, or as much as can be read without waiting: files
// of control groups are such as package os would wait for.
func readNow(name string) string {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	defer unix.Close(fd)
	var text []byte
	buf := make([]byte, 4<<10)
	for {
		n, err := unix.Read(fd, buf)
		if n <= 0 && err != unix.EINTR {
			return string(text)
		}
		text = append(text, buf[:max(n, 0)]...)
	}
}
