package expression

import (
	"slices"

	"mtpipe/value"
)

// RowError is the failure of an expression for one row of a batch.
type RowError struct {
	Row int
	Err error
}

// Column computes an expression for all rows of a batch at once, and keeps memory for the
// next batch.
type Column struct {
	// Borrowed says that the last result of Program.Column was not computed but belongs to
	// the batch.
	Borrowed bool

	b      *value.Batch
	p      *Program
	vals   []value.Value
	bad    []RowError
	its    []value.Value   // the rows, when they are not looked at by their fields
	fields [][]value.Value // what the expression reads of each row
	record value.Scratch
	ready  bool // its or fields are set
	flat   bool // all rows are records, whose fields can be read as columns
	lists  [][]int32
	used   int // of lists
}

// Self is the expression it.
var Self = mustCompile("it")

func mustCompile(text string) *Program {
	p, err := Compile(text, nil)
	if err != nil {
		panic(err)
	}
	return p
}

func (c *Column) begin(p *Program, b *value.Batch) {
	c.p, c.b, c.bad, c.ready, c.used = p, b, c.bad[:0], false, 0
	c.flat = len(p.shape.Names()) > 0 && onlyRecords(b)
}

// Column computes the expression for every row of b. Rows for which it fails are null in
// the result and listed with their errors, in order. The result may point into b's text; it
// is valid until b's rows change and c is used again.
func (p *Program) Column(b *value.Batch, c *Column) ([]value.Value, []RowError) {
	c.begin(p, b)
	c.Borrowed = true
	switch {
	case p.root.isField && c.flat:
		return b.Column(p.root.field), nil
	case p.root.isIt && b.Form() == value.FormValues && !hasErrors(b):
		return b.Values(), nil
	}
	c.Borrowed = false
	c.vals = grown(c.vals, b.Len())
	for i := range c.vals {
		v, err := p.Eval(c.row(i))
		if err != nil {
			c.bad = append(c.bad, RowError{i, err})
		}
		c.vals[i] = v
	}
	return c.vals, c.bad
}

// Choose keeps the rows of the last result that are given.
func (c *Column) Choose(rows []int32) []value.Value {
	for n, i := range rows {
		c.vals[n] = c.vals[i]
	}
	c.vals = c.vals[:len(rows)]
	return c.vals
}

// grown returns list with length n; its content does not matter.
func grown[T any](list []T, n int) []T {
	if cap(list) < n {
		return make([]T, n, n+n/4)
	}
	return list[:n]
}

// onlyRecords reports whether every row of b is a record.
func onlyRecords(b *value.Batch) bool {
	switch b.Form() {
	case value.FormRecords:
		return b.Records().OnlyRecords()
	case value.FormValues:
		return !slices.ContainsFunc(b.Values(), func(v value.Value) bool { return v.Kind() != value.KindRecord })
	}
	return false
}

// hasErrors reports whether error values are among the rows.
func hasErrors(b *value.Batch) bool {
	if b.Form() != value.FormValues {
		return false
	}
	for _, v := range b.Values() {
		if v.Kind() == value.KindError {
			return true
		}
	}
	return false
}

// row returns row i; of records it has only the fields that the expression reads, and is
// valid until the next call.
func (c *Column) row(i int) value.Value {
	if !c.ready {
		c.prepare()
	}
	if c.its != nil {
		return c.its[i]
	}
	for k, vals := range c.fields {
		c.record.Set(k, vals[i])
	}
	return c.record.Value()
}

func (c *Column) prepare() {
	c.ready = true
	switch {
	case c.b.Form() == value.FormValues:
		c.its = c.b.Values()
	case c.b.Form() == value.FormRecords && !c.p.whole && c.flat:
		c.its = nil
		c.record.Shape(c.p.shape)
		c.fields = c.fields[:0]
		for _, name := range c.p.shape.Names() {
			c.fields = append(c.fields, c.b.Column(name))
		}
	default:
		c.its = make([]value.Value, 0, c.b.Len())
		for v := range c.b.All() {
			c.its = append(c.its, v)
		}
	}
}

// Select returns the numbers of the rows of b for which the expression is true, or, when
// want is false, false or null. Rows for which it fails are listed with their errors, in
// order. The result is valid until c is used again.
func (p *Program) Select(b *value.Batch, want bool, c *Column) ([]int32, []RowError) {
	c.begin(p, b)
	all := c.list(b.Len())
	for i := range all {
		all[i] = int32(i)
	}
	chosen := c.test(p.root, all)
	sortErrors(c.bad)
	if !want {
		chosen = c.without(all, chosen, 0)
	}
	return chosen, c.bad
}

// sortErrors sorts errors, which are few, by their rows.
func sortErrors(bad []RowError) {
	for i := 1; i < len(bad); i++ {
		for k := i; k > 0 && bad[k].Row < bad[k-1].Row; k-- {
			bad[k], bad[k-1] = bad[k-1], bad[k]
		}
	}
}

// list returns memory for n row numbers, that no other list of this batch uses.
func (c *Column) list(n int) []int32 {
	if c.used == len(c.lists) {
		c.lists = append(c.lists, nil)
	}
	l := grown(c.lists[c.used], n)
	c.lists[c.used] = l
	c.used++
	return l
}

// test returns those of rows for which o is true; those for which it fails go to c.bad.
func (c *Column) test(o operand, rows []int32) []int32 {
	if o.choose != nil && c.flat {
		return o.choose(c, rows)
	}
	return c.each(o, rows)
}

// each is test for any expression, one row after the other.
func (c *Column) each(o operand, rows []int32) []int32 {
	out := c.list(len(rows))[:0]
	f := c.p.frame()
	defer c.p.release(f)
	test := testOf(o)
	for _, i := range rows {
		it := c.row(int(i))
		var ok bool
		var err error
		if it.Kind() == value.KindError {
			err = it.AsError()
		} else {
			ok, err = test(it, f)
		}
		switch {
		case err != nil:
			c.bad = append(c.bad, RowError{int(i), err})
		case ok:
			out = append(out, i)
		}
	}
	return out
}

// without returns rows without those in out, a part of them, and without those for which
// errors from the given one on were found.
func (c *Column) without(rows, out []int32, errors int) []int32 {
	rest := c.list(len(rows))[:0]
	bad := c.bad[errors:]
	sortErrors(bad)
	for _, i := range rows {
		switch {
		case len(out) > 0 && out[0] == i:
			out = out[1:]
		case len(bad) > 0 && bad[0].Row == int(i):
			bad = bad[1:]
		default:
			rest = append(rest, i)
		}
	}
	return rest
}

// union returns the rows in a or b, which have none in common.
func (c *Column) union(a, b []int32) []int32 {
	all := c.list(len(a) + len(b))[:0]
	for len(a) > 0 && len(b) > 0 {
		if a[0] < b[0] {
			all, a = append(all, a[0]), a[1:]
		} else {
			all, b = append(all, b[0]), b[1:]
		}
	}
	return append(append(all, a...), b...)
}
