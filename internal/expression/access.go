package expression

import (
	"sync/atomic"
	"unicode/utf8"
	"unsafe"

	"github.com/expr-lang/expr/ast"

	"mtpipe/internal/format"
	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

// places remembers where a field stands in the shapes met last, so that records of a few
// shapes are read without searching. Any goroutine.
type places [4]atomic.Pointer[place]

type place struct {
	shape *value.Shape
	index int
}

func (p *places) find(shape *value.Shape, name string, m *Member) int {
	slot := &p[uintptr(unsafe.Pointer(shape))>>5%4]
	if at := slot.Load(); at != nil && at.shape == shape {
		return at.index
	}
	i := shape.Find(name)
	m.note(shape, i)
	slot.Store(&place{shape, i})
	return i
}

// fieldOf reads a field of it, which is null when the record has none of that name. What is no
// record has no fields, which is an error.
func fieldOf(name string) operand {
	field := fieldIn(name, nil)
	return operand{name: name, field: name, isField: true, run: func(it value.Value, _ *frame) (value.Value, error) {
		if it.Kind() != value.KindRecord {
			return value.Null, &noRecordError{it.Kind(), name}
		}
		return field(it), nil
	}}
}

// noRecordError says that a field was asked for of what is no record.
type noRecordError struct {
	kind value.Kind
	name string
}

func (e *noRecordError) Error() string {
	if e.kind == value.KindText {
		return "text has no field " + e.name + "; -i " + format.Enumerate(format.NamesOf(format.Readable()), "or") + " reads records"
	}
	return e.kind.String() + " has no field " + e.name
}

// fieldIn reads a field of a value; it is null when that is no record or has no such field. What
// is seen of the field goes to m, which may be nil.
func fieldIn(name string, m *Member) func(v value.Value) value.Value {
	var known places
	return func(v value.Value) value.Value {
		if v.Kind() != value.KindRecord {
			m.noRecord(v)
			return value.Null
		}
		r := v.AsRecord()
		if i := known.find(r.Shape(), name, m); i >= 0 {
			return r.At(i)
		}
		return value.Null
	}
}

// member compiles a.name and a[b].
func (c *compiler) member(n *ast.MemberNode) (operand, error) {
	if n.Method {
		return operand{}, c.fail(n, "%s() is called without its parentheses", syntax.Cut(n.Property.String()))
	}
	name, named := n.Property.(*ast.StringNode)
	if named && (c.isVariable(name) || c.hasVariables(name.Value)) {
		return c.variableMember(n, name)
	}
	optional := 0 // x?.y, x["y"]
	if n.Optional || named && c.inBrackets(n.Property) {
		optional = 1
	}
	if of, ok := n.Node.(*ast.IdentifierNode); ok && named && of.Value == "it" {
		c.optional += optional
		defer func() { c.optional -= optional }()
		return c.field(name.Value, n.Property), nil
	}
	owner := c.compile
	if n.Optional {
		owner = c.compileOptional
	}
	a, err := owner(n.Node)
	if err != nil {
		return operand{}, err
	}
	b, err := c.compile(n.Property)
	if err != nil {
		return operand{}, err
	}
	if s, ok := n.Property.(*ast.StringNode); ok {
		c.optional += optional
		o := memberOf(a.run, s.Value, c.memberName(a, s.Value, n.Property))
		c.optional -= optional
		if a.name != "" {
			o.name = a.name + "." + s.Value
		}
		return fold(o, a), nil
	}
	return fold(apply2(a, b, index), a, b), nil
}

// variableMember compiles a["$name"] and a.$name.
func (c *compiler) variableMember(n *ast.MemberNode, name *ast.StringNode) (operand, error) {
	b, err := c.compile(name)
	if err != nil {
		return operand{}, err
	}
	if of, ok := n.Node.(*ast.IdentifierNode); ok && b.constant && of.Value == "it" {
		c.optional++
		defer func() { c.optional-- }()
		return c.field(b.v.String(), n.Property), nil
	}
	a, err := c.compile(n.Node)
	if err != nil {
		return operand{}, err
	}
	if b.constant {
		return fold(memberOf(a.run, b.v.String(), c.memberName(a, b.v.String(), n.Property)), a), nil
	}
	return apply2(a, b, index), nil
}

func memberOf(a eval, name string, m *Member) operand {
	field := fieldIn(name, m)
	return operand{run: func(it value.Value, f *frame) (value.Value, error) {
		v, err := a(it, f)
		if err != nil {
			return value.Null, err
		}
		return field(v), nil
	}}
}

// index returns a[b]: a field of a record, an element of a list, a character of a text.
// Indices count from 0, negative ones from the end; what is not there is null.
func index(a, b value.Value) (value.Value, error) {
	switch a.Kind() {
	case value.KindRecord:
		if b.IsNull() {
			return value.Null, nil
		}
		v, _ := a.AsRecord().Get(b.String())
		return v, nil
	case value.KindList, value.KindText, value.KindString:
		if a.IsText() && b.Kind() == value.KindString {
			return value.Null, nil // a name, and text has no fields
		}
		i, err := wholeNumber(b)
		if err != nil {
			return value.Null, err
		}
		if i.Kind() != value.KindInt {
			return value.Null, nil
		}
		return elementAt(a, i.AsInt()), nil
	}
	return value.Null, nil
}

func elementAt(a value.Value, i int64) value.Value {
	n := int64(length(a))
	if i < 0 {
		i += n
	}
	switch {
	case i < 0 || i >= n:
		return value.Null
	case a.Kind() == value.KindList:
		return a.AsList()[i]
	}
	return cut(a, int(i), int(i)+1)
}

// length returns the number of elements of a list, of fields of a record, or of characters
// of a text, where a byte that is not UTF-8 is one character; -1 for anything else.
func length(v value.Value) int {
	switch v.Kind() {
	case value.KindList:
		return len(v.AsList())
	case value.KindRecord:
		return v.AsRecord().Len()
	case value.KindText, value.KindString:
		return utf8.RuneCount(v.Bytes())
	}
	return -1
}

// cut returns elements or characters from up to but without to of a list or text; both lie
// within it. A piece of a text shares its memory and its kind.
func cut(v value.Value, from, to int) value.Value {
	if v.Kind() == value.KindList {
		return value.List(v.AsList()[from:to:to])
	}
	s := v.Str()
	start := skip(s, from)
	end := start + skip(s[start:], to-from)
	return sameText(v, s[start:end])
}

// skip returns the offset of character n of s.
func skip(s string, n int) int {
	at := 0
	for ; n > 0 && at < len(s); n-- {
		if s[at] < utf8.RuneSelf {
			at++
			continue
		}
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	return at
}

// sameText returns s as text of v's kind: a part of untyped text is untyped too, and that of an
// empty field is empty.
func sameText(v value.Value, s string) value.Value {
	if s == "" && v.IsNull() {
		return v
	}
	if v.Kind() == value.KindText {
		return value.TextOf(s)
	}
	return value.String(s)
}

// slice compiles a[from:to]. Bounds beyond the ends are the ends; negative ones count from
// the end.
func (c *compiler) slice(n *ast.SliceNode) (operand, error) {
	parts := []operand{{}, constant(value.Null), constant(value.Null)}
	for i, part := range []ast.Node{n.Node, n.From, n.To} {
		if part == nil {
			continue
		}
		var err error
		if parts[i], err = c.compile(part); err != nil {
			return operand{}, err
		}
	}
	return fold(operand{run: func(it value.Value, f *frame) (value.Value, error) {
		var v [3]value.Value
		for i, p := range parts {
			var err error
			if v[i], err = p.run(it, f); err != nil {
				return value.Null, err
			}
		}
		r, err := sliceOf(v[0], v[1], v[2])
		for i, p := range parts {
			if err != nil {
				err = explain(err, v[i], p.name)
			}
		}
		return r, err
	}}, parts...), nil
}

func sliceOf(v, from, to value.Value) (value.Value, error) {
	if isNothing(v) {
		return value.Null, nil
	}
	if v.Kind() != value.KindList && !v.IsText() {
		return value.Null, &kindError{v, "text or a list"}
	}
	n := length(v)
	lo, err := bound(from, 0, n)
	if err != nil {
		return value.Null, err
	}
	hi, err := bound(to, n, n)
	if err != nil {
		return value.Null, err
	}
	return cut(v, min(lo, hi), hi), nil
}

// bound returns one end of a slice of n elements, absent when b is null.
func bound(b value.Value, absent, n int) (int, error) {
	if b.IsNull() {
		return absent, nil
	}
	i, err := wholeNumber(b)
	if err != nil {
		return 0, err
	}
	switch {
	case value.Compare(i, value.Int(int64(n))) >= 0:
		return n, nil
	case value.Compare(i, value.Int(int64(-n))) <= 0:
		return 0, nil
	case i.AsInt() < 0:
		return n + int(i.AsInt()), nil
	}
	return int(i.AsInt()), nil
}
