package expression

import (
	"errors"

	"github.com/expr-lang/expr/ast"

	"mtpipe/value"
)

// Places says where values come from.
type Places interface {
	// Place returns the file, "" when it has no name, and the line of v, which is row i of b; b is
	// nil when that is not known. Known is false when that cannot be found.
	Place(b *value.Batch, i int, v value.Value) (file string, line int64, known bool)
}

// AsksPlaces reports whether the expression asks where a value comes from.
func (p *Program) AsksPlaces() bool { return p.asks }

// At returns the program that asks places where values come from. Without, nothing is known of any.
func (p *Program) At(places Places) *Program {
	with := *p
	with.places = places
	return &with
}

// asked is the row that an expression is computed for.
type asked struct {
	places Places
	from   value.Value  // the row
	batch  *value.Batch // that it stands in; nil when it is not known
	i      int
}

// placeFunction is a function of the place of the value.
type placeFunction struct {
	entry
	of func(file string, line int64) value.Value
}

var placeFunctions = []placeFunction{
	{entry{"filename()", "the name of the file that the value stands in, as it was given; null for the standard input. Here, the second record of orders.csv", "filename()", `"orders.csv"`}, func(file string, _ int64) value.Value {
		if file == "" {
			return value.Null
		}
		return value.String(file)
	}},
	{entry{"line()", "the line of its file, or of the standard input, at which the value begins: before anything has made another value of it, so early in the pipeline", "line()", "3"}, func(_ string, line int64) value.Value {
		return value.Int(line)
	}},
}

func placeNamed(name string) *placeFunction {
	for i := range placeFunctions {
		if f := &placeFunctions[i]; f.named(name) {
			return f
		}
	}
	return nil
}

// placeFunction compiles a call of f.
func (c *compiler) placeFunction(n ast.Node, f *placeFunction, arguments int) (operand, error) {
	if err := c.checkCount(n, &f.entry, arguments); err != nil {
		return operand{}, err
	}
	if len(c.unplaced) > 0 {
		return operand{}, c.fail(n, "%s is not known beside %s; keep it before, as set %s=%[1]s does", f.Form, c.unplaced[0], f.name())
	}
	c.asks = true
	name := f.name()
	return operand{name: f.Form, run: func(_ value.Value, fr *frame) (value.Value, error) {
		if r := &fr.row; r.places != nil {
			if file, line, known := r.places.Place(r.batch, r.i, r.from); known {
				return f.of(file, line), nil
			}
		}
		return value.Null, errors.New(f.Form + " is not known of a value that was made on the way; keep it where the file is read, as set " + name + "=" + f.Form + " does")
	}}, nil
}
