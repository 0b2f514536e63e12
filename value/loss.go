package value

// Loss is word of records that were left out of a stream. It goes down the pipes with the values,
// in its place among them, and is told when the last who reads them has come to it: one after the
// last value that a reader wanted is told to nobody.
type Loss interface {
	// Tell tells it, once, however many readers come to it. The error is for the reader, who is to
	// end: there were too many. Any goroutine.
	Tell() error
}

// Losses is losses in their places among rows, in order. Empty when zero.
type Losses struct {
	list []Loss
	rows []int // that each stands before, or after the last row
}

// Len returns how many there are.
func (l *Losses) Len() int { return len(l.list) }

// Add adds losses that stand before a row; the rows of those that were added before are not larger.
func (l *Losses) Add(row int, list ...Loss) {
	l.list = append(l.list, list...)
	for range list {
		l.rows = append(l.rows, row)
	}
}

// Append adds those of m.
func (l *Losses) Append(m Losses) {
	l.list, l.rows = append(l.list, m.list...), append(l.rows, m.rows...)
}

// First returns the row that the first one stands before; there must be one.
func (l *Losses) First() int { return l.rows[0] }

// Take removes and returns those that stand before row or an earlier one.
func (l *Losses) Take(row int) []Loss {
	n := 0
	for n < len(l.rows) && l.rows[n] <= row {
		n++
	}
	list := l.list[:n:n]
	if n == len(l.list) {
		*l = Losses{}
	} else {
		l.list, l.rows = l.list[n:], l.rows[n:]
	}
	return list
}

// NewLosses returns a batch without rows that carries losses through what holds batches. A pipe
// that it is put into takes them out.
func NewLosses(list []Loss) *Batch {
	b := NewValues(0)
	b.losses.Add(0, list...)
	return b
}

// Losses returns what a batch of NewLosses carries; nil for any other.
func (b *Batch) Losses() []Loss {
	if b.losses.Len() == 0 || b.Len() > 0 {
		return nil
	}
	return b.losses.list
}

// Lose notes losses that stand before a row of b; see Losses.Add.
func (b *Batch) Lose(row int, list ...Loss) { b.losses.Add(row, list...) }

// TakeLosses removes the losses among the rows, and returns them.
func (b *Batch) TakeLosses() Losses {
	l := b.losses
	b.losses = Losses{}
	return l
}

// GiveLosses adds losses among the rows, after those that are there.
func (b *Batch) GiveLosses(l Losses) { b.losses.Append(l) }

// Lossy reports whether there are losses among the rows.
func (b *Batch) Lossy() bool { return b.losses.Len() > 0 }
