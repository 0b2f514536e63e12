package tables

import (
	"fmt"
	"slices"
	"strings"

	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/stages/each"
	"mtpipe/value"
)

func stepStage() *pipeline.Stage {
	return each.Ways(pipeline.Doc{
		Name:  "step",
		Safe:  true,
		Short: "Adds what a field is beside the record before",
		Trait: pipeline.Ordered | pipeline.Retains,
		Long: `WHAT is one or more of these; the new field is called FIELD_WHAT:
  delta    the difference to the value before; of the first it is 0
  shift    the value before; of the first it is null
  ratio    the value divided by the one before; of the first it is null
  cumsum   the sum of the values so far
  ewma     the mean of the values so far, the latest of which weigh most: --alpha of the
           value and the rest of the mean before
  rank     the value's place among its neighbours, which come in order: equal ones share one
With --by, each record is compared with the one before it that has the same fields NAME, and
what was last is kept for each of these. A field that is null is passed over: what is added is
null then. /PATTERN/ does this for each field whose name the regular expression matches, but for
those of --by.`,
	}, step)
}

type stepArgs struct {
	Field stepField  `arg:"field" help:"the field, an expression, or a pattern between slashes: /^x_/"`
	What  []stepKind `arg:"what...+" help:"delta, shift, ratio, cumsum, ewma or rank"`
	By    []string   `opt:"by" names:"yes" help:"NAME: apart for each value of this field; may be repeated"`
	Alpha float64    `opt:"alpha" default:"0.5" min:"0" max:"1" help:"the weight of the latest value in ewma"`
}

// stepField is a field, perhaps with a colon before what is added.
type stepField struct{ each.Operand }

// SetArg reads the field.
func (f *stepField) SetArg(text string, lookup func(string) (string, bool)) error {
	return f.Operand.SetArg(strings.TrimSuffix(text, ":"), lookup)
}

// stepKind is what is added.
type stepKind string

var stepKinds = []string{"delta", "shift", "ratio", "cumsum", "ewma", "rank"}

// SetArg reads the kind.
func (k *stepKind) SetArg(text string, _ func(string) (string, bool)) error {
	if !slices.Contains(stepKinds, text) {
		return fmt.Errorf("must be %s or %s, not %s", strings.Join(stepKinds[:len(stepKinds)-1], ", "), stepKinds[len(stepKinds)-1], syntax.Quote(text))
	}
	*k = stepKind(text)
	return nil
}

// NamesAfter returns the names of the input and those of what is added.
func (a *stepArgs) NamesAfter(in []string) []string { return a.Field.NamesWith(in, a.By, a.names) }

// names returns those of what is added for a field.
func (a *stepArgs) names(field string) (names []string) {
	for _, k := range a.What {
		names = append(names, field+"_"+string(k))
	}
	return names
}

// numbers reports whether the kind computes with numbers.
func (k stepKind) numbers() bool { return k != "shift" && k != "rank" }

// memory is what a kind knows of the records of one key.
type memory struct {
	n    int64       // values so far
	last value.Value // that came, as a number where the kind computes with them
	acc  value.Value // the sum, the mean or the rank
}

// next returns the memory after v, which is the number x where the kind computes with them, and what is added
// to the record of v.
func (m memory) next(k stepKind, v, x value.Value, alpha float64) (after memory, added value.Value, err error) {
	if k.numbers() {
		v = x
	}
	after = memory{m.n + 1, v, m.acc}
	first := m.n == 0
	switch {
	case k == "shift":
		return after, m.last, nil
	case k == "rank":
		if first || value.Compare(v, m.last) != 0 {
			after.acc = value.Int(after.n)
		}
		return after, after.acc, nil
	case k == "delta" && first:
		return after, value.Int(0), nil
	case k == "delta":
		added, err = value.Sub(v, m.last)
		return after, added, err
	case k == "ratio" && first:
		return after, value.Null, nil
	case k == "ratio":
		added, err = value.Div(v, m.last)
		return after, added, err
	case first:
		after.acc = v
	case k == "cumsum":
		after.acc, err = value.Add(m.acc, v)
	default:
		after.acc, err = weighed(v, m.acc, alpha)
	}
	return after, after.acc, err
}

// weighed returns the mean of a value and the mean before it.
func weighed(v, before value.Value, alpha float64) (value.Value, error) {
	latest, err := value.Mul(v, value.Float(alpha))
	if err != nil {
		return value.Null, err
	}
	if before, err = value.Mul(before, value.Float(1-alpha)); err != nil {
		return value.Null, err
	}
	return value.Add(latest, before)
}

// steps is a step at work.
type steps struct {
	j       *pipeline.Job
	args    *stepArgs
	numbers bool // some kind computes with them
	fields  each.Operands[stepped]
	key     []byte
	parts   []value.Value // of the key

	added   []string         // the names of the columns that are added to a batch
	setting value.Projection // that adds them
	by      []*value.Column
	columns [][]value.Value
	used    []*track // in the batch
}

// stepped is what is kept of a field.
type stepped struct {
	names  []string // of what is added
	plans  []value.Projection
	tracks map[string]*track // by key
	track  *track            // that of the record, nil when its value is null
	next   []memory
	added  []value.Value
}

