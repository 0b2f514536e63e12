package stages

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"

	"mtpipe/pipeline"
	"mtpipe/value"
)

// rankStages are the totals that choose among values by their order.
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
