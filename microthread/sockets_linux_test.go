package microthread_test

import (
	"errors"
	"fmt"
	"syscall"
	"testing"

	"mtpipe/microthread"
	"mtpipe/reactor"
)

// await suspends t until fd can be read from or written to.
func await(t *microthread.Thread, fd int, write bool) error {
	_, err := t.DeferTo(reactor.Descriptors, reactor.Readiness{FD: fd, Write: write}, 0)
	return err
}

// readAll fills b from fd.
func readAll(t *microthread.Thread, fd int, b []byte) error {
	for len(b) > 0 {
		n, err := syscall.Read(fd, b)
		switch {
		case err == syscall.EAGAIN:
			if err := await(t, fd, false); err != nil {
				return err
			}
		case err != nil:
			return err
		case n == 0:
			return errors.New("closed by the other side")
		default:
			b = b[n:]
		}
	}
	return nil
}

const messageSize = 5

// echo sends back what it gets on fd, rounds times.
func echo(t *microthread.Thread, fd, rounds int) error {
	defer syscall.Close(fd)
	var b [messageSize]byte
	for range rounds {
		if err := readAll(t, fd, b[:]); err != nil {
			return err
		}
		if _, err := syscall.Write(fd, b[:]); err != nil {
			return err
		}
	}
	return nil
}

// client sends its number, rounds times, and checks that it comes back.
func client(t *microthread.Thread, to syscall.Sockaddr, number, rounds int) error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	if err := syscall.Connect(fd, to); err != nil && err != syscall.EINPROGRESS {
		return err
	}
	if err := await(t, fd, true); err != nil {
		return err
	}
	for round := range rounds {
		message, b := fmt.Sprintf("%04d\n", (number+round)%10_000), make([]byte, messageSize)
		if _, err := syscall.Write(fd, []byte(message)); err != nil {
			return err
		}
		if err := readAll(t, fd, b); err != nil {
			return err
		}
		if string(b) != message {
			return fmt.Errorf("client %d: got %q, want %q", number, b, message)
		}
	}
	return nil
}

// listen returns a listening loopback socket and its address.
func listen(t *testing.T) (int, syscall.Sockaddr) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(fd, 4096)); err != nil {
		t.Skip(err)
	}
	to, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return fd, to
}

// TestA4_ThousandConnections serves many connections at once from one goroutine, a thread
// each: the proposal's web server.
func TestA4_ThousandConnections(t *testing.T) {
	connections, rounds := 1000, 5
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) == nil && limit.Cur < uint64(2*connections+64) {
		connections = int(limit.Cur)/2 - 32
	}
	listener, to := listen(t)
	most := 0
	err := run(t, func(t0 *microthread.Thread) error {
		g := microthread.NewGroup(t0)
		for i := range connections {
			g.Go(func(c *microthread.Thread) error { return client(c, to, i, rounds) })
		}
		for accepted := 0; accepted < connections; {
			fd, _, err := syscall.Accept4(listener, syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
			if err == syscall.EAGAIN {
				if err := await(t0, listener, false); err != nil {
					return err
				}
				continue
			}
			if err != nil {
				return err
			}
			accepted++
			microthread.StartAndForget(t0, func(c *microthread.Thread) error { return echo(c, fd, rounds) })
			most = max(most, t0.Program().Threads())
		}
		return g.Wait()
	})
	wantErr(t, "run", err, nil)
	if most <= connections {
		t.Errorf("got at most %d threads at a time, want more than the %d connections", most, connections)
	}
}
