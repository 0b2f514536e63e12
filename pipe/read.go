package pipe

import (
	"io"
	"iter"

	"mtpipe/reactor"
	"mtpipe/value"
)

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
	if p.holds() {
		p.chargeBatch(d)
	}
	p.recycle()
	shows := p.way == showsLosses || p.way == carriesLosses
	for {
		b, whole, err := p.receive(shows)
		if err != nil {
			return nil, err
		}
		if b != nil {
			p.lend(b)
			p.expectCharge(b, whole)
			return b, nil
		}
		if p.pull != nil && !p.ended && !p.closed {
			p.fill()
			continue
		}
		if err := p.expect(d); err != nil {
			return nil, err
		}
		if err := p.awaitRows(d); err != nil {
			return nil, err
		}
	}
}

// expect notes that the reader d is about to wait. The error is that of the end, or of a
// pipe that somebody waits for already.
func (p *Pipe) expect(d *reactor.Deferred) error {
	if p.ended || p.closed {
		return p.end()
	}
	if p.readWaits { // by a thread that reads for another, or by that other
		return ErrSecondReader
	}
	p.readWaits, p.awaiting = true, d
	p.settled()
	return nil
}

// Starved reports whether the reader waits for more than the pipe has, or has closed it.
func (p *Pipe) Starved() bool { return p.readWaits && !p.pending() || p.closed }

// Shared reports whether several threads read the pipe in turn.
func (p *Pipe) Shared() bool { return p.shared > 0 }

// Position returns where the value that Next or All gave last stands, when it came from
// a batch of text: the batch, and the offset in its text.
func (p *Pipe) Position() (b *value.Batch, off int, ok bool) {
	if !p.inText || !p.current.InText() {
		return nil, 0, false
	}
	return p.current, p.cursor.Offset(), true
}

// Ready reports whether NextBatch would return at once.
func (p *Pipe) Ready() bool {
	return p.holds() || p.ended || p.closed || p.partlyRead() || p.parted != nil || p.atLosses() && (p.way == showsLosses || p.way == carriesLosses)
}

// holds reports whether something was put that the reader has not taken.
func (p *Pipe) holds() bool { return p.queued != nil || p.room.N > 0 }

// partlyRead reports whether a batch that was read by the value has rows left.
func (p *Pipe) partlyRead() bool {
	return p.current != nil && !p.lent && (p.next < len(p.rows) || p.inText && p.cursor.More())
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

// lend hands b to the reader as the current batch.
func (p *Pipe) lend(b *value.Batch) {
	p.current, p.lent = b, true
	b.LendBy(p)
}

// forget ends the reading of the current batch.
func (p *Pipe) forget() {
	if p.current != nil {
		p.current.LendBy(nil)
	}
	p.current, p.rows, p.next, p.until = nil, nil, 0, 0
	if p.inText {
		p.cursor, p.inText, p.left = value.Cursor{}, false, 0
	}
}

func (p *Pipe) recycle() {
	b := p.current
	if b == nil {
		return
	}
	p.forget()
	if b.Form() == value.FormValues && len(b.Slots()) >= p.limit {
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
	case p.room.N == 0:
		return nil
	default:
		b = p.filled
		b.SetLen(p.room.N)
		if p.room.N == p.limit {
			p.limit = min(2*p.limit, p.capacity)
		}
		p.filled, p.room.List, p.room.N = nil, nil, 0
	}
	if p.closed {
		return b
	}
	if p.lost.Len() > 0 || b.Lossy() {
		p.takenLosses(b)
	}
	if p.meter != nil {
		p.measure(b)
	}
	if p.tap.Took != nil {
		p.tap.Took(p, b.Len())
	}
	if p.hasBlocked {
		p.refill()
		p.TryStore(p.blocked)
		p.blocked, p.hasBlocked = value.Null, false
	} else if p.spares[0] != nil && !p.ended {
		p.refill()
	}
	if p.writeWaits {
		p.writeWaits = false
		p.writer.Wake()
	}
	return b
}

func (p *Pipe) end() error {
	p.dropSpares()
	p.over = true
	if p.err != nil && !p.errTold {
		p.errTold = true
		return p.err
	}
	return io.EOF
}

// dropSpares gives the memory back that no value will be put into any more.
func (p *Pipe) dropSpares() {
	for i, b := range p.spares {
		if b != nil {
			p.spares[i] = nil
			b.Release()
		}
	}
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
		if i := p.next; i < p.until {
			p.next++
			return p.rows[i], nil
		}
		if p.left > 0 {
			if v, ok := p.nextInText(); ok {
				return v, nil
			}
		}
		if err := p.more(); err != nil {
			return value.Null, err
		}
	}
}

// nextInText returns the next row of the text that is read by the value, if there is one.
func (p *Pipe) nextInText() (value.Value, bool) {
	p.left--
	v, ok := p.cursor.Next()
	if !ok {
		p.left = atItsEnd
	}
	return v, ok
}

// more makes more rows ready for reading by the value: of the present batch, or the next.
func (p *Pipe) more() error {
	d := p.r.Current()
	if p.reader != d || d == nil {
		if err := p.SetReader(d); err != nil {
			return err
		}
	}
	if p.owed > 0 && p.pay(d) {
		return nil
	}
	p.recycle()
	for {
		b, _, err := p.receive(false)
		switch {
		case err != nil:
			return err
		case b != nil && b.Form() == value.FormValues:
			p.readRows(b)
			return nil
		case b != nil:
			p.readText(b)
			return nil
		case p.pull != nil && !p.ended && !p.closed:
			p.fill()
			continue
		}
		if err := p.expect(d); err != nil {
			return err
		}
		if err := p.awaitRows(d); err != nil {
			return err
		}
	}
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
			rows := p.rows[:p.until]
			for i := p.next; i < len(rows) && i == p.next; i++ { // the loop's body may call Next
				p.next = i + 1
				if !yield(rows[i], nil) {
					return
				}
			}
			if p.next < p.until {
				continue
			}
			for p.left > 0 {
				v, ok := p.nextInText()
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
		p.inText, p.left = false, 0
	default:
		b.Skip(p.next)
		p.rows, p.next, p.until = nil, 0, 0
	}
	p.lend(b)
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
	if p.lent && p.r.Current() != p.reader {
		p.forget() // the reader may be at work on it
	} else {
		p.recycle()
	}
	if b := p.take(); b != nil {
		b.Release()
	}
	p.forgetLosses()
	p.dropSpares()
	if p.writeWaits {
		p.writeWaits = false
		_ = p.r.ScheduleError(p.writer, ErrReaderGone)
	}
	p.settled()
	if !p.ended && p.onClose != nil {
		guard(p.r, "the function called when a pipe is closed", p.onClose)
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

// keepRest says that the reader of a shared pipe took only the first n rows of the batch
// that Batches gave it last, and leaves the others to the next reader.
func (p *Pipe) keepRest(n int) {
	if b := p.current; b != nil && p.shared > 0 {
		b.Skip(n)
		if b.Form() == value.FormValues {
			p.readRows(b)
		} else {
			p.readText(b)
		}
	}
}

func (p *Pipe) endTurn() {
	p.reader, p.way = nil, passesLosses
	if p.lent {
		p.recycle()
	}
}
