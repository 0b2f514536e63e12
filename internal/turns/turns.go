// Package turns lets code that may compute for long with one value give way to others, without
// that code knowing who they are: it counts its steps, and once in a while, as time tells how
// long steps take, a function is called that it was given.
package turns

import "time"

// Pace counts the steps of one computation. The zero value never gives way. A Pace belongs to one
// goroutine at a time.
type Pace struct {
	give   Give // nil for nobody to give way to
	left   int  // steps before it does so
	stride int  // steps between two times
	begun  time.Time
	last   time.Time
}

// Give is called by a computation now and then, with how long it has taken so far.
type Give func(took time.Duration)

const (
	firstStride = 1 << 6
	maxStride   = 1 << 9

	seldom = 20 * time.Microsecond  // the stride grows as long as it takes less,
	often  = 200 * time.Microsecond // and shrinks when it takes more
)

// Begin begins a computation, which calls give now and then. Steps that are left from the one
// before count, so that many short ones give way as well.
func (p *Pace) Begin(give Give) { p.give, p.begun, p.last = give, time.Time{}, time.Time{} }

// Step counts a step. It takes a nanosecond.
func (p *Pace) Step() {
	if p.left--; p.left < 0 {
		p.look()
	}
}

// Steps counts n steps at once.
func (p *Pace) Steps(n int) {
	if p.left -= n; p.left < 0 {
		p.look()
	}
}

// look gives way, and decides after how many steps to do so again.
func (p *Pace) look() {
	if p.give == nil {
		p.left = maxStride
		return
	}
	now := time.Now()
	if p.begun.IsZero() {
		p.begun = now
	}
	switch {
	case p.stride == 0:
		p.stride = firstStride
	case p.last.IsZero():
	case now.Sub(p.last) > often:
		p.stride = max(1, p.stride/8)
	case now.Sub(p.last) < seldom:
		p.stride = min(2*p.stride, maxStride)
	}
	p.left = p.stride - 1
	p.give(now.Sub(p.begun))
	p.last = time.Now()
}
