// Package records holds the family of stages that compute values and change the fields of
// records.
package records

import (
	"fmt"
	"slices"
	"strings"

	"mtpipe/pipeline"
	"mtpipe/value"
)

// Family returns the stages in the order in which help lists them.
func Family() pipeline.Family {
	return pipeline.Family{Name: "records", Stages: slices.Concat(fieldStages(), nestingStages(), fillStages(), []*pipeline.Stage{jqStage(), joinStage()}, toTextStages())}
}

// fieldStages compute values, and change the fields of records.
func fieldStages() []*pipeline.Stage {
	return []*pipeline.Stage{
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
	}
}

type exprArgs struct {
	Expr pipeline.Expr `arg:"expr" help:"what to compute"`
}

func mapValues(j *pipeline.Job, a *exprArgs) error {
	for b, err := range j.AnyBatches() {
		if err != nil {
			return err
		}
		if err := j.PutColumn(b, a.Expr); err != nil {
			return err
		}
	}
	return nil
}

// eachRecord puts what change makes of each record; anything else is an error.
func eachRecord(j *pipeline.Job, change func(*value.Record) (value.Value, error)) error {
	for v, err := range j.In() {
		if err != nil {
			return err
		}
		var changed value.Value
		if v.Kind() == value.KindRecord {
			changed, err = change(v.AsRecord())
		} else {
			err = errNoRecord(v)
		}
		if err == nil {
			j.Put(changed)
		} else if err := j.RejectValue(v, err); err != nil {
			return err
		}
	}
	return nil
}

type getArgs struct {
	Name string `arg:"name" help:"the field's name"`
}

func get(j *pipeline.Job, a *getArgs) error {
	for b, err := range j.AnyBatches() {
		if err != nil {
			return err
		}
		if b.Form() == value.FormRecords && b.Records().OnlyRecords() {
			out := value.NewValues(b.Len())
			for _, v := range b.Column(a.Name) {
				out.Add(v)
			}
			b.Detach(out.Values())
			j.PutBatch(out)
			continue
		}
		i := 0
		for v := range b.All() {
			if v.Kind() == value.KindRecord {
				field, _ := v.AsRecord().Get(a.Name)
				j.Put(field)
			} else if err := j.Reject(b, i, errNoRecord(v)); err != nil {
				return err
			}
			i++
		}
	}
	return nil
}

func errNoRecord(v value.Value) error {
	return fmt.Errorf("%s is not a record and has no fields", v.Kind())
}

// assignment is NAME=EXPR.
type assignment struct {
	name string
	expr pipeline.Expr
}

// Compares says that the expression is likely to compare.
func (*assignment) Compares() {}

// SetArg reads the name and compiles the expression.
func (a *assignment) SetArg(text string, lookup func(string) (string, bool)) error {
	name, expr, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return fmt.Errorf("must be NAME=EXPR, not %q", text)
	}
	a.name = name
	// Blanks for the name, so that a mistake is shown at its place.
	return a.expr.SetArg(strings.Repeat(" ", len(name)+1)+expr, lookup)
}

// Fill puts the values of variables that were not known before.
func (a *assignment) Fill(of func(name string) value.Value) { a.expr.Fill(of) }

type setArgs struct {
	Fields []assignment `arg:"field...+" help:"NAME=EXPR: a field's name and what it is to be"`
}

func set(j *pipeline.Job, a *setArgs) error {
	plans := make([]value.Projection, len(a.Fields))
	for i, f := range a.Fields {
		plans[i] = value.Setting(f.name)
	}
	return eachRecord(j, func(r *value.Record) (value.Value, error) {
		for i := range a.Fields {
			v, err := a.Fields[i].expr.Eval(value.Rec(r))
			if err != nil {
				return value.Null, err
			}
			r = plans[i].Apply(r, v)
		}
		return value.Rec(r), nil
	})
}

type namesArgs struct {
	Names []string `arg:"name...+" help:"the names of the fields"`
}

// Check refuses a name that stands twice.
func (a *namesArgs) Check() error {
	for i, n := range a.Names {
		if slices.Contains(a.Names[:i], n) {
			return fmt.Errorf("name %q stands twice", n)
		}
	}
	return nil
}

func selectFields(j *pipeline.Job, a *namesArgs) error {
	return project(j, func(s *value.Shape) (names []string, from []int) {
		for _, n := range a.Names {
			from = append(from, s.Find(n)) // -1 is value.Absent
		}
		return a.Names, from
	})
}

func drop(j *pipeline.Job, a *namesArgs) error {
	return project(j, func(s *value.Shape) (names []string, from []int) {
		for i, n := range s.Names() {
			if !slices.Contains(a.Names, n) {
				names, from = append(names, n), append(from, i)
			}
		}
		return names, from
	})
}

// renaming is OLD=NEW.
type renaming struct{ old, new string }

// SetArg reads the two names.
func (r *renaming) SetArg(text string, _ func(string) (string, bool)) error {
	var ok bool
	if r.old, r.new, ok = strings.Cut(text, "="); !ok || r.old == "" || r.new == "" {
		return fmt.Errorf("must be OLD=NEW, not %q", text)
	}
	return nil
}

type renameArgs struct {
	Names []renaming `arg:"name...+" help:"OLD=NEW: the name a field has and the one it gets"`
}

// Check refuses names that stand twice.
func (a *renameArgs) Check() error {
	for i, n := range a.Names {
		for _, before := range a.Names[:i] {
			if n.old == before.old {
				return fmt.Errorf("name %q is to be renamed twice", n.old)
			}
			if n.new == before.new {
				return fmt.Errorf("name %q would be given twice", n.new)
			}
		}
	}
	return nil
}

func rename(j *pipeline.Job, a *renameArgs) error {
	return project(j, func(s *value.Shape) (names []string, from []int) {
		taken := make(map[string]bool)
		renamed := make(map[string]string)
		for _, n := range a.Names {
			if s.Find(n.old) >= 0 {
				renamed[n.old], taken[n.new] = n.new, true
			}
		}
		for i, name := range s.Names() {
			if to, ok := renamed[name]; ok {
				names, from = append(names, to), append(from, i)
			} else if !taken[name] {
				names, from = append(names, name), append(from, i)
			}
		}
		return names, from
	})
}

// project puts records with other fields, as plan says for their shape.
func project(j *pipeline.Job, plan func(*value.Shape) (names []string, from []int)) error {
	p := value.Projection{Plan: plan}
	return eachRecord(j, func(r *value.Record) (value.Value, error) { return value.Rec(p.Apply(r, value.Null)), nil })
}
