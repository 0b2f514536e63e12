package expression

import (
	"math"
	"math/big"
	"slices"

	"mtpipe/internal/aggregate"
	"mtpipe/value"
)

// numberFunctions work on numbers, or on lists of them, in any mixture and depth.
var numberFunctions = []function{
	{entry{"int(number, base?)", "the number without its fraction; text that spells one is one, also to a base from 2 to 36", "[int(`-3.9`), int(`ff`, 16), int(`0b101`, 2)]", "[-3,255,5]"}, ofNumber(toInt)},
	{entry{"to_base(number, base)", "the whole number as digits to a base from 2 to 36", "to_base(255, 16)", `"ff"`}, ofNumber(toBase)},
	{entry{"float(number)", "the number as a float", "float(`1e3`)", "1000"}, ofNumber(toFloat)},
	{entry{"abs(number)", "its distance from 0", "abs(-2.5)", "2.5"}, ofNumber(abs)},
	{entry{"ceil(number, digits?)", "the next whole number above, or with so many decimal places", "ceil(2.1)", "3"}, ofNumber(rounded(math.Ceil, upwards))},
	{entry{"floor(number, digits?)", "the next below", "floor(-2.15, 1)", "-2.2"}, ofNumber(rounded(math.Floor, downwards))},
	{entry{"round(number, digits?)", "the nearest, halves away from 0, as the number is written in decimal; with -2 digits in hundreds", "[round(2.5), round(2.675, 2), round(1250, -2)]", "[3,2.68,1300]"}, ofNumber(rounded(math.Round, halfAway))},
	{entry{"round_even(number, digits?)", "the nearest, halves to the even digit", "[round_even(2.5), round_even(0.125, 2)]", "[2,0.12]"}, ofNumber(rounded(math.RoundToEven, halfEven))},
	{entry{"trunc(number, digits?)", "the number without its fraction, or with so many decimal places", "trunc(-2.19, 1)", "-2.1"}, ofNumber(rounded(math.Trunc, towardsZero))},
	{entry{"min(number, ...)", "the smallest, of numbers and of lists of them", "min([3, 1], 2)", "1"}, extreme(-1)},
	{entry{"max(number, ...)", "the largest", "max([3, 1], 2)", "3"}, extreme(1)},
	{entry{"sum(list, EXPR?)", "the sum of the elements, or of what EXPR makes of each", "sum([1, 2, 3], # * #)", "14"}, sumAll},
	{entry{"mean(number, ...)", "the mean of numbers and of lists of them", "mean([1, 2], 6)", "3"}, mean},
	{entry{"median(number, ...)", "the number in the middle", "median([7, 1, 3])", "3"}, median},
}

// ofNumber makes a function of one number give null for null.
func ofNumber(do func([]value.Value) (value.Value, error)) func([]value.Value) (value.Value, error) {
	return func(args []value.Value) (value.Value, error) {
		if args[0].IsNull() {
			return value.Null, nil
		}
		return do(args)
	}
}

// number returns v as a number; a text that spells one is one here, typed or not.
func number(v value.Value) (value.Value, error) {
	n, ok := v.Numeric()
	if v.Kind() == value.KindString {
		n, ok = value.ParseNumber(v.Bytes())
	}
	if !ok {
		return value.Null, &value.NotNumberError{Value: v}
	}
	return n, nil
}

// toInt drops the fraction of a number.
func toInt(args []value.Value) (value.Value, error) {
	if len(args) > 1 {
		return fromBase(args[0], args[1])
	}
	n, err := number(args[0])
	if err != nil || n.Kind() != value.KindFloat {
		return n, err
	}
	return whole(math.Trunc(n.AsFloat()), args[0])
}

// whole returns f, which has no fraction, as an integer.
func whole(f float64, from value.Value) (value.Value, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return value.Null, &kindError{from, "a finite number"}
	}
	if math.Abs(f) < 1<<53 {
		return value.Int(int64(f)), nil
	}
	i, _ := big.NewFloat(f).Int(nil)
	return value.Big(i), nil
}

