package microthread_test

import (
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/reactor"
)

// TestF18_IdleEnds wants an idle connection to be continued by a thread when there is
// something to read, and otherwise to end with the reason for it.
func TestF18_IdleEnds(t *testing.T) {
	for _, test := range []struct {
		name    string
		maxWait time.Duration
		do      func(t0 *microthread.Thread, here, there *microthread.Conn) error
		reads   string // what the thread reads, "-" when there is none
		gone    error
	}{
		{"F18 something comes", time.Hour, func(t0 *microthread.Thread, _, there *microthread.Conn) error {
			return there.Write(t0, []byte("a"))
		}, "a", nil},
		{"F18 an end comes", 0, func(_ *microthread.Thread, _, there *microthread.Conn) error {
			return there.CloseWrite()
		}, "", nil},
		{"F18 something is there, and an end", 0, func(t0 *microthread.Thread, _, there *microthread.Conn) error {
			if err := there.Write(t0, []byte("ab")); err != nil {
				return err
			}
			return there.CloseWrite()
		}, "ab", nil},
		{"F18 nothing comes", time.Millisecond, func(*microthread.Thread, *microthread.Conn, *microthread.Conn) error {
			return nil
		}, "-", reactor.ErrTimeout},
		{"F18 closed meanwhile", time.Hour, func(_ *microthread.Thread, here, _ *microthread.Conn) error {
			return here.Close()
		}, "-", nil},
		{"F18 the program is aborted", 0, func(t0 *microthread.Thread, _, _ *microthread.Conn) error {
			t0.Program().Abort(time.Hour)
			return nil
		}, "-", microthread.ErrTerminated},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, told := "-", false
			var reason error
			var here *microthread.Conn
			err := run(t, func(t0 *microthread.Thread) error {
				l := listenOn(t, t0, "tcp")
				defer l.Close()
				there, err := microthread.Dial(t0, "tcp", l.Addr().String(), time.Minute)
				if err != nil {
					return err
				}
				defer func() { _ = there.Close() }()
				if here, err = l.Accept(t0); err != nil {
					return err
				}
				here.WhenReadable(test.maxWait, func(t1 *microthread.Thread) error {
					defer here.Close()
					b, err := io.ReadAll(here.On(t1))
					got = string(b)
					return err
				}, func(err error) { reason, told = err, true })
				if err := test.do(t0, here, there); err != nil {
					return err
				}
				if test.reads == "a" {
					for range 10 {
						t0.Yield()
					}
					if err := there.CloseWrite(); err != nil {
						return err
					}
				}
				for !told && got == "-" {
					t0.Sleep(time.Millisecond)
				}
				return nil
			})
			if test.gone == microthread.ErrTerminated {
				wantErr(t, "run", err, test.gone)
			} else {
				wantErr(t, "run", err, nil)
			}
			if got != test.reads || told != (test.reads == "-") || test.gone != nil && !errors.Is(reason, test.gone) || told && reason == nil {
				t.Errorf("got %q, told %t, %v, want %q, %v", got, told, reason, test.reads, test.gone)
			}
			if !here.Closed() {
				t.Error("got it open, want it closed")
			}
			if err := here.Close(); !errors.Is(err, net.ErrClosed) {
				t.Errorf("got %v from a second close, want %v", err, net.ErrClosed)
			}
		})
	}
}
