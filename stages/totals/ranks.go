package totals

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"mtpipe/internal/aggregate"
	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/stages/each"
	"mtpipe/value"
)

// rankStages are the totals that choose among values by their order.
func rankStages() []*pipeline.Stage {
	return []*pipeline.Stage{
		pipeline.DefineCombine(pipeline.Doc{
			Name:  "min",
			Safe:  true,
			Short: "Puts the smallest value",
			Long: `Numbers go by their size, other text by its bytes; numbers and other text together are
an error. The value keeps its spelling; of equals, the first is put. Nulls are passed
over. Without a value, nothing is put.` + manyHelp,
		}, newExtremum("min", -1)),
		pipeline.DefineCombine(pipeline.Doc{
			Name:  "max",
			Safe:  true,
			Short: "Puts the largest value",
			Long: `Numbers go by their size, other text by its bytes; numbers and other text together are
an error. The value keeps its spelling; of equals, the first is put. Nulls are passed
over. Without a value, nothing is put.` + manyHelp,
		}, newExtremum("max", 1)),
		defineTotal(pipeline.Doc{
			Name:  "median",
			Safe:  true,
			Short: "Puts the number in the middle",
			Trait: pipeline.Retains,
			Long: `Of an even count it is the mean of the two in the middle. Nulls are passed over. Without
a number, nothing is put.

` + sketchHelp,
		}, func(a *totalArgs) *reduction {
			return newReduction(a.Of.Expr, func() aggregate.State { return &aggregate.Quantiles{P: big.NewRat(1, 2)} })
		}),
		pipeline.DefineCombine(pipeline.Doc{
			Name:  "percentile",
			Safe:  true,
			Short: "Puts the number below which P percent lie",
			Trait: pipeline.Retains,
			Long: `The percentile of n numbers in order stands at place 1 + (n-1)·P/100; between two places
it lies on the straight line from one number to the other. Percentile 50 is the median,
0 the smallest number, 100 the largest. For several P a record is put, with the fields
p50, p99 and so on. Nulls are passed over. Without a number, nothing is put. With --nearest
it is one of the numbers, by the nearest rank: the smallest that at least P percent of all are
not larger than. --of /PATTERN/ puts a record with the percentiles of all fields whose names the
regular expression matches, called FIELD_p50 and so on.

` + sketchHelp,
		}, func(j *pipeline.Job, a *percentileArgs) *total[*reduction] {
			items := make([]groupItem, len(a.P))
			for i, p := range a.P {
				items[i] = groupItem{function: "percentile", fraction: p.fraction, nearest: a.Nearest, suffix: "p" + p.text}
			}
			return start(j, &a.Of, func() *reduction { return newPercentiles(a) }, items...)
		}),
	}
}

const sketchHelp = `Keeps all numbers in memory, 8 bytes each. Beyond the stage's share of --max-memory it keeps
a sketch of them instead (DDSketch), and says so on standard error: results are then within
1 percent of a number that stands at the place.`

type extremumArgs struct {
	Of each.Operand `arg:"expr?" help:"what to take of each value, or a pattern between slashes: /^x_/; without it, the value itself"`
}

// Conflicts says that a value may not go with those before it.
func (*extremumArgs) Conflicts() bool { return true }

// extremum is the partial of min and max. When the first error ends the run, values that do not go
// together are found at the end; else each that does not go with the first one is rejected when
// it comes.
type extremum struct {
	reduction
	kinds []firstOfKind // that do not go together
}

// firstOfKind is the first value of those that go together.
type firstOfKind struct {
	class value.Kind
	seq   int64
	nth   int // of those that one partial has found, which has all of the rows at seq
	v     value.Value
	where *pipeline.DataError // its place
}

// newExtremum returns what makes the partial of min or max.
func newExtremum(name string, sign int) func(*pipeline.Job, *extremumArgs) *total[*extremum] {
	return func(j *pipeline.Job, a *extremumArgs) *total[*extremum] {
		return start(j, &a.Of, func() *extremum {
			e := &extremum{reduction: *newReduction(a.Of.Expr, func() aggregate.State { return aggregate.NewExtremes(sign) })}
			e.result = e.put
			if j.TellsEach() {
				e.check = newClasses(0, []int{0}).check
			}
			return e
		}, groupItem{function: name})
	}
}

