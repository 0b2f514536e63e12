package web

import (
	"cmp"
	"fmt"
	"time"
)

// usualSpeedTime is for how long a body may come too slowly.
const usualSpeedTime = 30 * time.Second

// speed is how fast a body comes: only time in which it is waited for counts, so that a reader
// who takes his time is not the server's fault.
type speed struct {
	waited time.Duration // since the speed was looked at last
	got    int64         // bytes in that time
}

// left returns after how much more waiting the speed is looked at.
func (s *speed) left(o *Options) time.Duration {
	return max(cmp.Or(o.MinSpeedTime, usualSpeedTime)-s.waited, 0)
}

// add counts a read. Over says that the speed was looked at; it is an error when it was too low.
func (s *speed) add(o *Options, n int, took time.Duration) (over bool, err error) {
	s.got += int64(n)
	if s.waited += took; s.left(o) > 0 {
		return false, nil
	}
	if float64(s.got) < float64(o.MinSpeed)*s.waited.Seconds() {
		return true, &timeoutError{fmt.Sprintf("less than %d bytes a second for %v", o.MinSpeed, cmp.Or(o.MinSpeedTime, usualSpeedTime))}
	}
	*s = speed{}
	return true, nil
}
