package each

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"mtpipe/pipeline"
	"mtpipe/value"
)

// Operand is an argument that a stage computes with: an expression, or each field whose name the
// regular expression between slashes matches.
type Operand struct {
	pipeline.Expr
	Many *regexp.Regexp // nil for an expression
}

// SetArg reads the expression or the pattern.
func (o *Operand) SetArg(text string, lookup func(string) (string, bool)) error {
	*o = Operand{}
	if !strings.HasPrefix(text, "/") {
		return o.SetField(text, lookup)
	}
	pattern, closed := strings.CutSuffix(text[1:], "/")
	if !closed || pattern == "" {
		return fmt.Errorf("%s is no pattern between slashes; one with a blank or a | stands in quotes", text)
	}
	var err error
	if o.Many, err = regexp.Compile(pattern); err != nil {
		return fmt.Errorf("must be an expression or a pattern between slashes: %w", pipeline.ShortPatternError(err))
	}
	return nil
}

// FieldNames returns the fields that the expression reads, or the pattern asks for.
func (o *Operand) FieldNames() []pipeline.FieldName {
	if o.Many == nil {
		return o.Expr.FieldNames()
	}
	return []pipeline.FieldName{{Name: o.Pattern(), Matches: o.Many}}
}

// Pattern returns the pattern as it is written.
func (o *Operand) Pattern() string { return "/" + o.Many.String() + "/" }

// Names returns the names of what is computed with in records that have the names in: of a
// pattern those that it matches, but none of keys; else the field's name, or the expression as it
// is written.
func (o *Operand) Names(in, keys []string) []string {
	if o.Many == nil {
		if name, ok := o.Field(); ok {
			return []string{name}
		}
		return []string{o.String()}
	}
	var names []string
	for _, n := range in {
		if o.Many.MatchString(n) && !slices.Contains(keys, n) {
			names = append(names, n)
		}
	}
	return names
}

// NamesWith returns in, which may be nil, and the names of the new fields that made gives for each
// of Names.
func (o *Operand) NamesWith(in, keys []string, made func(name string) []string) []string {
	if in == nil {
		return nil
	}
	all := slices.Clone(in)
	for _, n := range o.Names(in, keys) {
		for _, name := range made(n) {
			if !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return all
}

// FieldExpr returns the expression that is the field of a name.
func FieldExpr(name string) (e pipeline.Expr) {
	_ = e.SetField("$field", func(string) (string, bool) { return name, true }) // which nothing can be wrong with
	return e
}

// Operands keeps something for each of the Names of an operand, record by record.
type Operands[C any] struct {
	Of   *Operand
	Keys []string                      // which a pattern passes over
	Make func(name string) (*C, error) // what is kept of a name that comes for the first time

	known map[string]*C
	shape *value.Shape // of the record before
	exprs []pipeline.Expr
	kept  []*C
	vals  []value.Value
	cols  []*value.Column
}

// In returns what is kept of the Names of records of a shape. It is valid until the next call.
func (o *Operands[C]) In(shape *value.Shape) ([]*C, error) {
	if o.known == nil || o.Of.Many != nil && o.shape != shape {
		if err := o.look(shape); err != nil {
			return nil, err
		}
	}
	return o.kept, nil
}

// Values returns the values of the Names of r, of whose shape In was told last. They are valid
// until the next call.
func (o *Operands[C]) Values(r *value.Record) (vals []value.Value, err error) {
	for i := range o.exprs {
		if o.vals[i], err = o.exprs[i].Of(value.Rec(r)); err != nil {
			return nil, err
		}
	}
	return o.vals, nil
}

// Columns returns what is kept of the Names of the records of b, which are FormRecords, and the values of each;
// false where that must be done by the record.
func (o *Operands[C]) Columns(j *pipeline.Job, b *value.Batch) (kept []*C, cols []*value.Column, ok bool) {
	var first *value.Shape
	for s := range b.Shapes() {
		if first != nil && o.Of.Many != nil {
			return nil, nil, false
		}
		first = s
	}
	if first == nil {
		return nil, nil, false
	}
	kept, err := o.In(first)
	if err != nil {
		return nil, nil, false
	}
	o.cols = o.cols[:0]
	for i, e := range o.exprs {
		col := j.Computed(b, i, e)
		if col == nil {
			return nil, nil, false
		}
		o.cols = append(o.cols, col)
	}
	return kept, o.cols, true
}

// look finds what is kept of records of a shape.
func (o *Operands[C]) look(shape *value.Shape) error {
	if o.known == nil {
		o.known = make(map[string]*C)
	}
	o.shape, o.exprs, o.kept = nil, o.exprs[:0], o.kept[:0]
	for _, name := range o.Of.Names(shape.Names(), o.Keys) {
		c := o.known[name]
		if c == nil {
			var err error
			if c, err = o.Make(name); err != nil {
				return err
			}
			o.known[name] = c
		}
		e := o.Of.Expr
		if o.Of.Many != nil {
			e = FieldExpr(name)
		}
		o.exprs, o.kept = append(o.exprs, e), append(o.kept, c)
	}
	o.shape, o.vals = shape, make([]value.Value, len(o.kept))
	return nil
}
