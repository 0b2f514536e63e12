package totals

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"

	"mtpipe/internal/aggregate"
	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/stages/each"
	"mtpipe/value"
)

func statsStage() *pipeline.Stage {
	return pipeline.DefineCombine(pipeline.Doc{
		Name:  "stats",
		Safe:  true,
		Short: "Describes each field of its input",
		Trait: pipeline.Retains,
		Long: `Puts a record for each field of records, in the order in which they were first seen, or for
those named, /PATTERN/ for all whose names the regular expression matches: how many values are not null, how many are null or missing, how many differ, the
smallest and the largest in the order of sort, and of fields in which all values are numbers
the mean, the standard deviation of a sample, the median and the numbers below which 25 and
75 percent lie (as percentile has them). What is no record is a field called value.

Beyond the stage's share of --max-memory, numbers in the middle come from a sketch, within
1 percent (DDSketch), and distinct is estimated, within about 1 percent in most cases;
standard error says so.`,
	}, func(_ *pipeline.Job, a *statsArgs) *summary { return newSummary(a.Names) })
}

type statsArgs struct {
	Names []each.Field `arg:"name..." help:"which fields, or a pattern between slashes: /^x_/; without it, all of them"`
}

// NamesAfter returns the names of what describes a field.
func (a *statsArgs) NamesAfter([]string) []string { return statsShape.Names() }

// summary is the partial of stats.
type summary struct {
	names   []each.Field // the fields that were asked for; none: all are described
	fields  []*fieldSummary
	index   map[string]*fieldSummary
	shapes  map[*value.Shape]int64 // the last batch that had records of a shape; of some shapes
	last    *value.Shape           // of the record before
	batch   int64                  // the number of the present one
	present []*fieldSummary        // of which there are values in the present batch
	records int64
	others  int64 // values that are no records
	seq     int64
	fresh   int64           // fields that are new at seq
	column  value.Column    // of values that are no records
	plains  []*fieldSummary // that describe those
	plain   []value.Value
	text    []value.Value
}

// fieldSummary describes a field.
type fieldSummary struct {
	key, name string
	place     int   // of the name among those that were asked for
	first     int64 // the place where it came first
	batch     int64 // the last one that had values of it
	plain     bool  // it stands for values that are no records
	other     bool  // there are values that are no numbers
	count     aggregate.Counts
	distinct  aggregate.Distincts
	low, high *aggregate.Extremes
	sums      aggregate.Sums
	deviation aggregate.Deviations
	middle    aggregate.Quantiles
}

// ownField is what stats calls values that are no records.
const ownField = "value"

func newSummary(names []each.Field) *summary {
	s := &summary{names: names, index: make(map[string]*fieldSummary), shapes: make(map[*value.Shape]int64)}
	for i, n := range names {
		if !n.IsPattern() && s.index[n.Name()] == nil {
			s.make(n.Name(), n.Name(), i)
		}
	}
	return s
}

// field returns the summary of a field, a new one if there is none, and nil when nobody asked for it.
func (s *summary) field(name string) *fieldSummary {
	if f := s.index[name]; f != nil {
		return f
	}
	if len(s.names) == 0 {
		return s.make(name, name, 0)
	}
	if at := slices.IndexFunc(s.names, func(n each.Field) bool { return n.Matches(name) }); at >= 0 {
		return s.make(name, name, at)
	}
	return nil
}

// own makes a summary of values that are no records, unless it was not asked for.
func (s *summary) own() {
	const key = "\x00" // no field has this name
	f := s.index[key]
	switch {
	case f == nil && len(s.names) == 0:
		f = s.make(key, ownField, 0)
	case f == nil && s.records == 0:
		f = s.index[ownField]
	}
	if f != nil && !f.plain {
		f.plain = true
		s.plains = append(s.plains, f)
	}
}

func (s *summary) make(key, name string, place int) *fieldSummary {
	f := &fieldSummary{key: key, name: name, place: place, first: s.seq<<freshBits | s.fresh, count: aggregate.Counts{NonNull: true},
		distinct: aggregate.Distincts{Sample: true}, low: aggregate.NewExtremes(-1), high: aggregate.NewExtremes(1)}
	f.low.Loose, f.high.Loose = true, true
	for _, state := range f.states() {
		state.Grow(1)
	}
	s.fresh++
	s.index[key] = f
	s.fields = append(s.fields, f)
	return f
}

