package tables

import (
	"iter"

	"mtpipe/value"
)

// waiters gives back the rows that had to wait, group by group.
type waiters struct {
	next func() (*value.Batch, error, bool)
	stop func()
	b    *value.Batch // the last batch
	at   int          // the first of its rows that was not given back
	div  division
}

// finishWaiting gives each group the rows that wait, and ends it.
func (g *grouped) finishWaiting() error {
	if err := g.rest.Finish(); err != nil {
		return err
	}
	for len(g.waiting) < g.groups.Len() {
		g.waiting = append(g.waiting, 0)
	}
	w := &waiters{}
	w.next, w.stop = iter.Pull2(g.rest.Batches(nil))
	defer w.close()
	all := g.row
	for i := range g.waiting {
		group := int32(i)
		if gathered, ok := g.way.(*gathered); ok {
			if err := gathered.run(group, w, g.waiting[i]); err != nil {
				return err
			}
			continue
		}
		for left := g.waiting[i]; left > 0; {
			b, err := w.take(left)
			if err != nil {
				return err
			}
			left -= int64(b.Len())
			if err := g.way.wait(group, b); err != nil {
				return err
			}
		}
		g.row = all + int64(i)
		if err := g.way.end(group); err != nil {
			return err
		}
	}
	return nil
}

// take returns up to n rows, which the caller owns.
func (w *waiters) take(n int64) (*value.Batch, error) {
	for w.b == nil || w.at == w.b.Len() {
		w.release()
		b, err, ok := w.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, errFewer
		}
		w.b, w.at = b, 0
	}
	from := w.at
	w.at += int(min(n, int64(w.b.Len()-from)))
	return w.div.span(w.b, from, w.at), nil
}

// skip drops n rows.
func (w *waiters) skip(n int64) error {
	for n > 0 {
		b, err := w.take(n)
		if err != nil {
			return err
		}
		n -= int64(b.Len())
		b.Release()
	}
	return nil
}

func (w *waiters) release() {
	if w.b != nil {
		w.b.Release()
		w.b = nil
	}
}

func (w *waiters) close() {
	w.release()
	w.stop()
}
