package expression

import (
	"bytes"
	"errors"
	"math"
	"math/big"
	"regexp"

	"github.com/expr-lang/expr/ast"

	"mtpipe/internal/search"
	"mtpipe/value"
)

// maxRange is the number of elements beyond which a range is taken for a mistake.
const maxRange = 1_000_000

func (c *compiler) unary(n *ast.UnaryNode) (operand, error) {
	a, err := c.compile(n.Node)
	if err != nil {
		return operand{}, err
	}
	switch n.Operator {
	case "not", "!":
		test := testOf(a)
		return fold(operand{choose: chooseNot(a), run: func(it value.Value, f *frame) (value.Value, error) {
			ok, err := test(it, f)
			return value.Bool(!ok), err
		}}, a), nil
	case "-":
		return fold(apply1(a, value.Neg), a), nil
	case "+":
		return fold(apply1(a, func(v value.Value) (value.Value, error) {
			if v.Kind() == value.KindDuration {
				return v, nil
			}
			return value.Add(v, value.Int(0))
		}), a), nil
	}
	return operand{}, c.fail(n, "unknown operator %s", n.Operator)
}

func (c *compiler) binary(n *ast.BinaryNode) (operand, error) {
	if n.Operator == "in" {
		return c.in(n)
	}
	a, b, err := c.compileSides(n)
	if err != nil {
		return operand{}, err
	}
	if n.Operator == "matches" {
		return c.matches(n, a, b)
	}
	if r, ok := relations[n.Operator]; ok {
		return fold(compareNodes(r, a, b), a, b), nil
	}
	switch n.Operator {
	case "==", "!=":
		return fold(equalNodes(a, b, n.Operator == "!="), a, b), nil
	case "and", "&&":
		return fold(logical(a, b, false), a, b), nil
	case "or", "||":
		return fold(logical(a, b, true), a, b), nil
	case "??":
		return fold(coalesce(a, b), a, b), nil
	}
	if f := binaryFunc(n.Operator); f != nil {
		o := apply2(a, b, f)
		if ask := textTests[n.Operator]; ask != nil && a.isField && b.constant && b.v.IsText() {
			o.choose = chooseText(a, o, func(s []byte) bool { return ask(s, b.v.Bytes()) })
		}
		return fold(o, a, b), nil
	}
	return operand{}, c.fail(n, "unknown operator %s", n.Operator)
}

// binaryFunc returns what an operator does with two values, nil for those that do not
// always compute both.
func binaryFunc(operator string) func(a, b value.Value) (value.Value, error) {
	switch operator {
	case "+":
		return add
	case "-":
		return value.Sub
	case "*":
		return value.Mul
	case "/":
		return value.Div
	case "%":
		return value.Mod
	case "**", "^":
		return value.Pow
	case "..":
		return makeRange
	}
	if ask := textTests[operator]; ask != nil {
		return textTest(ask)
	}
	return nil
}

var textTests = map[string]func(s, part []byte) bool{
	"contains":   bytes.Contains,
	"startsWith": bytes.HasPrefix,
	"endsWith":   bytes.HasSuffix,
}

// apply1 compiles a function of one node.
func apply1(a operand, do func(value.Value) (value.Value, error)) operand {
	return operand{run: func(it value.Value, f *frame) (value.Value, error) {
		x, err := a.run(it, f)
		if err != nil {
			return value.Null, err
		}
		v, err := do(x)
		if err != nil {
			return value.Null, explain(err, x, a.name)
		}
		return v, nil
	}}
}

// apply2 compiles a function of two nodes.
func apply2(a, b operand, do func(a, b value.Value) (value.Value, error)) operand {
	return operand{run: func(it value.Value, f *frame) (value.Value, error) {
		x, err := a.run(it, f)
		if err != nil {
			return value.Null, err
		}
		y, err := b.run(it, f)
		if err != nil {
			return value.Null, err
		}
		v, err := do(x, y)
		if err != nil {
			return value.Null, explain(explain(err, x, a.name), y, b.name)
		}
		return v, nil
	}}
}

// logical compiles and (stop is false) and or (stop is true).
func logical(a, b operand, stop bool) operand {
	first, second := testOf(a), testOf(b)
	choose := chooseAnd(a, b)
	if stop {
		choose = chooseOr(a, b)
	}
	return operand{choose: choose, run: func(it value.Value, f *frame) (value.Value, error) {
		ok, err := first(it, f)
		if err != nil || ok == stop {
			return value.Bool(ok), err
		}
		ok, err = second(it, f)
		return value.Bool(ok), err
	}}
}

func coalesce(a, b operand) operand {
	return operand{run: func(it value.Value, f *frame) (value.Value, error) {
		v, err := a.run(it, f)
		if err != nil || !v.IsNull() {
			return v, err
		}
		return b.run(it, f)
	}}
}

// add is +: two texts are joined, unless both are untyped and each looks like a number or is an
// empty field, which is null.
func add(a, b value.Value) (value.Value, error) {
	switch {
	case a.IsText() && b.IsText():
		if addend(a) && addend(b) {
			return value.Add(a, b)
		}
		return value.String(a.Str() + b.Str()), nil
	case a.Kind() == value.KindNull && b.IsText(), b.Kind() == value.KindNull && a.IsText():
		return value.Null, nil
	}
	return value.Add(a, b)
}

// addend reports whether text is added up beside another one that is.
func addend(v value.Value) bool {
	if v.Kind() != value.KindText {
		return false
	}
	_, ok := v.Numeric()
	return ok || v.IsNull()
}

