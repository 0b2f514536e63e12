// Package records holds the family of stages that compute values and change the fields of
// records.
package records

import (
	"fmt"
	"slices"
	"strings"

	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/stages/each"
	"mtpipe/value"
)

// Family returns the stages in the order in which help lists them.
func Family() pipeline.Family {
	return pipeline.Family{Name: "records", Stages: slices.Concat(fieldStages(), nestingStages(), fillStages(), []*pipeline.Stage{jqStage(), joinStage()}, setStages(), toTextStages())}
}

// fieldStages compute values, and change the fields of records.
func fieldStages() []*pipeline.Stage {
	return []*pipeline.Stage{
		each.Value[exprArgs]{Doc: pipeline.Doc{
			Name:  "map",
			Safe:  true,
			Short: "Puts the value of EXPR for each value",
			Long: `In EXPR a record's fields stand by their names, and it is the value itself. A result
that is null is put too.`,
		}, Do: (*exprArgs).value, Batch: (*exprArgs).column}.Stage(),
		each.Record[getArgs]{Doc: pipeline.Doc{
			Name:  "get",
			Safe:  true,
			Short: "Puts the field NAME of each record",
			Long:  `NAME is taken as it is, whatever characters it has. A record without it gives null.`,
		}, Do: (*getArgs).field, Batch: (*getArgs).column}.Stage(),
		each.Record[setArgs]{Doc: pipeline.Doc{
			Name:  "set",
			Safe:  true,
			Short: "Adds fields to records, or replaces them",
			Long: `A field that a record has is replaced in its place; another goes behind the last. The
expressions are computed in their order, each with what the ones before it have set.`,
		}, Do: (*setArgs).set, Batch: (*setArgs).setAll}.Stage(),
		each.Record[selectArgs]{Doc: pipeline.Doc{
			Name:  "select",
			Safe:  true,
			Short: "Keeps the fields NAME of records, in that order",
			Long: `A field that a record does not have is null, so that all records have the same fields.
/PATTERN/ stands for all fields whose names the regular expression matches.`,
		}, Do: (*selectArgs).selected, Batch: (*selectArgs).selectedAll}.Stage(),
		each.Record[dropArgs]{Doc: pipeline.Doc{
			Name:  "drop",
			Safe:  true,
			Short: "Removes the fields NAME from records",
			Long: `A field that a record does not have is no error, but one that none has is told.
/PATTERN/ stands for all fields whose names the regular expression matches.`,
		}, Do: (*dropArgs).others, Batch: (*dropArgs).othersOfAll}.Stage(),
		each.Record[reorderArgs]{Doc: pipeline.Doc{
			Name:  "reorder",
			Safe:  true,
			Short: "Moves the fields NAME of records to the front",
			Long: `They come in the order in which they are named, and the others stay as they are. With
--end they come last. /PATTERN/ stands for all fields whose names the regular expression
matches. A field that a record does not have is no error, but one that none has is told.`,
		}, Do: (*reorderArgs).reordered, Batch: (*reorderArgs).reorderedAll}.Stage(),
		renameStage(),
		labelStage(),
	}
}

type exprArgs struct {
	Expr pipeline.Expr `arg:"expr" help:"what to compute"`
}

// ReadsFields returns the names of the fields that the expression reads.
func (a *exprArgs) ReadsFields() ([]string, bool) { return pipeline.FieldsRead(a.Expr) }

// NamesAfter returns the names of the records that the expression makes.
func (a *exprArgs) NamesAfter(in []string) []string { return a.Expr.NamesAfter(in) }

func (a *exprArgs) value() func(put func(value.Value), v value.Value) error {
	return func(put func(value.Value), v value.Value) error {
		v, err := a.Expr.Of(v)
		if err == nil {
			put(v)
		}
		return err
	}
}

func (a *exprArgs) column() each.Batch {
	return func(j *pipeline.Job, b *value.Batch) (bool, error) { return true, j.PutColumn(b, a.Expr) }
}

type getArgs struct {
	Name string `arg:"name" names:"yes" help:"the field's name"`
}

// ReadsFields returns the names of the fields that are looked up.
func (a *getArgs) ReadsFields() ([]string, bool) { return []string{a.Name}, true }

