package pipe

import (
	"slices"

	"mtpipe/value"
)

// mostLosses is how many losses a pipe holds before who puts more of them waits for the reader.
const mostLosses = 64

// losses is word of records that were left out before what the pipe holds, on its way to the
// reader.
type losses struct {
	lost []value.Loss
	way  lossWay
}

// lossWay is what becomes of losses that the reader comes to.
type lossWay uint8

const (
	passesLosses lossWay = iota // on to all pipes that the reader writes; told when it writes none
	showsLosses
	tellsLosses
	dropsLosses // at once
)

// ShowLosses makes NextBatch and Batches give the reader losses in batches of value.NewLosses, in
// their place. Without it a thread passes them on to all pipes that it writes when it comes to
// them, and tells them when it writes none.
func (p *Pipe) ShowLosses() { p.way = showsLosses }

// TellLosses makes losses be told when the reader comes to them: it is the last who wants them.
func (p *Pipe) TellLosses() { p.way = tellsLosses }

// DropLosses makes the pipe forget losses: they come to the readers on another way.
func (p *Pipe) DropLosses() { p.way = dropsLosses }

// PutLosses sends losses after what was put before, suspending while the pipe has anything
// unread. It returns ErrReaderGone when the reader has closed the pipe.
func (p *Pipe) PutLosses(list []value.Loss) error {
	for {
		if err := p.writable(); err != nil || p.way == dropsLosses {
			return err
		}
		if p.push != nil {
			p.pushFilled()
		}
		if p.push != nil {
			p.pushLosses(list)
			return nil
		}
		if !p.holds() && len(p.lost) < mostLosses {
			p.lost = append(p.lost, list...)
			return nil
		}
		if err := p.awaitSpace(); err != nil {
			return err
		}
	}
}

// pushLosses gives a sink that holds batches the losses, and tells them for one that does not.
func (p *Pipe) pushLosses(list []value.Loss) {
	if p.way != showsLosses {
		tell(list)
		return
	}
	b := value.NewLosses(slices.Clone(list))
	p.pushBatch(b)
	b.Release()
}

// SettleLosses suspends the writer until the reader has come to all losses, or has closed the
// pipe.
func (p *Pipe) SettleLosses() error {
	if len(p.lost) == 0 {
		return nil
	}
	return p.Settle()
}

func tell(list []value.Loss) {
	for _, l := range list {
		l.Tell()
	}
}

// pending reports whether the pipe has anything that the reader has not come to.
func (p *Pipe) pending() bool { return p.holds() || len(p.lost) > 0 }

// atLosses reports whether losses come next that NextBatch does not return.
func (p *Pipe) atLosses() bool {
	return len(p.lost) > 0 && p.way != showsLosses && !p.partlyRead()
}

// takeLosses returns what the reader has come to, and makes room for more.
func (p *Pipe) takeLosses() []value.Loss {
	list := p.lost
	p.lost = nil
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
	tell(list)
	return nil
}
