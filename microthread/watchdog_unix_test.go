//go:build unix

package microthread_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"mtpipe/microthread"
)

// TestK3_StoppedProcess stops and continues a process whose threads have short turns all the
// time: none of them is reported for the time that it was stopped.
func TestK3_StoppedProcess(t *testing.T) {
	const limit = 50 * time.Millisecond
	if os.Getenv("MICROTHREAD_STOPPED") != "" {
		busyUntilStdinEnds(limit)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^TestK3_StoppedProcess$")
	cmd.Env = append(os.Environ(), "MICROTHREAD_STOPPED=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Skip(err)
	}
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	for range 5 {
		if err != nil || line != "ready\n" {
			break
		}
		_ = cmd.Process.Signal(syscall.SIGSTOP)
		var status syscall.WaitStatus
		if _, err := syscall.Wait4(cmd.Process.Pid, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
			t.Errorf("got %v, status %v, want the process stopped", err, status)
		}
		time.Sleep(4 * limit) // so long it stands still
		_ = cmd.Process.Signal(syscall.SIGCONT)
		time.Sleep(limit) // and so long it goes on: that nothing is said cannot be waited for
	}
	_ = in.Close()
	rest, _ := io.ReadAll(lines)
	if err := cmd.Wait(); err != nil || line != "ready\n" || strings.Contains(string(rest), "watchdog") {
		t.Errorf("got %q, %q, %v, want no report", line, rest, err)
	}
}

// busyUntilStdinEnds has threads that pass values on, and prints what a watchdog reports.
func busyUntilStdinEnds(limit time.Duration) {
	ended := make(chan bool)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(ended)
	}()
	err := microthread.Run(func(t *microthread.Thread) error {
		t.Unwatched(func() { fmt.Println("ready") }) // a call in which it may be stopped
		for {
			threeStages(t, 1000, 64)
			select {
			case <-ended:
				return nil
			default:
			}
		}
	}, microthread.Watchdog(limit, func(s microthread.Starvation) { fmt.Println("watchdog:", s) }))
	if err != nil {
		fmt.Println("watchdog: run:", err)
	}
}
