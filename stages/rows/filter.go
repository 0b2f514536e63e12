package rows

import (
	"mtpipe/pipeline"
	"mtpipe/stages/each"
	"mtpipe/value"
)

// filterStages choose values by an expression.
func filterStages() []*pipeline.Stage {
	return []*pipeline.Stage{
		each.Choose[predicateArgs]{Doc: pipeline.Doc{
			Name:  "filter",
			Safe:  true,
			Short: "Passes on the values for which EXPR is true",
			Trait: pipeline.Textual | pipeline.Passes,
			Long: `In EXPR a record's fields stand by their names, and it is the value itself; text
counts as a number where it looks like one. Null counts as false; anything else that
is neither true nor false is an error. An expression with > or < is quoted.

A name that is no field's, in an expression or as an argument of any stage, is an error
before the first record where the fields are known, by a header or a stage before, and
otherwise a note at the end when no record had it. it["name"], it?.name, name ?? 0 and
name == null say that it may be missing. An expression that is nothing but a whole number
is the field of that name where there is one; (2024) is the number.`,
		}, Keep: (*predicateArgs).isTrue, Batch: (*predicateArgs).whereTrue}.Stage(),
		each.Choose[predicateArgs]{Doc: pipeline.Doc{
			Name:  "reject",
			Safe:  true,
			Short: "Passes on the values for which EXPR is not true",
			Trait: pipeline.Textual | pipeline.Passes,
			Long:  `The opposite of filter: where EXPR is false or null, the value is passed on.`,
		}, Keep: (*predicateArgs).isNotTrue, Batch: (*predicateArgs).whereNotTrue}.Stage(),
		pipeline.Define(pipeline.Doc{
			Name:  "take_while",
			Safe:  true,
			Short: "Passes on values as long as EXPR is true",
			Trait: pipeline.Ordered | pipeline.Textual | pipeline.Passes,
			Long: `The first value for which EXPR is false or null ends it, and stops everything before
it.`,
		}, takeWhile),
		pipeline.Define(pipeline.Doc{
			Name:  "drop_while",
			Safe:  true,
			Short: "Leaves values out as long as EXPR is true",
			Trait: pipeline.Ordered | pipeline.Textual | pipeline.Passes,
			Long: `The first value for which EXPR is false or null is passed on, and all that follow it
are, whatever they are.`,
		}, dropWhile),
	}
}

type predicateArgs struct {
	Expr pipeline.Predicate `arg:"expr" help:"what is to be true"`
}

// ReadsFields returns the names of the fields that the condition reads.
func (a *predicateArgs) ReadsFields() ([]string, bool) { return pipeline.FieldsRead(a.Expr.Expr) }

func (a *predicateArgs) isTrue() func(v value.Value) (bool, error) { return a.Expr.Test }

func (a *predicateArgs) isNotTrue() func(v value.Value) (bool, error) {
	return func(v value.Value) (bool, error) {
		ok, err := a.Expr.Test(v)
		return !ok, err
	}
}

func (a *predicateArgs) whereTrue() each.Batch    { return a.where(true) }
func (a *predicateArgs) whereNotTrue() each.Batch { return a.where(false) }

// where puts the rows of batches for which the expression is true or, when want is false, is
// not.
func (a *predicateArgs) where(want bool) each.Batch {
	var g each.Growing
	return func(j *pipeline.Job, b *value.Batch) (bool, error) {
		return true, g.Cut(b, func(part *value.Batch) error { return j.PutWhere(part, a.Expr, want) })
	}
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
