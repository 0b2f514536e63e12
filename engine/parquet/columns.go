package parquet

import (
	"errors"
	"fmt"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// column is a node of a file's schema, in the form in which its values are put together again.
type column struct {
	key      []byte // its name as JSON, with the colon after it
	form     form
	present  int // the definition level below which the value is null
	item     int // of a list or a map: the definition level below which it is empty
	rep      int // of a list or a map: the repetition level of its second element and those after it
	fields   []*column
	from, to int      // its leaves among those that are read
	text     appender // of a leaf
}

// form is what the values of a column become.
type form byte

const (
	leaf   form = iota // a value without others in it
	record             // a record
	list               // a list of what the one field has
	object             // a record, whose names and values the two fields have
)

// columnsOf returns the columns of a file that have one of these names, in the file's order, and the
// numbers of their leaves in the file. Nil names are those of all columns.
func columnsOf(root *parquet.Column, names []string) (columns []*column, leaves []int, err error) {
	b := &builder{}
	for _, c := range root.Columns() {
		if names != nil && !slices.Contains(names, c.Name()) {
			continue
		}
		made, err := b.column(c, 0, 0)
		if err != nil {
			return nil, nil, fmt.Errorf("the column %s %w", c.Name(), err)
		}
		columns = append(columns, made)
	}
	return columns, b.leaves, nil
}

// builder makes columns of a schema.
type builder struct{ leaves []int }

// column makes a column of c, which stands where values have the levels rep and def.
func (b *builder) column(c *parquet.Column, rep, def int) (*column, error) {
	if !c.Repeated() {
		return b.single(c, rep, def)
	}
	return b.list(c.Name(), c, rep, def)
}

// single makes a column of c, whether it is repeated or not.
func (b *builder) single(c *parquet.Column, rep, def int) (*column, error) {
	if c.Optional() {
		def++
	}
	inner := c.Columns()
	switch {
	case c.Leaf():
		n := &column{key: keyOf(c.Name()), present: def, from: len(b.leaves), to: len(b.leaves) + 1, text: appenderOf(c.Type())}
		b.leaves = append(b.leaves, c.Index())
		return n, nil
	case len(inner) == 0:
		return nil, errors.New("has a group without fields")
	case isMap(c) && inner[0].Repeated() && len(inner[0].Columns()) == 2 && inner[0].Columns()[0].Leaf():
		n := &column{key: keyOf(c.Name()), form: object, present: def, item: def + 1, rep: rep + 1, from: len(b.leaves)}
		return b.fill(n, inner[0].Columns(), rep+1, def+1)
	case (isList(c) || isMap(c)) && len(inner) == 1 && inner[0].Repeated():
		return b.list(c.Name(), inner[0], rep, def)
	}
	return b.fill(&column{key: keyOf(c.Name()), form: record, present: def, from: len(b.leaves)}, inner, rep, def)
}

// fill gives n its fields.
func (b *builder) fill(n *column, fields []*parquet.Column, rep, def int) (*column, error) {
	for _, f := range fields {
		field, err := b.column(f, rep, def)
		if err != nil {
			return nil, err
		}
		n.fields = append(n.fields, field)
	}
	n.to = len(b.leaves)
	return n, nil
}

// list makes a list of a repeated node. Its elements are the node's one field, unless the node is
// one of those that were written before it was settled that there is such a field.
func (b *builder) list(name string, repeated *parquet.Column, rep, def int) (n *column, err error) {
	n = &column{key: keyOf(name), form: list, present: def, item: def + 1, rep: rep + 1, from: len(b.leaves)}
	inner := repeated.Columns()
	var element *column
	if own := repeated.Name(); len(inner) != 1 || own == name || own == "array" || own == name+"_tuple" {
		element, err = b.single(repeated, rep+1, def+1)
	} else {
		element, err = b.column(inner[0], rep+1, def+1)
	}
	n.fields, n.to = []*column{element}, len(b.leaves)
	return n, err
}

func isList(c *parquet.Column) bool {
	t := c.Type().LogicalType()
	if t == nil {
		return false
	}
	_, ok := t.Value.(*format.ListType)
	return ok
}

func isMap(c *parquet.Column) bool {
	t := c.Type().LogicalType()
	if t == nil {
		return false
	}
	_, ok := t.Value.(*format.MapType)
	return ok
}

func keyOf(name string) []byte { return append(appendQuoted(nil, name), ':') }

// rows puts the rows of a row group together.
type rows struct{ leaves []*cursor }

// append appends the value of n as JSON.
func (r *rows) append(dst []byte, n *column) []byte {
	first := r.leaves[n.from]
	v := first.peek()
	if v.DefinitionLevel() < n.present {
		r.pass(n)
		return append(dst, "null"...)
	}
	switch n.form {
	case leaf:
		dst = n.text(dst, v)
		first.next()
		return dst
	case record:
		return r.record(dst, n.fields)
	}
	opening, closing := byte('['), byte(']')
	if n.form == object {
		opening, closing = '{', '}'
	}
	dst = append(dst, opening)
	if v.DefinitionLevel() < n.item {
		r.pass(n)
		return append(dst, closing)
	}
	for {
		if n.form == object {
			dst = r.key(dst, n.fields[0])
			dst = r.append(append(dst, ':'), n.fields[1])
		} else {
			dst = r.append(dst, n.fields[0])
		}
		if first.ended() || first.peek().RepetitionLevel() != n.rep {
			return append(dst, closing)
		}
		dst = append(dst, ',')
	}
}

// pass passes over a value of n that has nothing in it, which stands in each of its leaves.
func (r *rows) pass(n *column) {
	for _, c := range r.leaves[n.from:n.to] {
		c.peek()
		c.next()
	}
}

// record appends a record of these fields.
func (r *rows) record(dst []byte, fields []*column) []byte {
	dst = append(dst, '{')
	for i, f := range fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = r.append(append(dst, f.key...), f)
	}
	return append(dst, '}')
}

// key appends the key of a map, which JSON wants to be a string.
func (r *rows) key(dst []byte, n *column) []byte {
	start := len(dst)
	dst = r.append(dst, n)
	if dst[start] == '"' {
		return dst
	}
	dst = append(dst, `""`...)
	copy(dst[start+1:], dst[start:len(dst)-2])
	dst[start] = '"'
	return dst
}
