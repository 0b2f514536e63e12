package microthread

import (
	"math"
	"slices"

	"mtpipe/reactor"
)

// Window is what is under way of a stream, in order and bounded: one thread adds elements
// while there is room, and another removes them when it has all that comes of them, the first
// one first or as it likes. ParallelMap is written on it. Its methods are for running threads
// of one program.
type Window[E any] struct {
	size    int
	threads int // that may run
	running int
	list    []E // in the order in which they were added
	stopped bool
	ended   bool
	changed Cond
}

// NewWindow returns a window that has room while it holds fewer elements than size, and fewer
// threads than given here run of those that Count was told of; 0 is any number.
func NewWindow[E any](size, threads int) *Window[E] {
	if threads == 0 {
		threads = math.MaxInt
	}
	return &Window[E]{size: size, threads: threads}
}

// Room suspends t until there is room for an element. It returns false when there will be
// none, because the window was stopped. What stands for the reason in reports.
func (w *Window[E]) Room(t *Thread, what string) bool {
	for !w.stopped && (len(w.list) >= w.size || w.running >= w.threads) {
		w.changed.Wait(t, what)
	}
	return !w.stopped
}

// Add adds an element, for which there is room.
func (w *Window[E]) Add(e E) {
	w.list = append(w.list, e)
	w.changed.Broadcast()
}

// Count makes t one of the threads that may be so many, until it ends.
func (w *Window[E]) Count(t *Thread) {
	w.running++
	t.d.OnFinish(func(reactor.Outcome) {
		w.running--
		w.changed.Broadcast()
	})
}

// Stop says that nothing new is to begin. What is in the window stays.
func (w *Window[E]) Stop() {
	w.stopped = true
	w.changed.Broadcast()
}

// End says that no element will be added.
func (w *Window[E]) End() {
	w.ended = true
	w.changed.Broadcast()
}

// First suspends t until there is an element and returns the first one, without removing it.
// Ok is false when there is none and none will come. What stands for the reason in reports.
func (w *Window[E]) First(t *Thread, what string) (e E, ok bool) {
	for len(w.list) == 0 {
		if w.ended {
			return e, false
		}
		w.changed.Wait(t, what)
	}
	return w.list[0], true
}

// Elements returns those that are in the window, in order, until it changes.
func (w *Window[E]) Elements() []E { return w.list }

// Remove takes out the element at the index i.
func (w *Window[E]) Remove(i int) {
	if i == 0 {
		var none E
		w.list[0], w.list = none, w.list[1:] // without moving the others
	} else {
		w.list = slices.Delete(w.list, i, i+1)
	}
	w.changed.Broadcast()
}
