package value

// Loss is word of records that were left out of a stream. It goes down the pipes with the values,
// in its place among them, and is told when the last who reads them has come to it: one after the
// last value that a reader wanted is told to nobody.
type Loss interface {
	// Tell tells it, once, however many readers come to it. Any goroutine.
	Tell()
}

// NewLosses returns a batch without rows that carries losses through what holds batches. A pipe
// that it is put into takes them out.
func NewLosses(list []Loss) *Batch {
	b := NewValues(0)
	b.losses = list
	return b
}

// Losses returns what a batch of NewLosses carries; nil for any other.
func (b *Batch) Losses() []Loss { return b.losses }
