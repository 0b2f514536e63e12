package stages

import (
	"container/heap"
	"sort"

	"mtpipe/pipeline"
	"mtpipe/value"
)

func topStages() []*pipeline.Stage {
	return []*pipeline.Stage{
		pipeline.Define(pipeline.Doc{
			Name:  "top",
			Short: "Puts the N largest values, the largest first",
			Trait: pipeline.Combine,
			Long: `With an expression, values are compared by it. Of equals, the one that came first is
first. Keeps N values in memory.`,
		}, func(j *pipeline.Job, a *topArgs) error { return best(j, a, 1) }),
		pipeline.Define(pipeline.Doc{
			Name:  "bottom",
			Short: "Puts the N smallest values, the smallest first",
			Trait: pipeline.Combine,
			Long: `With an expression, values are compared by it. Of equals, the one that came first is
first. Keeps N values in memory.`,
		}, func(j *pipeline.Job, a *topArgs) error { return best(j, a, -1) }),
	}
}

type topArgs struct {
	N  int           `arg:"n" min:"0" help:"how many"`
	By pipeline.Expr `arg:"expr?" help:"what to compare; without it, the value itself"`
}

// ranked is a value with what it is compared by.
type ranked struct {
	key, v value.Value
	seq    int
}

// ranking is a heap whose first element is the one to go next.
type ranking struct {
	list []ranked
	sign int // 1 when large ones stay, -1 when small ones do
}

// better reports whether a stands before b in the result.
func (r *ranking) better(a, b *ranked) bool {
	if c := value.Compare(a.key, b.key) * r.sign; c != 0 {
		return c > 0
	}
	return a.seq < b.seq
}

func (r *ranking) Len() int           { return len(r.list) }
func (r *ranking) Less(i, k int) bool { return r.better(&r.list[k], &r.list[i]) }
func (r *ranking) Swap(i, k int)      { r.list[i], r.list[k] = r.list[k], r.list[i] }
func (r *ranking) Push(x any)         { r.list = append(r.list, x.(ranked)) }
func (r *ranking) Pop() any           { panic("not needed: the first is replaced") }

func best(j *pipeline.Job, a *topArgs, sign int) error {
	r := &ranking{sign: sign}
	seq := 0
	for v, err := range j.In() {
		if err != nil {
			return err
		}
		key, err := a.By.Of(v)
		if err != nil {
			return j.Bad(v, err)
		}
		e := ranked{key: key, v: v, seq: seq}
		seq++
		switch {
		case len(r.list) < a.N:
			e.key, e.v = key.Clone(), v.Clone()
			heap.Push(r, e)
		case a.N > 0 && r.better(&e, &r.list[0]):
			e.key, e.v = key.Clone(), v.Clone()
			r.list[0] = e
			heap.Fix(r, 0)
		}
	}
	sort.Slice(r.list, func(i, k int) bool { return r.better(&r.list[i], &r.list[k]) })
	for _, e := range r.list {
		j.Put(e.v)
	}
	return nil
}
