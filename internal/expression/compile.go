package expression

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"

	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

// operand is a compiled node and what its parent may know of it.
type operand struct {
	run      eval
	choose   chooser      // does the same with many rows, as a test; nil when there is no special way
	name     string       // how messages call the value; "" when it has no short name
	field    string       // the field that the node reads from it
	isField  bool         // field is set
	isIt     bool         // the node is it
	constant bool         // the value is always v
	v        value.Value  // of a constant
	makes    *value.Shape // the names of the record that the node makes; nil when it may be something else
}

// compiler turns one expression's tree into closures.
type compiler struct {
	text     string
	parsed   string      // the text as the parser was given it
	inserted []insertion // in it, in their order
	hidden   disguise
	lookup   func(name string) (string, bool)
	large    map[string]largeLiteral // names that stand for integers beyond 64 bits
	vars     []variable              // let variables in scope, innermost last
	loops    []loop                  // loops around the node, innermost last
	hasLoops bool                    // there is one
	slots    int                     // in use
	maxSlots int
	nodes    int      // compiled so far
	fields   []string // of it that are read
	whole    bool     // it is read as a whole
	given    []string // variables whose values are given later
	names    []Name   // of the fields that are read
	optional int      // how many nodes around say that what they read may be missing
	digits   string   // see Program
	asks     bool     // where a value comes from
	unplaced []string // names beside which it may not ask so
}

type variable struct {
	name string
	slot int
}

// slot reserves a place in the frame; the caller gives it back by lowering c.slots.
func (c *compiler) slot() int {
	c.slots++
	c.maxSlots = max(c.maxSlots, c.slots)
	return c.slots - 1
}

func constant(v value.Value) operand {
	return operand{constant: true, v: v, run: func(value.Value, *frame) (value.Value, error) { return v, nil }}
}

// fold computes o now when all it is made of is constant. A computation that fails stays,
// to fail for the values that reach it.
func fold(o operand, parts ...operand) operand {
	for _, p := range parts {
		if !p.constant {
			return o
		}
	}
	if v, err := o.run(value.Null, nil); err == nil {
		return constant(v)
	}
	return o
}

// maxNodes stops expressions such as (1<(1<(1<2)<3)<4), whose middles are compiled twice on
// every level.
const maxNodes = 1 << 17

func (c *compiler) compile(n ast.Node) (operand, error) {
	if c.nodes++; c.nodes > maxNodes {
		return operand{}, c.fail(n, "the expression is too long")
	}
	switch n := n.(type) {
	case *ast.NilNode:
		return constant(value.Null), nil
	case *ast.BoolNode:
		return constant(value.Bool(n.Value)), nil
	case *ast.IntegerNode:
		return constant(value.Int(int64(n.Value))), nil
	case *ast.FloatNode:
		return constant(value.Float(n.Value)), nil
	case *ast.StringNode:
		if c.isVariable(n) {
			return c.outer(n, n.Value[1:], "")
		}
		return c.textOf(n, n.Value)
	case *ast.BytesNode:
		return c.textOf(n, string(n.Value))
	case *ast.IdentifierNode:
		return c.identifier(n)
	case *ast.UnaryNode:
		return c.unary(n)
	case *ast.BinaryNode:
		return c.binary(n)
	case *ast.ChainNode:
		return c.compile(n.Node)
	case *ast.MemberNode:
		return c.member(n)
	case *ast.SliceNode:
		return c.slice(n)
	case *ast.CallNode:
		return c.call(n)
	case *ast.BuiltinNode:
		return c.builtin(n)
	case *ast.PointerNode:
		return c.pointer(n)
	case *ast.ConditionalNode:
		return c.conditional(n)
	case *ast.VariableDeclaratorNode:
		return c.let(n)
	case *ast.SequenceNode:
		return c.sequence(n)
	case *ast.ArrayNode:
		return c.array(n)
	case *ast.MapNode:
		return c.record(n)
	}
	return operand{}, c.fail(n, "this is not supported")
}

