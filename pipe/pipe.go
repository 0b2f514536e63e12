// Package pipe holds the micro_pipe: a one-way connection from one thread to another that
// suspends the writer when it is full and the reader when it is empty, and never blocks the
// reactor.
//
// A pipe delivers values in the order in which they were put, then the error its writer
// ended with, if any, once, then the end. Values move in batches, which only shows as
// speed: rows go to the reader when the batch is full and whenever the writer is about to
// suspend or ends, so no value waits for a writer that sleeps. The batch grows from one
// value, doubling, up to the pipe's capacity.
//
// All methods are for the running threads of one reactor: Put, PutBatch, Close and Fail for
// the pipe's one writer, the others for its one reader.
package pipe

import (
	"errors"
	"fmt"
	"io"
	"iter"

	"mtpipe/reactor"
	"mtpipe/value"
)

// DefaultCapacity is how many values a pipe holds when nothing else is asked for.
const DefaultCapacity = 1024

// Errors of a pipe's ends.
var (
	ErrReaderGone   = errors.New("the reader has gone")
	ErrSecondReader = errors.New("a pipe has one reader only; use tee for several")
	ErrSecondWriter = errors.New("a pipe has one writer only; use interleave for several")
	ErrOwnStdout    = errors.New("a thread cannot read its own stdout")
	ErrNoThread     = errors.New("only a running thread can use a pipe")
)

// Pipe is a micro_pipe; see the package comment.
type Pipe struct {
	r        *reactor.Reactor
	name     string
	namer    func() string
	capacity int

	// What the writer fills: slots[:n] are put and not taken. Slots is empty when a put has
	// to take the slow way: the pipe is closed, or a whole batch waits in queued.
	slots  []value.Value
	n      int
	filled *value.Batch // the batch whose rows slots are
	queued *value.Batch // a whole batch put at once
	limit  int          // how large the batch may grow at present

	blocked    value.Value // what the suspended writer is putting
	hasBlocked bool

	// What the reader has taken.
	current *value.Batch
	rows    []value.Value // those of current, when it holds values
	next    int           // the first of rows that was not read
	cursor  value.Cursor  // over current, when it holds text and is read by the value
	inText  bool          // cursor is in use
	lent    bool          // current was handed to the reader as a whole
	shared  int
	spares  [2]*value.Batch // empty batches for the writer to fill next

	writer, reader         *reactor.Deferred
	awaiting               *reactor.Deferred // who is suspended until there is something to read
	writeWaits, readWaits  bool
	ended, errTold, closed bool
	err                    error
	onClose                func()
}

// Owner is what a pipe tells the thread that owns the Deferred at one of its ends, so that
// the thread's end closes the pipe.
type Owner interface {
	Reads(*Pipe)
	Writes(*Pipe)
	// ReadsFor reports whether the thread may read what d is the reader of.
	ReadsFor(d *reactor.Deferred) bool
}

// New returns a pipe of r that holds up to capacity values (at least 1). The name stands for
// it in reports.
func New(r *reactor.Reactor, name string, capacity int) *Pipe {
	return &Pipe{r: r, name: name, capacity: max(capacity, 1), limit: 1}
}

// Name returns the name that stands for the pipe in reports.
func (p *Pipe) Name() string {
	if p.name == "" && p.namer != nil {
		p.name = p.namer()
	}
	return p.name
}

// SetNamer gives a pipe without a name one that is made when a report needs it.
func (p *Pipe) SetNamer(name func() string) { p.namer = name }

// SetCapacity changes how many values the pipe holds from its next batch on.
func (p *Pipe) SetCapacity(n int) {
	p.capacity = max(n, 1)
	p.limit = min(p.limit, p.capacity)
}

// SetWriter says which thread writes the pipe, and what to call when the reader closes it
// before the writer has.
func (p *Pipe) SetWriter(d *reactor.Deferred, onClose func()) { p.writer, p.onClose = d, onClose }

// Writer returns the thread that writes the pipe, or nil.
func (p *Pipe) Writer() *reactor.Deferred { return p.writer }

// SetReader says which thread reads the pipe. The first one to read becomes it by itself.
func (p *Pipe) SetReader(d *reactor.Deferred) error {
	switch {
	case d == nil:
		return ErrNoThread
	case d == p.writer:
		return ErrOwnStdout
	case p.reader == d:
		return nil
	case p.reader != nil:
		if o, ok := d.Owner().(Owner); ok && o.ReadsFor(p.reader) {
			return nil
		}
		return ErrSecondReader
	}
	p.reader = d
	if o, ok := d.Owner().(Owner); ok {
		o.Reads(p)
	}
	return nil
}

