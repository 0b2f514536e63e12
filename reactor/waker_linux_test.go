package reactor

import (
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// refusing makes the first n writes that wake r fail with err, and as many of the calls that
// make up for one.
func refusing(r *Reactor, err error, writes, ctls int64) (written, asked *atomic.Int64) {
	written, asked = new(atomic.Int64), new(atomic.Int64)
	e := r.Notifier(Descriptors).(*epoll)
	e.waker.write = func(fd int, b []byte) (int, error) {
		if written.Add(1) <= writes {
			return 0, err
		}
		return unix.Write(fd, b)
	}
	e.waker.ctl = func(epoll, op, fd int, ev *unix.EpollEvent) error {
		if op == unix.EPOLL_CTL_MOD && asked.Add(1) <= ctls {
			return err
		}
		return unix.EpollCtl(epoll, op, fd, ev)
	}
	return written, asked
}

// TestWakeThatFails wants a reactor that sleeps in the kernel to wake up whatever the write
// that wakes it answers, and whatever the way that makes up for it answers: the thread waits
// for a pipe that nothing is written to, and only a Post ends that.
func TestWakeThatFails(t *testing.T) {
	for _, test := range []struct {
		name         string
		err          error
		writes, ctls int64 // how many of these calls fail
		wantAsked    int64 // calls that make up for the write, at least
	}{
		{"nothing fails", nil, 0, 0, 0},
		{"interrupted once", unix.EINTR, 1, 0, 0},
		{"interrupted again and again", unix.EINTR, 1 << 40, 0, 1},
		{"full", unix.EAGAIN, 1, 0, 1},
		{"no space", unix.ENOSPC, 1, 0, 1},
		{"no space, for ever", unix.ENOSPC, 1 << 40, 0, 1},
		{"both fail at first", unix.EIO, 3, 2, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			leaves(t)
			r := newReactor(t, Descriptors)
			fd, _ := pipe(t)
			tr := new(trace)
			d := ready(r, tr, "waiter", fd, false, 0)
			_, asked := refusing(r, test.err, test.writes, test.ctls)
			whenAsleep(t, r, func() { r.Post(func() { d.Override(Failed(ErrTimeout)) }) })
			mustRun(t, r)
			if n := asked.Load(); n < test.wantAsked {
				t.Errorf("got %d calls that make up for a write, want %d at least", n, test.wantAsked)
			}
		})
	}
}

// TestWakesThatFailAtRandom wants none of many wake-ups to be lost when each of the two ways
// fails now and then.
func TestWakesThatFailAtRandom(t *testing.T) {
	leaves(t)
	r := newReactor(t, Descriptors)
	fd, _ := pipe(t)
	d := ready(r, new(trace), "waiter", fd, false, 0)
	e := r.Notifier(Descriptors).(*epoll)
	calls := 0
	fails := func() bool { calls++; return calls%3 != 0 } // under the waker's lock
	e.waker.write = func(fd int, b []byte) (int, error) {
		if fails() {
			return 0, unix.EAGAIN
		}
		return unix.Write(fd, b)
	}
	e.waker.ctl = func(epoll, op, fd int, ev *unix.EpollEvent) error {
		if op == unix.EPOLL_CTL_MOD && fails() {
			return unix.ENOMEM
		}
		return unix.EpollCtl(epoll, op, fd, ev)
	}
	const posts = 2000
	var done atomic.Int64
	go func() {
		turn := make(chan struct{})
		for range posts {
			r.Post(func() { done.Add(1); turn <- struct{}{} })
			select {
			case <-turn:
			case <-time.After(time.Minute):
				t.Error("a wake-up was lost")
			}
		}
		r.Post(func() { d.Override(Failed(ErrTimeout)) })
	}()
	mustRun(t, r)
	if n := done.Load(); n != posts {
		t.Errorf("got %d functions run, want %d", n, posts)
	}
}
