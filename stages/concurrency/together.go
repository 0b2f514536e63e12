package concurrency

import (
	"errors"
	"time"

	"mtpipe/pipeline"
	"mtpipe/value"
)

// together runs the blocks for all values that have come at once, which nobody can tell from
// one by one, unless there is an error in one of them: those are run one by one.
func (m *mapper) together(runs *pipeline.Together) error {
	defer runs.Close()
	defer m.closeBlocks()
	var vals []value.Value
	for b, err := range m.j.AnyBatches() {
		if err != nil {
			return err
		}
		if m.j.Interrupted() {
			return nil
		}
		vals = vals[:0]
		for v := range b.All() {
			vals = append(vals, v.Clone())
		}
		if runs.Put(m.j, vals) {
			continue
		}
		for _, v := range vals {
			if err := m.one(v); err != nil {
				return err
			}
		}
	}
	return nil
}

// one runs the block for v, and waits until its results have gone on.
func (m *mapper) one(v value.Value) error {
	c := &cell{v: v, out: m.j.NewPipe("the results of a block"), begun: time.Now(), whole: true}
	m.begun.Add(c)
	m.j.Reads(c.out)
	_, err := m.blocks.Start(m.j.Thread, v, c.out, func(err error) { c.err = errors.Join(c.err, err) })
	if err != nil {
		c.out = nil
	} else {
		err = m.j.TakeFromPipe(c.out)
	}
	return m.done(0, err)
}
