package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"mtpipe/microthread"
	"mtpipe/reactor"
)

const (
	nameTime = 30 * time.Second // for which an answer holds
	maxNames = 1000

	worthAsking = 100 * time.Millisecond // so much time must be left to ask again
)

// names is the addresses of hosts that were asked for lately. A name is looked up once for
// all threads that want it at the same time.
type names struct {
	known   map[string]*name
	resolve func(ctx context.Context, network, host string) ([]netip.Addr, error) // on a goroutine of its own
}

type name struct {
	addrs  []netip.Addr
	err    error
	asking bool
	until  time.Time
	told   microthread.Cond
}

// lookUp returns the addresses of host. When by has passed the error is
// os.ErrDeadlineExceeded.
func (m *names) lookUp(t *microthread.Thread, host string, by time.Time) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	for {
		n := m.known[host]
		switch {
		case n != nil && n.asking:
			limit := time.Duration(0)
			if !by.IsZero() {
				limit = max(time.Until(by), 1)
			}
			switch told := n.told.WaitFor(t, "waiting for the address of "+host, limit); {
			case !told:
				return nil, os.ErrDeadlineExceeded
			case n.err != nil && (n.err != os.ErrDeadlineExceeded || !by.IsZero() && time.Until(by) < worthAsking):
				return nil, n.err
			} // else the one who asked had less time
		case n != nil && time.Now().Before(n.until):
			return n.addrs, nil
		default:
			return m.ask(t, host, by)
		}
	}
}

// ask asks the system for the addresses of host.
func (m *names) ask(t *microthread.Thread, host string, by time.Time) ([]netip.Addr, error) {
	if m.known == nil || len(m.known) >= maxNames {
		m.known = map[string]*name{} // those who wait have what they wait for
	}
	n := &name{asking: true}
	m.known[host] = n
	defer func() { // also when t is terminated: another one asks then
		n.asking = false
		if n.addrs == nil && m.known[host] == n {
			delete(m.known, host)
		}
		n.told.Broadcast()
	}()
	limit, ctx, cancel := time.Duration(0), context.Background(), context.CancelFunc(func() {})
	if !by.IsZero() {
		limit = max(time.Until(by), 1)
		ctx, cancel = context.WithDeadline(ctx, by)
	}
	defer cancel()
	found, err := t.DeferTo(reactor.Blocking, func() (any, error) { return m.resolve(ctx, "ip", host) }, limit)
	if n.err = nameError(host, err); n.err != nil {
		return nil, n.err
	}
	for _, a := range found.([]netip.Addr) {
		n.addrs = append(n.addrs, a.Unmap())
	}
	if len(n.addrs) == 0 {
		n.err = fmt.Errorf("%s has no address", quote(host))
		return nil, n.err
	}
	n.until = time.Now().Add(nameTime)
	return n.addrs, nil
}

func (m *names) forget(host string) {
	if n := m.known[host]; n != nil && !n.asking {
		delete(m.known, host)
	}
}

func nameError(host string, err error) error {
	var dns *net.DNSError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, reactor.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return os.ErrDeadlineExceeded
	case errors.As(err, &dns) && dns.IsTimeout:
		return os.ErrDeadlineExceeded
	case errors.As(err, &dns) && dns.IsNotFound:
		return fmt.Errorf("%s: there is no such host", quote(host))
	case errors.As(err, &dns):
		return fmt.Errorf("%s: %s", quote(host), clean(dns.Err))
	}
	return err
}
