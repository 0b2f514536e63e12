package expression

import (
	"slices"
	"strings"
	"sync/atomic"

	"github.com/expr-lang/expr/ast"

	"mtpipe/value"
)

// Name is a name of a field that an expression reads, of it or of a value in it.
type Name struct {
	Name   string  // as in the text: price, or user.name
	Offset int     // the byte in the text at which it stands
	Text   string  // the expression with the name in quotes, where text may have been meant; "" elsewhere
	Member *Member // of a field that is read of a value in it; nil for one of it

	optional bool // the expression says that it may be missing
}

// Names returns the names of fields that the expression reads, each once, but for those of
// which it says that they may be missing: it["name"], it?.name, name ?? 0, name == null.
func (p *Program) Names() []Name { return p.names }

// Member is what was seen of a field that is read of the values in records. It is one for all
// runs of the expression. Any goroutine.
type Member struct {
	found atomic.Bool
	met   atomic.Bool // a value was asked for the field
	seen  atomic.Pointer[value.Shape]
}

// Seen reports whether a value without the field was asked for it, and whether one had it. Names
// are those of the fields that one of the former had.
func (m *Member) Seen() (names []string, without, found bool) {
	if s := m.seen.Load(); s != nil {
		names = s.Names()
	}
	return names, m.met.Load(), m.found.Load()
}

// note remembers a record of that shape, in which the field has the place i or is missing.
func (m *Member) note(shape *value.Shape, i int) {
	switch {
	case m == nil:
	case i >= 0:
		m.found.Store(true)
	default:
		m.met.Store(true)
		m.seen.Store(shape)
	}
}

// noRecord remembers that v, which is no record, was asked. Of null nothing follows.
func (m *Member) noRecord(v value.Value) {
	if m != nil && !v.IsNull() && !m.met.Load() {
		m.met.Store(true)
	}
}

// addName notes that a field is read. A name of which an expression says somewhere that it may
// be missing is one that may be missing.
func (c *compiler) addName(n Name) *Member {
	n.optional = n.optional || c.optional > 0
	i := slices.IndexFunc(c.names, func(o Name) bool { return o.Name == n.Name && (o.Member == nil) == (n.Member == nil) })
	if i < 0 {
		c.names = append(c.names, n)
		return n.Member
	}
	c.names[i].optional = c.names[i].optional || n.optional
	return c.names[i].Member
}

// readNames returns the names that may not be missing.
func (c *compiler) readNames() []Name {
	return slices.DeleteFunc(c.names, func(n Name) bool { return n.optional })
}

// memberName notes that the member name of a is read at a node, and returns what is seen of it;
// nil when it may be missing.
func (c *compiler) memberName(a operand, name string, at ast.Node) *Member {
	if a.name != "" && a.name != "#" {
		name = a.name + "." + name
	}
	return c.addName(Name{Name: name, Offset: c.offset(at.Location().From), Member: new(Member)})
}

// inBrackets reports whether the property of a member stands in brackets, as text.
func (c *compiler) inBrackets(property ast.Node) bool {
	rest := c.text[c.offset(property.Location().From):]
	return rest != "" && strings.IndexByte("\"'`", rest[0]) >= 0
}

// compileOptional compiles nodes whose names may be missing.
func (c *compiler) compileOptional(n ast.Node) (operand, error) {
	c.optional++
	defer func() { c.optional-- }()
	return c.compile(n)
}

// compileSides compiles the two sides of an operator.
func (c *compiler) compileSides(n *ast.BinaryNode) (a, b operand, err error) {
	left, right := c.compile, c.compile
	switch n.Operator {
	case "??":
		left = c.compileOptional
	case "==", "!=":
		if isNull(n.Left) || isNull(n.Right) {
			left, right = c.compileOptional, c.compileOptional
		}
	}
	if a, err = left(n.Left); err == nil {
		b, err = right(n.Right)
	}
	if err == nil && comparesText(n.Operator) {
		c.noteText(n.Left, n.Right, func(quoted string) string { return quoted + " " + n.Operator + " " + n.Right.String() })
		c.noteText(n.Right, n.Left, func(quoted string) string { return n.Left.String() + " " + n.Operator + " " + quoted })
	}
	return a, b, err
}

func isNull(n ast.Node) bool {
	if name, ok := n.(*ast.IdentifierNode); ok {
		return name.Value == "null"
	}
	_, ok := n.(*ast.NilNode)
	return ok
}

func comparesText(operator string) bool {
	_, relation := relations[operator]
	return relation || operator == "==" || operator == "!=" || textTests[operator] != nil || operator == "matches"
}

// noteText notes, of a name that is compared with what may be another field, how the
// expression would be with the name as text.
func (c *compiler) noteText(n, other ast.Node, with func(quoted string) string) {
	name, ok := n.(*ast.IdentifierNode)
	if !ok {
		return
	}
	switch other.(type) {
	case *ast.IdentifierNode, *ast.MemberNode:
	default:
		return
	}
	for i := range c.names {
		if o := &c.names[i]; o.Name == name.Value && o.Member == nil && o.Text == "" {
			o.Text = with(`"` + name.Value + `"`)
		}
	}
}

// noteTexts notes of names in a list that is searched that they may be meant as texts.
func (c *compiler) noteTexts(list ast.Node) {
	if array, ok := list.(*ast.ArrayNode); ok {
		for _, n := range array.Nodes {
			c.noteText(n, &ast.IdentifierNode{}, func(quoted string) string { return quoted })
		}
	}
}
