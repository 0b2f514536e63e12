package records

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/stages/each"
	"mtpipe/value"
)

// nestingStages take lists and records out of the fields of records.
func nestingStages() []*pipeline.Stage {
	return []*pipeline.Stage{
		each.Value[explodeArgs]{Doc: pipeline.Doc{
			Name:  "explode",
			Safe:  true,
			Short: "Puts a record for each element of the list NAME",
			Long: `Each record is a copy in which the field NAME is one element. A record whose field is null
or missing is passed on as it is; for an empty list nothing is put. With --on, a field
that is text is split there first, so that an empty text gives one record; in SEP, \t is
a tab, \n a newline and \\ a backslash. Anything else is an error.

Without NAME, the values themselves are lists, or text that --on splits, and their elements are
put. implode is the opposite.`,
		}, Do: (*explodeArgs).explode}.Stage(),
		each.Record[flattenArgs]{Doc: pipeline.Doc{
			Name:  "flatten",
			Safe:  true,
			Short: "Makes fields such as a.b of records in records",
			Long: `The elements of lists are counted from 0, as in expressions: a.0, a.1. They stand where the
list or record stood. Empty lists and records stay. With NAMEs only these fields are
flattened, with /PATTERN/ those whose names the regular expression matches. When two fields get the same name, the later value stays, in the place of
the first.`,
		}, Do: (*flattenArgs).flatten}.Stage(),
	}
}

type explodeArgs struct {
	Name string  `arg:"name?" names:"yes" help:"the field that is a list; without it, the value itself is"`
	On   *string `opt:"on" help:"what stands between the elements, when it is text"`
}

// Check refuses to split at nothing.
func (a *explodeArgs) Check() error {
	if a.On != nil && *a.On == "" {
		return &pipeline.ArgError{Arg: "on", Err: errors.New("--on must not be empty")}
	}
	return nil
}

// NamesAfter returns the names of the input.
func (a *explodeArgs) NamesAfter(in []string) []string {
	if a.Name == "" {
		return nil
	}
	return in
}

// explode puts a record for each element of the field, or the elements of a value.
func (a *explodeArgs) explode() func(put func(value.Value), v value.Value) error {
	return func(put func(value.Value), v value.Value) error {
		if a.Name == "" {
			elements, err := a.elements("the value", v)
			for _, e := range elements {
				put(e)
			}
			return err
		}
		if v.Kind() != value.KindRecord {
			return each.NotRecord(v)
		}
		r := v.AsRecord()
		field, _ := r.Get(a.Name)
		if field.IsNull() {
			put(v)
			return nil
		}
		elements, err := a.elements(a.Name, field)
		for _, e := range elements {
			put(value.Rec(r.With(a.Name, e)))
		}
		return err
	}
}

// elements returns what v is made of, which messages call by a name.
func (a *explodeArgs) elements(name string, v value.Value) ([]value.Value, error) {
	switch {
	case v.Kind() == value.KindList:
		return v.AsList(), nil
	case v.IsText() && a.On != nil:
		pieces := strings.Split(v.Str(), syntax.Unescape(*a.On))
		list := make([]value.Value, len(pieces))
		for i, p := range pieces {
			list[i] = v.WithText(value.TextOf(p).Bytes())
		}
		return list, nil
	case v.IsText():
		return nil, fmt.Errorf("%s is %s, not a list; --on splits it", name, v.Quote())
	}
	return nil, fmt.Errorf("%s is %s, not a list", name, v.Quote())
}

type flattenArgs struct {
	Names     []each.Field `arg:"name..." help:"the fields to flatten, or a pattern between slashes: /^x_/; without them, all"`
	Separator string       `opt:"s,separator" default:"." help:"what joins the names"`
}

func (a *flattenArgs) flatten() recordFunc {
	var in, shape *value.Shape
	var places []int // of the fields that are named
	separator := syntax.Unescape(a.Separator)
	return func(put func(value.Value), r *value.Record) error {
		f := &flattening{separator: separator}
		changed := false
		if in != r.Shape() && len(a.Names) > 0 {
			in = r.Shape()
			_, places = chosen(a.Names, in.Names())
		}
		for i := range r.Len() {
			name, v := r.Name(i), r.At(i)
			if len(a.Names) > 0 && !slices.Contains(places, i) || !isNested(v) {
				f.set(name, v)
				continue
			}
			changed = true
			f.add(name, v)
		}
		if changed {
			if shape == nil || !slices.Equal(shape.Names(), f.names) {
				shape = value.NewShape(f.names...)
			}
			r = value.NewRecord(shape, f.vals...)
		}
		put(value.Rec(r))
		return nil
	}
}

// isNested reports whether v is a list or record that is not empty.
func isNested(v value.Value) bool {
	switch v.Kind() {
	case value.KindList:
		return len(v.AsList()) > 0
	case value.KindRecord:
		return v.AsRecord().Len() > 0
	}
	return false
}

// flattening gathers the fields of a flat record.
type flattening struct {
	separator string
	names     []string
	vals      []value.Value
	places    map[string]int // of the names, when they are many
}

const fewNames = 16 // that are quicker compared than looked up

func (f *flattening) set(name string, v value.Value) {
	if i := f.find(name); i >= 0 {
		f.vals[i] = v
		return
	}
	if f.places != nil {
		f.places[name] = len(f.names)
	}
	f.names, f.vals = append(f.names, name), append(f.vals, v)
}

func (f *flattening) find(name string) int {
	if len(f.names) <= fewNames {
		return slices.Index(f.names, name)
	}
	if f.places == nil {
		f.places = make(map[string]int)
		for i, n := range f.names {
			f.places[n] = i
		}
	}
	if i, ok := f.places[name]; ok {
		return i
	}
	return -1
}

// add sets the fields that v, which is called name, is made of.
func (f *flattening) add(name string, v value.Value) {
	switch {
	case !isNested(v):
		f.set(name, v)
	case v.Kind() == value.KindList:
		for i, e := range v.AsList() {
			f.add(name+f.separator+strconv.Itoa(i), e)
		}
	default:
		for r, i := v.AsRecord(), 0; i < r.Len(); i++ {
			f.add(name+f.separator+r.Name(i), r.At(i))
		}
	}
}
