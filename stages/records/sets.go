package records

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mtpipe/internal/spill"
	"mtpipe/pipeline"
	"mtpipe/value"
)

const setHelp = ` Values are compared as a whole and as they are spelled: lines by all their
bytes. With --on, records are compared by a field or expression, LEFT=RIGHT when it is another
one in FILE; with several --on all must be equal, and a record in which one is null is equal to
none. A file whose name tells no format, such as words.txt, has lines: with --on FIELD these are
compared with the field. `

// passedHelp is the help of the stages that pass on some of their input.
const passedHelp = `They keep their order, and come as often as they are in the input, whatever is in FILE how
often: distinct after it makes a set of them.` + setHelp + `FILE's keys are kept in memory; when they do not
fit into the stage's share of --max-memory, it fails.`

// setStages compare their input with a file.
func setStages() []*pipeline.Stage {
	const trait = pipeline.Ordered | pipeline.Retains | pipeline.Passes
	return []*pipeline.Stage{
		pipeline.Define(pipeline.Doc{
			Name:  "minus",
			Safe:  true,
			Short: "Passes on the values that FILE does not have",
			Trait: trait,
			Long:  passedHelp,
		}, func(j *pipeline.Job, a *setOpArgs) error { return passKnown(j, a, false) }),
		pipeline.Define(pipeline.Doc{
			Name:  "intersect",
			Safe:  true,
			Short: "Passes on the values that FILE has, too",
			Trait: trait,
			Long:  passedHelp,
		}, func(j *pipeline.Job, a *setOpArgs) error { return passKnown(j, a, true) }),
		pipeline.Define(pipeline.Doc{
			Name:  "union",
			Safe:  true,
			Short: "Adds the values of FILE that the input does not have",
			Trait: pipeline.Ordered | pipeline.Retains,
			Long: `The input passes as it comes; at its end come those values of FILE that it did not have, in
their order and as often as they are there. distinct after it makes a set of them.` + setHelp + `FILE is kept in
memory; when it does not fit into the stage's share of --max-memory, it fails.`,
		}, union),
		pipeline.Define(pipeline.Doc{
			Name:  "compare",
			Safe:  true,
			Short: "Tells of each value whether the input, FILE or both have it",
			Trait: pipeline.Ordered | pipeline.Retains,
			Long: `Puts records with the field side, which is left for what only the input has, right for what
only FILE has, and both, and then the value, or the fields of a record: what comm puts into three
columns. As in comm, a value that is there several times has a partner for each. What the
input has comes in its order; the rest of FILE comes last. Neither has to be sorted.` + setHelp + `FILE is kept
in memory; when it does not fit into the stage's share of --max-memory, it fails.`,
		}, compare),
	}
}

type setOpArgs struct {
	besideArgs
	On []joinKey `opt:"on" help:"the field or expression by which records are compared; LEFT=RIGHT when it is another one in FILE"`
}

// NamesAfter returns the names of the input.
func (a *setOpArgs) NamesAfter(in []string) []string { return in }

// NamesJoined returns the names of the input.
func (a *setOpArgs) NamesJoined(in, _ []string) []string { return in }

// setOp is a stage that compares its input with a file.
type setOp struct {
	j           *pipeline.Job
	args        *setOpArgs
	left, right joinKeys
	known       bool     // what the file has is known
	records     bool     // the file has records
	names       []string // of its header
	seen        bool     // there was a value of the input
	key         []byte
}

func newSetOp(j *pipeline.Job, a *setOpArgs) *setOp {
	s := &setOp{j: j, args: a}
	for _, k := range a.On {
		s.left.sides, s.right.sides = append(s.left.sides, k.left), append(s.right.sides, k.right)
	}
	return s
}

// keysOf returns what makes the keys of rows; nil stands for a key that is equal to none.
func (s *setOp) keysOf(b *value.Batch, side *joinKeys) (key func(i int) []byte, failed error) {
	if len(s.args.On) > 0 {
		cols, err := side.columns(s.j, b)
		return func(i int) []byte { return side.key(cols, i) }, err
	}
	cols, err := s.j.Columns(b, make([]pipeline.Expr, 1)...)
	return func(i int) []byte {
		s.key = value.AppendKeyOf(s.key[:0], cols, i)
		return s.key
	}, err
}

// each calls do with the batches of the input and what makes the keys of their rows.
func (s *setOp) each(do func(b *value.Batch, key func(i int) []byte) error) error {
	for b, err := range s.j.AnyBatches() {
		if err != nil {
			return err
		}
		if err := s.check(b); err != nil {
			return err
		}
		err := s.j.InPlaceLent(b, func(part *value.Batch) error {
			key, failed := s.keysOf(part, &s.left)
			return cmp.Or(do(part, key), failed)
		}, s.left.computed(b)...)
		if err != nil {
			return err
		}
	}
	return nil
}

// load reads the file and calls add with each row and its key.
func (s *setOp) load(add func(key []byte, v value.Value) error) error {
	f := &beside{args: &s.args.besideArgs, asked: s.right.sides}
	if len(s.right.sides) == 1 {
		f.line = s.right.sides[0].text
	}
	f.header = func(names []string) error {
		s.names, s.records, s.known = names, true, true
		s.right.names, s.right.exprs = nil, nil
		s.right.decide(value.NewShape(names...))
		return s.j.TellNames(names, nil)
	}
	f.rows = func(b *value.Batch) error {
		if len(s.args.On) > 1 && b.IsText() {
			return fmt.Errorf("%s: has lines, with which one field is compared, not %d", s.args.File, len(s.args.On))
		}
		if !s.known && b.Len() > 0 {
			s.known, s.records = true, !b.IsText()
		}
		key, failed := s.keysOf(b, &s.right)
		i := 0
		for v := range b.Look() {
			if err := add(key(i), v); err != nil {
				return err
			}
			i++
		}
		return failed
	}
	return f.read(s.j)
}

