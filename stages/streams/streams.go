// Package streams holds the family of stages that divide streams, join them, or cut them
// into lists.
package streams

import (
	"errors"
	"io"
	"slices"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/pipeline"
	"mtpipe/value"
)

// Family returns the stages in the order in which help lists them.
func Family() pipeline.Family {
	return pipeline.Family{Name: "many streams", Stages: slices.Concat(blockStages(), routeStages(), listStages(), []*pipeline.Stage{timesliceStage()})}
}

// blockStages run blocks.
func blockStages() []*pipeline.Stage {
	return []*pipeline.Stage{
		pipeline.Define(pipeline.Doc{
			Name:  "tee",
			Safe:  true,
			Short: "Gives every value to each of its blocks",
			Trait: pipeline.Ordered | pipeline.Passes,
			Long: `What the blocks put comes out as it comes, the values of each block in order. A block
that stops reading early does not stop the others; when all have stopped, so does
what is before the tee. The slowest block sets the pace.`,
		}, tee),
		pipeline.Define(pipeline.Doc{
			Name:  "concat",
			Safe:  true,
			Short: "Runs its blocks one after another",
			Trait: pipeline.Ordered,
			Long: `A block that reads no source of its own reads what those before it have left of the
input.`,
		}, concat),
		pipeline.Define(pipeline.Doc{
			Name:  "interleave",
			Safe:  true,
			Short: "Runs its blocks side by side",
			Trait: pipeline.Ordered,
			Long: `What they put comes out as it comes, the values of each block in order. One block may
read the input; the others read sources of their own.`,
		}, interleave),
		pipeline.Define(pipeline.Doc{
			Name:  "zip",
			Safe:  true,
			Short: "Puts lists of one value from each block",
			Trait: pipeline.Ordered,
			Long: `The first list holds the first value of each block, and so on until one of the blocks
ends; the others are stopped then. One block may read the input; the others read
sources of their own.`,
		}, zip),
	}
}

// listStages make lists.
func listStages() []*pipeline.Stage {
	return []*pipeline.Stage{
		pipeline.Define(pipeline.Doc{
			Name:  "window",
			Safe:  true,
			Short: "Puts lists of N neighbours, one for each value",
			Trait: pipeline.Ordered | pipeline.Retains,
			Long: `The first list is put when N values have come; of fewer, none is. When N values take more
than the stage's share of --max-memory, it fails.`,
		}, func(j *pipeline.Job, a *listArgs) error { return slide(j, a.N) }),
		pipeline.Define(pipeline.Doc{
			Name:  "batch",
			Safe:  true,
			Short: "Puts its input in lists of N",
			Trait: pipeline.Ordered | pipeline.Retains,
			Long: `The last list may be shorter. When N values take more than the stage's share of
--max-memory, it fails.`,
		}, batch),
		pipeline.Define(pipeline.Doc{
			Name:  "pairwise",
			Safe:  true,
			Short: "Puts lists of each value and the next",
			Trait: pipeline.Ordered,
			Long:  `The same as window 2: of 1 2 3 it makes [1,2] and [2,3].`,
		}, func(j *pipeline.Job, _ *pairwiseArgs) error { return slide(j, 2) }),
	}
}

type teeArgs struct {
	Blocks []*pipeline.Sub `arg:"list...+" help:"reads every value"`
}

// Check wants blocks that read.
func (a *teeArgs) Check() error {
	if slices.ContainsFunc(a.Blocks, (*pipeline.Sub).IsSource) {
		return errors.New("every block must read the values that it is given; concat and interleave take sources")
	}
	return nil
}

// tee has a thread that feeds the blocks, while its own collects what they put.
func tee(j *pipeline.Job, a *teeArgs) error {
	b := j.NewBlocks()
	defer b.Close()
	var inputs []*pipe.Pipe
	for _, s := range a.Blocks {
		in := j.NewPipe("the input of a block of tee")
		inputs = append(inputs, in)
		b.Start(s, in)
	}
	var before error
	j.Input().PassOn()
	feeder := j.Program().Start(microthread.Spec{Name: "the feeder of tee", Stdin: j.Input(), Stdout: inputs,
		Run: func(t *microthread.Thread) error {
			before = feed(t, inputs)
			return before
		}})
	if err := putAsItComes(j, b.Outs, &before); err != nil {
		return err
	}
	b.Wait()
	_ = feeder.Wait(j.Thread, 0)
	return nil
}

