package microthread_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/reactor"
)

// TestG12_Sites looks at the three forms of a deadlock report: named threads have their sites.
func TestG12_Sites(t *testing.T) {
	line := here() + 1
	err := microthread.Run(func(t0 *microthread.Thread) error {
		microthread.StartAndForget(t0, func(c *microthread.Thread) error {
			_, err := pipe.New(c.Program().Reactor(), "nothing", 1).Next()
			return err
		}, microthread.Named("stuck"))
		microthread.StartAndForget(t0, func(c *microthread.Thread) error {
			new(microthread.Cond).Wait(c, "waiting in vain")
			return nil
		})
		return nil
	})
	var dead *reactor.DeadlockError
	if !errors.As(err, &dead) || dead != err {
		t.Fatalf("got %v, want a deadlock", err)
	}
	for _, row := range []struct{ format, want string }{
		{"%s", `^deadlock: 2 threads wait for each other: stuck is waiting for a value from nothing, which no thread writes; ` +
			`thread at \S*reports_test.go:%[2]d is waiting in vain$`},
		{"%v", `^deadlock: 2 threads wait for each other: stuck \(reports_test.go:%[1]d\) is waiting for a value from nothing, which no thread writes; ` +
			`thread at \S*reports_test.go:%[2]d is waiting in vain$`},
		{"%+v", `^deadlock of 2 threads:
  stuck \(started at \S*reports_test.go:%[1]d\) is waiting for a value from nothing, which no thread writes
  thread at \S*reports_test.go:%[2]d is waiting in vain$`},
	} {
		got := fmt.Sprintf(row.format, err)
		if want := fmt.Sprintf(row.want, line+1, line+5); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%s: got\n%s\nwant\n%s", row.format, got, want)
		}
	}
}

// TestK3_DefaultReportHasTheSite prints what the watchdog says of a thread with a name.
func TestK3_DefaultReportHasTheSite(t *testing.T) {
	text := asFile(t)
	line := 0
	err := run(t, func(t0 *microthread.Thread) error {
		line = here() + 1
		c := microthread.StartAndForget(t0, func(*microthread.Thread) error {
			for at := time.Now(); time.Since(at) < time.Minute; runtime.Gosched() {
				if f, err := os.Stderr.Stat(); err != nil || f.Size() > 0 {
					return err // it has been told
				}
			}
			return nil
		}, microthread.Named("busy"))
		return c.Wait(t0, 0)
	}, microthread.Watchdog(5*time.Millisecond, nil))
	got := text()
	wantErr(t, "run", err, nil)
	contains(t, "the report", got, "busy has ", "busy was started at ", fmt.Sprintf("reports_test.go:%d\n", line), "goroutine ")
}

// TestG13_PostIsKept posts to programs that end: what Post has accepted runs, what it has not
// does not.
func TestG13_PostIsKept(t *testing.T) {
	noLeaks(t)
	for range 100 {
		p := microthread.New(reactor.NewDefaultSystem())
		p.Start(microthread.Spec{Run: func(*microthread.Thread) error { return nil }})
		ran, accepted := 0, make(chan int)
		go func() {
			n := 0
			for p.Post(func() { ran++ }) {
				n++
			}
			accepted <- n
		}()
		if err := errors.Join(p.Run(), p.Close()); err != nil {
			t.Errorf("got %v, want nil", err)
		}
		if n := <-accepted; n != ran {
			t.Fatalf("got %d posts run of %d that were accepted", ran, n)
		}
	}
}

