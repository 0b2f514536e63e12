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
	fresh  func() aggregate.State
	result func(j *pipeline.Job, s aggregate.State) error
	check  func(cols []*value.Column, wrong []value.RowError) []value.RowError // instead of the state's own
}

// newReduction returns a reduction that puts the result of a fresh state unless it is null.
func newReduction(of pipeline.Expr, fresh func() aggregate.State) *reduction {
	state := fresh()
	state.Grow(1)
	return &reduction{of: of, state: state, fresh: fresh, result: putResult}
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

// Snapshot returns a reduction with what this one has.
func (r *reduction) Snapshot(j *pipeline.Job) (*reduction, bool) {
	if tooMuch(j, r.state.Bytes()) {
		return nil, false
	}
	s := &reduction{state: r.fresh(), result: r.result}
	return s, aggregate.Copy(s.state, r.state, 1) == nil
}

// tooMuch reports whether so many bytes are more than a snapshot is to take beside the stage's own.
func tooMuch(j *pipeline.Job, bytes int64) bool { return bytes > min(j.Budget()/4, mostSeen) }

const mostSeen = 64 << 20

// warnOfSketch says on standard error that results are not exact.
func warnOfSketch(j *pipeline.Job) {
	j.Warn("there are more numbers than the memory allows: percentiles are within %g percent of exact ones", aggregate.SketchError*100)
}
