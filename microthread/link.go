package microthread

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"
	"sync/atomic"

	"mtpipe/pipe"
	"mtpipe/reactor"
)

// ErrProgramEnded is what the receivers of a Link get, after the values, when the program of its
// senders has ended and nobody had closed the link.
var ErrProgramEnded = errors.New("the program that sends has ended")

// Link carries values from the threads of one program to those of another, whose reactors run
// on goroutines of their own. Values cross by whole chunks, under one mutex: when a chunk is
// full, when a receiver waits, and at the end, so none waits for a sender that sleeps. They come
// out in the order in which they went in. Any number of threads may send and receive.
//
// The senders' side ends with Close or Fail, or with the end of its program's Run; the
// receivers' side with Close or the end of its program's Run, and senders get
// pipe.ErrReaderGone then. A program that has not begun to run is waited for. A thread that waits
// in a link is no deadlock, since the other program may do something about it: two programs that
// wait for each other wait for ever. What is sent must be immutable, or nobody else's.
type Link[T any] struct {
	from, to *Program
	chunk    int
	hungry   atomic.Bool // receivers wait, and nothing is on the way
	gone     atomic.Bool // the receivers are
	asked    atomic.Bool // flush was posted and has not begun

	mu    sync.Mutex
	full  []T  // handed over and not fetched
	held  bool // a chunk of the senders waits until full is fetched
	ended bool // nothing more will be handed over
	left  bool // nothing more will be fetched
	err   error

	_     [64]byte // what each side uses alone shares no cache line
	out   []T      // sent and not handed over; the senders' reactor only, as the next ones
	room  Cond
	over  bool // no more is taken
	sends tally
	stop  func() // is called when the receivers have left, or nil

	_        [64]byte
	in       []T // fetched, and received up to next; the receivers' reactor only
	next     int
	more     Cond
	receives tally
}

// NewLink returns a link from the threads of one program to those of another, which hands over
// up to chunk values at a time; 128 is quick. At most three times as many are sent and not
// received. Any goroutine.
func NewLink[T any](from, to *Program, chunk int) *Link[T] {
	if from == to {
		panic("microthread: a link is between two programs; within one a Chan will do")
	}
	l := &Link[T]{from: from, to: to, chunk: max(chunk, 1)}
	if !from.linked.add(l) {
		l.end(ErrProgramEnded)
	}
	if !to.linked.add(l) {
		_ = l.leave()
	}
	return l
}

// Send puts v into the link, suspending t while that is full. It is pipe.ErrReaderGone when the
// receivers have left, before or meanwhile, and ErrChanClosed after Close or Fail. Running
// thread of the sending program only.
func (l *Link[T]) Send(t *Thread, v T) error {
	if t.p != l.from {
		panic(fmt.Errorf("%w: %s sends into a link of another program", reactor.ErrOtherReactor, t.Name()))
	}
	l.sends.charge(t)
	if l.over || len(l.out) >= l.chunk || l.gone.Load() {
		if err := l.awaitRoom(t); err != nil {
			return err
		}
	}
	l.out = append(l.out, v)
	if len(l.out) >= l.chunk || l.hungry.Load() {
		l.handOver()
	}
	return nil
}

func (l *Link[T]) awaitRoom(t *Thread) error {
	for {
		switch {
		case l.gone.Load():
			return pipe.ErrReaderGone
		case l.over:
			return fmt.Errorf("%w between two programs", ErrChanClosed)
		case len(l.out) < l.chunk:
			return nil
		}
		waitOutside(t, &l.room, "waiting to send to another program")
	}
}

// waitOutside suspends t until c is broadcast by a function that the other program posts.
func waitOutside(t *Thread, c *Cond, what string) {
	t.must()
	t.p.r.Hold()
	defer t.p.r.Unhold()
	c.Wait(t, what)
}

// handOver gives what was sent to the receivers if they have fetched what they got before. The
// senders' reactor only.
func (l *Link[T]) handOver() {
	if len(l.out) == 0 {
		return
	}
	l.mu.Lock()
	wake := false
	switch {
	case l.left:
		l.out = nil
	case len(l.full) > 0:
		l.held = true
	default:
		l.full, l.out = l.out, l.full
		wake = l.hungry.Load()
		l.hungry.Store(false)
	}
	l.mu.Unlock()
	if wake {
		l.to.Post(l.more.Broadcast)
	}
}

// ask has the senders' reactor hand over what it has.
func (l *Link[T]) ask() {
	if !l.asked.Swap(true) {
		l.from.Post(l.flush)
	}
}

func (l *Link[T]) flush() {
	l.asked.Store(false)
	l.handOver()
	if len(l.out) < l.chunk {
		l.room.Broadcast()
	}
}