// isNothing reports whether v is null itself: for questions about text, an empty field is text.
func isNothing(v value.Value) bool { return v.Kind() == value.KindNull }

// textTest makes an operator of a question about two texts; null answers it with false.
func textTest(ask func(s, part []byte) bool) func(a, b value.Value) (value.Value, error) {
	return func(a, b value.Value) (value.Value, error) {
		if isNothing(a) || isNothing(b) {
			return value.Bool(false), nil
		}
		for _, v := range [2]value.Value{a, b} {
			if !v.IsText() {
				return value.Null, &kindError{v, "text"}
			}
		}
		return value.Bool(ask(a.Bytes(), b.Bytes())), nil
	}
}

// matches compiles `a matches pattern`. A pattern that is known now is compiled now; of
// the others the last one is kept.
func (c *compiler) matches(n *ast.BinaryNode, a, b operand) (operand, error) {
	if b.constant && b.v.IsText() {
		re, err := search.CompilePattern(b.v.Str())
		if err != nil {
			return operand{}, c.fail(n.Right, "%s", brief(err.Error()))
		}
		o := apply1(a, func(v value.Value) (value.Value, error) { return match(re, v) })
		if a.isField {
			o.choose = chooseText(a, o, re.Match)
		}
		return fold(o, a), nil
	}
	var last lastPattern
	return fold(apply2(a, b, func(v, pattern value.Value) (value.Value, error) {
		if isNothing(v) || isNothing(pattern) {
			return value.Bool(false), nil
		}
		if !pattern.IsText() {
			return value.Null, &kindError{pattern, "text"}
		}
		re, err := last.compile(pattern)
		if err != nil {
			return value.Null, err
		}
		return match(re, v)
	}), a, b), nil
}

func match(re *regexp.Regexp, v value.Value) (value.Value, error) {
	switch {
	case v.IsText():
		return value.Bool(re.Match(v.Bytes())), nil
	case isNothing(v):
		return value.Bool(false), nil
	}
	return value.Null, &kindError{v, "text"}
}

// in compiles `a in b`. A range is not spread out for it.
func (c *compiler) in(n *ast.BinaryNode) (operand, error) {
	a, err := c.compile(n.Left)
	if err != nil {
		return operand{}, err
	}
	if r, ok := n.Right.(*ast.BinaryNode); ok && r.Operator == ".." {
		ends, err := c.compileAll([]ast.Node{r.Left, r.Right})
		if err != nil {
			return operand{}, err
		}
		return fold(inRange(a, ends[0], ends[1]), a, ends[0], ends[1]), nil
	}
	b, err := c.compile(n.Right)
	if err != nil {
		return operand{}, err
	}
	c.noteTexts(n.Right)
	return fold(apply2(a, b, contained), a, b), nil
}

func inRange(a, from, to operand) operand {
	return operand{run: func(it value.Value, f *frame) (value.Value, error) {
		x, err := a.run(it, f)
		if err != nil {
			return value.Null, err
		}
		lo, err := from.run(it, f)
		if err != nil {
			return value.Null, err
		}
		hi, err := to.run(it, f)
		if err != nil {
			return value.Null, err
		}
		for _, end := range [2]*value.Value{&lo, &hi} {
			if *end, err = wholeNumber(*end); err != nil {
				return value.Null, explain(explain(err, lo, from.name), hi, to.name)
			}
		}
		x, err = wholeNumber(x)
		return value.Bool(err == nil && value.Compare(lo, x) <= 0 && value.Compare(x, hi) <= 0), nil
	}}
}

// contained reports whether a is an element of the list b or a field of the record b.
func contained(a, b value.Value) (value.Value, error) {
	switch b.Kind() {
	case value.KindList:
		n, numeric := a.Numeric() // once, not for every element
		for _, e := range b.AsList() {
			if isNumber(e) && numeric && equal(n, e) || !isNumber(e) && equal(a, e) {
				return value.Bool(true), nil
			}
		}
		return value.Bool(false), nil
	case value.KindRecord:
		if a.IsNull() {
			return value.Bool(false), nil
		}
		_, ok := b.AsRecord().Get(a.String())
		return value.Bool(ok), nil
	case value.KindNull:
		return value.Bool(false), nil
	}
	return value.Null, &kindError{b, "a list or a record"}
}

// makeRange returns the whole numbers from a up to and with b.
func makeRange(a, b value.Value) (value.Value, error) {
	lo, err := wholeNumber(a)
	if err != nil {
		return value.Null, err
	}
	hi, err := wholeNumber(b)
	if err != nil {
		return value.Null, err
	}
	if value.Compare(hi, lo) < 0 {
		return value.List(nil), nil
	}
	if lo.Kind() != value.KindInt || hi.Kind() != value.KindInt || uint64(hi.AsInt())-uint64(lo.AsInt()) >= maxRange {
		return value.Null, errors.New("a range has at most a million elements")
	}
	vs := make([]value.Value, hi.AsInt()-lo.AsInt()+1)
	for i := range vs {
		vs[i] = value.Int(lo.AsInt() + int64(i))
	}
	return value.List(vs), nil
}

// wholeNumber returns v as an integer; a float without a fraction is one.
func wholeNumber(v value.Value) (value.Value, error) {
	n, ok := v.Numeric()
	if !ok {
		return value.Null, &value.NotNumberError{Value: v}
	}
	if n.Kind() != value.KindFloat {
		return n, nil
	}
	f := n.AsFloat()
	if f != math.Trunc(f) || math.IsInf(f, 0) {
		return value.Null, &kindError{v, "a whole number"}
	}
	i, _ := big.NewFloat(f).Int(nil)
	return value.Big(i), nil
}
