package pipeline

import (
	"errors"
	"reflect"
	"testing"

	"mtpipe/value"
)

// TestZeroExpr wants an expression that was not given to be the value itself in all that can
// be asked of it.
func TestZeroExpr(t *testing.T) {
	var e Expr
	if name, ok := e.Field(); ok || !e.It() || e.IsSet() || e.String() != "it" {
		t.Errorf("got the field %q, it: %v, set: %v, text %q; want no field, it, not set", name, e.It(), e.IsSet(), e)
	}
	for _, v := range []value.Value{value.Null, value.Int(3), value.String("a"), value.Bool(true)} {
		for _, of := range []func(value.Value) (value.Value, error){e.Of, e.Eval} {
			if got, err := of(v); got != v || err != nil {
				t.Errorf("got %s, %v, want %s", got.Quote(), err, v.Quote())
			}
		}
	}
	bad := errors.New("bad")
	if got, err := e.Of(value.Error(bad)); got.Kind() != value.KindError || err != nil {
		t.Errorf("got %s, %v, want the error as a value", got.Quote(), err)
	}
	if _, err := e.Eval(value.Error(bad)); !errors.Is(err, bad) {
		t.Errorf("got %v, want %v", err, bad)
	}
	for _, row := range []struct {
		v    value.Value
		want bool
	}{{value.Bool(true), true}, {value.Bool(false), false}, {value.Null, false}} {
		if got, err := (Predicate{}).Test(row.v); got != row.want || err != nil {
			t.Errorf("%s: got %v, %v, want %v", row.v.Quote(), got, err, row.want)
		}
	}
}

// TestZeroPattern wants a pattern that was not given to match everything.
func TestZeroPattern(t *testing.T) {
	var p Pattern
	if p.IsSet() || p.String() != "" || !p.Regexp().MatchString("x") || !p.Regexp().MatchString("") {
		t.Errorf("got set: %v, text %q, want the empty pattern", p.IsSet(), p)
	}
	if err := p.SetArg("^a", nil); err != nil || p.Regexp().MatchString("ba") || p.String() != "^a" {
		t.Errorf("got %v and the text %q, want ^a", err, p)
	}
	if err := p.SetArg("(", nil); err == nil || p.IsSet() {
		t.Errorf("got %v, want an error and no pattern", err)
	}
}

// TestZeroArguments calls what every type of argument that this package has can be asked,
// on its zero value.
func TestZeroArguments(t *testing.T) {
	for _, zero := range []any{Expr{}, Predicate{}, Pattern{}, &Expr{}, &Predicate{}, &Pattern{}} {
		v := reflect.ValueOf(zero)
		for i := range v.NumMethod() {
			m := v.Method(i)
			if m.Type().IsVariadic() {
				continue
			}
			in := make([]reflect.Value, m.Type().NumIn())
			for k := range in {
				in[k] = reflect.Zero(m.Type().In(k))
			}
			m.Call(in) // it would panic
		}
	}
}
