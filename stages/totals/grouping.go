package totals

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"mtpipe/internal/aggregate"
	"mtpipe/pipeline"
	"mtpipe/value"
)

// aggregated is a field that is computed of a group's rows.
type aggregated struct {
	name   string
	state  int // which of the states it comes from; -1: it is how many rows there are
	result func(s aggregate.State, group int) (value.Value, error)
}

// accumulated is a state that a grouping needs, from which several fields may come.
type accumulated struct {
	expr int // which of the grouping's expressions it takes in
	make func() aggregate.State
}

// grouping is the partial of stages that make a record of each group of rows with equal keys.
type grouping struct {
	keys       int // the first of the columns
	makers     []accumulated
	aggregates []aggregated
	shape      *value.Shape // of the results: the keys, then the aggregates

	exprs []pipeline.Expr
	lines bool            // rows of text are keys themselves, and only counted
	cols  []*value.Column // of each expression
	rows  []int32         // the group of each row
	table
	top       *ranking // that takes the records of the largest groups, which only are put; or nil
	unchecked int      // rows since the memory was looked at
	spilled   *spilled
	failed    failedGroup // of those in files
	inexact   bool
	wide      *wide    // of aggregates of all fields with such names; nil without them
	classes   *classes // of the values of min and max, when each that is wrong is told; or nil
}

// table is the groups with what their aggregates have made of them.
type table struct {
	groups *aggregate.Groups
	counts *aggregate.Counts // of rows
	states []aggregate.State
}

// newGrouping returns a grouping by the first keys of the expressions.
func newGrouping(names []string, exprs []pipeline.Expr, keys int, makers []accumulated, aggregates []aggregated) *grouping {
	for _, a := range aggregates {
		names = append(names, a.name)
	}
	g := &grouping{keys: keys, makers: makers, aggregates: aggregates, shape: value.NewShape(names...), exprs: exprs,
		lines: keys == 1 && len(exprs) == 1 && exprs[0].It() && len(makers) == 0}
	g.groups = aggregate.NewGroups(keys)
	g.reset()
	return g
}

// reset forgets all rows.
func (g *grouping) reset() {
	g.table = table{groups: g.groups.Anew(), counts: new(aggregate.Counts)}
	for _, m := range g.makers {
		g.states = append(g.states, m.make())
	}
}

// Add takes in the rows of a batch.
func (g *grouping) Add(j *pipeline.Job, b *value.Batch, seq int64) error {
	if g.lines && b.IsText() {
		g.addText(b, seq)
		return g.check(j, len(g.rows))
	}
	if g.wide != nil {
		if err := g.seeFields(j, b, seq); err != nil {
			return err
		}
	}
	cols, end := j.CheckedColumns(b, g.bad, g.exprs...)
	g.cols = cols
	if end != nil || b.Len() == 0 { // all of them were wrong
		return end
	}
	g.find(b.Len(), seq) // what is left out makes no group, and no group come first
	g.counts.AddRows(g.rows)
	spots := spotsOf(j, b)
	for i, s := range g.states {
		if s, ok := s.(*aggregate.Extremes); ok && g.classes == nil {
			s.Spot = spots
		}
		s.Add(g.rows, g.columnOf(i), seq)
	}
	if err := g.classes.keep(j); err != nil {
		return err
	}
	return g.check(j, len(g.rows))
}

// addText counts rows of text, which are keys themselves.
func (g *grouping) addText(b *value.Batch, seq int64) {
	if b.Form() == value.FormLines {
		g.rows = g.groups.FindLines(b.Data(), seq, g.rows)
	} else {
		g.rows = g.groups.FindSpans(b.Data(), b.Spans(), seq, g.rows)
	}
	g.counts.Grow(g.groups.Len())
	g.counts.AddRows(g.rows)
}

// find finds the groups of n rows.
func (g *grouping) find(n int, seq int64) {
	g.rows = g.groups.Find(g.cols[:g.keys], n, seq, g.rows)
	g.counts.Grow(g.groups.Len())
	for _, s := range g.states {
		s.Grow(g.groups.Len())
	}
}

// columnOf returns what state i takes in.
func (g *grouping) columnOf(i int) *value.Column { return g.cols[g.makers[i].expr] }

// bad returns the rows that an aggregate cannot take in.
func (g *grouping) bad(cols []*value.Column, wrong []value.RowError) (bad []value.RowError) {
	for i, s := range g.states {
		bad = append(bad, aggregate.Check(s, cols[g.makers[i].expr])...)
	}
	if g.classes == nil {
		return bad
	}
	return append(bad, g.classes.check(cols, append(slices.Clone(wrong), bad...))...)
}

// Finish has nothing left to do but to bring groups that are in memory to the others.
func (g *grouping) Finish(j *pipeline.Job) error {
	if g.spilled == nil {
		return nil
	}
	return g.spill(j)
}

// Merge takes in another part of the input.
func (g *grouping) Merge(j *pipeline.Job, o *grouping) error {
	g.inexact = g.inexact || o.inexact
	if err := g.align(j, o); err != nil {
		return err
	}
	if g.spilled != nil || o.spilled != nil || g.bytes()+o.bytes() > j.Budget()/2 { // what is merged is there twice
		return g.mergeSpilled(j, o)
	}
	to := g.groups.Merge(o.groups)
	g.counts.Grow(g.groups.Len())
	if err := g.counts.Merge(o.counts, to); err != nil {
		return err
	}
	for i, s := range g.states {
		s.Grow(g.groups.Len())
		if err := s.Merge(o.states[i], to); err != nil {
			return err
		}
	}
	o.table = table{}
	return nil
}