// track is what is known of a field in the records with the same key, by kind.
type track struct {
	kinds []memory
	used  bool // in the batch, whose text it may point into
}

func step(j *pipeline.Job, a *stepArgs, quick bool) error {
	s := &steps{j: j, args: a, parts: make([]value.Value, len(a.By))}
	s.numbers = slices.ContainsFunc(a.What, stepKind.numbers)
	s.fields = each.Operands[stepped]{Of: &a.Field.Operand, Keys: a.By, Make: s.field}
	return each.Records(j, quick, s.batch, s.record)
}

// fieldSize is about what a field takes that a pattern matches.
const fieldSize = 500

// field returns what is kept of a field that comes for the first time.
func (s *steps) field(name string) (*stepped, error) {
	n := len(s.args.What)
	f := &stepped{names: s.args.names(name), plans: make([]value.Projection, n), tracks: make(map[string]*track), next: make([]memory, n), added: make([]value.Value, n)}
	for i, to := range f.names {
		f.plans[i] = value.Setting(to)
	}
	return f, s.j.Keep(int64(fieldSize + n*(len(name)+fieldSize)))
}

// record puts a record with what is added. One that is wrong changes nothing.
func (s *steps) record(r *value.Record) error {
	fields, err := s.fields.In(r.Shape())
	if err != nil {
		return err
	}
	vals, err := s.fields.Values(r)
	if err != nil {
		return err
	}
	for i, name := range s.args.By {
		s.parts[i], _ = r.Get(name)
	}
	s.key = value.List(s.parts).AppendKey(s.key[:0])
	for i, f := range fields {
		if err := s.step(f, vals[i].Clone()); err != nil {
			return err
		}
	}
	for _, f := range fields {
		f.know()
		for i := range f.plans {
			r = f.plans[i].Apply(r, f.added[i])
		}
	}
	s.j.Put(value.Rec(r))
	return nil
}

// batch puts the records of b before one that is wrong, and returns their number.
func (s *steps) batch(b *value.Batch) (rows int) {
	fields, cols, ok := s.fields.Columns(s.j, b)
	if !ok {
		return 0
	}
	s.by = s.by[:0]
	for _, name := range s.args.By {
		s.by = append(s.by, b.Column(name))
	}
	s.begin(fields)
	for rows < b.Len() && s.row(fields, cols, rows) == nil {
		rows++
	}
	for _, t := range s.used {
		t.used = false
		for i := range t.kinds {
			t.kinds[i].last = t.kinds[i].last.Clone()
		}
	}
	clear(s.used)
	s.used = s.used[:0]
	if rows == 0 {
		return 0
	}
	out := b
	if rows < b.Len() {
		out = b.Part(0, rows)
	}
	out.Own()
	s.setting.ApplyAll(out, s.columns...)
	s.j.PutSome(out)
	return rows
}

// begin makes the columns that are added to a batch.
func (s *steps) begin(fields []*stepped) {
	var names []string
	for _, f := range fields {
		names = append(names, f.names...)
	}
	if s.setting.Plan == nil || !slices.Equal(names, s.added) {
		s.added, s.setting, s.columns = names, value.Setting(names...), make([][]value.Value, len(names))
	}
	for i := range s.columns {
		s.columns[i] = s.columns[i][:0]
	}
}

// row adds row i to the columns. One that is wrong changes nothing.
func (s *steps) row(fields []*stepped, cols []*value.Column, i int) error {
	for k, c := range s.by {
		s.parts[k] = c.Values[i]
	}
	s.key = value.List(s.parts).AppendKey(s.key[:0])
	for k, f := range fields {
		if err := s.step(f, cols[k].Values[i]); err != nil {
			return err
		}
	}
	n := 0
	for _, f := range fields {
		f.know()
		if f.track != nil && !f.track.used {
			f.track.used = true
			s.used = append(s.used, f.track)
		}
		for _, v := range f.added {
			s.columns[n] = append(s.columns[n], v)
			n++
		}
	}
	return nil
}

// know takes over what the record has changed.
func (f *stepped) know() {
	if f.track != nil {
		copy(f.track.kinds, f.next)
	}
}

// step computes what v adds to its record, and what is known after it.
func (s *steps) step(f *stepped, v value.Value) (err error) {
	clear(f.added)
	if f.track = nil; v.IsNull() {
		return nil
	}
	track, err := s.track(f)
	if err != nil {
		return err
	}
	var x value.Value
	if s.numbers {
		if x, err = value.NumberOf(v); err != nil {
			return err
		}
	}
	for i, k := range s.args.What {
		if f.next[i], f.added[i], err = track.kinds[i].next(k, v, x, s.args.Alpha); err != nil {
			return err
		}
	}
	f.track = track
	return nil
}

// trackSize is about what a key takes in the map, which has room for twice as many while it grows.
const trackSize = 220

// track returns what is known of a field in the records with the same key.
func (s *steps) track(f *stepped) (*track, error) {
	t := f.tracks[string(s.key)]
	if t == nil {
		t = &track{kinds: make([]memory, len(s.args.What))}
		size := int64(len(s.key) + trackSize + 100*len(t.kinds))
		if err := s.j.Keep(size); err != nil {
			_ = s.j.Keep(-size)
			return nil, err
		}
		f.tracks[string(s.key)] = t
	}
	return t, nil
}
