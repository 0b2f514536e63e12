package streams

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/pipeline"
	"mtpipe/value"
)

// routeStages give each value to one of several blocks.
func routeStages() []*pipeline.Stage {
	return []*pipeline.Stage{
		pipeline.Define(pipeline.Doc{
			Name:  "partition",
			Safe:  true,
			Short: "Divides values between two blocks by whether EXPR is true",
			Trait: pipeline.Ordered,
			Long: `The first block reads the values for which EXPR is true, the second those for which it is
false or null. What the blocks put comes out as it comes, the values of each block in
order; what they put at the end of their input, such as totals, comes from the first block
first, then from the second.`,
		}, partition),
		pipeline.Define(pipeline.Doc{
			Name:  "route",
			Safe:  true,
			Short: "Gives each value to the block of the first EXPR that is true",
			Trait: pipeline.Ordered,
			Long: `Each block stands behind its expression: route 'n < 10' { … } 'n < 100' { … } else { … }.
The block behind else reads what no expression is true for; without it, such values are
dropped. What the blocks put comes out as it comes, the values of each block in order;
what they put at the end of their input, such as totals, comes block by block. A block
that stops reading early does not stop the others.`,
		}, route),
	}
}

var errSourceBlock = errors.New("every block must read the values that it is given; concat and interleave take sources")

type partitionArgs struct {
	pipeline.OfBlocks
	Expr pipeline.Predicate `arg:"expr" help:"what is true for the values of the first block"`
	Yes  *pipeline.Sub      `arg:"first" help:"reads the values for which it is true"`
	No   *pipeline.Sub      `arg:"second" help:"reads the others"`
}

// Check wants blocks that read.
func (a *partitionArgs) Check() error {
	if a.Yes.IsSource() || a.No.IsSource() {
		return errSourceBlock
	}
	return nil
}

func partition(j *pipeline.Job, a *partitionArgs) error {
	r := &router{j: j, blocks: j.NewBlocks(), name: "partition", choose: func(v value.Value) (int, error) {
		yes, err := a.Expr.Test(v)
		if yes {
			return 0, err
		}
		return 1, err
	}}
	return r.run([]*pipeline.Sub{a.Yes, a.No})
}

type routeArgs struct {
	pipeline.OfBlocks
	Exprs  []condition     `arg:"expr...+" help:"what is true for the values of the block behind it; the last may be else"`
	Blocks []*pipeline.Sub `arg:"list...+" help:"reads the values for which the expression before it is true"`
}

// condition is an expression, or else, which is true always.
type condition struct {
	pipeline.Predicate
	otherwise bool
}

// SetArg compiles the expression.
func (c *condition) SetArg(text string, lookup func(string) (string, bool)) error {
	if text == "else" {
		c.otherwise = true
		return nil
	}
	return c.Predicate.SetArg(text, lookup)
}

// Check wants a block for each expression.
func (a *routeArgs) Check() error {
	for i, c := range a.Exprs {
		if c.otherwise && i < len(a.Exprs)-1 {
			return errors.New("else must stand before the last block")
		}
	}
	if len(a.Exprs) != len(a.Blocks) {
		return fmt.Errorf("each block stands behind its expression, the last one perhaps behind else; there are %s and %s",
			howMany(len(a.Exprs), "expression"), howMany(len(a.Blocks), "block"))
	}
	for _, s := range a.Blocks {
		if s.IsSource() {
			return errSourceBlock
		}
	}
	return nil
}

