// Package rows holds the family of stages that choose among values by what they are or
// where they stand.
package rows

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

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
		pipeline.Define(pipeline.Doc{
			Name:  "head",
			Safe:  true,
			Short: "Passes on the first N values",
			Trait: pipeline.Ordered | pipeline.Textual | pipeline.Passes,
			Long: `Without N it passes on ten. When it has them it stops everything before it, even a
source that would never end; head 0 reads nothing but the header, where one is printed.`,
		}, head),
		pipeline.Define(pipeline.Doc{
			Name:  "take",
			Safe:  true,
			Short: "Passes on the first N values; the same as head",
			Trait: pipeline.Ordered | pipeline.Textual | pipeline.Passes,
			Long:  `Another name for head, for those who come from other languages.`,
		}, head),
		pipeline.Define(pipeline.Doc{
			Name:  "tail",
			Safe:  true,
			Short: "Passes on the last N values",
			Trait: pipeline.Global | pipeline.Retains | pipeline.Textual | pipeline.Passes,
			Long: `Without N it passes on ten. It keeps the last N values it has read in memory, and
puts them when its input ends; when they take more than the stage's share of
--max-memory, it fails. For all values but the first ones there is skip.`,
		}, tail),
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

type headArgs struct {
	N      *int64 `arg:"n?" min:"0" help:"how many; 10 when it is not given"`
	Option *int64 `opt:"n,lines" min:"0" help:"the same as the argument"`
}

var errTwoCounts = errors.New("n is given twice, with -n and without")

// Check refuses two numbers.
func (a *headArgs) Check() error {
	if a.N != nil && a.Option != nil {
		return errTwoCounts
	}
	return nil
}

const someRows = 10 // what head and tail pass on when nobody says how many

// Limit returns how many values are wanted.
func (a *headArgs) Limit() int64 {
	switch {
	case a.N != nil:
		return *a.N
	case a.Option != nil:
		return *a.Option
	}
	return someRows
}

// Range returns the numbers of the values that are wanted, from 0: up to to, but not to.
func (a *headArgs) Range() (from, to int64) { return 0, a.Limit() }

func head(j *pipeline.Job, a *headArgs) error { return passRange(j, 0, a.Limit()) }

type skipArgs struct {
	N int64 `arg:"n" min:"0" help:"how many to leave out"`
}

// Range returns the numbers of the values that are wanted, from 0.
func (a *skipArgs) Range() (from, to int64) { return a.N, math.MaxInt64 }

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
func (a *sliceArgs) Range() (from, to int64) { return a.From - 1, a.To }

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

// fromEnd is a number of values at the end.
type fromEnd int64

// SetArg reads the number. A plus sign, which makes Unix tail count from the beginning, is
// refused.
func (n *fromEnd) SetArg(text string, _ func(string) (string, bool)) error {
	i, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return fmt.Errorf("must be a whole number, not %q", text)
	}
	if strings.HasPrefix(text, "+") {
		return fmt.Errorf("must not be %s: it counts from the end; all values from number %d on are skip %d", text, i, max(i-1, 0))
	}
	*n = fromEnd(i)
	return nil
}

type tailArgs struct {
	N      *fromEnd `arg:"n?" min:"0" help:"how many; 10 when it is not given"`
	Option *fromEnd `opt:"n,lines" min:"0" help:"the same as the argument"`
}

// Check refuses two numbers.
func (a *tailArgs) Check() error {
	if a.N != nil && a.Option != nil {
		return errTwoCounts
	}
	return nil
}

func (a *tailArgs) count() int64 {
	switch {
	case a.N != nil:
		return int64(*a.N)
	case a.Option != nil:
		return int64(*a.Option)
	}
	return someRows
}

func tail(j *pipeline.Job, a *tailArgs) error {
	n := a.count()
	if n == 0 {
		j.AwaitHeader()
		return nil
	}
	var kept []*value.Batch // together at least n rows, when there were as many
	var rows int64
	for b, err := range j.AnyBatches() {
		if err != nil {
			return err
		}
		b.Own()
		if extra := int64(b.Len()) - n; extra > 0 {
			b.Skip(int(extra))
		}
		b = b.Compact()
		kept = append(kept, b)
		rows += int64(b.Len())
		if err := j.Keep(b.Memory()); err != nil {
			return err
		}
		for len(kept) > 0 && rows-int64(kept[0].Len()) >= n {
			rows -= int64(kept[0].Len())
			_ = j.Keep(-kept[0].Memory())
			kept[0].Release()
			kept = kept[1:]
		}
	}
	if rows > n {
		kept[0].Skip(int(rows - n))
	}
	for _, b := range kept {
		j.PutBatch(b)
	}
	return nil
}
