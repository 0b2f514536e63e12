package order

import (
	"slices"

	"mtpipe/internal/ordering"
	"mtpipe/pipeline"
	"mtpipe/value"
)

type reverseArgs struct{}

func reverse(j *pipeline.Job, _ *reverseArgs) error {
	r := &reversal{j: j, rows: &ordering.Pile{Budget: max(1, j.Budget()/2)}} // a part is for batches on their way out
	defer r.close()
	for b, err := range j.UnreadBatches() {
		if err == nil {
			err = r.add(b)
		}
		if err != nil {
			return err
		}
	}
	if len(r.unread) > 0 {
		return r.putUnread()
	}
	r.rows.Reverse()
	return putPile(j, r.rows)
}

// reversal is what is to be put in reverse order: while all of it is text that need not be read before
// it is put, that; otherwise the rows.
type reversal struct {
	j      *pipeline.Job
	unread []*value.Batch
	rows   *ordering.Pile
	any    bool // there are rows
}

// unreadMemory is about what a batch that is not read takes.
const unreadMemory = 500

func (r *reversal) add(b *value.Batch) error {
	if b.Pending() && !r.any {
		b.Own()
		r.unread = append(r.unread, b)
		return r.j.Keep(unreadMemory)
	}
	r.any = true
	for len(r.unread) > 0 {
		first := r.unread[0]
		r.unread = r.unread[1:]
		_ = r.j.Keep(-unreadMemory)
		if err := r.read(first); err != nil {
			return err
		}
	}
	if b.Pending() {
		b.Own()
		return r.read(b)
	}
	return r.rows.AddBatch(b)
}

// read reads a batch and adds its rows.
func (r *reversal) read(b *value.Batch) error {
	r.j.GiveTurn()
	b, err := b.Fetch()
	if b == nil {
		return err
	}
	defer b.Release()
	if err != nil {
		return err
	}
	return r.rows.AddBatch(b)
}

// putUnread reads the text from its end, and puts it.
func (r *reversal) putUnread() error {
	for n := len(r.unread); n > 0; n = len(r.unread) {
		b := r.unread[n-1]
		r.unread = r.unread[:n-1]
		b, err := b.Fetch()
		if err != nil {
			if b != nil {
				b.Release()
			}
			return err
		}
		if b != nil {
			b.ToSpans()
			slices.Reverse(b.Spans())
			r.j.PutBatch(b)
		}
	}
	return nil
}

func (r *reversal) close() {
	r.rows.Close()
	for _, b := range r.unread {
		b.Release()
	}
}