func toFloat(args []value.Value) (value.Value, error) {
	n, err := number(args[0])
	if err != nil {
		return value.Null, err
	}
	return value.Mul(n, value.Float(1))
}

func abs(args []value.Value) (value.Value, error) {
	v := args[0]
	if v.Kind() == value.KindDuration {
		if v.AsDuration() < 0 {
			return value.Neg(v)
		}
		return v, nil
	}
	n, ok := v.Numeric()
	if !ok {
		return value.Null, &value.NotNumberError{Value: v}
	}
	if n.Kind() == value.KindFloat {
		return value.Float(math.Abs(n.AsFloat())), nil
	}
	if value.Compare(n, value.Int(0)) < 0 {
		return value.Neg(n)
	}
	return n, nil
}

// rounded makes a function that rounds to a whole number, or to decimal places by places.
func rounded(round func(float64) float64, places rounding) func([]value.Value) (value.Value, error) {
	return func(args []value.Value) (value.Value, error) {
		n, ok := args[0].Numeric()
		switch {
		case ok && len(args) > 1:
			return toPlaces(n, args[1], places)
		case !ok:
			return value.Null, &value.NotNumberError{Value: args[0]}
		case n.Kind() == value.KindFloat:
			return whole(round(n.AsFloat()), args[0])
		}
		return n, nil
	}
}

// numbers calls use with every argument that is not null, and so with the elements of arguments
// that are lists.
func numbers(args []value.Value, use func(value.Value) error) error {
	return spread(args, func(v value.Value) error {
		if v.IsNull() {
			return nil
		}
		return use(v)
	})
}

// spread calls use with every argument, and with the elements of arguments that are lists.
func spread(args []value.Value, use func(value.Value) error) error {
	for _, a := range args {
		var err error
		if a.Kind() == value.KindList {
			err = spread(a.AsList(), use)
		} else {
			err = use(a)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// extreme makes min (sign is -1) and max (sign is 1); they pass nulls over, and of nothing they are
// null.
func extreme(sign int) func([]value.Value) (value.Value, error) {
	return func(args []value.Value) (value.Value, error) {
		var best value.Value
		first := true
		err := numbers(args, func(v value.Value) error {
			if first {
				best, first = v, false
				return nil
			}
			c, err := order(v, best)
			if err == nil && c*sign > 0 {
				best = v
			}
			return err
		})
		return best, err
	}
}

func sumAll(args []value.Value) (value.Value, error) {
	if args[0].Kind() != value.KindList {
		return value.Null, &kindError{args[0], "a list"}
	}
	return sum(args[0].AsList())
}

// sum adds up numbers, or durations, and passes nulls over. The result does not depend on their
// order.
func sum(vs []value.Value) (value.Value, error) {
	if slices.ContainsFunc(vs, value.Value.IsNull) {
		vs = slices.DeleteFunc(slices.Clone(vs), value.Value.IsNull)
	}
	if len(vs) > 0 && vs[0].Kind() == value.KindDuration {
		total := vs[0]
		for _, v := range vs[1:] {
			var err error
			if total, err = value.Add(total, v); err != nil {
				return value.Null, err
			}
		}
		return total, nil
	}
	var t aggregate.Total
	for _, v := range vs {
		if err := t.Add(v); err != nil {
			return value.Null, err
		}
	}
	return t.Sum()
}

// mean passes nulls over; of nothing it is null.
func mean(args []value.Value) (value.Value, error) {
	var t aggregate.Total
	if err := numbers(args, t.Add); err != nil {
		return value.Null, err
	}
	return t.Mean()
}

// median passes nulls over; of nothing it is null, of an even number of values it is the mean of the two in the
// middle.
func median(args []value.Value) (value.Value, error) {
	var all []value.Value
	err := numbers(args, func(v value.Value) error {
		n, ok := v.Numeric()
		if !ok {
			return &value.NotNumberError{Value: v}
		}
		all = append(all, n)
		return nil
	})
	if err != nil || len(all) == 0 {
		return value.Null, err
	}
	slices.SortFunc(all, value.Compare)
	middle := len(all) / 2
	if len(all)%2 == 1 {
		return all[middle], nil
	}
	return mean(all[middle-1 : middle+1])
}