// check refuses an input that can have nothing in common with the file.
func (s *setOp) check(b *value.Batch) error {
	if s.seen || b.Len() == 0 {
		return nil
	}
	s.seen = true
	shape := firstShape(b)
	switch {
	case len(s.args.On) > 0 || !s.known:
	case s.records && shape == nil && b.IsText():
		return fmt.Errorf("%s: has records, and the input lines; --format lines compares it by lines", s.args.File)
	case !s.records && shape != nil:
		return fmt.Errorf("%s: has lines, and the input records; --on FIELD compares a field with them", s.args.File)
	case s.names != nil && shape != nil && !slices.Equal(s.names, shape.Names()):
		return fmt.Errorf("%s: has the fields %s, and the input %s; --on says which are compared", s.args.File, strings.Join(s.names, ", "), strings.Join(shape.Names(), ", "))
	}
	return nil
}

// passKnown passes on the rows that the file has, or those that it does not have.
func passKnown(j *pipeline.Job, a *setOpArgs, want bool) error {
	s := newSetOp(j, a)
	known := spill.NewSet(j.Budget() / 2)
	defer known.Clear()
	err := s.load(func(key []byte, _ value.Value) error {
		if key == nil {
			return nil
		}
		if _, is := known.Add(key, known.Hash(key)); !is {
			return j.OverBudget("what " + a.File + " has")
		}
		return nil
	})
	if err != nil {
		return err
	}
	var chosen []int32
	return s.each(func(b *value.Batch, key func(i int) []byte) error {
		chosen = chosen[:0]
		for i := range b.Len() {
			k := key(i)
			if (k != nil && known.Has(k, known.Hash(k))) == want {
				chosen = append(chosen, int32(i))
			}
		}
		if len(chosen) > 0 {
			b.Own()
			b.Choose(chosen)
			j.PutBatch(b)
		}
		return nil
	})
}

// loadTable reads the file into a table.
func (s *setOp) loadTable() (*joinTable, error) {
	table := newJoinTable(s.j.Budget() / 2)
	err := s.load(func(key []byte, v value.Value) error {
		table.add(key, v)
		if table.full() {
			return s.j.OverBudget("what " + s.args.File + " has")
		}
		return nil
	})
	return table, err
}

func union(j *pipeline.Job, a *setOpArgs) error {
	s := newSetOp(j, a)
	table, err := s.loadTable()
	if err != nil {
		return err
	}
	err = s.each(func(b *value.Batch, key func(i int) []byte) error {
		for i := range b.Len() {
			for k := table.first(key(i)); k >= 0 && !table.matched[k]; k = table.next[k] {
				table.matched[k] = true
			}
		}
		if b.Len() > 0 {
			b.Own()
			j.PutBatch(b)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, v := range table.rows {
		if !table.matched[i] {
			j.Put(v)
		}
	}
	return nil
}

// compareArgs are those of a stage that puts a field more.
type compareArgs struct{ setOpArgs }

// NamesAfter returns the names of the input, and the side.
func (a *compareArgs) NamesAfter(in []string) []string { return a.NamesJoined(in, nil) }

// NamesJoined returns the names of the input, and the side.
func (a *compareArgs) NamesJoined(in, _ []string) []string {
	if in == nil {
		return nil
	}
	return append([]string{"side"}, in...)
}

// sided makes records that tell the side of a value.
type sided struct {
	in, out *value.Shape
}

var errSide = errors.New("the record has a field side already; rename gives it another name")

func (s *sided) of(side string, v value.Value) (value.Value, error) {
	vals := []value.Value{value.String(side)}
	if v.Kind() != value.KindRecord {
		return value.Rec(value.NewRecord(sideShape, append(vals, v)...)), nil
	}
	r := v.AsRecord()
	if s.in != r.Shape() {
		if r.Shape().Find("side") >= 0 {
			return value.Null, errSide
		}
		s.in, s.out = r.Shape(), value.NewShape(append([]string{"side"}, r.Shape().Names()...)...)
	}
	for i := range r.Len() {
		vals = append(vals, r.At(i))
	}
	return value.Rec(value.NewRecord(s.out, vals...)), nil
}

var sideShape = value.NewShape("side", "value")

func compare(j *pipeline.Job, a *compareArgs) error {
	s := newSetOp(j, &a.setOpArgs)
	table, err := s.loadTable()
	if err != nil {
		return err
	}
	next := make(map[string]int) // of keys that came: the first row without a partner
	var out sided
	err = s.each(func(b *value.Batch, key func(i int) []byte) error {
		i := 0
		for v := range b.All() {
			side := "left"
			k := key(i)
			at, ok := next[string(k)]
			if !ok {
				at = table.first(k)
			}
			if at >= 0 {
				side, table.matched[at] = "both", true
				next[string(k)] = table.next[at]
			}
			made, err := out.of(side, v)
			if err != nil {
				err = j.Reject(b, i, err)
			} else {
				j.Put(made)
			}
			if err != nil {
				return err
			}
			i++
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, v := range table.rows {
		if table.matched[i] {
			continue
		}
		made, err := out.of("right", v)
		if err != nil {
			return err
		}
		j.Put(made)
	}
	return nil
}