// Recv takes the next value, suspending t until there is one. At the end it is what Fail was
// given, once, then io.EOF. Running thread of the receiving program only.
func (l *Link[T]) Recv(t *Thread) (v T, err error) {
	if t.p != l.to {
		panic(fmt.Errorf("%w: %s receives from a link of another program", reactor.ErrOtherReactor, t.Name()))
	}
	l.receives.charge(t)
	for l.next == len(l.in) {
		got, err := l.fetch()
		if err != nil {
			return v, err
		}
		if !got {
			waitOutside(t, &l.more, "waiting to receive from another program")
		}
	}
	var none T
	v, l.in[l.next] = l.in[l.next], none
	l.next++
	return v, nil
}

// fetch takes what was handed over, or asks for it, or gives the end.
func (l *Link[T]) fetch() (got bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.left:
		return false, io.EOF
	case len(l.full) > 0:
		l.in, l.full, l.next = l.full, l.in[:0], 0
		if l.held {
			l.held = false
			l.ask()
		}
		return true, nil
	case l.ended:
		if err, l.err = l.err, nil; err == nil {
			err = io.EOF
			l.to.linked.remove(l)
		}
		return false, err
	}
	l.hungry.Store(true)
	l.ask()
	return false, nil
}

// All iterates over the values, then over the error that the link was given, if any. Leaving
// the loop early leaves the link as it is. Running thread of the receiving program only.
func (l *Link[T]) All(t *Thread) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			v, err := l.Recv(t)
			if err == io.EOF || !yield(v, err) || err != nil {
				return
			}
		}
	}
}

// Close ends the side of t's program. Of the senders': receivers get what is left, then the end.
// Of the receivers': what is left is dropped, senders fail, and an error that Fail was given and
// nobody has received goes to t's handler. Closing twice is fine. Any thread of either program.
func (l *Link[T]) Close(t *Thread) {
	if t.p == l.from {
		l.Fail(t, nil)
	} else if err := l.leave(); err != nil {
		t.handle(err)
	}
}

// Fail is Close of the senders' side with an error for the receivers: one of them gets it, after
// the values. When they have left, it goes to t's handler. Any thread of the sending program.
func (l *Link[T]) Fail(t *Thread, err error) {
	if lost := l.end(err); lost != nil {
		t.handle(lost)
	}
}

// end says that nothing more will be sent, and returns err if it comes too late for anybody.
func (l *Link[T]) end(err error) (lost error) {
	if l.over {
		return nil
	}
	l.over = true
	l.mu.Lock()
	if l.left {
		lost = err
	} else {
		l.full = append(l.full, l.out...)
		l.ended, l.err = true, err
	}
	l.out = nil
	l.hungry.Store(false)
	l.mu.Unlock()
	l.from.linked.remove(l)
	l.room.Broadcast()
	l.to.Post(l.more.Broadcast)
	return lost
}

// leave says that nothing more will be received, and returns the error that nobody has got.
func (l *Link[T]) leave() (unread error) {
	l.mu.Lock()
	first := !l.left
	l.left = true
	l.gone.Store(true)
	unread, l.err, l.full = l.err, nil, nil
	l.mu.Unlock()
	if !first {
		return nil
	}
	l.in, l.next = nil, 0
	l.to.linked.remove(l)
	l.more.Broadcast()
	l.from.Post(l.deserted)
	if unread == ErrProgramEnded {
		return nil // who has left need not know
	}
	return unread
}

// deserted lets the senders know that the receivers have left.
func (l *Link[T]) deserted() {
	l.out = nil
	l.from.linked.remove(l)
	l.room.Broadcast()
	if l.stop != nil {
		l.stop()
	}
}

// ends is called when the Run of p, which is at one end, has ended.
func (l *Link[T]) ends(p *Program) error {
	if p == l.to {
		return l.leave()
	}
	_ = l.end(ErrProgramEnded)
	return nil
}

// links is the links at whose ends a program is. The zero links is ready for use.
type links struct {
	mu   sync.Mutex
	all  map[link]struct{}
	over bool // the program has ended
}

type link interface{ ends(*Program) error }

// add reports whether the program has not ended. Any goroutine.
func (s *links) add(l link) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return false
	}
	if s.all == nil {
		s.all = make(map[link]struct{})
	}
	s.all[l] = struct{}{}
	return true
}

// remove forgets l. Any goroutine.
func (s *links) remove(l link) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, l)
}

// begin says that the program of s runs, perhaps again.
func (s *links) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = false
}

// end ends all links of p, and returns the errors in them that nobody has received.
func (s *links) end(p *Program) error {
	s.mu.Lock()
	s.over = true
	var all []link
	for l := range s.all {
		all = append(all, l)
	}
	s.mu.Unlock()
	var errs []error
	for _, l := range all {
		errs = append(errs, l.ends(p))
	}
	return together(errs...)
}
