package spill

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestGroupLimit wants the least limit of a control group and of those above it to hold.
func TestGroupLimit(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"memory.max": "max\n", "a/memory.max": "3000\n", "a/b/memory.max": "5000\n", "c/memory.max": "max\n",
		"memory/memory.limit_in_bytes": "9223372036854771712\n", "memory/x/memory.limit_in_bytes": "7000\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, row := range []struct {
		groups string
		want   int64
	}{
		{"", math.MaxInt64},
		{"0::/\n", math.MaxInt64},
		{"0::/a/b\n", 3000},
		{"0::/c\n", math.MaxInt64},
		{"0::/a/not/there\n", 3000},
		{"5:cpu,cpuacct:/x\n9:memory:/x\n0::/\n", 7000},
		{"9:hugetlb,memory:/x/y\n0::/a\n", 3000},
		{"1:name=memory:/x\n", math.MaxInt64},
		{"9:memory:/\n", 9223372036854771712},
	} {
		if got := groupLimit(root, row.groups); got != row.want {
			t.Errorf("%q: got %d, want %d", row.groups, got, row.want)
		}
	}
}

// TestAvailableMemory wants the limit of the address space to hold.
func TestAvailableMemory(t *testing.T) {
	const variable = "MTPIPE_TEST_AVAILABLE"
	if os.Getenv(variable) != "" { // a child, since nothing else may need memory meanwhile
		var old unix.Rlimit
		if err := unix.Getrlimit(unix.RLIMIT_AS, &old); err != nil {
			t.Fatal(err)
		}
		limit := unix.Rlimit{Cur: 4000000 << 10, Max: old.Max}
		if err := unix.Setrlimit(unix.RLIMIT_AS, &limit); err != nil {
			t.Fatal(err)
		}
		n := AvailableMemory()
		if err := unix.Setrlimit(unix.RLIMIT_AS, &old); err != nil {
			t.Fatal(err)
		}
		fmt.Println("available:", n)
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run", "TestAvailableMemory")
	cmd.Env = append(os.Environ(), variable+"=1")
	out, err := cmd.CombinedOutput()
	var n int64
	if _, scanned := fmt.Sscanf(string(out), "available: %d\n", &n); err != nil || scanned != nil || n < leastSpace/2 || n >= 4000000<<10/2 {
		t.Errorf("got %v and %.300s, want less than half of the limit", err, out)
	}
}
