package reactor

import (
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestE14_HangUp calls functions when the other side of a descriptor has gone.
func TestE14_HangUp(t *testing.T) {
	hangUp := func(t *testing.T, r *Reactor, tr *trace, fd int) (stop func()) {
		t.Helper()
		stop, err := r.OnHangUp(fd, func() { tr.add("gone") })
		must(t, err)
		return stop
	}
	pipe := func(t *testing.T) (reader *os.File, writer int) {
		t.Helper()
		var fds [2]int
		must(t, unix.Pipe2(fds[:], unix.O_NONBLOCK|unix.O_CLOEXEC))
		reader = os.NewFile(uintptr(fds[0]), "pipe")
		t.Cleanup(func() { _, _ = reader.Close(), unix.Close(fds[1]) })
		return reader, fds[1]
	}
	for _, test := range []struct {
		name string
		do   func(t *testing.T, r *Reactor, tr *trace)
		want []string
	}{
		{"of a pipe, while a thread sleeps", func(t *testing.T, r *Reactor, tr *trace) {
			reader, writer := pipe(t)
			d := sleeping(r, "A", time.Hour, nil)
			stop, err := r.OnHangUp(writer, func() { tr.add("gone"); d.Override(Done(nil)) })
			must(t, err)
			whenAsleep(t, r, func() { _ = reader.Close() })
			mustRun(t, r)
			stop()
		}, []string{"gone"}},
		{"of a socket, while a thread waits for it", func(t *testing.T, r *Reactor, tr *trace) {
			a, b := pair(t)
			stop := hangUp(t, r, tr, a)
			ready(r, tr, "A", a, false, 0)
			whenAsleep(t, r, func() { _ = unix.Shutdown(b, unix.SHUT_RDWR) })
			mustRun(t, r)
			stop()
		}, []string{"gone", "A ended: <nil>"}},
		{"not when a socket's other side only sends no more", func(t *testing.T, r *Reactor, tr *trace) {
			a, b := pair(t)
			stop := hangUp(t, r, tr, a)
			ready(r, tr, "A", a, false, 0)
			whenAsleep(t, r, func() { _ = unix.Shutdown(b, unix.SHUT_WR) })
			mustRun(t, r)
			stop()
		}, []string{"A ended: <nil>"}},
		{"before it was asked for", func(t *testing.T, r *Reactor, tr *trace) {
			reader, writer := pipe(t)
			_ = reader.Close()
			stop := hangUp(t, r, tr, writer)
			look(t, r)
			look(t, r)
			stop()
		}, []string{"gone"}},
		{"after it was taken back", func(t *testing.T, r *Reactor, tr *trace) {
			reader, writer := pipe(t)
			stop := hangUp(t, r, tr, writer)
			stop()
			stop()
			_ = reader.Close()
			look(t, r)
		}, nil},
		{"not when the other side only reads what has come", func(t *testing.T, r *Reactor, tr *trace) {
			reader, writer := pipe(t)
			stop := hangUp(t, r, tr, writer)
			fill(writer)
			empty(int(reader.Fd()))
			look(t, r)
			stop()
		}, nil},
		{"no run waits for it", func(t *testing.T, r *Reactor, tr *trace) {
			_, writer := pipe(t)
			defer hangUp(t, r, tr, writer)()
			mustRun(t, r)
		}, nil},
		{"a deadlock is told all the same", func(t *testing.T, r *Reactor, tr *trace) {
			_, writer := pipe(t)
			defer hangUp(t, r, tr, writer)()
			d := r.Start("A", func(d *Deferred) Outcome { return wait(d, place("somewhere"), "A", nil) }, nil)
			if err := r.Run(); err == nil || !strings.HasPrefix(err.Error(), "deadlock: A") {
				t.Errorf("got %v, want a deadlock", err)
			}
			d.Override(Done(nil))
			mustRun(t, r)
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			leaves(t)
			r, tr := newReactorOf(t, NewDefaultSystem()), &trace{}
			test.do(t, r, tr)
			tr.check(t, test.want...)
		})
	}
}
