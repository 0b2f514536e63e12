package records

import (
	"errors"
	"strconv"
	"strings"

	"mtpipe/pipeline"
	"mtpipe/value"
)

// joinKey is a pair of values that are compared, one of each side.
type joinKey struct{ left, right joinSide }

// joinSide is what is compared of the records of one side: a field, or an expression.
type joinSide struct {
	text  string
	at    int           // where it stands in the argument
	field pipeline.Expr // of that name, whatever is in it
	expr  pipeline.Expr // not set when text is none
}

// SetArg reads EXPR or LEFT=RIGHT: the equals sign is the first one that has an expression on
// either side.
func (k *joinKey) SetArg(text string, lookup func(string) (string, bool)) error {
	for i := range text {
		if text[i] != '=' || i+1 < len(text) && text[i+1] == '=' || i > 0 && strings.IndexByte("=<>!", text[i-1]) >= 0 {
			continue
		}
		left, right := text[:i], text[i+1:]
		if err := k.setBoth(left, right, lookup); err == nil && k.left.expr.IsSet() && k.right.expr.IsSet() {
			return nil
		}
	}
	if left, right, both := strings.Cut(text, "="); both && !compiles(text, lookup) {
		return k.setBoth(left, right, lookup)
	}
	return k.setBoth(text, text, lookup)
}

func compiles(text string, lookup func(string) (string, bool)) bool {
	return new(pipeline.Expr).SetArg(text, lookup) == nil
}

func (k *joinKey) setBoth(left, right string, lookup func(string) (string, bool)) error {
	if strings.TrimSpace(left) == "" || strings.TrimSpace(right) == "" {
		return errors.New("must be a name or an expression, or two with = between them")
	}
	*k = joinKey{}
	name := left
	if left != right {
		name = strings.TrimRight(left, " ")
	}
	if err := k.left.set("", name, lookup); err != nil {
		return err
	}
	if left == right {
		k.right = k.left
		return nil
	}
	return k.right.set(left+"=", right, lookup)
}

// FieldNames returns the fields of both sides. Those of the right side are FILE's.
func (k *joinKey) FieldNames() []pipeline.FieldName {
	names := k.left.fieldNames()
	for _, n := range k.right.fieldNames() {
		n.Beside = true
		names = append(names, n)
	}
	return names
}

// fieldNames returns the fields that a side reads; a field called as its text is will do, too.
func (s *joinSide) fieldNames() []pipeline.FieldName {
	if !s.expr.IsSet() {
		return []pipeline.FieldName{{Name: s.text, Offset: s.at}}
	}
	names := s.expr.FieldNames()
	for i := range names {
		names[i].Also = s.text
	}
	return names
}

// set reads a side; before is the text that stands before it. What is no expression is the name
// of a field, unless it looks like a call.
func (s *joinSide) set(before, text string, lookup func(string) (string, bool)) error {
	s.text, s.at = text, len(before)
	if before != "" {
		s.text = strings.TrimLeft(text, " ")
		s.at += len(text) - len(s.text)
	}
	if err := s.field.SetArg("it["+strconv.Quote(s.text)+"]", nil); err != nil {
		return err
	}
	err := s.expr.SetArg(strings.Repeat(" ", len(before))+text, lookup)
	if err != nil && strings.ContainsAny(text, "()[]{}\"'`$") {
		return err
	}
	return nil
}

// Fill puts the values of variables that were not known before.
func (k *joinKey) Fill(of func(name string) value.Value) {
	for _, s := range []*joinSide{&k.left, &k.right} {
		s.expr.Fill(of)
	}
}

// OnJob is that of pipeline.Computing.
func (k *joinKey) OnJob(j *pipeline.Job) (needs bool) {
	left := k.left.expr.OnJob(j)
	return k.right.expr.OnJob(j) || left
}

// of returns what is compared of records of that shape, and the name when it is a field: that
// called as the text is, if there is one.
func (s *joinSide) of(shape *value.Shape) (e pipeline.Expr, name string) {
	if s.expr.IsSet() && (shape == nil || shape.Find(s.text) < 0) {
		if name, ok := s.expr.Field(); ok {
			return s.expr, name
		}
		return s.expr, ""
	}
	return s.field, s.text
}

// joinKeys makes the keys of the records of one side.
type joinKeys struct {
	sides []joinSide
	names []string // of those that are fields, once the first record is known; "" of others
	exprs []pipeline.Expr
	plain bool // all of them are fields
	cols  []*value.Column
	buf   []byte
}

// learn decides what the sides are by the first record of b.
func (m *joinKeys) learn(b *value.Batch) {
	if m.names == nil {
		m.decide(firstShape(b))
	}
}

func (m *joinKeys) decide(shape *value.Shape) {
	m.plain = true
	for i := range m.sides {
		e, name := m.sides[i].of(shape)
		m.exprs, m.names = append(m.exprs, e), append(m.names, name)
		m.plain = m.plain && name != ""
	}
}

// firstShape returns the shape of the first record of b, nil when there is none.
func firstShape(b *value.Batch) *value.Shape {
	switch b.Form() {
	case value.FormRecords:
		for _, row := range b.Records().Rows {
			if row.Shape != nil {
				return row.Shape
			}
		}
	case value.FormValues:
		for _, v := range b.Values() {
			if v.Kind() == value.KindRecord {
				return v.AsRecord().Shape()
			}
		}
	}
	return nil
}

// columns returns what the keys of the rows of b are made of. Rows for which an expression fails
// leave b.
func (m *joinKeys) columns(j *pipeline.Job, b *value.Batch) ([]*value.Column, error) {
	m.learn(b)
	if !m.plain {
		return j.Columns(b, m.exprs...)
	}
	m.cols = m.cols[:0]
	for _, n := range m.names {
		m.cols = append(m.cols, b.Column(n))
	}
	return m.cols, nil
}

// computed returns the expressions of which the sides are made for the rows of b, when there are
// others than fields.
func (m *joinKeys) computed(b *value.Batch) []pipeline.Expr {
	m.learn(b)
	if m.plain {
		return nil
	}
	return m.exprs
}

// key returns the key of row i; nil when a part of it is null, which is equal to none. It is valid
// until the next call.
func (m *joinKeys) key(cols []*value.Column, i int) []byte {
	for _, c := range cols {
		if c.Values[i].IsNull() {
			return nil
		}
	}
	m.buf = value.AppendKeyOf(m.buf[:0], cols, i)
	return m.buf
}