func howMany(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func route(j *pipeline.Job, a *routeArgs) error {
	r := &router{j: j, blocks: j.NewBlocks(), name: "route", choose: func(v value.Value) (int, error) {
		for i, c := range a.Exprs {
			if c.otherwise {
				return i, nil
			}
			if yes, err := c.Test(v); yes || err != nil {
				return i, err
			}
		}
		return -1, nil
	}}
	return r.run(a.Blocks)
}

// router gives each value to the block that choose gives the number of; to none when it is
// negative.
type router struct {
	j      *pipeline.Job
	name   string
	choose func(value.Value) (int, error)
	blocks *pipeline.Blocks
	inputs []*pipe.Pipe
	spans  []*value.Batch // rows of the present batch, by block; nil where there are none

	feeder   *pipeline.Job // the stage on the thread that feeds the blocks
	rejected *pipe.Pipe    // its stdout: errors that are passed on as values
}

// run has a thread that feeds the blocks, while its own collects what they put.
func (r *router) run(subs []*pipeline.Sub) error {
	r.rejected = r.j.NewPipe("what " + r.name + " rejects")
	r.rejected.DropLosses() // they come through the blocks
	defer func() {
		r.blocks.Close()
		r.j.CloseIn(r.rejected)
	}()
	for _, s := range subs {
		in := r.j.NewPipe("the input of a block of " + r.name)
		r.inputs = append(r.inputs, in)
		r.blocks.Start(s, in)
	}
	r.spans = make([]*value.Batch, len(subs))
	var before error
	r.j.Input().PassOn()
	feeder := r.j.Program().Start(microthread.Spec{Name: "the feeder of " + r.name, Stdin: r.j.Input(), Stdout: append([]*pipe.Pipe{r.rejected}, r.inputs...),
		Run: func(t *microthread.Thread) error {
			feeder := *r.j
			feeder.Thread = t
			r.feeder = &feeder
			before = r.feed(t)
			return before
		}})
	if err := r.collect(&before); err != nil {
		return err
	}
	r.blocks.Wait()
	_ = feeder.Wait(r.j.Thread, 0)
	return nil
}

// collect puts what the blocks put, as putAsItComes does; but of several that have something
// it takes the first, so that the end of one comes before that of the next.
func (r *router) collect(before *error) (failed error) {
	ins := append(slices.Clone(r.blocks.Outs), r.rejected)
	for len(ins) > 0 {
		if len(ins) == 1 && ins[0] == r.rejected && !r.rejected.Ready() {
			r.j.CloseIn(r.rejected) // no block reads any more
			return failed
		}
		i, err := pipe.Any(ins, -1)
		if err != nil {
			return err
		}
		b, err := ins[i].NextBatch()
		switch {
		case err == nil:
			r.j.PutBatch(b)
		case err != io.EOF && (*before == nil || !errors.Is(err, *before)):
			return err
		default:
			if err != io.EOF && ins[i] != r.rejected { // blocks that were still reading have it too
				failed = err
			}
			ins = slices.Delete(ins, i, i+1)
		}
	}
	return failed
}

// feed gives all values to the blocks. At the end it ends the input of one block after the
// other, so that what they put then comes in their order.
func (r *router) feed(t *microthread.Thread) error {
	for b, err := range t.Batches() {
		if err != nil {
			return err
		}
		r.j.SeeBatch(b)
		if err := r.feedBatch(t, b); err != nil {
			return r.j.Placed(err)
		}
	}
	for i, in := range r.inputs {
		in.Close()
		_ = r.blocks.Threads[i].Wait(t, 0)
	}
	return nil
}

// feedBatch gives the rows of b to the blocks: those of text as spans of it.
// It keeps b until all are given, though the input may be closed while it waits for a block.
func (r *router) feedBatch(t *microthread.Thread, b *value.Batch) error {
	b.Own()
	defer b.Release()
	n := 0
	if b.Form() != value.FormLines && b.Form() != value.FormSpans {
		for v := range b.All() {
			to, err := r.choose(v)
			switch {
			case err != nil:
				if err := r.feeder.Reject(b, n, err); err != nil {
					return err
				}
			case to >= 0 && !r.inputs[to].Closed():
				t.PutTo(r.inputs[to], v)
			}
			n++
		}
		return nil
	}
	for s, row := range b.Rows() {
		to, err := r.choose(value.Text(row))
		switch {
		case err != nil:
			r.putSpans(t)
			if err := r.feeder.Reject(b, n, err); err != nil {
				return err
			}
		case to >= 0 && !r.inputs[to].Closed():
			if r.spans[to] == nil {
				r.spans[to] = value.NewSpans(b)
			}
			r.spans[to].AddSpan(int(s.Off), int(s.Len))
		}
		n++
	}
	r.putSpans(t)
	return nil
}

func (r *router) putSpans(t *microthread.Thread) {
	for i, b := range r.spans {
		if b != nil {
			r.spans[i] = nil
			t.PutBatchTo(r.inputs[i], b)
		}
	}
}
