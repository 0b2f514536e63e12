package stages

import (
	"errors"
	"math"
	"math/big"
	"slices"

	"mtpipe/pipeline"
	"mtpipe/value"
)

// totals is the family of stages that make one value, or a few, of all their input.
func totals() pipeline.Family {
	return pipeline.Family{Name: "totals", Stages: slices.Concat(sumStages(), rankStages(), endStages())}
}

// sumStages are the totals that compute with all numbers.
func sumStages() []*pipeline.Stage {
	return []*pipeline.Stage{
		pipeline.Define(pipeline.Doc{
			Name:  "sum",
			Short: "Adds up numbers",
			Trait: pipeline.Combine,
			Long: `Integers are exact, however large; floats are added without rounding until the end, so
their order does not matter. Nulls are passed over, and the sum of nothing is 0.`,
		}, sum),
		pipeline.Define(pipeline.Doc{
			Name:  "mean",
			Short: "Puts the mean of numbers",
			Trait: pipeline.Combine,
			Long:  `Nulls are passed over. Without a number, nothing is put.`,
		}, mean),
		pipeline.Define(pipeline.Doc{
			Name:  "stddev",
			Short: "Puts the standard deviation of numbers",
			Trait: pipeline.Combine,
			Long: `It is that of a sample: the squares are divided by the count less one. Nothing is
rounded before the end. Nulls are passed over. Of fewer than two numbers nothing is put.`,
		}, stddev),
	}
}

// endStages choose a value by where it stands.
func endStages() []*pipeline.Stage {
	return []*pipeline.Stage{
		pipeline.Define(pipeline.Doc{
			Name:  "first",
			Short: "Passes on the first value",
			Trait: pipeline.Ordered,
			Long:  `Stops everything before it as soon as it has that value.`,
		}, first),
		pipeline.Define(pipeline.Doc{
			Name:  "last",
			Short: "Passes on the last value",
			Trait: pipeline.Ordered,
		}, last),
	}
}

type totalArgs struct {
	Of pipeline.Expr `arg:"expr?" help:"what to take of each value; without it, the value itself"`
}

// eachNumber calls add with the number that e gives for each value of the input. Nulls are
// passed over; anything else that is no number is an error.
func eachNumber(j *pipeline.Job, e pipeline.Expr, add func(value.Value) error) error {
	if !e.IsSet() {
		return eachOwnNumber(j, add)
	}
	for v, err := range j.In() {
		if err != nil {
			return err
		}
		n, err := e.Of(v)
		if err == nil && !n.IsNull() {
			err = addNumber(n, add)
		}
		if err != nil {
			return j.Bad(v, err)
		}
	}
	return nil
}

// eachOwnNumber does what eachNumber does with the values themselves, without making
// values of text.
func eachOwnNumber(j *pipeline.Job, add func(value.Value) error) error {
	for b, err := range j.Batches() {
		if err != nil {
			return err
		}
		if b.Form() == value.FormValues {
			for _, v := range b.Values() {
				if v.IsNull() {
					continue
				}
				if err := addNumber(v, add); err != nil {
					return j.Bad(v, err)
				}
			}
			continue
		}
		for s, row := range b.Rows() {
			if err := addNumber(value.Text(row), add); err != nil {
				return j.BadRow(b, s, outliving(err))
			}
		}
	}
	return nil
}

// outliving returns err without memory of the batch that it complains of.
func outliving(err error) error {
	var e *value.NotNumberError
	if errors.As(err, &e) {
		e.Value = e.Value.Clone()
	}
	return err
}

func addNumber(v value.Value, add func(value.Value) error) error {
	n, err := number(v)
	if err != nil {
		return err
	}
	return add(n)
}

// number returns v as a number. Text that stands for one beyond the floats is an error.
func number(v value.Value) (value.Value, error) {
	n, ok := v.Numeric()
	switch {
	case !ok:
		return value.Null, &value.NotNumberError{Value: v}
	case n.Kind() == value.KindFloat && math.IsInf(n.AsFloat(), 0) && v.Kind() != value.KindFloat:
		return value.Add(v, value.Int(0)) // says so
	}
	return n, nil
}

