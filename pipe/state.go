package pipe

import "mtpipe/reactor"

// Capacity returns how many values the pipe holds at most.
func (p *Pipe) Capacity() int { return p.capacity }

// Fill returns how many rows were put and not taken. A batch of text that nobody has looked
// into may count as one.
func (p *Pipe) Fill() int {
	n := p.room.N
	if p.queued != nil {
		n += p.queued.Len()
	}
	return n
}

// BlockedBy returns the thread that a wait at this end is for: see reactor.Blocked.
func (p *writeEnd) BlockedBy(*reactor.Deferred) *reactor.Deferred { return p.reader }

// BlockedBy returns the writer.
func (p *readEnd) BlockedBy(*reactor.Deferred) *reactor.Deferred { return p.writer }

// BlockedBy returns the reader.
func (p *settleEnd) BlockedBy(*reactor.Deferred) *reactor.Deferred { return p.reader }

// BlockedBy returns the thread at the other end when the wait is for one pipe only.
func (e either) BlockedBy(*reactor.Deferred) *reactor.Deferred {
	switch {
	case e.out == nil:
		return e.in.writer
	case e.in == nil:
		return e.out.reader
	}
	return nil
}
