package pipeline

import (
	"fmt"
	"reflect"
	"strconv"
)

// bound is the smallest or the largest value that a parameter may have.
type bound struct {
	text  string
	whole int64 // of whole numbers and durations
	float float64
}

// setBounds reads the tags min and max.
func (p *param) setBounds(low, high string) (err error) {
	if p.min, err = p.newBound(low); err != nil {
		return err
	}
	if p.max, err = p.newBound(high); err != nil {
		return err
	}
	if p.min != nil && p.max != nil && (p.min.whole > p.max.whole || p.min.float > p.max.float) {
		return fmt.Errorf("no value is at least %s and at most %s", low, high)
	}
	return nil
}

// newBound reads a bound; nil stands for none.
func (p *param) newBound(text string) (*bound, error) {
	if text == "" {
		return nil, nil
	}
	b, what := &bound{text: text}, "a number"
	t := p.element()
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var err error
	switch {
	case t == durationType:
		what = "a duration"
		d, derr := ParseDuration(text)
		b.whole, err = int64(d), derr
	case t.Kind() == reflect.Int, t.Kind() == reflect.Int64:
		what = "a whole number"
		b.whole, err = strconv.ParseInt(text, 10, 64)
	case t.Kind() == reflect.Float64:
		b.float, err = strconv.ParseFloat(text, 64)
	default:
		return nil, fmt.Errorf("arguments of type %s have no bounds", t)
	}
	if err != nil || b.float != b.float {
		return nil, fmt.Errorf("the bound %q is not %s", text, what)
	}
	return b, nil
}

// checkBounds wants a value of the parameter to be within its bounds. What is not a number
// is not within any.
func (p *param) checkBounds(v reflect.Value) error {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if b := p.min; b != nil && !(v.CanInt() && v.Int() >= b.whole || v.CanFloat() && v.Float() >= b.float) {
		return fmt.Errorf("must be at least %s, not %v", b.text, v.Interface())
	}
	if b := p.max; b != nil && !(v.CanInt() && v.Int() <= b.whole || v.CanFloat() && v.Float() <= b.float) {
		return fmt.Errorf("must be at most %s, not %v", b.text, v.Interface())
	}
	return nil
}
