package expression

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"time"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"

	"mtpipe/value"
)

// foreignFunctions are done by expr-lang's own code, on Go data; and JSON, which is done
// here, because keys keep their order and numbers their digits.
var foreignFunctions = []function{
	{entry{"toJSON(value)", "the value as JSON", "toJSON({a: [1]})", `"{\"a\":[1]}"`}, func(args []value.Value) (value.Value, error) {
		return value.String(string(args[0].AppendJSON(nil))), nil
	}},
	{entry{"fromJSON(text)", "the value that the JSON is", "fromJSON(`{\"a\":1}`).a", "1"}, fromJSON},
	{entry{"toBase64(text)", "the bytes in base64", "toBase64(`hi`)", `"aGk="`}, foreign("toBase64", goText)},
	{entry{"fromBase64(text)", "the text that base64 stands for", "fromBase64(`aGk=`)", `"hi"`}, foreign("fromBase64", goText)},
	{entry{"bitand(a, b)", "the bits that both whole numbers have", "bitand(12, 10)", "8"}, foreign("bitand", goInt)},
	{entry{"bitor(a, b)", "the bits that either has", "bitor(12, 10)", "14"}, foreign("bitor", goInt)},
	{entry{"bitxor(a, b)", "the bits that one has and the other has not", "bitxor(12, 10)", "6"}, foreign("bitxor", goInt)},
	{entry{"bitnand(a, b)", "the bits of a that b has not", "bitnand(12, 10)", "4"}, foreign("bitnand", goInt)},
	{entry{"bitnot(a)", "all bits of a turned", "bitnot(5)", "-6"}, foreign("bitnot", goInt)},
	{entry{"bitshl(a, by)", "a with its bits further left: times two so often", "bitshl(1, 70)", "1180591620717411303424"}, shiftLeft},
	{entry{"bitshr(a, by)", "a with its bits further right", "bitshr(-8, 1)", "-4"}, foreign("bitshr", goInt)},
	{entry{"bitushr(a, by)", "the same without regard to the sign", "bitushr(-1, 60)", "15"}, foreign("bitushr", goInt)},
}

// foreign makes a function of expr-lang's function name, whose arguments convert prepares.
func foreign(name string, convert func(value.Value) (any, error)) func([]value.Value) (value.Value, error) {
	return func(args []value.Value) (v value.Value, err error) {
		defer func() { // these functions panic where an argument does not suit them
			if r := recover(); r != nil {
				v, err = value.Null, fmt.Errorf("%s: %v", name, r)
			}
		}()
		in := make([]any, len(args))
		for i, a := range args {
			if in[i], err = convert(a); err != nil {
				return value.Null, err
			}
		}
		out, err := builtin.Builtins[builtin.Index[name]].Func(in...)
		if err != nil {
			return value.Null, err
		}
		return fromGo(out), nil
	}
}

// goText prepares a text, or a time zone, which is the first argument of date.
func goText(v value.Value) (any, error) {
	switch {
	case v.IsText():
		return v.Str(), nil
	case v.Kind() == value.KindAny:
		return v.AsAny(), nil
	}
	return nil, &kindError{v, "text"}
}

func goInt(v value.Value) (any, error) {
	n, err := wholeNumber(v)
	if err != nil {
		return nil, err
	}
	if n.Kind() != value.KindInt {
		return nil, &kindError{v, "a number of 64 bits"}
	}
	return int(n.AsInt()), nil
}

// shiftLeft keeps all bits: it is a multiplication.
func shiftLeft(args []value.Value) (value.Value, error) {
	for _, a := range args {
		if _, err := goInt(a); err != nil {
			return value.Null, err
		}
	}
	n, err := wholeNumber(args[1])
	if err == nil && n.AsInt() < 0 {
		return value.Null, &kindError{args[1], "a possible shift"}
	}
	if err != nil {
		return value.Null, err
	}
	power, err := value.Pow(value.Int(2), n)
	if err != nil {
		return value.Null, err
	}
	return value.Mul(args[0], power)
}

// goData returns v as the Go data that expr-lang's functions expect.
func goData(v value.Value) (any, error) {
	switch v.Kind() {
	case value.KindNull:
		return nil, nil
	case value.KindBool:
		return v.AsBool(), nil
	case value.KindTime:
		return v.AsTime(), nil
	case value.KindDuration:
		return v.AsDuration(), nil
	case value.KindText, value.KindString:
		return v.Str(), nil
	case value.KindAny:
		return v.AsAny(), nil
	}
	n, ok := v.Numeric()
	switch {
	case ok && n.Kind() == value.KindInt:
		return int(n.AsInt()), nil
	case ok && n.Kind() == value.KindFloat:
		return n.AsFloat(), nil
	}
	return nil, &kindError{v, "possible here"}
}

