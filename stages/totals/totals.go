// Package totals holds the family of stages that make one value, or a few, of all their
// input.
package totals

import (
	"slices"

	"mtpipe/internal/aggregate"
	"mtpipe/pipeline"
	"mtpipe/stages/each"
	"mtpipe/value"
)

// Family returns the stages in the order in which help lists them.
func Family() pipeline.Family {
	return pipeline.Family{Name: "totals", Fusions: []pipeline.Fusion{countTop()}, Stages: slices.Concat(topStages(), []*pipeline.Stage{countStage(), countByStage(), groupByStage(), statsStage()}, sumStages(), rankStages(), endStages(), []*pipeline.Stage{histStage()}, foldingStages())}
}

// sumStages are the totals that compute with all numbers.
func sumStages() []*pipeline.Stage {
	return []*pipeline.Stage{
		defineTotal(pipeline.Doc{
			Name:  "sum",
			Safe:  true,
			Short: "Adds up numbers",
			Long: `Integers are exact, up to 4300 digits each; floats are added without rounding until the end, so
their order does not matter. Nulls are passed over, and the sum of nothing is 0.`,
		}, func(a *totalArgs) *reduction {
			return newReduction(a.Of.Expr, func() aggregate.State { return new(aggregate.Sums) })
		}),
		defineTotal(pipeline.Doc{
			Name:  "mean",
			Safe:  true,
			Short: "Puts the mean of numbers",
			Long:  `Nulls are passed over. Without a number, nothing is put.`,
		}, func(a *totalArgs) *reduction {
			return newReduction(a.Of.Expr, func() aggregate.State { return &aggregate.Sums{Mean: true} })
		}),
		defineTotal(pipeline.Doc{
			Name:  "stddev",
			Safe:  true,
			Short: "Puts the standard deviation of numbers",
			Long: `It is that of a sample: the squares are divided by the count less one. Nothing is
rounded before the end. Nulls are passed over. Of fewer than two numbers nothing is put.`,
		}, func(a *totalArgs) *reduction {
			return newReduction(a.Of.Expr, func() aggregate.State { return new(aggregate.Deviations) })
		}),
	}
}

// endStages choose a value by where it stands.
func endStages() []*pipeline.Stage {
	return []*pipeline.Stage{
		pipeline.Define(pipeline.Doc{
			Name:  "first",
			Safe:  true,
			Short: "Passes on the first value",
			Trait: pipeline.Ordered | pipeline.Passes,
			Long:  `Stops everything before it as soon as it has that value.`,
		}, first),
		pipeline.DefineCombine(pipeline.Doc{
			Name:  "last",
			Safe:  true,
			Short: "Passes on the last value",
			Trait: pipeline.Passes,
		}, func(*pipeline.Job, *endArgs) *lastRow { return new(lastRow) }),
	}
}

type totalArgs struct {
	Of each.Operand `arg:"expr?" help:"what to take of each value, or a pattern between slashes: /^x_/; without it, the value itself"`
}

// ReadsFields returns the names of the fields that the expression reads.
func (a *totalArgs) ReadsFields() ([]string, bool) { return pipeline.FieldsRead(a.Of.Expr) }

type endArgs struct{}

func first(j *pipeline.Job, _ *endArgs) error {
	var v value.Value
	found := false
	for next, err := range j.In() {
		if err != nil {
			return err
		}
		v, found = next, true
		break // before the put, which may have to wait
	}
	if found {
		j.Put(v)
	}
	return nil
}

// lastRow is the partial of last: it keeps the batch that came last, and of that the last row.
type lastRow struct {
	batch *value.Batch
	seq   int64
}

// Add keeps a batch.
func (l *lastRow) Add(j *pipeline.Job, b *value.Batch, seq int64) error {
	if b.Len() == 0 {
		return nil
	}
	l.Close()
	b.Own()
	l.batch, l.seq = b, seq
	return nil
}

// Merge keeps what came later.
func (l *lastRow) Merge(_ *pipeline.Job, o *lastRow) error {
	if o.batch != nil && (l.batch == nil || o.seq > l.seq) {
		*l, *o = *o, *l
	}
	return nil
}

// Put puts the last row.
func (l *lastRow) Put(j *pipeline.Job) error {
	if l.batch == nil {
		return nil
	}
	b := l.batch
	l.batch = nil
	b.Skip(b.Len() - 1)
	j.PutBatch(b)
	return nil
}

// Close lets go of the batch.
func (l *lastRow) Close() {
	if l.batch != nil {
		l.batch.Release()
		l.batch = nil
	}
}
