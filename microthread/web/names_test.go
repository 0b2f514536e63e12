package web

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"mtpipe/microthread"
)

// TestNames looks a name up once for many threads, and again after an error, a termination and
// a time.
func TestNames(t *testing.T) {
	var asked atomic.Int64
	var answer error
	hold, begun := make(chan struct{}), make(chan struct{}, 10)
	m := &names{resolve: func(ctx context.Context, _, host string) ([]netip.Addr, error) {
		asked.Add(1)
		begun <- struct{}{}
		select {
		case <-hold:
			return []netip.Addr{netip.MustParseAddr("::ffff:127.0.0.1")}, answer
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
	err := microthread.Run(func(t0 *microthread.Thread) error {
		// all starts threads that look the name up, and returns their first error.
		all := func(limit time.Duration, then func(*microthread.Group)) error {
			g := microthread.NewGroup(t0)
			for range 100 {
				g.Go(func(t1 *microthread.Thread) error {
					addrs, err := m.lookUp(t1, "example.com", time.Now().Add(limit))
					if err == nil && (len(addrs) != 1 || addrs[0].String() != "127.0.0.1") {
						t.Errorf("got %v, want 127.0.0.1", addrs)
					}
					return err
				})
			}
			t0.Yield()
			then(g)
			return g.Wait()
		}
		wait := func(*microthread.Group) {}
		check := func(what string, err error, want string, asks int64) {
			text := ""
			if err != nil {
				text = err.Error()
			}
			if n := asked.Swap(0); text != want || n != asks {
				t.Errorf("%s: got %q after %d look-ups, want %q after %d", what, text, n, want, asks)
			}
		}
		check("no answer in time", all(10*time.Millisecond, wait), "i/o timeout", 1)
		<-begun
		_ = all(time.Hour, func(g *microthread.Group) {
			<-begun
			g.Cancel()
		})
		asked.Store(0)
		close(hold)
		answer = &net.DNSError{Err: "no such host", Name: "example.com", IsNotFound: true}
		check("no such host", all(time.Hour, wait), `"example.com": there is no such host`, 1)
		answer = nil
		check("an answer", all(time.Hour, wait), "", 1)
		check("the same", all(time.Hour, wait), "", 0)
		m.known["example.com"].until = time.Now()
		check("later", all(time.Hour, wait), "", 1)
		m.forget("example.com")
		check("when it was wrong", all(time.Hour, wait), "", 1)
		if addrs, err := m.lookUp(t0, "::1", time.Time{}); err != nil || len(addrs) != 1 || asked.Load() != 0 {
			t.Errorf("got %v, %v after %d look-ups, want an address as it is", addrs, err, asked.Load())
		}
		m.resolve = func(context.Context, string, string) ([]netip.Addr, error) { return nil, nil }
		if _, err := m.lookUp(t0, "void", time.Time{}); err == nil {
			t.Error("got no error for a name without addresses")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestNames_Limits has threads that want one name and have more or less time than the one who
// asks: each waits for its own time and no other.
func TestNames_Limits(t *testing.T) {
	const short, long = 10 * time.Millisecond, time.Hour
	for _, test := range []struct {
		name          string
		first, second time.Duration
	}{{"the first has less", short, long}, {"the second has less", long, short}} {
		hold, answers := make(chan struct{}), 0
		m := &names{resolve: func(ctx context.Context, _, _ string) ([]netip.Addr, error) {
			select {
			case <-hold:
				return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}}
		err := microthread.Run(func(t0 *microthread.Thread) error {
			g := microthread.NewGroup(t0)
			for _, limit := range []time.Duration{test.first, test.second} {
				g.Go(func(t1 *microthread.Thread) error {
					_, err := m.lookUp(t1, "example.com", time.Now().Add(limit))
					switch {
					case limit == short:
						close(hold)
						if err != os.ErrDeadlineExceeded {
							t.Errorf("%s: got %v, want it to be late", test.name, err)
						}
					case err == nil:
						answers++
					}
					return nil
				})
			}
			return g.Wait()
		})
		if err != nil || answers != 1 {
			t.Errorf("%s: got %v and %d answers, want the one with time to have one", test.name, err, answers)
		}
	}
}

// TestDial tries the addresses of a name in turn.
func TestDial(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	c, o := NewTransport(), Usual()
	for _, test := range []struct {
		name  string
		addrs []netip.Addr
		ok    bool
	}{
		{"the second", []netip.Addr{netip.MustParseAddr("::1"), netip.MustParseAddr("127.0.0.1")}, true},
		{"none", []netip.Addr{netip.MustParseAddr("::1"), netip.MustParseAddr("127.0.0.2")}, false},
	} {
		c.names = names{resolve: func(context.Context, string, string) ([]netip.Addr, error) { return test.addrs, nil }}
		err := microthread.Run(func(t0 *microthread.Thread) error {
			x := &exchange{tr: c, t: t0, o: &o}
			conn, err := x.dial("example.com", port, time.Now().Add(time.Minute))
			if conn != nil {
				conn.Close()
			}
			if (err == nil) != test.ok {
				t.Errorf("%s: got error %v", test.name, err)
			}
			if !test.ok && len(c.names.known) > 0 {
				t.Errorf("%s: the name is still known", test.name)
			}
			return nil
		})
		if err != nil && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	}
}
