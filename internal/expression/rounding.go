package expression

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"

	"mtpipe/value"
)

// rounding says of a number that lies between the whole number low and the next further away from 0
// whether it becomes that: rest is how far beyond low it lies, negative on which side of 0.
type rounding func(low *big.Int, rest *big.Rat, negative bool) (up bool)

var half = big.NewRat(1, 2)

func halfAway(_ *big.Int, rest *big.Rat, _ bool) bool { return rest.Cmp(half) >= 0 }

func halfEven(low *big.Int, rest *big.Rat, _ bool) bool {
	c := rest.Cmp(half)
	return c > 0 || c == 0 && low.Bit(0) == 1
}

func towardsZero(*big.Int, *big.Rat, bool) bool { return false }

func upwards(_ *big.Int, rest *big.Rat, negative bool) bool { return !negative && rest.Sign() > 0 }

func downwards(_ *big.Int, rest *big.Rat, negative bool) bool { return negative && rest.Sign() > 0 }

const mostPlaces = 400 // more than any float64 has

// toPlaces rounds n, as it is written in decimal, to so many places after the point.
func toPlaces(n, places value.Value, round rounding) (value.Value, error) {
	p, ok := places.Numeric()
	if !ok || p.Kind() != value.KindInt || p.AsInt() > mostPlaces || p.AsInt() < -mostPlaces {
		return value.Null, fmt.Errorf("how many digits must be a whole number from -%d to %d, not %s", mostPlaces, mostPlaces, places.Quote())
	}
	digits := p.AsInt()
	if f, isFloat := n, n.Kind() == value.KindFloat; isFloat && (math.IsInf(f.AsFloat(), 0) || math.IsNaN(f.AsFloat())) || !isFloat && digits >= 0 {
		return n, nil
	}
	x, ok := new(big.Rat).SetString(n.String())
	if !ok {
		return value.Null, &value.NotNumberError{Value: n}
	}
	negative := x.Sign() < 0
	x.Abs(x)
	scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(max(digits, -digits)), nil))
	if digits < 0 {
		scale.Inv(scale)
	}
	x.Mul(x, scale)
	low := new(big.Int).Quo(x.Num(), x.Denom())
	if rest := new(big.Rat).Sub(x, new(big.Rat).SetInt(low)); round(low, rest, negative) {
		low.Add(low, big.NewInt(1))
	}
	if negative {
		low.Neg(low)
	}
	r := new(big.Rat).SetInt(low)
	r.Quo(r, scale)
	if n.Kind() != value.KindFloat {
		return value.Big(r.Num()), nil
	}
	f, _ := r.Float64()
	return value.Float(f), nil
}

var errBase = errors.New("a base must be a whole number from 2 to 36")

// baseOf returns the base that v is.
func baseOf(v value.Value) (int, error) {
	n, ok := v.Numeric()
	if !ok || n.Kind() != value.KindInt || n.AsInt() < 2 || n.AsInt() > 36 {
		return 0, fmt.Errorf("%w, not %s", errBase, v.Quote())
	}
	return int(n.AsInt()), nil
}

// basePrefixes are what may stand before the digits to a base.
var basePrefixes = map[int]string{2: "0b", 8: "0o", 16: "0x"}

// fromBase reads a whole number to a base.
func fromBase(text, base value.Value) (value.Value, error) {
	b, err := baseOf(base)
	if err != nil {
		return value.Null, err
	}
	digits := strings.TrimSpace(text.String())
	rest, negative := strings.CutPrefix(digits, "-")
	if prefix := basePrefixes[b]; prefix != "" && len(rest) > 2 && strings.EqualFold(rest[:2], prefix) {
		rest = rest[2:]
	}
	n, ok := new(big.Int), false
	if len(rest) <= value.MaxDigits && !strings.ContainsAny(rest, "+-_") {
		n, ok = n.SetString(rest, b)
	}
	if !ok {
		return value.Null, fmt.Errorf("%s is not a whole number to the base %d", text.Quote(), b)
	}
	if negative {
		n.Neg(n)
	}
	return value.Big(n), nil
}

// toBase writes a whole number to a base.
func toBase(args []value.Value) (value.Value, error) {
	b, err := baseOf(args[1])
	if err != nil {
		return value.Null, err
	}
	n, err := number(args[0])
	if err != nil {
		return value.Null, err
	}
	switch n.Kind() {
	case value.KindInt:
		return value.String(big.NewInt(n.AsInt()).Text(b)), nil
	case value.KindBig:
		return value.String(n.AsBig().Text(b)), nil
	}
	return value.Null, &kindError{args[0], "a whole number"}
}
