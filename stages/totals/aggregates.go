package totals

import (
	"mtpipe/internal/aggregate"
	"mtpipe/pipeline"
	"mtpipe/value"
)

// rejectRows does what --on-error says with rows of b that are bad. Those that are left out
// leave b, whose columns are to be asked for again.
func rejectRows(j *pipeline.Job, b *value.Batch, bad []aggregate.BadRow) error {
	if len(bad) > 1 && b.Form() == value.FormLines {
		all := make([]int32, b.Len())
		for i := range all {
			all[i] = int32(i)
		}
		b.Choose(all) // makes spans of the lines, of which each is found at once
	}
	rows := make([]int32, 0, b.Len())
	for i, next := 0, 0; i < b.Len(); i++ {
		if next == len(bad) || bad[next].Row > i {
			rows = append(rows, int32(i))
			continue
		}
		if err := j.Reject(b, i, bad[next].Err); err != nil {
			return err
		}
		for next < len(bad) && bad[next].Row == i {
			next++
		}
	}
	b.Choose(rows)
	return nil
}

// reduction is the partial of a stage that makes one result of all values of an expression.
type reduction struct {
	cols   *pipeline.Columns
	col    aggregate.Column
	state  aggregate.State
	result func(j *pipeline.Job, s aggregate.State) error
}

// newReduction returns a reduction that puts the state's result unless it is null.
func newReduction(of pipeline.Expr, state aggregate.State) *reduction {
	state.Grow(1)
	return &reduction{cols: pipeline.NewColumns([]pipeline.Expr{of}), state: state, result: putResult}
}

func putResult(j *pipeline.Job, s aggregate.State) error {
	v, err := s.Result(0)
	if err == nil && !v.IsNull() {
		j.Put(v)
	}
	return err
}

// Add takes in the rows of a batch.
func (r *reduction) Add(j *pipeline.Job, b *value.Batch, seq int64) error {
	cols, err := r.cols.Of(j, b)
	if len(cols[0]) == 0 {
		return err
	}
	r.col.Set(cols[0])
	if bad := r.state.Check(nil, &r.col); len(bad) > 0 {
		if err := rejectRows(j, b, bad); err != nil {
			return err
		}
		if cols, err = r.cols.Of(j, b); err != nil {
			return err
		}
		r.col.Set(cols[0])
	}
	r.state.Add(nil, &r.col, seq)
	if s, ok := r.state.(aggregate.Shrinker); ok && r.state.Bytes() > j.Budget() {
		s.Shrink()
	}
	return err
}

// Merge takes in another reduction.
func (r *reduction) Merge(_ *pipeline.Job, o *reduction) error { return r.state.Merge(o.state, nil) }

// Put puts the result.
func (r *reduction) Put(j *pipeline.Job) error {
	if s, ok := r.state.(aggregate.Shrinker); ok && s.Approximate() {
		warnOfSketch(j)
	}
	return r.result(j, r.state)
}

// warnOfSketch says on standard error that results are not exact.
func warnOfSketch(j *pipeline.Job) {
	j.Warn("there are more numbers than the memory allows: percentiles are within %g percent of exact ones", aggregate.SketchError*100)
}
