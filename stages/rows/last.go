package rows

import (
	"slices"

	"mtpipe/pipeline"
	"mtpipe/value"
)

// keptRows is the last rows that a stage has read.
type keptRows struct {
	j       *pipeline.Job
	batches []*value.Batch
	rows    int64 // of those batches that are not unread
	unread  int   // batches
}

// add takes in a batch that the stage has just read.
func (k *keptRows) add(b *value.Batch) error {
	b = b.Compact()
	k.batches = append(k.batches, b)
	k.rows += int64(b.Len())
	return k.j.Keep(b.Memory())
}

// first takes the first batch out.
func (k *keptRows) first() *value.Batch {
	b := k.batches[0]
	k.batches = k.batches[1:]
	k.rows -= int64(b.Len())
	_ = k.j.Keep(-b.Memory())
	return b
}

// back puts the rest of a batch that first has taken out in its place again.
func (k *keptRows) back(b *value.Batch) error {
	k.batches = append([]*value.Batch{b}, k.batches...)
	k.rows += int64(b.Len())
	return k.j.Keep(b.Memory())
}

// mostUnread is how many unread batches are kept before the last of them are read, so that the
// others can go.
const mostUnread = 4096

// addLast takes in a batch of which the last n rows may be wanted, and lets go of what is not any
// more. The batch may be unread.
func (k *keptRows) addLast(b *value.Batch, n int64) error {
	if b.Pending() {
		k.batches = append(k.batches, b)
		if k.unread++; k.unread == mostUnread {
			return k.read(n)
		}
		return nil
	}
	if extra := int64(b.Len()) - n; extra > 0 {
		b.Skip(int(extra))
	}
	if err := k.add(b); err != nil {
		return err
	}
	for len(k.batches) > 0 {
		switch first := k.batches[0]; {
		case !first.Pending() && k.rows-int64(first.Len()) >= n:
			k.first().Release()
		case first.Pending() && k.rows >= n:
			k.batches = k.batches[1:]
			k.unread--
			first.Release()
		default:
			return nil
		}
	}
	return nil
}

// read reads what is unread, from the end, until there are n rows, and lets go of what comes before.
func (k *keptRows) read(n int64) error {
	if k.unread == 0 {
		return nil
	}
	list := k.batches
	k.batches, k.unread = nil, 0
	_ = k.j.Keep(-memoryOf(list))
	k.rows = 0
	for i := len(list) - 1; i >= 0; i-- {
		b := list[i]
		var err error
		switch {
		case k.rows >= n:
			b.Release()
			continue
		case b.Pending():
			k.j.GiveTurn()
			if b, err = b.Fetch(); err != nil || b == nil {
				if b != nil {
					b.Release()
				}
				break
			}
			if extra := k.rows + int64(b.Len()) - n; extra > 0 {
				b.Skip(int(extra))
			}
		}
		if err == nil && b != nil {
			err = k.add(b)
		}
		if err != nil {
			for _, rest := range list[:i] {
				rest.Release()
			}
			return err
		}
	}
	slices.Reverse(k.batches)
	return nil
}

// memoryOf returns what the batches that are not unread take.
func memoryOf(list []*value.Batch) (size int64) {
	for _, b := range list {
		if !b.Pending() {
			size += b.Memory()
		}
	}
	return size
}

// passLast passes on the last n values.
func passLast(j *pipeline.Job, n int64) error {
	if n == 0 {
		j.AwaitHeader()
		return nil
	}
	kept := keptRows{j: j} // together at least n rows, when there were as many
	defer func() {
		for _, b := range kept.batches {
			b.Release()
		}
	}()
	for b, err := range j.UnreadBatches() {
		if err != nil {
			return err
		}
		b.Own()
		if err := kept.addLast(b, n); err != nil {
			return err
		}
	}
	if err := kept.read(n); err != nil {
		return err
	}
	if kept.rows > n {
		kept.batches[0].Skip(int(kept.rows - n))
	}
	list := kept.batches
	kept.batches = nil
	for i, b := range list {
		kept.batches = list[i+1:]
		j.PutBatch(b)
	}
	return nil
}
