package rows

import (
	"mtpipe/pipeline"
	"mtpipe/value"
)

// filterStages choose values by an expression.
func filterStages() []*pipeline.Stage {
	return []*pipeline.Stage{
		pipeline.Define(pipeline.Doc{
			Name:  "filter",
			Short: "Passes on the values for which EXPR is true",
			Trait: pipeline.PerValue | pipeline.Textual,
			Long: `In EXPR a record's fields stand by their names, and it is the value itself; text
counts as a number where it looks like one. Null counts as false; anything else that
is neither true nor false is an error. An expression with > or < is quoted.`,
		}, func(j *pipeline.Job, a *predicateArgs) error { return passRows(j, a.Expr, true) }),
		pipeline.Define(pipeline.Doc{
			Name:  "reject",
			Short: "Passes on the values for which EXPR is not true",
			Trait: pipeline.PerValue | pipeline.Textual,
			Long:  `The opposite of filter: where EXPR is false or null, the value is passed on.`,
		}, func(j *pipeline.Job, a *predicateArgs) error { return passRows(j, a.Expr, false) }),
		pipeline.Define(pipeline.Doc{
			Name:  "take_while",
			Short: "Passes on values as long as EXPR is true",
			Trait: pipeline.Ordered | pipeline.Textual,
			Long: `The first value for which EXPR is false or null ends it, and stops everything before
it.`,
		}, takeWhile),
		pipeline.Define(pipeline.Doc{
			Name:  "drop_while",
			Short: "Leaves values out as long as EXPR is true",
			Trait: pipeline.Ordered | pipeline.Textual,
			Long: `The first value for which EXPR is false or null is passed on, and all that follow it
are, whatever they are.`,
		}, dropWhile),
	}
}

type predicateArgs struct {
	Expr pipeline.Predicate `arg:"expr" help:"what is to be true"`
}

// passRows passes on the values for which the expression is true or, when want is false, is
// not. The first batches are cut, so that a reader who wants few gets them early.
func passRows(j *pipeline.Job, e pipeline.Predicate, want bool) error {
	limit := 1
	for b, err := range j.AnyBatches() {
		if err != nil {
			return err
		}
		b.Own()
		for ; limit < manyRows && b.Len() > limit; limit *= 2 {
			part := b.Share()
			part.Truncate(limit)
			b.Skip(limit)
			if err := j.PutWhere(part, e, want); err != nil {
				b.Release()
				return err
			}
		}
		if err := j.PutWhere(b, e, want); err != nil {
			return err
		}
	}
	return nil
}

const manyRows = 1 << 12 // from which on passRows takes batches as they come

// keepRows passes on the values that keep is true for; keep must not hold on to its value.
// Rows of text become spans of the text that they were in.
func keepRows(j *pipeline.Job, keep func(value.Value) (bool, error)) error {
	limit := 1 // of rows put at once; it grows, so that a reader who wants few gets them early
	for b, err := range j.Batches() {
		if err != nil {
			return err
		}
		if b.Form() == value.FormValues {
			err = passValues(j, b, keep)
		} else {
			limit, err = passSpans(j, b, keep, limit)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func passValues(j *pipeline.Job, b *value.Batch, keep func(value.Value) (bool, error)) error {
	for i, v := range b.Values() {
		ok, err := keep(v)
		if err != nil {
			if err := j.Reject(b, i, err); err != nil {
				return err
			}
			continue
		}
		if ok {
			j.Put(v)
		}
	}
	return nil
}

const mostRows = 1 << 16 // that passSpans puts at once

func passSpans(j *pipeline.Job, b *value.Batch, keep func(value.Value) (bool, error), limit int) (int, error) {
	out := value.NewSpans(b)
	for s, row := range b.Rows() {
		ok, err := keep(value.Text(row))
		if err != nil {
			j.PutSome(out)
			return limit, j.BadRow(b, s, err)
		}
		if !ok {
			continue
		}
		if out.AddSpan(int(s.Off), int(s.Len)); len(out.Spans()) == limit {
			limit = min(2*limit, mostRows)
			j.PutBatch(out)
			out = value.NewSpans(b)
		}
	}
	j.PutSome(out)
	return limit, nil
}

// passed looks for the first row of b for which the expression is not true, and returns its
// number. Rows for which it fails are rejected, once put was given the rows before, from and
// up to but without to; from is the first that it was not given.
func (a *predicateArgs) passed(j *pipeline.Job, b *value.Batch, put func(from, to int)) (from, n int, err error) {
	for v := range b.All() {
		ok, err := a.Expr.Test(v)
		switch {
		case err != nil:
			put(from, n)
			from = n + 1
			if err := j.Reject(b, n, err); err != nil {
				return from, from, err
			}
		case !ok:
			return from, n, nil
		}
		n++
	}
	return from, n, nil
}

func takeWhile(j *pipeline.Job, a *predicateArgs) error {
	var last *value.Batch
	for b, err := range j.Batches() {
		if err != nil {
			return err
		}
		from, n, err := a.passed(j, b, func(from, to int) { j.PutSome(b.Part(from, to)) })
		if err != nil {
			return err
		}
		if n == b.Len() {
			b.Skip(from)
			b.Own()
			j.PutSome(b)
			continue
		}
		last = b.Part(from, n)
		j.KeepRest(n)
		break // before the put, which may have to wait
	}
	if last != nil {
		j.PutSome(last)
	}
	return nil
}

func dropWhile(j *pipeline.Job, a *predicateArgs) error {
	dropping := true
	for b, err := range j.Batches() {
		if err != nil {
			return err
		}
		if dropping {
			_, n, err := a.passed(j, b, func(int, int) {})
			if err != nil {
				return err
			}
			dropping = n == b.Len()
			b.Skip(n)
		}
		if !dropping {
			j.PutBatch(b)
		}
	}
	return nil
}
