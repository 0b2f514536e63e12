package microthread

import (
	"fmt"
	"time"
)

// Semaphore lets threads of one program share something of which there is so much: each takes
// a part, waits for it if need be, and gives it back. Those who wait are served in the order in
// which they came, so a large part is not passed over for small ones.
type Semaphore struct {
	size, free int
	ops        tally
	queue      waitList
	last       *asked // that anybody waited with
}

// asked is what a thread waits with for its part of a semaphore. Those who want as much share it.
type asked struct {
	of *Semaphore
	n  int
}

// NewSemaphore returns a semaphore of size n, all of it free. The zero Semaphore is one of 0.
func NewSemaphore(n int) *Semaphore {
	positive(n)
	return &Semaphore{size: n, free: n}
}

// positive panics when n is not how much of something there can be.
func positive(n int) {
	if n < 0 {
		panic(fmt.Sprintf("%d of a semaphore", n))
	}
}

// Acquire takes n, suspending t until so much is free. It is an error when there will never be
// so much. No function of a Semaphore takes an n below 0. Running thread only.
func (s *Semaphore) Acquire(t *Thread, n int) error { return s.AcquireFor(t, n, 0) }

// AcquireFor is Acquire with a time limit (0: none; below 0: it does not wait), after which it is reactor.ErrTimeout and
// nothing was taken. Running thread only.
func (s *Semaphore) AcquireFor(t *Thread, n int, limit time.Duration) error {
	positive(n)
	if n > s.size {
		return fmt.Errorf("a semaphore of %d never has %d", s.size, n)
	}
	if err := t.check(); err != nil {
		return err
	}
	s.ops.charge(t)
	if s.TryAcquire(n) {
		return nil
	}
	if s.last == nil || s.last.n != n {
		s.last = &asked{s, n}
	}
	w := s.queue.enter(t, s.last)
	acquired := false
	defer func() {
		given := w.signalled()
		t.p.reuseWaiter(w)
		if given && !acquired {
			s.Release(n)
		} else if !given {
			s.serve() // t stood before others who want less
		}
	}()
	_, err := t.d.AwaitFor(w, limit)
	acquired = err == nil
	return err
}

// TryAcquire takes n if so much is free and nobody waits, and reports whether it did. Any
// thread of the program, and functions on its goroutine.
func (s *Semaphore) TryAcquire(n int) bool {
	if positive(n); s.queue.head != nil || n > s.free {
		return false
	}
	s.free -= n
	return true
}

// Release gives n back. It panics when more is given back than was taken. Any thread of the
// program, and functions on its goroutine.
func (s *Semaphore) Release(n int) {
	if positive(n); n > s.size-s.free {
		panic(fmt.Sprintf("%d given back to a semaphore of %d that has %d", n, s.size, s.free))
	}
	s.free += n
	s.serve()
}

// serve gives what is free to those who wait.
func (s *Semaphore) serve() {
	for s.queue.head != nil {
		n := s.queue.head.what.(*asked).n
		if n > s.free {
			break
		}
		s.free -= n
		s.queue.wakeFirst()
	}
}

// String says what those wait for who wait.
func (s *Semaphore) String() string {
	return fmt.Sprintf("waiting for a semaphore of %d, of which %d is free", s.size, s.free)
}

func (a *asked) String() string { return a.of.String() }