const freshBits = 28 // of a place: which new field of the batch it is

// compare puts fields into the order in which they are described.
func (f *fieldSummary) compare(o *fieldSummary) int {
	return cmp.Or(cmp.Compare(f.place, o.place), cmp.Compare(f.first, o.first))
}

func (f *fieldSummary) states() []aggregate.State {
	return []aggregate.State{&f.count, &f.distinct, f.low, f.high, &f.sums, &f.deviation, &f.middle}
}

// Add takes in the rows of a batch. When many of them have fields of their own, the columns would
// be empty nearly everywhere, and it goes over few rows at a time.
func (s *summary) Add(j *pipeline.Job, b *value.Batch, seq int64) error {
	if !isMixed(b) {
		return s.add(j, b, seq)
	}
	rows := make([]int32, 0, fewRowsMixed)
	for i := range b.Len() {
		if rows = append(rows, int32(i)); len(rows) < fewRowsMixed && i < b.Len()-1 {
			continue
		}
		part := b.Pick(rows)
		err := s.add(j, part, seq)
		part.Release()
		if err != nil {
			return err
		}
		rows = rows[:0]
	}
	return nil
}

const fewRowsMixed = 64

// isMixed reports whether the records of b have more different shapes than fewRowsMixed.
func isMixed(b *value.Batch) bool {
	if b.Form() != value.FormRecords || b.Len() <= fewRowsMixed {
		return false
	}
	shapes := map[*value.Shape]bool{}
	var last *value.Shape
	rows := b.Records().Rows
	for i := range rows {
		if shape := rows[i].Shape; shape != last {
			if last, shapes[shape] = shape, true; len(shapes) > fewRowsMixed {
				return true
			}
		}
	}
	return false
}

// add is Add for rows that have most of their fields in common.
func (s *summary) add(j *pipeline.Job, b *value.Batch, seq int64) error {
	if seq != s.seq {
		s.seq, s.fresh = seq, 0
	}
	s.batch++
	s.last, s.present = nil, s.present[:0]
	own := s.split(b)
	s.others += int64(len(own))
	s.records += int64(b.Len() - len(own))
	if len(own) > 0 {
		s.own()
		s.column.Set(own)
		for _, f := range s.plains {
			f.add(&s.column, seq)
		}
	}
	for _, f := range s.present {
		if !f.plain {
			f.add(b.Column(f.name), seq)
		}
	}
	return s.check(j)
}

// split returns the rows of b that are no records, and makes fields of the records'.
func (s *summary) split(b *value.Batch) []value.Value {
	s.plain = s.plain[:0]
	switch b.Form() {
	case value.FormValues:
		for _, v := range b.Values() {
			if v.Kind() == value.KindRecord {
				s.learn(v.AsRecord().Shape())
			} else {
				s.plain = append(s.plain, v)
			}
		}
	case value.FormRecords:
		r := b.Records()
		for i := range r.Rows {
			if shape := r.Rows[i].Shape; shape != nil {
				s.learn(shape)
			} else {
				s.plain = append(s.plain, r.Value(i))
			}
		}
	default:
		s.text = b.AppendTexts(s.text[:0])
		return s.text
	}
	return s.plain
}

// learn makes fields of a shape's names, and notes that the batch has them.
func (s *summary) learn(shape *value.Shape) {
	if shape == s.last {
		return
	}
	s.last = shape
	batch, known := s.shapes[shape]
	if known && batch == s.batch {
		return
	}
	if known || len(s.shapes) < manyShapes {
		s.shapes[shape] = s.batch
	}
	for _, n := range shape.Names() {
		if f := s.field(n); f != nil && f.batch != s.batch {
			f.batch = s.batch
			s.present = append(s.present, f)
		}
	}
}

const manyShapes = 1000 // that are told apart by where they are

func (f *fieldSummary) add(c *value.Column, seq int64) {
	f.other = f.other || len(c.Numbers().Bad) > 0
	for _, state := range f.states() {
		if f.other && (state == &f.sums || state == &f.deviation || state == &f.middle) {
			continue // nobody wants to know
		}
		state.Add(nil, c, seq)
	}
}

