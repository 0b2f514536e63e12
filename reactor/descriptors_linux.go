package reactor

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const eventsPerPoll = 256 // so that one notifier's events cannot starve the rest

// epoll waits for descriptors with the kernel's interface of that name. Each wait arms its
// descriptor for one event. The event carries the generation of the wait, so that one for
// a descriptor that was closed and used again meanwhile is told apart and dropped.
type epoll struct {
	r       *Reactor
	fd      int // -1 until somebody waits
	wakeMu  sync.Mutex
	wake    int // an eventfd, or -1; under wakeMu, for it must not be closed under a waker
	fds     map[int]*descriptor
	waits   map[*Deferred]Readiness
	events  []unix.EpollEvent
	nextGen uint32
}

type descriptor struct {
	gen         uint32
	read, write *Deferred
	known       bool // to the kernel
}

func newDescriptors(r *Reactor) (Notifier, error) {
	return &epoll{r: r, fd: -1, wake: -1, fds: make(map[int]*descriptor), waits: make(map[*Deferred]Readiness)}, nil
}

func (e *epoll) open() error {
	if e.fd >= 0 {
		return nil
	}
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		_ = unix.Close(fd)
		return fmt.Errorf("eventfd: %w", err)
	}
	if err := unix.EpollCtl(fd, unix.EPOLL_CTL_ADD, wake, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(wake)}); err != nil {
		return errors.Join(fmt.Errorf("epoll: %w", err), unix.Close(fd), unix.Close(wake))
	}
	e.fd, e.events = fd, make([]unix.EpollEvent, eventsPerPoll)
	e.wakeMu.Lock()
	e.wake = wake
	e.wakeMu.Unlock()
	return nil
}

func (e *epoll) Describe(d *Deferred) string { return e.waits[d].String() }

func (e *epoll) Register(d *Deferred, reason any, maxWait time.Duration) error {
	w, ok := reason.(Readiness)
	if !ok {
		return fmt.Errorf("the descriptor notifier takes a Readiness, not a %T", reason)
	}
	if err := e.open(); err != nil {
		return err
	}
	ds := e.fds[w.FD]
	if ds == nil {
		ds = &descriptor{}
		e.fds[w.FD] = ds
	}
	slot := ds.slot(w.Write)
	if *slot != nil {
		return fmt.Errorf("two threads cannot wait for descriptor %d in the same direction", w.FD)
	}
	*slot = d
	e.waits[d] = w
	switch err := e.arm(w.FD, ds); {
	case errors.Is(err, unix.EPERM): // a regular file: always ready
		e.Cancel(d)
		delete(e.fds, w.FD)
		return e.r.schedule(d, Outcome{})
	case err != nil:
		e.Cancel(d)
		return fmt.Errorf("descriptor %d: %w", w.FD, err)
	}
	if maxWait > 0 {
		e.r.SetTimer(e, d, maxWait)
	}
	return nil
}

func (ds *descriptor) slot(write bool) **Deferred {
	if write {
		return &ds.write
	}
	return &ds.read
}

// arm asks the kernel for one event of what is waited for. Which call that takes depends
// on whether the kernel still knows the descriptor, which ends when it is closed.
func (e *epoll) arm(fd int, ds *descriptor) error {
	e.nextGen++
	ev := unix.EpollEvent{Events: unix.EPOLLONESHOT, Fd: int32(fd), Pad: int32(e.nextGen)}
	if ds.read != nil {
		ev.Events |= unix.EPOLLIN | unix.EPOLLRDHUP
	}
	if ds.write != nil {
		ev.Events |= unix.EPOLLOUT
	}
	first, second, retry := unix.EPOLL_CTL_ADD, unix.EPOLL_CTL_MOD, error(unix.EEXIST)
	if ds.known {
		first, second, retry = second, first, unix.ENOENT
	}
	err := unix.EpollCtl(e.fd, first, fd, &ev)
	if errors.Is(err, retry) {
		err = unix.EpollCtl(e.fd, second, fd, &ev)
	}
	if err == nil {
		ds.known, ds.gen = true, e.nextGen
	}
	return err
}

func (e *epoll) Cancel(d *Deferred) {
	w, ok := e.waits[d]
	if !ok {
		return
	}
	delete(e.waits, d)
	if ds := e.fds[w.FD]; ds != nil && *ds.slot(w.Write) == d {
		*ds.slot(w.Write) = nil
	}
}

