package value

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// TestNumbers compares the quick way to read a number with ParseNumber.
func TestNumbers(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	texts := []string{"", "-", "+", ".", "-.", "1.", ".5", "-0", "-0.0", "+7", "1..2", "1e5", " 1", "0x1", "--1", "1-",
		"9007199254740993.0", "9007199254740992.0", "999999999999999999", "9999999999999999999", "-999999999999999999", "00000000000000000001"}
	for _, c := range "/:.-+ \x80\xff\x1e" { // in each place
		for n := range 10 {
			for i := range n + 1 {
				texts = append(texts, "123456789"[:i]+string(c)+"987654321"[:n-i], "999999999"[:i]+string([]byte{byte(c)})+"000000000"[:n-i])
			}
		}
	}
	for range 200_000 {
		b := make([]byte, rng.IntN(12))
		for i := range b {
			b[i] = "0123456789.-+e "[min(rng.IntN(17), 14)]
		}
		texts = append(texts, string(b), fmt.Sprintf("%.*f", rng.IntN(8), rng.NormFloat64()*math.Pow10(rng.IntN(8))))
	}
	var empty Numbers
	if empty.Read([]Value{Null, EmptyField, EmptyField.Clone()}); !empty.Only(KindNull) {
		t.Errorf("got %v for nulls", empty.Kinds)
	}
	for _, s := range texts {
		var n Numbers
		n.Read([]Value{TextOf(s)})
		want, ok := ParseNumber([]byte(s))
		if !ok || want.Kind() == KindFloat && math.IsInf(want.AsFloat(), 0) {
			if !n.Only(KindError) {
				t.Fatalf("%q: got %v, want it to be bad", s, n.At(0))
			}
			continue
		}
		if got := n.At(0); got != want && Compare(got, want) != 0 || got.Kind() != want.Kind() || got.String() != want.String() {
			t.Fatalf("%q: got %v, want %v", s, got, want)
		}
	}
}

func BenchmarkNumbers(b *testing.B) {
	for _, form := range []string{"%d", "%.2f"} {
		b.Run(form, func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 2))
			col := make([]Value, 4096)
			for i := range col {
				if form == "%d" {
					col[i] = TextOf(fmt.Sprintf(form, rng.IntN(100_000)))
				} else {
					col[i] = TextOf(fmt.Sprintf(form, rng.Float64()*1000))
				}
			}
			var n Numbers
			for b.Loop() {
				n.Read(col)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(col)), "ns/row")
		})
	}
}
