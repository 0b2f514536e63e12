package microthread

import (
	"fmt"
	"strings"
	"time"

	"mtpipe/reactor"
)

// Case is one of the things that a Select waits for: Chan.RecvCase or Chan.SendCase.
type Case interface {
	fmt.Stringer
	check(t *Thread) // panics when it cannot be a case for t
	try() (done bool, err error)
	enter(s *selection, index int)
	leave()
	release() // the selection is over
	finish() error
	giveBack()
}

// selection is what the thread in a Select waits in.
type selection struct {
	cases  []Case
	chosen int
	d      *reactor.Deferred
}

// Select suspends t until one of the cases can go on, does that one and returns its index.
// When limit (0: none) has passed before, it returns -1 and reactor.ErrTimeout; with a limit
// below 0 it does not wait. Of several that can go on at once, each has its turn to be looked
// at first. The error of a send into a closed channel is ErrChanClosed, with its index. A case
// may be in one Select at a time, once.
func Select(t *Thread, limit time.Duration, cases ...Case) (int, error) {
	if err := t.check(); err != nil {
		return -1, err
	}
	t.p.selects++
	for _, c := range cases {
		c.check(t)
	}
	charge(&t.d, reactor.Units(1+len(cases), 0))
	for i := range cases {
		k := (i + t.p.selects) % len(cases)
		if done, err := cases[k].try(); done {
			return k, err
		}
	}
	if limit < 0 {
		return -1, reactor.ErrTimeout
	}
	s := &selection{cases: cases, chosen: -1, d: &t.d}
	finished := false
	defer func() {
		if s.Cancel(nil); s.chosen >= 0 && !finished {
			cases[s.chosen].giveBack()
		}
		for _, c := range cases {
			c.release()
		}
	}()
	for i, c := range cases {
		c.enter(s, i)
	}
	_, err := t.d.AwaitFor(s, limit)
	if s.chosen < 0 {
		return -1, err
	}
	finished = true
	return s.chosen, cases[s.chosen].finish()
}

// choose makes the case at index the one that goes on.
func (s *selection) choose(index int) {
	s.chosen = index
	s.Cancel(nil)
}

// Cancel takes the cases out of the lists that they wait in.
func (s *selection) Cancel(*reactor.Deferred) {
	for _, c := range s.cases {
		c.leave()
	}
}

// Describe says what is waited for.
func (s *selection) Describe(*reactor.Deferred) string {
	if len(s.cases) == 0 {
		return "waiting for none of no cases"
	}
	texts := make([]string, len(s.cases))
	for i, c := range s.cases {
		texts[i] = c.String()
	}
	return "waiting to " + strings.Join(texts, " or ")
}

// recvCase and sendCase are a party as a case of a selection.
type (
	recvCase[T any] struct {
		party[T]
		into *T
		ok   *bool
	}
	sendCase[T any] struct{ party[T] }
)

// RecvCase is the case of a Select that receives a value into v; ok tells whether there was
// one, or the channel is closed and empty. Each may be nil. The case may be used again.
func (c *Chan[T]) RecvCase(v *T, ok *bool) Case {
	r := &recvCase[T]{party: party[T]{c: c}, into: v, ok: ok}
	r.what = &r.party
	return r
}

// SendCase is the case of a Select that sends v.
func (c *Chan[T]) SendCase(v T) Case {
	s := &sendCase[T]{party[T]{c: c, sends: true, v: v}}
	s.what = &s.party
	return s
}

func (w *party[T]) check(t *Thread) {
	w.c.usable(t)
	if w.sel != nil {
		panic(fmt.Sprintf("a case of %s is in another Select, which waits", w.c))
	}
}

func (w *party[T]) release() { w.sel = nil }

func (w *party[T]) join(l *waitList, s *selection, index int) {
	if w.sel == s {
		panic(fmt.Sprintf("a case of %s is twice in one Select", w.c))
	}
	w.sel, w.index, w.done, w.d = s, index, false, s.d
	l.push(&w.waiter)
}

func (r *recvCase[T]) String() string { return r.verb() }

func (r *recvCase[T]) enter(s *selection, index int) { r.join(&r.c.receivers, s, index) }

func (r *recvCase[T]) try() (bool, error) {
	v, ok := r.c.TryRecv()
	if ok || r.c.closed {
		r.give(v, ok)
		return true, nil
	}
	return false, nil
}

func (r *recvCase[T]) finish() error {
	r.give(r.c.received(&r.party))
	return nil
}

func (r *recvCase[T]) giveBack() {
	if r.done {
		r.c.unpromise()
	}
}

func (r *recvCase[T]) give(v T, ok bool) {
	if r.into != nil {
		*r.into = v
	}
	if r.ok != nil {
		*r.ok = ok
	}
}

func (s *sendCase[T]) String() string { return s.verb() }

func (s *sendCase[T]) enter(of *selection, index int) { s.join(&s.c.senders, of, index) }

func (s *sendCase[T]) try() (bool, error) {
	if s.c.TrySend(s.v) {
		return true, nil
	}
	if s.c.closed {
		return true, s.c.errClosed()
	}
	return false, nil
}

func (s *sendCase[T]) finish() error {
	if !s.done {
		return s.c.errClosed()
	}
	return nil
}

func (s *sendCase[T]) giveBack() {} // its value has been taken
