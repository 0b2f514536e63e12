package numbers

import (
	"errors"
	"fmt"
	"math/big"
	"strings"

	"mtpipe/pipeline"
	"mtpipe/value"
)

type seqArgs struct {
	First decimal  `arg:"first" help:"the first number, or LAST when it is the only argument"`
	Step  *decimal `arg:"step?" help:"what is added each time, or LAST when there are two arguments"`
	Last  *decimal `arg:"last?" help:"the last number"`
}

// decimal is a number with a fixed number of decimal places.
type decimal struct {
	n      *big.Int // in units of the last place
	places int
}

const mostPlaces = 1000 // of a number that is counted by

// SetArg reads the number.
func (d *decimal) SetArg(text string, _ func(string) (string, bool)) error {
	whole, fraction, point := strings.Cut(text, ".")
	n, ok := new(big.Int).SetString(strings.TrimPrefix(whole, "+")+fraction, 10)
	if !ok || point && fraction == "" || strings.HasPrefix(fraction, "-") || strings.ContainsAny(text[min(1, len(text)):], "+-_") {
		return fmt.Errorf("must be a number such as 3 or 0.25, not %s", value.TextOf(text).Quote())
	}
	if len(text) > mostPlaces {
		return fmt.Errorf("is too long: %s", value.TextOf(text).Quote())
	}
	*d = decimal{n, len(fraction)}
	return nil
}

// at returns d in units of the place with that number, which is no less than its own.
func (d decimal) at(places int) *big.Int {
	n := big.NewInt(10)
	n.Exp(n, big.NewInt(int64(places-d.places)), nil)
	return n.Mul(n, d.n)
}

// bounds returns the first number, the step and the last number.
func (a *seqArgs) bounds() (first, step, last decimal) {
	one := decimal{n: big.NewInt(1)}
	switch {
	case a.Last != nil:
		return a.First, *a.Step, *a.Last
	case a.Step != nil:
		first, last = a.First, *a.Step
		places := max(first.places, last.places)
		if last.at(places).Cmp(first.at(places)) < 0 {
			one.n = big.NewInt(-1)
		}
		return first, one, last
	}
	return one, one, a.First
}

// Check refuses a step that leads nowhere.
func (a *seqArgs) Check() error {
	if a.Last != nil && a.Step.n.Sign() == 0 {
		return &pipeline.ArgError{Arg: "step", Err: errors.New("step must not be 0")}
	}
	return nil
}

func putSeq(j *pipeline.Job, a *seqArgs) error {
	first, step, last := a.bounds()
	if first.places+step.places+last.places == 0 && first.n.IsInt64() && step.n.IsInt64() && last.n.IsInt64() {
		putWhole(j, first.n.Int64(), step.n.Int64(), last.n.Int64())
		return nil
	}
	places := max(first.places, step.places)
	all := max(places, last.places)
	n, by, end := first.at(all), step.at(all), last.at(all)
	for by.Sign()*n.Cmp(end) <= 0 {
		j.Put(decimalValue(n, all, places))
		n.Add(n, by)
	}
	return nil
}

// putWhole puts whole numbers.
func putWhole(j *pipeline.Job, first, step, last int64) {
	for n := first; step > 0 && n <= last || step < 0 && n >= last; {
		j.Put(value.Int(n))
		next := n + step
		if (next > n) != (step > 0) {
			return // past the last int64
		}
		n = next
	}
}

// decimalValue returns n units of the place with the number all as a number with places.
func decimalValue(n *big.Int, all, places int) value.Value {
	digits := new(big.Int).Abs(n).String()
	if missing := all + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	text := digits[:len(digits)-all]
	if places > 0 {
		text += "." + digits[len(digits)-all:][:places]
	}
	if n.Sign() < 0 {
		text = "-" + text
	}
	return value.Number(text)
}