// fromGo returns the value of Go data.
func fromGo(x any) value.Value {
	switch x := x.(type) {
	case nil:
		return value.Null
	case time.Time:
		return value.Time(x)
	case time.Duration:
		return value.Duration(x)
	}
	r := reflect.ValueOf(x)
	switch {
	case r.Kind() == reflect.Bool:
		return value.Bool(r.Bool())
	case r.Kind() == reflect.String:
		return value.String(r.String())
	case r.CanInt(): // also months and weekdays
		return value.Int(r.Int())
	case r.CanFloat():
		return value.Float(r.Float())
	}
	return value.Any(x)
}

// fromJSON reads one JSON value.
func fromJSON(args []value.Value) (value.Value, error) {
	if err := wantText(args[0]); err != nil {
		return value.Null, err
	}
	d := json.NewDecoder(bytes.NewReader(args[0].Bytes()))
	d.UseNumber()
	v, err := readJSON(d)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = errors.New("more than one value")
		}
	}
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = errors.New("unexpected end")
	}
	if err != nil {
		return value.Null, fmt.Errorf("fromJSON: %w", err)
	}
	return v, nil
}

func readJSON(d *json.Decoder) (value.Value, error) {
	t, err := d.Token()
	if err != nil {
		return value.Null, err
	}
	switch t := t.(type) {
	case bool:
		return value.Bool(t), nil
	case string:
		return value.String(t), nil
	case json.Number:
		return value.Number(t.String()), nil
	case json.Delim:
		if t == '{' {
			return readJSONObject(d)
		}
		var vs []value.Value
		for d.More() {
			v, err := readJSON(d)
			if err != nil {
				return value.Null, err
			}
			vs = append(vs, v)
		}
		_, err := d.Token()
		return value.List(vs), err
	}
	return value.Null, nil
}

func readJSONObject(d *json.Decoder) (value.Value, error) {
	var b recordBuilder
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return value.Null, err
		}
		v, err := readJSON(d)
		if err != nil {
			return value.Null, err
		}
		b.set(name.(string), v)
	}
	_, err := d.Token()
	return b.value(), err
}

// method compiles a call such as date(day).Weekday(): the methods of Go's times and
// durations that return one value.
func (c *compiler) method(n *ast.CallNode, callee *ast.MemberNode, name string) (operand, error) {
	known := false
	for _, t := range [2]reflect.Type{reflect.TypeFor[time.Time](), reflect.TypeFor[time.Duration]()} {
		m, ok := t.MethodByName(name)
		known = known || ok && m.Type.NumOut() == 1
	}
	if !known {
		return operand{}, c.unknown(n, name)
	}
	nodes := append([]ast.Node{callee.Node}, n.Arguments...)
	args, err := c.compileAll(nodes)
	if err != nil {
		return operand{}, err
	}
	f := &function{do: func(args []value.Value) (value.Value, error) { return callMethod(name, args) }}
	return callFunction(f, args), nil
}

func callMethod(name string, args []value.Value) (value.Value, error) {
	if k := args[0].Kind(); k != value.KindTime && k != value.KindDuration {
		return value.Null, &kindError{args[0], "a time"}
	}
	receiver, err := goData(args[0])
	if err != nil {
		return value.Null, err
	}
	m := reflect.ValueOf(receiver).MethodByName(name)
	if !m.IsValid() || m.Type().NumOut() != 1 {
		return value.Null, fmt.Errorf("a %s has no %s", args[0].Kind(), name)
	}
	if m.Type().NumIn() != len(args)-1 {
		return value.Null, fmt.Errorf("%s needs %d arguments, not %d", name, m.Type().NumIn(), len(args)-1)
	}
	in := make([]reflect.Value, len(args)-1)
	for i, a := range args[1:] {
		if in[i], err = methodArgument(a, m.Type().In(i)); err != nil {
			return value.Null, err
		}
	}
	return fromGo(m.Call(in)[0].Interface()), nil
}

// methodArgument returns v as an argument of type t.
func methodArgument(v value.Value, t reflect.Type) (reflect.Value, error) {
	if t.Kind() == reflect.Int {
		i, err := goInt(v)
		if err != nil {
			return reflect.Value{}, err
		}
		return reflect.ValueOf(i).Convert(t), nil
	}
	x, err := goData(v)
	if err != nil {
		return reflect.Value{}, err
	}
	r := reflect.ValueOf(x)
	if !r.IsValid() || !r.Type().AssignableTo(t) {
		return reflect.Value{}, &kindError{v, "a " + t.String()}
	}
	return r, nil
}
