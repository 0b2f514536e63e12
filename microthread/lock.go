package microthread

// Lock lets one thread at a time do something that suspends, such as writing several pieces
// that belong together to one file or socket. Those who wait get it in the order in which
// they came. Threads that only compute need no lock. The zero Lock is free.
type Lock struct {
	holder *Thread
	ops    tally
	queue  waitList
}

// heldLock says that a lock is waited for.
type heldLock struct{ l *Lock }

func (h heldLock) String() string {
	return "waiting for a lock, which " + h.l.holder.Name() + " holds"
}

// Together runs fn while t holds the lock; a termination of t gives it back as well. A
// thread that holds it already goes on at once.
func (l *Lock) Together(t *Thread, fn func() error) error {
	if err := t.check(); err != nil {
		return err
	}
	l.ops.charge(t)
	if l.holder == t {
		return fn()
	}
	defer func() {
		if l.holder == t {
			l.pass()
		}
	}()
	for l.holder != nil && l.holder != t {
		_ = l.queue.wait(t, heldLock{l}, 0)
	}
	l.holder = t
	return fn()
}

// pass gives the lock to the one that waits the longest, if there is one.
func (l *Lock) pass() {
	l.holder = nil
	if d := l.queue.wakeFirst(); d != nil {
		l.holder, _ = d.Owner().(*Thread)
	}
}
