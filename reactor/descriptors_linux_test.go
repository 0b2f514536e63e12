package reactor

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pipe returns the descriptors of a new pipe, which the test closes.
func pipe(t *testing.T) (read, write int) {
	t.Helper()
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_NONBLOCK|unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = unix.Close(fds[0]), unix.Close(fds[1]) })
	return fds[0], fds[1]
}

func send(t *testing.T, fd int) {
	t.Helper()
	if _, err := unix.Write(fd, []byte{1}); err != nil {
		t.Error(err)
	}
}

func take(fd int) int {
	var buf [4096]byte
	n, _ := unix.Read(fd, buf[:])
	return max(n, 0)
}

// ready starts a thread that waits for a descriptor.
func ready(r *Reactor, tr *trace, name string, fd int, write bool, maxWait time.Duration) *Deferred {
	return r.Start(name, func(d *Deferred) Outcome {
		o := Defer(r.Notifier(Descriptors), d, Readiness{FD: fd, Write: write}, maxWait)
		o.AddCallback(name, "", nil)
		return o
	}, tr.finish(name))
}

// epollCase starts threads that wait for descriptors; want is what comes of them.
type epollCase struct {
	name string
	make func(t *testing.T, r *Reactor, tr *trace)
	want []string
}

func (test epollCase) run(t *testing.T) {
	t.Run(test.name, func(t *testing.T) {
		leaves(t)
		r := newReactorOf(t, NewDefaultSystem())
		var tr trace
		test.make(t, r, &tr)
		mustRun(t, r)
		tr.check(t, test.want...)
		if e := r.Notifier(Descriptors).(*epoll); e.waiting != 0 || len(r.timers) != 0 {
			t.Errorf("got %d waits and %d timers left, want none", e.waiting, len(r.timers))
		}
	})
}

func TestH3_Epoll(t *testing.T) {
	for _, test := range []epollCase{
		{"H3 ready to read", func(t *testing.T, r *Reactor, tr *trace) {
			read, write := pipe(t)
			ready(r, tr, "A", read, false, 0)
			whenAsleep(t, r, func() { send(t, write) })
		}, []string{"A ended: <nil>"}},
		{"H3 ready to write", func(t *testing.T, r *Reactor, tr *trace) {
			_, write := pipe(t)
			ready(r, tr, "A", write, true, 0)
		}, []string{"A ended: <nil>"}},
		{"H3 hang-up", func(t *testing.T, r *Reactor, tr *trace) {
			read, write := pipe(t)
			ready(r, tr, "A", read, false, 0)
			fd, _ := unix.FcntlInt(uintptr(read), unix.F_DUPFD_CLOEXEC, 0)
			whenAsleep(t, r, func() { _ = unix.Dup3(fd, write, unix.O_CLOEXEC); _ = unix.Close(fd) })
		}, []string{"A ended: <nil>"}},
		{"H3 reader gone", func(t *testing.T, r *Reactor, tr *trace) {
			read, write := pipe(t)
			for n, err := 0, error(nil); err == nil; n++ {
				_, err = unix.Write(write, make([]byte, 4096))
			}
			ready(r, tr, "A", write, true, 0)
			fd, _ := unix.FcntlInt(uintptr(write), unix.F_DUPFD_CLOEXEC, 0)
			whenAsleep(t, r, func() { _ = unix.Dup3(fd, read, unix.O_CLOEXEC); _ = unix.Close(fd) })
		}, []string{"A ended: <nil>"}},
		{"H10 ready and timed out in one turn", func(t *testing.T, r *Reactor, tr *trace) {
			read, write := pipe(t)
			send(t, write)
			ready(r, tr, "A", read, false, time.Nanosecond)
		}, []string{"A ended: <nil>"}},
		{"H3 both directions of a socket", func(t *testing.T, r *Reactor, tr *trace) {
			a, b := pair(t)
			d := ready(r, tr, "read", a, false, 0)
			ready(r, tr, "write", a, true, 0).OnFinish(func(Outcome) {
				if !d.Waiting() {
					t.Error("got a reader that was woken by writability, want it to wait")
				}
				send(t, b)
			})
		}, []string{"write ended: <nil>", "read ended: <nil>"}},
		{"H8 deregistered", func(t *testing.T, r *Reactor, tr *trace) {
			read, _ := pipe(t)
			d := ready(r, tr, "A", read, false, time.Hour)
			if err := r.Notifier(Descriptors).Deregister(d, Failed(errTest)); err != nil {
				t.Error(err)
			}
		}, []string{"A ended: error no luck"}},
	} {
		test.run(t)
	}
}

