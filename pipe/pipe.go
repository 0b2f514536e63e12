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

	"mtpipe/internal/layer"
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
	tap      *layer.Tap // of r
	meter    *layer.Meter
	name     string
	namer    func() string
	capacity int

	// What the writer fills. It has no room when a put has to take the slow way: the pipe is
	// closed, or a whole batch waits in queued.
	room   layer.Slots[value.Value]
	filled *value.Batch // the batch whose rows room.List is
	queued *value.Batch // a whole batch put at once
	limit  int          // how large the batch may grow at present

	blocked    value.Value // what the suspended writer is putting
	hasBlocked bool

	// What the reader has taken.
	current *value.Batch
	rows    []value.Value // those of current, when it holds values
	next    int           // the first of rows that was not read
	until   int           // the first that may not be read before the reader is charged
	cursor  value.Cursor  // over current, when it holds text and is read by the value
	inText  bool          // cursor is in use
	lent    bool          // current was handed to the reader as a whole
	shared  int
	spares  [2]*value.Batch // empty batches for the writer to fill next
	charges
	losses

	direct // at ends without a thread

	writer, reader         *reactor.Deferred
	awaiting               *reactor.Deferred // who is suspended until there is something to read
	writeWaits, readWaits  bool
	settling               bool // the writer waits until the reader waits for more
	ended, errTold, closed bool
	over                   bool // the reader was told the end
	err                    error
	onClose                func()
	starved                func() // see OnStarved
}

// Owner is what a pipe tells the thread that owns the Deferred at one of its ends, so that
// the thread's end closes the pipe.
type Owner interface {
	BeginsToRead(*Pipe)
	Writes(*Pipe)
	// ReadsFor reports whether the thread may read what d is the reader of.
	ReadsFor(d *reactor.Deferred) bool
}

// New returns a pipe of r that holds up to capacity values (at least 1). The name stands for
// it in reports.
func New(r *reactor.Reactor, name string, capacity int) *Pipe {
	return &Pipe{r: r, tap: tapOf(r), name: name, capacity: max(capacity, 1), limit: 1, charges: charges{units: 1, stretch: 1}, losses: losses{inPlace: &noLosses}}
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
		o.BeginsToRead(p)
	}
	return nil
}

// Reader returns the thread that reads the pipe, or nil.
func (p *Pipe) Reader() *reactor.Deferred { return p.reader }

// Err returns the error that the writer has ended with, or nil.
func (p *Pipe) Err() error { return p.err }

// Closed reports whether the reader has closed the pipe.
func (p *Pipe) Closed() bool { return p.closed }

// ReadToEnd reports whether the reader has come to the end.
func (p *Pipe) ReadToEnd() bool { return p.over }

// Ended reports whether the writer has closed the pipe.
func (p *Pipe) Ended() bool { return p.ended }

// writeEnd and readEnd are a pipe as what its writer and its reader wait in.
type (
	writeEnd Pipe
	readEnd  Pipe
)

// Cancel ends a put that has not taken place: what it was putting is not sent.
func (p *writeEnd) Cancel(*reactor.Deferred) {
	p.writeWaits, p.hasBlocked, p.blocked = false, false, value.Null
}

// settleEnd is a pipe as what its writer waits in until the reader has done its work.
type settleEnd Pipe

func (p *settleEnd) Cancel(*reactor.Deferred) { p.settling = false }

func (p *settleEnd) Describe(*reactor.Deferred) string {
	return fmt.Sprintf("waiting until %s has read %s", nameOf(p.reader), (*Pipe)(p).Name())
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