// Add takes in the rows of a batch.
func (e *extremum) Add(j *pipeline.Job, b *value.Batch, seq int64) error {
	if err := e.reduction.Add(j, b, seq); err != nil {
		return err
	}
	if e.check != nil {
		return nil
	}
	for i := 0; i < len(e.col.Values) && len(e.kinds) < e.state.(*aggregate.Extremes).Classes(0); i++ {
		v := e.col.Values[i]
		class := aggregate.ClassOf(v)
		if v.IsNull() || slices.ContainsFunc(e.kinds, func(k firstOfKind) bool { return k.class == class }) {
			continue
		}
		e.kinds = append(e.kinds, firstOfKind{class, seq, len(e.kinds), v.Clone(), placeOf(j, b, i)})
	}
	return nil
}

// placeOf returns an error without a message about row i of b.
func placeOf(j *pipeline.Job, b *value.Batch, i int) *pipeline.DataError {
	e := new(pipeline.DataError)
	if !b.InText() {
		return e
	}
	if b.Form() == value.FormLines {
		for s := range b.Rows() {
			if i == 0 {
				errors.As(j.BadRow(b, s, nil), &e)
				return e
			}
			i--
		}
	}
	errors.As(j.BadRow(b, b.Row(i), nil), &e)
	return e
}

// Merge takes in another part of the input.
func (e *extremum) Merge(_ *pipeline.Job, o *extremum) error {
	for _, theirs := range o.kinds {
		i := slices.IndexFunc(e.kinds, func(k firstOfKind) bool { return k.class == theirs.class })
		switch {
		case i < 0:
			e.kinds = append(e.kinds, theirs)
		case theirs.seq < e.kinds[i].seq:
			e.kinds[i] = theirs
		}
	}
	return e.state.Merge(o.state, nil)
}

// Snapshot returns an extremum with what this one has.
func (e *extremum) Snapshot(j *pipeline.Job) (*extremum, bool) {
	r, ok := e.reduction.Snapshot(j)
	if !ok {
		return nil, false
	}
	s := &extremum{*r, slices.Clone(e.kinds)}
	s.result = s.put
	return s, true
}

// put puts the best value. Those that do not go with the first one are an error about the
// first of them.
func (e *extremum) put(j *pipeline.Job, s aggregate.State) error {
	best, err := s.Result(0)
	if err != nil {
		slices.SortFunc(e.kinds, func(a, b firstOfKind) int { return cmp.Or(cmp.Compare(a.seq, b.seq), cmp.Compare(a.nth, b.nth)) })
		kept, bad := e.kinds[0], e.kinds[1]
		bad.where.Err = &aggregate.ConflictError{Kept: kept.v, Bad: bad.v}
		return bad.where
	}
	if !best.IsNull() {
		j.Put(best)
	}
	return nil
}

type percentileArgs struct {
	P  []percent    `arg:"p...+" help:"which percentiles, from 0 to 100"`
	Of each.Operand `opt:"of" help:"what to take of each value, or a pattern between slashes: /^x_/; without it, the value itself"`

	Nearest bool `opt:"nearest" help:"put one of the numbers: the smallest that at least P percent are not larger than"`
}

// read returns the percentile of all numbers.
func (a *percentileArgs) read(s aggregate.State, p percent) value.Value {
	if a.Nearest {
		return s.(*aggregate.Quantiles).Nearest(0, p.fraction)
	}
	return s.(*aggregate.Quantiles).At(0, p.fraction)
}

// percent is a number from 0 to 100, as it was written and as a fraction of 1.
type percent struct {
	text     string
	fraction *big.Rat
}

// SetArg reads the number.
func (p *percent) SetArg(text string, _ func(string) (string, bool)) error {
	hundred := big.NewRat(100, 1)
	_, isNumber := value.ParseNumber([]byte(text)) // SetString takes fractions and more
	r, ok := new(big.Rat).SetString(text)
	if !isNumber || !ok || r.Sign() < 0 || r.Cmp(hundred) > 0 {
		return fmt.Errorf("must be a number from 0 to 100, not %s", syntax.Quote(text))
	}
	p.text, p.fraction = text, r.Quo(r, hundred)
	return nil
}

func newPercentiles(a *percentileArgs) *reduction {
	r := newReduction(a.Of.Expr, func() aggregate.State { return &aggregate.Quantiles{P: a.P[0].fraction} })
	if len(a.P) == 1 {
		r.result = func(j *pipeline.Job, s aggregate.State) error {
			if v := a.read(s, a.P[0]); !v.IsNull() {
				j.Put(v)
			}
			return nil
		}
		return r
	}
	r.result = func(j *pipeline.Job, s aggregate.State) error {
		names, vals := make([]string, len(a.P)), make([]value.Value, len(a.P))
		for i, p := range a.P {
			names[i], vals[i] = "p"+p.text, a.read(s, p)
		}
		if !vals[0].IsNull() {
			j.Put(value.Rec(value.NewRecord(value.NewShape(names...), vals...)))
		}
		return nil
	}
	return r
}
