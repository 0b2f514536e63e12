package pipeline

import (
	"reflect"
	"slices"

	"mtpipe/internal/layer"
	"mtpipe/microthread"
)

// Computing is implemented by argument types that may compute for long with one value, such as an
// expression with loops. GiveTurns makes the argument call give now and then while it does so:
// others have their turn in it, and it does not return when the stage is ended. It reports
// whether the argument may compute for long; with nil for give it does nothing else.
type Computing interface {
	GiveTurns(give func()) (long bool)
}

// giveTurn lets others have a turn when the running thread of the program has had its own.
var giveTurn = layer.Take[func(*microthread.Program)]("microthread.giveTurn")

// GiveTurn lets others have a turn when the stage has had its own, and does not return when the stage
// has been ended: for a stage that is at work for long and reads and puts nothing by its pipes.
func (j *Job) GiveTurn() { giveTurn(j.Program()) }

// GiveTurns is Computing's.
func (e *Expr) GiveTurns(give func()) (long bool) {
	if e.compiled == nil || !e.compiled.Loops() {
		return false
	}
	if give != nil {
		e.compiled = e.compiled.Giving(give)
	}
	return true
}

// GiveTurns is Computing's.
func (t *Template) GiveTurns(give func()) (long bool) {
	if give != nil {
		t.Parts = slices.Clone(t.Parts)
	}
	for i := range t.Parts {
		long = t.Parts[i].Expr.GiveTurns(give) || long
	}
	return long
}

// mayCompute reports whether some argument of the stage may compute for long with one value.
func (b *boundStage) mayCompute() bool {
	if b.Stage == nil || b.Args == nil {
		return false
	}
	args := reflect.ValueOf(b.Args).Elem()
	return slices.ContainsFunc(b.Stage.params(), func(p *param) bool {
		return p.computes && p.giveTurns(args.FieldByIndex(p.field), nil)
	})
}

// argsOn returns the arguments for the job, those of them that may compute for long with a way to
// let others have their turn.
func (s *planned) argsOn(j *Job) any {
	args := s.argsFor(j.run.given)
	if !s.computes {
		return args
	}
	own := reflect.New(reflect.TypeOf(args).Elem())
	own.Elem().Set(reflect.ValueOf(args).Elem())
	program := j.Program()
	give := func() { giveTurn(program) }
	for _, p := range s.Stage.params() {
		if p.computes {
			p.giveTurns(own.Elem().FieldByIndex(p.field), give)
		}
	}
	return own.Interface()
}

// giveTurns calls GiveTurns of what stands in the parameter's field. With a function to give,
// what is there is replaced by a copy.
func (p *param) giveTurns(field reflect.Value, give func()) (long bool) {
	if !p.rest {
		return giveTurnsOf(field, give)
	}
	if give != nil {
		own := reflect.MakeSlice(p.kind, field.Len(), field.Len())
		reflect.Copy(own, field)
		field.Set(own)
	}
	for i := range field.Len() {
		long = giveTurnsOf(field.Index(i), give) || long
	}
	return long
}

func giveTurnsOf(v reflect.Value, give func()) (long bool) {
	if v.Kind() != reflect.Pointer {
		return v.Addr().Interface().(Computing).GiveTurns(give)
	}
	if v.IsNil() {
		return false
	}
	if give != nil {
		own := reflect.New(v.Type().Elem())
		own.Elem().Set(v.Elem())
		v.Set(own)
	}
	return v.Interface().(Computing).GiveTurns(give)
}
