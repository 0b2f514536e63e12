package plain

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Expr is an expression: how it is written, and what it is for one value.
type Expr struct {
	Text string
	Eval func(it Value) (Value, error)
	Name string // of a bare field
}

// It is the value itself.
var It = Expr{Text: "it", Eval: func(it Value) (Value, error) { return it, nil }}

var (
	errNotNumber = errors.New("not a number")
	errNotBool   = errors.New("neither true nor false")
	errNotText   = errors.New("not text")
	errNoRecord  = errors.New("no record")
	errNoOrder   = errors.New("no order")
	errDivision  = errors.New("division by zero")
	errTooLarge  = errors.New("too large")
)

// FieldOf is the field called name; null where a record has none.
func FieldOf(name string) Expr {
	return Expr{Text: name, Name: name, Eval: func(it Value) (Value, error) {
		if it.Kind != Record {
			return Value{}, errNoRecord
		}
		v, _ := it.get(name)
		return v, nil
	}}
}

// Indexed is it["name"], whatever characters the name has.
func Indexed(name string) Expr {
	e := FieldOf(name)
	e.Text = "it[" + strconv.Quote(name) + "]"
	return e
}

// Const is a number, a text between quotes, true, false or null.
func Const(literal string) Expr {
	var v Value
	switch {
	case literal == "null":
	case literal == "true" || literal == "false":
		v = boolean(literal == "true")
	case literal[0] == '"':
		s, err := strconv.Unquote(literal)
		if err != nil {
			panic(err)
		}
		v = str(s)
	default:
		v, _ = parseNumber(literal)
	}
	return Expr{Text: literal, Eval: func(Value) (Value, error) { return v, nil }}
}

// Binary is an operator between two expressions.
func Binary(op string, a, b Expr) Expr {
	return Expr{Text: "(" + a.Text + " " + op + " " + b.Text + ")", Eval: func(it Value) (Value, error) {
		x, err := a.Eval(it)
		if err != nil {
			return Value{}, err
		}
		switch op {
		case "and", "or":
			ok, err := truth(x)
			if err != nil || ok == (op == "or") {
				return boolean(ok), err
			}
			y, err := b.Eval(it)
			if err != nil {
				return Value{}, err
			}
			ok, err = truth(y)
			return boolean(ok), err
		case "??":
			if !x.isEmpty() {
				return x, nil
			}
			return b.Eval(it)
		}
		y, err := b.Eval(it)
		if err != nil {
			return Value{}, err
		}
		return operate(op, x, y)
	}}
}

func operate(op string, x, y Value) (Value, error) {
	switch op {
	case "==":
		return boolean(equal(x, y)), nil
	case "!=":
		return boolean(!equal(x, y)), nil
	case "<", "<=", ">", ">=":
		c, known, err := order(x, y)
		if !known {
			return Value{}, err
		}
		return boolean((c < 0 && op[0] == '<' || c > 0 && op[0] == '>' || c == 0 && len(op) == 2)), nil
	case "contains", "startsWith", "endsWith":
		if x.Kind == Null || y.Kind == Null {
			return boolean(false), nil
		}
		if !x.isText() || !y.isText() {
			return Value{}, errNotText
		}
		ask := map[string]func(s, t string) bool{"contains": strings.Contains, "startsWith": strings.HasPrefix, "endsWith": strings.HasSuffix}[op]
		return boolean(ask(x.Spell, y.Spell)), nil
	}
	return arithmetic(op, x, y)
}

func truth(v Value) (bool, error) {
	switch {
	case v.Kind == Bool:
		return v.B, nil
	case v.isEmpty():
		return false, nil
	}
	return false, errNotBool
}

// order is the order that < has; what is beside null is in none.
func order(a, b Value) (c int, known bool, err error) {
	if a.isEmpty() || b.isEmpty() {
		return 0, false, nil
	}
	if a.isText() && b.isText() {
		if a.Kind == Text && b.Kind == Text {
			x, ok := a.numeric()
			y, ok2 := b.numeric()
			if ok && ok2 {
				return compareNumbers(x, y), true, nil
			}
		}
		return strings.Compare(a.Spell, b.Spell), true, nil
	}
	x, ok := a.numeric()
	y, ok2 := b.numeric()
	switch {
	case ok && ok2:
		return compareNumbers(x, y), true, nil
	case a.Kind == b.Kind && (a.Kind == Bool || a.Kind == List):
		return Compare(a, b), true, nil
	}
	return 0, false, errNoOrder
}

// operand returns v as a number to compute with.
func operand(v Value) (Value, error) {
	switch v.Kind {
	case Number:
		if v.isFloat() && v.Spell != "" && math.IsInf(v.F, 0) {
			return Value{}, errTooLarge
		}
		return v, nil
	case Text:
		n, ok := parseNumber(v.Spell)
		if ok && n.isFloat() && math.IsInf(n.F, 0) {
			return Value{}, errTooLarge
		}
		if ok {
			return n, nil
		}
	}
	return Value{}, errNotNumber
}

