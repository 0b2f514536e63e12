package microthread_test

import (
	"fmt"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/value"
)

// TestAfter has timers that pass, are stopped, and outlive the threads of the program.
func TestAfter(t *testing.T) {
	for _, row := range []struct {
		name  string
		main  func(t0 *microthread.Thread, after func(time.Duration) (stop func()))
		calls string
		takes time.Duration
	}{
		{"passes", func(t0 *microthread.Thread, after func(time.Duration) func()) {
			after(2 * time.Second)
			after(time.Second)
			t0.Sleep(3 * time.Second)
		}, "[1s 2s]", 3 * time.Second},
		{"is stopped", func(t0 *microthread.Thread, after func(time.Duration) func()) {
			stop := after(2 * time.Second)
			after(time.Second)
			stop()
			stop()
			t0.Sleep(3 * time.Second)
		}, "[1s]", 3 * time.Second},
		{"is stopped when it has passed", func(t0 *microthread.Thread, after func(time.Duration) func()) {
			stop := after(time.Second)
			t0.Sleep(2 * time.Second)
			stop()
		}, "[1s]", 2 * time.Second},
		{"is stopped at the time", func(t0 *microthread.Thread, after func(time.Duration) func()) {
			var stop func()
			microthread.StartAndForget(t0, func(c *microthread.Thread) error {
				c.Sleep(time.Second)
				stop()
				return nil
			})
			t0.Yield() // its sleep begins first
			stop = after(time.Second)
			t0.Sleep(2 * time.Second)
		}, "[]", 2 * time.Second},
		{"does not keep the program", func(t0 *microthread.Thread, after func(time.Duration) func()) {
			after(time.Hour)
			after(2 * time.Hour)
			t0.Sleep(time.Second)
		}, "[]", time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				begin := time.Now()
				calls := []time.Duration{}
				err := run(t, func(t0 *microthread.Thread) error {
					row.main(t0, func(wait time.Duration) func() {
						return t0.Program().After(wait, func() { calls = append(calls, time.Since(begin)) })
					})
					return nil
				})
				wantErr(t, "run", err, nil)
				if got := fmt.Sprint(calls); got != row.calls {
					t.Errorf("got calls at %s, want %s", got, row.calls)
				}
				if got := time.Since(begin); got != row.takes {
					t.Errorf("got a program of %v, want %v", got, row.takes)
				}
			})
		})
	}
}

// TestTerminate ends a generator that sleeps, from another thread and by a timer: what it has
// put is read, its clean-up runs, nobody is told of an error.
func TestTerminate(t *testing.T) {
	for _, begun := range []bool{true, false} {
		bubble(t, func(t *testing.T) {
			begin := time.Now()
			cleaned := false
			err := run(t, func(t0 *microthread.Thread) error {
				out := microthread.Generate(t0, func(g *microthread.Thread) error {
					defer func() { cleaned = true }()
					_ = count(g, 3)
					g.Sleep(time.Hour)
					g.Put(value.Null)
					return errBoom
				}, microthread.Capacity(64))
				g := out.Writer().Owner().(*microthread.Thread)
				if begun {
					t0.Program().After(time.Minute, g.Terminate)
				} else {
					g.Terminate()
				}
				got, err := read(out)
				wantErr(t, "what it ended with", err, nil)
				if want := map[bool][]int64{true: {0, 1, 2}}[begun]; fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("got %v, want %v", got, want)
				}
				g.Terminate() // too late
				return nil
			})
			wantErr(t, "run", err, nil)
			if cleaned != begun {
				t.Errorf("cleaned up: got %v, want %v", cleaned, begun)
			}
			if got, want := time.Since(begin), map[bool]time.Duration{true: time.Minute}[begun]; got != want {
				t.Errorf("got a program of %v, want %v", got, want)
			}
		})
	}
}
