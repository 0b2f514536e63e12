package microthread

import (
	"errors"
	"fmt"
	"iter"
	"runtime"

	"mtpipe/reactor"
)

// ErrChanClosed is the error of a send into a Chan that is closed.
var ErrChanClosed = errors.New("send on closed channel")

// Chan is a bounded queue of values that any number of a program's threads send into and
// receive from: many to one, one to many or both, where a pipe is from one to one. It belongs
// to no thread; Close says that nothing more will come. Values come out in the order in which
// they went in, and those who wait are served in the order in which they came. A thread that
// is terminated while it waits takes no value along and leaves none behind.
//
// With capacity 0 a send waits until its value is received. TrySend, TryRecv, Close and Len
// may also be called by functions on the program's goroutine, the others by running threads.
type Chan[T any] struct {
	p        *Program
	name     string
	namer    func() string // or nil
	site     uintptr
	ring     []T // its length is a power of two
	head, n  int
	capacity int
	promised int // of the n values: to receivers that were woken and have not had their turns
	ops      tally
	closed   bool

	senders, receivers waitList
	idle               *party[T] // to be used again, linked by more
}

// party is a thread that waits for one of a channel's ends, or a case of a selection.
type party[T any] struct {
	waiter
	c     *Chan[T]
	sends bool
	v     T    // what it sends
	done  bool // its value was taken, or one is promised to it
	sel   *selection
	index int // among the cases of sel
	more  *party[T]
}

// NewChan returns a channel for the threads of t's program that holds up to capacity values.
// Named gives it a name for reports; the default is where it was made.
//
//go:noinline
func NewChan[T any](t *Thread, capacity int, settings ...Setting) *Chan[T] {
	s := Spec{}
	s = s.with(settings)
	return &Chan[T]{p: t.p, name: s.Name, site: callerPC(), capacity: max(capacity, 0)}
}

// String returns the name as reports show it.
func (c *Chan[T]) String() string {
	switch {
	case c.name != "":
		return c.name
	case c.namer != nil:
		return c.namer()
	}
	frame, _ := runtime.CallersFrames([]uintptr{c.site}).Next()
	return fmt.Sprintf("the channel made at %s:%d", frame.File, frame.Line)
}

// Len returns how many values were sent and not received.
func (c *Chan[T]) Len() int { return c.n }

// Send puts v into the channel, suspending t while that is full. It is ErrChanClosed when
// the channel is closed, before or meanwhile.
func (c *Chan[T]) Send(t *Thread, v T) error {
	if err := t.check(); err != nil {
		return err
	}
	c.usable(t)
	c.ops.charge(t)
	if c.TrySend(v) {
		return nil
	}
	if c.closed {
		return c.errClosed()
	}
	w := c.party(t, true)
	w.v = v
	c.senders.push(&w.waiter)
	_, err := t.d.Await(&w.waiter)
	done := w.done
	c.reuse(w)
	if err == nil && !done {
		err = c.errClosed()
	}
	if done {
		return nil
	}
	return err
}

// Recv takes the next value, suspending t until there is one. Ok is false when the channel is
// closed and empty.
func (c *Chan[T]) Recv(t *Thread) (v T, ok bool) {
	t.must()
	c.usable(t)
	c.ops.charge(t)
	if v, ok = c.TryRecv(); ok || c.closed {
		return v, ok
	}
	return c.await(t)
}

// await is Recv that has to wait.
func (c *Chan[T]) await(t *Thread) (v T, ok bool) {
	w := c.party(t, false)
	defer func() {
		if w.done {
			c.unpromise()
		}
		c.reuse(w)
	}()
	c.receivers.push(&w.waiter)
	_, _ = t.d.Await(&w.waiter)
	return c.received(w)
}

// received takes what w was woken for.
func (c *Chan[T]) received(w *party[T]) (v T, ok bool) {
	if w.done {
		w.done = false
		c.promised--
	}
	return c.TryRecv()
}

