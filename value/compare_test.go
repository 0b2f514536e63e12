package value

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"
)

// maker returns a random value of one kind; depth bounds what lists and records hold.
type maker func(r *rand.Rand, depth int) Value

var integers = []int64{0, 1, -1, 2, 9, 10, 1 << 53, 1<<53 + 1, -(1 << 53), math.MaxInt64, math.MinInt64}

var texts = []string{"", "a", "b", "ab", "é", "1", "01", "1.0", "1e0", " 1 ", "x1", "nan", "9007199254740993", "18446744073709551616", "A", "null"}

func jsonKinds(r *rand.Rand, depth int) Value {
	switch r.IntN(9) {
	case 0:
		return Null
	case 1:
		return Bool(r.IntN(2) == 1)
	case 2:
		return Int(integers[r.IntN(len(integers))])
	case 3:
		return Float([]float64{0, math.Copysign(0, -1), 1, 0.5, -2.5, 1 << 53, 1 << 63, 1e30, 1e300, 1e-300}[r.IntN(10)])
	case 4:
		return Big(new(big.Int).Lsh(big.NewInt(int64(r.IntN(5)-2)), uint(62+r.IntN(4))))
	case 5:
		return String(texts[r.IntN(len(texts))])
	case 6:
		return Number([]string{"1", "1.0", "1e0", "0.5", "-0", "1e30", "1e300", "18446744073709551616"}[r.IntN(8)])
	case 7:
		var list []Value
		for range r.IntN(3) * min(depth, 1) {
			list = append(list, random(r, depth-1, jsonKinds))
		}
		return List(list)
	}
	names := []string{"a", "b", "c"}[:r.IntN(3)*min(depth, 1)]
	rec := NewRecord(NewShape())
	for _, name := range names {
		rec = rec.With(name, random(r, depth-1, jsonKinds))
	}
	return Rec(rec)
}

// allKinds is everything, untyped text too.
func allKinds(r *rand.Rand, depth int) Value {
	switch r.IntN(8) {
	case 0:
		return Float([]float64{math.NaN(), math.Inf(1), math.Inf(-1)}[r.IntN(3)])
	case 1, 2:
		if r.IntN(6) == 0 {
			return EmptyField
		}
		return TextOf(texts[r.IntN(len(texts))])
	case 3:
		return Time(time.Unix(int64(r.IntN(3)), 0).In(time.FixedZone("", 3600*r.IntN(3))))
	case 4:
		return Duration(time.Duration(r.IntN(4) - 2))
	case 5:
		return []Value{Error(errors.New("a")), Error(errors.New("b")), Any(1), Any("a"), Any(nil)}[r.IntN(5)]
	case 6:
		if depth > 0 {
			return List([]Value{random(r, depth-1, allKinds)})
		}
	}
	return jsonKinds(r, depth)
}

func random(r *rand.Rand, depth int, make maker) Value { return make(r, depth) }

func show(v Value) string { return fmt.Sprintf("%v %s", v.Kind(), v.AppendJSON(nil)) }

// TestCompare_TotalOrder checks the laws of an order on random values of all kinds.
func TestCompare_TotalOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 60 {
		var vs []Value
		for range 30 {
			vs = append(vs, random(r, 2, allKinds))
		}
		for _, a := range vs {
			if Compare(a, a) != 0 || Compare(a, a.Clone()) != 0 {
				t.Fatalf("%s differs from itself", show(a))
			}
			for _, b := range vs {
				ab := Compare(a, b)
				if ab < -1 || ab > 1 || Compare(b, a) != -ab {
					t.Fatalf("%s, %s: got %d and %d", show(a), show(b), ab, Compare(b, a))
				}
				for _, c := range vs {
					if bc := Compare(b, c); ab <= 0 && bc <= 0 && Compare(a, c) != min(ab, bc) {
						t.Fatalf("%s <= %s <= %s, got %d", show(a), show(b), show(c), Compare(a, c))
					}
				}
			}
		}
	}
}

