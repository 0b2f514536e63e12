package expression

import (
	"bytes"
	"cmp"
	"fmt"

	"mtpipe/value"
)

// truth returns what v says as a condition: a bool itself, null is false.
func truth(v value.Value) (bool, error) {
	switch {
	case v.Kind() == value.KindBool:
		return v.AsBool(), nil
	case v.IsNull():
		return false, nil
	}
	return false, &kindError{v, "true or false"}
}

// testOf returns o as a condition.
func testOf(o operand) func(it value.Value, f *frame) (bool, error) {
	return func(it value.Value, f *frame) (bool, error) {
		v, err := o.run(it, f)
		if err != nil {
			return false, err
		}
		if v.Kind() == value.KindBool {
			return v.AsBool(), nil
		}
		ok, err := truth(v)
		if err != nil {
			return false, explain(err, v, o.name)
		}
		return ok, nil
	}
}

// isNumber reports whether v is a number by its kind; untyped text is not one.
func isNumber(v value.Value) bool {
	switch v.Kind() {
	case value.KindInt, value.KindFloat, value.KindBig, value.KindNumber:
		return true
	}
	return false
}

// equal reports whether a and b are the same. Numbers are compared by size, and so is
// untyped text with a number or with other untyped text, where it looks like a number;
// other text by its spelling. Null is only equal to null and to empty fields,
// records whatever the order of their fields. It never fails: what cannot be compared is not
// equal.
func equal(a, b value.Value) bool {
	switch {
	case isNothing(a) || isNothing(b):
		return a.IsNull() && b.IsNull()
	case a.IsText() && b.IsText():
		if a.Kind() == value.KindText && b.Kind() == value.KindText {
			return equalTexts(a, b)
		}
		return a.Str() == b.Str()
	case isNumber(a) || isNumber(b):
		x, ok := a.Numeric()
		if !ok {
			return false
		}
		y, ok := b.Numeric()
		return ok && value.Compare(x, y) == 0
	case a.Kind() != b.Kind():
		return false
	}
	switch a.Kind() {
	case value.KindList:
		return equalLists(a.AsList(), b.AsList())
	case value.KindRecord:
		return equalRecords(a.AsRecord(), b.AsRecord())
	}
	return value.Compare(a, b) == 0
}

func equalTexts(a, b value.Value) bool {
	if a.Str() == b.Str() {
		return true
	}
	x, ok := a.Numeric()
	if !ok {
		return false
	}
	y, ok := b.Numeric()
	return ok && value.Compare(x, y) == 0
}

func equalLists(a, b []value.Value) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

func equalRecords(a, b *value.Record) bool {
	if a.Len() != b.Len() {
		return false
	}
	for i := range a.Len() {
		v, ok := b.Get(a.Name(i))
		if !ok || !equal(a.At(i), v) {
			return false
		}
	}
	return true
}

// order returns -1, 0 or 1 as a is less than, equal to or greater than b. Untyped text is
// a number beside a number and beside untyped text, where both look like one; otherwise
// texts go by their bytes. Bools, times, durations and lists are ordered among themselves.
// Everything else has no order, which is an error that names the culprit; so has null, which
// callers ask for before.
func order(a, b value.Value) (int, error) {
	if a.Kind() == value.KindInt && b.Kind() == value.KindInt {
		return cmp.Compare(a.AsInt(), b.AsInt()), nil
	}
	if a.IsText() && b.IsText() {
		if a.Kind() == value.KindText && b.Kind() == value.KindText {
			if x, ok := a.Numeric(); ok {
				if y, ok := b.Numeric(); ok {
					return value.Compare(x, y), nil
				}
			}
		}
		return bytes.Compare(a.Bytes(), b.Bytes()), nil
	}
	x, xok := a.Numeric()
	y, yok := b.Numeric()
	if xok && yok {
		return value.Compare(x, y), nil
	}
	if a.Kind() == b.Kind() {
		switch a.Kind() {
		case value.KindBool, value.KindTime, value.KindDuration, value.KindList:
			return value.Compare(a, b), nil
		}
	}
	return 0, noOrder(a, xok, b, yok)
}

