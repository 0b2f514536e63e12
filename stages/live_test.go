package stages_test

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

// leavesNothing checks at the end of a test that its goroutines and descriptors are gone.
func leavesNothing(t *testing.T) {
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

// live is a pipeline at work.
type live struct {
	t       *testing.T
	signals chan os.Signal
	lines   chan string
	ended   chan error
}

// startPipeline runs the pipeline in text until stop, or until it ends by itself. What it tells on
// standard error comes among its lines.
func startPipeline(t *testing.T, text string) *live {
	t.Helper()
	read, write := openPipe(t)
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := pipeline.Compile(text, "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)},
		pipeline.Settings{Stdin: null, Stdout: write, Stderr: write})
	if err != nil {
		t.Fatal(text, err)
	}
	l := &live{t: t, signals: make(chan os.Signal, 2), lines: make(chan string, 1<<20), ended: make(chan error, 1)}
	go func() {
		defer close(l.lines)
		defer read.Close()
		for s := bufio.NewScanner(read); s.Scan(); {
			l.lines <- s.Text()
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

// next returns the next line that the pipeline puts.
func (l *live) next() string {
	l.t.Helper()
	select {
	case line, ok := <-l.lines:
		if !ok {
			l.t.Fatal("the pipeline has ended:", <-l.ended)
		}
		return line
	case <-time.After(watchdog):
		l.t.Fatal("got no line, want one")
		return ""
	}
}

// want wants these lines next.
func (l *live) want(lines ...string) {
	l.t.Helper()
	for _, want := range lines {
		if got := l.next(); got != want {
			l.t.Errorf("got %q, want %q", clip(got), clip(want))
		}
	}
}

// stop ends the pipeline by n signals and wants no more lines, but those.
func (l *live) stop(n int, lines ...string) {
	l.t.Helper()
	for range n {
		l.signals <- os.Interrupt
	}
	var s *pipeline.SignalError
	if err := l.end(); !errors.As(err, &s) || len(s.Causes) > 0 {
		l.t.Errorf("got %v, want the end by a signal", err)
	}
	for line := range l.lines {
		if len(lines) == 0 || line != lines[0] {
			l.t.Errorf("got %q at the end, want %q", clip(line), lines)
		} else {
			lines = lines[1:]
		}
	}
}

// end waits for the end of the pipeline.
func (l *live) end() error {
	l.t.Helper()
	select {
	case err := <-l.ended:
		return err
	case <-time.After(watchdog):
		l.t.Fatal("the pipeline has not ended")
		return nil
	}
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// add writes text behind what the file holds.
func add(t *testing.T, name, text string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
	must(t, err)
	_, err = f.WriteString(text)
	must(t, err, f.Close())
}
