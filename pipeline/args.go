package pipeline

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	regexpsyntax "regexp/syntax"
	"strconv"
	"strings"
	"time"

	"mtpipe/internal/expression"
	"mtpipe/internal/search"
	"mtpipe/internal/times"
	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

// ArgSetter is an argument type that reads itself from a word. Lookup gives the variables
// that are set.
type ArgSetter interface {
	SetArg(text string, lookup func(string) (string, bool)) error
}

// Expr is an expression of a stage's arguments, compiled. The zero value, that of an argument
// which was not given, is the expression it: the value itself.
type Expr struct{ compiled *expression.Program }

// SetArg compiles the expression.
func (e *Expr) SetArg(text string, lookup func(string) (string, bool)) error {
	p, err := expression.Compile(text, lookup)
	if err != nil {
		return placed(err)
	}
	e.compiled = p
	return nil
}

// SetField is SetArg for an expression that says which of the values are meant, such as what to
// sort or to add up by: a variable alone is the field that has its value for a name, since the
// value itself would be the same for all.
func (e *Expr) SetField(text string, lookup func(string) (string, bool)) error {
	if name, ok := variableAlone(text); ok {
		if field, ok := lookup(name); ok {
			e.compiled = expression.Field(field)
			return nil
		}
	}
	return e.SetArg(text, lookup)
}

// variableAlone returns the name when the text is a variable and nothing else.
func variableAlone(text string) (name string, ok bool) {
	text = strings.TrimSpace(text)
	if inner, ok := strings.CutPrefix(text, syntax.Reference); ok {
		name, after, _ := strings.Cut(inner, syntax.Reference)
		return name, after == ""
	}
	name, n := syntax.VariableAt(text)
	return name, n > 0 && n == len(text)
}

// Fill puts the values of the variables that are known only when a block runs.
func (e *Expr) Fill(of func(name string) value.Value) {
	if e.compiled != nil {
		e.compiled = e.compiled.With(of)
	}
}

// program returns what computes the expression.
func (e Expr) program() *expression.Program {
	if e.compiled == nil {
		return expression.Self
	}
	return e.compiled
}

// IsSet reports whether the expression was given.
func (e Expr) IsSet() bool { return e.compiled != nil }

// Of returns the expression's value for v; an expression that was not given gives v, also
// when that is an error.
func (e Expr) Of(v value.Value) (value.Value, error) {
	if e.compiled == nil {
		return v, nil
	}
	return e.compiled.Eval(v)
}

// OfMade is Of for v, which the stage has made of a value that it was given: where that comes from
// is where v does.
func (e Expr) OfMade(v, of value.Value) (value.Value, error) {
	if e.compiled == nil {
		return v, nil
	}
	return e.compiled.EvalFrom(v, of)
}

// Eval returns the expression's value for v. For an error it fails with that error.
func (e Expr) Eval(v value.Value) (value.Value, error) { return e.program().Eval(v) }

// Test reports whether the expression is true for v. Null counts as false; anything else
// that is no bool is an error.
func (e Expr) Test(v value.Value) (bool, error) { return e.program().Test(v) }

// Field returns the name when the expression is a bare field: name, it.name or it["name"].
func (e Expr) Field() (name string, ok bool) { return e.program().Field() }

// It reports whether the expression is just it, the value itself.
func (e Expr) It() bool { return e.program().It() }

// String returns the text of the expression.
func (e Expr) String() string { return e.program().String() }

// Compares says that an expression may compare.
func (*Expr) Compares() bool { return false }

// Predicate is an expression that is true or false: a condition.
type Predicate struct{ Expr }

// SetArg compiles the condition. The value of a variable is none, unless it is true or false.
func (p *Predicate) SetArg(text string, lookup func(string) (string, bool)) error {
	if name, ok := variableAlone(text); ok {
		_, later := lookup(expression.Given + name)
		if v, set := lookup(name); set && !later && v != "true" && v != "false" {
			return fmt.Errorf("$%s is a value, and no condition; it[$%[1]s] is the field of that name", syntax.Short(name))
		}
	}
	return p.Expr.SetArg(text, lookup)
}

