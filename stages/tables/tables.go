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
	}, Do: (*unpivotArgs).unpivot, Batch: (*unpivotArgs).unpivotAll}.Stage()
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

// unpivoting is what becomes of records of a shape.
type unpivoting struct {
	a       *unpivotArgs
	in, out *value.Shape
	others  []int // the fields that stay
	from    []int // those that records are made of
	err     error // why none can be made
}

// of plans for records of the shape s.
func (u *unpivoting) of(s *value.Shape) {
	if u.in == s {
		return
	}
	names, from := u.a.plan(s.Names())
	*u = unpivoting{a: u.a, in: s, out: value.NewShape(names...), from: from}
	for i := range s.Names() {
		if !slices.Contains(from, i) {
			u.others = append(u.others, i)
		}
	}
	others := names[:len(u.others)]
	switch {
	case len(from) == 0:
	case slices.Contains(others, u.a.Name):
		u.err = fmt.Errorf("the record has a field %s already; --name says where else it goes", u.a.Name)
	case slices.Contains(others, u.a.Value):
		u.err = fmt.Errorf("the record has a field %s already; --value says where else it goes", u.a.Value)
	}
}

func (a *unpivotArgs) unpivot() recordFunc {
	u := unpivoting{a: a}
	return func(put func(value.Value), r *value.Record) error {
		u.of(r.Shape())
		switch {
		case len(u.from) == 0:
			put(value.Rec(r))
			return nil
		case u.err != nil:
			return u.err
		}
		for _, at := range u.from {
			vals := make([]value.Value, 0, len(u.others)+2)
			for _, i := range u.others {
				vals = append(vals, r.At(i))
			}
			put(value.Rec(value.NewRecord(u.out, append(vals, value.String(r.Name(at)), r.At(at))...)))
		}
		return nil
	}
}

// unpivotAll is unpivot for batches of records that stand in a text.
func (a *unpivotArgs) unpivotAll() each.Batch {
	u := unpivoting{a: a}
	var m value.Remake
	var named []value.Field // the names of the fields that records are made of
	return func(j *pipeline.Job, b *value.Batch) (bool, error) {
		if b.Form() != value.FormRecords || b.Lossy() || !b.Records().OnlyRecords() {
			return false, nil
		}
		m.Start(b)
		var planned *value.Shape
		for i := range b.Len() {
			if s := b.Records().Rows[i].Shape; planned != s {
				planned, named = s, named[:0]
				u.of(s)
				for _, at := range u.from {
					named = append(named, m.Value(value.String(s.Names()[at])))
				}
			}
			if u.err != nil || m.TooLarge() {
				m.Drop()
				return false, nil
			}
			if len(u.from) == 0 {
				m.Row(i)
				continue
			}
			fields := m.Fields(i)
			for k, at := range u.from {
				m.Record(u.out, i, u.others, named[k], fields[at])
			}
		}
		b.Own()
		m.Done()
		j.PutSome(b)
		return true, nil
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
