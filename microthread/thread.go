package microthread

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"runtime"
	"slices"

	"mtpipe/internal/layer"
	"mtpipe/pipe"
	"mtpipe/reactor"
	"mtpipe/value"
)

// Thread is one micro-thread: a function with a stack of its own that runs until it
// suspends itself. A function that may suspend takes the Thread as its first parameter;
// one that does not cannot suspend. The methods are for the running thread itself unless
// they say otherwise.
type Thread struct {
	p    *Program
	d    reactor.Deferred
	co   *coroutine
	body body
	site uintptr // where it was started

	stdin  *pipe.Pipe
	stdout *pipe.Pipe                // or nil
	slots  *layer.Slots[value.Value] // of stdout, or nowhere

	parent  *Thread  // that started it
	waiting waitList // who waits for the end
	rest    *rest    // see own

	place    int32 // in the children of parent
	born     tick  // when it was started
	since    tick  // when it last suspended itself
	critical int16
	marks    mark
	kind     kind
	waited   bool // somebody has the result
	started  bool
	nested   bool // it has handed the turn on and gets it back
	finished bool
	exiting  bool  // its deferred functions run
	told     bool  // a handler has what it ended with; any program's thread may say so
	grace    uint8 // how often the unwinding of a panic was let go on
}

// mark is what is true of few threads, or seldom; each is a bit.
type mark uint16

const (
	isKilled    mark = 1 << iota // to be terminated at its next suspension
	isDraining                   // to be terminated when its present suspension ends
	hasGivenUp                   // its deferred functions take too long: it cannot suspend any more
	isInPart                     // see WithTimeout
	isWary                       // its first suspension looks at more
	isKept                       // not to be ended by Drain
	isRead                       // its parent reads what it makes
	isTrying                     // suspended in a TryPut
	isCounted                    // among those that were cut off
	isFree                       // nobody is there to wait for it
	isStackless                  // it is made of callbacks; see StartStackless
	isBeyond                     // an error handler; see beyond
)

// has reports whether one of the marks is set.
func (t *Thread) has(m mark) bool { return t.marks&m != 0 }

func (t *Thread) set(m mark, on bool) {
	if t.marks &^= m; on {
		t.marks |= m
	}
}

// body is what a thread runs: a function, or a Task, which keeps the value.
type body interface {
	run(*Thread) error
	result(error) reactor.Outcome // of the thread that has ended so
}

type function func(*Thread) error

func (f function) run(t *Thread) error { return f(t) }

func (f function) result(err error) reactor.Outcome { return reactor.Failed(err) }

// fails is the body of a thread that cannot run.
func fails(err error) body { return function(func(*Thread) error { return err }) }

// failed is the body of a thread that has failed, or is about to. Few do, so that others need no
// room for an error.
type failed struct {
	body
	err error
}

// setErr makes err what t ends with.
func (t *Thread) setErr(err error) {
	if f, ok := t.body.(*failed); ok {
		f.err = err
	} else if err != nil {
		t.body = &failed{t.body, err}
	}
}

type kind uint8

const (
	forget kind = iota
	parallel
	generate
	handling // an error handler
)

// unnamed begins the name of a thread that was given none.
const unnamed = "thread at "

// Name returns the thread's name.
func (t *Thread) Name() string {
	if name := t.rest.name; name != "" {
		return name
	}
	return unnamed + t.Site()
}

// String returns the name as reports show it.
func (t *Thread) String() string { return t.Name() }

// Site returns the file and line that started the thread.
func (t *Thread) Site() string {
	if known, ok := t.p.sites.Load(t.site); ok {
		return known.(string)
	}
	frame, _ := runtime.CallersFrames([]uintptr{t.site}).Next()
	site := fmt.Sprintf("%s:%d", frame.File, frame.Line)
	t.p.sites.Store(t.site, site)
	return site
}

// Program returns the program that the thread belongs to. Any thread.
func (t *Thread) Program() *Program { return t.p }

// Deferred returns the thread's Deferred, for code that suspends it in a Waiter of its own.
func (t *Thread) Deferred() *reactor.Deferred { return &t.d }

// Finished reports whether the thread has ended. Any thread of its reactor.
func (t *Thread) Finished() bool { return t.finished }

// Err returns the error that the finished thread ended with. Any thread of its reactor.
func (t *Thread) Err() error {
	if f, ok := t.body.(*failed); ok {
		return f.err
	}
	return nil
}