// Snapshot returns a grouping with the same groups, unless some are in a file.
func (g *grouping) Snapshot(j *pipeline.Job) (*grouping, bool) {
	if g.spilled != nil || tooMuch(j, g.bytes()) {
		return nil, false
	}
	s := &grouping{keys: g.keys, makers: g.makers, aggregates: g.aggregates, shape: g.shape, exprs: g.exprs, inexact: g.inexact, wide: g.wide.clone()}
	if g.top != nil {
		s.top = &ranking{n: g.top.n, sign: g.top.sign}
	}
	s.groups = g.groups
	s.reset()
	var row []byte
	for i := range g.groups.Len() {
		row = g.appendGroup(row[:0], i)
		if _, err := s.readGroup(row); err != nil {
			return nil, false
		}
	}
	return s, true
}

// conflict returns the error of a group whose values do not go together, nil for none: the first
// error ends the run, or they would have been left out before.
func conflict(j *pipeline.Job, c *aggregate.ConflictError) error {
	switch {
	case c == nil:
		return nil
	case c.At.Origin == nil:
		return j.BadFrom(value.Origin{}, 0, c.Bad, c)
	}
	return j.BadFrom(*c.At.Origin, int(c.At.Lines), c.Bad, c)
}

// Put puts a record for each group, in the order in which they came first.
func (g *grouping) Put(j *pipeline.Job) error {
	if err := g.settle(); err != nil {
		return err
	}
	err := g.put(j)
	g.warn(j)
	return err
}

// warn says on standard error when results are not exact.
func (g *grouping) warn(j *pipeline.Job) {
	for _, s := range g.states {
		if s, ok := s.(aggregate.Shrinker); ok && s.Approximate() {
			g.inexact = true
		}
	}
	if g.inexact {
		warnOfSketch(j)
	}
}

func (g *grouping) put(j *pipeline.Job) error {
	if g.top != nil {
		return g.putTop(j)
	}
	return g.putEach(j, func(_ int64, v value.Value) error { j.Put(v); return nil })
}

// putEach calls put with the record of each group, and with the place where it came first, in order.
func (g *grouping) putEach(j *pipeline.Job, put func(first int64, v value.Value) error) error {
	if g.spilled != nil {
		return g.putSpilled(j, put)
	}
	for _, i := range g.groups.Order() {
		v, bad, err := g.record(int(i))
		if err == nil {
			err = conflict(j, bad)
		}
		if err == nil && !v.IsNull() {
			err = put(g.groups.First(int(i)), v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// putTop puts the records of the largest groups.
func (g *grouping) putTop(j *pipeline.Job) error {
	if g.spilled != nil {
		row := int64(0)
		err := g.putSpilled(j, func(_ int64, v value.Value) error {
			count, _ := v.AsRecord().Get("count")
			if e := (ranked{key: count, row: row}); g.top.wants(&e) {
				e.v = v.Clone()
				if err := g.top.take(j, e); err != nil {
					return err
				}
			}
			row++
			return nil
		})
		if err != nil {
			return err
		}
		return g.top.Put(j)
	}
	for i := range g.groups.Len() {
		count, err := g.counts.Result(i)
		if err != nil {
			return err
		}
		e := ranked{key: count, seq: g.groups.First(i)}
		if !g.top.wants(&e) {
			continue
		}
		var bad *aggregate.ConflictError
		if e.v, bad, err = g.record(i); err == nil {
			err = conflict(j, bad)
		}
		if err == nil && !e.v.IsNull() {
			err = g.top.take(j, e)
		}
		if err != nil {
			return err
		}
	}
	return g.top.Put(j)
}

// record returns the result of a group, null when it has no rows, and the first of its values that
// does not go with the others.
func (g *grouping) record(i int) (v value.Value, bad *aggregate.ConflictError, err error) {
	count, err := g.counts.Result(i)
	if err != nil || count.AsInt() == 0 {
		return value.Null, nil, err
	}
	fields := g.groups.Key(i, make([]value.Value, 0, len(g.shape.Names())))
	for _, a := range g.aggregates {
		v := count
		if a.state >= 0 {
			v, err = a.result(g.states[a.state], i)
			var conflict *aggregate.ConflictError
			if errors.As(err, &conflict) {
				bad = cmp.Or(bad, conflict)
			} else if err != nil {
				return value.Null, nil, fmt.Errorf("%s%s: %w", a.name, ofGroup(fields[:g.keys]), err)
			}
		}
		fields = append(fields, v)
	}
	return value.Rec(value.NewRecord(g.shape, fields...)), bad, nil
}

// ofGroup says in messages which group it is, by its keys.
func ofGroup(keys []value.Value) string {
	said := ""
	for i, k := range keys {
		said += [2]string{" of the group ", ", "}[min(i, 1)] + k.Quote()
	}
	return said
}

// Close removes temporary files.
func (g *grouping) Close() { g.spilled.close() }
