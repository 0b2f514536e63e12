package pipeline

import "mtpipe/value"

// Setter puts the values of expressions into fields of records, by the batch.
type Setter struct {
	names []string
	exprs []Expr
	plan  value.Projection
	made  [][]value.Value
}

// NewSetter returns what sets the fields of these names, one after the other: each expression reads
// what the ones before it have set.
func NewSetter(names []string, exprs []Expr) *Setter {
	return &Setter{names: names, exprs: exprs, plan: value.Setting(names...), made: make([][]value.Value, len(exprs))}
}

// Put puts the rows of b with the fields, and reports whether it did: not where a row is no record in a text, an
// expression reads more of it than its fields, or one of them fails.
func (s *Setter) Put(j *Job, b *value.Batch) bool {
	if b.Form() != value.FormRecords || !b.Records().OnlyRecords() {
		return false
	}
	for i, e := range s.exprs {
		col := j.Computed(b, i, e)
		if col == nil {
			b.ForgetColumns()
			return false
		}
		s.made[i] = append(s.made[i][:0], col.Values...)
		if i < len(s.exprs)-1 {
			b.SetColumn(s.names[i], s.made[i])
		}
	}
	b.Own()
	s.plan.ApplyAll(b, s.made...)
	j.PutSome(b)
	return true
}

// Computed returns the values of the i-th of some expressions for the records of b; nil where it reads more of
// them than their fields, or fails for one. They are valid until this is called again with the same i.
func (j *Job) Computed(b *value.Batch, i int, e Expr) *value.Column {
	p := e.program()
	if !p.ByColumns() {
		return nil
	}
	col, bad := p.Column(b, j.evaluator(i))
	if len(bad) > 0 {
		return nil
	}
	return col
}