// Zombie reports whether the thread was started in parallel, has finished and has not been
// waited for. Any thread of its reactor.
func (t *Thread) Zombie() bool { return t.kind == parallel && t.finished && !t.waited }

// Stdin returns the pipe that the thread reads, or nil.
func (t *Thread) Stdin() *pipe.Pipe { return t.stdin }

// Stdout returns the thread's first pipe to write, or nil.
func (t *Thread) Stdout() *pipe.Pipe { return t.stdout }

// Stdouts returns the pipes that the thread writes.
func (t *Thread) Stdouts() []*pipe.Pipe { return slices.Collect(t.outs) }

// Put sends v down the thread's stdout, suspending while that is full. When its reader has
// closed it, the thread ends: silently, its deferred functions run, and no recover holds
// that up. Without a stdout the thread fails with ErrNoStdout. In deferred functions TryPut
// is better: a Put that ends the thread there hides the error that its function returns.
func (t *Thread) Put(v value.Value) {
	if slot := t.slots.Next(); slot != nil {
		*slot = v
		return
	}
	t.putSlowly(v)
}

// putSlowly is apart to keep Put short.
//
//go:noinline
func (t *Thread) putSlowly(v value.Value) {
	t.must()
	if t.stdout == nil {
		t.exit(ErrNoStdout)
	}
	if err := t.stdout.Put(v); err != nil {
		t.put(err)
	}
}

// PutTo is Put for another of the thread's stdouts. When only this one is closed the
// thread goes on: PutTo reports whether v was taken.
func (t *Thread) PutTo(out *pipe.Pipe, v value.Value) bool {
	err := out.Put(v)
	if err == pipe.ErrReaderGone && !t.allClosed() {
		return false
	}
	t.put(err)
	return true
}

// PutBatch sends all rows of b down stdout as Put does with one value. The pipe becomes
// the owner of b; a batch of the thread's stdin is taken out of it.
func (t *Thread) PutBatch(b *value.Batch) {
	t.must()
	b.Own()
	if t.stdout == nil {
		b.Release()
		t.exit(ErrNoStdout)
	}
	t.put(t.stdout.PutBatch(b))
}

// PutBatchTo is PutBatch for another of the thread's stdouts; see PutTo.
func (t *Thread) PutBatchTo(out *pipe.Pipe, b *value.Batch) bool {
	t.must()
	b.Own()
	err := out.PutBatch(b)
	if err == pipe.ErrReaderGone && !t.allClosed() {
		return false
	}
	t.put(err)
	return true
}

func (t *Thread) put(err error) {
	if err == nil {
		return
	}
	t.must()
	switch {
	case (err == pipe.ErrReaderGone || err == ErrTerminated) && t.unwinding():
	case err == pipe.ErrReaderGone:
		t.countCutOff(true)
		t.exit(nil)
	case err == ErrTerminated:
		t.exit(t.rest.cause)
	default:
		t.exit(err)
	}
}

// TryPut is Put, but gives an error, pipe.ErrReaderGone among them, instead of ending the
// thread. A thread that waits elsewhere when its reader leaves is ended all the same.
func (t *Thread) TryPut(v value.Value) error {
	if err := t.check(); err != nil {
		return err
	}
	if t.stdout == nil {
		return ErrNoStdout
	}
	t.set(isTrying, true)
	err := t.stdout.Put(v)
	t.set(isTrying, false)
	return err
}

// TakeFrom puts all values of a plain Go iterator.
func (t *Thread) TakeFrom(seq iter.Seq[value.Value]) {
	for v := range seq {
		t.Put(v)
	}
}

// TakeFromPipe puts all that comes out of in and returns the error that it ends with.
func (t *Thread) TakeFromPipe(in *pipe.Pipe) error {
	if err := t.check(); err != nil {
		return err
	}
	t.Reads(in)
	for b, err := range in.Batches() {
		if err != nil {
			return err
		}
		t.PutBatch(b)
	}
	return nil
}

// Reads makes t the reader of in, if it has none, so that it is closed when the thread
// ends. The first read does so by itself.
func (t *Thread) Reads(in *pipe.Pipe) {
	if in.Reader() == nil {
		_ = in.SetReader(&t.d) // which calls BeginsToRead
	}
}

// BeginsToRead is called by in when t becomes its reader.
func (t *Thread) BeginsToRead(in *pipe.Pipe) {
	if in == t.stdin {
		return
	}
	l := t.own()
	if len(l.ins) == cap(l.ins) {
		l.ins = slices.DeleteFunc(l.ins, (*pipe.Pipe).Closed)
		l.ins = slices.Grow(l.ins, len(l.ins)+1) // or it would be looked through at each pipe
	}
	l.ins = append(l.ins, in)
}

