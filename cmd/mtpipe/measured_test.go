package main

import (
	"os"
	"strings"

	"mtpipe/pipeline/command"
	"mtpipe/stages"
)

const (
	measured = "mtpipe-measured" // the program, which says at its end how much memory it has had
	peakFile = "MTPIPE_TEST_PEAK"
)

// mainMeasured is main, and writes its peak of memory in KB to the file that the environment
// names. What the system says of a child that has ended may be the peak of its parent.
func mainMeasured() {
	code := command.Main(stages.All()...)
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		panic(err)
	}
	_, peak, _ := strings.Cut(string(status), "VmHWM:")
	peak, _, _ = strings.Cut(peak, "kB")
	if err := os.WriteFile(os.Getenv(peakFile), []byte(strings.TrimSpace(peak)), 0o600); err != nil {
		panic(err)
	}
	os.Exit(code)
}