// TestCompare_Ranks checks the order between kinds: each row sorts behind the one before.
func TestCompare_Ranks(t *testing.T) {
	shape := func(names ...string) *Shape { return NewShape(names...) }
	order := []Value{
		Null, Bool(false), Bool(true),
		Float(math.NaN()), Float(math.Inf(-1)), wide("-99999999999999999999"), Int(math.MinInt64), Int(-1), TextOf("-0.5"), Int(0),
		Float(5e-324), TextOf("0.1"), Int(1), TextOf(" 1.5"), Number("2"), Int(1 << 53), Int(1<<53 + 1), Float(1<<53 + 2),
		Int(math.MaxInt64), Float(1 << 63), wide("9223372036854775809"), Float(1e300), Float(math.Inf(1)),
		TextOf(""), String("1"), TextOf("A"), TextOf("a"), String("ab"), TextOf("b"), TextOf("é"),
		Time(time.Unix(0, 0)), Time(time.Unix(0, 1)), Duration(-1), Duration(5),
		List(nil), List([]Value{Int(1)}), List([]Value{Int(1), Null}), List([]Value{Int(2)}),
		Rec(NewRecord(shape())), Rec(NewRecord(shape("a"), Int(1))), Rec(NewRecord(shape("a", "b"), Int(1), Null)),
		Rec(NewRecord(shape("a"), Int(2))), Rec(NewRecord(shape("b"), Int(0))),
		Error(errors.New("a")), Error(errors.New("b")), Any("a"), Any("b"),
	}
	for i, a := range order {
		for j, b := range order {
			if got, want := Compare(a, b), max(-1, min(1, i-j)); got != want {
				t.Errorf("%s, %s: got %d, want %d", show(a), show(b), got, want)
			}
		}
	}
	for _, same := range [][2]Value{
		{Null, EmptyField}, {EmptyField, EmptyField.Terminated()}, {TextOf(""), String("")}, {Int(1), Float(1)}, {Int(1), TextOf("1.0")}, {Float(1), Number("1e0")}, {TextOf("01"), TextOf(" 1")},
		{String("a"), TextOf("a")}, {Float(1 << 63), wide("9223372036854775808")}, {Float(math.NaN()), Float(math.NaN())},
		{Int(0), Float(math.Copysign(0, -1))}, {Time(time.Unix(5, 0).UTC()), Time(time.Unix(5, 0).In(time.FixedZone("x", 60)))},
	} {
		if got := Compare(same[0], same[1]); got != 0 {
			t.Errorf("%s, %s: got %d, want 0", show(same[0]), show(same[1]), got)
		}
	}
}

// TestCompare_NumbersAreExact compares with arithmetic that rounds nothing.
func TestCompare_NumbersAreExact(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	exact := func(v Value) *big.Rat {
		if v.Kind() == KindFloat {
			return new(big.Rat).SetFloat64(v.AsFloat())
		}
		return new(big.Rat).SetInt(bigOf(v))
	}
	near := func() Value {
		i := new(big.Int).Lsh(big.NewInt(int64(r.IntN(3)-1)), uint(50+r.IntN(20)))
		i.Add(i, big.NewInt(int64(r.IntN(5)-2)))
		if r.IntN(2) == 0 {
			return Big(i)
		}
		f, _ := new(big.Float).SetInt(i).Float64()
		return Float(f + float64(r.IntN(3))/2)
	}
	for range 50_000 {
		a, b := near(), near()
		if got, want := Compare(a, b), exact(a).Cmp(exact(b)); got != want {
			t.Fatalf("%s, %s: got %d, want %d", show(a), show(b), got, want)
		}
	}
}

// TestOrderedBits wants bits in the order of floats, and the floats back.
func TestOrderedBits(t *testing.T) {
	floats := []float64{math.NaN(), math.Inf(-1), -math.MaxFloat64, -1, -math.SmallestNonzeroFloat64, 0, 1e-300, 1, math.Inf(1)}
	for i, f := range floats {
		if got := OrderedFloat(OrderedBits(f)); math.Float64bits(got) != math.Float64bits(f) && f == f {
			t.Errorf("got %v back, want %v", got, f)
		}
		if i > 0 && OrderedBits(floats[i-1]) >= OrderedBits(f) {
			t.Errorf("got the bits of %v not below that of %v", floats[i-1], f)
		}
	}
}
