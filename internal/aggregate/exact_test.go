package aggregate

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"mtpipe/value"
)

// TestTotalExact compares sums, means and deviations of random floats and integers with
// those of rational numbers, also through the encoding.
func TestTotalExact(t *testing.T) {
	for range 2000 {
		sum, squares := new(big.Rat), new(big.Rat)
		var total, sq Total
		n := 2 + rand.IntN(60)
		spread := rand.IntN(280)
		for range n {
			f := (rand.Float64() - 0.5) * math.Pow(10, float64(rand.IntN(spread+1)-spread/2))
			r := new(big.Rat).SetFloat64(f)
			if rand.IntN(3) == 0 {
				i := rand.Int64N(1<<40) - 1<<39
				total.AddInt(i)
				r, f = new(big.Rat).SetInt64(i), float64(i)
			} else {
				total.AddFloat(f)
			}
			sum.Add(sum, r)
			squares.Add(squares, r.Mul(r, r))
			sq.AddFloat(f * f)
			sq.AddFloat(math.FMA(f, f, -f*f))
			if rand.IntN(20) == 0 {
				var other Total
				if rest, err := other.ReadFrom(total.AppendTo(nil)); err != nil || len(rest) > 0 {
					t.Fatalf("got the rest %v and error %v", rest, err)
				}
				total = other
			}
		}
		if total.n != int64(n) {
			t.Fatalf("got %d numbers, want %d", total.n, n)
		}
		want, _ := sum.Float64()
		if got, err := total.Sum(); err != nil || value.FloatOf(got) != want {
			t.Fatalf("got the sum %v and error %v, want %v", got, err, want)
		}
		count := new(big.Rat).SetInt64(int64(n))
		want, _ = new(big.Rat).Quo(sum, count).Float64()
		if got, err := total.Mean(); err != nil || value.FloatOf(got) != want {
			t.Fatalf("got the mean %v and error %v, want %v", got, err, want)
		}
		sum.Quo(sum.Mul(sum, sum), count)
		squares.Quo(squares.Sub(squares, sum), count.SetInt64(int64(n-1)))
		want = nearest(new(big.Float).Sqrt(new(big.Float).SetPrec(4000).SetRat(squares)))
		if got := total.Deviation(&sq); got.AsFloat() != want {
			t.Fatalf("got the deviation %v, want %v", got, want)
		}
	}
}

// TestTotalBrokenEncoding wants an error of what is no encoding, not a panic.
func TestTotalBrokenEncoding(t *testing.T) {
	var whole Total
	for i := range 40 {
		whole.AddFloat(float64(i) * 0.1)
	}
	enc := whole.AppendTo(nil)
	for i := range enc {
		var o Total
		if _, err := o.ReadFrom(enc[:i]); err == nil {
			t.Fatalf("got no error of %d bytes of %d", i, len(enc))
		}
	}
}
