package pipe

import (
	"fmt"

	"mtpipe/value"
)

// Writing reports whether the writer is suspended in a put.
func (p *Pipe) Writing() bool { return p.writeWaits }

// TryStore is the quick part of Put: it stores v if there is room and reports whether it
// did. Nothing suspends.
func (p *Pipe) TryStore(v value.Value) bool {
	slot := p.room.Next()
	if slot == nil {
		return false
	}
	*slot = v
	return true
}

// Put sends v to the reader, suspending while the pipe is full. It returns ErrReaderGone
// when the reader has closed the pipe, and the error that ended the wait, if one did.
func (p *Pipe) Put(v value.Value) error {
	if d := p.r.Current(); p.writer == d && d != nil && !p.closed && !p.ended {
		if p.TryStore(v) {
			return nil
		}
	} else if err := p.writable(); err != nil {
		return err
	}
	if p.push != nil {
		p.limitTo(p.room.N)
		p.pushFilled()
	}
	if p.queued == nil && p.room.N == 0 {
		p.refill() // its last batch was taken
		p.TryStore(v)
		p.chargeWriter()
		return nil
	}
	p.blocked, p.hasBlocked = v, true
	if p.room.N > 1 {
		p.limitTo(p.room.N)
	}
	p.Flush()
	p.writeWaits = true
	err := p.awaitTaken()
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
	if b.Lossy() && (p.push != nil || b.Len() == 0) {
		return p.putParts(b)
	}
	if p.push != nil && p.writable() == nil {
		p.pushFilled()
		if p.push != nil {
			n := units(b)
			p.pushBatch(b)
			b.Release()
			charge(p.writer, n)
			return nil
		}
	}
	for p.queued != nil || p.room.N > 0 || p.closed {
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
	if p.filled != nil {
		p.spares[0], p.filled = p.filled, nil
	}
	p.queued, p.room.List = b, nil
	charge(p.writer, units(b))
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
	p.filled, p.room.N = b, 0
	p.room.List = b.Slots()[:p.limit]
}

func (p *Pipe) awaitSpace() error {
	p.Flush()
	p.writeWaits = true
	return p.awaitTaken()
}

// Flush lets the reader have what was put, if it waits for it. A thread does so whenever
// it suspends.
func (p *Pipe) Flush() {
	if p.readWaits && p.pending() {
		p.wakeReader()
	} else if p.push != nil {
		p.pushFilled()
	}
}

// Settle suspends the writer until the reader has read what was put and waits for more, or has
// closed the pipe: until then it may be at work on what it read.
func (p *Pipe) Settle() error {
	if err := p.writable(); err != nil && err != ErrReaderGone {
		return err
	}
	if p.push != nil {
		p.pushFilled()
	}
	if p.Starved() || p.push != nil {
		return nil
	}
	p.settling = true
	_, err := p.writer.Await((*settleEnd)(p))
	return err
}

// OnStarved makes fn be called, on the reactor, whenever the pipe becomes Starved.
func (p *Pipe) OnStarved(fn func()) { p.starved = fn }

// settled tells those who wait for the reader to have done its work: it looks for more, and
// there is nothing.
func (p *Pipe) settled() {
	if p.pending() {
		return
	}
	if p.settling {
		p.settling = false
		p.writer.Wake()
	}
	if p.starved != nil {
		guard(p.r, "a function given to OnStarved", p.starved)
	}
}

// Close ends the pipe: the reader gets what was put, then the end. Closing twice is fine.
func (p *Pipe) Close() { p.Fail(nil) }

// Fail ends the pipe with err: the reader gets what was put, then err once, then the end.
func (p *Pipe) Fail(err error) {
	if p.ended {
		return
	}
	if p.push != nil && !p.closed {
		p.endSink(err)
	}
	p.ended, p.err, p.room.List = true, err, nil
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
