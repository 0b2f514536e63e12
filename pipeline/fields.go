package pipeline

import (
	"context"
	"slices"

	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

// SeenField is a field that records were seen to have.
type SeenField struct {
	Name   string
	Kind   string      // of its first value that is not null; "" when there is none
	Fields []SeenField // of the records that it holds
}

// Fields runs the plan until it has put some values, and returns the fields of those that are
// records: in the order in which they were first seen. Where no record comes, they are those that
// a header tells. Errors end the run, and are told to nobody.
func (p *Plan) Fields(ctx context.Context, most int) (fields []SeenField) {
	var of *run
	seen := 0
	for v, err := range p.values(ctx, func(r *run) { of = r }) {
		if err != nil {
			break
		}
		fields = addFields(fields, v, 3)
		if seen++; seen == most {
			break
		}
	}
	if fields == nil && of != nil {
		for _, n := range of.names(nil, nil) {
			fields = append(fields, SeenField{Name: n})
		}
	}
	return fields
}

// addFields adds those of v, and of records in it as deep as depth says.
func addFields(list []SeenField, v value.Value, depth int) []SeenField {
	if v.Kind() != value.KindRecord || depth == 0 {
		return list
	}
	for i, r := 0, v.AsRecord(); i < r.Len(); i++ {
		at := slices.IndexFunc(list, func(f SeenField) bool { return f.Name == r.Name(i) })
		if at < 0 {
			at = len(list)
			list = append(list, SeenField{Name: r.Name(i)})
		}
		f := &list[at]
		if f.Kind == "" && !r.At(i).IsNull() {
			f.Kind = r.At(i).Kind().String()
		}
		f.Fields = addFields(f.Fields, r.At(i), depth-1)
	}
	return list
}

// NamesAfter returns the names of the fields of the records that text puts when those of its
// input have the names in; nil when they are not known. Nothing is run, and no name is missed.
// Beside returns the names of fields in a file that a stage reads beside its input.
func (s Scope) NamesAfter(text string, in []string, beside func(file string) []string) []string {
	list, err := syntax.Parse(text)
	if err != nil {
		return nil
	}
	bound, err := bind(list, text, "", s)
	if err != nil {
		return nil
	}
	f := &flow{lenient: true, heads: func(joinerRun, []string) {}, ready: func(at joinerRun, in []string) []string {
		names := beside(joinedFile(at.stage))
		if names == nil {
			return in
		}
		return at.stage.argsFor(nil).(FieldJoiner).NamesJoined(in, names)
	}}
	out, _ := f.list(bound, in)
	return out
}

// ErrorFields returns the names of the fields of the records that a block reads which is for
// errors.
func ErrorFields() []string { return reportNames }