// Compares says that a condition most likely compares.
func (*Predicate) Compares() bool { return true }

// Comparing is implemented by argument types whose text is an expression. Where it stands
// without quotes and < or > follows, that may be a comparison whose quotes were forgotten: it
// is taken for one always when Compares returns true, as it does of conditions, and otherwise
// when a number follows.
type Comparing interface{ Compares() bool }

// Continuer is implemented by argument types whose text may go on in the next word, though
// nothing is quoted, as that of NAME=AGG(EXPR, P) does: Continues reports whether text is
// only the beginning of an argument.
type Continuer interface{ Continues(text string) bool }

// Fixed is implemented by argument types whose text must have no variable in it; Fixed returns
// the error that says so of the variable of that name.
type Fixed interface{ Fixed(name string) error }

// Pattern is a regular expression in the syntax of package regexp (RE2). The zero value, that
// of an argument which was not given, is the empty pattern, which matches everything.
type Pattern struct{ compiled *regexp.Regexp }

// SetArg compiles the pattern.
func (p *Pattern) SetArg(text string, _ func(string) (string, bool)) error {
	re, err := CompilePattern(text)
	p.compiled = re
	return err
}

// IsSet reports whether the pattern was given.
func (p Pattern) IsSet() bool { return p.compiled != nil }

var matchesAll = regexp.MustCompile("")

// Regexp returns the compiled pattern.
func (p Pattern) Regexp() *regexp.Regexp {
	if p.compiled == nil {
		return matchesAll
	}
	return p.compiled
}

// String returns the text of the pattern.
func (p Pattern) String() string { return p.Regexp().String() }

// CompilePattern compiles a regular expression; its error is one line that says what is
// wrong with it.
func CompilePattern(text string) (*regexp.Regexp, error) {
	re, err := search.CompilePattern(text)
	if err != nil {
		return nil, PatternError(err)
	}
	return re, nil
}

// PatternError returns what a message says of an error that regexp.Compile has returned.
func PatternError(err error) error {
	return fmt.Errorf("must be a regular expression: %s", strings.TrimPrefix(ShortPatternError(err).Error(), "error parsing regexp: "))
}

// ShortPatternError returns an error of regexp.Compile, which may quote all of a pattern, as a short one.
func ShortPatternError(err error) error {
	var e *regexpsyntax.Error
	if errors.As(err, &e) {
		return &regexpsyntax.Error{Code: e.Code, Expr: syntax.Cut(e.Expr)}
	}
	return err
}

// offsetError is an argument's error with the place in the word's text.
type offsetError struct {
	offset int
	err    error
}

func (e *offsetError) Error() string { return e.err.Error() }
func (e *offsetError) Unwrap() error { return e.err }

func placed(err error) error {
	var e *expression.Error
	if errors.As(err, &e) {
		return &offsetError{e.Offset, err}
	}
	return err
}

var (
	exprType      = reflect.TypeFor[Expr]()
	predicateType = reflect.TypeFor[Predicate]()
	patternType   = reflect.TypeFor[Pattern]()
	durationType  = reflect.TypeFor[time.Duration]()
	subType       = reflect.TypeFor[*Sub]()
	comparingType = reflect.TypeFor[Comparing]()
	setterType    = reflect.TypeFor[ArgSetter]()
)

type setter func(field reflect.Value, text string, lookup func(string) (string, bool)) error

