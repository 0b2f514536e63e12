package parts

import (
	"encoding/json"
	"errors"
	"io"

	"mtpipe/pipeline"
	"mtpipe/value"
)

// RunPart runs the stages over a part, and calls emit with what comes of it, the last of it when the part has run
// to its end: whoever has that has all. Emit must not keep what it is given. A part whose beginning was guessed does not fail because of what
// stands in it: Finish tells whether the guess was wrong.
func (j *Job) RunPart(p Part, emit func(Emission) error) error {
	r := report{Part: p}
	w := j.putter(&r, emit)
	done, err := j.division.RunPart(p.Number, p.Piece, j.Shards, w.put, func(shard int, encoded []byte) error {
		return emit(Emission{shardKey(shard), encoded})
	})
	if err == nil {
		err = w.end()
	}
	if done != nil {
		r.PartDone = *done
	}
	if err != nil {
		if !r.Guessed || p.From == 0 || !errors.As(err, new(*pipeline.RunError)) {
			return err
		}
		r.Failed = err.Error()
	}
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return emit(Emission{partKey(p.Number), data})
}

// putter takes what the stages of a part put.
type putter interface {
	put(b *value.Batch) error
	end() error
}

func (j *Job) putter(r *report, emit func(Emission) error) putter {
	if !j.division.Writes() {
		return &valuePutter{values{emit: func(n int, chunk []byte) error { return emit(Emission{valuesKey(r.Number, n), chunk}) }}}
	}
	n := 0
	return &textPutter{report: r, text: j.division.NewTextPart(func(text []byte) error {
		n++
		return emit(Emission{textKey(r.Number, n), text})
	})}
}

// valuePutter emits values.
type valuePutter struct{ values }

func (w *valuePutter) put(b *value.Batch) error {
	for v := range b.Look() {
		if err := w.add(nil, v); err != nil {
			return err
		}
	}
	return nil
}

func (w *valuePutter) end() error { return w.flush() }

// textPutter emits the text of values, and reports the header before it.
type textPutter struct {
	report *report
	text   *pipeline.TextPart
}

func (w *textPutter) put(b *value.Batch) error {
	if !w.report.Unfit {
		w.report.Unfit = w.text.Put(b) != nil
	}
	return nil
}

func (w *textPutter) end() error {
	open, err := w.text.End()
	w.report.Header, w.report.Open, w.report.Unfit = w.text.Header, open, w.report.Unfit || err != nil
	return nil
}

// Merge merges what parts have emitted for a shard, which next returns, in any order, and io.EOF behind the last; and
// calls emit with the results, which it must not keep.
func (j *Job) Merge(shard int, next func() ([]byte, error), emit func(Emission) error) error {
	w := values{emit: func(n int, chunk []byte) error { return emit(Emission{resultKey(shard, n), chunk}) }}
	if err := j.division.Merge(next, w.add); err != nil {
		return err
	}
	return w.flush()
}

// MergeKey is Merge for emissions under one key, of whatever kind it is: those of a shard are merged, and others passed
// on.
func (j *Job) MergeKey(key string, next func() ([]byte, error), emit func(Emission) error) error {
	if isOf(ofShard, key) {
		shard, err := shardOf(key)
		if err != nil {
			return errBroken
		}
		return j.Merge(shard, next, emit)
	}
	for {
		data, err := next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := emit(Emission{key, data}); err != nil {
			return err
		}
	}
}
