package pipeline

import "mtpipe/value"

// Columns gives the values of expressions for the rows of batches.
type Columns struct {
	exprs []Expr
	self  bool // all are the value itself
	text  []value.Value
	list  [][]value.Value
}

// NewColumns returns the columns of expressions; one that is not set is the value itself.
func NewColumns(exprs []Expr) *Columns {
	c := &Columns{exprs: exprs, self: true, list: make([][]value.Value, len(exprs))}
	for _, e := range exprs {
		c.self = c.self && (!e.IsSet() || e.It())
	}
	return c
}

// Self reports whether each column is the values themselves.
func (c *Columns) Self() bool { return c.self }

// Of returns the columns of b, which are valid until b changes; rows for which there are
// none leave it. See Job.Columns.
func (c *Columns) Of(j *Job, b *value.Batch) ([][]value.Value, error) {
	if !c.self || !b.IsText() {
		return j.Columns(b, c.exprs...)
	}
	c.text = b.AppendTexts(c.text[:0])
	for i := range c.list {
		c.list[i] = c.text
	}
	return c.list, nil
}
