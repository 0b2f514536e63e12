package pipeline

import "mtpipe/value"

// loan lends a batch.
type loan struct{ b *value.Batch }

// Take makes the caller the owner of the batch.
func (l *loan) Take(b *value.Batch) bool {
	if l.b != b {
		return false
	}
	l.b = nil
	b.LendBy(nil)
	return true
}

// lend lends b, which the caller owns, while do is at work, and releases it unless do has taken it.
func lend(b *value.Batch, do func() error) error {
	lent := loan{b}
	b.LendBy(&lent)
	err := do()
	if lent.Take(b) {
		b.Release()
	}
	return err
}
