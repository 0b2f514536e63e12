package totals

import (
	"errors"

	"mtpipe/internal/expression"
	"mtpipe/pipeline"
	"mtpipe/value"
)

// foldingStages compute one value with each value of their input in turn.
func foldingStages() []*pipeline.Stage {
	return []*pipeline.Stage{
		pipeline.Define(pipeline.Doc{
			Name:  "reduce",
			Safe:  true,
			Short: "Puts what EXPR makes of all values, one after another",
			Trait: pipeline.Global | pipeline.Retains | pipeline.Previews,
			Long: `In EXPR, acc is the result so far and it the next value, whose fields stand by their
names; what it gives is acc for the next one. INIT, an expression as well, is acc for the
first value, and the result when there is none. A field called acc is it.acc. When acc takes
more than a quarter of the stage's share of --max-memory, it fails.`,
		}, func(j *pipeline.Job, a *foldArgs) error { return fold(j, a, false) }),
		pipeline.Define(pipeline.Doc{
			Name:  "scan",
			Safe:  true,
			Short: "Puts what EXPR makes of the values so far, for each",
			Trait: pipeline.Ordered | pipeline.Retains,
			Long: `As reduce, but acc is put after every value: with 0 and 'acc + it', running totals. INIT
itself is not put.`,
		}, func(j *pipeline.Job, a *foldArgs) error { return fold(j, a, true) }),
	}
}

type foldArgs struct {
	Init pipeline.Expr `arg:"init" help:"what acc is at the beginning"`
	Expr foldExpr      `arg:"expr" help:"what to compute of acc and it"`
}

// foldExpr is an expression of acc and it.
type foldExpr struct{ program *expression.Bound }

// Compares says that the expression may compare.
func (*foldExpr) Compares() bool { return false }

// SetArg compiles the expression.
func (e *foldExpr) SetArg(text string, lookup func(string) (string, bool)) error {
	p, err := expression.CompileWith(text, lookup, "acc")
	var at *expression.Error
	if errors.As(err, &at) {
		return pipeline.Placed(at.Offset, err)
	}
	e.program = p
	return err
}

// FieldNames returns the fields that the expression reads.
func (e *foldExpr) FieldNames() []pipeline.FieldName { return pipeline.NamesIn(e.program.Names()) }

// Fill puts the values of variables that were not known before.
func (e *foldExpr) Fill(of func(name string) value.Value) { e.program = e.program.With(of) }

// OnJob is that of pipeline.Computing.
func (e *foldExpr) OnJob(j *pipeline.Job) (needs bool) {
	if !e.program.Loops() {
		return false
	}
	if j != nil {
		e.program = e.program.Giving(j.Computes)
	}
	return true
}

// fold puts acc at the end, or after each value.
func fold(j *pipeline.Job, a *foldArgs, each bool) error {
	acc, err := a.Init.Eval(value.Null)
	if err != nil {
		return err
	}
	over := j.Preview(func() func(*pipeline.Job) error {
		acc := acc
		return func(j *pipeline.Job) error { j.Put(acc); return nil }
	})
	defer over()
	for v, err := range j.In() {
		if err != nil {
			return err
		}
		next, err := a.Expr.program.Eval(v, acc)
		if err != nil {
			if err := j.RejectValue(v, err); err != nil {
				return err
			}
			continue
		}
		acc = next
		if size(acc) > max(pipeline.LeastShare, j.Budget()/4) { // the next one is made beside it, and copied
			return j.OverBudget("acc")
		}
		if acc.IsText() || acc.Kind() == value.KindNumber {
			acc = acc.Clone().Terminated() // so that it does not keep a block of the input
		}
		if each {
			j.Put(acc)
		}
	}
	over()
	if !each {
		j.Put(acc)
	}
	return nil
}

// size returns about how many bytes v takes; of what is in a list, only what each element takes
// in the list itself.
func size(v value.Value) int64 {
	if v.Kind() == value.KindList {
		return int64(len(v.AsList())) * keptSize
	}
	return v.Memory()
}

const keptSize = 24 // of a value, besides what it points to
