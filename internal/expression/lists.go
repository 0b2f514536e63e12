package expression

import (
	"slices"

	"mtpipe/value"
)

// listFunctions work on lists and records.
var listFunctions = []function{
	{"len", 1, 1, lengthOf},
	{"type", 1, 1, typeOf},
	{"first", 1, 1, end(0)},
	{"last", 1, 1, end(-1)},
	{"get", 2, 2, func(args []value.Value) (value.Value, error) { return index(args[0], args[1]) }},
	{"take", 2, 2, take},
	{"keys", 1, 1, keys},
	{"values", 1, 1, fieldValues},
	{"toPairs", 1, 1, toPairs},
	{"fromPairs", 1, 1, fromPairs},
	{"reverse", 1, 1, reverse},
	{"uniq", 1, 1, uniq},
	{"concat", 1, -1, concat},
	{"flatten", 1, 1, flatten},
	{"sort", 1, 2, sortList},
	{"join", 1, 2, join},
}

func lengthOf(args []value.Value) (value.Value, error) {
	n := length(args[0])
	if n < 0 {
		return value.Null, &kindError{args[0], "text, a list or a record"}
	}
	return value.Int(int64(n)), nil
}

// typeOf names the kind of a value with expr-lang's words.
func typeOf(args []value.Value) (value.Value, error) {
	name := args[0].Kind().String()
	switch args[0].Kind() {
	case value.KindNull:
		name = "nil"
	case value.KindBig:
		name = "int"
	case value.KindNumber:
		if n, _ := args[0].Numeric(); n.Kind() == value.KindFloat {
			name = "float"
		} else {
			name = "int"
		}
	case value.KindText, value.KindString:
		name = "string"
	case value.KindList:
		name = "array"
	case value.KindRecord:
		name = "map"
	case value.KindTime:
		name = "time.Time"
	case value.KindDuration:
		name = "time.Duration"
	}
	return value.String(name), nil
}

func wantList(v value.Value) ([]value.Value, error) {
	if v.Kind() != value.KindList {
		return nil, &kindError{v, "a list"}
	}
	return v.AsList(), nil
}

func wantRecord(v value.Value) (*value.Record, error) {
	if v.Kind() != value.KindRecord {
		return nil, &kindError{v, "a record"}
	}
	return v.AsRecord(), nil
}

// end makes first (i is 0) and last (i is -1); of nothing they are null.
func end(i int64) func([]value.Value) (value.Value, error) {
	return func(args []value.Value) (value.Value, error) {
		switch args[0].Kind() {
		case value.KindList, value.KindText, value.KindString:
			return elementAt(args[0], i), nil
		}
		return value.Null, nil
	}
}

func take(args []value.Value) (value.Value, error) {
	vs, err := wantList(args[0])
	if err != nil {
		return value.Null, err
	}
	n, err := smallInt(args[1])
	if err != nil {
		return value.Null, err
	}
	return value.List(vs[:max(0, min(n, len(vs)))]), nil
}

func keys(args []value.Value) (value.Value, error) {
	r, err := wantRecord(args[0])
	if err != nil {
		return value.Null, err
	}
	vs := make([]value.Value, r.Len())
	for i := range vs {
		vs[i] = value.String(r.Name(i))
	}
	return value.List(vs), nil
}

func fieldValues(args []value.Value) (value.Value, error) {
	r, err := wantRecord(args[0])
	if err != nil {
		return value.Null, err
	}
	vs := make([]value.Value, r.Len())
	for i := range vs {
		vs[i] = r.At(i)
	}
	return value.List(vs), nil
}

func toPairs(args []value.Value) (value.Value, error) {
	r, err := wantRecord(args[0])
	if err != nil {
		return value.Null, err
	}
	vs := make([]value.Value, r.Len())
	for i := range vs {
		vs[i] = value.List([]value.Value{value.String(r.Name(i)), r.At(i)})
	}
	return value.List(vs), nil
}

func fromPairs(args []value.Value) (value.Value, error) {
	vs, err := wantList(args[0])
	if err != nil {
		return value.Null, err
	}
	var b recordBuilder
	for _, v := range vs {
		if v.Kind() != value.KindList || len(v.AsList()) != 2 {
			return value.Null, &kindError{v, "a pair"}
		}
		b.set(v.AsList()[0].String(), v.AsList()[1])
	}
	return b.value(), nil
}

func reverse(args []value.Value) (value.Value, error) {
	vs, err := wantList(args[0])
	if err != nil {
		return value.Null, err
	}
	vs = slices.Clone(vs)
	slices.Reverse(vs)
	return value.List(vs), nil
}

// uniq keeps the first of the elements that have the same key.
func uniq(args []value.Value) (value.Value, error) {
	vs, err := wantList(args[0])
	if err != nil {
		return value.Null, err
	}
	seen := make(map[string]bool, len(vs))
	var kept, key = []value.Value{}, []byte(nil)
	for _, v := range vs {
		key = v.AppendKey(key[:0])
		if !seen[string(key)] {
			seen[string(key)] = true
			kept = append(kept, v)
		}
	}
	return value.List(kept), nil
}

func concat(args []value.Value) (value.Value, error) {
	var all []value.Value
	for _, a := range args {
		vs, err := wantList(a)
		if err != nil {
			return value.Null, err
		}
		all = append(all, vs...)
	}
	return value.List(all), nil
}

func flatten(args []value.Value) (value.Value, error) {
	vs, err := wantList(args[0])
	if err != nil {
		return value.Null, err
	}
	var all []value.Value
	err = spread(vs, func(v value.Value) error {
		all = append(all, v)
		return nil
	})
	return value.List(all), err
}

// sortList sorts by the one order of all values.
func sortList(args []value.Value) (value.Value, error) {
	vs, err := wantList(args[0])
	if err != nil {
		return value.Null, err
	}
	sign := 1
	if len(args) > 1 {
		if sign, err = sortSign(args[1]); err != nil {
			return value.Null, err
		}
	}
	vs = slices.Clone(vs)
	slices.SortStableFunc(vs, func(a, b value.Value) int { return sign * value.Compare(a, b) })
	return value.List(vs), nil
}

// join makes one text of a list's elements as they are printed.
func join(args []value.Value) (value.Value, error) {
	vs, err := wantList(args[0])
	if err != nil {
		return value.Null, err
	}
	var out, glue []byte
	if len(args) > 1 {
		if err := wantText(args[1]); err != nil {
			return value.Null, err
		}
		glue = args[1].Bytes()
	}
	for i, v := range vs {
		if i > 0 {
			out = append(out, glue...)
		}
		out = v.AppendText(out)
	}
	return value.String(string(out)), nil
}
