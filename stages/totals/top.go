package totals

import (
	"cmp"
	"container/heap"
	"math"
	"slices"

	"mtpipe/pipeline"
	"mtpipe/stages/each"
	"mtpipe/value"
)

func topStages() []*pipeline.Stage {
	return []*pipeline.Stage{
		pipeline.DefineCombine(pipeline.Doc{
			Name:  "top",
			Safe:  true,
			Short: "Puts the N largest values, the largest first",
			Trait: pipeline.Retains | pipeline.Passes,
			Long: `With an expression, values are compared by it. Nulls and empty fields are passed over. Of
equals, the one that came first is first. Keeps N values in memory; when they take more than
the stage's share of --max-memory, it fails.

/PATTERN/ puts records instead, with n, the place, and the value that stands there of each field whose
name the regular expression matches: top 2 /^ms_/ gives n, ms_read_top and ms_write_top. Where a
field has fewer values, it is null.`,
		}, func(_ *pipeline.Job, a *topArgs) *ranking { return newTop("top", a) }),
		pipeline.DefineCombine(pipeline.Doc{
			Name:  "bottom",
			Safe:  true,
			Short: "Puts the N smallest values, the smallest first",
			Trait: pipeline.Retains | pipeline.Passes,
			Long: `With an expression, values are compared by it. Nulls and empty fields are passed over. Of
equals, the one that came first is first. Keeps N values in memory; when they take more than
the stage's share of --max-memory, it fails.

/PATTERN/ puts records instead, with n, the place, and the value that stands there of each field whose
name the regular expression matches: bottom 2 /^ms_/ gives n, ms_read_bottom and ms_write_bottom.
Where a field has fewer values, it is null.`,
		}, func(_ *pipeline.Job, a *bottomArgs) *ranking { return newTop("bottom", &a.topArgs) }),
	}
}

// countTopArgs are those of count_by and of the top behind it.
type countTopArgs struct {
	count *countByArgs
	top   *topArgs
}

// countTop runs count_by and the top N count behind it as one: records are made only of
// groups that are among the largest.
func countTop() pipeline.Fusion {
	counts := pipeline.DefineCombine(pipeline.Doc{Name: "count_by", Short: "Counts equal values and puts the largest counts", Trait: pipeline.Retains},
		func(j *pipeline.Job, a *countTopArgs) *grouping {
			g := newCountBy(j, a.count)
			g.top = newRanking(a.top, 1)
			return g
		})
	return pipeline.Fusion{First: "count_by", Second: "top", Fuse: func(first, second any) (*pipeline.Stage, any) {
		a := &countTopArgs{first.(*countByArgs), second.(*topArgs)}
		_, names := a.count.exprs()
		if name, ok := a.top.By.Field(); !a.top.By.IsSet() || !ok || name != "count" || slices.Contains(names, "count") {
			return nil, nil
		}
		return counts, a
	}}
}

type topArgs struct {
	N  int          `arg:"n" min:"0" help:"how many"`
	By each.Operand `arg:"expr?" help:"what to compare, or a pattern between slashes: /^x_/; without it, the value itself"`
}

// ReadsFields returns the names of the fields that the expression reads.
func (a *topArgs) ReadsFields() ([]string, bool) { return pipeline.FieldsRead(a.By.Expr) }

// ranked is a value with what it is compared by.
type ranked struct {
	key, v value.Value
	seq    int64
	row    int64 // among those of the partial
}

// ranking is the partial of top and bottom: a heap whose first element is the one to go next.
type ranking struct {
	n    int
	sign int // 1 when large ones stay, -1 when small ones do
	list []ranked
	rows int64 // that were read

	by   pipeline.Expr
	text []value.Value
	many *rankings // of a pattern, which is all then; else nil
}

// newTop returns the partial of the stage of a name.
func newTop(name string, a *topArgs) *ranking {
	r := newRanking(a, signOf(name))
	if a.By.Many != nil {
		r.many = newRankings(a, name)
	}
	return r
}

func signOf(name string) int {
	if name == "bottom" {
		return -1
	}
	return 1
}

func newRanking(a *topArgs, sign int) *ranking {
	return &ranking{n: a.N, sign: sign, by: a.By.Expr}
}

// better reports whether a stands before b in the result.
func (r *ranking) better(a, b *ranked) bool { return r.compare(a, b) < 0 }

func (r *ranking) compare(a, b *ranked) int {
	if c := value.Compare(b.key, a.key) * r.sign; c != 0 {
		return c
	}
	if a.seq != b.seq {
		return int(max(-1, min(1, a.seq-b.seq)))
	}
	return int(max(-1, min(1, a.row-b.row)))
}

