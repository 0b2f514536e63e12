package tables

import (
	"cmp"
	"fmt"
	"slices"

	"mtpipe/internal/aggregate"
	"mtpipe/internal/ordering"
	"mtpipe/pipeline"
	"mtpipe/stages/each"
	"mtpipe/value"
)

func byStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "by",
		Safe:  true,
		Short: "Runs a block for each group of values with equal KEYs",
		Trait: pipeline.Ordered | pipeline.Retains,
		Long: `The block reads the values of one group, as if there were no others: by shop { top 2 price }.
A KEY is a field, an expression, or NAME=EXPR. Keys are compared as text, as by group_by.

The records that a block puts get the keys that they lack, in front; a key that was computed
replaces a field of its name. A result that is no record becomes one, of the keys and a field
called as the block's last stage if that is a total (count, sum, mean ...), and value otherwise.
In the block, $it is the key, or a record of them if there are several.

What a block puts for a value comes when that value was read, so head, scan, step and enumerate
go on without waiting for the end; what blocks put at the end of their input, such as totals,
comes group by group, in the order in which the groups came first. Blocks that stop reading
do not stop the others. A block that has to have all of its input (sort, tail, reduce), that
has several pipelines or blocks in it, or that runs programs or writes a file, is run when
the input has ended, group after group.

Values that wait for that, and those of groups that are too many for the stage's share of
--max-memory, are kept in memory and beyond it in temporary files, in the directory TMPDIR.
The results are the same; but from there on nothing comes before the end of the input.`,
	}, by)
}

type byArgs struct {
	Keys  []each.Key    `arg:"key...+" help:"what makes a group: a field, an expression, or NAME=EXPR"`
	Block *pipeline.Sub `arg:"list" for:"value" help:"what is run for each group, whose key is $it there"`
}

// Check wants a block that reads, and a name for each field.
func (a *byArgs) Check() error {
	if err := a.Block.Reads(); err != nil {
		return &pipeline.ArgError{Arg: "list", Err: err}
	}
	_, _, err := each.KeyNames(a.Keys)
	return err
}

// MadeByBlock is that of pipeline.BlockMaker.
func (a *byArgs) MadeByBlock() {}

// NamesAfter returns the names of the keys and of what the block puts.
func (a *byArgs) NamesAfter(put []string) []string {
	return each.NewKeyed(a.Keys, a.resultName()).NamesAfter(put)
}

// resultName returns what a result that is no record is called.
func (a *byArgs) resultName() string {
	called, total := a.Block.Last()
	if !total {
		called = "value"
	}
	name := called
	taken := func(k each.Key) bool { return k.Name() == name }
	for i := 2; slices.ContainsFunc(a.Keys, taken); i++ {
		name = fmt.Sprintf("%s_%d", called, i)
	}
	return name
}

// groupKey returns the value that the block of a group has.
func groupKey(names []string, keys []value.Value) value.Value {
	if len(keys) == 1 {
		return keys[0]
	}
	return value.Rec(value.NewRecord(value.NewShape(names...), slices.Clone(keys)...))
}

// grouped is by at work.
type grouped struct {
	j      *pipeline.Job
	runs   *pipeline.BlockRuns
	exprs  []pipeline.Expr
	keyed  *each.Keyed
	groups *aggregate.Groups
	way    way
	keeps  int64 // bytes that the ways keep for groups
	row    int64 // that is worked on
	seq    int64 // of the batch

	of   []int32 // the group of each row
	key  []value.Value
	last int32 // the group that key is of

	rest    *ordering.Sorter // rows that wait for the end, by group
	waiting []int64          // how many, of each group
	late    *ordering.Sorter // results that wait for the end, by the row that they are of
}

// way is how the blocks of groups work on rows while they come.
type way interface {
	// rows takes in b, whose rows are of the groups in of.
	rows(b *value.Batch, of []int32) error
	// wait takes in rows of a group that had to wait; they are the way's.
	wait(group int32, b *value.Batch) error
	// end ends the input of a group and puts what its block puts then.
	end(group int32) error
	// close ends what has not ended.
	close()
}

func by(j *pipeline.Job, a *byArgs) error {
	_, exprs, err := each.KeyNames(a.Keys)
	if err != nil {
		return err
	}
	g := &grouped{j: j, runs: j.ForGroups(a.Block), exprs: exprs, keyed: each.NewKeyed(a.Keys, a.resultName()),
		groups: aggregate.NewGroups(len(exprs)), last: -1}
	g.choose(a.Block)
	defer g.close()
	for b, err := range j.AnyBatches() {
		if err != nil {
			return err
		}
		b.Own()
		err = g.batch(b)
		b.Release()
		if err != nil {
			return err
		}
	}
	return g.finish()
}