// check makes the summaries smaller while they take too much memory.
func (s *summary) check(j *pipeline.Job) error {
	for range 64 {
		n := int64(0)
		for _, f := range s.fields {
			n += fieldMemory + f.distinct.Bytes() + f.middle.Bytes()
		}
		if n <= j.Budget()*3/4 { // what holds the values grows by copying
			return nil
		}
		smaller := false
		for _, f := range s.fields {
			smaller = f.distinct.Shrink() || smaller
			smaller = f.middle.Shrink() || smaller
		}
		if !smaller {
			if n > max(pipeline.LeastShare, j.Budget()) {
				return j.OverBudget("what it keeps of each field")
			}
			return nil
		}
	}
	return nil
}

const fieldMemory = 2 << 10 // of a field, besides its values

// Merge takes in another part of the input.
func (s *summary) Merge(_ *pipeline.Job, o *summary) error {
	s.records += o.records
	s.others += o.others
	for _, theirs := range o.fields {
		f := s.index[theirs.key]
		if f == nil {
			s.index[theirs.key] = theirs
			s.fields = append(s.fields, theirs)
			continue
		}
		f.first = min(f.first, theirs.first)
		f.other = f.other || theirs.other
		f.plain = f.plain || theirs.plain
		list := theirs.states()
		for i, state := range f.states() {
			if err := state.Merge(list[i], nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// Snapshot returns a summary of the same fields.
func (s *summary) Snapshot(j *pipeline.Job) (*summary, bool) {
	bytes := int64(0)
	for _, f := range s.fields {
		bytes += f.distinct.Bytes() + f.middle.Bytes()
	}
	if tooMuch(j, bytes) {
		return nil, false
	}
	c := newSummary(nil)
	c.names, c.records, c.others = s.names, s.records, s.others
	for _, f := range s.fields {
		o := c.make(f.key, f.name, f.place)
		o.first, o.plain, o.other = f.first, f.plain, f.other
		if o.plain {
			c.plains = append(c.plains, o)
		}
		from := f.states()
		for i, state := range o.states() {
			if aggregate.Copy(state, from[i], 1) != nil {
				return nil, false
			}
		}
	}
	return c, true
}

var statsShape = value.NewShape("field", "count", "nulls", "distinct", "min", "max", "mean", "stddev", "p25", "median", "p75")

// Put puts a record for each field.
func (s *summary) Put(j *pipeline.Job) error {
	if len(s.names) > 0 && s.records == 0 && s.others > 0 && len(s.plains) == 0 {
		return fmt.Errorf("no value is a record, so none has the field %s", syntax.Short(s.names[0].Name()))
	}
	numbers, distinct := false, false
	slices.SortFunc(s.fields, (*fieldSummary).compare)
	for _, f := range s.fields {
		numbers = numbers || f.middle.Approximate()
		distinct = distinct || f.distinct.Approximate()
		total := s.records
		if f.plain {
			total = s.others
		}
		j.Put(f.record(total))
	}
	if numbers {
		warnOfSketch(j)
	}
	if distinct {
		j.Warn("there are more different values than the memory allows: distinct is estimated")
	}
	return nil
}

// record describes the field, which total values could have had.
func (f *fieldSummary) record(total int64) value.Value {
	result := func(s aggregate.State) value.Value {
		v, err := s.Result(0)
		if err != nil { // there is no such number
			return value.Null
		}
		return v
	}
	count := result(&f.count)
	vals := make([]value.Value, len(statsShape.Names()))
	copy(vals, []value.Value{value.String(f.name), count, value.Int(total - count.AsInt()),
		result(&f.distinct), result(f.low), result(f.high)})
	if !f.other && count.AsInt() > 0 {
		if mean, err := f.sums.MeanOf(0); err == nil {
			vals[6] = mean
		}
		vals[7] = result(&f.deviation)
		for i, p := range []int64{1, 2, 3} {
			vals[8+i] = f.middle.At(0, big.NewRat(p, 4))
		}
	}
	return value.Rec(value.NewRecord(statsShape, vals...))
}
