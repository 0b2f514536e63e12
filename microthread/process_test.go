//go:build unix

package microthread_test

import (
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/reactor"
)

// TestH11_WaitProcess waits for programs in threads.
func TestH11_WaitProcess(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	program := func(text string) *os.Process {
		p, err := os.StartProcess(sh, []string{"sh", "-c", text}, &os.ProcAttr{})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	err = run(t, func(t0 *microthread.Thread) error {
		state, err := t0.WaitProcess(program("exit 7"), time.Hour)
		if err != nil || state.ExitCode() != 7 {
			t.Errorf("got %v, %v, want exit status 7", state, err)
		}
		p := program("exec sleep 1000")
		if _, err := t0.WaitProcess(p, time.Millisecond); !errors.Is(err, reactor.ErrTimeout) {
			t.Errorf("got %v, want %v", err, reactor.ErrTimeout)
		}
		waiter := microthread.StartInParallel(t0, func(t1 *microthread.Thread) (*os.ProcessState, error) { return t1.WaitProcess(p, 0) })
		t0.Yield()
		waiter.Terminate()
		if _, err := waiter.Wait(t0); !errors.Is(err, microthread.ErrTerminated) {
			t.Errorf("got %v, want %v", err, microthread.ErrTerminated)
		}
		waiter = microthread.StartInParallel(t0, func(t1 *microthread.Thread) (*os.ProcessState, error) { return t1.WaitProcess(p, 0) })
		t0.Yield()
		if err := p.Kill(); err != nil {
			return err
		}
		if state, err := waiter.Wait(t0); err != nil || state.ExitCode() != -1 {
			t.Errorf("got %v, %v, want one that was killed", state, err)
		}
		if _, err := t0.WaitProcess(p, 0); err == nil {
			t.Error("got no error for one that was waited for, want one")
		}
		return nil
	})
	wantErr(t, "run", err, nil)
}
