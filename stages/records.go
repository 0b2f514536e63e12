package stages

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"mtpipe/pipeline"
	"mtpipe/value"
)

// records is the family of stages that compute values and change the fields of records.
func records() pipeline.Family {
	return pipeline.Family{Name: "records", Stages: []*pipeline.Stage{
		pipeline.Define(pipeline.Doc{
			Name:  "map",
			Short: "Puts the value of EXPR for each value",
			Trait: pipeline.PerValue,
			Long: `In EXPR a record's fields stand by their names, and it is the value itself. A result
that is null is put too.`,
		}, mapValues),
		pipeline.Define(pipeline.Doc{
			Name:  "get",
			Short: "Puts the field NAME of each record",
			Trait: pipeline.PerValue,
			Long:  `NAME is taken as it is, whatever characters it has. A record without it gives null.`,
		}, get),
		pipeline.Define(pipeline.Doc{
			Name:  "set",
			Short: "Adds fields to records, or replaces them",
			Trait: pipeline.PerValue,
			Long: `A field that a record has is replaced in its place; another goes behind the last. The
expressions are computed in their order, each with what the ones before it have set.`,
		}, set),
		pipeline.Define(pipeline.Doc{
			Name:  "select",
			Short: "Keeps the fields NAME of records, in that order",
			Trait: pipeline.PerValue,
			Long:  `A field that a record does not have is null, so that all records have the same fields.`,
		}, selectFields),
		pipeline.Define(pipeline.Doc{
			Name:  "drop",
			Short: "Removes the fields NAME from records",
			Trait: pipeline.PerValue,
			Long:  `A field that a record does not have is no error.`,
		}, drop),
		pipeline.Define(pipeline.Doc{
			Name:  "rename",
			Short: "Gives fields of records new names",
			Trait: pipeline.PerValue,
			Long: `Fields stay where they are. All are renamed at once, so rename a=b b=a exchanges two.
Another field that has the new name already is removed; one that a record does not
have is no error.`,
		}, rename),
	}}
}

type exprArgs struct {
	Expr pipeline.Expr `arg:"expr" help:"what to compute"`
}

func mapValues(j *pipeline.Job, a *exprArgs) error {
	for v, err := range j.In() {
		if err != nil {
			return err
		}
		result, err := a.Expr.Of(v)
		if err != nil {
			return j.Bad(v, err)
		}
		j.Put(result)
	}
	return nil
}

// eachRecord puts what change makes of each record; anything else is an error.
func eachRecord(j *pipeline.Job, change func(*value.Record) (value.Value, error)) error {
	for v, err := range j.In() {
		if err != nil {
			return err
		}
		if v.Kind() != value.KindRecord {
			return j.Bad(v, fmt.Errorf("%s is not a record and has no fields", v.Kind()))
		}
		changed, err := change(v.AsRecord())
		if err != nil {
			return j.Bad(v, err)
		}
		j.Put(changed)
	}
	return nil
}

type getArgs struct {
	Name string `arg:"name" help:"the field's name"`
}

func get(j *pipeline.Job, a *getArgs) error {
	return eachRecord(j, func(r *value.Record) (value.Value, error) {
		v, _ := r.Get(a.Name)
		return v, nil
	})
}

// assignment is NAME=EXPR.
type assignment struct {
	name string
	expr pipeline.Expr
}

var errNoName = errors.New("must be NAME=EXPR")

// SetArg reads the name and compiles the expression.
func (a *assignment) SetArg(text string, lookup func(string) (string, bool)) error {
	name, expr, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return errNoName
	}
	a.name = name
	return a.expr.SetArg(expr, lookup)
}

type setArgs struct {
	Fields []assignment `arg:"name=expr...+" help:"a field's name and what it is to be"`
}

func set(j *pipeline.Job, a *setArgs) error {
	shapes := make([]projection, len(a.Fields))
	return eachRecord(j, func(r *value.Record) (value.Value, error) {
		for i := range a.Fields {
			v, err := a.Fields[i].expr.Eval(value.Rec(r))
			if err != nil {
				return value.Null, err
			}
			name := a.Fields[i].name
			r = shapes[i].apply(r, func(s *value.Shape) ([]string, []int) { return withField(s, name) }).With(name, v)
		}
		return value.Rec(r), nil
	})
}
