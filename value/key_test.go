package value

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// TestAppendKey_Random checks that values which Compare finds the same have the same key, and
// others have others. Text is left out, since it counts by its spelling, and so are floats that
// are not exact.
func TestAppendKey_Random(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	var vs []Value
	for range 400 {
		if v := random(r, 2, allKinds); !holds(v, func(v Value) bool {
			return v.IsText() || v.Kind() == KindFloat && math.Abs(v.AsFloat()) > 1<<53 || v.Kind() == KindNumber && strings.Contains(v.Str(), "e3")
		}) {
			vs = append(vs, v)
		}
	}
	for _, a := range vs {
		for _, b := range vs {
			same := string(a.AppendKey(nil)) == string(b.AppendKey(nil))
			if want := Compare(a, b) == 0; same != want {
				t.Fatalf("%s, %s: got the same key %v, want %v", show(a), show(b), same, want)
			}
		}
	}
}

// holds reports whether v is so, or has a part that is.
func holds(v Value, is func(Value) bool) bool {
	switch v.Kind() {
	case KindList:
		for _, e := range v.AsList() {
			if holds(e, is) {
				return true
			}
		}
	case KindRecord:
		for i := range v.AsRecord().Len() {
			if holds(v.AsRecord().At(i), is) {
				return true
			}
		}
	}
	return is(v)
}

func TestAppendKey(t *testing.T) {
	rows := []struct {
		name string
		a, b Value
		same bool
	}{
		{"spelling", TextOf("1"), TextOf("1.0"), false},
		{"zeros of text", TextOf("007"), TextOf("7"), false},
		{"text and number", TextOf("7"), Number("7"), true},
		{"text and number with a point", TextOf("7"), Number("7.0"), true},
		{"text with zeros and number", TextOf("007"), Number("7"), false},
		{"exponent of text", TextOf("1234e10"), Number("12340000000000"), false},
		{"exponent of a number", TextOf("12340000000000"), Number("1234e10"), true},
		{"text and computed number", TextOf("7"), Int(7), true},
		{"text and string", TextOf("a"), String("a"), true},
		{"string and number", String("7"), Int(7), true},
		{"int and float", Int(3), Float(3), true},
		{"large number", Number("12345678901234567890"), TextOf("12345678901234567890"), true},
		{"large numbers", Number("12345678901234567890"), Number("12345678901234567891"), false},
		{"large number and integer", Number("12345678901234567890.0"), wide("12345678901234567890"), true},
		{"fraction", Number("0.1"), Float(0.1), true},
		{"fraction and text", Number("0.10"), TextOf("0.1"), true},
		{"long fractions", Number("0.1"), Number("0.1000000000000000055511151231257827"), false},
		{"small number", Number("1e-7"), TextOf("0.0000001"), true},
		{"small float", Float(1e-7), TextOf("0.0000001"), true},
		{"large float", Float(1e22), TextOf("10000000000000000000000"), true},
		{"float as it is printed", Float(1 << 70), Number("1.1805916207174113e21"), true},
		{"zeros", Number("-0.00"), Int(0), true},
		{"float zeros", Float(math.Copysign(0, -1)), Number("0e7"), true},
		{"negative", Number("-12.50"), TextOf("-12.5"), true},
		{"huge exponents", Number("1e999999999"), Number("10E999999998"), true},
		{"other huge exponents", Number("1e999999999"), Number("1e999999998"), false},
		{"beyond floats", Number("1e400"), Number("2e400"), false},
		{"beyond integers", Number("1e99999999999999999999"), Number("1e99999999999999999998"), false},
		{"zones", Time(time.Unix(1, 0).UTC()), Time(time.Unix(1, 0).In(time.FixedZone("", 3600))), true},
		{"bool and text", Bool(true), TextOf("true"), true},
		{"null and its text", List([]Value{Null}), List([]Value{String("null")}), false},
		{"split", List([]Value{String("ab"), String("c")}), List([]Value{String("a"), String("bc")}), false},
		{"inner numbers", List([]Value{Number("1.0")}), List([]Value{Int(1)}), true},
		{"list and its text", List([]Value{Int(1)}), TextOf("[1]"), false},
		{"empty field", EmptyField, Null, true},
		{"empty field and text", EmptyField, TextOf(""), false},
		{"empty text and string", TextOf(""), String(""), true},
		{"empty text", TextOf(""), Null, false},
		{"empty string", String(""), Null, false},
		{"nan", Float(math.NaN()), Float(math.NaN()), true},
	}
	for _, row := range rows {
		if got := string(row.a.AppendKey(nil)) == string(row.b.AppendKey(nil)); got != row.same {
			t.Errorf("%s: got the same key %v, want %v: %q %q", row.name, got, row.same, row.a.AppendKey(nil), row.b.AppendKey(nil))
		}
	}
}

// TestAppendKey_Decimal compares the canonical text of numbers with that of rational numbers.
func TestAppendKey_Decimal(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		b := []byte("-")[:r.IntN(2)]
		b = append(b, "0"...)
		if r.IntN(4) > 0 {
			b[len(b)-1] = "123456789"[r.IntN(9)]
			for range r.IntN(12) {
				b = append(b, "0000123456789"[r.IntN(13)])
			}
		}
		if r.IntN(2) == 0 {
			b = append(b, '.')
			for range 1 + r.IntN(8) {
				b = append(b, "00000123"[r.IntN(8)])
			}
		}
		if r.IntN(2) == 0 {
			b = append(append(append(b, "eE"[r.IntN(2)]), []string{"", "+", "-"}[r.IntN(3)]...), "0123456789"[r.IntN(10)])
		}
		exact, ok := new(big.Rat).SetString(string(b))
		if !ok {
			t.Fatalf("%s is no number", b)
		}
		want := "t" + exact.FloatString(40)
		want = strings.TrimSuffix(strings.TrimRight(want, "0"), ".")
		if got := string(Number(string(b)).AppendKey(nil)); got != want {
			t.Fatalf("%s: got %s, want %s", b, got, want)
		}
	}
}
