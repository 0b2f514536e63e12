package totals

import (
	"errors"
	"math"
	"slices"

	"mtpipe/internal/aggregate"
	"mtpipe/pipeline"
	"mtpipe/stages/each"
	"mtpipe/value"
)

func histStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "hist",
		Safe:  true,
		Short: "Counts how many numbers fall into ranges of one width",
		Trait: pipeline.Global | pipeline.Retains | pipeline.Previews,
		Long: `Puts a record {from, to, count} for each of N ranges between the smallest number and the
largest. A number counts where it is at least from and less than to; the largest counts in
the last range. When all numbers are equal there is one range. Nulls are passed over;
without a number, nothing is put. Keeps all numbers in memory, as floats; when they
take more than the stage's share of --max-memory, it fails. plot draws it.`,
	}, hist)
}

type histArgs struct {
	Of   pipeline.Expr `arg:"expr?" variable:"names" help:"what to take of each value; without it, the value itself"`
	Bins int           `opt:"bins" min:"1" max:"100000" default:"10" help:"how many ranges"`
}

var (
	errInfiniteRange = errors.New("infinity and NaN fall into no range")
	histShape        = value.NewShape("from", "to", "count")
)

// NamesAfter returns the names of what describes a range.
func (a *histArgs) NamesAfter([]string) []string { return histShape.Names() }

func hist(j *pipeline.Job, a *histArgs) error {
	var numbers []float64
	var full error
	low, high := math.Inf(1), math.Inf(-1)
	over := j.Preview(func() func(*pipeline.Job) error {
		r := ranged{numbers, low, high}
		return func(j *pipeline.Job) error { return r.put(j, a.Bins) }
	})
	defer over()
	err := each.Number(j, a.Of, func(n value.Value) error {
		x := value.FloatOf(n)
		if math.IsInf(x, 0) || math.IsNaN(x) {
			return errInfiniteRange
		}
		if full == nil && len(numbers) == cap(numbers) {
			room := max(4096, cap(numbers)/2)
			if full = j.Keep(int64(room) * 8); full == nil {
				numbers = slices.Grow(numbers, room)
			}
		}
		if full != nil {
			return nil // the error is of no single value
		}
		numbers = append(numbers, x)
		low, high = min(low, x), max(high, x)
		return nil
	})
	if err == nil {
		err = full
	}
	over()
	if err != nil {
		return err
	}
	return ranged{numbers, low, high}.put(j, a.Bins)
}

// ranged is numbers with the smallest and the largest of them.
type ranged struct {
	numbers   []float64
	low, high float64
}

// put puts how many fall into each of so many ranges.
func (r ranged) put(j *pipeline.Job, bins int) error {
	if len(r.numbers) == 0 {
		return nil
	}
	edges := aggregate.Ranges(r.low, r.high, bins)
	for i, n := range aggregate.InRanges(r.numbers, edges) {
		j.Put(value.Rec(value.NewRecord(histShape, value.Float(edges[i]), value.Float(edges[i+1]), value.Int(n))))
	}
	return nil
}