func sum(j *pipeline.Job, a *totalArgs) error {
	var total value.Total
	if err := eachNumber(j, a.Of, total.Add); err != nil {
		return err
	}
	v, err := total.Sum()
	if err != nil {
		return err
	}
	j.Put(v)
	return nil
}

func mean(j *pipeline.Job, a *totalArgs) error {
	var total value.Total
	if err := eachNumber(j, a.Of, total.Add); err != nil {
		return err
	}
	v, err := total.Mean()
	if err != nil || total.Count() == 0 {
		return err
	}
	j.Put(v)
	return nil
}

func stddev(j *pipeline.Job, a *totalArgs) error {
	var sum, squares value.Total
	err := eachNumber(j, a.Of, func(v value.Value) error {
		if err := addSquare(&squares, v); err != nil {
			return err
		}
		return sum.Add(v)
	})
	n := sum.Count()
	if err != nil || n < 2 {
		return err
	}
	// (squares - sum²/n) / (n-1)
	s, err := exactSum(&sum)
	if err != nil {
		return err
	}
	q, err := exactSum(&squares)
	if err != nil {
		return err
	}
	s.Mul(s, s)
	q.Sub(q, s.Quo(s, new(big.Rat).SetInt64(n)))
	f, _ := q.Quo(q, new(big.Rat).SetInt64(n-1)).Float64()
	j.Put(value.Float(math.Sqrt(f)))
	return nil
}

// addSquare adds the square of v to t without rounding it: that of a float is a float and
// what its rounding lost.
func addSquare(t *value.Total, v value.Value) error {
	square, err := value.Mul(v, v)
	if err != nil {
		return err
	}
	if v.Kind() == value.KindFloat {
		x := v.AsFloat()
		if err := t.Add(value.Float(math.FMA(x, x, -square.AsFloat()))); err != nil {
			return err
		}
	}
	return t.Add(square)
}

var errInfinite = errors.New("infinity and NaN have no standard deviation")

// exactSum takes the sum out of t with all its digits: each step takes the nearest float of
// what is left.
func exactSum(t *value.Total) (*big.Rat, error) {
	exact := new(big.Rat)
	for {
		v, err := t.Sum()
		if err != nil {
			return nil, err
		}
		part := ratOf(v)
		if part == nil {
			return nil, errInfinite
		}
		if part.Sign() == 0 {
			return exact, nil
		}
		exact.Add(exact, part)
		if v, err = value.Neg(v); err == nil {
			err = t.Add(v)
		}
		if err != nil {
			return nil, err
		}
	}
}

// ratOf returns the number v exactly, nil when it is infinite or NaN.
func ratOf(v value.Value) *big.Rat {
	switch v.Kind() {
	case value.KindInt:
		return new(big.Rat).SetInt64(v.AsInt())
	case value.KindBig:
		return new(big.Rat).SetInt(v.AsBig())
	}
	return new(big.Rat).SetFloat64(v.AsFloat())
}

type endArgs struct{}

func first(j *pipeline.Job, _ *endArgs) error {
	var v value.Value
	found := false
	for next, err := range j.In() {
		if err != nil {
			return err
		}
		v, found = next, true
		break // before the put, which may have to wait
	}
	if found {
		j.Put(v)
	}
	return nil
}

// last keeps the batch that came last, and of that the last row.
func last(j *pipeline.Job, _ *endArgs) error {
	var kept *value.Batch
	for b, err := range j.Batches() {
		if err != nil {
			return err
		}
		if kept != nil {
			kept.Release()
		}
		j.Own(b)
		kept = b
	}
	if kept != nil && kept.Len() > 0 {
		kept.Skip(kept.Len() - 1)
		j.PutBatch(kept)
	}
	return nil
}
