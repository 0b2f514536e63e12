package reactor

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// OnHangUp makes fn be called on the reactor's goroutine, once, when nobody is left at the
// other side of fd, which is a pipe or a connection; stop takes that back. Fn is called when the
// reactor next has nothing to run. That keeps Run neither from returning nor from finding a
// deadlock. Reactor only.
func (r *Reactor) OnHangUp(fd int, fn func()) (stop func(), err error) {
	e, ok := r.Notifier(Descriptors).(*epoll)
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrNoNotifier, Descriptors.Name)
	}
	if err := e.open(); err != nil {
		return nil, err
	}
	// Threads may wait for fd itself: the kernel tells those who ask by one number one thing.
	own, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, fmt.Errorf("descriptor %d: %w", fd, err)
	}
	e.nextGen++
	ev := unix.EpollEvent{Events: unix.EPOLLET, Fd: int32(own), Pad: int32(e.nextGen)} // and what is always told
	if err := unix.EpollCtl(e.fd, unix.EPOLL_CTL_ADD, own, &ev); err != nil {
		_ = unix.Close(own)
		return nil, fmt.Errorf("descriptor %d: %w", fd, err)
	}
	e.at(own)
	ds := &Descriptor{e: e, fd: int32(own), gen: e.nextGen, known: true, onHangUp: fn}
	e.fds[own] = ds
	e.calls++
	return func() {
		ds.callOff()
		if e.fds[own] == ds {
			ds.Forget()
			_ = unix.Close(own)
		}
	}, nil
}

// callOff sees to it that nothing is called any more when the other side has gone.
func (ds *Descriptor) callOff() {
	if ds.onHangUp != nil {
		ds.onHangUp = nil
		ds.e.calls--
	}
}