func (r *ranking) Len() int           { return len(r.list) }
func (r *ranking) Less(i, k int) bool { return r.better(&r.list[k], &r.list[i]) }
func (r *ranking) Swap(i, k int)      { r.list[i], r.list[k] = r.list[k], r.list[i] }
func (r *ranking) Push(x any)         { r.list = append(r.list, x.(ranked)) }
func (r *ranking) Pop() any           { panic("not needed: the first is replaced") }

// Add takes in the rows of a batch.
func (r *ranking) Add(j *pipeline.Job, b *value.Batch, seq int64) error {
	if r.many != nil {
		return r.many.add(j, b, seq)
	}
	cols, err := j.Columns(b, r.by)
	if keys := cols[0].Values; r.n > 0 && len(keys) > 0 {
		err = cmp.Or(r.add(j, cols[0], r.rowsOf(b, keys), seq), err)
	}
	return err
}

// add takes in rows with what they are compared by.
func (r *ranking) add(j *pipeline.Job, col *value.Column, row func(i int) value.Value, seq int64) error {
	keys, numbers := col.Values, col.Numbers()
	worst := r.worst()
	for i := range keys {
		if r.isWorse(numbers, i, worst) || keys[i].IsNull() {
			continue
		}
		e := ranked{key: keys[i], seq: seq, row: r.rows + int64(i)}
		if r.wants(&e) {
			e.key, e.v = e.key.Clone(), row(i).Clone().Terminated()
			if err := r.take(j, e); err != nil {
				return err
			}
			worst = r.worst()
		}
	}
	r.rows += int64(len(keys))
	return nil
}

// wants reports whether e is among the best of what has come.
func (r *ranking) wants(e *ranked) bool {
	return r.n > 0 && (len(r.list) < r.n || r.better(e, &r.list[0]))
}

// take takes in e, which is wanted.
func (r *ranking) take(j *pipeline.Job, e ranked) error {
	more := e.memory()
	if len(r.list) < r.n {
		heap.Push(r, e)
		return j.Keep(more)
	}
	more -= r.list[0].memory()
	r.list[0] = e
	heap.Fix(r, 0)
	return j.Keep(more)
}

// memory returns about how many bytes e takes, with the room that lists have for more.
func (e *ranked) memory() int64 { return rankedSize*3/2 + e.key.Memory() + e.v.Memory() }

const rankedSize = 64

// worst returns the number that a row has to surpass to be taken in, NaN when there is none.
func (r *ranking) worst() float64 {
	if len(r.list) < r.n {
		return math.NaN()
	}
	n, ok := r.list[0].key.Numeric()
	if !ok || n.Kind() == value.KindBig {
		return math.NaN()
	}
	f := value.FloatOf(n)
	if math.Abs(f) >= 1<<53 {
		return math.NaN()
	}
	return f
}

// isWorse reports whether it is seen at once that row i does not surpass the worst.
func (r *ranking) isWorse(n *value.Numbers, i int, worst float64) bool {
	var x float64
	switch n.Kinds[i] {
	case value.KindInt:
		x = float64(int64(n.Bits[i]))
	case value.KindFloat:
		x = math.Float64frombits(n.Bits[i])
	default:
		return false
	}
	return x == worst || r.sign > 0 && x < worst || r.sign < 0 && x > worst
}

// rowsOf returns what gives row i of b as a value, which may point into b.
func (r *ranking) rowsOf(b *value.Batch, keys []value.Value) func(i int) value.Value {
	switch {
	case b.Form() == value.FormRecords:
		return b.Records().Value
	case b.Form() == value.FormValues:
		vals := b.Values()
		return func(i int) value.Value { return vals[i] }
	case r.by.It():
		return func(i int) value.Value { return keys[i] }
	}
	r.text = b.AppendTexts(r.text[:0])
	return func(i int) value.Value { return r.text[i] }
}

// Merge takes in another ranking.
func (r *ranking) Merge(_ *pipeline.Job, o *ranking) error {
	if r.many != nil {
		r.many.merge(o.many)
		return nil
	}
	r.list = append(r.list, o.list...)
	return nil
}

// Snapshot returns a ranking of the same values.
func (r *ranking) Snapshot(*pipeline.Job) (*ranking, bool) {
	if r.many != nil {
		return &ranking{many: r.many.clone()}, true
	}
	return &ranking{n: r.n, sign: r.sign, list: slices.Clone(r.list)}, true
}

// Put puts the best values.
func (r *ranking) Put(j *pipeline.Job) error {
	if r.many != nil {
		r.many.put(j)
		return nil
	}
	for _, e := range r.best() {
		j.Put(e.v)
	}
	return nil
}

// best returns the best values, the best of them first.
func (r *ranking) best() []ranked {
	slices.SortFunc(r.list, func(a, b ranked) int { return r.compare(&a, &b) })
	return r.list[:min(r.n, len(r.list))]
}
