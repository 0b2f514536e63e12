package microthread_test

import (
	"testing"
	"time"

	"mtpipe/microthread"
)

// TestOnGone wants to be told, once, that the other side has gone while nobody reads, at once
// when that is known already, and never when it was taken back.
func TestOnGone(t *testing.T) {
	wantErr(t, "run", run(t, func(t0 *microthread.Thread) error {
		l := listenOn(t, t0, "tcp")
		defer l.Close()
		for _, taken := range []bool{false, true} {
			there, err := microthread.Dial(t0, "tcp", l.Addr().String(), time.Minute)
			if err != nil {
				return err
			}
			here, err := l.Accept(t0)
			if err != nil {
				return err
			}
			told := 0
			here.OnGone(func() { told++ })
			if err := there.Write(t0, []byte("a")); err != nil {
				return err
			}
			if err := here.AwaitReadable(t0); err != nil || told != 0 {
				t.Errorf("got %v, told %d times while the other side is there", err, told)
			}
			if taken {
				here.OnGone(nil)
			}
			if err := there.Close(); err != nil {
				return err
			}
			last := 0
			if taken {
				for range 100 {
					t0.Sleep(time.Microsecond)
				}
			} else {
				for told == 0 {
					t0.Sleep(time.Millisecond)
				}
				here.OnGone(func() { last++ })
				if last != 1 {
					t.Errorf("got told %d times of what was known, want once", last)
				}
			}
			buf := make([]byte, 2)
			for range 2 {
				if _, err := here.Read(t0, buf); err != nil {
					break
				}
			}
			if want := map[bool]int{false: 1, true: 0}[taken]; told != want {
				t.Errorf("taken back %t: got told %d times, want %d", taken, told, want)
			}
			if err := here.Close(); err != nil {
				return err
			}
			here.OnGone(func() { t.Error("told of a connection that was closed here") })
		}
		return nil
	}), nil)
}
