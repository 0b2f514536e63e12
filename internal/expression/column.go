package expression

import "mtpipe/value"

// RowError is the failure of an expression for one row of a batch.
type RowError struct {
	Row int
	Err error
}

// Column is memory for the results of Program.Column, used again for the next batch.
type Column struct {
	// Borrowed says that the last result was not computed but belongs to the batch.
	Borrowed bool

	vals   []value.Value
	record value.Scratch
	fields [][]value.Value
}

// Self is the expression it.
var Self = mustCompile("it")

func mustCompile(text string) *Program {
	p, err := Compile(text, nil)
	if err != nil {
		panic(err)
	}
	return p
}

// Column computes the expression for every row of b. Rows for which it fails are null in
// the result and listed with their errors, in order. The result may point into b's text; it
// is valid until b's rows change and c is used again.
func (p *Program) Column(b *value.Batch, c *Column) ([]value.Value, []RowError) {
	c.Borrowed = true
	switch {
	case p.root.isField && b.Form() != value.FormValues:
		return b.Column(p.root.field), nil
	case p.root.isIt && b.Form() == value.FormValues && !hasErrors(b):
		return b.Values(), nil
	}
	c.Borrowed = false
	if n := b.Len(); cap(c.vals) < n {
		c.vals = make([]value.Value, n+n/4)
	}
	vals := c.vals[:b.Len()]
	var bad []RowError
	set := func(i int, it value.Value) {
		v, err := p.Eval(it)
		if err != nil {
			bad = append(bad, RowError{i, err})
		}
		vals[i] = v
	}
	if b.Form() == value.FormRecords && !p.whole {
		p.overFields(b, c, set)
		return vals, bad
	}
	i := 0
	for it := range b.All() {
		set(i, it)
		i++
	}
	return vals, bad
}

// hasErrors reports whether error values are among the rows.
func hasErrors(b *value.Batch) bool {
	for _, v := range b.Values() {
		if v.Kind() == value.KindError {
			return true
		}
	}
	return false
}

// overFields calls set with a record of just the fields that the expression reads, for each
// row.
func (p *Program) overFields(b *value.Batch, c *Column, set func(i int, it value.Value)) {
	c.record.Shape(p.shape)
	c.fields = c.fields[:0]
	for _, name := range p.shape.Names() {
		c.fields = append(c.fields, b.Column(name))
	}
	for i := range b.Len() {
		for k, vals := range c.fields {
			c.record.Set(k, vals[i])
		}
		set(i, c.record.Value())
	}
}