// setterFor returns what reads a word into a field of type t, or nil.
func setterFor(t reflect.Type) setter {
	switch {
	case t == subType:
		return func(reflect.Value, string, func(string) (string, bool)) error {
			return errors.New("must be a block: { … }")
		}
	case reflect.PointerTo(t).Implements(setterType):
		return func(f reflect.Value, text string, lookup func(string) (string, bool)) error {
			return f.Addr().Interface().(ArgSetter).SetArg(text, lookup)
		}
	case t == durationType:
		return setDuration
	}
	switch t.Kind() {
	case reflect.Pointer:
		return setPointer(t)
	case reflect.String:
		return func(f reflect.Value, text string, _ func(string) (string, bool)) error {
			f.SetString(text)
			return nil
		}
	case reflect.Int, reflect.Int64:
		return setInt
	case reflect.Float64:
		return setFloat
	case reflect.Bool:
		return func(f reflect.Value, text string, _ func(string) (string, bool)) error {
			b, err := strconv.ParseBool(text)
			if err != nil {
				return fmt.Errorf("must be true or false, not %s", syntax.Quote(text))
			}
			f.SetBool(b)
			return nil
		}
	}
	return nil
}

// setPointer sets an optional value, which is nil when it is not given.
func setPointer(t reflect.Type) setter {
	set := setterFor(t.Elem())
	if set == nil {
		return nil
	}
	return func(f reflect.Value, text string, lookup func(string) (string, bool)) error {
		f.Set(reflect.New(t.Elem()))
		return set(f.Elem(), text, lookup)
	}
}

func setInt(f reflect.Value, text string, _ func(string) (string, bool)) error {
	n, err := strconv.ParseInt(text, 10, 64)
	if errors.Is(err, strconv.ErrRange) {
		return fmt.Errorf("is too large: %s", syntax.Quote(text))
	}
	if err != nil {
		return fmt.Errorf("must be a whole number, not %s", syntax.Quote(text))
	}
	f.SetInt(n)
	return nil
}

func setFloat(f reflect.Value, text string, _ func(string) (string, bool)) error {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return fmt.Errorf("must be a number, not %s", syntax.Quote(text))
	}
	f.SetFloat(x)
	return nil
}

func setDuration(f reflect.Value, text string, _ func(string) (string, bool)) error {
	d, err := ParseDuration(text)
	f.SetInt(int64(d))
	return err
}

// ParseDuration reads a duration that is not negative, such as 200ms, 5s or 1h30m; a number
// alone is one of seconds.
func ParseDuration(text string) (time.Duration, error) {
	d, err := times.ParseDuration(text)
	if s, serr := strconv.ParseFloat(text, 64); err != nil && serr == nil {
		d, err = time.Duration(s*float64(time.Second)), nil
	}
	if err != nil || d < 0 {
		return 0, fmt.Errorf("must be a duration such as 200ms, 5s or 1h30m, not %s", syntax.Quote(text))
	}
	return d, nil
}

// Positive wants the duration of an argument called name to be more than none.
func Positive(name string, d time.Duration) error {
	if d <= 0 {
		return &ArgError{Arg: name, Err: errors.New(name + " must be more than 0")}
	}
	return nil
}

// set reads one word into the parameter's field, which a repeated one appends to.
func (p *param) set(field reflect.Value, text string, lookup func(string) (string, bool)) error {
	if !p.rest {
		return p.read(field, text, lookup)
	}
	one := reflect.New(p.element()).Elem()
	if err := p.read(one, text, lookup); err != nil {
		return err
	}
	field.Set(reflect.Append(field, one))
	return nil
}

// read reads one word into a value of the parameter.
func (p *param) read(one reflect.Value, text string, lookup func(string) (string, bool)) error {
	if len(p.values) > 0 && !contains(p.values, text) {
		return fmt.Errorf("must be one of %s, not %s", strings.Join(p.values, ", "), syntax.Quote(text))
	}
	set := setterFor(p.element())
	if p.isField {
		set = func(one reflect.Value, text string, lookup func(string) (string, bool)) error {
			return one.Addr().Interface().(*Expr).SetField(text, lookup)
		}
	}
	if err := set(one, text, lookup); err != nil {
		return err
	}
	return p.checkBounds(one)
}

func contains(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}