// choose decides how the block works.
func (g *grouped) choose(block *pipeline.Sub) {
	args, _ := block.Alone()
	if r, ok := args.(interface {
		Range() (from, to int64, ok bool)
	}); ok {
		if from, to, ok := r.Range(); ok {
			g.way = &ranges{g: g, from: from, to: to}
			return
		}
	}
	if t := g.runs.Totals(); t != nil {
		g.way = &totals{g: g, of: t}
		return
	}
	if little, atEnd := g.runs.Strands(); little {
		g.way = &strands{g: g, atEnd: atEnd}
		return
	}
	g.way = &gathered{g: g}
}

// batch takes in rows of the input.
func (g *grouped) batch(b *value.Batch) error {
	return g.j.InPlaceLent(b, g.part, g.exprs...)
}

func (g *grouped) part(b *value.Batch) error {
	cols, end := g.j.Columns(b, g.exprs...)
	if b.Len() == 0 {
		return end
	}
	g.seq++
	g.of = g.groups.Find(cols, b.Len(), g.seq, g.of)
	err := g.take(b)
	g.row += int64(b.Len())
	return cmp.Or(err, end)
}

// take gives rows to their groups, or lets them wait.
func (g *grouped) take(b *value.Batch) error {
	if g.rest == nil {
		if err := g.way.rows(b, g.of); err != nil || g.keeps+g.groups.Bytes() <= g.j.Budget()/4 {
			return err
		}
		if _, ok := g.way.(*ranges); !ok && g.rest == nil {
			g.beginToWait()
		}
	} else if err := g.letWait(b); err != nil {
		return err
	}
	if n := g.groups.Bytes(); n > max(g.j.Budget()/2, pipeline.LeastShare) {
		return g.j.OverBudget("what its keys are")
	}
	return nil
}

// beginToWait says that from here on rows wait for the end.
func (g *grouped) beginToWait() {
	g.rest = g.sorter()
	if s, ok := g.way.(*strands); ok && !s.atEnd {
		g.late = g.sorter()
	}
}

func (g *grouped) sorter() *ordering.Sorter {
	return ordering.NewSorter(ordering.Options{Keys: []ordering.Key{{Mode: ordering.ByValue}}, Keyed: true, Budget: g.j.Budget() / 4})
}

// letWait keeps rows until the end.
func (g *grouped) letWait(b *value.Batch) error {
	for len(g.waiting) < g.groups.Len() {
		g.waiting = append(g.waiting, 0)
	}
	if g.late != nil {
		i := 0
		for v := range b.All() {
			row := value.List([]value.Value{value.Int(g.row + int64(i)), v})
			if err := g.rest.Add(row, g.seq, value.Int(int64(g.of[i]))); err != nil {
				return err
			}
			g.waiting[g.of[i]]++
			i++
		}
		return nil
	}
	keys := &value.Column{Values: make([]value.Value, len(g.of))}
	for i, group := range g.of {
		keys.Values[i] = value.Int(int64(group))
		g.waiting[group]++
	}
	return g.rest.AddKeyed(b, []*value.Column{keys}, g.seq)
}

// keysOf returns the keys of a group; they are valid until the next call.
func (g *grouped) keysOf(group int32) []value.Value {
	if g.last != group {
		g.key, g.last = g.groups.Key(int(group), g.key[:0]), group
	}
	return g.key
}

// put puts what the block of a group has put, which it takes over.
func (g *grouped) put(group int32, b *value.Batch) error {
	if g.late == nil && g.keyed.Has(b) {
		g.j.PutSome(b)
		return nil
	}
	defer b.Release()
	keys := g.keysOf(group)
	for v := range b.All() {
		v = g.keyed.Of(keys, v)
		if g.late == nil {
			g.j.Put(v)
		} else if err := g.late.Add(v, 0, value.Int(g.row)); err != nil {
			return err
		}
	}
	return nil
}

// finish ends all groups, in their order.
func (g *grouped) finish() error {
	if g.rest == nil {
		for i := range g.groups.Len() {
			if err := g.way.end(int32(i)); err != nil {
				return err
			}
		}
		return nil
	}
	if err := g.finishWaiting(); err != nil || g.late == nil {
		return err
	}
	if err := g.late.Finish(); err != nil {
		return err
	}
	for b, err := range g.late.Batches(g.j.Blocking) {
		if err != nil {
			return err
		}
		g.j.PutBatch(b)
	}
	return nil
}

func (g *grouped) close() {
	g.way.close()
	for _, s := range []*ordering.Sorter{g.rest, g.late} {
		if s != nil {
			s.Close()
		}
	}
}
