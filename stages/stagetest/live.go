package stagetest

import (
	"bufio"
	"errors"
	"os"
	"runtime"
	"testing"
	"time"

	"mtpipe/pipeline"
	"mtpipe/stages"
)

// LeavesNothing checks at the end of a test that its goroutines and descriptors are gone.
func LeavesNothing(t *testing.T) {
	t.Helper()
	goroutines, fds := runtime.NumGoroutine(), descriptors()
	t.Cleanup(func() {
		for i := 0; runtime.NumGoroutine() > goroutines && i < 1_000_000; i++ {
			runtime.Gosched()
		}
		if n := runtime.NumGoroutine(); n > goroutines {
			t.Errorf("got %d goroutines at the end, want %d", n, goroutines)
		}
		if n := descriptors(); n > fds {
			t.Errorf("got %d descriptors at the end, want %d", n, fds)
		}
	})
}

// descriptors returns how many descriptors are open, where the system tells.
func descriptors() int {
	entries, _ := os.ReadDir("/proc/self/fd")
	return len(entries)
}

// Live is a pipeline at work.
type Live struct {
	t       *testing.T
	signals chan os.Signal
	Lines   chan string
	ended   chan error
}

// Start runs the pipeline in text until stop, or until it ends by itself. What it tells on
// standard error comes among its lines.
func Start(t *testing.T, text string) *Live {
	t.Helper()
	read, write := OpenPipe(t)
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := pipeline.Compile(text, "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)},
		pipeline.Settings{Stdin: null, Stdout: write, Stderr: write})
	if err != nil {
		t.Fatal(text, err)
	}
	l := &Live{t: t, signals: make(chan os.Signal, 2), Lines: make(chan string, 1<<20), ended: make(chan error, 1)}
	go func() {
		defer close(l.Lines)
		defer read.Close()
		for s := bufio.NewScanner(read); s.Scan(); {
			l.Lines <- s.Text()
		}
	}()
	go func() {
		err := plan.Run(l.signals)
		write.Close()
		null.Close()
		l.ended <- err
	}()
	return l
}

// watchdog is how long a test waits for what has to come.
const watchdog = time.Minute

// Next returns the next line that the pipeline puts.
func (l *Live) Next() string {
	l.t.Helper()
	select {
	case line, ok := <-l.Lines:
		if !ok {
			l.t.Fatal("the pipeline has ended:", <-l.ended)
		}
		return line
	case <-time.After(watchdog):
		l.t.Fatal("got no line, want one")
		return ""
	}
}

// Want wants these lines next.
func (l *Live) Want(lines ...string) {
	l.t.Helper()
	for _, want := range lines {
		if got := l.Next(); got != want {
			l.t.Errorf("got %q, want %q", Clip(got), Clip(want))
		}
	}
}

// Stop ends the pipeline by n signals and wants no more lines, but those.
func (l *Live) Stop(n int, lines ...string) {
	l.t.Helper()
	for range n {
		l.signals <- os.Interrupt
	}
	var s *pipeline.SignalError
	if err := l.End(); !errors.As(err, &s) || len(s.Causes) > 0 {
		l.t.Errorf("got %v, want the end by a signal", err)
	}
	for line := range l.Lines {
		if len(lines) == 0 || line != lines[0] {
			l.t.Errorf("got %q at the end, want %q", Clip(line), lines)
		} else {
			lines = lines[1:]
		}
	}
}

// End waits for the end of the pipeline.
func (l *Live) End() error {
	l.t.Helper()
	select {
	case err := <-l.ended:
		return err
	case <-time.After(watchdog):
		l.t.Fatal("the pipeline has not ended")
		return nil
	}
}

// Must ends the test at an error.
func Must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// Add writes text behind what the file holds.
func Add(t *testing.T, name, text string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
	Must(t, err)
	_, err = f.WriteString(text)
	Must(t, err, f.Close())
}
