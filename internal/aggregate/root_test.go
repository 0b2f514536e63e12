package aggregate

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestRootIsRoundedOnce compares with roots of a thousand bits.
func TestRootIsRoundedOnce(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	twice := 0
	for range 20_000 {
		a, b := new(big.Int).SetUint64(rnd.Uint64()), new(big.Int).SetUint64(rnd.Uint64()>>rnd.IntN(60)+1)
		scale := 2 * rnd.IntN(40)
		exact := new(big.Float).SetPrec(1000).SetInt(a)
		exact.Quo(exact, new(big.Float).SetInt(b)).SetMantExp(exact, -scale)
		if got, want := root(a, b, scale), nearest(new(big.Float).SetPrec(1000).Sqrt(exact)); got != want {
			t.Fatalf("%v / %v: got %v, want %v", a, b, got, want)
		}
		if math.Sqrt(nearest(exact)) != root(a, b, scale) {
			twice++
		}
	}
	if twice == 0 {
		t.Error("no case tells one rounding from two")
	}
	for _, f := range []float64{0, 1, 0.25, 9, 1 << 60} {
		a, b, scale := big.NewInt(int64(f*4)), big.NewInt(1), 2
		if got := root(a, b, scale); got != math.Sqrt(f) {
			t.Errorf("%v: got %v", f, got)
		}
	}
}

func nearest(x *big.Float) float64 {
	f, _ := x.Float64()
	return f
}
