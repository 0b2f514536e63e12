package microthread

import "time"

// vigil is what a watchdog knows and how it decides, apart from where it knows it from.
type vigil struct {
	limit time.Duration
	step  time.Duration // between two looks

	last   time.Duration // look
	asked  bool          // for a sign of life that has not come
	from   time.Duration // when the turn began that has been going on since it asked
	proven time.Duration // since when that is certain
	lost   time.Duration // of that time the machine stood still
	cpu    time.Duration // that the process had used when it asked
	next   time.Duration // when it is worth looking at the thread
	told   bool          // this turn was reported
}

// looksPerLimit is how often a watchdog looks in the time that a thread may take.
const looksPerLimit = 4

// sight is what a watchdog sees at a look.
type sight struct {
	now    time.Duration
	cpu    time.Duration // that the process has used; below 0 when it is not known
	asleep bool          // the reactor waits for events
	alive  bool          // it has given the sign that it was asked for
	began  time.Duration // when the running thread's turn began; below 0 when that is not known
	exact  bool          // then, and not some short turns later
}

// judgement is what to do after a look.
type judgement uint8

const (
	pass    judgement = iota
	ask               // for a sign of life
	inspect           // which thread it is, and what it is at
)

// begin begins the vigil.
func (v *vigil) begin(now time.Duration) { v.last, v.asked = now, false }

// judge decides what to do about what it sees. When the look itself comes late, the machine
// or the process stood still, or had no processor for it: that time does not count.
func (v *vigil) judge(s sight) judgement {
	late := s.now - v.last - v.step
	if v.last = s.now; late <= v.step {
		late = 0
	}
	switch {
	case v.asked && !s.alive:
		v.lost += late
		if v.told || s.now-v.proven-v.lost < v.limit || s.now < v.next {
			return pass
		}
		v.next = s.now + v.limit
		return inspect
	case s.asleep:
		v.asked = false
		return pass
	}
	v.asked, v.told, v.next, v.cpu, v.lost = true, false, 0, s.cpu, 0
	v.from, v.proven = s.now, s.now
	if s.began >= 0 {
		v.from = s.began
		v.lost = min(late, s.now-s.began) // it may have begun before that
		if s.exact {
			v.proven = s.began
		}
	}
	return ask
}

// used returns what the process has computed since the watchdog asked.
func (v *vigil) used(s sight) time.Duration {
	if s.cpu < 0 || v.cpu < 0 {
		return -1
	}
	return s.cpu - v.cpu
}

// finding is what the inspection of the thread that does not suspend has found.
type finding struct {
	state       string // of the blocking call that it is in, or ""
	unwatched   bool
	watchedFrom time.Duration // when it was unwatched last
}

// convict reports whether the thread has starved the others, and for how long. One that
// is said to compute in a process that has not computed was itself kept waiting.
func (v *vigil) convict(s sight, f finding) (elapsed time.Duration, yes bool) {
	elapsed = s.now - max(v.from, f.watchedFrom) - v.lost
	switch {
	case f.unwatched:
		return 0, false
	case s.now-max(v.proven, f.watchedFrom)-v.lost < v.limit:
		v.next = s.now // look again at the next step
		return 0, false
	case f.state == "" && v.used(s) >= 0 && v.used(s) < v.limit/2:
		return 0, false
	}
	v.told = true
	return elapsed, true
}
