package totals

import (
	"mtpipe/internal/aggregate"
	"mtpipe/pipeline"
	"mtpipe/value"
)

// classes finds, in the order of the input, values for min and max that do not go with the first
// one of their group.
type classes struct {
	keys    int   // the first of the columns, which say what a group is; none: all rows are one
	columns []int // whose values have to go together
	groups  *aggregate.Groups
	firsts  []value.Value // of each group, for each of the columns; null as long as there is none
	rows    []int32
	memory  int64 // of firsts
	kept    int64 // what Job.Keep was told
	seq     int64
}

func newClasses(keys int, columns []int) *classes {
	return &classes{keys: keys, columns: columns, groups: aggregate.NewGroups(keys)}
}

// add makes the values of one more column go together.
func (c *classes) add(column int) {
	n := len(c.columns)
	var firsts []value.Value
	for i := 0; n > 0 && i < len(c.firsts); i += n {
		firsts = append(append(firsts, c.firsts[i:i+n]...), value.Null)
	}
	c.columns, c.firsts = append(c.columns, column), firsts
}

// check returns the rows with a value that does not go with the first one of its group. Those that
// are wrong already are passed over.
func (c *classes) check(cols []*value.Column, wrong []value.RowError) (bad []value.RowError) {
	n := len(cols[0].Values)
	if c.rows = c.rows[:0]; c.keys > 0 {
		c.seq++
		c.rows = c.groups.Find(cols[:c.keys], n, c.seq, c.rows)
	}
	out := make(map[int]bool, len(wrong))
	for _, e := range wrong {
		out[e.Row] = true
	}
	for i := range n {
		if out[i] {
			continue
		}
		firsts := c.of(i)
		if err := c.conflict(cols, i, firsts); err != nil {
			bad = append(bad, value.RowError{Row: i, Err: err})
			continue
		}
		c.learn(cols, i, firsts)
	}
	return bad
}

// of returns the first values of the group of a row.
func (c *classes) of(row int) []value.Value {
	g := 0
	if c.keys > 0 {
		g = int(c.rows[row])
	}
	for len(c.firsts) < (g+1)*len(c.columns) {
		c.firsts = append(c.firsts, value.Null)
	}
	return c.firsts[g*len(c.columns):][:len(c.columns)]
}

// conflict returns what is wrong with a row.
func (c *classes) conflict(cols []*value.Column, row int, firsts []value.Value) error {
	for i, col := range c.columns {
		v, first := cols[col].Values[row], firsts[i]
		if !v.IsNull() && !first.IsNull() && aggregate.ClassOf(v) != aggregate.ClassOf(first) {
			return &aggregate.ConflictError{Kept: first, Bad: v.Clone()}
		}
	}
	return nil
}

// learn notes the values of a row that are the first ones.
func (c *classes) learn(cols []*value.Column, row int, firsts []value.Value) {
	for i, col := range c.columns {
		if v := cols[col].Values[row]; firsts[i].IsNull() && !v.IsNull() {
			firsts[i] = v.Clone().Terminated()
			c.memory += firsts[i].Memory()
		}
	}
}

// keep says how much memory the classes take; nil takes none.
func (c *classes) keep(j *pipeline.Job) error {
	if c == nil {
		return nil
	}
	n := c.groups.Bytes() + c.memory + int64(cap(c.firsts))*keptSize
	more := n - c.kept
	c.kept = n
	return j.Keep(more)
}

// spotsOf returns where the rows of b came from.
func spotsOf(j *pipeline.Job, b *value.Batch) func(row int) aggregate.Spot {
	if !b.InText() {
		return nil
	}
	var origin *value.Origin
	return func(row int) aggregate.Spot {
		if b.Form() == value.FormLines {
			b.ToSpans() // of which each is found at once
		}
		o, lines := j.PlaceOf(b, int(b.Row(row).Off))
		if origin == nil || *origin != o {
			origin = &o
		}
		return aggregate.Spot{Origin: origin, Lines: int32(lines)}
	}
}
