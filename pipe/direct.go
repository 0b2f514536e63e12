package pipe

import (
	"io"

	"mtpipe/value"
)

// direct is what stands at an end of a pipe where no thread does.
type direct struct {
	pull  func() (*value.Batch, error)
	push  func(*value.Batch) bool
	atEnd func(error)
}

// SetSource makes p a pipe without a writer: when its reader finds nothing in it, pull, which
// may suspend the reader, returns what comes next. The pipe ends with the error of pull, or
// well when that is io.EOF. Any and Either cannot wait for such a pipe.
func (p *Pipe) SetSource(pull func() (*value.Batch, error)) { p.pull = pull }

// SetSink makes p a pipe without a reader: push, which must not suspend, is given what was
// put, at the latest when the writer suspends or ends; the batch is the pipe's again when it
// returns. End is called with what the writer ends with. From when push has returned false,
// p is an ordinary pipe, for the reader that it is to have got then; end is not called.
func (p *Pipe) SetSink(push func(*value.Batch) bool, end func(error)) { p.push, p.atEnd = push, end }

// fill takes the next batch from the source.
func (p *Pipe) fill() {
	b, err := p.pull()
	switch {
	case err == nil:
		p.queued = b
		charge(p.r.Current(), units(b))
	case err == io.EOF:
		p.ended = true
	default:
		p.ended, p.err = true, err
	}
}

// pushFilled gives the sink what was put by the value.
func (p *Pipe) pushFilled() {
	if p.room.N == 0 {
		return
	}
	b := p.filled
	b.SetLen(p.room.N)
	if p.room.N == p.limit {
		p.limit = min(2*p.limit, p.capacity)
	}
	p.filled, p.room.List, p.room.N = nil, nil, 0
	p.pushBatch(b)
	for i := range p.spares {
		if p.spares[i] == nil {
			p.spares[i] = b
			break
		}
	}
}

func (p *Pipe) pushBatch(b *value.Batch) {
	if !p.push(b) {
		p.push = nil
	}
}

// endSink tells the sink the end, unless a reader has taken its place.
func (p *Pipe) endSink(err error) {
	p.pushFilled()
	if p.push != nil {
		p.push = nil
		p.closed, p.errTold = true, true
		p.atEnd(err)
	}
}
