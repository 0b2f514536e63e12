package order

import (
	"errors"
	"fmt"
	"io"

	"mtpipe/internal/ordering"
	"mtpipe/pipe"
	"mtpipe/pipeline"
	"mtpipe/value"
)

func mergeSortedStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "merge_sorted",
		Safe:  true,
		Short: "Merges what its blocks put, each in order, into one order",
		Trait: pipeline.Ordered,
		Long: `The options are those of sort, and each block has to put its values in that order: one
that does not is an error. Without options two texts are compared by their bytes, all
else by the order of values. Of equals, those of the first block come first. Nothing but
one value of each block is kept, so it works on streams without an end. One block may
read the input; the others read sources of their own.`,
		Instead: map[string]string{"-k": "--by EXPR compares what an expression gives, such as int(split(it, \",\")[1])", "-t": "--by EXPR compares what an expression gives", "-M": "--by EXPR compares what an expression gives"},
	}, mergeSorted)
}

type mergeArgs struct {
	Blocks   []*pipeline.Sub `arg:"list...+" help:"puts values in order"`
	By       []sortKey       `opt:"by" help:"an expression to compare, with :desc behind it for the largest first"`
	Numeric  bool            `opt:"n,numeric" help:"compare the numbers at the beginning"`
	Human    bool            `opt:"h,human" help:"compare numbers with suffixes: 2K before 1G"`
	Version  bool            `opt:"V,version" help:"compare numbers inside text: v1.9 before v1.10"`
	FoldCase bool            `opt:"f,fold" help:"compare small letters as capitals"`
	Reverse  bool            `opt:"r,reverse" help:"the largest comes first"`
}

// sorting returns the options as those of sort.
func (a *mergeArgs) sorting() *sortArgs {
	return &sortArgs{By: a.By, Numeric: a.Numeric, Human: a.Human, Version: a.Version, FoldCase: a.FoldCase, Reverse: a.Reverse}
}

// IsSource reports whether no block reads the input.
func (a *mergeArgs) IsSource() bool { return pipeline.Readers(a.Blocks) == 0 }

// Check wants one block at the most that reads the input, and options that go together.
func (a *mergeArgs) Check() error {
	var err error
	if a.sorting().rules() > 1 {
		err = errors.New("takes one of -n, -h, -V and -f")
	}
	return errors.Join(pipeline.OneReads(a.Blocks), err)
}

func mergeSorted(j *pipeline.Job, a *mergeArgs) error {
	b := j.StartBlocks(a.Blocks)
	defer b.Close()
	m := &merging{}
	m.exprs, m.keys = a.sorting().keys()
	var heads []*mergeHead
	for i, out := range b.Outs {
		h := &mergeHead{from: out, number: i + 1}
		if err := m.advance(j, h); err != nil {
			return err
		}
		heads = append(heads, h)
	}
	for {
		var least *mergeHead
		for _, h := range heads {
			if !h.ended && (least == nil || m.compare(h.by, least.by) < 0) {
				least = h
			}
		}
		if least == nil {
			b.Wait()
			return nil
		}
		j.Put(least.v)
		if err := m.advance(j, least); err != nil {
			return err
		}
	}
}

// merging compares values.
type merging struct {
	exprs []pipeline.Expr
	keys  []ordering.Key
}

// mergeHead is the next value of a block.
type mergeHead struct {
	from   *pipe.Pipe
	number int // of the block
	v      value.Value
	by     []value.Value // what to compare
	ended  bool
}

func (m *merging) compare(a, b []value.Value) int {
	for i, k := range m.keys {
		if c := k.Compare(a[i], b[i]); c != 0 {
			return c
		}
	}
	return 0
}

// advance reads the next value of a block.
func (m *merging) advance(j *pipeline.Job, h *mergeHead) error {
	v, err := h.from.Next()
	j.See(v)
	if err == io.EOF {
		h.ended = true
		return nil
	}
	if err != nil {
		return err
	}
	by := []value.Value{v}
	if len(m.exprs) > 0 {
		by = make([]value.Value, len(m.exprs))
	}
	for i, e := range m.exprs {
		if by[i], err = e.Of(v); err != nil {
			return &pipeline.DataError{Piece: v.Quote(), Err: err}
		}
	}
	if h.by != nil && m.compare(by, h.by) < 0 {
		return fmt.Errorf("block %d is not in order: %s comes behind %s", h.number, v.Quote(), h.v.Quote())
	}
	h.v, h.by = v, by
	return nil
}