func (a *getArgs) field() recordFunc {
	return func(put func(value.Value), r *value.Record) error {
		field, _ := r.Get(a.Name)
		put(field)
		return nil
	}
}

// column puts the field of records that nothing else is among.
func (a *getArgs) column() each.Batch {
	return func(j *pipeline.Job, b *value.Batch) (bool, error) {
		if b.Form() != value.FormRecords || !b.Records().OnlyRecords() {
			return false, nil
		}
		out := value.NewValues(b.Len())
		for _, v := range b.Column(a.Name).Values {
			out.Add(v)
		}
		b.Detach(out.Values())
		j.PutBatch(out)
		return true, nil
	}
}

// assignment is NAME=EXPR.
type assignment struct {
	name string
	expr pipeline.Expr
}

// Compares says that the expression may compare.
func (*assignment) Compares() bool { return false }

// SetArg reads the name and compiles the expression.
func (a *assignment) SetArg(text string, lookup func(string) (string, bool)) error {
	name, expr, ok := strings.Cut(text, "=")
	a.name = strings.Trim(name, " ")
	if !ok || a.name == "" {
		return fmt.Errorf("must be NAME=EXPR, not %s", syntax.Quote(text))
	}
	var named pipeline.Template
	if err := named.SetWord(a.name, false, lookup); err != nil {
		return err
	}
	field, err := named.Append(nil, value.Null)
	if err != nil {
		return err
	}
	a.name = string(field)
	// Blanks for the name, so that a mistake is shown at its place.
	return a.expr.SetArg(strings.Repeat(" ", len(name)+1)+expr, lookup)
}

// FieldNames returns the fields that the expression reads.
func (a *assignment) FieldNames() []pipeline.FieldName { return a.expr.FieldNames() }

// SetsField returns the name of the field.
func (a *assignment) SetsField() string { return a.name }

// Fill puts the values of variables that were not known before.
func (a *assignment) Fill(of func(name string) value.Value) { a.expr.Fill(of) }

// OnJob is that of pipeline.Computing.
func (a *assignment) OnJob(j *pipeline.Job) (needs bool) { return a.expr.OnJob(j) }

type setArgs struct {
	Fields []assignment `arg:"field...+" help:"NAME=EXPR: a field's name and what it is to be"`
}

// NamesAfter returns the names of the input and those that are set.
func (a *setArgs) NamesAfter(in []string) []string {
	if in == nil {
		return nil
	}
	names := slices.Clone(in)
	for _, f := range a.Fields {
		if !slices.Contains(names, f.name) {
			names = append(names, f.name)
		}
	}
	return names
}

func (a *setArgs) set() recordFunc {
	plans := make([]value.Projection, len(a.Fields))
	for i, f := range a.Fields {
		plans[i] = value.Setting(f.name)
	}
	return func(put func(value.Value), r *value.Record) error {
		given := value.Rec(r)
		for i := range a.Fields {
			v, err := a.Fields[i].expr.OfMade(value.Rec(r), given)
			if err != nil {
				return err
			}
			r = plans[i].Apply(r, v)
		}
		put(value.Rec(r))
		return nil
	}
}

// setAll is set for batches.
func (a *setArgs) setAll() each.Batch {
	names, exprs := make([]string, len(a.Fields)), make([]pipeline.Expr, len(a.Fields))
	for i, f := range a.Fields {
		names[i], exprs[i] = f.name, f.expr
	}
	s := pipeline.NewSetter(names, exprs)
	return func(j *pipeline.Job, b *value.Batch) (bool, error) { return s.Put(j, b), nil }
}

type namesArgs struct {
	Names []each.Field `arg:"name...+" help:"the names of the fields, or a pattern between slashes: /^x_/"`
}

// Check refuses a name that stands twice.
func (a *namesArgs) Check() error {
	names := make([]string, len(a.Names))
	for i, n := range a.Names {
		names[i] = n.Name()
	}
	if name, twice := each.Twice(names); twice {
		return fmt.Errorf("name %s stands twice", syntax.Quote(name))
	}
	return nil
}

