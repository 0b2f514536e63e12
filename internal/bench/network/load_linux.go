package network

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// messageSize is how long a message is, a line with its end.
const messageSize = 64

// patience is how long a server may leave every connection without an answer.
const patience = 20 * time.Second

// load is many connections to one server, each of which sends a message when it has the
// answer to the one before. It drives them from one system thread, with as few calls as there
// can be: it must not be what is measured.
type load struct {
	epoll    int
	events   []unix.EpollEvent
	clients  []client
	dialogue dialogue
	buf      [1 << 10]byte
	out      []byte
}

// dialogue is what is sent to a server, and what it answers.
type dialogue struct {
	// request appends what the connection i sends in a round.
	request func(b []byte, i int, round uint32) []byte

	// check reports whether got is the whole answer to that. It is an error when that cannot be
	// the right one.
	check func(got []byte, i int, round uint32) (whole bool, err error)
}

// client is one connection of a load.
type client struct {
	fd    int
	round uint32        // messages sent
	sent  time.Duration // when the last one was
	part  []byte        // of its answer
}

// timing is what a load has seen.
type timing struct {
	took   time.Duration
	worked time.Duration   // of the load's processor
	delays []time.Duration // of each request, sorted
}

// percentile returns the delay that p of a hundred requests do not exceed.
func (t timing) percentile(p int) time.Duration { return t.delays[(len(t.delays)-1)*p/100] }

// lines is the dialogue with a server that makes of a line what answer makes of it.
func lines(answer func(message []byte)) dialogue {
	return dialogue{
		request: func(b []byte, i int, round uint32) []byte {
			b = append(b, make([]byte, messageSize)...)
			message(b[len(b)-messageSize:], i, round)
			return b
		},
		check: func(got []byte, i int, round uint32) (bool, error) {
			if len(got) < messageSize {
				return false, nil
			}
			var want [messageSize]byte
			message(want[:], i, round)
			if answer(want[:]); !bytes.Equal(got, want[:]) {
				return false, fmt.Errorf("got the answer %.80q, want %q", got, want)
			}
			return true, nil
		},
	}
}

// echoed is the answer of an echo server, uppered that of one that answers in upper case.
func echoed([]byte) {}
func uppered(message []byte) {
	for i, c := range message {
		if 'a' <= c && c <= 'z' {
			message[i] = c - 'a' + 'A'
		}
	}
}

// connect makes n connections and has each of them answered once.
func connect(ctx context.Context, server netip.AddrPort, n int, d dialogue) (*load, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	l := &load{epoll: epoll, events: make([]unix.EpollEvent, 512), dialogue: d}
	to := &unix.SockaddrInet4{Port: int(server.Port()), Addr: server.Addr().As4()}
	const step = 200 // so that no server's queue is full
	for len(l.clients) < n {
		from := len(l.clients)
		for range min(step, n-from) {
			if err := l.add(to); err != nil {
				l.close()
				return nil, err
			}
		}
		if _, err := l.exchange(ctx, l.clients[from:], from, len(l.clients)-from); err != nil {
			l.close()
			return nil, err
		}
	}
	return l, nil
}

// add makes one more connection.
func (l *load) add(to unix.Sockaddr) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("connection %d: %w", len(l.clients)+1, err)
	}
	l.clients = append(l.clients, client{fd: fd})
	for err = unix.EINTR; err == unix.EINTR; {
		err = unix.Connect(fd, to)
	}
	return errors.Join(err,
		unix.SetNonblock(fd, true),
		unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1),
		unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(len(l.clients) - 1)}))
}

// close ends the connections at once, without a time in which their ports are kept.
func (l *load) close() {
	for _, c := range l.clients {
		_ = unix.SetsockoptLinger(c.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
		_ = unix.Close(c.fd)
	}
	_ = unix.Close(l.epoll)
}

// run sends so many requests over all connections.
func (l *load) run(ctx context.Context, requests int) (timing, error) {
	return l.exchange(ctx, l.clients, 0, requests)
}

// exchange sends so many requests over some of the connections, the first of which has the
// number from.
func (l *load) exchange(ctx context.Context, some []client, from, requests int) (timing, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	t := timing{delays: make([]time.Duration, 0, requests)}
	begin, worked := time.Now(), threadTime()
	left := requests // to be sent
	pause := unix.NsecToTimespec(int64(250 * time.Microsecond))
	for i := range some[:min(requests, len(some))] {
		if err := l.send(from+i, time.Since(begin)); err != nil {
			return t, err
		}
		left--
	}
	for last := begin; len(t.delays) < requests; {
		// A server that had to wake the load with each answer would be charged for that.
		_ = unix.Nanosleep(&pause, nil)
		n, err := unix.EpollWait(l.epoll, l.events, 0)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return t, err
		case ctx.Err() != nil:
			return t, context.Cause(ctx)
		case n > 0:
			last = time.Now()
		case time.Since(last) > patience:
			return t, fmt.Errorf("no answer for %v, with %d of %d there", patience, len(t.delays), requests)
		}
		for _, e := range l.events[:max(n, 0)] {
			done, err := l.receive(int(e.Fd))
			if err != nil {
				return t, err
			}
			if !done {
				continue
			}
			now := time.Since(begin)
			t.delays = append(t.delays, now-l.clients[e.Fd].sent)
			if left == 0 {
				continue
			}
			left--
			if err := l.send(int(e.Fd), now); err != nil {
				return t, err
			}
		}
	}
	t.took, t.worked = time.Since(begin), threadTime()-worked
	slices.Sort(t.delays)
	return t, nil
}

// threadTime returns how long this thread of the system has worked.
func threadTime() time.Duration {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts)
	return time.Duration(ts.Nano())
}

// send sends the next message of the connection i.
func (l *load) send(i int, now time.Duration) error {
	c := &l.clients[i]
	l.out = l.dialogue.request(l.out[:0], i, c.round)
	c.part, c.sent = c.part[:0], now
	c.round++
	for {
		n, err := unix.Write(c.fd, l.out)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return fmt.Errorf("connection %d: %w", i, err)
		case n < len(l.out):
			return fmt.Errorf("connection %d: it took %d bytes of a message", i, n)
		default:
			return nil
		}
	}
}

// receive reads what has come for the connection i and reports whether the answer is
// complete. It is an error when it is not the right one.
func (l *load) receive(i int) (bool, error) {
	c := &l.clients[i]
	n, err := unix.Read(c.fd, l.buf[:])
	switch {
	case err == unix.EINTR || err == unix.EAGAIN:
		return false, nil
	case err != nil:
		return false, fmt.Errorf("connection %d: %w", i, err)
	case n == 0:
		return false, fmt.Errorf("connection %d: the server has closed it", i)
	}
	got := l.buf[:n]
	if len(c.part) > 0 {
		c.part = append(c.part, got...)
		got = c.part
	}
	whole, err := l.dialogue.check(got, i, c.round-1)
	switch {
	case err != nil:
		return false, fmt.Errorf("connection %d: %w", i, err)
	case !whole && len(c.part) == 0:
		c.part = append(c.part, got...)
	}
	return whole, nil
}

// message makes the message that the connection i sends in a round: letters, both numbers,
// and the end of the line.
func message(b []byte, i int, round uint32) {
	const letters = "the quick brown fox jumps over the lazy dog;;"
	n := copy(b, letters)
	for _, v := range [2]uint32{uint32(i), round} {
		b[n] = ' '
		for k := range 8 {
			b[n+1+k] = "0123456789abcdef"[v>>(28-4*k)&15]
		}
		n += 9
	}
	b[n] = '\n'
}