func arithmetic(op string, x, y Value) (Value, error) {
	if op == "+" && x.isText() && y.isText() && !(addend(x) && addend(y)) {
		return str(x.Spell + y.Spell), nil
	}
	if op == "+" && (x.Kind == Null && y.isText() || y.Kind == Null && x.isText()) {
		return Value{}, nil
	}
	if x.isEmpty() || y.isEmpty() {
		for _, v := range []Value{x, y} {
			if _, err := operand(v); err != nil && !v.isEmpty() {
				return Value{}, err
			}
		}
		return Value{}, nil
	}
	a, err := operand(x)
	if err != nil {
		return Value{}, err
	}
	b, err := operand(y)
	if err != nil {
		return Value{}, err
	}
	if a.Int != nil && b.Int != nil {
		return integers(op, a.Int, b.Int)
	}
	return floats(op, a.float64(), b.float64())
}

// addend reports whether text is added up beside other text that is.
func addend(v Value) bool {
	_, ok := v.numeric()
	return ok || v.isEmpty()
}

func integers(op string, a, b *big.Int) (Value, error) {
	switch op {
	case "+":
		return integer(new(big.Int).Add(a, b)), nil
	case "-":
		return integer(new(big.Int).Sub(a, b)), nil
	case "*":
		return integer(new(big.Int).Mul(a, b)), nil
	}
	if b.Sign() == 0 {
		return Value{}, errDivision
	}
	q, r := new(big.Int).QuoRem(a, b, new(big.Int))
	switch {
	case op == "%":
		return integer(r), nil
	case r.Sign() == 0:
		return integer(q), nil
	}
	f, _ := new(big.Rat).SetFrac(a, b).Float64()
	return float(f), nil
}

func floats(op string, a, b float64) (Value, error) {
	if math.IsInf(a, 0) || math.IsInf(b, 0) {
		return Value{}, errTooLarge
	}
	var r float64
	switch op {
	case "+":
		r = a + b
	case "-":
		r = a - b
	case "*":
		r = a * b
	default:
		if b == 0 {
			return Value{}, errDivision
		}
		if r = a / b; op == "%" {
			r = math.Mod(a, b)
		}
	}
	if math.IsInf(r, 0) || math.IsNaN(r) {
		return Value{}, errTooLarge
	}
	return float(r), nil
}

// Not is the opposite of a condition.
func Not(e Expr) Expr {
	return Expr{Text: "(not " + e.Text + ")", Eval: func(it Value) (Value, error) {
		v, err := e.Eval(it)
		if err != nil {
			return v, err
		}
		ok, err := truth(v)
		return boolean(!ok), err
	}}
}

// If is a ? b : c.
func If(cond, yes, no Expr) Expr {
	return Expr{Text: "(" + cond.Text + " ? " + yes.Text + " : " + no.Text + ")", Eval: func(it Value) (Value, error) {
		v, err := cond.Eval(it)
		if err != nil {
			return v, err
		}
		ok, err := truth(v)
		if err != nil {
			return Value{}, err
		}
		if ok {
			return yes.Eval(it)
		}
		return no.Eval(it)
	}}
}

// Call is a function of one value.
func Call(name string, e Expr) Expr {
	f := functions[name]
	return Expr{Text: name + "(" + e.Text + ")", Eval: func(it Value) (Value, error) {
		v, err := e.Eval(it)
		if err != nil {
			return v, err
		}
		return f(v)
	}}
}

var functions = map[string]func(Value) (Value, error){
	"upper":  textFunction(mapLetters(unicode.ToUpper)),
	"lower":  textFunction(mapLetters(unicode.ToLower)),
	"trim":   textFunction(strings.TrimSpace),
	"string": func(v Value) (Value, error) { return str(v.Text()), nil },
	"len": func(v Value) (Value, error) {
		switch v.Kind {
		case List:
			return whole(int64(len(v.List))), nil
		case Record:
			return whole(int64(len(v.Fields))), nil
		case Text, String:
			return whole(int64(utf8.RuneCountInString(v.Spell))), nil
		}
		return Value{}, errNotText
	},
}

// Functions are the names of functions of one value, with what they take: t for text, any for
// whatever has a length or is printed.
var Functions = []string{"upper", "lower", "trim", "string", "len"}

func textFunction(f func(string) string) func(Value) (Value, error) {
	return func(v Value) (Value, error) {
		if !v.isText() {
			return Value{}, errNotText
		}
		return retyped(v, f(v.Spell)), nil
	}
}

// mapLetters changes letters and leaves bytes alone that are not UTF-8.
func mapLetters(f func(rune) rune) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for len(s) > 0 {
			r, n := utf8.DecodeRuneInString(s)
			if r == utf8.RuneError && n == 1 {
				b.WriteByte(s[0])
			} else {
				b.WriteRune(f(r))
			}
			s = s[n:]
		}
		return b.String()
	}
}

// Operate is an operator between two values.
func Operate(op string) func(a, b Value) (Value, error) {
	return func(a, b Value) (Value, error) { return operate(op, a, b) }
}
