package expression

import (
	"slices"

	"mtpipe/value"
)

// listFunctions work on lists and records.
var listFunctions = []function{
	{entry{"len(value)", "how many characters a text has, elements a list, fields a record", "len(`straße`)", "6"}, lengthOf},
	{entry{"type(value)", "nil, bool, int, float, string, array, map, time.Time or time.Duration", "type([1])", `"array"`}, typeOf},
	{entry{"first(list)", "the first element; null when there is none", "first([3, 1])", "3"}, end(0)},
	{entry{"last(list)", "the last element", "last([3, 1])", "1"}, end(-1)},
	{entry{"get(value, key)", "the field of that name, or the element of that number; null when there is none", "get({`a b`: 1}, `a b`)", "1"}, func(args []value.Value) (value.Value, error) { return index(args[0], args[1]) }},
	{entry{"take(list, number)", "the first elements", "take([1, 2, 3], 2)", "[1,2]"}, take},
	{entry{"keys(record)", "the names of the fields", "keys({b: 1, a: 2})", `["b","a"]`}, keys},
	{entry{"values(record)", "the values of the fields", "values({b: 1, a: 2})", "[1,2]"}, fieldValues},
	{entry{"toPairs(record)", "a list of [name, value]", "toPairs({b: 1})", `[["b",1]]`}, toPairs},
	{entry{"fromPairs(list)", "the record of such a list", "fromPairs([[`b`, 1]])", `{"b":1}`}, fromPairs},
	{entry{"reverse(list)", "the elements in reverse order", "reverse([1, 2])", "[2,1]"}, reverse},
	{entry{"uniq(list)", "the first of equal elements", "uniq([2, 1, 2])", "[2,1]"}, uniq},
	{entry{"concat(list, ...)", "the elements of all lists in one", "concat([1], [2, 3])", "[1,2,3]"}, concat},
	{entry{"flatten(list)", "the list with the elements of lists in it, however deep", "flatten([1, [2, [3]]])", "[1,2,3]"}, flatten},
	{entry{"sort(list, order?)", "the elements in order; `desc` for the reverse", "sort([2, 10, 1], `desc`)", "[10,2,1]"}, sortList},
	{entry{"join(list, separator?)", "one text of the elements", "join([`a`, `b`], `-`)", `"a-b"`}, join},
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
func sortList(args []value.Value) (value.Value, error) { return sortStepping(args, func() {}) }

// sortStepping is sortList that calls step before each comparison.
func sortStepping(args []value.Value, step func()) (value.Value, error) {
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
	slices.SortStableFunc(vs, func(a, b value.Value) int {
		step()
		return sign * value.Compare(a, b)
	})
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