// Forget drops all that is known about a descriptor that is about to be closed; those who
// wait for it get an error. Reactor only.
func (r *Reactor) Forget(fd int) {
	if e, ok := r.Notifier(Descriptors).(*epoll); ok {
		e.forget(fd)
	}
}

func (e *epoll) forget(fd int) {
	ds := e.fds[fd]
	if ds == nil {
		return
	}
	e.fail(ds, fmt.Errorf("descriptor %d was closed", fd))
	if ds.known {
		_ = unix.EpollCtl(e.fd, unix.EPOLL_CTL_DEL, fd, nil)
	}
	delete(e.fds, fd)
}

func (e *epoll) Deregister(d *Deferred, o Outcome) error { return e.r.schedule(d, o) }
func (e *epoll) Timeout(d *Deferred) error               { return e.r.schedule(d, Failed(ErrTimeout)) }

func (e *epoll) Poll() (Status, error)        { return e.look(0) }
func (e *epoll) WaitForever() (Status, error) { return e.look(-1) }

func (e *epoll) TimedWait(d time.Duration) (Status, error) {
	msec := d / time.Millisecond
	if d%time.Millisecond > 0 {
		msec++
	}
	return e.look(int(min(msec, math.MaxInt32)))
}

// look asks the kernel for events, waiting up to msec milliseconds (-1: without limit).
func (e *epoll) look(msec int) (Status, error) {
	if e.fd < 0 || len(e.waits) == 0 && msec == 0 {
		return NoWaiters, nil
	}
	n, err := unix.EpollWait(e.fd, e.events, msec)
	if err != nil && !errors.Is(err, unix.EINTR) {
		return Polled, fmt.Errorf("epoll: %w", err)
	}
	for _, ev := range e.events[:max(n, 0)] {
		e.handle(ev)
	}
	return Polled, nil
}

func (e *epoll) handle(ev unix.EpollEvent) {
	fd := int(ev.Fd)
	if fd == e.wake {
		var buf [8]byte
		_, _ = unix.Read(fd, buf[:])
		return
	}
	ds := e.fds[fd]
	if ds == nil || ds.gen != uint32(ev.Pad) {
		return // another notifier's, or closed and its number used again
	}
	failed := ev.Events&(unix.EPOLLERR|unix.EPOLLHUP) != 0
	read, write := ds.read, ds.write
	if read != nil && (failed || ev.Events&(unix.EPOLLIN|unix.EPOLLRDHUP) != 0) {
		_ = e.r.schedule(read, Outcome{})
	}
	if write != nil && (failed || ev.Events&unix.EPOLLOUT != 0) {
		_ = e.r.schedule(write, Outcome{})
	}
	if ds.read == nil && ds.write == nil {
		return
	}
	if err := e.arm(fd, ds); err != nil {
		e.fail(ds, fmt.Errorf("descriptor %d: %w", fd, err))
	}
}

// fail ends the waits for a descriptor with err.
func (e *epoll) fail(ds *descriptor, err error) {
	for _, d := range []*Deferred{ds.read, ds.write} {
		if d != nil {
			_ = e.r.schedule(d, Failed(err))
		}
	}
}

// Interrupt ends a wait. Any goroutine.
func (e *epoll) Interrupt() {
	e.wakeMu.Lock()
	defer e.wakeMu.Unlock()
	if e.wake < 0 {
		return
	}
	one := [8]byte{1}
	_, _ = unix.Write(e.wake, one[:])
}

// Merge makes waits end also when the descriptor of another notifier becomes readable. It
// is edge-triggered, so that events that nobody waits for do not keep the reactor awake.
func (e *epoll) Merge(fd int) error {
	if err := e.open(); err != nil {
		return err
	}
	return unix.EpollCtl(e.fd, unix.EPOLL_CTL_ADD, fd,
		&unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLET, Fd: int32(fd)})
}

// Unmerge ends what Merge began.
func (e *epoll) Unmerge(fd int) {
	if e.fd >= 0 {
		_ = unix.EpollCtl(e.fd, unix.EPOLL_CTL_DEL, fd, nil)
	}
}

func (e *epoll) Close() error {
	if e.fd < 0 {
		return nil
	}
	e.wakeMu.Lock()
	defer e.wakeMu.Unlock()
	err := errors.Join(unix.Close(e.fd), unix.Close(e.wake))
	e.fd, e.wake = -1, -1
	return err
}