// All iterates over the values until the channel is closed and empty. Leaving the loop early
// leaves the channel as it is.
func (c *Chan[T]) All(t *Thread) iter.Seq[T] {
	return func(yield func(T) bool) {
		for {
			if v, ok := c.Recv(t); !ok || !yield(v) {
				return
			}
		}
	}
}

// TrySend is Send that does not wait: it reports false when there is no room, and when the
// channel is closed.
func (c *Chan[T]) TrySend(v T) bool {
	if c.closed || c.receivers.head == nil && c.n-c.promised >= c.capacity {
		return false
	}
	c.push(v)
	if c.receivers.head != nil {
		c.promise()
	}
	return true
}

// TryRecv is Recv that does not wait: ok is false when there is no value.
func (c *Chan[T]) TryRecv() (v T, ok bool) {
	if c.n <= c.promised {
		if c.senders.head == nil {
			return v, false
		}
		return c.sent(), true
	}
	i := c.head & (len(c.ring) - 1)
	v = c.ring[i]
	var none T
	c.ring[i] = none
	c.head++
	c.n--
	if c.senders.head != nil && c.n-c.promised < c.capacity {
		c.push(c.sent())
	}
	return v, true
}

// Close says that nothing will be sent any more: receivers get what is left, then the end, and
// those who wait to send get ErrChanClosed. Closing twice is fine.
func (c *Chan[T]) Close() {
	c.closed = true
	for _, l := range []*waitList{&c.receivers, &c.senders} {
		for w := l.pop(); w != nil; w = l.pop() {
			c.wake(w, false)
		}
	}
}

func (c *Chan[T]) push(v T) {
	if c.n == len(c.ring) {
		ring := make([]T, max(4, 2*c.n))
		for i := range c.n {
			ring[i] = c.ring[(c.head+i)&(c.n-1)]
		}
		c.ring, c.head = ring, 0
	}
	c.ring[(c.head+c.n)&(len(c.ring)-1)] = v
	c.n++
}

// promise gives a value to the receiver that waits the longest. It stays in the channel until
// that has its turn, so that a termination loses nothing.
func (c *Chan[T]) promise() {
	c.promised++
	c.wake(c.receivers.pop(), true)
}

// unpromise takes back what was promised to a receiver that was terminated.
func (c *Chan[T]) unpromise() {
	if c.promised--; c.receivers.head != nil {
		c.promise()
	}
}

// sent takes the value of the sender that waits the longest, and wakes it.
func (c *Chan[T]) sent() T {
	w := c.senders.pop()
	v := w.what.(*party[T]).v
	c.wake(w, true)
	return v
}

// wake continues a party that has left its list.
func (c *Chan[T]) wake(w *waiter, done bool) {
	p := w.what.(*party[T])
	p.done = done
	if p.sel != nil {
		p.sel.choose(p.index)
	}
	w.d.Wake()
}

// party returns a party that is in no list.
func (c *Chan[T]) party(t *Thread, sends bool) *party[T] {
	w := c.idle
	if w == nil {
		w = &party[T]{c: c}
		w.what = w
	} else {
		c.idle, w.more = w.more, nil
	}
	w.d, w.sends = &t.d, sends
	return w
}

func (c *Chan[T]) reuse(w *party[T]) {
	var none T
	w.leave()
	w.d, w.v, w.done = nil, none, false
	w.more, c.idle = c.idle, w
}

// String says what w waits for.
func (w *party[T]) String() string { return "waiting to " + w.verb() }

func (w *party[T]) verb() string {
	if w.sends {
		return "send into " + w.c.String()
	}
	return "receive from " + w.c.String()
}

// usable panics when c is not a channel of the program of t.
func (c *Chan[T]) usable(t *Thread) {
	if c.p == nil {
		panic("a Chan that NewChan did not make")
	}
	if t.p != c.p {
		panic(fmt.Errorf("%w: %s uses %s", reactor.ErrOtherReactor, t.Name(), c))
	}
}

func (c *Chan[T]) errClosed() error { return fmt.Errorf("%w %s", ErrChanClosed, c) }
