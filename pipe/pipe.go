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
	rows    []value.Value   // those of current, when it holds values
	next    int             // the first of rows that was not read
	cursor  value.Cursor    // over current, when it holds text and is read by the value
	inText  bool            // cursor is in use
	spares  [2]*value.Batch // empty batches for the writer to fill next

	writer, reader         *reactor.Deferred
	writeWaits, readWaits  bool
	ended, errTold, closed bool
	err                    error
	onClose                func()
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
	case p.reader != nil && p.reader != d:
		return ErrSecondReader
	}
	p.reader = d
	return nil
}

// Reader returns the thread that reads the pipe, or nil.
func (p *Pipe) Reader() *reactor.Deferred { return p.reader }

// Closed reports whether the reader has closed the pipe.
func (p *Pipe) Closed() bool { return p.closed }

// Writing reports whether the writer is suspended in a put.
func (p *Pipe) Writing() bool { return p.writeWaits }

// Ended reports whether the writer has closed the pipe.
func (p *Pipe) Ended() bool { return p.ended }

// TryStore is the quick part of Put: it stores v if there is room and reports whether it
// did. Nothing suspends.
func (p *Pipe) TryStore(v value.Value) bool {
	if p.n < len(p.slots) {
		p.slots[p.n] = v
		p.n++
		return true
	}
	return false
}

// Put sends v to the reader, suspending while the pipe is full. It returns ErrReaderGone
// when the reader has closed the pipe, and the error that ended the wait, if one did.
func (p *Pipe) Put(v value.Value) error {
	if p.TryStore(v) {
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
	case p.writer == nil:
		p.writer = d
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
	p.ended, p.err = true, err
	if p.closed {
		return
	}
	if p.readWaits {
		p.wakeReader()
	}
}

func (p *Pipe) wakeReader() {
	p.readWaits = false
	_ = p.r.Schedule(p.reader, nil)
}

// NextBatch returns the next rows, suspending until there are some, io.EOF at the end, or
// the error that the writer ended with. The batch belongs to the pipe and is valid until
// the next call, unless Take is called for it.
func (p *Pipe) NextBatch() (*value.Batch, error) {
	p.recycle()
	d := p.r.Current()
	if p.reader != d || d == nil {
		if err := p.SetReader(d); err != nil {
			return nil, err
		}
	}
	for {
		if b := p.take(); b != nil {
			p.current = b
			return b, nil
		}
		if p.ended || p.closed {
			return nil, p.end()
		}
		p.readWaits = true
		if _, err := d.Await((*readEnd)(p)); err != nil {
			return nil, err
		}
	}
}

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
		_ = p.r.Schedule(p.writer, nil)
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
	if b.Form() == value.FormValues {
		p.rows, p.next = b.Values(), 0
	} else {
		p.cursor, p.inText = value.NewCursor(b), true
	}
	return nil
}

// All iterates over the values, then over the error that the writer ended with, if any.
// Leaving the loop early closes the pipe.
func (p *Pipe) All() iter.Seq2[value.Value, error] {
	return func(yield func(value.Value, error) bool) {
		defer p.CloseRead()
		for {
			for p.next < len(p.rows) {
				p.next++
				if !yield(p.rows[p.next-1], nil) {
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
// closes the pipe.
func (p *Pipe) Batches() iter.Seq2[*value.Batch, error] {
	return func(yield func(*value.Batch, error) bool) {
		defer p.CloseRead()
		if b := p.rest(); b != nil && !yield(b, nil) {
			return
		}
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

// rest returns what is left of the batch that is being read by the value, or nil.
func (p *Pipe) rest() *value.Batch {
	b := p.current
	switch {
	case b == nil:
		return nil
	case p.inText:
		p.cursor.Rest(b)
		p.inText = false
	default:
		b.Skip(p.next)
		p.rows, p.next = nil, 0
	}
	if b.Len() == 0 {
		return nil
	}
	return b
}

// CloseRead closes the pipe from the reader's side: what is in it is dropped, the writer's
// puts fail, and the writer is told at once. It returns the error that the writer had
// ended with when nobody has read it. Closing twice is fine.
func (p *Pipe) CloseRead() (unread error) {
	if p.closed {
		return nil
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
	if p.err != nil && !p.errTold {
		p.errTold = true
		return p.err
	}
	return nil
}

// writeEnd and readEnd are a pipe as what its writer and its reader wait in.
type (
	writeEnd Pipe
	readEnd  Pipe
)

func (p *writeEnd) Cancel(*reactor.Deferred) { p.writeWaits = false }
func (p *readEnd) Cancel(*reactor.Deferred)  { p.readWaits = false }

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
