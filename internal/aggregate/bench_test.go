package aggregate

import (
	"bytes"
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"

	"mtpipe/value"
)

// benchLines returns 16384 lines, each with one of so many keys.
func benchLines(keys int) ([]byte, int) {
	rng := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	const n = 1 << 14
	for range n {
		k := rng.IntN(keys)
		fmt.Fprintf(&b, "10.0.%d.%d\n", k/250, k%250)
	}
	return b.Bytes(), n
}

func perRow(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/row")
}

// BenchmarkCountLines is what count_by does with text.
func BenchmarkCountLines(b *testing.B) {
	for _, keys := range []int{50, 5000} {
		b.Run(fmt.Sprint(keys), func(b *testing.B) {
			data, n := benchLines(keys)
			g, c := NewGroups(1), new(Counts)
			var rows []int32
			for b.Loop() {
				rows = g.FindLines(data, 0, rows)
				c.Grow(g.Len())
				c.AddRows(rows)
			}
			perRow(b, n)
		})
	}
}

// BenchmarkGroupBy is what group_by does with columns: the mean and a percentile by key.
func BenchmarkGroupBy(b *testing.B) {
	for _, name := range []string{"find", "numbers", "mean", "percentile", "max", "stddev", "distinct"} {
		b.Run(name, func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 2))
			const n = 1 << 14
			keys, vals := make([]value.Value, n), make([]value.Value, n)
			for i := range keys {
				keys[i] = value.TextOf(fmt.Sprintf("key%d", rng.IntN(50)))
				vals[i] = value.TextOf(fmt.Sprintf("%.2f", rng.Float64()*1000))
			}
			g := NewGroups(1)
			cols := []*value.Column{{Values: keys}}
			rows := g.Find(cols, n, 0, nil)
			var c value.Column
			c.Set(vals)
			c.Numbers()
			state := map[string]State{"mean": &Sums{Mean: true}, "percentile": &Quantiles{P: big.NewRat(95, 100)},
				"max": NewExtremes(1), "stddev": new(Deviations), "distinct": new(Distincts)}[name]
			i := 0
			for b.Loop() {
				switch name {
				case "find":
					rows = g.Find(cols, n, 0, rows)
				case "numbers":
					c.Set(vals)
					c.Numbers()
				default:
					if q, ok := state.(*Quantiles); ok && i%122 == 0 { // as many as 2 million rows
						*q = Quantiles{P: q.P}
					}
					i++
					state.Grow(g.Len())
					state.Add(rows, &c, 0)
				}
			}
			perRow(b, n)
		})
	}
}

// BenchmarkQuantile is what a percentile costs for each of its numbers.
func BenchmarkQuantile(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	keys := make([]uint64, 40_000)
	for i := range keys {
		keys[i] = value.OrderedBits(rng.Float64() * 1000)
	}
	work := make([]uint64, len(keys))
	for b.Loop() {
		copy(work, keys)
		selectKeys(work, len(work)*95/100)
	}
	perRow(b, len(keys))
}
