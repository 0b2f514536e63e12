// Package expression does what the expressions in filter, map, set and sort say. The
// language is that of expr-lang/expr, read by its own parser; the meaning of values is
// this project's: untyped text counts as a number where it looks like one, integers are
// exact, a missing field is null, and no operation goes wrong silently.
//
// A Program is compiled once, for all values, into closures that work on value.Value;
// nothing is converted on the way. All methods of a Program may be called from any
// goroutine, several at a time.
package expression

import (
	"errors"
	"sync"

	"mtpipe/internal/times"
	"mtpipe/internal/turns"
	"mtpipe/value"
)

// Program is a compiled expression.
type Program struct {
	text   string
	root   operand
	slots  int          // how many variables and loop elements live at once
	shape  *value.Shape // the fields of it that are read
	whole  bool         // it is read as a whole too
	names  []Name       // of the fields that are read
	digits string       // the text, when it is a whole number, and a field that has it for a name goes before
	pool   *sync.Pool   // of *frame, used when there are slots or variables that are given
	loops  bool         // it has loops, which call give now and then
	give   turns.Give   // see Giving
	given  []string     // variables that are given with With
	asks   bool         // it asks where a value comes from
	places Places       // see At
	vals   []value.Value
}

// Error says why and where an expression is not one.
type Error struct {
	Offset int    // the byte in the text at which the mistake stands
	Msg    string // lower case, without a full stop
}

// Error returns the message alone: who prints it knows the place in the whole pipeline.
func (e *Error) Error() string { return e.Msg }

// frame holds what lives during one evaluation: let variables and the elements of loops.
type frame struct {
	vars  []value.Value
	given []value.Value // see With
	pace  turns.Pace
	row   asked // that the evaluation is for, in programs that ask where it comes from
}

// eval computes one node for the value it. The frame is nil in programs without slots.
type eval func(it value.Value, f *frame) (value.Value, error)

// Given before the name of a variable asks the lookup of Compile whether the value is known
// only later: it is given with With then.
const Given = "="

// Compile parses text and checks its names. lookup resolves the variables $name, whose
// values are untyped text; it may be nil. The error is an *Error.
func Compile(text string, lookup func(name string) (string, bool)) (*Program, error) {
	c := &compiler{text: text, lookup: lookup}
	root, err := c.program()
	if err != nil {
		return nil, err
	}
	p := &Program{text: shown(text), root: root, slots: c.maxSlots, shape: value.NewShape(c.fields...), whole: c.whole, names: c.readNames(), digits: c.digits, given: c.given, loops: c.hasLoops, asks: c.asks}
	p.vals = make([]value.Value, len(p.given)) // null, before they are given
	p.pool = &sync.Pool{New: func() any { return &frame{vars: make([]value.Value, p.slots)} }}
	return p, nil
}

// Field returns the program that reads the field of that name, whatever is in it.
func Field(name string) *Program {
	c := &compiler{fields: []string{name}}
	c.addName(Name{Name: name})
	return &Program{text: name, root: fieldOf(name), shape: value.NewShape(name), names: c.readNames(), pool: &sync.Pool{New: func() any { return &frame{} }}}
}

// With returns the program in which the variables that the lookup of Compile did not know yet
// have the values that of has for them.
func (p *Program) With(of func(name string) value.Value) *Program {
	if len(p.given) == 0 {
		return p
	}
	with := *p
	with.vals = make([]value.Value, len(p.given))
	for i, name := range p.given {
		with.vals[i] = of(name)
	}
	return &with
}

// Loops reports whether the expression has loops, so that it may compute for long with one value.
func (p *Program) Loops() bool { return p.loops }

// Giving returns the program which, where it computes for long, calls give now and then: others
// may have their turn in it, and it may not return.
func (p *Program) Giving(give turns.Give) *Program {
	with := *p
	with.give = give
	return &with
}

// frame returns memory for one evaluation, nil when the program needs none.
func (p *Program) frame() *frame {
	if p.slots == 0 && len(p.given) == 0 && !p.asks {
		return nil
	}
	f := p.pool.Get().(*frame)
	f.given, f.row.places = p.vals, p.places
	f.pace.Begin(p.give)
	return f
}

// release takes back what frame returned.
func (p *Program) release(f *frame) {
	if f == nil {
		return
	}
	clear(f.vars) // so that the pool keeps no input in memory
	f.given, f.row = nil, asked{}
	f.pace.Begin(nil)
	p.pool.Put(f)
}

// Eval returns the value of the expression for it. A bare field comes back untouched, with
// the spelling it has in the input. For an error value it fails with that error.
func (p *Program) Eval(it value.Value) (value.Value, error) { return p.evalRow(it, it, nil, 0) }

// EvalFrom is Eval for what was made of another value, which tells where it comes from.
func (p *Program) EvalFrom(it, from value.Value) (value.Value, error) {
	return p.evalRow(it, from, nil, 0)
}

// evalRow is EvalFrom for row i of b; b is nil when it is not known to be a row.
func (p *Program) evalRow(it, from value.Value, b *value.Batch, i int) (value.Value, error) {
	if it.Kind() == value.KindError {
		return value.Null, it.AsError()
	}
	f := p.frame()
	if p.asks {
		f.row.from, f.row.batch, f.row.i = from, b, i
	}
	v, err := p.root.run(it, f)
	p.release(f)
	return v, err
}

// Test reports whether the expression is true for it. Null counts as false; anything else
// that is no bool is an error.
func (p *Program) Test(it value.Value) (bool, error) {
	v, err := p.Eval(it)
	if err != nil {
		return false, err
	}
	if v.Kind() == value.KindBool {
		return v.AsBool(), nil
	}
	ok, err := truth(v)
	if err != nil {
		return false, explain(err, v, p.root.name)
	}
	return ok, nil
}

// Field returns the name when the expression is a bare field: name, it.name or it["name"].
func (p *Program) Field() (name string, ok bool) {
	return p.root.field, p.root.isField
}

// Makes returns the names of the fields of the record that the expression makes; nil when it may
// make something else, or of other names.
func (p *Program) Makes() []string {
	if p.root.makes == nil {
		return nil
	}
	return p.root.makes.Names()
}

// It reports whether the expression is just it, the value itself.
func (p *Program) It() bool { return p.root.isIt }

// Fields returns the names of all fields of the value that the expression reads, and false when it
// reads it as a whole, too.
func (p *Program) Fields() (names []string, some bool) {
	return p.shape.Names(), !p.whole && p.digits == "" && !p.root.isIt && len(p.given) == 0
}

// String returns the text that was compiled.
func (p *Program) String() string { return p.text }

// kindError says that an operation met a value of the wrong kind.
type kindError struct {
	v    value.Value
	want string
}

func (e *kindError) Error() string { return e.v.Quote() + " is not " + e.want }

// explain adds to err the name of the field that holds the value err complains of.
func explain(err error, v value.Value, name string) error {
	if name == "" {
		return err
	}
	var number *value.NotNumberError
	var kind *kindError
	var moment *times.NotTimeError
	switch {
	case errors.As(err, &number) && number.Value == v:
	case errors.As(err, &moment) && moment.Value == v:
	case errors.As(err, &kind) && kind.v == v:
	default:
		return err
	}
	if v.IsNull() {
		return errors.New(name + " is null")
	}
	return errors.New(err.Error() + " (" + name + ")")
}
