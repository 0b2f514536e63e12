package tables

import (
	"fmt"

	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

func pivotStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "pivot",
		Safe:  true,
		Short: "Makes fields of the values of NAME: long to wide",
		Trait: pipeline.Global | pipeline.Retains,
		Long: `Records whose other fields are equal become one record, with a field for each value of NAME,
which has what VALUE has there. What a group lacks is null. All records that are put have
the same fields, in the order in which they came first. Two values for one field of a
group are an error; group_by before it says which is meant. A record without NAME or VALUE
stays as it is otherwise. Keeps what it puts in memory;
when that takes more than the stage's share of --max-memory, it fails. unpivot is the
opposite.`,
	}, pivot)
}

type pivotArgs struct {
	Name  string `arg:"name" names:"yes" help:"the field whose values become names"`
	Value string `arg:"value" names:"yes" help:"the field with the values of these"`
}

// Check refuses one field for both.
func (a *pivotArgs) Check() error {
	if a.Name == a.Value {
		return fmt.Errorf("%s cannot be both the names and the values", syntax.Short(a.Name))
	}
	return nil
}

// wide is a record that is put.
type wide struct {
	rest *value.Record
	vals []value.Value // of the columns, as far as they were known when the last one came
	has  []bool
}

// wideSize is what a wide takes, with its places in a list and in a map, which grow to twice what is in
// them.
const wideSize = 260

// cellSize is what a place in a wide takes; lists of them grow by a quarter at least.
const cellSize = 32

func pivot(j *pipeline.Job, a *pivotArgs) error {
	var columns, others union
	left := rest{names: []string{a.Name, a.Value}}
	var whole rest
	var rows []*wide
	byKey := make(map[string]*wide)
	var key []byte
	err := eachRecord(j, func(r *value.Record) error {
		name, named := r.Get(a.Name)
		v, ok := r.Get(a.Value)
		if !named || !ok {
			row := &wide{rest: whole.of(r)}
			rows = append(rows, row)
			others.add(row.rest)
			return j.Keep(value.Rec(row.rest).Memory() + wideSize)
		}
		if name.IsNull() {
			return fmt.Errorf("%s is null and no name of a field", a.Name)
		}
		rest := left.of(r)
		key = value.Rec(rest).AppendKey(key[:0])
		row := byKey[string(key)]
		if row == nil {
			row = &wide{rest: rest}
			byKey[string(key)] = row
			rows = append(rows, row)
			others.add(rest)
			if err := j.Keep(value.Rec(rest).Memory() + int64(len(key)) + wideSize); err != nil {
				return err
			}
		}
		at, _ := columns.place(name.String())
		if more := at + 1 - cap(row.vals); more > 0 {
			if err := j.Keep(int64(more) * cellSize); err != nil {
				return err
			}
		}
		for len(row.vals) <= at {
			row.vals, row.has = append(row.vals, value.Null), append(row.has, false)
		}
		if row.has[at] {
			return fmt.Errorf("there are two values for %s: %s and %s", name.String(), row.vals[at].Quote(), v.Quote())
		}
		v = v.Clone()
		row.vals[at], row.has[at] = v, true
		return j.Keep(v.Memory() + 1)
	})
	if err != nil {
		return err
	}
	for _, n := range columns.names {
		if _, twice := others.seen[n]; twice {
			return fmt.Errorf("a value of %s is %s, and so is the name of another field", a.Name, n)
		}
	}
	shape := value.NewShape(append(others.names, columns.names...)...)
	for _, row := range rows {
		vals := make([]value.Value, len(shape.Names()))
		for i := range row.rest.Len() {
			at, _ := others.place(row.rest.Name(i))
			vals[at] = row.rest.At(i)
		}
		copy(vals[len(others.names):], row.vals)
		j.Put(value.Rec(value.NewRecord(shape, vals...)))
	}
	return nil
}

func implodeStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "implode",
		Safe:  true,
		Short: "Gathers the field NAME of records that are equal otherwise",
		Trait: pipeline.Global | pipeline.Retains,
		Long: `The records come in the order in which the first of each group came, and the elements in
theirs. A record without the field is put alone, without it. With --on, the field becomes text,
with SEP between the elements; in SEP, \t is a tab, \n a newline and \\ a backslash. Without
NAME, all values become one list, or one text. Keeps its input in memory; when that takes more
than the stage's share of --max-memory, it fails. explode is the opposite.`,
	}, implode)
}

type implodeArgs struct {
	Name string  `arg:"name?" names:"yes" help:"the field that becomes a list; without it, all values become one"`
	On   *string `opt:"on" help:"what stands between the elements of text that is made instead of a list"`
}

// NamesAfter returns the names of the input.
func (a *implodeArgs) NamesAfter(in []string) []string {
	if a.Name == "" {
		return nil
	}
	return in
}

// whole returns what elements become.
func (a *implodeArgs) whole(list []value.Value) value.Value {
	if a.On == nil {
		return value.List(list)
	}
	var text []byte
	for i, v := range list {
		if i > 0 {
			text = append(text, syntax.Unescape(*a.On)...)
		}
		text = v.AppendText(text)
	}
	return value.Text(text)
}

// implodeAll makes one value of all.
func implodeAll(j *pipeline.Job, a *implodeArgs) error {
	var list []value.Value
	for v, err := range j.In() {
		if err != nil {
			return err
		}
		v = v.Clone()
		list = append(list, v)
		if err := j.Keep(2*v.Memory() + 48); err != nil {
			return err
		}
	}
	j.Put(a.whole(list))
	return nil
}

func implode(j *pipeline.Job, a *implodeArgs) error {
	if a.Name == "" {
		return implodeAll(j, a)
	}
	type group struct {
		first *value.Record
		list  []value.Value // nil when the record has no such field
	}
	var groups []*group
	byKey := make(map[string]*group)
	left := rest{names: []string{a.Name}}
	var whole rest
	var key []byte
	err := eachRecord(j, func(r *value.Record) error {
		v, ok := r.Get(a.Name)
		if !ok {
			g := &group{first: whole.of(r)}
			groups = append(groups, g)
			return j.Keep(value.Rec(g.first).Memory() + wideSize)
		}
		key = value.Rec(left.of(r)).AppendKey(key[:0])
		g := byKey[string(key)]
		if g == nil {
			g = &group{first: whole.of(r)}
			byKey[string(key)] = g
			groups = append(groups, g)
			if err := j.Keep(value.Rec(g.first).Memory() + int64(len(key)) + wideSize); err != nil {
				return err
			}
		}
		v = v.Clone()
		g.list = append(g.list, v)
		return j.Keep(2*v.Memory() + 48) // lists grow to twice what is in them
	})
	if err != nil {
		return err
	}
	for _, g := range groups {
		if g.list != nil {
			g.first = g.first.With(a.Name, a.whole(g.list))
		}
		j.Put(value.Rec(g.first))
	}
	return nil
}
