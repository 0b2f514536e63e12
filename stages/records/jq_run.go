package records

import (
	"errors"
	"io"

	"mtpipe/internal/jq"
	"mtpipe/pipeline"
	"mtpipe/value"
)

// IsSource reports whether the program runs once and asks for no input.
func (a *jqArgs) IsSource() bool {
	return a.Null && !a.Slurp && (a.Program.query == nil || !a.Program.query.Reads())
}

// Variant returns the stage for a program that asks for more than a value.
func (a *jqArgs) Variant() *pipeline.Stage {
	asks := a.Program.query != nil && a.Program.query.Asks()
	if !asks && !a.Null && !a.Slurp && len(a.Modules) == 0 {
		return nil
	}
	doc := pipeline.Doc{Name: "jq", Short: "Runs a jq program on the values in turn", Trait: pipeline.Ordered}
	if a.Slurp {
		doc.Trait = pipeline.Global | pipeline.Retains
	}
	return pipeline.Define(doc, runJQ)
}

// jqRun is a program at work.
type jqRun struct {
	j       *pipeline.Job
	program *jq.Program
	failed  error // of the input, or of the messages
}

func runJQ(j *pipeline.Job, a *jqArgs) error {
	r := &jqRun{j: j, program: a.Program.compiled}
	if r.program == nil {
		var err error
		if r.program, err = a.Program.query.CompileIn(a.Modules, a.variables()...); err != nil {
			return err
		}
	}
	switch {
	case a.Slurp && !a.Null:
		list, err := r.slurp()
		if err != nil {
			return err
		}
		return r.run(list)
	case a.Null:
		return r.run(value.Null)
	}
	for {
		v, ok := r.next()
		if !ok {
			return r.failed
		}
		if err := r.run(v); err != nil {
			return err
		}
	}
}

// next returns the next value.
func (r *jqRun) next() (v value.Value, ok bool) {
	v, err := r.j.Next()
	if err != nil && !errors.Is(err, io.EOF) {
		r.failed = err
	}
	return v, err == nil
}

// slurp returns all values as a list.
func (r *jqRun) slurp() (value.Value, error) {
	var list []value.Value
	for {
		v, ok := r.next()
		if !ok {
			return value.List(list), r.failed
		}
		list = append(list, v)
		if err := r.j.Keep(v.Memory() + keptJQ); err != nil {
			return value.Null, err
		}
	}
}

const keptJQ = 24 // bytes of a value in a list

// run runs the program on v.
func (r *jqRun) run(v value.Value) error {
	host := jq.Host{Input: r.next, File: r.j.File, Message: func(text []byte) {
		if err := r.j.Stderr(text); err != nil && r.failed == nil {
			r.failed = err
		}
	}}
	err := r.program.RunIn(host, v, func(out value.Value) bool {
		r.j.Put(out)
		return true
	})
	if r.failed != nil {
		return r.failed
	}
	if err != nil {
		return r.j.RejectValue(v, err)
	}
	return nil
}
