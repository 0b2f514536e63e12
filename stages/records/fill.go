package records

import (
	"slices"

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
		}, Both: (*fillDownArgs).fill}.Stage(),
		each.Record[fillEmptyArgs]{Doc: pipeline.Doc{
			Name:  "fill_empty",
			Safe:  true,
			Short: "Fills empty fields with a text",
			Trait: pipeline.Passes,
			Long: `A field that is null or empty text becomes TEXT, N/A without --with; a TEXT that is a JSON
number is one. Without NAMEs all fields that a record has are filled; a NAME that a
record lacks is added to it. /PATTERN/ stands for all fields of the record whose names the
regular expression matches.`,
		}, Both: (*fillEmptyArgs).fill}.Stage(),
	}
}

type fillDownArgs struct {
	Names []each.Field `arg:"name..." help:"the fields to fill, or a pattern between slashes: /^x_/; without them, all"`
}

func (a *fillDownArgs) fill() (recordFunc, each.Batch) {
	return newFilling(a.Names, func(last *value.Value, v value.Value) value.Value {
		if !isEmpty(v) {
			*last = v
		}
		return *last
	}).ways()
}

type fillEmptyArgs struct {
	Names []each.Field `arg:"name..." help:"the fields to fill, or a pattern between slashes: /^x_/; without them, all"`
	With  string       `opt:"with" default:"N/A" help:"what to fill in"`
}

func (a *fillEmptyArgs) fill() (recordFunc, each.Batch) {
	text := syntax.Unescape(a.With)
	with := value.TextOf(text)
	if value.IsPlainNumber([]byte(text)) {
		with = value.Number(text)
	}
	return newFilling(a.Names, func(*value.Value, value.Value) value.Value { return with }).ways()
}

// isEmpty reports whether v is null or a text without characters.
func isEmpty(v value.Value) bool { return v.IsNull() || v.IsText() && len(v.Bytes()) == 0 }

// filling replaces fields of records.
type filling struct {
	fields []each.Field // all when there are none
	change func(last *value.Value, v value.Value) value.Value
	known  map[string]*filled
	in     *value.Shape // of the record before
	list   []*filled    // what is filled in such records
}

// filled is a field that is filled.
type filled struct {
	name string
	add  value.Projection // adds it
	last value.Value      // what was in it
}

// newFilling returns what fills empty fields with what change gives for them, which is told of all that
// there is and may remember it in last; those that it gives null for stay as they are.
func newFilling(fields []each.Field, change func(last *value.Value, v value.Value) value.Value) *filling {
	return &filling{fields: fields, change: change, known: make(map[string]*filled)}
}

// plan finds the fields that are filled in records of a shape.
func (f *filling) plan(in *value.Shape) {
	if f.in == in {
		return
	}
	names := in.Names()
	if len(f.fields) > 0 {
		names, _ = chosen(f.fields, names)
	}
	f.in, f.list = in, f.list[:0]
	for _, name := range names {
		if f.known[name] == nil {
			f.known[name] = &filled{name: name, add: value.Setting(name)}
		}
		f.list = append(f.list, f.known[name])
	}
}

// ways returns what fills a record, and what fills those of a batch.
func (f *filling) ways() (recordFunc, each.Batch) {
	return func(put func(value.Value), r *value.Record) error {
		f.plan(r.Shape())
		if len(f.fields) > 0 {
			put(f.some(r))
		} else {
			put(f.all(r))
		}
		return nil
	}, f.batch
}

// some fills the fields that are named.
func (f *filling) some(r *value.Record) value.Value {
	for _, to := range f.list {
		old, _ := r.Get(to.name)
		if v := f.change(&to.last, old); isEmpty(old) && !v.IsNull() {
			r = to.add.Apply(r, v)
		}
	}
	return value.Rec(r)
}

// all fills all fields that r has.
func (f *filling) all(r *value.Record) value.Value {
	var vals []value.Value // nil as long as nothing changes
	for i, to := range f.list {
		old := r.At(i)
		v := f.change(&to.last, old)
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

// batch fills the records of b, unless one of them lacks a field that would be added to it.
func (f *filling) batch(j *pipeline.Job, b *value.Batch) (bool, error) {
	if b.Form() != value.FormRecords || !b.Records().OnlyRecords() {
		return false, nil
	}
	for s := range b.Shapes() {
		if slices.ContainsFunc(f.fields, func(n each.Field) bool { return !n.IsPattern() && s.Find(n.Name()) < 0 }) {
			return false, nil
		}
	}
	b.Own()
	b.Unplace()
	r := b.Records()
	var shape *value.Shape
	var places []int
	for i := range r.Rows {
		if s := r.Rows[i].Shape; s != shape {
			shape, places = s, places[:0]
			f.plan(s)
			for k, to := range f.list {
				if len(f.fields) > 0 {
					k = s.Find(to.name)
				}
				places = append(places, k)
			}
		}
		for n, k := range places {
			old := r.Field(i, k)
			if v := f.change(&f.list[n].last, old); isEmpty(old) && !v.IsNull() {
				b.Replace(i, k, v)
			}
		}
	}
	for _, to := range f.known {
		to.last = to.last.Clone()
	}
	j.PutSome(b)
	return true, nil
}
