package reactor

import "golang.org/x/sys/unix"

// doubtAfter is for how many milliseconds nothing may happen before a reactor doubts that the
// kernel has told all there is.
const doubtAfter = 1000

// doubt asks for the state of each watched descriptor that somebody waits for. The kernel tells a
// change of it once, so that a call that says in vain that it would wait, as one that was
// interrupted or injected may, would otherwise never be made again. It happens once after an event,
// when the reactor has slept for doubtAfter, and ends the wait, so that the others that sleep with
// this one look as well.
func (e *epoll) doubt() {
	e.doubted = true
	var asked []unix.PollFd
	for _, ds := range e.fds {
		if ds == nil || !ds.watched || ds.read == nil && ds.write == nil {
			continue
		}
		p := unix.PollFd{Fd: ds.fd}
		if ds.read != nil {
			p.Events |= unix.POLLIN | unix.POLLRDHUP
		}
		if ds.write != nil {
			p.Events |= unix.POLLOUT
		}
		asked = append(asked, p)
	}
	if len(asked) == 0 {
		return
	}
	if n, err := unix.Poll(asked, 0); n <= 0 || err != nil {
		e.doubted = err == nil // otherwise again, a little later
		return
	}
	for _, p := range asked {
		if p.Revents != 0 {
			e.doubted = false
			e.handle(unix.EpollEvent{Events: uint32(uint16(p.Revents)), Fd: p.Fd, Pad: int32(e.fds[p.Fd].gen)})
		}
	}
}
