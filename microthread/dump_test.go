package microthread_test

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/reactor"
	"mtpipe/value"
)

// sites finds where threads were started.
var sites = regexp.MustCompile(`\((\w+/\w+\.go):\d+\)`)

// withoutLines returns a dump without the numbers of lines.
func withoutLines(text string) string { return sites.ReplaceAllString(text, "($1)") }

func wantText(t *testing.T, what, got, want string) {
	t.Helper()
	if got, want = strings.TrimSpace(got), strings.TrimSpace(want); got != want {
		t.Errorf("%s: got\n%s\nwant\n%s", what, got, want)
	}
}

func endless(g *microthread.Thread) error {
	for {
		g.Put(value.Int(1))
	}
}

// TestI4_Dump looks at a program in which there is one of everything.
func TestI4_Dump(t *testing.T) {
	const want = `
the example: up 3h0m0s, 8 threads and 1 without a stack
threads
  main (microthread/dump_test.go), 3h0m0s old: running
    zombie (microthread/dump_test.go): a zombie: it has failed (no luck), and nobody has waited for it
    source (microthread/dump_test.go), 3h0m0s old: waiting to put into the stdout of source, which reader reads, for 3h0m0s now
    reader (microthread/dump_test.go), 3h0m0s old: waiting for something, for 3h0m0s now, at most another 1h0m0s
    caller (microthread/dump_test.go), 3h0m0s old: waiting for a blocking call, for 3h0m0s now
    cleaner (microthread/dump_test.go), 3h0m0s old: sleeping for another 1h0m0s, for 0s now [terminated, its deferred functions run]
    late (microthread/dump_test.go), 0s old: has not begun: waiting for its turn
  child (microthread/dump_test.go), 3h0m0s old, started by orphaning, which has ended: sleeping for another 2h0m0s, for 3h0m0s now
    grandchild (microthread/dump_test.go), 3h0m0s old: sleeping for another 2h0m0s, for 3h0m0s now
  timer, without a stack: sleeping for another 1h0m0s
pipes
  the stdout of source: 2 of 4 values; source writes, reader reads
timers
  in 1h0m0s: timer
  in 1h0m0s: reader
  in 1h0m0s: cleaner
  in 2h0m0s: child
  in 2h0m0s: grandchild
notifiers
  blocking: caller
`
	bubble(t, func(t *testing.T) {
		var got bytes.Buffer
		end := make(chan struct{})
		program := func(m *microthread.Thread) error {
			named := microthread.Named
			sleeps := func(c *microthread.Thread) error { c.Sleep(5 * time.Hour); return nil }
			m.Program().After(4*time.Hour, func() {})
			out := microthread.Generate(m, endless, named("source"), microthread.Capacity(4))
			microthread.StartAndForget(m, func(r *microthread.Thread) error {
				_, err := out.Next()
				new(microthread.Cond).WaitFor(r, "waiting for something", 4*time.Hour)
				return err
			}, named("reader"), microthread.Reading(out))
			microthread.StartAndForget(m, func(c *microthread.Thread) error {
				_, err := c.Blocking(func() (any, error) { <-end; return nil, nil })
				return err
			}, named("caller"))
			microthread.StartInParallel(m, func(*microthread.Thread) (int, error) { return 0, errors.New("no luck") }, named("zombie"))
			microthread.StartAndForget(m, func(c *microthread.Thread) error {
				microthread.StartAndForget(c, func(c *microthread.Thread) error {
					microthread.StartAndForget(c, sleeps, named("grandchild"))
					return sleeps(c)
				}, named("child"))
				return nil
			}, named("orphaning"))
			cleaner := microthread.StartAndForget(m, func(c *microthread.Thread) error {
				defer c.Sleep(time.Hour)
				return sleeps(c)
			}, named("cleaner"))
			m.Sleep(3 * time.Hour)
			cleaner.Terminate()
			m.Yield()
			microthread.StartAndForget(m, sleeps, named("late"))
			err := m.Program().Dump(&got)
			close(end)
			m.Program().Abort(time.Second)
			return err
		}
		var errs []error
		_ = microthread.Run(program, microthread.Title("the example"), heard(&errs))
		wantText(t, "the dump", withoutLines(got.String()), want)
	})
}