// Reader returns the thread that reads the pipe, or nil.
func (p *Pipe) Reader() *reactor.Deferred { return p.reader }

// Err returns the error that the writer has ended with, or nil.
func (p *Pipe) Err() error { return p.err }

// Closed reports whether the reader has closed the pipe.
func (p *Pipe) Closed() bool { return p.closed }

// Writing reports whether the writer is suspended in a put.
func (p *Pipe) Writing() bool { return p.writeWaits }

// Ended reports whether the writer has closed the pipe.
func (p *Pipe) Ended() bool { return p.ended }

// TryStore is the quick part of Put: it stores v if there is room and reports whether it
// did. Nothing suspends.
func (p *Pipe) TryStore(v value.Value) bool {
	slot := p.Slot()
	if slot == nil {
		return false
	}
	*slot = v
	return true
}

// Slot returns where the next value is to be stored, at once, or nil when there is no room.
func (p *Pipe) Slot() *value.Value {
	n := p.n
	if n >= len(p.slots) {
		return nil
	}
	p.n = n + 1
	return &p.slots[n]
}

// Put sends v to the reader, suspending while the pipe is full. It returns ErrReaderGone
// when the reader has closed the pipe, and the error that ended the wait, if one did.
func (p *Pipe) Put(v value.Value) error {
	if p.writer == p.r.Current() && p.TryStore(v) {
		return nil
	}
	if err := p.writable(); err != nil {
		return err
	}
	if p.queued == nil && p.n == 0 {
		p.refill() // its last batch was taken
		p.TryStore(v)
		return nil
	}
	p.blocked, p.hasBlocked = v, true
	err := p.awaitSpace()
	if p.hasBlocked {
		p.blocked, p.hasBlocked = value.Null, false
		if err == nil {
			err = ErrReaderGone
		}
	}
	return err
}

// PutBatch sends all rows of b, whose owner the pipe becomes, suspending while the pipe has
// anything unread. Errors are those of Put; b is released then.
func (p *Pipe) PutBatch(b *value.Batch) error {
	for p.queued != nil || p.n > 0 || p.closed {
		err := p.writable()
		if err == nil {
			err = p.awaitSpace()
		}
		if err != nil {
			b.Release()
			return err
		}
	}
	if err := p.writable(); err != nil {
		b.Release()
		return err
	}
	p.queued, p.slots = b, nil
	return nil
}

func (p *Pipe) writable() error {
	switch d := p.r.Current(); {
	case d == nil:
		return ErrNoThread
	case p.writer == nil && d == p.reader:
		return ErrOwnStdout
	case p.writer == nil:
		p.writer = d
		if o, ok := d.Owner().(Owner); ok {
			o.Writes(p)
		}
	case p.writer != d:
		return ErrSecondWriter
	}
	switch {
	case p.closed:
		return ErrReaderGone
	case p.ended:
		return fmt.Errorf("put after close of %s", p.Name())
	}
	return nil
}

// refill gives the writer an empty batch, of the size that the stream has grown to.
func (p *Pipe) refill() {
	b := p.spares[0]
	p.spares[0], p.spares[1] = p.spares[1], nil
	if b == nil || len(b.Slots()) < p.limit {
		b = value.NewValues(p.limit)
	}
	p.filled, p.n = b, 0
	p.slots = b.Slots()[:p.limit]
}

func (p *Pipe) awaitSpace() error {
	p.Flush()
	p.writeWaits = true
	_, err := p.writer.Await((*writeEnd)(p))
	return err
}

// Flush lets the reader have what was put, if it waits for it. A thread does so whenever
// it suspends.
func (p *Pipe) Flush() {
	if p.readWaits && (p.n > 0 || p.queued != nil) {
		p.wakeReader()
	}
}

// Close ends the pipe: the reader gets what was put, then the end. Closing twice is fine.
func (p *Pipe) Close() { p.Fail(nil) }

// Fail ends the pipe with err: the reader gets what was put, then err once, then the end.
func (p *Pipe) Fail(err error) {
	if p.ended {
		return
	}
	p.ended, p.err, p.slots = true, err, nil
	if p.closed {
		return
	}
	if p.readWaits {
		p.wakeReader()
	}
}

func (p *Pipe) wakeReader() {
	p.readWaits = false
	p.awaiting.Wake()
}