// feed puts every batch that t reads into each of the pipes that are still read.
func feed(t *microthread.Thread, outs []*pipe.Pipe) error {
	for b, err := range t.Batches() {
		if err != nil {
			return err
		}
		for _, out := range outs {
			if !out.Closed() {
				t.PutBatchTo(out, b.Share())
			}
		}
	}
	return nil
}

// putAsItComes puts what comes out of ins until all have ended. An error in one of them
// ends it at once, unless it is the one that *before holds: that arose before them all, and
// what they make of the values in front of it is put first.
func putAsItComes(j *pipeline.Job, ins []*pipe.Pipe, before *error) (failed error) {
	ins = slices.Clone(ins)
	for i := -1; len(ins) > 0; {
		var err error
		if i, err = pipe.Any(ins, i); err != nil {
			return err
		}
		b, err := ins[i].NextBatch()
		switch {
		case err == nil:
			j.PutBatch(b)
		case err != io.EOF && (*before == nil || !errors.Is(err, *before)):
			return err
		default:
			if err != io.EOF {
				failed = err
			}
			ins = slices.Delete(ins, i, i+1)
			i--
		}
	}
	return failed
}

type concatArgs struct {
	Blocks []*pipeline.Sub `arg:"list...+" for:"turn" help:"what to run"`
}

// IsSource reports whether no block reads the input.
func (a *concatArgs) IsSource() bool { return pipeline.Readers(a.Blocks) == 0 }

func concat(j *pipeline.Job, a *concatArgs) error {
	if in := j.Input(); in != nil {
		in.Share()
		defer in.Unshare()
	}
	for _, s := range a.Blocks {
		if err := j.RunHere(s); err != nil {
			return err
		}
	}
	return nil
}

type sideArgs struct {
	Blocks []*pipeline.Sub `arg:"list...+" help:"puts values"`
}

// IsSource reports whether no block reads the input.
func (a *sideArgs) IsSource() bool { return pipeline.Readers(a.Blocks) == 0 }

// Check wants one block at the most that reads the input.
func (a *sideArgs) Check() error { return pipeline.OneReads(a.Blocks) }

func interleave(j *pipeline.Job, a *sideArgs) error {
	b := j.StartBlocks(a.Blocks)
	defer b.Close()
	var before error
	if err := putAsItComes(j, b.Outs, &before); err != nil {
		return err
	}
	b.Wait()
	return nil
}

func zip(j *pipeline.Job, a *sideArgs) error {
	b := j.StartBlocks(a.Blocks)
	defer b.Close()
	for {
		list := make([]value.Value, len(b.Outs))
		for i, out := range b.Outs {
			v, err := out.Next()
			if err == io.EOF {
				b.Close()
				b.Wait()
				return nil
			}
			if err != nil {
				return err
			}
			list[i] = v
		}
		j.Put(value.List(list))
	}
}

type listArgs struct {
	N int `arg:"n" min:"1" help:"how many values a list holds"`
}

type pairwiseArgs struct{}

// listed is what a value takes in a list that grows, besides what it points to.
const listed = 48

// keep says that v is kept in a list, or with times -1 that it is no longer.
func keep(j *pipeline.Job, v value.Value, times int64) error {
	return j.Keep(times * (listed + v.Memory()))
}

// slide puts lists of n neighbours.
func slide(j *pipeline.Job, n int) error {
	var window []value.Value // lists share its memory: what they hold is not written again
	for v, err := range j.In() {
		if err != nil {
			return err
		}
		if len(window) == n {
			if err := keep(j, window[0], -1); err != nil {
				return err
			}
			window = window[1:]
		}
		window = append(window, v.Clone())
		if err := keep(j, v, 1); err != nil {
			return err
		}
		if len(window) == n {
			j.Put(value.List(window))
		}
	}
	return nil
}

func batch(j *pipeline.Job, a *listArgs) error {
	var list []value.Value
	held := int64(0)
	for v, err := range j.In() {
		if err != nil {
			return err
		}
		list = append(list, v.Clone())
		size := listed + v.Memory()
		held += size
		if err := j.Keep(size); err != nil {
			return err
		}
		if len(list) == a.N {
			j.Put(value.List(list))
			_ = j.Keep(-held)
			list, held = nil, 0
		}
	}
	if len(list) > 0 {
		j.Put(value.List(list))
	}
	return nil
}
