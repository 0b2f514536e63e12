package microthread

import "mtpipe/pipe"

// rest is what few threads have. It is apart so that the many that only wait take little
// memory. All that have nothing of it share nothing, which is only read: own is for writing.
type rest struct {
	name     string
	handler  func(*Thread, error) error
	cause    error        // why it was terminated, when that is an error
	readsFor *Thread      // whose pipes it may read
	ins      []*pipe.Pipe // pipes read besides stdin
	scope    *Scope
	part     *part       // of its work, the innermost that it is in, or nil
	cut      bool        // a part is over, and what the thread waited in was ended for it
	context  *ownContext // what Context gives outside of parts, or nil
	*lists
}

// lists are the threads and the further pipes that a thread has to do with.
type lists struct {
	outs     []*pipe.Pipe // stdouts besides the first
	feeds    []*pipe.Pipe // pipes written besides stdouts
	children []*Thread    // started in parallel and not waited for
}

var (
	noLists lists
	nothing = rest{lists: &noLists}
)

// own returns the thread's own rest, to be written.
func (t *Thread) own() *rest {
	if t.rest == &nothing {
		t.rest = &rest{lists: &noLists}
	}
	return t.rest
}

// ownLists returns the thread's own lists, to be written.
func (t *Thread) ownLists() *lists {
	r := t.own()
	if r.lists == &noLists {
		r.lists = &lists{}
	}
	return r.lists
}

// outs iterates over the thread's stdouts.
func (t *Thread) outs(yield func(*pipe.Pipe) bool) {
	if t.stdout == nil || !yield(t.stdout) {
		return
	}
	for _, out := range t.rest.outs {
		if !yield(out) {
			return
		}
	}
}

// setOuts makes outs the thread's stdouts.
func (t *Thread) setOuts(outs []*pipe.Pipe) {
	t.stdout, t.slots = nil, nowhere
	if len(outs) > 0 {
		t.stdout, t.slots = outs[0], slotsOf(outs[0])
	}
	if len(outs) > 1 || len(t.rest.outs) > 0 {
		t.ownLists().outs = outs[min(1, len(outs)):]
	}
}

// flush lets the readers of the further pipes have what was put.
func (l *lists) flush() {
	for _, out := range l.outs {
		out.Flush()
	}
	for _, out := range l.feeds {
		out.Flush()
	}
}
