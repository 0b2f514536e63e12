package jq

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"reflect"
	"slices"

	"mtpipe/value"
)

// toJQ returns v in gojq's types. Untyped text is what it is in JSON, but for what is too long to be
// a number, which is a string. A number of JSON that is too long to
// be computed with is an error: how long the program would take with it is by the square of that.
// Parts is how large it is: of how many values and bytes of text it is made.
func toJQ(v value.Value) (x any, parts int, err error) {
	c := converter{}
	x = c.convert(v)
	return x, c.parts, c.err
}

// converter keeps the first error.
type converter struct {
	err   error
	parts int
}

// isNumber reports whether v is a number that can be computed with.
func isNumber(v value.Value) bool {
	_, err := value.NumberOf(v)
	return err == nil
}

// number returns a number as it is spelled.
func (c *converter) number(v value.Value) any {
	if len(v.Bytes()) > value.MaxDigits && c.err == nil {
		if _, err := value.NumberOf(v); errors.As(err, new(*value.NotNumberError)) {
			c.err = err
		}
	}
	return json.Number(string(v.Bytes()))
}

func (c *converter) convert(v value.Value) any {
	c.parts++
	switch v.Kind() {
	case value.KindNull:
		return nil
	case value.KindBool:
		return v.AsBool()
	case value.KindInt:
		if i := v.AsInt(); int64(int(i)) == i {
			return int(i)
		}
		return big.NewInt(v.AsInt())
	case value.KindFloat:
		return v.AsFloat()
	case value.KindBig:
		return new(big.Int).Set(v.AsBig())
	case value.KindNumber:
		return c.number(v)
	case value.KindText:
		if b := v.Bytes(); value.IsPlainNumber(b) && (len(b) <= value.MaxDigits || isNumber(v)) {
			return json.Number(string(v.Bytes()))
		}
		c.parts += len(v.Bytes())
		return string(v.Bytes())
	case value.KindList:
		list := make([]any, len(v.AsList()))
		for i, e := range v.AsList() {
			list[i] = c.convert(e)
		}
		return list
	case value.KindRecord:
		r := v.AsRecord()
		m := make(map[string]any, r.Len())
		for i := range r.Len() {
			m[r.Name(i)] = c.convert(r.At(i))
		}
		return m
	case value.KindError:
		return map[string]any{"error": v.AsError().Error()}
	}
	text := string(v.AppendText(nil))
	c.parts += len(text)
	return text
}

// result makes values of what comes out of a run.
type result struct {
	in      any         // what went in,
	like    value.Value // and what it was before
	records map[uintptr]value.Value
	orders  *orders // nil when the program was not rewritten
	text    func(string) value.Value
	kept    []any // further inputs
}

// value returns x as a value. Like is what stands at the same place in the input, null when
// nothing does.
func (r *result) value(x any, like value.Value) value.Value {
	switch x := x.(type) {
	case nil:
		return value.Null
	case bool:
		return value.Bool(x)
	case int:
		return value.Int(int64(x))
	case float64:
		if math.IsNaN(x) {
			return value.Null
		}
		return value.Float(max(-math.MaxFloat64, min(x, math.MaxFloat64))) // as jq prints what is infinite
	case *big.Int:
		return value.Big(x)
	case json.Number:
		if like.Kind() == value.KindText && like.Str() == string(x) {
			return like
		}
		return value.Number(string(x))
	case string:
		return r.string(x, like)
	case []any:
		return r.list(x, like)
	case map[string]any:
		return r.record(x, like)
	}
	return value.Any(x)
}

func (r *result) string(s string, like value.Value) value.Value {
	switch like.Kind() {
	case value.KindText, value.KindString, value.KindTime, value.KindDuration, value.KindAny:
		if like.String() == s {
			return like
		}
	}
	if r.text == nil {
		r.text = value.String
		if firstText(r.like) == value.KindText {
			r.text = value.TextOf
		}
	}
	return r.text(s)
}

// firstText returns the kind of the first text in v, KindNull when there is none.
func firstText(v value.Value) value.Kind {
	switch v.Kind() {
	case value.KindText, value.KindString:
		return v.Kind()
	case value.KindList:
		for _, e := range v.AsList() {
			if k := firstText(e); k != value.KindNull {
				return k
			}
		}
	case value.KindRecord:
		for r, i := v.AsRecord(), 0; i < r.Len(); i++ {
			if k := firstText(r.At(i)); k != value.KindNull {
				return k
			}
		}
	}
	return value.KindNull
}

func (r *result) list(list []any, like value.Value) value.Value {
	var likes []value.Value
	if like.Kind() == value.KindList {
		likes = like.AsList()
	}
	vals := make([]value.Value, len(list))
	for i, x := range list {
		l := value.Null
		if i < len(likes) {
			l = likes[i]
		}
		vals[i] = r.value(x, l)
	}
	return value.List(vals)
}

// record returns the record that m was when it is a part of the input; gojq does not change
// what it is given. Otherwise the names stand in the order that the program gave them.
func (r *result) record(m map[string]any, like value.Value) value.Value {
	if v, ok := r.original(m); ok {
		return v
	}
	var old *value.Record
	if like.Kind() == value.KindRecord {
		old = like.AsRecord()
	}
	names := r.names(m)
	vals := make([]value.Value, len(names))
	for i, name := range names {
		l := value.Null
		if old != nil {
			l, _ = old.Get(name)
		}
		vals[i] = r.value(m[name], l)
	}
	shape := value.NewShape(names...)
	if old != nil && slices.Equal(names, old.Shape().Names()) {
		shape = old.Shape()
	}
	return value.Rec(value.NewRecord(shape, vals...))
}

// names returns the keys of m in their order.
func (r *result) names(m map[string]any) []string {
	if r.orders != nil {
		return r.orders.of(m)
	}
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// original returns the record that m was made of, if it is a part of the input.
func (r *result) original(m map[string]any) (value.Value, bool) {
	if r.records == nil {
		r.records = make(map[uintptr]value.Value)
		r.note(r.in, r.like)
	}
	v, ok := r.records[address(m)]
	return v, ok
}

// note remembers what the maps in x, which was made of v, stand for.
func (r *result) note(x any, v value.Value) {
	switch x := x.(type) {
	case []any:
		for i, e := range v.AsList() {
			r.note(x[i], e)
		}
	case map[string]any:
		if v.Kind() != value.KindRecord {
			return
		}
		r.records[address(x)] = v
		rec := v.AsRecord()
		for i := range rec.Len() {
			if name := rec.Name(i); rec.Shape().Find(name) == i {
				r.note(x[name], rec.At(i))
			}
		}
	}
}

// address tells maps apart; those of the input live as long as the run.
func address(m map[string]any) uintptr { return reflect.ValueOf(m).Pointer() }
