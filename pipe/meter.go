package pipe

import (
	"time"

	"mtpipe/internal/layer"
	"mtpipe/reactor"
	"mtpipe/value"
)

// setMeter gives the pipe what is told of what moves through it, before anything does; nil is nobody.
func (p *Pipe) setMeter(m *layer.Meter) { p.meter = m }

// meterOf returns it.
func (p *Pipe) meterOf() *layer.Meter { return p.meter }

// measure tells the meter of a batch that was taken. The lines of a text are not counted for it.
func (p *Pipe) measure(b *value.Batch) {
	rows, bytes := b.Volume()
	if rows >= 0 {
		p.meter.Rows.Add(int64(rows))
	} else {
		p.meter.Uncounted.Store(true)
	}
	p.meter.Bytes.Add(int64(bytes))
}

// awaitRows suspends the reader d until there are rows, or the end.
func (p *Pipe) awaitRows(d *reactor.Deferred) error {
	if p.meter != nil {
		defer addTime(&p.meter.InWait, time.Now())
	}
	_, err := d.Await((*readEnd)(p))
	return err
}

// awaitTaken suspends the writer until what it put was taken.
func (p *Pipe) awaitTaken() error {
	if p.meter != nil {
		defer addTime(&p.meter.OutWait, time.Now())
	}
	_, err := p.writer.Await((*writeEnd)(p))
	return err
}

func addTime(to interface{ Add(int64) int64 }, from time.Time) { to.Add(int64(time.Since(from))) }
