package torture

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// Meter runs a program and writes its peak of memory in KB to the file that the environment
// names; the result is its status. It stands between, since what the system says of a child may be
// the peak of the process that has started it.
func Meter(args []string) int {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Run(); cmd.ProcessState == nil {
		return -1
	} else if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return -1
	}
	peak := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
	if err := os.WriteFile(os.Getenv(meterFile), strconv.AppendInt(nil, peak, 10), 0o600); err != nil {
		return -1
	}
	return cmd.ProcessState.ExitCode()
}
