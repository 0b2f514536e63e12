package microthread

import (
	"errors"
	"fmt"

	"mtpipe/reactor"
)

// First suspends t until the first of the tasks has ended, and returns its result and its
// index. The others go on, and their errors are reported if nobody waits for them: Terminate
// ends those that nobody wants. Running thread only.
func First[T any](t *Thread, tasks ...*Task[T]) (v T, index int, err error) {
	w := watch(t, tasks)
	defer w.leave()
	if index, err = w.next(t); err != nil {
		return v, -1, err
	}
	v, err = take(tasks[index])
	return v, index, err
}

// Any suspends t until one of the tasks has ended without an error, and returns its value and
// its index. When all fail it is -1 and their errors, joined in the order of the tasks. The
// others go on; the errors of those that failed before count as handled. Running thread only.
func Any[T any](t *Thread, tasks ...*Task[T]) (v T, index int, err error) {
	w := watch(t, tasks)
	defer w.leave()
	errs := make([]error, len(tasks))
	for range max(1, len(tasks)) {
		if index, err = w.next(t); err != nil {
			return v, -1, err
		}
		if v, err = take(tasks[index]); err == nil {
			return v, index, nil
		}
		errs[index] = err
	}
	var none T
	return none, -1, errors.Join(errs...)
}

// All suspends t until all of the tasks have ended and returns their values in the order of
// the tasks, or the first error as soon as there is one. The others go on then. Running thread
// only.
func All[T any](t *Thread, tasks ...*Task[T]) ([]T, error) {
	w := watch(t, tasks)
	defer w.leave()
	values := make([]T, len(tasks))
	for range tasks {
		i, err := w.next(t)
		if err == nil {
			values[i], err = take(tasks[i])
		}
		if err != nil {
			return nil, err
		}
	}
	return values, nil
}

// take returns the result of a task that has ended.
func take[T any](k *Task[T]) (T, error) {
	k.waited = true
	if p := k.parent; p != nil {
		p.disown(&k.Thread)
	}
	return k.value, k.Err()
}

// watching is what a thread waits in that waits for the ends of several.
type watching struct {
	all   []watched
	ended []int // and not returned by next, in order
	self  bool  // it would wait for itself
}

// watched is one of them.
type watched struct {
	waiter
	of    *watching
	index int
}

func watch[T any](t *Thread, tasks []*Task[T]) *watching {
	t.must()
	ws := &watching{all: make([]watched, len(tasks))}
	for i, k := range tasks {
		ws.self = ws.self || &k.Thread == t
		if k.finished {
			ws.ended = append(ws.ended, i)
			continue
		}
		w := &ws.all[i]
		w.d, w.what, w.of, w.index = &t.d, w, ws, i
		k.waiting.push(&w.waiter)
	}
	return ws
}

// next suspends t until another of the threads has ended.
func (ws *watching) next(t *Thread) (index int, err error) {
	switch {
	case len(ws.all) == 0:
		return -1, reactor.ErrNoDeferreds
	case ws.self:
		return -1, ErrWaitSelf
	}
	if len(ws.ended) == 0 {
		if err := t.check(); err != nil {
			return -1, err
		}
		if _, err := t.d.Await(ws); err != nil {
			return -1, err
		}
	}
	index = ws.ended[0]
	ws.ended = ws.ended[1:]
	return index, nil
}

func (w *watched) String() string { return "" }

// note is called when w's thread has ended.
func (w *watched) note() { w.of.ended = append(w.of.ended, w.index) }

func (ws *watching) leave() {
	for i := range ws.all {
		ws.all[i].leave()
	}
}

// Cancel does nothing: the lists are left when all is done.
func (ws *watching) Cancel(*reactor.Deferred) {}

// Describe says how many are waited for.
func (ws *watching) Describe(*reactor.Deferred) string {
	return fmt.Sprintf("waiting for one of %d threads to end", len(ws.all))
}
