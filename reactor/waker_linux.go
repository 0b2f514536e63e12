package reactor

import (
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// waker ends the wait of an epoll from other goroutines: by a write to an eventfd that the
// epoll watches. When that fails, whatever the reason, it asks the epoll to tell also that the
// eventfd can be written to, which is so at once; and when that fails too, it tries again a
// little later. So no wait depends on a single call of the system. To be woken once too often
// costs a turn.
type waker struct {
	mu      sync.Mutex // it must not be closed under somebody who wakes
	eventfd int        // or -1
	epoll   int
	both    bool // the epoll tells that the eventfd can be written to
	write   func(fd int, b []byte) (int, error)
	ctl     func(epoll, op, fd int, ev *unix.EpollEvent) error
}

const (
	wakeTries = 4                // of a write that signals interrupt
	wakeAgain = time.Millisecond // after which both ways are tried again
)

func newWaker() waker { return waker{eventfd: -1, write: unix.Write, ctl: unix.EpollCtl} }

// openIn makes the eventfd and lets epoll watch it. Reactor only.
func (w *waker) openIn(epoll int) error {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return fmt.Errorf("eventfd: %w", err)
	}
	if err := w.ctl(epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}); err != nil {
		_ = unix.Close(fd)
		return fmt.Errorf("epoll: %w", err)
	}
	w.mu.Lock()
	w.eventfd, w.epoll = fd, epoll
	w.mu.Unlock()
	return nil
}

// Interrupt ends a wait, or the next one. Any goroutine.
func (w *waker) Interrupt() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.eventfd >= 0 && !w.wake() {
		time.AfterFunc(wakeAgain, w.Interrupt)
	}
}

// wake reports whether one of the two ways did it. The caller holds mu.
func (w *waker) wake() bool {
	one := [8]byte{1}
	for range wakeTries {
		_, err := w.write(w.eventfd, one[:])
		if err == nil {
			return true
		}
		if err != unix.EINTR {
			break
		}
	}
	if w.both {
		return true
	}
	w.both = w.watch(unix.EPOLLIN|unix.EPOLLOUT) == nil
	return w.both
}

func (w *waker) watch(events uint32) error {
	return w.ctl(w.epoll, unix.EPOLL_CTL_MOD, w.eventfd, &unix.EpollEvent{Events: events, Fd: int32(w.eventfd)})
}

// woken takes the event. What fails here is told again by the next wait. Reactor only.
func (w *waker) woken() {
	w.mu.Lock()
	defer w.mu.Unlock()
	var buf [8]byte
	_, _ = unix.Read(w.eventfd, buf[:])
	if w.both {
		w.both = w.watch(unix.EPOLLIN) != nil
	}
}

// close closes the eventfd. Reactor only.
func (w *waker) close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := unix.Close(w.eventfd)
	w.eventfd = -1
	return err
}
