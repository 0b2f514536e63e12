package microthread_test

import (
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/reactor"
)

// connected returns the two ends of a connection.
func connected(t0 *microthread.Thread) (here, there *microthread.Conn, err error) {
	l, err := microthread.Listen(t0, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	defer l.Close()
	if there, err = microthread.Dial(t0, "tcp", l.Addr().String(), time.Minute); err != nil {
		return nil, nil, err
	}
	here, err = l.Accept(t0)
	return here, there, err
}

// waitsNoMore returns when th was woken, before it has its turn.
func waitsNoMore(t0, th *microthread.Thread) {
	for th.Deferred().Waiting() {
		t0.Yield()
	}
}

// TestH1_TheNextReadsWhatCame terminates a thread that something has come for before it could
// read that: it is there for whoever reads next.
func TestH1_TheNextReadsWhatCame(t *testing.T) {
	for _, end := range []struct {
		name string
		do   func(*microthread.Thread)
	}{{"H1 terminated", (*microthread.Thread).Terminate}, {"H1 drained", (*microthread.Thread).Drain}} {
		t.Run(end.name, func(t *testing.T) {
			err := run(t, func(t0 *microthread.Thread) error {
				here, there, err := connected(t0)
				if err != nil {
					return err
				}
				defer here.Close()
				defer there.Close()
				read := false
				th := microthread.StartAndForget(t0, func(t1 *microthread.Thread) error {
					_, err := here.Read(t1, make([]byte, 1))
					read = true
					return err
				})
				t0.Yield()
				if _, err := there.TryWrite([]byte("hello")); err != nil { // which never gives up the turn
					return err
				}
				waitsNoMore(t0, th)
				end.do(th)
				t0.Yield()
				here.SetDeadline(false, time.Now().Add(10*time.Second))
				var b [10]byte
				n, err := here.Read(t0, b[:])
				if string(b[:n]) != "hello" || read {
					t.Errorf("got %q, and read before that %t, want hello", b[:n], read)
				}
				return err
			})
			wantErr(t, "run", err, nil)
		})
	}
}

// TestA8_ReadsThatStopShort has a read end though there is more, of which no event tells.
func TestA8_ReadsThatStopShort(t *testing.T) {
	for _, test := range []struct {
		network string
		send    func(net.Conn) error
	}{
		{"unix", func(c net.Conn) error { // a descriptor
			_, _, err := c.(*net.UnixConn).WriteMsgUnix([]byte("abc"), syscall.UnixRights(int(os.Stdin.Fd())), nil)
			return err
		}},
		{"tcp", func(c net.Conn) (err error) { // urgent data
			if _, err := c.Write([]byte("abc")); err != nil {
				return err
			}
			raw, err := c.(*net.TCPConn).SyscallConn()
			if err == nil {
				_ = raw.Control(func(fd uintptr) { err = syscall.Sendto(int(fd), []byte("!"), syscall.MSG_OOB, nil) })
			}
			return err
		}},
	} {
		t.Run(test.network, func(t *testing.T) {
			err := run(t, func(t0 *microthread.Thread) error {
				l := listenOn(t, t0, test.network)
				defer l.Close()
				c, err := net.Dial(test.network, l.Addr().String())
				if err != nil {
					return err
				}
				defer c.Close()
				here, err := l.Accept(t0)
				if err != nil {
					return err
				}
				defer here.Close()
				if err := test.send(c); err != nil {
					return err
				}
				if _, err := c.Write([]byte("def")); err != nil {
					return err
				}
				for test.network == "tcp" && here.Pending() < 3 {
					t0.Yield() // all is to be there
				}
				here.SetDeadline(false, time.Now().Add(10*time.Second))
				var b [6]byte
				n, err := io.ReadFull(here.On(t0), b[:])
				if string(b[:n]) != "abcdef" {
					t.Errorf("got %q, want abcdef", b[:n])
				}
				return err
			})
			wantErr(t, "run", err, nil)
		})
	}
}

// TestF18_NoThreadForWhatHasEnded ends what an idle connection would go on with, before its
// thread has begun.
func TestF18_NoThreadForWhatHasEnded(t *testing.T) {
	ends := []struct {
		name string
		do   func(*microthread.Program, *microthread.Conn) error
		gone error
	}{
		{"closed", func(_ *microthread.Program, here *microthread.Conn) error { return here.Close() }, net.ErrClosed},
		{"aborted", func(p *microthread.Program, _ *microthread.Conn) error { p.Abort(time.Hour); return nil }, microthread.ErrTerminated},
	}
	for _, at := range []struct {
		name  string
		until func(p *microthread.Program, idle *reactor.Deferred) bool
	}{
		{"F18 nothing has come", func(*microthread.Program, *reactor.Deferred) bool { return true }},
		{"F18 something has come", func(_ *microthread.Program, d *reactor.Deferred) bool { return !d.Waiting() }},
		{"F18 there is a thread", func(p *microthread.Program, _ *reactor.Deferred) bool { return p.Threads() == 2 }},
	} {
		for _, end := range ends {
			if at.name == "F18 there is a thread" && end.gone == net.ErrClosed {
				continue // it is for the thread to meet
			}
			t.Run(at.name+", "+end.name, func(t *testing.T) {
				ran, told := false, 0
				var reason error
				var here *microthread.Conn
				_ = run(t, func(t0 *microthread.Thread) (err error) {
					var there *microthread.Conn
					if here, there, err = connected(t0); err != nil {
						return err
					}
					defer there.Close()
					p := t0.Program()
					here.WhenReadable(0, func(*microthread.Thread) error {
						ran = true
						return nil
					}, func(err error) { reason, told = err, told+1 })
					var idle *reactor.Deferred
					p.Reactor().EachLive(func(d *reactor.Deferred) {
						if d != t0.Deferred() {
							idle = d
						}
					})
					if _, err := there.TryWrite([]byte("a")); err != nil {
						return err
					}
					for !at.until(p, idle) {
						t0.Yield()
					}
					return end.do(p, here)
				})
				if ran || told != 1 || !here.Closed() || !errors.Is(reason, end.gone) {
					t.Errorf("got ran %t, told %d times, closed %t, %v; want it closed and told of %v", ran, told, here.Closed(), reason, end.gone)
				}
			})
		}
	}
}

// TestF18_NoIdleConnectionInAnAbort has a thread that has aborted the program leave a connection
// idle.
func TestF18_NoIdleConnectionInAnAbort(t *testing.T) {
	var reason error
	var here *microthread.Conn
	err := run(t, func(t0 *microthread.Thread) (err error) {
		var there *microthread.Conn
		if here, there, err = connected(t0); err != nil {
			return err
		}
		defer there.Abandon()
		t0.Program().Abort(time.Hour)
		here.WhenReadable(10*time.Second, func(*microthread.Thread) error { return errBoom }, func(err error) { reason = err })
		t0.Sleep(time.Hour)
		return nil
	})
	wantErr(t, "run", err, microthread.ErrTerminated)
	if !errors.Is(reason, microthread.ErrTerminated) || !here.Closed() {
		t.Errorf("got closed %t, %v, want it closed because of the abort", here.Closed(), reason)
	}
}

// TestJ4_AnotherGoroutineGoesOn has a goroutine use a connection of a thread that has ended,
// while others run where it ran.
func TestJ4_AnotherGoroutineGoesOn(t *testing.T) {
	err := run(t, func(t0 *microthread.Thread) error {
		here, there, err := connected(t0)
		if err != nil {
			return err
		}
		defer here.Close()
		defer there.Close()
		stop, errs := make(chan struct{}), make(chan error, 1)
		first := microthread.StartAndForget(t0, func(t1 *microthread.Thread) error {
			c := here.On(t1)
			go func() {
				for {
					select {
					case <-stop:
						errs <- nil
						return
					default:
					}
					if _, err := c.Read(make([]byte, 1)); !errors.Is(err, microthread.ErrOtherGoroutine) {
						errs <- errors.Join(errors.New("a read by another goroutine"), err)
						return
					}
				}
			}()
			return nil
		})
		for i := 0; i < 100 || !first.Finished(); i++ {
			microthread.StartAndForget(t0, func(t1 *microthread.Thread) error { t1.Yield(); return nil })
			t0.Sleep(time.Microsecond)
		}
		close(stop)
		return <-errs
	})
	wantErr(t, "run", err, nil)
}

// TestA8_ListenWithoutNotifier leaves no descriptor behind when listening fails.
func TestA8_ListenWithoutNotifier(t *testing.T) {
	p := microthread.New(reactor.NewSystem())
	p.Start(microthread.Spec{Name: "main", Run: func(t0 *microthread.Thread) error {
		before := openDescriptors(t)
		for range 3 {
			if _, err := microthread.Listen(t0, "tcp", "127.0.0.1:0"); !errors.Is(err, reactor.ErrNoNotifier) {
				t.Errorf("got %v, want %v", err, reactor.ErrNoNotifier)
			}
		}
		equal(t, "descriptors", openDescriptors(t), before)
		return nil
	}})
	wantErr(t, "run", errors.Join(p.Run(), p.Close()), nil)
}

// openDescriptors returns the numbers of the sockets that are open.
func openDescriptors(t *testing.T) (fds []string) {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	for _, f := range files {
		if to, _ := os.Readlink("/proc/self/fd/" + f.Name()); len(to) > 6 && to[:6] == "socket" {
			fds = append(fds, f.Name())
		}
	}
	slices.Sort(fds)
	return fds
}

// TestK4_TimersBesideBusyConnections has threads that need not wait for their connections.
func TestK4_TimersBesideBusyConnections(t *testing.T) {
	const n = 4000
	timersBeside(t, []busy{
		{"K4 reads what has come", time.Millisecond, func(t0 *microthread.Thread) time.Duration {
			here, there, err := connected(t0)
			if err != nil {
				return 0
			}
			defer here.Close()
			defer there.Close()
			if there.Write(t0, make([]byte, n)) != nil {
				return 0
			}
			for range n {
				if _, err := here.Read(t0, make([]byte, 1)); err != nil {
					return 0
				}
				computes(100 * time.Microsecond)
			}
			return n * 100 * time.Microsecond
		}},
		{"K4 writes where there is room", time.Millisecond, func(t0 *microthread.Thread) time.Duration {
			here, there, err := connected(t0)
			if err != nil {
				return 0
			}
			defer here.Close()
			defer there.Close()
			for range n {
				computes(100 * time.Microsecond)
				if _, err := here.On(t0).Write(make([]byte, 1)); err != nil {
					return 0
				}
			}
			return n * 100 * time.Microsecond
		}},
		{"K4 accepts connections that wait", 2 * time.Millisecond, func(t0 *microthread.Thread) time.Duration {
			l, err := microthread.Listen(t0, "tcp", "127.0.0.1:0")
			if err != nil {
				return 0
			}
			defer l.Close()
			for range 100 {
				c, err := microthread.Dial(t0, "tcp", l.Addr().String(), 0)
				if err != nil {
					return 0
				}
				defer c.Close()
			}
			for range 100 {
				c, err := l.Accept(t0)
				if err != nil {
					return 0
				}
				_ = c.Close()
				computes(2 * time.Millisecond)
			}
			return 200 * time.Millisecond
		}},
	})
}

// TestH1_ReadableOnlyWhenItIs reads without a wait for the event of it, or just as much as there
// is, and wants AwaitReadable to wait for more.
func TestH1_ReadableOnlyWhenItIs(t *testing.T) {
	wantErr(t, "run", run(t, func(t0 *microthread.Thread) error {
		for name, size := range map[string]int{"an event of what was read": 2, "no more than was asked for": 1} {
			here, there, err := connected(t0)
			if err != nil {
				return err
			}
			b := make([]byte, size)
			if err := there.Write(t0, []byte("aa")[:size]); err != nil {
				return err
			}
			if _, err := here.Read(t0, b); err != nil {
				return err
			}
			if size > 1 {
				if err := there.Write(t0, []byte("b")); err != nil {
					return err
				}
				waits := microthread.StartAndForget(t0, func(t1 *microthread.Thread) error {
					_, err := there.Read(t1, make([]byte, 1)) // or nobody would look for events
					return err
				})
				t0.Sleep(time.Millisecond) // it is told then, and nobody waits for it
				waits.Terminate()
				t0.Yield()
				if n, err := here.Read(t0, b); n != 1 || err != nil {
					t.Errorf("%s: got %d bytes, %v, want the one", name, n, err)
				}
			}
			here.SetDeadline(false, time.Now().Add(20*time.Millisecond))
			if err := here.AwaitReadable(t0); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%s: got %v, want to wait for what does not come", name, err)
			}
			here.SetDeadline(false, time.Time{})
			if err := there.Write(t0, []byte("c")); err != nil {
				return err
			}
			if err := here.AwaitReadable(t0); err != nil || here.Pending() != 1 {
				t.Errorf("%s: got %v and %d bytes, want the one", name, err, here.Pending())
			}
			_, _ = here.Close(), there.Close()
		}
		return nil
	}), nil)
}
