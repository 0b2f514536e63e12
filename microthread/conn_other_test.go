//go:build !linux

package microthread_test

import (
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"mtpipe/microthread"
)

// TestA8_NobodyWaitsForTheCall terminates a thread whose call goes on: the program does not wait
// for it, and what it opens is closed.
func TestA8_NobodyWaitsForTheCall(t *testing.T) {
	var l *microthread.Listener
	if err := microthread.Run(func(t0 *microthread.Thread) error {
		l = listenOn(t, t0, "tcp")
		accepts := microthread.StartAndForget(t0, func(t1 *microthread.Thread) error {
			_, err := l.Accept(t1)
			return err
		})
		t0.Yield()
		accepts.Terminate()
		return nil
	}); err != nil {
		t.Error(err)
	}
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("got %v, want the end", err)
	}
	_ = l.Close()
}
