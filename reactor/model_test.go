package reactor

import (
	"errors"
	"fmt"
	"slices"
)

// model keeps its callbacks in a queue; those of a new suspension are inserted at its front.
type model struct {
	queue     []entry
	at        int
	last      string
	exception error
	suspended bool
	cleaning  bool
	wake      int
	lost      []string // who panicked while cleaning up
}

type entry struct {
	name string
	fn   continuation
}

func (m *model) suspend(wake int) result {
	switch {
	case m.cleaning:
		return result{err: errors.New("cannot suspend: the thread is cleaning up")}
	case m.suspended && m.wake == 0:
		return result{err: errors.New("cannot suspend: the thread is suspended already")}
	case m.suspended:
		return result{err: errors.New("cannot suspend: the thread is scheduled already")}
	}
	m.at, m.last, m.exception, m.suspended, m.wake = 0, "", nil, true, wake
	return m.outcome()
}

func (m *model) outcome() result {
	if m.exception != nil {
		return result{err: m.exception}
	}
	return result{suspended: true}
}

func (m *model) add(caller, called string, fn continuation) bool {
	if !m.suspended || m.exception != nil {
		return false
	}
	if called != m.last {
		m.refuse(&NotImplementedError{Function: called})
		return false
	}
	m.queue = slices.Insert(m.queue, m.at, entry{caller, fn})
	m.at++
	m.last = caller
	return true
}

// refuse tells the new callbacks of err.
func (m *model) refuse(err error) {
	fresh := slices.Clone(m.queue[:m.at])
	m.queue, m.at = m.queue[m.at:], 0
	m.suspended, m.exception = false, err
	m.cleaning = true
	for _, e := range fresh {
		if e.fn != nil {
			if _, panicked := guarded(e.fn, result{err: err}); panicked {
				m.lost = append(m.lost, e.name)
			}
		}
	}
	m.cleaning = false
}

func guarded(fn continuation, in result) (out result, panicked bool) {
	defer func() {
		if p := recover(); p != nil {
			out, panicked = result{err: fmt.Errorf("panic: %v", p)}, true
		}
	}()
	return fn(in), false
}

// settle is what becomes of the result of the function called name.
func (m *model) settle(name string, o result) result {
	switch {
	case o.suspended && !m.suspended && m.exception != nil:
		return result{err: m.exception}
	case o.suspended && !m.suspended:
		return result{err: fmt.Errorf("%s returned a suspension that is over", name)}
	case o.suspended && m.last != name:
		m.refuse(&NotImplementedError{Function: name})
		return result{err: m.exception}
	case !o.suspended && m.suspended && o.err != nil:
		m.refuse(&SystemError{Cause: o.err})
	case !o.suspended && m.suspended:
		m.refuse(&SystemError{Cause: errSwallowed})
		return result{err: m.exception}
	}
	return o
}

func (m *model) run(main continuation) result {
	o, _ := guarded(main, result{})
	for o = m.settle("main", o); ; {
		if o.suspended {
			o = wakeWith(m.wake)
			m.suspended = false
		}
		if len(m.queue) == 0 {
			return o
		}
		e := m.queue[0]
		m.queue, m.at = m.queue[1:], 0
		if e.fn != nil {
			o, _ = guarded(e.fn, o)
			o = m.settle(e.name, o)
		}
	}
}
