package records

import (
	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/stages/each"
	"mtpipe/value"
)

// fillStages give fields that are empty a value.
func fillStages() []*pipeline.Stage {
	return []*pipeline.Stage{
		each.Record[fillDownArgs]{Doc: pipeline.Doc{
			Name:  "fill_down",
			Safe:  true,
			Short: "Fills empty fields with the value of a record before",
			Trait: pipeline.Ordered | pipeline.Passes,
			Long: `A field that is null or empty text gets the last value that was neither. Without NAMEs all
fields that a record has are filled; a NAME that a record lacks is added to it. What
nothing came before stays as it is. /PATTERN/ stands for all fields of the record whose names
the regular expression matches.`,
		}, Do: (*fillDownArgs).fill}.Stage(),
		each.Record[fillEmptyArgs]{Doc: pipeline.Doc{
			Name:  "fill_empty",
			Safe:  true,
			Short: "Fills empty fields with a text",
			Trait: pipeline.Passes,
			Long: `A field that is null or empty text becomes TEXT, N/A without --with; a TEXT that is a JSON
number is one. Without NAMEs all fields that a record has are filled; a NAME that a
record lacks is added to it. /PATTERN/ stands for all fields of the record whose names the
regular expression matches.`,
		}, Do: (*fillEmptyArgs).fill}.Stage(),
	}
}

type fillDownArgs struct {
	Names []each.Field `arg:"name..." help:"the fields to fill, or a pattern between slashes: /^x_/; without them, all"`
}

func (a *fillDownArgs) fill() recordFunc {
	last := make(map[string]value.Value)
	return newFilling(a.Names).fill(func(name string, v value.Value) value.Value {
		if isEmpty(v) {
			return last[name]
		}
		last[name] = v
		return v
	})
}

type fillEmptyArgs struct {
	Names []each.Field `arg:"name..." help:"the fields to fill, or a pattern between slashes: /^x_/; without them, all"`
	With  string       `opt:"with" default:"N/A" help:"what to fill in"`
}

func (a *fillEmptyArgs) fill() recordFunc {
	text := syntax.Unescape(a.With)
	with := value.TextOf(text)
	if value.IsPlainNumber([]byte(text)) {
		with = value.Number(text)
	}
	return newFilling(a.Names).fill(func(_ string, v value.Value) value.Value {
		if isEmpty(v) {
			return with
		}
		return v
	})
}

// isEmpty reports whether v is null or a text without characters.
func isEmpty(v value.Value) bool { return v.IsNull() || v.IsText() && len(v.Bytes()) == 0 }

// filling replaces fields of records.
type filling struct {
	fields []each.Field                 // all when there are none
	in     *value.Shape                 // of the record before
	names  []string                     // of the fields that are filled in such records
	plans  map[string]*value.Projection // that add the field of a name
}

func newFilling(fields []each.Field) *filling {
	return &filling{fields: fields, plans: make(map[string]*value.Projection)}
}

// plan finds the fields that are filled in records of a shape.
func (f *filling) plan(in *value.Shape) {
	f.in = in
	f.names, _ = chosen(f.fields, in.Names())
	for _, name := range f.names {
		if f.plans[name] == nil {
			plan := value.Setting(name)
			f.plans[name] = &plan
		}
	}
}

// fill returns what puts records with what change gives for their fields.
func (f *filling) fill(change func(name string, v value.Value) value.Value) recordFunc {
	return func(put func(value.Value), r *value.Record) error {
		put(f.filled(r, change))
		return nil
	}
}

// filled returns r with what change gives for its fields; empty ones that it gives null for
// stay as they are.
func (f *filling) filled(r *value.Record, change func(name string, v value.Value) value.Value) value.Value {
	if len(f.fields) > 0 {
		if f.in != r.Shape() {
			f.plan(r.Shape())
		}
		for _, name := range f.names {
			old, _ := r.Get(name)
			if v := change(name, old); isEmpty(old) && !v.IsNull() {
				r = f.plans[name].Apply(r, v)
			}
		}
		return value.Rec(r)
	}
	var vals []value.Value // nil as long as nothing changes
	for i := range r.Len() {
		old := r.At(i)
		v := change(r.Name(i), old)
		if !isEmpty(old) || v.IsNull() {
			continue
		}
		if vals == nil {
			vals = make([]value.Value, r.Len())
			for k := range vals {
				vals[k] = r.At(k)
			}
		}
		vals[i] = v
	}
	if vals == nil {
		return value.Rec(r)
	}
	return value.Rec(value.NewRecord(r.Shape(), vals...))
}
