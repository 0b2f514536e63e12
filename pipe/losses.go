package pipe

import (
	"math"
	"slices"

	"mtpipe/value"
)

// mostLosses is how many losses a pipe holds before who puts more of them waits for the reader.
const mostLosses = 256

// losses is word of records that were left out of what the pipe holds, on its way to the reader.
type losses struct {
	*inPlace // noLosses until there are some
	way      lossWay
}

// inPlace is losses in their places.
type inPlace struct {
	lost   value.Losses // among the rows that the reader has not taken
	due    value.Losses // among those of the batch that it took last
	parted *value.Batch // that one, while the reader is given it in parts, up to the next loss
	given  int          // the rows of parted that it was given
}

var noLosses inPlace

// own returns what p's losses are kept in.
func (p *losses) own() *inPlace {
	if p.inPlace == &noLosses {
		p.inPlace = &inPlace{}
	}
	return p.inPlace
}

// lossWay is what becomes of losses that the reader comes to.
type lossWay uint8

const (
	passesLosses lossWay = iota // on to all pipes that the reader writes; told when it writes none
	showsLosses
	carriesLosses
	tellsLosses
	dropsLosses // at once
)

// ShowLosses makes NextBatch and Batches give the reader losses in batches of value.NewLosses, in
// their place. Without it a thread passes them on to all pipes that it writes when it comes to
// them, and tells them when it writes none.
func (p *Pipe) ShowLosses() { p.way = showsLosses }

// CarryLosses makes NextBatch and Batches give the reader batches with the losses among their rows,
// which are not to be looked at but put into a pipe.
func (p *Pipe) CarryLosses() { p.way = carriesLosses }

// TellLosses makes losses be told when the reader comes to them: it is the last who wants them.
func (p *Pipe) TellLosses() { p.way = tellsLosses }

// DropLosses makes the pipe forget losses: they come to the readers on another way.
func (p *Pipe) DropLosses() { p.way = dropsLosses }

// PutLosses sends losses after what was put before, suspending while the pipe has many that the
// reader has not come to. It returns ErrReaderGone when the reader has closed the pipe.
func (p *Pipe) PutLosses(list []value.Loss) error {
	for {
		if err := p.writable(); err != nil || p.way == dropsLosses {
			return err
		}
		if p.push != nil {
			p.pushFilled()
		}
		if p.push != nil {
			return p.pushLosses(list)
		}
		if p.lost.Len() < mostLosses {
			p.own().lost.Add(p.Fill(), list...)
			return nil
		}
		if err := p.awaitSpace(); err != nil {
			return err
		}
	}
}

// putParts is PutBatch for a batch with losses among its rows: it puts these and the rows between
// them one after another.
func (p *Pipe) putParts(b *value.Batch) error {
	defer b.Release()
	l := b.TakeLosses()
	for from := 0; ; {
		if list := l.Take(from); len(list) > 0 {
			if err := p.PutLosses(list); err != nil {
				return err
			}
		}
		to := b.Len()
		if l.Len() > 0 {
			to = min(to, l.First())
		}
		if from == to {
			return nil
		}
		if err := p.PutBatch(pick(b, from, to)); err != nil {
			return err
		}
		from = to
	}
}

// pick returns the rows of b from from up to but not to.
func pick(b *value.Batch, from, to int) *value.Batch {
	rows := make([]int32, 0, 16)
	for i := from; i < to; i++ {
		rows = append(rows, int32(i))
	}
	return b.Pick(rows)
}

// pushLosses gives a sink that holds batches the losses, and tells them for one that does not.
func (p *Pipe) pushLosses(list []value.Loss) error {
	if p.way != showsLosses {
		return tell(list)
	}
	b := value.NewLosses(slices.Clone(list))
	p.pushBatch(b)
	b.Release()
	return nil
}

// SettleLosses suspends the writer until the reader has come to all losses, or has closed the
// pipe.
func (p *Pipe) SettleLosses() error {
	if p.lost.Len() == 0 && p.due.Len() == 0 {
		return nil
	}
	return p.Settle()
}

func tell(list []value.Loss) error {
	for _, l := range list {
		if err := l.Tell(); err != nil {
			return err
		}
	}
	return nil
}

// pending reports whether the pipe has anything that the reader has not come to.
func (p *Pipe) pending() bool {
	return p.holds() || p.parted != nil || p.lost.Len() > 0 || p.due.Len() > 0
}

// atLosses reports whether the reader comes to losses next.
func (p *Pipe) atLosses() bool {
	switch {
	case p.partlyRead():
		return false
	case p.parted != nil:
		return p.due.Len() > 0 && p.due.First() <= p.given
	case p.due.Len() > 0:
		return true
	case p.way == carriesLosses && p.holds():
		return false // the batch takes them along
	}
	return p.lost.Len() > 0 && p.lost.First() == 0
}

// takeLosses returns the losses that the reader has come to, and makes room for more.
func (p *Pipe) takeLosses() []value.Loss {
	switch {
	case p.parted != nil:
		return p.due.Take(p.given)
	case p.due.Len() > 0:
		return p.due.Take(math.MaxInt)
	}
	list := p.lost.Take(0)
	if p.writeWaits && p.Empty() {
		p.writeWaits = false
		p.writer.Wake()
	}
	return list
}

// passer is a thread that passes losses on; it may be suspended for that.
type passer interface {
	PassLosses([]value.Loss) error
}

// passLosses does with the losses that the reader has come to what becomes of them.
func (p *Pipe) passLosses() error {
	list := p.takeLosses()
	if o, ok := p.r.Current().Owner().(passer); ok && p.way != tellsLosses {
		return o.PassLosses(list)
	}
	return tell(list)
}

// receive returns what the reader comes to next, nil when there is nothing yet; whole says that its
// writer put it as a whole. Losses that come first are shown, when shows says so, or passed on.
func (p *Pipe) receive(shows bool) (b *value.Batch, whole bool, err error) {
	for {
		switch {
		case p.atLosses() && shows:
			return value.NewLosses(p.takeLosses()), true, nil
		case p.atLosses():
			if err := p.passLosses(); err != nil {
				return nil, false, err
			}
			continue
		case p.parted != nil:
			return p.nextPart(), true, nil
		}
		whole = p.queued != nil
		b = p.take()
		switch {
		case b == nil || p.due.Len() == 0:
			return b, whole, nil
		case p.way == carriesLosses:
			b.GiveLosses(p.due)
			p.due = value.Losses{}
			return b, whole, nil
		}
		p.parted, p.given = b, 0
	}
}

// nextPart returns the rows of parted up to the next loss.
func (p *Pipe) nextPart() *value.Batch {
	b, from := p.parted, p.given
	p.given = b.Len()
	if p.due.Len() > 0 {
		p.given = min(p.given, p.due.First())
	}
	if p.given < b.Len() {
		return pick(b, from, p.given)
	}
	p.parted = nil
	if from > 0 {
		b.Skip(from)
	}
	return b
}

// takenLosses notes the losses among and after the rows of b, which is being taken.
func (p *Pipe) takenLosses(b *value.Batch) {
	own := b.TakeLosses()
	if p.way == dropsLosses {
		return
	}
	l := p.own()
	l.due.Add(0, l.lost.Take(0)...)
	l.due.Append(own)
	l.due.Append(l.lost)
	l.lost = value.Losses{}
}

// forgetLosses forgets all of them, and rows that were not given to the reader.
func (p *Pipe) forgetLosses() {
	if p.parted != nil {
		p.parted.Release()
	}
	p.inPlace = &noLosses
}
