package totals

import (
	"mtpipe/internal/aggregate"
	"mtpipe/pipeline"
	"mtpipe/value"
)

// reduction is the partial of a stage that makes one result of all values of an expression.
type reduction struct {
	of     pipeline.Expr
	col    *value.Column // of the last batch
	state  aggregate.State
	result func(j *pipeline.Job, s aggregate.State) error
	check  func(cols []*value.Column, wrong []value.RowError) []value.RowError // instead of the state's own
}

// newReduction returns a reduction that puts the state's result unless it is null.
func newReduction(of pipeline.Expr, state aggregate.State) *reduction {
	state.Grow(1)
	return &reduction{of: of, state: state, result: putResult}
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
	cols, err := j.CheckedColumns(b, r.bad, r.of)
	col := cols[0]
	r.col = col
	if len(col.Values) == 0 {
		return err
	}
	r.state.Add(nil, col, seq)
	if s, ok := r.state.(aggregate.Shrinker); ok && r.state.Bytes() > j.Budget() {
		s.Shrink()
	}
	return err
}

// bad returns the rows that the state cannot take in.
func (r *reduction) bad(cols []*value.Column, wrong []value.RowError) []value.RowError {
	if r.check != nil {
		return r.check(cols, wrong)
	}
	return aggregate.Check(r.state, cols[0])
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