// NextBatch returns the next rows, suspending until there are some, io.EOF at the end, or
// the error that the writer ended with. What is left of a batch that was read by the value
// comes first. The batch belongs to the pipe and is valid until the next call, unless Take
// is called for it.
func (p *Pipe) NextBatch() (*value.Batch, error) {
	d := p.r.Current()
	if p.reader != d || d == nil {
		if err := p.SetReader(d); err != nil {
			return nil, err
		}
	}
	if b := p.rest(); b != nil {
		return b, nil
	}
	p.recycle()
	for {
		if b := p.take(); b != nil {
			p.current, p.lent = b, true
			return b, nil
		}
		if p.ended || p.closed {
			return nil, p.end()
		}
		if p.readWaits { // by a thread that reads for another, or by that other
			return nil, ErrSecondReader
		}
		p.readWaits, p.awaiting = true, d
		if _, err := d.Await((*readEnd)(p)); err != nil {
			return nil, err
		}
	}
}

// Position returns where the value that Next or All gave last stands, when it came from
// a batch of text: the batch, and the offset in its text.
func (p *Pipe) Position() (b *value.Batch, off int, ok bool) {
	if !p.inText {
		return nil, 0, false
	}
	return p.current, p.cursor.Offset(), true
}

// Ready reports whether NextBatch would return at once.
func (p *Pipe) Ready() bool { return p.queued != nil || p.n > 0 || p.ended || p.closed }

// Take makes the caller the owner of the batch that NextBatch returned last, and reports
// whether b is it.
func (p *Pipe) Take(b *value.Batch) bool {
	if b != p.current {
		return false
	}
	p.forget()
	return true
}

// forget ends the reading of the current batch.
func (p *Pipe) forget() {
	p.current, p.rows, p.next = nil, nil, 0
	if p.inText {
		p.cursor, p.inText = value.Cursor{}, false
	}
}

func (p *Pipe) recycle() {
	b := p.current
	if b == nil {
		return
	}
	p.forget()
	if b.Form() == value.FormValues {
		for i := range p.spares {
			if p.spares[i] == nil {
				p.spares[i] = b
				return
			}
		}
	}
	b.Release()
}

// take returns what was put and makes room for the writer.
func (p *Pipe) take() *value.Batch {
	b := p.queued
	switch {
	case b != nil:
		p.queued = nil
	case p.n == 0:
		return nil
	default:
		b = p.filled
		b.SetLen(p.n)
		if p.n == p.limit {
			p.limit = min(2*p.limit, p.capacity)
		}
		p.filled, p.slots, p.n = nil, nil, 0
	}
	if p.closed {
		return b
	}
	if p.hasBlocked {
		p.refill()
		p.TryStore(p.blocked)
		p.blocked, p.hasBlocked = value.Null, false
	}
	if p.writeWaits {
		p.writeWaits = false
		p.writer.Wake()
	}
	return b
}

func (p *Pipe) end() error {
	if p.err != nil && !p.errTold {
		p.errTold = true
		return p.err
	}
	return io.EOF
}

// Next returns the next value, suspending until there is one; io.EOF at the end, or the
// error that the writer ended with. The value is safe to keep.
func (p *Pipe) Next() (value.Value, error) {
	if p.reader != p.r.Current() {
		if err := p.SetReader(p.r.Current()); err != nil {
			return value.Null, err
		}
	}
	for {
		if p.next < len(p.rows) {
			v := p.rows[p.next]
			p.next++
			return v, nil
		}
		if p.inText {
			if v, ok := p.cursor.Next(); ok {
				return v, nil
			}
		}
		if err := p.more(); err != nil {
			return value.Null, err
		}
	}
}

// more takes the next batch for reading by the value.
func (p *Pipe) more() error {
	b, err := p.NextBatch()
	if err != nil {
		return err
	}
	p.lent = false
	if b.Form() == value.FormValues {
		p.rows, p.next = b.Values(), 0
	} else {
		p.cursor, p.inText = value.NewCursor(b), true
	}
	return nil
}

