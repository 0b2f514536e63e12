package reactor

import (
	"math"
	"sync/atomic"
	"time"
)

// DefaultSlice is for how long threads have their turns, one after another, before the
// reactor looks for events, and how long one may go on when it need not suspend.
const DefaultSlice = time.Millisecond

// NoSlice lets threads have their turns for as long as they like.
const NoSlice = time.Duration(-1)

// Pauser is a Stack that can give up its turn where its thread need not suspend. Pause
// returns when the thread has its next turn, or at once when it must not suspend here.
type Pauser interface{ Pause() }

// pace is how a reactor keeps to its slice without reading the clock at each turn: it reads
// it once in stride turns, or units of work. While turns are short the stride grows; it is
// one when they are not, and for some time after.
type pace struct {
	slice  int64 // nanoseconds; below 0: there is none
	turns  int   // that may begin before the clock is read
	left   int   // turns behind those, before the reactor looks for events; below 0: none
	work   int   // units of work before the clock is read
	stride int
	wary   int         // readings for which the stride does not grow
	looked int64       // when events were looked for
	read   int64       // when the clock was read
	paused []*Deferred // to be scheduled when events have been looked for
	fresh  bool        // read is of the end of the last round, and it has not slept since

	began atomic.Int64 // see Turn: twice the time, and 1 when it is exact; below 0 when not known
}

const (
	maxStride   = 64 // reading the clock takes as long as a switch or two
	waryOf      = 256
	unitsOfText = 1 << 10 // bytes of text that are a unit of work
	unitsOfRows = 16      // rows that are: each may take long, all of a sudden
)

// endRound says that no thread has its turn.
func (r *Reactor) endRound() {
	r.turns, r.left = 0, -1
	r.began.Store(-1)
}

// setSlice takes over the system's slice. A round under way ends with the present turn.
func (r *Reactor) setSlice(d time.Duration) {
	r.slice, r.stride, r.work = int64(d), 1, 0
	if d < 0 {
		r.work = math.MaxInt
	}
	r.endRound()
}

// newRound lets threads have their turns, up to the event checking threshold, before events
// are looked for.
func (r *Reactor) newRound() {
	r.turns, r.left = 0, r.threshold
	if r.slice >= 0 {
		if !r.fresh || r.stride == 1 {
			r.read = r.now()
		}
		r.looked, r.fresh = r.read, false
	}
	r.allow()
}

// allow lets the next turns of the round begin.
func (r *Reactor) allow() {
	if r.slice < 0 {
		r.turns, r.left = r.left, 0
		return
	}
	r.turns = min(r.stride, r.left)
	r.left -= r.turns
	began := 2 * r.read
	if r.turns == 1 {
		began++
	}
	r.began.Store(began)
}

// proceed reports whether the round goes on when the turns that were allowed are used up.
func (r *Reactor) proceed() bool {
	if r.left < 0 {
		return false
	}
	if r.slice >= 0 && r.late() || r.left == 0 {
		r.left, r.fresh = -1, r.slice >= 0
		return false
	}
	r.allow()
	return true
}

// late reads the clock and reports whether the slice has passed since events were looked for.
func (r *Reactor) late() bool {
	now := r.now()
	switch took := now - r.read; {
	case took >= r.slice || 4*took >= r.slice && r.stride == 1:
		r.stride, r.wary = 1, waryOf
	case 4*took >= r.slice:
		r.stride /= 2
	case 8*took >= r.slice:
	case r.wary > 0:
		r.wary--
	default:
		r.stride = min(2*r.stride, maxStride)
	}
	r.read = now
	return now-r.looked >= r.slice
}

// charge counts work of d, the running thread, in units of about a microsecond: Units says
// how many. When the slice has passed, d gives up its turn, if its stack can, and charge
// returns at its next one. Pipes call it when a batch is taken or put.
func (d *Deferred) charge(units int) {
	if r := d.r; units < r.work {
		r.work -= units
		return
	}
	d.settleUp()
}

// settleUp is charge when the clock has to be read.
func (d *Deferred) settleUp() {
	r := d.r
	if r.slice < 0 {
		r.work = math.MaxInt
		return
	}
	late := r.late()
	r.work = r.stride
	if !late {
		return
	}
	r.turns, r.left, r.fresh = 0, -1, true // events come first
	if s, ok := d.thread.(Pauser); ok && d.state == stateRunning {
		s.Pause()
	}
}

// giveWay schedules d, which is suspended, behind the threads whose events have happened:
// when the reactor has looked for those, in this turn of its own. Reactor only.
func (r *Reactor) giveWay(d *Deferred) { r.paused = append(r.paused, d) }

// resume schedules those that gave way.
func (r *Reactor) resume() {
	for _, d := range r.paused {
		d.Wake()
	}
	clear(r.paused)
	r.paused = r.paused[:0]
}

// Units returns how many units of work it is to read so many rows, or bytes of text.
func Units(rows, bytes int) int { return 1 + rows/unitsOfRows + bytes/unitsOfText }

// share returns how many rows fit into half a slice if each takes as long as those n on
// which the running thread has worked since its turn began or it was charged last. It is
// math.MaxInt when that is no matter: turns are short, or there is no slice.
func (r *Reactor) share(n int) int {
	if r.stride > 1 || r.slice <= 0 {
		return math.MaxInt
	}
	took := r.now() - r.read
	if 2*took <= r.slice {
		return math.MaxInt
	}
	return max(1, int(float64(n)*float64(r.slice)/float64(2*took)))
}

// Turn returns when the running thread's turn began, as time since the reactor was made;
// below 0 when that is not known or none runs. It is exact when turns are long; otherwise
// other threads may have had turns since, which were short. Any goroutine.
func (r *Reactor) Turn() (began time.Duration, exact bool) {
	b := r.began.Load()
	return time.Duration(b >> 1), b >= 0 && b&1 == 1
}

// Age returns the time since the reactor was made. Any goroutine.
func (r *Reactor) Age() time.Duration { return time.Duration(r.now()) }

// Asleep reports whether the reactor waits for something to happen. Any goroutine.
func (r *Reactor) Asleep() bool { return r.asleep.Load() != nil }
