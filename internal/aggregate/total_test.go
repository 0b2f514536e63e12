package aggregate

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"mtpipe/value"
)

func TestTotal(t *testing.T) {
	rows := []struct {
		name      string
		in        []value.Value
		sum, mean string
	}{
		{"nothing", nil, "0", ""},
		{"integers", []value.Value{value.Int(1), value.Int(2)}, "3", "1.5"},
		{"beyond 64 bits", []value.Value{value.Int(math.MaxInt64), value.Int(math.MaxInt64), value.TextOf("1")}, "18446744073709551615", "6148914691236517205"},
		{"and back", []value.Value{value.Int(math.MaxInt64), value.Int(1), value.Int(math.MinInt64)}, "0", "0"},
		{"tenths", []value.Value{value.Float(0.1), value.Float(0.1), value.Float(0.1), value.Float(0.1), value.Float(0.1), value.Float(0.1), value.Float(0.1), value.Float(0.1), value.Float(0.1), value.Float(0.1)}, "1", "0.1"},
		{"cancelling", []value.Value{value.Float(1e100), value.Float(1), value.Float(-1e100)}, "1", "0.3333333333333333"},
		{"mixed", []value.Value{value.TextOf("9007199254740993"), value.Float(0.5)}, "9007199254740994", "4503599627370497"},
		{"over the top and back", []value.Value{value.Float(1e308), value.Float(1e308), value.Float(-1e308)}, "1e+308", "3.333333333333333e+307"},
		{"over the top", []value.Value{value.Float(1e308), value.Float(1e308)}, "number too large", "1e+308"},
		{"infinity", []value.Value{value.Float(math.Inf(1)), value.Float(1)}, "+Inf", "+Inf"},
		{"not a number", []value.Value{value.Int(1), value.TextOf("x")}, `"x" is not a number`, ""},
	}
	for _, r := range rows {
		var total Total
		var err error
		for _, v := range r.in {
			if err == nil {
				err = total.Add(v)
			}
		}
		text := func(v value.Value, failed error) string {
			if err := errors.Join(err, failed); err != nil {
				return err.Error()
			}
			return v.String()
		}
		if got := text(total.Sum()); got != r.sum {
			t.Errorf("%s: got the sum %s, want %s", r.name, got, r.sum)
		}
		if got := text(total.Mean()); err == nil && got != r.mean {
			t.Errorf("%s: got the mean %s, want %s", r.name, got, r.mean)
		}
	}
}

// TestTotalOrder wants the same sum whatever the order and the division among totals.
func TestTotalOrder(t *testing.T) {
	for range 200 {
		var vs []value.Value
		for range 1 + rand.IntN(60) {
			switch rand.IntN(3) {
			case 0:
				vs = append(vs, value.Int(int64(rand.Uint64())))
			default:
				vs = append(vs, value.Float((rand.Float64()-0.5)*math.Pow(10, float64(rand.IntN(600)-300))))
			}
		}
		sum := func() string {
			totals := make([]Total, 1+rand.IntN(3))
			for _, v := range vs {
				if err := totals[rand.IntN(len(totals))].Add(v); err != nil {
					t.Fatal(err)
				}
			}
			for i := range totals[1:] {
				totals[0].Merge(&totals[i+1])
			}
			s, err := totals[0].Sum()
			if err != nil {
				return err.Error()
			}
			m, err := totals[0].Mean()
			if err != nil {
				return err.Error()
			}
			return s.String() + " " + m.String()
		}
		want := sum()
		rand.Shuffle(len(vs), func(i, j int) { vs[i], vs[j] = vs[j], vs[i] })
		if got := sum(); got != want {
			t.Fatalf("got %s in another order, want %s", got, want)
		}
	}
}

func BenchmarkTotal(b *testing.B) {
	for name, v := range map[string]value.Value{"int": value.Int(7), "text": value.TextOf("1234"), "float": value.Float(2.1)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var t Total
			for b.Loop() {
				if err := t.Add(v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
