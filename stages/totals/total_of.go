package totals

import (
	"mtpipe/pipeline"
	"mtpipe/stages/each"
	"mtpipe/value"
)

// manyHelp is what help says of patterns.
const manyHelp = `

/PATTERN/ puts a record with the result for each field whose name the regular expression matches,
called FIELD_AGG as group_by calls it: sum /^ms_/ gives ms_read_sum and ms_write_sum. Of no record
at all, nothing is put then.`

// start returns the partial of a stage that takes o: what one makes of the expression, or that of
// group_by for the same aggregates of all fields that match.
func start[P pipeline.Partial[P]](j *pipeline.Job, o *each.Operand, one func() P, functions ...groupItem) *total[P] {
	if o.Many == nil {
		return &total[P]{one: one()}
	}
	for i := range functions {
		f := &functions[i]
		if f.many = o.Many; f.suffix == "" {
			f.suffix = f.function
		}
	}
	return &total[P]{many: newGroupBy(j, &groupByArgs{Items: functions})}
}

// defineTotal declares a stage that is an aggregate of group_by, too, by its name.
func defineTotal(doc pipeline.Doc, one func(*totalArgs) *reduction) *pipeline.Stage {
	doc.Long += manyHelp
	return pipeline.DefineCombine(doc, func(j *pipeline.Job, a *totalArgs) *total[*reduction] {
		return start(j, &a.Of, func() *reduction { return one(a) }, groupItem{function: doc.Name})
	})
}

// total is the partial of a stage that puts one result: of an expression, or, as group_by does, a
// record with the results of all fields that match a pattern.
type total[P pipeline.Partial[P]] struct {
	one  P
	many *grouping // nil without a pattern
}

// Add takes in the rows of a batch.
func (t *total[P]) Add(j *pipeline.Job, b *value.Batch, seq int64) error {
	if t.many != nil {
		return t.many.Add(j, b, seq)
	}
	return t.one.Add(j, b, seq)
}

// Merge takes in another part of the input.
func (t *total[P]) Merge(j *pipeline.Job, o *total[P]) error {
	if t.many != nil {
		return t.many.Merge(j, o.many)
	}
	return t.one.Merge(j, o.one)
}

// Snapshot returns a total with what this one has.
func (t *total[P]) Snapshot(j *pipeline.Job) (*total[P], bool) {
	if t.many != nil {
		g, ok := t.many.Snapshot(j)
		return &total[P]{many: g}, ok
	}
	s, ok := any(t.one).(pipeline.Snapshotter[P])
	if !ok {
		return nil, false
	}
	one, ok := s.Snapshot(j)
	return &total[P]{one: one}, ok
}

// Put puts the result.
func (t *total[P]) Put(j *pipeline.Job) error {
	if t.many != nil {
		return t.many.Put(j)
	}
	return t.one.Put(j)
}

// Finish is that of the grouping.
func (t *total[P]) Finish(j *pipeline.Job) error {
	if t.many != nil {
		return t.many.Finish(j)
	}
	return nil
}

// Close is that of the grouping.
func (t *total[P]) Close() {
	if t.many != nil {
		t.many.Close()
	}
}