func TestH2_Epoll(t *testing.T) {
	for _, test := range []epollCase{
		{"H2 a time limit", func(t *testing.T, r *Reactor, tr *trace) {
			read, _ := pipe(t)
			ready(r, tr, "A", read, false, time.Nanosecond)
		}, []string{"A ended: error timed out"}},
		{"H2 a regular file is ready at once", func(t *testing.T, r *Reactor, tr *trace) {
			f, err := os.Create(filepath.Join(t.TempDir(), "file"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { f.Close() })
			ready(r, tr, "A", int(f.Fd()), false, 0)
			ready(r, tr, "B", int(f.Fd()), true, time.Hour)
		}, []string{"A ended: <nil>", "B ended: <nil>"}},
		{"H2 not a descriptor", func(t *testing.T, r *Reactor, tr *trace) {
			ready(r, tr, "A", 1<<20, false, time.Hour)
		}, []string{"A ended: error descriptor 1048576: bad file descriptor"}},
		{"H2 not a Readiness", func(t *testing.T, r *Reactor, tr *trace) {
			waitFor(tr, in(r, Descriptors), r, "A", 0)
		}, []string{"A ended: error the descriptor notifier takes a Readiness, not a string"}},
		{"H2 two in the same direction", func(t *testing.T, r *Reactor, tr *trace) {
			a, b := pair(t)
			ready(r, tr, "A", a, false, 0)
			ready(r, tr, "B", a, false, 0)
			*tr = trace{fmt.Sprint(len(*tr), " ended at once")}
			send(t, b)
		}, []string{"1 ended at once", "A ended: <nil>"}},
	} {
		test.run(t)
	}
}

// pair returns two connected sockets.
func pair(t *testing.T) (a, b int) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = unix.Close(fds[0]), unix.Close(fds[1]) })
	return fds[0], fds[1]
}