// TestK3_BlockingCallsThatWaitForAnother makes as many blocking calls as may run, all of which
// wait for one more: the watchdog says who waits, once.
func TestK3_BlockingCallsThatWaitForAnother(t *testing.T) {
	var said []microthread.Starvation
	release := make(chan struct{})
	line, waits := 0, ""
	err := run(t, func(t0 *microthread.Thread) error {
		g := microthread.NewGroup(t0)
		for range reactor.BlockingLimit {
			g.Go(func(c *microthread.Thread) error {
				_, err := c.Blocking(func() (any, error) { <-release; return nil, nil })
				return err
			})
		}
		t0.Yield()
		line = here() + 1
		g.Go(func(c *microthread.Thread) error {
			_, err := c.Blocking(func() (any, error) { return nil, nil })
			return err
		}, microthread.Named("the one that they wait for"))
		g.Go(func(c *microthread.Thread) error {
			_, err := c.Blocking(func() (any, error) { return nil, nil })
			return err
		}, microthread.Named("another"))
		late := microthread.StartInParallel(t0, func(c *microthread.Thread) (int, error) {
			_, err := c.Blocking(func() (any, error) { return nil, nil })
			return 0, err
		}, microthread.Named("late"))
		t0.Yield()
		waits = late.Deferred().Waiter().Describe(late.Deferred())
		if err := g.Wait(); err != nil {
			return err
		}
		_, err := late.Wait(t0)
		return err
	}, microthread.Watchdog(time.Millisecond, func(s microthread.Starvation) {
		if s.Calls > 0 {
			said = append(said, s)
			close(release)
		}
	}))
	wantErr(t, "run", err, nil)
	if len(said) != 1 {
		t.Fatalf("got %v, want one report", said)
	}
	contains(t, "the report", said[0].String(), "the one that they wait for and 2 others wait to begin a blocking call: all 64 that may run at a time have gone on for ")
	contains(t, "the site", said[0].Site, fmt.Sprintf("reports_test.go:%d", line))
	if want := "waiting for one of the 64 blocking calls that run to end, to begin its own"; waits != want {
		t.Errorf("got %q, want %q", waits, want)
	}
}

// TestB2_PanicOfACallThatNobodyWaitsFor gives up the wait for a blocking call that then panics.
func TestB2_PanicOfACallThatNobodyWaitsFor(t *testing.T) {
	var handled []error
	err := run(t, func(t0 *microthread.Thread) error {
		begun, release := make(chan struct{}), make(chan struct{})
		c := microthread.StartAndForget(t0, func(c *microthread.Thread) error {
			_, err := c.Blocking(func() (any, error) { close(begun); <-release; panic(errBoom) })
			return err
		})
		t0.Yield()
		<-begun
		c.Terminate()
		_ = c.Wait(t0, 0)
		close(release)
		t0.Sleep(time.Hour) // until the program is ended
		return nil
	}, heard(&handled))
	wantErr(t, "run", err, errBoom)
	if len(handled) != 1 || !strings.Contains(fmt.Sprint(handled[0]), "a blocking call that nobody waits for any more, ") {
		t.Errorf("the handler got %v, want the panic with its place", handled)
	}
}

// TestLockOSThread locks threads in their bodies, which a watchdog notices at the first
// suspension and at the end. Without it, the process would end.
func TestLockOSThread(t *testing.T) {
	for _, row := range []struct {
		name string
		body func(c *microthread.Thread)
	}{
		{"B2 suspends", func(c *microthread.Thread) { runtime.LockOSThread(); runtime.LockOSThread(); c.Sleep(1) }},
		{"B2 returns", func(c *microthread.Thread) { c.Sleep(1); runtime.LockOSThread() }},
		{"B2 unlocked again", func(c *microthread.Thread) {
			runtime.LockOSThread()
			runtime.UnlockOSThread()
			c.Sleep(1)
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var handled []error
			err := run(t, func(t0 *microthread.Thread) error {
				for range 3 {
					c := microthread.StartAndForget(t0, func(c *microthread.Thread) error { row.body(c); return nil }, microthread.Named("locked"))
					_ = c.Wait(t0, 0)
				}
				return nil
			}, heard(&handled), microthread.Watchdog(time.Minute, nil))
			wantErr(t, "run", err, nil)
			want := 3
			if row.name == "B2 unlocked again" {
				want = 0
			}
			if len(handled) != want {
				t.Fatalf("the handler got %v, want %d errors", handled, want)
			}
			for _, err := range handled {
				if !errors.Is(err, microthread.ErrLocked) || !strings.Contains(fmt.Sprint(err), "(in locked)") {
					t.Errorf("got %v, want ErrLocked of the thread", err)
				}
			}
		})
	}
}
