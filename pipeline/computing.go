package pipeline

import (
	"reflect"
	"slices"
	"time"

	"mtpipe/internal/layer"
	"mtpipe/microthread"
)

// Computing is implemented by argument types that need the job they compute for: since they may
// compute for long with one value, as an expression with loops does, or since they ask where a
// value comes from, as one with line() does. OnJob makes the argument one of the job: it calls
// Job.Computes or GiveTurn now and then. It reports whether the argument needs a job; with nil for j it does
// nothing else.
type Computing interface {
	OnJob(j *Job) (needs bool)
}

// giveTurn lets others have a turn when the running thread of the program has had its own.
var giveTurn = layer.Take[func(*microthread.Program)]("microthread.giveTurn")

// GiveTurn lets others have their turn, if the stage has had its own. It does not return when the
// stage is ended. It is for one that is at work for long and reads and puts nothing meanwhile.
func (j *Job) GiveTurn() { giveTurn(j.Program()) }

// Computes is GiveTurn for a computation with one value, which has taken so long: when a signal has
// begun to drain the run, it is not waited for as long as it may take.
func (j *Job) Computes(took time.Duration) {
	j.GiveTurn()
	if o := j.run.stopping; took > computeLimit && o.since(computeLimit) {
		o.endNow()
	}
}

// OnJob is Computing's.
func (e *Expr) OnJob(j *Job) (needs bool) {
	if e.compiled == nil || !e.compiled.Loops() && !e.compiled.AsksPlaces() {
		return false
	}
	if j != nil {
		e.compiled = e.compiled.Giving(j.Computes)
		if e.compiled.AsksPlaces() {
			e.compiled = e.compiled.At(j.findPlaces())
		}
	}
	return true
}

// OnJob is Computing's.
func (t *Template) OnJob(j *Job) (needs bool) {
	if j != nil {
		t.Parts = slices.Clone(t.Parts)
	}
	for i := range t.Parts {
		needs = t.Parts[i].Expr.OnJob(j) || needs
	}
	return needs
}

// needsJob reports whether some argument of the stage needs the job that it computes for.
func (b *boundStage) needsJob() bool {
	if b.Stage == nil || b.Args == nil {
		return false
	}
	args := reflect.ValueOf(b.Args).Elem()
	return slices.ContainsFunc(b.Stage.params(), func(p *param) bool {
		return p.computes && p.onJob(args.FieldByIndex(p.field), nil)
	})
}

// argsOn returns the arguments for the job, those of them that need it made the job's.
func (s *planned) argsOn(j *Job) any {
	args := s.argsFor(j.run.given)
	if !s.computes {
		return args
	}
	own := reflect.New(reflect.TypeOf(args).Elem())
	own.Elem().Set(reflect.ValueOf(args).Elem())
	for _, p := range s.Stage.params() {
		if p.computes {
			p.onJob(own.Elem().FieldByIndex(p.field), j)
		}
	}
	return own.Interface()
}

// onJob calls OnJob of what stands in the parameter's field. With a job, what is there is replaced
// by a copy.
func (p *param) onJob(field reflect.Value, j *Job) (needs bool) {
	if !p.rest {
		return onJob(field, j)
	}
	if j != nil {
		own := reflect.MakeSlice(p.kind, field.Len(), field.Len())
		reflect.Copy(own, field)
		field.Set(own)
	}
	for i := range field.Len() {
		needs = onJob(field.Index(i), j) || needs
	}
	return needs
}

func onJob(v reflect.Value, j *Job) (needs bool) {
	if v.Kind() != reflect.Pointer {
		return v.Addr().Interface().(Computing).OnJob(j)
	}
	if v.IsNil() {
		return false
	}
	if j != nil {
		own := reflect.New(v.Type().Elem())
		own.Elem().Set(v.Elem())
		v.Set(own)
	}
	return v.Interface().(Computing).OnJob(j)
}