func TestG12_DescriptorTexts(t *testing.T) {
	leaves(t)
	a, _ := pair(t)
	r := newReactor(t, Descriptors)
	reader := ready(r, &trace{}, "reader", a, false, 0)
	for w, want := range map[bool]string{
		false: fmt.Sprintf("reader is waiting for input from descriptor %d (a socket)", a),
		true:  fmt.Sprintf("writer is waiting to write to descriptor %d (a socket)", a),
	} {
		d := reader
		if w {
			d = ready(r, &trace{}, "writer", a, true, 0)
		}
		if got := d.describe(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestH10_ClosedAndReusedDescriptor keeps an old registration alive in the kernel by a
// second descriptor for the same pipe; the number is used again for another pipe.
func TestH10_ClosedAndReusedDescriptor(t *testing.T) {
	for _, forget := range []bool{false, true} {
		t.Run(fmt.Sprint("H10 forget ", forget), func(t *testing.T) {
			leaves(t)
			r := newReactorOf(t, NewDefaultSystem())
			var tr trace
			oldRead, oldWrite := pipe(t)
			newRead, newWrite := pipe(t)
			old, err := unix.FcntlInt(uintptr(oldRead), unix.F_DUPFD_CLOEXEC, 0)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { unix.Close(old) })
			a := ready(r, &tr, "A", oldRead, false, 0)
			if forget {
				r.Forget(oldRead)
			} else {
				a.Override(Failed(ErrTimeout))
			}
			_ = r.Run()
			if err := unix.Dup3(newRead, oldRead, unix.O_CLOEXEC); err != nil { // closes oldRead
				t.Fatal(err)
			}
			b := ready(r, &tr, "B", oldRead, false, 0)
			send(t, oldWrite) // an event of the old registration
			e := r.Notifier(Descriptors).(*epoll)
			if _, err := e.TimedWait(0); err != nil || !b.Waiting() {
				t.Errorf("got %v, waiting %t, want the stale event to be dropped", err, b.Waiting())
			}
			send(t, newWrite)
			mustRun(t, r)
			want := "A ended: error timed out"
			if forget {
				want = fmt.Sprintf("A ended: error descriptor %d was closed", oldRead)
			}
			tr.check(t, want, "B ended: <nil>")
		})
	}
}

func TestH10_ForgetBothDirections(t *testing.T) {
	leaves(t)
	r := newReactorOf(t, NewDefaultSystem())
	var tr trace
	a, _ := pair(t)
	ready(r, &tr, "reader", a, false, 0)
	ready(r, &tr, "writer", a, true, 0)
	r.Forget(a)
	r.Forget(a)
	mustRun(t, r)
	gone := fmt.Sprintf("ended: error descriptor %d was closed", a)
	tr.check(t, "reader "+gone, "writer "+gone)
}

// TestH5_H6_Signal interrupts waits of epoll by signals to their thread.
func TestH5_H6_Signal(t *testing.T) {
	for _, test := range []struct {
		name string
		wait func(e *epoll) (Status, error)
	}{
		{"H5 timed wait", func(e *epoll) (Status, error) { return e.TimedWait(time.Hour) }},
		{"H5 timed wait, as long as can be", func(e *epoll) (Status, error) { return e.TimedWait(math.MaxInt64) }},
		{"H6 wait forever", func(e *epoll) (Status, error) { return e.WaitForever() }},
	} {
		t.Run(test.name, func(t *testing.T) {
			leaves(t)
			r := newReactorOf(t, NewDefaultSystem())
			var tr trace
			read, _ := pipe(t)
			d := ready(r, &tr, "A", read, false, 0)
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			tid := unix.Gettid()
			var woken atomic.Bool
			gone := make(chan struct{})
			go func() {
				defer close(gone)
				for !woken.Load() {
					_ = unix.Tgkill(unix.Getpid(), tid, unix.SIGURG) // which the Go runtime ignores
					runtime.Gosched()
				}
			}()
			s, err := test.wait(r.Notifier(Descriptors).(*epoll))
			woken.Store(true)
			<-gone
			if s != Polled || err != nil || !d.Waiting() {
				t.Errorf("got %v, %v, waiting %t, want Polled, nil, true", s, err, d.Waiting())
			}
		})
	}
}

// TestG13_BoundedEvents has more events than one poll takes.
func TestG13_BoundedEvents(t *testing.T) {
	leaves(t)
	const n = eventsPerPoll + 44
	r := newReactorOf(t, NewDefaultSystem())
	var tr trace
	for range n {
		read, write := pipe(t)
		send(t, write)
		ready(r, &tr, "A", read, false, 0)
	}
	for i, want := range []int{eventsPerPoll, n} {
		if _, err := r.Notifier(Descriptors).Poll(); err != nil || r.ready.len() != want {
			t.Errorf("poll %d: got %v, %d events, want nil, %d", i, err, r.ready.len(), want)
		}
	}
	mustRun(t, r)
	if len(tr) != n {
		t.Errorf("got %d threads that ended, want %d", len(tr), n)
	}
}

// TestH3_EpollEcho has 50 connections on loopback, each with a server thread made of
// callbacks.
func TestH3_EpollEcho(t *testing.T) {
	leaves(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	r := newReactorOf(t, NewDefaultSystem())
	const connections, rounds = 50, 20
	for range connections {
		r.Hold()
		go func() {
			defer r.Post(r.Unhold)
			client, err := net.Dial("tcp", listener.Addr().String())
			if err != nil {
				t.Error(err)
				return
			}
			defer client.Close()
			for i := range rounds {
				text := []byte(fmt.Sprint("line ", i))
				if _, err := client.Write(text); err != nil {
					t.Error(err)
				}
				back := make([]byte, len(text))
				if _, err := io.ReadFull(client, back); err != nil || string(back) != string(text) {
					t.Errorf("got %q, %v, want %q", back, err, text)
				}
			}
		}()
		server, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		f, err := server.(*net.TCPConn).File()
		if err != nil {
			t.Fatal(err)
		}
		server.Close()
		_ = unix.SetNonblock(int(f.Fd()), true)
		echo(t, r, f)
	}
	mustRun(t, r)
}

func echo(t *testing.T, r *Reactor, f *os.File) {
	fd := int(f.Fd())
	var loop func(d *Deferred) Outcome
	loop = func(d *Deferred) Outcome {
		o := Defer(r.Notifier(Descriptors), d, Readiness{FD: fd}, 0)
		o.AddCallback("echo", "", func(o Outcome) Outcome {
			var buf [512]byte
			n, err := unix.Read(fd, buf[:])
			switch {
			case errors.Is(err, unix.EAGAIN):
				return loop(d)
			case n <= 0:
				return Failed(io.EOF)
			}
			_, _ = unix.Write(fd, buf[:n])
			return loop(d)
		})
		return o
	}
	r.Start("echo", loop, func(o Outcome) {
		if o.Err() != io.EOF {
			t.Errorf("got %v at the end, want EOF", o.Err())
		}
		r.Forget(fd)
		f.Close()
	})
}
