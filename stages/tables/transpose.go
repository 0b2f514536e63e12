package tables

import (
	"fmt"

	"mtpipe/pipeline"
	"mtpipe/value"
)

func transposeStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "transpose",
		Safe:  true,
		Short: "Makes rows of columns, and columns of rows",
		Trait: pipeline.Global | pipeline.Retains,
		Long: `The first field of each record gives a name, and each other field becomes a record: its
name under the name of the first field, then its values under those names. Of lists, the
first of each make a list, the second of each, and so on; what is missing is null. Keeps
its input in memory; when that takes more than the stage's share of --max-memory, it
fails.`,
	}, transpose)
}

type transposeArgs struct{}

func transpose(j *pipeline.Job, _ *transposeArgs) error {
	var rows []value.Value
	for v, err := range j.In() {
		switch {
		case err != nil:
			return err
		case v.Kind() != value.KindRecord && v.Kind() != value.KindList:
			err = fmt.Errorf("%s is neither a record nor a list", v.Kind())
		case len(rows) > 0 && rows[0].Kind() != v.Kind():
			err = fmt.Errorf("a %s among values that are each a %s", v.Kind(), rows[0].Kind())
		case v.Kind() == value.KindRecord && v.AsRecord().Len() == 0:
			err = fmt.Errorf("the record has no field to be named by")
		}
		if err != nil {
			if err := j.RejectValue(v, err); err != nil {
				return err
			}
			continue
		}
		v = v.Clone()
		if err := j.Keep(v.Memory() + 40); err != nil {
			return err
		}
		rows = append(rows, v)
	}
	if len(rows) == 0 {
		return nil
	}
	if rows[0].Kind() == value.KindList {
		putLists(j, rows)
		return nil
	}
	return putColumns(j, rows)
}

// putLists puts the columns of lists.
func putLists(j *pipeline.Job, rows []value.Value) {
	width := 0
	for _, r := range rows {
		width = max(width, len(r.AsList()))
	}
	for i := range width {
		column := make([]value.Value, len(rows))
		for k, r := range rows {
			if list := r.AsList(); i < len(list) {
				column[k] = list[i]
			}
		}
		j.Put(value.List(column))
	}
}

// putColumns puts a record for each field but the first.
func putColumns(j *pipeline.Job, rows []value.Value) error {
	var fields, names union
	corner := rows[0].AsRecord().Name(0)
	names.place(corner)
	for _, row := range rows {
		r := row.AsRecord()
		if n := r.Name(0); n != corner {
			return fmt.Errorf("the first field of one record is %s, of another %s", corner, n)
		}
		if _, added := names.place(r.At(0).String()); !added {
			return fmt.Errorf("two records would become the field %s", r.At(0).Quote())
		}
		for i := 1; i < r.Len(); i++ {
			fields.place(r.Name(i))
		}
	}
	shape := value.NewShape(names.names...)
	for _, name := range fields.names {
		vals := make([]value.Value, 1, len(shape.Names()))
		vals[0] = value.String(name)
		for _, row := range rows {
			v, _ := row.AsRecord().Get(name)
			vals = append(vals, v)
		}
		j.Put(value.Rec(value.NewRecord(shape, vals...)))
	}
	return nil
}

func unsparsifyStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "unsparsify",
		Safe:  true,
		Short: "Gives all records the fields that any of them has",
		Trait: pipeline.Global | pipeline.Retains,
		Long: `The fields stand in the order in which they came first. What a record lacks is null, or
TEXT with --fill. Keeps its input in memory; when that takes more than the stage's share
of --max-memory, it fails. Where the names are known, select does the same as values come.`,
	}, unsparsify)
}

type unsparsifyArgs struct {
	Fill *string `opt:"fill" help:"what fills the fields that a record lacks; null without it"`
}

func unsparsify(j *pipeline.Job, a *unsparsifyArgs) error {
	var names union
	var rows []*value.Record
	err := eachRecord(j, func(r *value.Record) error {
		names.add(r)
		r = value.Rec(r).Clone().AsRecord()
		rows = append(rows, r)
		return j.Keep(value.Rec(r).Memory() + 48) // the list of them grows to twice what is in it
	})
	if err != nil {
		return err
	}
	fill := value.Null
	if a.Fill != nil {
		fill = value.TextOf(*a.Fill)
	}
	shape := value.NewShape(names.names...)
	for _, r := range rows {
		vals := make([]value.Value, len(shape.Names()))
		for i := range vals {
			vals[i] = fill
		}
		for i := range r.Len() {
			at, _ := names.place(r.Name(i))
			vals[at] = r.At(i)
		}
		j.Put(value.Rec(value.NewRecord(shape, vals...)))
	}
	return nil
}