func noOrder(a value.Value, aNumber bool, b value.Value, bNumber bool) error {
	switch {
	case a.IsNull():
		return &value.NotNumberError{Value: a}
	case b.IsNull():
		return &value.NotNumberError{Value: b}
	case bNumber:
		return &value.NotNumberError{Value: a}
	case aNumber:
		return &value.NotNumberError{Value: b}
	}
	return fmt.Errorf("%s cannot be compared with %s", a.Quote(), b.Quote())
}

// relation says which results of order make a comparison true.
type relation struct{ less, same, more bool }

var relations = map[string]relation{
	"<":  {less: true},
	"<=": {less: true, same: true},
	">":  {more: true},
	">=": {same: true, more: true},
}

func (r relation) holds(c int) bool {
	switch {
	case c < 0:
		return r.less
	case c > 0:
		return r.more
	}
	return r.same
}

// flip returns the relation of b to a.
func (r relation) flip() relation { return relation{r.more, r.same, r.less} }

// compareNodes compiles an ordering comparison. With null it has no answer, which is null, as in
// SQL.
func compareNodes(r relation, a, b operand) operand {
	switch {
	case b.constant && b.v.Kind() == value.KindInt:
		return compareInt(r, a, b.v)
	case a.constant && a.v.Kind() == value.KindInt:
		return compareInt(r.flip(), b, a.v)
	}
	o := apply2(a, b, func(x, y value.Value) (value.Value, error) {
		if x.IsNull() || y.IsNull() {
			return value.Null, nil
		}
		c, err := order(x, y)
		if err != nil {
			return value.Null, err
		}
		return value.Bool(r.holds(c)), nil
	})
	if b.constant && b.v.Kind() == value.KindFloat && a.isField {
		o.choose = kernel(a.field, comparedQuickly(r, b.v.AsFloat()), testOfField(o, a.field))
	}
	return o
}

// compareInt is the quick way for the most frequent comparison, that with a whole number.
func compareInt(r relation, a operand, n value.Value) operand {
	i := n.AsInt()
	o := operand{}
	o.run = func(it value.Value, f *frame) (value.Value, error) {
		x, err := a.run(it, f)
		if err != nil {
			return value.Null, err
		}
		num := x
		if x.Kind() == value.KindText {
			num, _ = value.ParseNumber(x.Bytes())
		}
		if num.Kind() == value.KindInt {
			return value.Bool(r.holds(cmp.Compare(num.AsInt(), i))), nil
		}
		if x.IsNull() {
			return value.Null, nil
		}
		c, err := order(x, n)
		if err != nil {
			return value.Null, explain(err, x, a.name)
		}
		return value.Bool(r.holds(c)), nil
	}
	if a.isField {
		o.choose = chooseCompared(a.field, r, i, testOfField(o, a.field))
	}
	return o
}

// equalNodes compiles == and, negated, !=.
func equalNodes(a, b operand, negated bool) operand {
	if a.constant {
		a, b = b, a
	}
	if b.constant && b.v.Kind() == value.KindInt {
		o := operand{run: equalInt(a.run, b.v, negated)}
		if a.isField {
			o.choose = kernel(a.field, func(v value.Value) (yes, known bool) {
				if v.Kind() == value.KindText || v.Kind() == value.KindNumber {
					n, kind := value.Decimal(v.Bytes())
					return (int64(n) == b.v.AsInt()) != negated, kind == value.KindInt
				}
				return false, false
			}, testOfField(o, a.field))
		}
		return o
	}
	o := apply2(a, b, func(x, y value.Value) (value.Value, error) { return value.Bool(equal(x, y) != negated), nil })
	if !a.isField || !b.constant {
		return o
	}
	switch b.v.Kind() {
	case value.KindString:
		o.choose = kernel(a.field, equalQuickly(b.v.Str(), negated), testOfField(o, a.field))
	case value.KindNull:
		o.choose = kernel(a.field, func(v value.Value) (yes, known bool) { return v.IsNull() != negated, true }, nil)
	}
	return o
}

func equalInt(a eval, n value.Value, negated bool) eval {
	i := n.AsInt()
	return func(it value.Value, f *frame) (value.Value, error) {
		x, err := a(it, f)
		if err != nil {
			return value.Null, err
		}
		if x.Kind() == value.KindInt {
			return value.Bool((x.AsInt() == i) != negated), nil
		}
		return value.Bool(equal(x, n) != negated), nil
	}
}
