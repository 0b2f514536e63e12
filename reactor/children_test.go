//go:build unix

package reactor

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"
)

// program starts a shell's text as a child process with these files, whose end nobody has
// waited for.
func program(t *testing.T, text string, files ...*os.File) *os.Process {
	t.Helper()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	p, err := os.StartProcess(sh, []string{"sh", "-c", text}, &os.ProcAttr{Files: files})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// awaits starts a thread that waits for the end of p.
func awaits(r *Reactor, tr *trace, name string, p *os.Process, maxWait time.Duration) *Deferred {
	return r.Start(name, func(d *Deferred) Outcome {
		o := Defer(r.Notifier(Children), d, p, maxWait)
		o.AddCallback(name, "", func(o Outcome) Outcome {
			if o.Err() != nil {
				return o
			}
			state, ok := o.Value().(*os.ProcessState)
			if !ok { // the system has told that it has ended
				var err error
				if state, err = p.Wait(); err != nil {
					return Failed(err)
				}
			}
			return Done(state.ExitCode())
		})
		return o
	}, tr.finish(name))
}

// TestH11_Children waits for child processes: by their descriptors where the system has such,
// and by goroutines.
func TestH11_Children(t *testing.T) {
	systems := []struct {
		name    string
		classes []*NotifierClass
	}{
		{"with descriptors", []*NotifierClass{Descriptors, Children}},
		{"with goroutines", []*NotifierClass{Children}},
	}
	for _, test := range []struct {
		name string
		do   func(t *testing.T, r *Reactor, tr *trace)
		want []string
	}{
		{"H11 one that ends", func(t *testing.T, r *Reactor, tr *trace) {
			awaits(r, tr, "A", program(t, "exit 7"), 0)
		}, []string{"A ended: 7"}},
		{"H11 one that has ended before", func(t *testing.T, r *Reactor, tr *trace) {
			read, write, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			p := program(t, "exit 7", nil, write)
			write.Close()
			_, _ = read.Read(make([]byte, 1)) // until its descriptors are closed
			read.Close()
			awaits(r, tr, "A", p, time.Hour)
		}, []string{"A ended: 7"}},
		{"H11 several", func(t *testing.T, r *Reactor, tr *trace) {
			p := program(t, "exec sleep 1000")
			q := program(t, "exit 1")
			r.Start("B", func(d *Deferred) Outcome {
				o := Defer(r.Notifier(Children), d, q, 0)
				o.AddCallback("B", "", func(o Outcome) Outcome {
					_, _ = q.Wait()
					_ = p.Kill()
					return o
				})
				return o
			}, nil)
			awaits(r, tr, "A", p, 0)
		}, []string{"A ended: -1"}},
		{"H11 a time-out, and waiting again", func(t *testing.T, r *Reactor, tr *trace) {
			p := program(t, "exec sleep 1000")
			for _, name := range []string{"A", "B"} {
				awaits(r, tr, name, p, time.Millisecond)
				mustRun(t, r)
			}
			_ = p.Kill()
			awaits(r, tr, "C", p, time.Hour)
		}, []string{"A ended: error timed out", "B ended: error timed out", "C ended: -1"}},
		{"H11 it ends between two waits", func(t *testing.T, r *Reactor, tr *trace) {
			p := program(t, "exec sleep 1000")
			awaits(r, tr, "A", p, time.Millisecond)
			mustRun(t, r)
			_ = p.Kill()
			time.Sleep(20 * time.Millisecond) // a goroutine may have noticed, or not
			awaits(r, tr, "B", p, time.Hour)
		}, []string{"A ended: error timed out", "B ended: -1"}},
		{"H11 terminated, and waiting again", func(t *testing.T, r *Reactor, tr *trace) {
			p := program(t, "exec sleep 1000")
			awaits(r, tr, "A", p, 0).Override(Failed(errors.New("no more")))
			mustRun(t, r)
			_ = p.Kill()
			awaits(r, tr, "B", p, 0)
		}, []string{"A ended: error no more", "B ended: -1"}},
		{"H11 by two at a time", func(t *testing.T, r *Reactor, tr *trace) {
			p := program(t, "exec sleep 1000")
			awaits(r, tr, "A", p, 0)
			d := awaits(r, tr, "B", p, 0)
			if d.Waiting() || len(*tr) != 1 {
				t.Errorf("got %v, want an error of the second one", *tr)
			}
			*tr = nil
			_ = p.Kill()
		}, []string{"A ended: -1"}},
		{"H11 one that was waited for", func(t *testing.T, r *Reactor, tr *trace) {
			p := program(t, "exit 7")
			if _, err := p.Wait(); err != nil {
				t.Fatal(err)
			}
			d := awaits(r, tr, "A", p, 0)
			d.OnFinish(func(o Outcome) {
				if o.Err() == nil {
					t.Error("got no error, want one")
				}
			})
			mustRun(t, r)
			*tr = nil
		}, nil},
		{"H11 something else", func(t *testing.T, r *Reactor, tr *trace) {
			r.Start("A", func(d *Deferred) Outcome {
				o := Defer(r.Notifier(Children), d, 7, 0)
				o.AddCallback("A", "", nil)
				return o
			}, tr.finish("A"))
		}, []string{"A ended: error the notifier for children takes an *os.Process, not a int"}},
	} {
		for _, system := range systems {
			t.Run(test.name+", "+system.name, func(t *testing.T) {
				leaves(t)
				r := newReactor(t, system.classes...)
				var tr trace
				test.do(t, r, &tr)
				mustRun(t, r)
				tr.check(t, test.want...)
				if c := r.Notifier(Children).(*children); len(c.waiting) != 0 {
					t.Errorf("got %d who wait left, want none", len(c.waiting))
				}
			})
		}
	}
}

// TestG12_Children wants a wait for a process to be named, and to be no deadlock.
func TestG12_Children(t *testing.T) {
	leaves(t)
	r := newReactor(t, Children)
	var tr trace
	p := program(t, "exec sleep 1000")
	d := awaits(r, &tr, "A", p, 0)
	if got, want := d.describe(), fmt.Sprintf("A is waiting for process %d to end", p.Pid); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	_ = p.Kill()
	mustRun(t, r)
	tr.check(t, "A ended: -1")
}
