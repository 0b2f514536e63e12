// Package rows holds the family of stages that choose among values by what they are or
// where they stand.
package rows

import (
	"fmt"
	"math"
	"slices"

	"mtpipe/pipeline"
	"mtpipe/value"
)

// Family returns the stages in the order in which help lists them.
func Family() pipeline.Family {
	return pipeline.Family{Name: "rows", Stages: slices.Concat([]*pipeline.Stage{grepStage()}, filterStages(), countingStages(), uniqStages(), []*pipeline.Stage{sampleStage()})}
}

// countingStages choose values by their numbers.
func countingStages() []*pipeline.Stage {
	return []*pipeline.Stage{
		headStage("head", "Passes on the first N values", `Without N it passes on ten. When it has them it stops everything before it, even a
source that would never end; head 0 reads nothing but the header, where one is printed.

As with Unix head, -2 is 2, and with -n -2 all values but the last 2 are passed on: the last
N that were read are kept in memory until more come.`),
		headStage("take", "Passes on the first N values; the same as head", `Another name for head, for those who come from other languages.`),
		tailStage(),
		pipeline.Define(pipeline.Doc{
			Name:  "skip",
			Safe:  true,
			Short: "Passes on all but the first N values",
			Trait: pipeline.Ordered | pipeline.Textual | pipeline.Passes,
			Long:  `What tail -n +6 does is skip 5.`,
		}, skip),
		pipeline.Define(pipeline.Doc{
			Name:  "slice",
			Safe:  true,
			Short: "Passes on the values from number FROM to number TO",
			Trait: pipeline.Ordered | pipeline.Textual | pipeline.Passes,
			Long: `Values count from 1, and both ends are included: slice 3 5 passes on three values, as
far as there are that many. Behind TO it stops everything before it.`,
		}, slice),
		pipeline.Define(pipeline.Doc{
			Name:  "nth",
			Safe:  true,
			Short: "Passes on the values with the numbers N",
			Trait: pipeline.Ordered | pipeline.Textual | pipeline.Passes,
			Long: `Values count from 1. They come in the order of the input, each once. Behind the
largest N it stops everything before it.`,
		}, nth),
	}
}

type skipArgs struct {
	N int64 `arg:"n" min:"0" help:"how many to leave out"`
}

// ReadsFields returns the names of the fields that it reads: none.
func (a *skipArgs) ReadsFields() ([]string, bool) { return nil, true }

// Range returns the numbers of the values that are wanted, from 0.
func (a *skipArgs) Range() (from, to int64, ok bool) { return a.N, math.MaxInt64, true }

func skip(j *pipeline.Job, a *skipArgs) error { return passRange(j, a.N, math.MaxInt64) }

type sliceArgs struct {
	From int64 `arg:"from" min:"1" help:"the number of the first value"`
	To   int64 `arg:"to" min:"1" help:"the number of the last value"`
}

// Check refuses an end before the beginning.
func (a *sliceArgs) Check() error {
	if a.To < a.From {
		return fmt.Errorf("to must be at least from, %d, not %d", a.From, a.To)
	}
	return nil
}

// Range returns the numbers of the values that are wanted, from 0: up to to, but not to.
func (a *sliceArgs) Range() (from, to int64, ok bool) { return a.From - 1, a.To, true }

func slice(j *pipeline.Job, a *sliceArgs) error { return passRange(j, a.From-1, a.To) }

// passRange passes on the values numbered from from, counting from 0, up to but not to.
// Then it stops what is upstream.
func passRange(j *pipeline.Job, from, to int64) error {
	if from >= to {
		j.AwaitHeader()
		return nil
	}
	var last *value.Batch
	end := int64(0)
	for b, err := range j.AnyBatches() {
		if err != nil {
			return err
		}
		start := end
		end += int64(b.Len())
		if end <= from {
			continue
		}
		if end >= to {
			last = b.Part(int(max(from-start, 0)), int(to-start))
			j.KeepRest(int(to - start))
			break // before the put, which may have to wait
		}
		if start < from {
			b.Skip(int(from - start))
		}
		j.PutBatch(b)
	}
	if last != nil {
		j.PutBatch(last)
	}
	return nil
}

type nthArgs struct {
	N []int64 `arg:"n...+" min:"1" help:"the numbers of the values"`
}

func nth(j *pipeline.Job, a *nthArgs) error {
	wanted := slices.Sorted(slices.Values(a.N))
	wanted = slices.Compact(wanted)
	var last *value.Batch
	end := int64(0)
	for b, err := range j.AnyBatches() {
		if err != nil {
			return err
		}
		start := end
		end += int64(b.Len())
		for len(wanted) > 1 && wanted[0] <= end {
			i := int(wanted[0] - start)
			wanted = wanted[1:]
			j.PutBatch(b.Part(i-1, i))
		}
		if wanted[0] <= end {
			i := int(wanted[0] - start)
			last = b.Part(i-1, i)
			j.KeepRest(i)
			break
		}
	}
	if last != nil {
		j.PutBatch(last)
	}
	return nil
}
