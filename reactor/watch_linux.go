package reactor

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// Watch makes fd, which is non-blocking, known to the kernel until Forget, so that waiting
// for it with Defer costs no call. Reactor only.
func (r *Reactor) Watch(fd int) (*Descriptor, error) {
	e, ok := r.Notifier(Descriptors).(*epoll)
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrNoNotifier, Descriptors.Name)
	}
	if err := e.open(); err != nil {
		return nil, err
	}
	e.nextGen++
	ev := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLPRI | unix.EPOLLRDHUP | unix.EPOLLET, Fd: int32(fd), Pad: int32(e.nextGen)}
	if err := unix.EpollCtl(e.fd, unix.EPOLL_CTL_ADD, fd, &ev); err != nil {
		return nil, fmt.Errorf("descriptor %d: %w", fd, err)
	}
	ds := e.at(fd)
	ds.gen, ds.known, ds.watched = e.nextGen, true, true
	ds.canRead, ds.canWrite, ds.gone, ds.urgent = false, false, false, false
	return ds, nil
}

// Defer suspends d until the watched descriptor may be read from, or written to, or maxWait
// has passed (0: no limit). It may be continued too soon: the caller tries, and waits again when
// the call would block. Reactor only.
func (ds *Descriptor) Defer(d *Deferred, write bool, maxWait time.Duration) Outcome {
	out := d.Suspend(ds.e)
	if !out.Suspended() {
		return out
	}
	if err := ds.register(d, write, maxWait); err != nil {
		d.leave()
		return Failed(err)
	}
	return out
}

// Await is Defer for the running thread of d, which has a stack: it returns when the wait is
// over, with what it ended with.
func (ds *Descriptor) Await(d *Deferred, write bool, maxWait time.Duration) error {
	if d.state != stateRunning || d.thread == nil || d.r.closed {
		_, err := d.Await(ds.e) // says why that cannot be
		return err
	}
	d.state = stateWaiting
	if err := ds.register(d, write, maxWait); err != nil {
		d.leave()
		return err
	}
	d.thread.Park()
	_, err := d.Result()
	return err
}

// SetLimit changes how long the one who waits on that side goes on waiting (0: for ever).
func (ds *Descriptor) SetLimit(write bool, maxWait time.Duration) {
	d := ds.read
	if write {
		d = ds.write
	}
	switch {
	case d == nil:
	case maxWait > 0:
		ds.e.r.SetTimer(ds.e, d, maxWait)
	default:
		ds.e.r.ClearTimer(d)
	}
}

// Told reports whether the kernel has told, while nobody waited, that a watched descriptor may be
// read: the next wait for that ends at once, be it that what there was has been read since.
func (ds *Descriptor) Told() bool { return ds.canRead }

// Gone reports whether the other side of a watched descriptor has closed it or it has an
// error, so that reading it does not wait.
func (ds *Descriptor) Gone() bool { return ds.gone }

// OnGone makes fn be called on the reactor's goroutine, once, when Gone becomes true, or at once
// when it is; nil takes that back. It is called when the reactor next looks for events, which
// keeps Run neither from returning nor from finding a deadlock. Fn must not suspend. Reactor only.
func (ds *Descriptor) OnGone(fn func()) {
	ds.callOff()
	switch {
	case fn == nil:
	case ds.gone:
		fn()
	default:
		ds.onHangUp = fn
		ds.e.calls++
	}
}

// Urgent reports whether urgent data has come by a watched descriptor: a read then ends before
// that, though there may be more.
func (ds *Descriptor) Urgent() bool { return ds.urgent }
