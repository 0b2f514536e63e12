package stages

import (
	"cmp"
	"errors"
	"fmt"
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

func rankStages() []*pipeline.Stage {
	return []*pipeline.Stage{
		pipeline.Define(pipeline.Doc{
			Name:  "min",
			Short: "Puts the smallest value",
			Trait: pipeline.Combine,
			Long: `Numbers go by their size, other text by its bytes; numbers and other text together are
an error. The value keeps its spelling; of equals, the first is put. Nulls are passed
over. Without a value, nothing is put.`,
		}, func(j *pipeline.Job, a *totalArgs) error { return extreme(j, a, -1) }),
		pipeline.Define(pipeline.Doc{
			Name:  "max",
			Short: "Puts the largest value",
			Trait: pipeline.Combine,
			Long: `Numbers go by their size, other text by its bytes; numbers and other text together are
an error. The value keeps its spelling; of equals, the first is put. Nulls are passed
over. Without a value, nothing is put.`,
		}, func(j *pipeline.Job, a *totalArgs) error { return extreme(j, a, 1) }),
		pipeline.Define(pipeline.Doc{
			Name:  "median",
			Short: "Puts the number in the middle",
			Trait: pipeline.Global,
			Long: `Of an even count it is the mean of the two in the middle. Nulls are passed over. Without
a number, nothing is put. Keeps all numbers in memory.`,
		}, median),
		pipeline.Define(pipeline.Doc{
			Name:  "percentile",
			Short: "Puts the number below which P percent lie",
			Trait: pipeline.Global,
			Long: `The percentile of n numbers in order stands at place 1 + (n-1)·P/100; between two places
it lies on the straight line from one number to the other. Percentile 50 is the median,
0 the smallest number, 100 the largest. For several P a record is put, with the fields
p50, p99 and so on. Nulls are passed over. Without a number, nothing is put. Keeps all
numbers in memory.`,
		}, percentile),
	}
}

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

// extreme puts the largest value, or with sign -1 the smallest.
func extreme(j *pipeline.Job, a *totalArgs, sign int) error {
	e := &extremum{sign: sign}
	if a.Of.IsSet() {
		for v, err := range j.In() {
			if err != nil {
				return err
			}
			k, err := a.Of.Of(v)
			if err == nil {
				err = e.add(k)
			}
			if err != nil {
				return j.Bad(v, err)
			}
		}
	} else if err := e.addAll(j); err != nil {
		return err
	}
	if e.any {
		j.Put(e.best)
	}
	return nil
}

// extremum is the largest of the values added, or with sign -1 the smallest.
type extremum struct {
	sign     int
	any      bool
	best     value.Value // as it was spelled
	num      value.Value // best as a number
	isNumber bool
}

// addAll adds the values of the input, without making values of text.
func (e *extremum) addAll(j *pipeline.Job) error {
	for b, err := range j.Batches() {
		if err != nil {
			return err
		}
		if b.Form() == value.FormValues {
			for _, v := range b.Values() {
				if err := e.add(v); err != nil {
					return j.Bad(v, err)
				}
			}
			continue
		}
		for s, row := range b.Rows() {
			if err := e.add(value.Text(row)); err != nil {
				return j.BadRow(b, s, outliving(err))
			}
		}
	}
	return nil
}

// add adds v, which need not outlive the call.
func (e *extremum) add(v value.Value) error {
	if v.IsNull() {
		return nil
	}
	n, isNumber := v.Numeric()
	better := !e.any
	switch {
	case !e.any:
	case isNumber && !e.isNumber:
		return &value.NotNumberError{Value: e.best}
	case !isNumber && e.isNumber:
		return &value.NotNumberError{Value: v}
	case isNumber:
		better = value.Compare(n, e.num)*e.sign > 0
	case v.Kind() != e.best.Kind() && !(v.IsText() && e.best.IsText()):
		return fmt.Errorf("%s cannot be compared with %s", v.Quote(), e.best.Quote())
	default:
		better = value.Compare(v, e.best)*e.sign > 0
	}
	if better {
		e.any, e.best, e.num, e.isNumber = true, terminated(v.Clone()), n, isNumber
	}
	return nil
}

// terminated returns the text v as one that does not stand at the end of its input.
func terminated(v value.Value) value.Value {
	if v.Unterminated() {
		return value.Text(v.Bytes())
	}
	return v
}

func median(j *pipeline.Job, a *totalArgs) error {
	numbers, err := sortedNumbers(j, a.Of)
	if err != nil || len(numbers) == 0 {
		return err
	}
	j.Put(quantile(numbers, big.NewRat(1, 2)))
	return nil
}

// sortedNumbers returns all numbers of the input in order.
func sortedNumbers(j *pipeline.Job, e pipeline.Expr) ([]value.Value, error) {
	var numbers []value.Value
	err := eachNumber(j, e, func(n value.Value) error {
		numbers = append(numbers, n)
		return nil
	})
	slices.SortFunc(numbers, func(a, b value.Value) int {
		if a.Kind() == value.KindInt && b.Kind() == value.KindInt {
			return cmp.Compare(a.AsInt(), b.AsInt())
		}
		return value.Compare(a, b)
	})
	return numbers, err
}

// quantile returns the number that stands at the fraction p of the way through the sorted
// numbers, exactly if it is an integer, else as the nearest float.
func quantile(numbers []value.Value, p *big.Rat) value.Value {
	place := new(big.Rat).SetInt64(int64(len(numbers) - 1))
	place.Mul(place, p)
	index := int(new(big.Int).Quo(place.Num(), place.Denom()).Int64())
	rest := place.Sub(place, new(big.Rat).SetInt64(int64(index)))
	low := numbers[index]
	if rest.Sign() == 0 || value.Compare(low, numbers[index+1]) == 0 {
		return low
	}
	a, b := ratOf(low), ratOf(numbers[index+1])
	if a == nil || b == nil { // infinite, or NaN
		f, _ := rest.Float64()
		return value.Float(floatOf(low)*(1-f) + floatOf(numbers[index+1])*f)
	}
	b.Sub(b, a)
	a.Add(a, b.Mul(b, rest))
	if a.IsInt() && low.Kind() != value.KindFloat {
		return value.Big(a.Num())
	}
	f, _ := a.Float64()
	return value.Float(f)
}

func floatOf(v value.Value) float64 {
	switch v.Kind() {
	case value.KindInt:
		return float64(v.AsInt())
	case value.KindBig:
		f, _ := new(big.Float).SetInt(v.AsBig()).Float64()
		return f
	}
	return v.AsFloat()
}

type percentileArgs struct {
	P  []percent     `arg:"p...+" help:"which percentiles, from 0 to 100"`
	Of pipeline.Expr `opt:"of" help:"what to take of each value; without it, the value itself"`
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
		return fmt.Errorf("must be a number from 0 to 100, not %q", text)
	}
	p.text, p.fraction = text, r.Quo(r, hundred)
	return nil
}

func percentile(j *pipeline.Job, a *percentileArgs) error {
	numbers, err := sortedNumbers(j, a.Of)
	if err != nil || len(numbers) == 0 {
		return err
	}
	if len(a.P) == 1 {
		j.Put(quantile(numbers, a.P[0].fraction))
		return nil
	}
	names, vals := make([]string, len(a.P)), make([]value.Value, len(a.P))
	for i, p := range a.P {
		names[i], vals[i] = "p"+p.text, quantile(numbers, p.fraction)
	}
	j.Put(value.Rec(value.NewRecord(value.NewShape(names...), vals...)))
	return nil
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
