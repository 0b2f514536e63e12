package rows

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"mtpipe/pipeline"
	"mtpipe/value"
)

func sampleStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "sample",
		Safe:  true,
		Short: "Passes on N values chosen at random",
		Trait: pipeline.Global | pipeline.Retains | pipeline.Passes,
		Long: `All values are equally likely to be chosen, and they stay in the order of the input. Of
fewer than N values, all are passed on. With --seed the choice is the same in every run.
Keeps N values in memory; when they take more than the stage's share of --max-memory, it
fails.`,
	}, sample)
}

type sampleArgs struct {
	N    int    `arg:"n" min:"0" help:"how many"`
	Seed *int64 `opt:"seed" help:"a number that decides the choice"`
}

// numbered is a value with its number in the input.
type numbered struct {
	v   value.Value
	seq uint64
}

const numberedSize = 48 // of a numbered, with the room that their list has for more

// sample keeps the first N values; each further one takes the place of one of them, as
// likely as its number demands (Vitter's algorithm R).
func sample(j *pipeline.Job, a *sampleArgs) error {
	if a.N == 0 {
		j.AwaitHeader()
		return nil
	}
	seed := rand.Uint64()
	if a.Seed != nil {
		seed = uint64(*a.Seed)
	}
	random := rand.New(rand.NewPCG(seed, 0))
	var kept []numbered
	seq := uint64(0)
	add := func(v value.Value) error {
		place := seq
		if seq >= uint64(a.N) {
			place = random.Uint64N(seq + 1)
		}
		switch {
		case seq < uint64(a.N):
			kept = append(kept, numbered{v.Clone(), seq})
			seq++
			return j.Keep(numberedSize + v.Memory())
		case place < uint64(a.N):
			more := v.Memory() - kept[place].v.Memory()
			kept[place] = numbered{v.Clone(), seq}
			seq++
			return j.Keep(more)
		}
		seq++
		return nil
	}
	for b, err := range j.Batches() {
		if err != nil {
			return err
		}
		for v := range b.Look() {
			if b.IsText() {
				v = v.Terminated()
			}
			if err := add(v); err != nil {
				return err
			}
		}
	}
	slices.SortFunc(kept, func(a, b numbered) int { return cmp.Compare(a.seq, b.seq) })
	for _, n := range kept {
		j.Put(n.v)
	}
	return nil
}
