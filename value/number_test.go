package value

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func TestArithmetic(t *testing.T) {
	big := func(s string) Value {
		v, ok := ParseNumber([]byte(s))
		if !ok {
			t.Fatalf("%s is no number", s)
		}
		return v
	}
	noon := Time(time.Date(2024, 1, 1, 12, 0, 0, 0, time.UTC))
	rows := []struct {
		name string
		op   func(a, b Value) (Value, error)
		a, b Value
		want string // the kind and the text, or the error
	}{
		{"small", Add, Int(2), Int(3), "int 5"},
		{"negative", Add, Int(2), Int(-3), "int -1"},
		{"nothing", Add, Int(math.MaxInt64), Int(0), "int 9223372036854775807"},
		{"over the top", Add, Int(math.MaxInt64), Int(1), "integer 9223372036854775808"},
		{"under the bottom", Add, Int(math.MinInt64), Int(-1), "integer -9223372036854775809"},
		{"back into 64 bits", Sub, big("9223372036854775808"), Int(1), "int 9223372036854775807"},
		{"sub over the top", Sub, Int(0), Int(math.MinInt64), "integer 9223372036854775808"},
		{"text", Add, TextOf(" 07"), TextOf("1.5"), "float 8.5"},
		{"spelled", Add, Number("0.10"), Number("0.2"), "float 0.30000000000000004"},
		{"large text", Mul, TextOf("123456789012345678901"), TextOf("10"), "integer 1234567890123456789010"},
		{"mul", Mul, Int(1 << 32), Int(1 << 32), "integer 18446744073709551616"},
		{"mul least", Mul, Int(math.MinInt64), Int(-1), "integer 9223372036854775808"},
		{"mul exact least", Mul, Int(math.MinInt64 / 2), Int(2), "int -9223372036854775808"},
		{"div exact", Div, Int(7), Int(7), "int 1"},
		{"div", Div, Int(10), Int(4), "float 2.5"},
		{"div least", Div, Int(math.MinInt64), Int(-1), "integer 9223372036854775808"},
		{"div large exact", Div, big("1000000000000000000000"), Int(10), "integer 100000000000000000000"},
		{"div large rounds once", Div, Int(9007199254740993), Int(2), "float 4503599627370496"},
		{"div zero", Div, Int(1), Int(0), "division by zero"},
		{"div float zero", Div, Float(1), Float(0), "division by zero"},
		{"mod zero", Mod, Int(1), Int(0), "division by zero"},
		{"mod float zero", Mod, Float(1), Int(0), "division by zero"},
		{"mod sign", Mod, Int(-7), Int(3), "int -1"},
		{"mod divisor sign", Mod, Int(7), Int(-3), "int 1"},
		{"mod float", Mod, Float(-7.5), Int(2), "float -1.5"},
		{"mod large", Mod, big("10000000000000000000001"), Int(10), "int 1"},
		{"pow", Pow, Int(2), Int(100), "integer 1267650600228229401496703205376"},
		{"pow negative", Pow, Int(2), Int(-2), "float 0.25"},
		{"pow of minus one", Pow, Int(-1), big("100000000000000000001"), "int -1"},
		{"pow zero", Pow, Int(0), Int(0), "int 1"},
		{"pow zero negative", Pow, Int(0), Int(-1), "division by zero"},
		{"pow too large", Pow, Int(10), Int(1 << 40), "number too large: it has more than 4300 digits"},
		{"pow not real", Pow, Int(-8), Float(0.5), "the result is not a real number"},
		{"float overflow", Mul, Float(1e308), Float(10), "number too large"},
		{"text beyond float", Add, TextOf("1e400"), Int(1), "number too large"},
		{"infinity stays", Add, Float(math.Inf(1)), Int(1), "float +Inf"},
		{"null", Add, Null, Int(1), "null "},
		{"number and null", Sub, Float(1.5), Null, "null "},
		{"nulls", Pow, Null, Null, "null "},
		{"empty field", Mul, EmptyField, Int(2), "null "},
		{"empty text", Mul, TextOf(""), Int(2), `"" is not a number`},
		{"number and empty field", Div, Int(2), EmptyField, "null "},
		{"null as a divisor", Mod, Int(2), Null, "null "},
		{"empty string", Add, String(""), Int(2), `"" is not a number`},
		{"null and word", Mul, Null, TextOf("abc"), `"abc" is not a number`},
		{"word and null", Mul, TextOf("abc"), Null, `"abc" is not a number`},
		{"null and bool", Mul, Null, Bool(true), `true is not a number`},
		{"word", Mul, Int(1), TextOf("abc"), `"abc" is not a number`},
		{"string of digits", Add, Int(1), String("7"), `"7" is not a number`},
		{"long text", Add, Int(1), TextOf(strings.Repeat("é", 50)), `"` + strings.Repeat("é", 40) + `…" is not a number`},
		{"bool", Add, Bool(true), Int(1), "true is not a number"},
		{"time and duration", Add, noon, Duration(time.Hour), "time 2024-01-01T13:00:00Z"},
		{"duration and time", Add, Duration(time.Hour), noon, "time 2024-01-01T13:00:00Z"},
		{"time less duration", Sub, noon, Duration(time.Hour), "time 2024-01-01T11:00:00Z"},
		{"time less time", Sub, noon, noon, "duration 0s"},
		{"time less far time", Sub, noon, Time(time.Time{}), "number too large"},
		{"time and time", Add, noon, noon, "time + time has no meaning"},
		{"time and number", Add, noon, Int(1), "time + int has no meaning"},
		{"time and null", Add, noon, Null, "null "},
		{"null and duration", Mul, Null, Duration(time.Hour), "null "},
		{"durations", Add, Duration(time.Hour), Duration(time.Minute), "duration 1h1m0s"},
		{"duration overflow", Add, Duration(math.MaxInt64), Duration(1), "number too large"},
		{"duration times", Mul, Duration(time.Hour), TextOf("1.5"), "duration 1h30m0s"},
		{"times duration", Mul, Int(2), Duration(time.Hour), "duration 2h0m0s"},
		{"duration by number", Div, Duration(time.Hour), Int(4), "duration 15m0s"},
		{"duration by duration", Div, Duration(time.Hour), Duration(time.Minute), "int 60"},
		{"duration by zero", Div, Duration(time.Hour), Duration(0), "division by zero"},
		{"duration mod", Mod, Duration(time.Hour), Duration(25 * time.Minute), "duration 10m0s"},
	}
	for _, r := range rows {
		v, err := r.op(r.a, r.b)
		got := v.Kind().String() + " " + v.String()
		if err != nil {
			got = err.Error()
		}
		if got != r.want {
			t.Errorf("%s: got %s, want %s", r.name, got, r.want)
		}
	}
}

