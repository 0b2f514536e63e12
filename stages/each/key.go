package each

import (
	"fmt"
	"slices"
	"strings"

	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

// Key is an argument by whose values rows are told apart: an expression, called as it is written,
// or NAME=EXPR.
type Key struct {
	pipeline.Expr
	name string // "" when it is called as it is written
}

// SetArg reads EXPR or NAME=EXPR.
func (k *Key) SetArg(text string, lookup func(string) (string, bool)) error {
	*k = Key{}
	name, expr, ok := strings.Cut(text, "=")
	if trimmed := strings.Trim(name, " "); ok && IsName(trimmed) && !strings.HasPrefix(expr, "=") {
		k.name = trimmed
		// Blanks for the name, so that a mistake is shown at its place.
		return k.Expr.SetArg(strings.Repeat(" ", len(name)+1)+expr, lookup)
	}
	return k.SetField(text, lookup)
}

// Compares says that the expression may compare.
func (*Key) Compares() bool { return false }

// IsName reports whether s is a letter or underscore with letters, digits and underscores
// after it.
func IsName(s string) bool {
	for i, c := range s {
		if c != '_' && (c|0x20 < 'a' || c|0x20 > 'z') && c < 0x80 && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// Plain reports whether the key is a field under its own name.
func (k *Key) Plain() bool {
	name, ok := k.Field()
	return ok && (k.name == "" || k.name == name)
}

// Name returns what the key is called: the field's name for one that is just a field, value for
// the value itself, otherwise its text.
func (k *Key) Name() string {
	if k.name != "" {
		return k.name
	}
	if name, ok := k.Field(); ok {
		return name
	}
	if k.It() {
		return "value"
	}
	return k.String()
}

// KeyNames returns the names of keys and their expressions. It is an error when two of them have
// one name.
func KeyNames(keys []Key) (names []string, exprs []pipeline.Expr, err error) {
	for i := range keys {
		names, exprs = append(names, keys[i].Name()), append(exprs, keys[i].Expr)
	}
	if name, twice := Twice(names); twice {
		return nil, nil, fmt.Errorf("the field %s stands twice", syntax.Short(name))
	}
	return names, exprs, nil
}

// Keyed gives records of groups the keys of their group.
type Keyed struct {
	names []string
	plain []bool
	alone *value.Shape // of a record that is made of a value which is none
	in    *value.Shape
	out   *value.Shape
	from  []int // of each field: its number in the record; a key's number k is -k-1
	same  bool
}

// NewKeyed returns what gives records the keys; name is what a value that is no record is called
// beside them.
func NewKeyed(keys []Key, name string) *Keyed {
	k := &Keyed{}
	for i := range keys {
		k.names, k.plain = append(k.names, keys[i].Name()), append(k.plain, keys[i].Plain())
	}
	k.alone = value.NewShape(append(slices.Clone(k.names), name)...)
	return k
}

// Names returns the names of the keys.
func (k *Keyed) Names() []string { return k.names }

// NamesAfter returns the names of the records that records with the names in become.
func (k *Keyed) NamesAfter(in []string) []string {
	if in == nil {
		return nil
	}
	k.plan(value.NewShape(in...))
	return k.out.Names()
}

// plan decides what becomes of records of a shape. A key whose field a record still has is left
// alone, but for one that was computed.
func (k *Keyed) plan(in *value.Shape) {
	k.in, k.same = in, true
	var names []string
	k.from = k.from[:0]
	for i, name := range k.names {
		if in.Find(name) < 0 {
			names, k.from, k.same = append(names, name), append(k.from, -i-1), false
		}
	}
	for i, name := range in.Names() {
		from := i
		if at := slices.Index(k.names, name); at >= 0 && !k.plain[at] {
			from, k.same = -at-1, false
		}
		names, k.from = append(names, name), append(k.from, from)
	}
	k.out = in
	if !k.same {
		k.out = value.NewShape(names...)
	}
}

// Has reports whether all rows of b are records that have their keys.
func (k *Keyed) Has(b *value.Batch) bool {
	if b.Form() != value.FormRecords || !b.Records().OnlyRecords() {
		return false
	}
	for shape := range b.Shapes() {
		if k.in != shape {
			k.plan(shape)
		}
		if !k.same {
			return false
		}
	}
	return true
}

// Of returns v with the keys: as a record, unless it is an error.
func (k *Keyed) Of(keys []value.Value, v value.Value) value.Value {
	switch v.Kind() {
	case value.KindError:
		return v
	case value.KindRecord:
	default:
		vals := make([]value.Value, 0, len(keys)+1)
		return value.Rec(value.NewRecord(k.alone, append(append(vals, keys...), v)...))
	}
	r := v.AsRecord()
	if k.in != r.Shape() {
		k.plan(r.Shape())
	}
	if k.same {
		return v
	}
	vals := make([]value.Value, len(k.from))
	for i, from := range k.from {
		if from < 0 {
			vals[i] = keys[-from-1]
		} else {
			vals[i] = r.At(from)
		}
	}
	return value.Rec(value.NewRecord(k.out, vals...))
}
