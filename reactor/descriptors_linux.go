package reactor

import (
	"errors"
	"fmt"
	"math"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const eventsPerPoll = 256 // so that one notifier's events cannot starve the rest

// epoll waits for descriptors with the kernel's interface of that name. A descriptor that
// Watch made known stays so, edge-triggered, and a wait for it costs no call. Any other is
// armed for one event by each wait. The event carries the generation of its descriptor, so
// that one for a descriptor that was closed and used again meanwhile is told apart and dropped.
type epoll struct {
	r  *Reactor
	fd int // -1 until somebody waits
	waker
	fds     []*Descriptor // by number
	waiting int           // how many Deferreds
	calls   int           // how many functions are to be called when somebody has gone
	events  []unix.EpollEvent
	nextGen uint32
	doubted bool // nothing was found by doubt since the last event
}

// Descriptor is what a reactor knows about an open descriptor that threads wait for.
type Descriptor struct {
	e           *epoll
	fd          int32
	gen         uint32
	read, write *Deferred
	known       bool // to the kernel
	watched     bool // for good
	canRead     bool // an edge came since the last wait; watched only
	canWrite    bool
	gone        bool   // the other side has closed, or there is an error: reads no longer wait
	urgent      bool   // urgent data has come
	onHangUp    func() // of OnHangUp, whose own the descriptor is, or of OnGone, if watched; or nil
}

// readSide and writeSide are a descriptor as what a Deferred waits in.
type (
	readSide  Descriptor
	writeSide Descriptor
)

func (s *readSide) Cancel(*Deferred)           { s.read = nil; s.e.waiting-- }
func (s *readSide) Describe(*Deferred) string  { return "waiting for input from " + nameOf(s.fd) }
func (s *readSide) notifier() Notifier         { return s.e }
func (s *writeSide) Cancel(*Deferred)          { s.write = nil; s.e.waiting-- }
func (s *writeSide) Describe(*Deferred) string { return "waiting to write to " + nameOf(s.fd) }
func (s *writeSide) notifier() Notifier        { return s.e }

func newDescriptors(r *Reactor) (Notifier, error) {
	return &epoll{r: r, fd: -1, waker: newWaker()}, nil
}

func (e *epoll) open() error {
	if e.fd >= 0 {
		return nil
	}
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	if err := e.openIn(fd); err != nil {
		_ = unix.Close(fd)
		return err
	}
	e.fd, e.events = fd, make([]unix.EpollEvent, eventsPerPoll)
	return nil
}

// Describe and Cancel are for the moment between the beginning of a wait and Register.
func (e *epoll) Describe(*Deferred) string { return "waiting for a descriptor" }

// Cancel does nothing: a Deferred that is registered waits in one side of its descriptor.
func (e *epoll) Cancel(*Deferred) {}

func (e *epoll) Register(d *Deferred, reason any, maxWait time.Duration) error {
	w, ok := reason.(Readiness)
	if !ok {
		return fmt.Errorf("the descriptor notifier takes a Readiness, not a %T", reason)
	}
	if err := e.open(); err != nil {
		return err
	}
	return e.at(w.FD).register(d, w.Write, maxWait)
}

// at returns what is known about the descriptor fd.
func (e *epoll) at(fd int) *Descriptor {
	if fd < 0 {
		return &Descriptor{e: e, fd: int32(fd)} // the kernel says what is wrong with it
	}
	if fd >= len(e.fds) {
		e.fds = append(e.fds, make([]*Descriptor, max(fd+1, 2*len(e.fds))-len(e.fds))...)
	}
	if e.fds[fd] == nil {
		e.fds[fd] = &Descriptor{e: e, fd: int32(fd)}
	}
	return e.fds[fd]
}

// register makes d, which is suspended, wait for one side of the descriptor.
func (ds *Descriptor) register(d *Deferred, write bool, maxWait time.Duration) error {
	slot, can := &ds.read, &ds.canRead
	w := Waiter((*readSide)(ds))
	if write {
		slot, can, w = &ds.write, &ds.canWrite, (*writeSide)(ds)
	}
	if *slot != nil {
		return ds.taken()
	}
	*slot, d.waiter = d, w
	ds.e.waiting++
	if ds.watched {
		if *can || ds.gone && !write { // a peer that sends no more may still read
			*can = false
			return ds.e.r.schedule(d, Outcome{})
		}
	} else if done, err := ds.ask(d); done || err != nil {
		return err
	}
	if maxWait > 0 {
		ds.e.r.SetTimer(ds.e, d, maxWait)
	}
	return nil
}

func (ds *Descriptor) taken() error {
	return fmt.Errorf("two threads cannot wait for descriptor %d in the same direction", ds.fd)
}

// ask makes the kernel tell once what d waits for. Done is that d can go on.
func (ds *Descriptor) ask(d *Deferred) (done bool, err error) {
	err = ds.arm()
	if errors.Is(err, unix.EPERM) { // a regular file: always ready
		return true, ds.e.r.schedule(d, Outcome{})
	}
	if err != nil {
		return false, fmt.Errorf("descriptor %d: %w", ds.fd, err)
	}
	return false, nil
}

// arm asks the kernel for one event of what is waited for. Which call that takes depends
// on whether the kernel still knows the descriptor, which ends when it is closed.
func (ds *Descriptor) arm() error {
	e, fd := ds.e, int(ds.fd)
	e.nextGen++
	ev := unix.EpollEvent{Events: unix.EPOLLONESHOT, Fd: ds.fd, Pad: int32(e.nextGen)}
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

// Forget drops all that is known about a descriptor that is about to be closed; those who
// wait for it get an error. Reactor only.
func (r *Reactor) Forget(fd int) {
	if e, ok := r.Notifier(Descriptors).(*epoll); ok {
		e.forget(fd)
	}
}

func (e *epoll) forget(fd int) {
	if fd >= 0 && fd < len(e.fds) && e.fds[fd] != nil {
		e.fds[fd].Forget()
	}
}

// Forget drops what is known about the descriptor, which is about to be closed; those who
// wait for it get an error. Reactor only.
func (ds *Descriptor) Forget() {
	e, fd := ds.e, int(ds.fd)
	if fd >= len(e.fds) || e.fds[fd] != ds {
		return
	}
	ds.callOff()
	ds.fail(fmt.Errorf("descriptor %d was closed", fd))
	if ds.known && e.fd >= 0 {
		_ = unix.EpollCtl(e.fd, unix.EPOLL_CTL_DEL, fd, nil)
	}
	e.fds[fd] = nil
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

// look asks the kernel for events, waiting up to msec milliseconds (-1: without limit). The first
// long wait after an event ends early, for doubt.
func (e *epoll) look(msec int) (Status, error) {
	switch {
	case e.fd < 0 || e.waiting == 0 && e.calls == 0 && msec == 0:
		return NoWaiters, nil
	case e.waiting == 0 && msec == 0:
		return OnlyCalls, nil
	}
	early := !e.doubted && (msec < 0 || msec > doubtAfter)
	if early {
		msec = doubtAfter
	}
	n, err := e.ready(msec)
	if err != nil && !errors.Is(err, unix.EINTR) {
		return Polled, fmt.Errorf("epoll: %w", err)
	}
	for _, ev := range e.events[:max(n, 0)] {
		e.handle(ev)
	}
	if n > 0 {
		e.doubted = false
	} else if early && err == nil {
		e.doubt()
	}
	return Polled, nil
}

// ready fills events. A look that does not sleep is no affair of Go's scheduler, which would
// otherwise watch whether it does.
func (e *epoll) ready(msec int) (int, error) {
	if msec != 0 {
		return unix.EpollWait(e.fd, e.events, msec)
	}
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(e.fd), uintptr(unsafe.Pointer(&e.events[0])), uintptr(len(e.events)), 0, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

func (e *epoll) handle(ev unix.EpollEvent) {
	fd := int(ev.Fd)
	if fd == e.eventfd {
		e.woken()
		return
	}
	if fd >= len(e.fds) || e.fds[fd] == nil || e.fds[fd].gen != uint32(ev.Pad) {
		return // another notifier's, or closed and its number used again
	}
	ds := e.fds[fd]
	failed := ev.Events&(unix.EPOLLERR|unix.EPOLLHUP) != 0
	if fn := ds.onHangUp; fn != nil && !ds.watched {
		if failed {
			ds.callOff()
			e.r.guard("a function given to OnHangUp", fn)
		}
		return
	}
	in := failed || ev.Events&(unix.EPOLLIN|unix.EPOLLRDHUP) != 0
	out := failed || ev.Events&unix.EPOLLOUT != 0
	ds.gone = ds.gone || ds.watched && (failed || ev.Events&unix.EPOLLRDHUP != 0)
	ds.urgent = ds.urgent || ev.Events&unix.EPOLLPRI != 0
	if in {
		ds.wake(&ds.read, &ds.canRead)
	}
	if out {
		ds.wake(&ds.write, &ds.canWrite)
	}
	if fn := ds.onHangUp; fn != nil && ds.gone {
		ds.callOff()
		fn()
	}
	if ds.watched || ds.read == nil && ds.write == nil {
		return
	}
	if err := ds.arm(); err != nil {
		ds.fail(fmt.Errorf("descriptor %d: %w", fd, err))
	}
}

// wake continues the one who waits on a side, or notes that nobody did.
func (ds *Descriptor) wake(side **Deferred, can *bool) {
	d := *side
	if d == nil {
		*can = ds.watched
		return
	}
	*side = nil
	ds.e.waiting--
	d.Wake()
}

// fail ends the waits for a descriptor with err.
func (ds *Descriptor) fail(err error) {
	for _, d := range []*Deferred{ds.read, ds.write} {
		if d != nil {
			_ = ds.e.r.schedule(d, Failed(err))
		}
	}
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
	err := errors.Join(e.waker.close(), unix.Close(e.fd))
	e.fd = -1
	return err
}