// TestI4_DumpOfADeadlock marks the threads that wait for each other.
func TestI4_DumpOfADeadlock(t *testing.T) {
	const want = `
the program: up 0s, 5 threads, 2 cycles of waiting
threads
  main (microthread/dump_test.go), 0s old: waiting for a thing that never comes, for 0s now
    ping (microthread/dump_test.go), 0s old: waiting for a value from the stdout of pong, which pong writes, for 0s now [in cycle 1]
    pong (microthread/dump_test.go), 0s old: waiting for a value from the stdout of ping, which ping writes, for 0s now [in cycle 1]
    holder (microthread/dump_test.go), 0s old: waiting for other to end, for 0s now [in cycle 2]
      other (microthread/dump_test.go), 0s old: waiting for a lock, which holder holds, for 0s now [in cycle 2]
pipes
  the stdout of ping: 0 of 1024 values; ping writes, pong reads
  the stdout of pong: 0 of 1024 values; pong writes, ping reads
cycles
  1: ping waits for pong, which waits for ping
  2: holder waits for other, which waits for holder
`
	bubble(t, func(t *testing.T) {
		var got bytes.Buffer
		err := microthread.Run(func(m *microthread.Thread) error {
			var a, b *pipe.Pipe
			a = microthread.Generate(m, func(g *microthread.Thread) error { return g.TakeFromPipe(b) }, microthread.Named("ping"))
			b = microthread.Generate(m, func(g *microthread.Thread) error { return g.TakeFromPipe(a) }, microthread.Named("pong"))
			microthread.StartAndForget(m, func(h *microthread.Thread) error {
				var l microthread.Lock
				return l.Together(h, func() error {
					other := microthread.StartInParallel(h, func(o *microthread.Thread) (int, error) {
						return 0, l.Together(o, func() error { return nil })
					}, microthread.Named("other"))
					_, err := other.Wait(h)
					return err
				})
			}, microthread.Named("holder"))
			new(microthread.Cond).Wait(m, "waiting for a thing that never comes")
			return nil
		}, microthread.DumpOnDeadlock(&got))
		var dead *reactor.DeadlockError
		if !errors.As(err, &dead) {
			t.Errorf("got %v, want a deadlock", err)
		}
		wantText(t, "the dump", withoutLines(got.String()), want)
	})
}

// TestI4_DumpOfASleepingProgram is called on a goroutine that is none of the program's.
func TestI4_DumpOfASleepingProgram(t *testing.T) {
	var got bytes.Buffer
	if err := run(t, func(m *microthread.Thread) error {
		_, err := m.Blocking(func() (any, error) { return nil, m.Program().Dump(&got) })
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(withoutLines(got.String()), "main (microthread/program_test.go), 0s old: waiting for a blocking call") {
		t.Errorf("got\n%s\nwant main in its blocking call", got.String())
	}
}

// TestI4_DumpOfAProgramThatDoesNotRun is called before the program runs, after it, and after it
// was closed.
func TestI4_DumpOfAProgramThatDoesNotRun(t *testing.T) {
	noLeaks(t)
	p := microthread.New(reactor.NewDefaultSystem(), microthread.Title("it"))
	p.Start(microthread.Spec{Name: "first", Run: func(*microthread.Thread) error { return nil }})
	for _, want := range []string{"it: up 0s, 1 thread\nthreads\n  first (microthread/dump_test.go): has not begun: waiting for its turn\n",
		"it: up 0s, 0 threads\nthreads\n"} {
		var got bytes.Buffer
		if err := p.Dump(&got); err != nil {
			t.Fatal(err)
		}
		wantText(t, "the dump", withoutLines(got.String()), want)
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.Dump(shortWriter{}); err != io.ErrShortWrite {
		t.Errorf("got %v, want the error of the writer", err)
	}
}

type shortWriter struct{}

func (shortWriter) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// TestI4_WithoutAStack shows a thread without a stack, which has not noted since when it waits.
func TestI4_WithoutAStack(t *testing.T) {
	err := run(t, func(m *microthread.Thread) error {
		c := microthread.StartStackless(m, "wake", func(c *microthread.Thread) reactor.Outcome {
			out := c.Deferred().Sleep(time.Hour)
			out.AddCallback("wake", "", nil)
			return out
		}, microthread.Named("the idle one"))
		m.Yield()
		var b strings.Builder
		err := m.Program().Dump(&b)
		c.Terminate()
		for line := range strings.Lines(b.String()) {
			if strings.Contains(line, "the idle one (") && strings.Contains(line, "sleeping") {
				if strings.Contains(line, " now") {
					t.Errorf("got %q, want no time since when it waits", line)
				}
				return err
			}
		}
		t.Errorf("got\n%s\nwant the idle one in it", b.String())
		return err
	})
	wantErr(t, "run", err, nil)
}
