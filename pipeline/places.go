package pipeline

import "mtpipe/value"

// places finds out where the values come from that a stage looks at, for those of its expressions
// that ask. It is nil in the job of a stage without such expressions.
type places struct {
	j     *Job
	last  value.Value  // that In or Next gave last, when it was a row of text
	batch *value.Batch // that AnyBatches gave last
	rows  []rowPlace   // of batch, when it held records: its stage may make values of them
	next  int          // the row that was asked for last
	at    int          // the row that the stage looks at; -1 when it has not said
}

// rowPlace is where a row comes from; see Job.PlaceOf.
type rowPlace struct {
	origin value.Origin
	lines  int
}

// findPlaces returns what tells where the values of the job's input come from.
func (j *Job) findPlaces() *places {
	if j.places == nil {
		j.places = &places{j: j}
	}
	return j.places
}

// value notes that the stage was given v.
func (p *places) value(v value.Value) { p.last, p.batch = v, nil }

// take notes that the stage was given b.
func (p *places) take(b *value.Batch) {
	p.batch, p.rows, p.next, p.at = b, p.rows[:0], 0, -1
	if b.Form() != value.FormRecords || !b.InText() {
		return
	}
	for i := range b.Len() {
		o, lines := p.j.PlaceOf(b, int(b.Row(i).Off))
		p.rows = append(p.rows, rowPlace{o, lines})
	}
}

// Place returns where v comes from, which is row i of b, or is a row of what the stage was given
// last.
func (p *places) Place(b *value.Batch, i int, v value.Value) (file string, line int64, known bool) {
	switch {
	case b != nil:
		return p.inBatch(b, i, v)
	case p.batch != nil:
		return p.inBatch(p.batch, p.find(v), v)
	case p.j.in != nil && v == p.last:
		if b, off, ok := p.j.in.Position(); ok {
			o, lines := p.j.PlaceOf(b, off)
			return p.found(rowPlace{o, lines})
		}
	}
	return "", 0, false
}

// inBatch returns the place of row i of b; i is negative when it is not known which row it is.
func (p *places) inBatch(b *value.Batch, i int, v value.Value) (file string, line int64, known bool) {
	switch {
	case b.Form() == value.FormValues:
		if b != p.batch || i < 0 || i >= len(p.rows) {
			return "", 0, false
		}
		return p.found(p.rows[i])
	case i >= 0 && b.Form() == value.FormSpans || b.Form() == value.FormRecords:
		if i < 0 || !b.InText() {
			return "", 0, false
		}
		o, lines := p.j.PlaceOf(b, int(b.Row(i).Off))
		return p.found(rowPlace{o, lines})
	}
	off, ok := b.OffsetOf(v)
	if !ok || !b.InText() {
		return "", 0, false
	}
	o, lines := p.j.PlaceOf(b, off)
	return p.found(rowPlace{o, lines})
}

// AtRow says that the stage looks at row i of the batch that AnyBatches gave it last.
func (j *Job) AtRow(i int) {
	if j.places != nil {
		j.places.at = i
	}
}

// find returns which of the values of the batch v is; -1 when it is not known.
func (p *places) find(v value.Value) int {
	if p.batch.Form() != value.FormValues {
		return p.at
	}
	vals := p.batch.Values()
	for k := range vals {
		if i := (p.next + k) % len(vals); vals[i] == v {
			p.next = i
			return i
		}
	}
	return -1
}

// found returns the place as users know it.
func (p *places) found(at rowPlace) (file string, line int64, known bool) {
	if !at.origin.Known() || at.origin.Passed {
		return "", 0, false
	}
	var e DataError
	p.j.locateFrom(&e, at.origin, int64(at.lines))
	return e.File, e.Line, e.Line > 0
}
