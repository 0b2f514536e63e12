package pipe

import (
	"mtpipe/reactor"
	"mtpipe/value"
)

// charges is how a pipe charges its threads for the rows that they read and put, so that
// one which need not suspend gives up its turn all the same. A thread that reads by the
// value is charged in the midst of a batch; rows that take long are put in smaller batches.
type charges struct {
	units   int // of work that the batch is which the reader took last
	took    int // rows of that batch, if its writer filled it by the value
	stretch int // rows that are read before the reader is charged
	left    int // of those, when they are text; atItsEnd
	owed    int // 0 when the present batch is so small that it is not charged for
}

const (
	maxStretch = 512
	chargeable = 16 // rows; with smaller batches a thread suspends often enough
	atItsEnd   = -1 // of the text
)

// units returns what it costs to read or write b.
func units(b *value.Batch) int {
	if b.Form() == value.FormValues {
		return reactor.Units(b.Len(), 0)
	}
	return reactor.Units(0, len(b.Data()))
}

// expectCharge notes what the reader will be charged for b, which it has just taken; whole
// says that its writer put it as a whole.
func (p *Pipe) expectCharge(b *value.Batch, whole bool) {
	p.units, p.took = units(b), 0
	if !whole {
		p.took = b.Len()
	}
}

// chargeBatch charges the reader d for the batch that it took last as a whole.
func (p *Pipe) chargeBatch(d *reactor.Deferred) {
	if p.took > 0 {
		p.limitTo(p.took)
	}
	charge(d, p.units)
}

// readRows begins to read b, which holds values and becomes the current batch, by the value.
func (p *Pipe) readRows(b *value.Batch) {
	p.current, p.lent = b, false
	p.rows, p.next = b.Values(), 0
	p.until, p.owed = len(p.rows), 0
	if p.until >= chargeable {
		p.until, p.owed = min(p.until, p.stretch), 1
	}
}

// readText is readRows for text and records. It is apart to keep the way of values short.
//
//go:noinline
func (p *Pipe) readText(b *value.Batch) {
	p.current, p.lent = b, false
	p.cursor, p.inText = value.NewCursor(b), true
	p.left, p.owed = p.stretch, 1
}

// pay charges the reader d for the rows that it has read by the value. It reports whether
// that made more rows of the present batch ready.
func (p *Pipe) pay(d *reactor.Deferred) bool {
	more := p.next < len(p.rows) || p.inText && p.left == 0
	if more || p.holds() {
		p.stretch = min(2*p.stretch, maxStretch, share(p.r, p.stretch))
		charge(d, reactor.Units(p.stretch, 0))
	}
	if !more {
		return false
	}
	if p.inText {
		p.left = p.stretch
	} else {
		p.until = min(len(p.rows), p.next+p.stretch)
	}
	return true
}

// limitTo makes the batches smaller when the running thread has worked on n rows for so
// long that fewer will do. It is apart from Put, which is small without it.
//
//go:noinline
func (p *Pipe) limitTo(n int) {
	if p.limit > 1 {
		p.limit = min(p.limit, share(p.r, n))
	}
}

// chargeWriter charges the writer for a batch that it begins to fill, apart from Put as well.
//
//go:noinline
func (p *Pipe) chargeWriter() { charge(p.writer, reactor.Units(p.limit, 0)) }