// chosen returns the places of the fields among names, in the order of the arguments; each once.
// One that is missing has the place -1, which is value.Absent, and its name.
func chosen(fields []each.Field, in []string) (names []string, from []int) {
	taken := make(map[string]bool)
	for i := range fields {
		f := &fields[i]
		places := f.Places(in)
		for _, at := range places {
			if !taken[in[at]] {
				names, from, taken[in[at]] = append(names, in[at]), append(from, at), true
			}
		}
		if name := f.Name(); len(places) == 0 && !f.IsPattern() {
			names, from, taken[name] = append(names, name), append(from, -1), true
		}
	}
	return names, from
}

type selectArgs struct{ namesArgs }

// NamesAfter returns the names that are chosen.
func (a *selectArgs) NamesAfter(in []string) []string {
	if in == nil && slices.ContainsFunc(a.Names, each.Field.IsPattern) {
		return nil
	}
	names, _ := chosen(a.Names, in)
	return names
}

// ReadsFields returns the names that are chosen.
func (a *selectArgs) ReadsFields() (names []string, some bool) {
	for _, f := range a.Names {
		if f.IsPattern() {
			return nil, false
		}
		names = append(names, f.Name())
	}
	return names, true
}

func (a *selectArgs) selected() recordFunc { return project(a.plan) }

func (a *selectArgs) selectedAll() each.Batch { return projectAll(a.plan) }

func (a *selectArgs) plan(s *value.Shape) (names []string, from []int) {
	return chosen(a.Names, s.Names())
}

type dropArgs struct{ namesArgs }

// NamesAfter returns those of the input that are left.
func (a *dropArgs) NamesAfter(in []string) []string {
	if in == nil {
		return nil
	}
	names, _ := a.left(in)
	return names
}

// left returns the fields that are not named.
func (a *dropArgs) left(in []string) (names []string, from []int) {
	_, gone := chosen(a.Names, in)
	names = []string{} // known, be it that there are none
	dropped := make([]bool, len(in))
	for _, i := range gone {
		if i >= 0 {
			dropped[i] = true
		}
	}
	for i, n := range in {
		if !dropped[i] {
			names, from = append(names, n), append(from, i)
		}
	}
	return names, from
}

func (a *dropArgs) others() recordFunc { return project(a.plan) }

func (a *dropArgs) othersOfAll() each.Batch { return projectAll(a.plan) }

func (a *dropArgs) plan(s *value.Shape) (names []string, from []int) { return a.left(s.Names()) }

type reorderArgs struct {
	namesArgs
	End bool `opt:"e,end" help:"behind the others, not before them"`
}

// NamesAfter returns the names of the input in their new order.
func (a *reorderArgs) NamesAfter(in []string) []string {
	if in == nil {
		return nil
	}
	names, _ := a.order(in)
	return names
}

// order returns all fields, those that are named first or last.
func (a *reorderArgs) order(in []string) (names []string, from []int) {
	moved, places := chosen(a.Names, in)
	for i, at := range places {
		if at >= 0 { // one that is missing is not made
			names, from = append(names, moved[i]), append(from, at)
		}
	}
	rest := dropArgs{a.namesArgs}
	others, left := rest.left(in)
	if a.End {
		return append(others, names...), append(left, from...)
	}
	return append(names, others...), append(from, left...)
}

func (a *reorderArgs) reordered() recordFunc { return project(a.plan) }

func (a *reorderArgs) reorderedAll() each.Batch { return projectAll(a.plan) }

func (a *reorderArgs) plan(s *value.Shape) (names []string, from []int) { return a.order(s.Names()) }

// recordFunc puts what it makes of a record.
type recordFunc = func(put func(value.Value), r *value.Record) error

// project returns what puts records with other fields, as plan says for their shape.
func project(plan func(*value.Shape) (names []string, from []int)) recordFunc {
	p := value.Projection{Plan: plan}
	return func(put func(value.Value), r *value.Record) error {
		put(value.Rec(p.Apply(r)))
		return nil
	}
}

// projectAll is project for batches of records that stand in a text.
func projectAll(plan func(*value.Shape) (names []string, from []int)) each.Batch {
	p := value.Projection{Plan: plan}
	return func(j *pipeline.Job, b *value.Batch) (bool, error) {
		if b.Form() != value.FormRecords || !b.Records().OnlyRecords() {
			return false, nil
		}
		b.Own()
		p.ApplyAll(b)
		j.PutSome(b)
		return true, nil
	}
}
