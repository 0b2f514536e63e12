// Package tables holds the family of stages that change the shape of tables: wide and long,
// rows and columns, one step to the next.
package tables

import (
	"fmt"
	"slices"

	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/stages/each"
	"mtpipe/value"
)

// Family returns the stages in the order in which help lists them.
func Family() pipeline.Family {
	return pipeline.Family{Name: "tables", Stages: []*pipeline.Stage{
		unpivotStage(), pivotStage(), transposeStage(), unsparsifyStage(), implodeStage(), stepStage(), shareStage(), byStage(),
	}}
}

type recordFunc = func(put func(value.Value), r *value.Record) error

func unpivotStage() *pipeline.Stage {
	return each.Record[unpivotArgs]{Doc: pipeline.Doc{
		Name:  "unpivot",
		Safe:  true,
		Short: "Puts a record for each of the fields NAME: wide to long",
		Long: `Each record has the other fields, and a field with the name and one with the value of one
of the fields: name and value, or what --name and --value say. /PATTERN/ stands for all
fields whose names the regular expression matches. A field that a record does not have
gives none; a record with none of them is passed on as it is. pivot is the opposite.`,
	}, Do: (*unpivotArgs).unpivot}.Stage()
}

type unpivotArgs struct {
	Fields []each.Field `arg:"name...+" help:"the names of the fields, or a pattern between slashes: /^x_/"`
	Name   string       `opt:"name" default:"name" help:"the field for the names"`
	Value  string       `opt:"value" default:"value" help:"the field for the values"`
}

// Check refuses one name for both.
func (a *unpivotArgs) Check() error {
	if a.Name == a.Value {
		return fmt.Errorf("the names and the values cannot both go to %s", syntax.Short(a.Name))
	}
	return nil
}

// NamesAfter returns the names of the fields that stay, and the two new ones.
func (a *unpivotArgs) NamesAfter(in []string) []string {
	if in == nil {
		return nil
	}
	names, _ := a.plan(in)
	return names
}

// plan returns the names of the records that are put, and where the fields stand that they are
// made of.
func (a *unpivotArgs) plan(in []string) (names []string, from []int) {
	for i := range a.Fields {
		for _, at := range a.Fields[i].Places(in) {
			if !slices.Contains(from, at) {
				from = append(from, at)
			}
		}
	}
	for i, n := range in {
		if !slices.Contains(from, i) {
			names = append(names, n)
		}
	}
	return append(names, a.Name, a.Value), from
}

func (a *unpivotArgs) unpivot() recordFunc {
	var in, out *value.Shape
	var from []int
	return func(put func(value.Value), r *value.Record) error {
		if in != r.Shape() {
			in = r.Shape()
			var names []string
			names, from = a.plan(in.Names())
			out = value.NewShape(names...)
		}
		if len(from) == 0 {
			put(value.Rec(r))
			return nil
		}
		others := out.Names()[:len(out.Names())-2]
		switch {
		case slices.Contains(others, a.Name):
			return fmt.Errorf("the record has a field %s already; --name says where else it goes", a.Name)
		case slices.Contains(others, a.Value):
			return fmt.Errorf("the record has a field %s already; --value says where else it goes", a.Value)
		}
		for _, at := range from {
			vals := make([]value.Value, 0, len(out.Names()))
			for i := range r.Len() {
				if !slices.Contains(from, i) {
					vals = append(vals, r.At(i))
				}
			}
			put(value.Rec(value.NewRecord(out, append(vals, value.String(r.Name(at)), r.At(at))...)))
		}
		return nil
	}
}

// union is the names that came in any record, in the order in which they came first.
type union struct {
	names []string
	seen  map[string]int
	last  *value.Shape
}

// place returns where name stands, adding it if need be.
func (u *union) place(name string) (at int, added bool) {
	if at, ok := u.seen[name]; ok {
		return at, false
	}
	if u.seen == nil {
		u.seen = make(map[string]int)
	}
	at = len(u.names)
	u.names = append(u.names, name)
	u.seen[name] = at
	return at, true
}

// add adds the names of a record.
func (u *union) add(r *value.Record) {
	if u.last == r.Shape() {
		return
	}
	u.last = r.Shape()
	for _, n := range u.last.Names() {
		u.place(n)
	}
}

// rest takes records without some of their fields.
type rest struct {
	names   []string // of the fields that are left out
	in, out *value.Shape
	from    []int
}

// of returns the rest of r, as a record to keep.
func (l *rest) of(r *value.Record) *value.Record {
	if l.in != r.Shape() {
		l.in, l.from = r.Shape(), nil
		var names []string
		for i, n := range l.in.Names() {
			if !slices.Contains(l.names, n) {
				names, l.from = append(names, n), append(l.from, i)
			}
		}
		if l.out == nil || !slices.Equal(names, l.out.Names()) {
			l.out = value.NewShape(names...)
		}
	}
	vals := make([]value.Value, len(l.from))
	for i, at := range l.from {
		vals[i] = r.At(at).Clone()
	}
	return value.NewRecord(l.out, vals...)
}

// eachRecord calls do with each record of the input; one that is none, and an error of do, is
// rejected.
func eachRecord(j *pipeline.Job, do func(r *value.Record) error) error {
	for v, err := range j.In() {
		if err != nil {
			return err
		}
		if v.Kind() != value.KindRecord {
			err = each.NotRecord(v)
		} else {
			err = do(v.AsRecord())
		}
		if err != nil {
			if err := j.RejectValue(v, err); err != nil {
				return err
			}
		}
	}
	return nil
}
