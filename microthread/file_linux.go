package microthread

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"mtpipe/reactor"
)

// polling says how a descriptor is waited for.
type polling uint8

const (
	inPlace polling = iota // regular files and what else cannot be waited for
	tried                  // pipes and sockets: try without blocking, wait when that fails
	waited                 // terminals and what cannot be tried: wait, then read or write
)

// sureWrite is how many bytes a pipe or terminal takes without blocking when it is said to be
// ready: PIPE_BUF.
const sureWrite = 4 << 10

func pollingOf(f *os.File) polling {
	info, err := f.Stat()
	if err != nil {
		return waited // it may be a pipe, which would stop all threads; a regular file is ready at once
	}
	switch m := info.Mode(); {
	case m.IsRegular() || m.IsDir():
		return inPlace
	case m&(os.ModeNamedPipe|os.ModeSocket) != 0:
		return tried
	case m&os.ModeCharDevice != 0 && !canWait(f):
		return inPlace
	}
	return waited
}

// isPipe reports whether f is a pipe or a socket.
func (f *File) isPipe() bool { return f.poll == tried }

// canWait reports whether a device, such as a terminal, can be waited for; /dev/null cannot.
func canWait(f *os.File) (can bool) {
	c, err := f.SyscallConn()
	if err != nil {
		return false
	}
	_ = c.Control(func(fd uintptr) {
		_, err := unix.IoctlGetTermios(int(fd), unix.TCGETS)
		can = err == nil
	})
	return can
}

func (f *File) read(t *Thread, p []byte) (int, error) {
	for {
		n, err := f.tryRead(t, p)
		switch {
		case errors.Is(err, unix.EAGAIN):
			if err := f.wait(t, false); err != nil {
				return 0, err
			}
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return 0, &os.PathError{Op: "read", Path: f.f.Name(), Err: err}
		default:
			return n, nil
		}
	}
}

func (f *File) tryRead(t *Thread, p []byte) (int, error) {
	if f.poll == tried {
		n, err := unix.Preadv2(f.fd, [][]byte{p}, -1, unix.RWF_NOWAIT)
		if !unsupported(err) {
			return n, err
		}
		f.poll = waited
	}
	if f.poll == waited {
		if err := f.wait(t, false); err != nil {
			return 0, err
		}
	}
	return unix.Read(f.fd, p)
}

func unsupported(err error) bool {
	return errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ESPIPE)
}

func (f *File) write(t *Thread, p []byte) (int, error) {
	for {
		n, err := f.tryWrite(t, p)
		switch {
		case errors.Is(err, unix.EAGAIN):
			if err := f.wait(t, true); err != nil {
				return 0, err
			}
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return 0, &os.PathError{Op: "write", Path: f.f.Name(), Err: err}
		default:
			return n, nil
		}
	}
}

func (f *File) tryWrite(t *Thread, p []byte) (int, error) {
	if f.poll == tried {
		n, err := unix.Pwritev2(f.fd, [][]byte{p}, -1, unix.RWF_NOWAIT)
		if !unsupported(err) {
			return n, err
		}
		f.poll = waited
	}
	if f.poll == waited {
		if err := f.wait(t, true); err != nil {
			return 0, err
		}
		p = p[:min(len(p), sureWrite)]
	}
	return unix.Write(f.fd, p)
}

func (f *File) wait(t *Thread, write bool) error {
	_, err := t.DeferTo(reactor.Descriptors, reactor.Readiness{FD: f.fd, Write: write}, 0)
	return err
}

func (f *File) forget(t *Thread) {
	if f.poll != inPlace {
		t.p.r.Forget(f.fd)
	}
}
