package stages

import (
	"mtpipe/pipeline"
	"mtpipe/value"
)

func countStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "count",
		Short: "Puts how many values there were",
		Trait: pipeline.Combine,
		Long:  `A last line without a newline counts as one.`,
	}, count)
}

func countByStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "count_by",
		Short: "Counts equal values, or values with equal expressions",
		Trait: pipeline.Combine,
		Long: `Puts a record for each distinct value, in the order in which they were first seen:
its value and its count. With expressions, the record has a field for each, named as
the expression is written, instead of value.`,
	}, countBy)
}

type countArgs struct{}

func count(j *pipeline.Job, _ *countArgs) error {
	n := 0
	for b, err := range j.Batches() {
		if err != nil {
			return err
		}
		n += b.Len()
	}
	j.Put(value.Int(int64(n)))
	return nil
}

type countByArgs struct {
	By []pipeline.Expr `arg:"expr..." help:"what makes values equal; without it, the value itself"`
}

// tally counts by key and remembers what the keys stood for.
type tally struct {
	byKey   map[string]int // to an index in entries
	entries []tallied
	key     []byte
}

type tallied struct {
	values []value.Value
	text   string // instead of values: untyped text
	n      int64
}

func countBy(j *pipeline.Job, a *countByArgs) error {
	c := &tally{byKey: make(map[string]int)}
	for b, err := range j.Batches() {
		if err != nil {
			return err
		}
		if len(a.By) == 0 && b.Form() != value.FormValues {
			for _, row := range b.Rows() {
				c.text(row)
			}
			continue
		}
		if err := c.batch(j, a, b); err != nil {
			return err
		}
	}
	c.put(j, a)
	return nil
}

// text counts a row of text.
func (c *tally) text(row []byte) {
	c.key = append(append(c.key[:0], 't'), row...)
	if i, ok := c.byKey[string(c.key)]; ok {
		c.entries[i].n++
		return
	}
	key := string(c.key)
	c.byKey[key] = len(c.entries)
	c.entries = append(c.entries, tallied{text: key[1:], n: 1})
}

// batch counts the rows of b by the expressions, or by themselves.
func (c *tally) batch(j *pipeline.Job, a *countByArgs, b *value.Batch) error {
	vals := make([]value.Value, max(1, len(a.By)))
	for v := range b.All() {
		if len(a.By) == 0 {
			vals[0] = v
		}
		for i, e := range a.By {
			var err error
			if vals[i], err = e.Of(v); err != nil {
				return j.Bad(v, err)
			}
		}
		c.values(vals)
	}
	return nil
}

func (c *tally) values(vals []value.Value) {
	if len(vals) == 1 && vals[0].Kind() == value.KindText {
		c.text(vals[0].Bytes())
		return
	}
	c.key = c.key[:0]
	for _, v := range vals {
		mark := len(c.key)
		c.key = v.AppendKey(append(c.key, 0, 0, 0, 0))
		n := len(c.key) - mark
		c.key[mark], c.key[mark+1], c.key[mark+2], c.key[mark+3] = byte(n>>24), byte(n>>16), byte(n>>8), byte(n)
	}
	if i, ok := c.byKey[string(c.key)]; ok {
		c.entries[i].n++
		return
	}
	kept := make([]value.Value, len(vals))
	for i, v := range vals {
		kept[i] = v.Clone()
	}
	c.byKey[string(c.key)] = len(c.entries)
	c.entries = append(c.entries, tallied{values: kept, n: 1})
}

// put puts a record for each entry.
func (c *tally) put(j *pipeline.Job, a *countByArgs) {
	names := []string{"value"}
	if len(a.By) > 0 {
		names = exprNames(a.By)
	}
	shape := value.NewShape(append(names, "count")...)
	for _, e := range c.entries {
		fields := make([]value.Value, 0, len(names)+1)
		if e.values == nil {
			fields = append(fields, value.TextOf(e.text))
		}
		fields = append(append(fields, e.values...), value.Int(e.n))
		j.Put(value.Rec(value.NewRecord(shape, fields...)))
	}
}

// exprNames returns what to call the results of expressions: the field's name for one that
// is just a field, otherwise its text.
func exprNames(exprs []pipeline.Expr) []string {
	names := make([]string, len(exprs), len(exprs)+1)
	for i, e := range exprs {
		names[i] = e.String()
		if name, ok := e.Field(); ok {
			names[i] = name
		} else if e.It() {
			names[i] = "value"
		}
	}
	return names
}