func TestNeg(t *testing.T) {
	for _, r := range []struct {
		v    Value
		want string
	}{
		{Int(5), "-5"}, {Int(math.MinInt64), "9223372036854775808"}, {Float(0.5), "-0.5"}, {TextOf("12"), "-12"},
		{Duration(time.Second), "-1s"}, {TextOf("x"), `"x" is not a number`}, {Null, ""}, {EmptyField, ""}, {TextOf(""), `"" is not a number`}, {String(""), `"" is not a number`},
	} {
		v, err := Neg(r.v)
		got := v.String()
		if err != nil {
			got = err.Error()
		}
		if got != r.want {
			t.Errorf("Neg(%s): got %s, want %s", r.v.Quote(), got, r.want)
		}
	}
}

// TestExact compares integer arithmetic near the limits of 64 bits with math/big.
func TestExact(t *testing.T) {
	edges := []int64{0, 1, -1, 2, -2, 3, 7, 1 << 31, 1<<31 - 1, -1 << 31, 1 << 32, 1 << 53, 1<<53 + 1, math.MaxInt64, math.MaxInt64 - 1, math.MinInt64, math.MinInt64 + 1}
	for range 100 {
		edges = append(edges, int64(rand.Uint64())>>rand.IntN(64))
	}
	for _, a := range edges {
		for _, b := range edges {
			x, y := big.NewInt(a), big.NewInt(b)
			check := func(name string, op func(a, b Value) (Value, error), want *big.Int) {
				v, err := op(Int(a), Int(b))
				if err != nil || v.String() != want.String() {
					t.Fatalf("%s of %d and %d: got %s and error %v, want %s", name, a, b, v, err, want)
				}
			}
			check("Add", Add, new(big.Int).Add(x, y))
			check("Sub", Sub, new(big.Int).Sub(x, y))
			check("Mul", Mul, new(big.Int).Mul(x, y))
			if b == 0 {
				continue
			}
			check("Mod", Mod, new(big.Int).Rem(x, y))
			v, err := Div(Int(a), Int(b))
			f, _ := new(big.Rat).SetFrac(x, y).Float64()
			if want := Float(f); err != nil || Compare(v, want) != 0 && v.Kind() == KindFloat {
				t.Fatalf("Div of %d and %d: got %s and error %v, want %s", a, b, v, err, want)
			}
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	for name, v := range map[string]Value{"int": Int(7), "text": TextOf("1234"), "float": Float(2.5)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Add(v, Int(1)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