// Writes tells the runtime that the thread writes out, which is none of its stdouts, so
// that it is closed when the thread ends. The first put does so by itself.
func (t *Thread) Writes(out *pipe.Pipe) {
	l := t.ownLists()
	if len(l.feeds) == cap(l.feeds) {
		l.feeds = slices.DeleteFunc(l.feeds, (*pipe.Pipe).Ended)
	}
	l.feeds = append(l.feeds, out)
}

// PutsAll reports whether all that the thread puts goes to its only stdout, so that losses may be
// among the rows of a batch that it puts.
func (t *Thread) PutsAll() bool {
	return t.stdout != nil && len(t.rest.outs) == 0 && len(t.rest.feeds) == 0
}

// PassLosses puts losses into all pipes that the thread writes and that are read; it may be
// suspended for that. A thread that writes none tells them. A reader comes to them after what was
// put before. When the last reader leaves meanwhile, the thread ends, as in Put.
func (t *Thread) PassLosses(list []value.Loss) error {
	if t.PutsAll() && !t.stdout.Closed() && !t.stdout.Ended() {
		err := t.stdout.PutLosses(list)
		if err == pipe.ErrReaderGone {
			t.put(err)
			return nil
		}
		return err
	}
	outs := t.written()
	if len(outs) == 0 {
		for _, l := range list {
			if err := l.Tell(); err != nil {
				return err
			}
		}
		return nil
	}
	for _, out := range outs {
		if out.Closed() || out.Ended() {
			continue
		}
		if err := out.PutLosses(list); err == pipe.ErrReaderGone && t.stdout != nil && t.allClosed() {
			t.put(err)
		} else if err != nil && err != pipe.ErrReaderGone {
			return err
		}
	}
	return nil
}

// ReadsFor reports whether the thread may read what d is the reader of: it works for the
// thread of d.
func (t *Thread) ReadsFor(d *reactor.Deferred) bool {
	return t.rest.readsFor != nil && &t.rest.readsFor.d == d
}

// CloseIn closes a pipe that the thread reads before the thread ends. An error in it that
// was not read goes to the handler.
func (t *Thread) CloseIn(in *pipe.Pipe) {
	if i := slices.Index(t.rest.ins, in); i >= 0 {
		t.rest.ins = slices.Delete(t.rest.ins, i, i+1)
	}
	in.CloseRead()
	if err := in.Unread(); err != nil {
		t.handleBeyond(err)
	}
}

// Next returns the next value of stdin; io.EOF at its end and without a stdin.
func (t *Thread) Next() (value.Value, error) {
	if t.stdin == nil {
		return value.Null, io.EOF
	}
	v, err := t.stdin.Next()
	if err == pipe.ErrSecondReader || err == pipe.ErrNoThread {
		err = cmp.Or(t.mayRead(), err)
	}
	return v, err
}

// In iterates over stdin: its values, then the error that its writer ended with, if any.
// Leaving the loop early closes stdin, which ends what is upstream.
func (t *Thread) In() iter.Seq2[value.Value, error] {
	if t.stdin == nil {
		return func(func(value.Value, error) bool) {}
	}
	return func(yield func(value.Value, error) bool) {
		if err := t.mayRead(); err != nil {
			yield(value.Null, err)
			return
		}
		t.stdin.All()(yield)
	}
}

// Batches iterates over stdin as In does, a batch at a time. A batch is valid until the next
// one is asked for.
func (t *Thread) Batches() iter.Seq2[*value.Batch, error] {
	if t.stdin == nil {
		return func(func(*value.Batch, error) bool) {}
	}
	return func(yield func(*value.Batch, error) bool) {
		if err := t.mayRead(); err != nil {
			yield(nil, err)
			return
		}
		t.stdin.Batches()(yield)
	}
}

// Flush lets the readers of the thread's stdouts have what was put; suspending does so too.
func (t *Thread) Flush() {
	if t.stdout != nil {
		t.stdout.Flush()
	}
	if l := t.rest.lists; l != &noLists {
		l.flush()
	}
}

// written returns all pipes that the thread writes.
func (t *Thread) written() []*pipe.Pipe {
	if t.stdout == nil {
		return t.rest.feeds
	}
	return append(slices.Collect(t.outs), t.rest.feeds...)
}
