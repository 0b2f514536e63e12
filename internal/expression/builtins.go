package expression

import (
	"strings"

	"github.com/expr-lang/expr/ast"

	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

// builtin compiles a call of one of the functions that the parser knows.
func (c *compiler) builtin(n *ast.BuiltinNode) (operand, error) {
	if kind := loopNamed(n.Name); kind != nil && (len(n.Arguments) > 1 || functionNamed(n.Name) == nil) {
		return c.loop(n, kind)
	}
	return c.function(n, n.Name, n.Arguments)
}

// function compiles a call of a function of values.
func (c *compiler) function(n ast.Node, name string, arguments []ast.Node) (operand, error) {
	if f := placeNamed(name); f != nil {
		return c.placeFunction(n, f, len(arguments))
	}
	f := functionNamed(name)
	if f == nil {
		return operand{}, c.unknown(n, name)
	}
	if err := c.checkCount(n, &f.entry, len(arguments)); err != nil {
		return operand{}, err
	}
	args, err := c.compileAll(arguments)
	if err != nil {
		return operand{}, err
	}
	if f.named("now") {
		return callFunction(f, args), nil // its value changes
	}
	if f.named("sort") { // of a long list
		c.hasLoops = true
		slots := c.slots
		c.slot() // so that there is a frame
		c.slots = slots
		return fold(calling(args, func(vs []value.Value, fr *frame) (value.Value, error) {
			if fr == nil {
				return f.do(vs)
			}
			return sortStepping(vs, fr.pace.Step)
		}), args...), nil
	}
	return fold(callFunction(f, args), args...), nil
}

func (c *compiler) checkCount(n ast.Node, f *entry, got int) error {
	least, most := f.arguments()
	if got >= least && (most < 0 || got <= most) {
		return nil
	}
	if most == 0 {
		return c.fail(n, "%s needs no arguments", f.name())
	}
	plural := "s"
	if least == 1 && most <= 1 {
		plural = ""
	}
	switch {
	case most < 0:
		return c.fail(n, "%s needs at least %d argument%s, not %d", f.name(), least, plural, got)
	case least < most:
		return c.fail(n, "%s needs %d to %d arguments, not %d", f.name(), least, most, got)
	}
	return c.fail(n, "%s needs %d argument%s, not %d", f.name(), least, plural, got)
}

func callFunction(f *function, args []operand) operand {
	if len(args) == 1 {
		return apply1(args[0], func(v value.Value) (value.Value, error) { return f.do([]value.Value{v}) })
	}
	return calling(args, func(vs []value.Value, _ *frame) (value.Value, error) { return f.do(vs) })
}

// calling returns the operand that calls do with the values of args.
func calling(args []operand, do func(vs []value.Value, fr *frame) (value.Value, error)) operand {
	return operand{run: func(it value.Value, fr *frame) (value.Value, error) {
		vs := make([]value.Value, len(args))
		for i, a := range args {
			v, err := a.run(it, fr)
			if err != nil {
				return value.Null, err
			}
			vs[i] = v
		}
		r, err := do(vs, fr)
		for i, a := range args {
			if err != nil {
				err = explain(err, vs[i], a.name)
			}
		}
		return r, err
	}}
}

// call compiles calls that the parser does not know: functions that are added here, methods of
// times, or mistakes.
func (c *compiler) call(n *ast.CallNode) (operand, error) {
	switch callee := n.Callee.(type) {
	case *ast.MemberNode:
		if name, ok := callee.Property.(*ast.StringNode); ok {
			return c.method(n, callee, name.Value)
		}
	case *ast.IdentifierNode:
		return c.function(n, callee.Value, n.Arguments)
	}
	return operand{}, c.fail(n, "only functions can be called")
}

// unknown returns the error for a function that does not exist, with the nearest that does.
func (c *compiler) unknown(n ast.Node, name string) error {
	if here, ok := foreignNames[strings.ToLower(name)]; ok {
		return c.fail(n, "unknown function %s; %s", name, here)
	}
	if near := nearest(name, functionNames()); near != "" {
		return c.fail(n, "unknown function %s; did you mean %s?", name, near)
	}
	return c.fail(n, "unknown function %s", name)
}

// nearest returns the candidate that name was probably meant to be, "" if none is near.
func nearest(name string, candidates []string) string {
	name = strings.ToLower(name)
	best, limit := "", (len(name)+1)/3
	for _, candidate := range candidates {
		if d := syntax.Distance(name, strings.ToLower(candidate)); d <= limit {
			best, limit = candidate, d-1
		}
	}
	if best != "" {
		return best
	}
	for _, candidate := range candidates { // length for len, uppercase for upper
		if len(candidate) > 2 && strings.HasPrefix(name, strings.ToLower(candidate)) {
			return candidate
		}
	}
	return ""
}