func (c *compiler) compileAll(nodes []ast.Node) ([]operand, error) {
	all := make([]operand, len(nodes))
	for i, n := range nodes {
		var err error
		if all[i], err = c.compile(n); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// identifier compiles a name: a large integer in disguise, a variable, it, or a field.
func (c *compiler) identifier(n *ast.IdentifierNode) (operand, error) {
	if l, ok := c.large[n.Value]; ok {
		return constant(l.v), nil
	}
	for i := len(c.vars) - 1; i >= 0; i-- {
		if c.vars[i].name == n.Value {
			return readSlot(c.vars[i].slot, n.Value), nil
		}
	}
	switch {
	case n.Value == "it":
		c.whole = true
		return operand{isIt: true, name: "it", run: func(it value.Value, _ *frame) (value.Value, error) { return it, nil }}, nil
	case n.Value == "null":
		return constant(value.Null), nil
	case strings.HasPrefix(n.Value, "$"):
		return c.outerVariable(n)
	}
	return c.field(n.Value, n), nil
}

// field reads a field of it, which is named at a node.
func (c *compiler) field(name string, at ast.Node) operand {
	c.addName(Name{Name: name, Offset: c.offset(at.Location().From)})
	if !slices.Contains(c.fields, name) {
		c.fields = append(c.fields, name)
	}
	return fieldOf(name)
}

func (c *compiler) outerVariable(n *ast.IdentifierNode) (operand, error) {
	if n.Value == "$" {
		return operand{}, c.fail(n, "$ needs a name behind it")
	}
	return c.outer(n, n.Value[1:], "")
}

// isVariable reports whether the node, which the parser takes for a name such as that of it.name,
// is a variable: it.$name is it[$name].
func (c *compiler) isVariable(n *ast.StringNode) bool {
	at := n.Location().From
	return len(n.Value) > 1 && n.Value[0] == '$' && strings.HasPrefix(c.parsed[c.parsedOffset(at):], n.Value)
}

// outer reads the variable of that name; what follows is said when it is not set.
func (c *compiler) outer(n ast.Node, name, hint string) (operand, error) {
	switch name {
	case allName:
		name = "@"
	case countName:
		name = "#"
	}
	if c.lookup != nil {
		if _, later := c.lookup(Given + name); later {
			return c.givenVariable("$" + name), nil
		}
		if s, ok := c.lookup(name); ok {
			o := constant(value.TextOf(s))
			o.name = "$" + name
			return o, nil
		}
	}
	return operand{}, c.fail(n, "$%s is not set%s", syntax.Short(name), hint)
}

// givenVariable reads a variable that With gives.
func (c *compiler) givenVariable(name string) operand {
	i := slices.Index(c.given, name[1:])
	if i < 0 {
		i = len(c.given)
		c.given = append(c.given, name[1:])
	}
	return operand{name: name, run: func(_ value.Value, f *frame) (value.Value, error) {
		return f.given[i], nil
	}}
}

func readSlot(slot int, name string) operand {
	return operand{name: name, run: func(_ value.Value, f *frame) (value.Value, error) {
		return f.vars[slot], nil
	}}
}

func (c *compiler) conditional(n *ast.ConditionalNode) (operand, error) {
	parts, err := c.compileAll([]ast.Node{n.Cond, n.Exp1, n.Exp2})
	if err != nil {
		return operand{}, err
	}
	cond, yes, no := testOf(parts[0]), parts[1].run, parts[2].run
	return fold(operand{run: func(it value.Value, f *frame) (value.Value, error) {
		ok, err := cond(it, f)
		if err != nil {
			return value.Null, err
		}
		if ok {
			return yes(it, f)
		}
		return no(it, f)
	}}, parts...), nil
}

// let compiles `let name = value; rest`. A variable hides a field of the same name.
func (c *compiler) let(n *ast.VariableDeclaratorNode) (operand, error) {
	if n.Name == "it" || n.Name == "null" || strings.HasPrefix(n.Name, "$") {
		return operand{}, c.fail(n, "%s cannot be a variable's name", syntax.Short(n.Name))
	}
	v, err := c.compile(n.Value)
	if err != nil {
		return operand{}, err
	}
	slot := c.slot()
	c.vars = append(c.vars, variable{n.Name, slot})
	rest, err := c.compile(n.Expr)
	c.vars = c.vars[:len(c.vars)-1]
	c.slots--
	if err != nil {
		return operand{}, err
	}
	return operand{run: func(it value.Value, f *frame) (value.Value, error) {
		x, err := v.run(it, f)
		if err != nil {
			return value.Null, err
		}
		f.vars[slot] = x
		return rest.run(it, f)
	}}, nil
}

// sequence compiles `a; b`: all are computed, the last is the value.
func (c *compiler) sequence(n *ast.SequenceNode) (operand, error) {
	parts, err := c.compileAll(n.Nodes)
	if err != nil {
		return operand{}, err
	}
	return operand{run: func(it value.Value, f *frame) (v value.Value, err error) {
		for _, p := range parts {
			if v, err = p.run(it, f); err != nil {
				return value.Null, err
			}
		}
		return v, nil
	}}, nil
}

func (c *compiler) array(n *ast.ArrayNode) (operand, error) {
	parts, err := c.compileAll(n.Nodes)
	if err != nil {
		return operand{}, err
	}
	return fold(operand{run: func(it value.Value, f *frame) (value.Value, error) {
		vs := make([]value.Value, len(parts))
		for i, p := range parts {
			v, err := p.run(it, f)
			if err != nil {
				return value.Null, err
			}
			vs[i] = v
		}
		return value.List(vs), nil
	}}, parts...), nil
}

// record compiles {a: x, b: y}. The keys keep their order; a key that stands twice has its
// last value in its first place. Records of constant keys share one shape.
func (c *compiler) record(n *ast.MapNode) (operand, error) {
	keys, vals := make([]operand, len(n.Pairs)), make([]operand, len(n.Pairs))
	fixed := true
	seen := map[string]bool{}
	names := make([]string, len(n.Pairs))
	for i, p := range n.Pairs {
		pair := p.(*ast.PairNode)
		var err error
		if keys[i], err = c.compile(pair.Key); err != nil {
			return operand{}, err
		}
		if vals[i], err = c.compile(pair.Value); err != nil {
			return operand{}, err
		}
		if s, ok := pair.Key.(*ast.StringNode); ok {
			if l, ok := c.large[s.Value]; ok {
				keys[i] = constant(value.String(l.text))
			}
		}
		names[i] = keys[i].v.String()
		fixed = fixed && keys[i].constant && !seen[names[i]]
		seen[names[i]] = true
	}
	if !fixed {
		return operand{run: looseRecord(keys, vals)}, nil
	}
	shape := value.NewShape(names...)
	o := fold(operand{run: func(it value.Value, f *frame) (value.Value, error) {
		vs := make([]value.Value, len(vals))
		for i, o := range vals {
			v, err := o.run(it, f)
			if err != nil {
				return value.Null, err
			}
			vs[i] = v
		}
		return value.Rec(value.NewRecord(shape, vs...)), nil
	}}, vals...)
	o.makes = shape
	return o, nil
}

func looseRecord(keys, vals []operand) eval {
	return func(it value.Value, f *frame) (value.Value, error) {
		var b recordBuilder
		for i := range keys {
			k, err := keys[i].run(it, f)
			if err != nil {
				return value.Null, err
			}
			v, err := vals[i].run(it, f)
			if err != nil {
				return value.Null, err
			}
			b.set(k.String(), v)
		}
		return b.value(), nil
	}
}

// recordBuilder gathers the fields of a record whose names are not known beforehand.
type recordBuilder struct {
	names []string
	vals  []value.Value
	index map[string]int
}

func (b *recordBuilder) set(name string, v value.Value) {
	if i, ok := b.index[name]; ok {
		b.vals[i] = v
		return
	}
	if b.index == nil {
		b.index = map[string]int{}
	}
	b.index[name] = len(b.names)
	b.names, b.vals = append(b.names, name), append(b.vals, v)
}

func (b *recordBuilder) value() value.Value {
	return value.Rec(value.NewRecord(value.NewShape(b.names...), b.vals...))
}