// All iterates over the values, then over the error that the writer ended with, if any.
// Leaving the loop early closes the pipe. A thread that may not read the pipe gets an error.
func (p *Pipe) All() iter.Seq2[value.Value, error] {
	return func(yield func(value.Value, error) bool) {
		if err := p.SetReader(p.r.Current()); err != nil {
			yield(value.Null, err)
			return
		}
		defer p.CloseRead()
		for {
			for i := p.next; i < len(p.rows); i = p.next {
				p.next = i + 1
				if !yield(p.rows[i], nil) {
					return
				}
			}
			for p.inText {
				v, ok := p.cursor.Next()
				if !ok {
					break
				}
				if !yield(v, nil) {
					return
				}
			}
			if err := p.more(); err != nil {
				if err != io.EOF {
					yield(value.Null, err)
				}
				return
			}
		}
	}
}

// Batches iterates over the batches, then over the error that the writer ended with, if
// any. A batch is valid until the next one is asked for, unless Take is called for it.
// What is left of a batch that was read by the value comes first. Leaving the loop early
// closes the pipe. A thread that may not read the pipe gets an error.
func (p *Pipe) Batches() iter.Seq2[*value.Batch, error] {
	return func(yield func(*value.Batch, error) bool) {
		if err := p.SetReader(p.r.Current()); err != nil {
			yield(nil, err)
			return
		}
		defer p.CloseRead()
		for {
			b, err := p.NextBatch()
			if err != nil {
				if err != io.EOF {
					yield(nil, err)
				}
				return
			}
			if !yield(b, nil) {
				return
			}
		}
	}
}

// rest lends what is left of the batch that was read by the value, or returns nil.
func (p *Pipe) rest() *value.Batch {
	b := p.current
	switch {
	case b == nil || p.lent:
		return nil
	case p.inText:
		p.cursor.Rest(b)
		p.inText = false
	default:
		b.Skip(p.next)
		p.rows, p.next = nil, 0
	}
	p.lent = true
	if b.Len() == 0 {
		return nil
	}
	return b
}

// CloseRead closes the pipe from the reader's side: what is in it is dropped, the writer's
// puts fail, and the writer is told at once. Closing twice is fine. While the pipe is
// shared, closing only ends the turn of its present reader.
func (p *Pipe) CloseRead() {
	if p.closed {
		return
	}
	if p.shared > 0 {
		p.endTurn()
		return
	}
	p.closed = true
	p.recycle()
	if b := p.take(); b != nil {
		b.Release()
	}
	p.spares = [2]*value.Batch{}
	if p.writeWaits {
		p.writeWaits = false
		_ = p.r.ScheduleError(p.writer, ErrReaderGone)
	}
	if !p.ended && p.onClose != nil {
		p.onClose()
	}
}

// Unread returns, once, the error that the writer ended with and nobody has read.
func (p *Pipe) Unread() error {
	if p.errTold || p.shared > 0 {
		return nil
	}
	p.errTold = true
	return p.err
}

// Share lets several threads read the pipe in turn: CloseRead ends a turn, and the next
// reader goes on where the last one stopped. Unshare ends the sharing.
func (p *Pipe) Share() { p.shared++ }

// Unshare takes one Share back.
func (p *Pipe) Unshare() { p.shared-- }

// PassOn lets another thread than the present reader read the pipe from here on.
func (p *Pipe) PassOn() { p.reader = nil }

// KeepRest says that the reader of a shared pipe took only the first n rows of the batch
// that Batches gave it last, and leaves the others to the next reader.
func (p *Pipe) KeepRest(n int) {
	if b := p.current; b != nil && p.shared > 0 {
		b.Skip(n)
		p.lent = false
	}
}

func (p *Pipe) endTurn() {
	p.reader = nil
	if p.lent {
		p.recycle()
	}
}

// writeEnd and readEnd are a pipe as what its writer and its reader wait in.
type (
	writeEnd Pipe
	readEnd  Pipe
)

// Cancel ends a put that has not taken place: what it was putting is not sent.
func (p *writeEnd) Cancel(*reactor.Deferred) {
	p.writeWaits, p.hasBlocked, p.blocked = false, false, value.Null
}

func (p *readEnd) Cancel(*reactor.Deferred) { p.readWaits = false }

func (p *writeEnd) Describe(*reactor.Deferred) string {
	return fmt.Sprintf("waiting to put into %s, which %s reads", (*Pipe)(p).Name(), nameOf(p.reader))
}

func (p *readEnd) Describe(*reactor.Deferred) string {
	return fmt.Sprintf("waiting for a value from %s, which %s writes", (*Pipe)(p).Name(), nameOf(p.writer))
}

func nameOf(d *reactor.Deferred) string {
	if d == nil || d.Owner() == nil {
		return "no thread"
	}
	return fmt.Sprint(d.Owner())
}
