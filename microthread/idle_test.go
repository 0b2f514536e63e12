package microthread_test

import (
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"mtpipe/microthread"
)

// TestF18_IdleConnections keeps connections without threads between their requests.
func TestF18_IdleConnections(t *testing.T) {
	const connections, rounds = 50, 3
	err := run(t, func(t0 *microthread.Thread) error {
		l := listenOn(t, t0, "tcp")
		most, served := 0, 0
		var serve func(c *microthread.Conn) func(*microthread.Thread) error
		serve = func(c *microthread.Conn) func(*microthread.Thread) error {
			return func(t1 *microthread.Thread) error {
				var b [16]byte
				n, err := c.Read(t1, b[:])
				if err == io.EOF {
					return c.Close()
				}
				if err == nil {
					err = c.Write(t1, b[:n])
				}
				most = max(most, t1.Program().Threads())
				served++
				c.WhenReadable(0, serve(c), nil)
				return err
			}
		}
		g := microthread.NewGroup(t0)
		g.Go(func(t1 *microthread.Thread) error {
			for range connections {
				c, err := l.Accept(t1)
				if err != nil {
					return err
				}
				c.WhenReadable(0, serve(c), nil)
			}
			return l.Close()
		})
		var all []*microthread.Conn
		for i := range connections * rounds {
			if i < connections {
				c, err := microthread.Dial(t0, "tcp", l.Addr().String(), time.Minute)
				if err != nil {
					return err
				}
				all = append(all, c)
			}
			c := all[i%connections]
			if err := c.Write(t0, []byte("ping")); err != nil {
				return err
			}
			var b [16]byte
			if n, err := c.Read(t0, b[:]); string(b[:n]) != "ping" || err != nil {
				t.Errorf("got %q, %v, want ping", b[:n], err)
			}
		}
		for _, c := range all {
			c.Close()
		}
		if served != connections*rounds || most > 3 {
			t.Errorf("got %d requests with up to %d threads, want %d with 3", served, most, connections*rounds)
		}
		return g.Wait()
	})
	wantErr(t, "run", err, nil)
}

// TestF18_MoreThanWasRead has the other side send more than each thread reads, and wait for all
// of it: no event tells of the rest.
func TestF18_MoreThanWasRead(t *testing.T) {
	const message = "more than eight bytes, which is what a thread reads"
	type serve func(*microthread.Conn) func(*microthread.Thread) error
	answer := func(t1 *microthread.Thread, c *microthread.Conn) error {
		b := make([]byte, 8)
		n, err := c.Read(t1, b)
		if err == nil {
			err = c.Write(t1, b[:n])
		}
		return err
	}
	idle := serve(nil)
	idle = func(c *microthread.Conn) func(*microthread.Thread) error {
		return func(t1 *microthread.Thread) error {
			if err := answer(t1, c); err != nil {
				return c.Close()
			}
			c.WhenReadable(0, idle(c), nil)
			return nil
		}
	}
	waiting := serve(func(c *microthread.Conn) func(*microthread.Thread) error {
		return func(t1 *microthread.Thread) error {
			for {
				if err := c.AwaitReadable(t1); err != nil {
					return err
				}
				if err := answer(t1, c); err != nil {
					return c.Close()
				}
			}
		}
	})
	for _, test := range []struct {
		name  string
		serve serve
	}{{"idle", idle}, {"waiting", waiting}} {
		t.Run(test.name, func(t *testing.T) {
			err := run(t, func(t0 *microthread.Thread) error {
				l := listenOn(t, t0, "tcp")
				defer l.Close()
				c, err := microthread.Dial(t0, "tcp", l.Addr().String(), time.Minute)
				if err != nil {
					return err
				}
				defer c.Close()
				served, err := l.Accept(t0)
				if err != nil {
					return err
				}
				served.WhenReadable(0, test.serve(served), nil)
				for range 3 {
					if err := c.Write(t0, []byte(message)); err != nil {
						return err
					}
					got := make([]byte, len(message))
					if _, err := io.ReadFull(c.On(t0), got); err != nil || string(got) != message {
						t.Errorf("got %q, %v, want %q", got, err, message)
					}
				}
				return nil
			})
			wantErr(t, "run", err, nil)
		})
	}
}

// TestF18_ClosedWhileIdle closes a connection before it is made idle: its function never runs.
func TestF18_ClosedWhileIdle(t *testing.T) {
	err := run(t, func(t0 *microthread.Thread) error {
		l := listenOn(t, t0, "tcp")
		defer l.Close()
		c, err := microthread.Dial(t0, "tcp", l.Addr().String(), time.Minute)
		if err != nil {
			return err
		}
		c.Close()
		var gone error
		c.WhenReadable(0, func(*microthread.Thread) error {
			t.Error("got a thread for a connection that is closed, want none")
			return nil
		}, func(err error) { gone = err })
		if !errors.Is(gone, net.ErrClosed) {
			t.Errorf("got %v for the reason, want %v", gone, net.ErrClosed)
		}
		if err := c.AwaitReadable(t0); err != nil {
			t.Errorf("got %v, want that reading says it", err)
		}
		_, err = c.Read(t0, make([]byte, 1))
		return err
	})
	if !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v, want %v", err, net.ErrClosed)
	}
}
