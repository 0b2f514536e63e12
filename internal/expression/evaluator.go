package expression

import (
	"slices"

	"mtpipe/value"
)

// Evaluator computes expressions for all rows of a batch at once, and keeps memory for the
// next batch.
type Evaluator struct {
	b *value.Batch
	p *Program

	col    *value.Column // the last result of Column: own, or one that the batch keeps
	own    value.Column
	rows   bool          // own are the rows of the batch themselves
	vals   []value.Value // memory for own
	bad    []value.RowError
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

func (e *Evaluator) begin(p *Program, b *value.Batch) {
	e.p, e.b, e.bad, e.ready, e.used = p, b, e.bad[:0], false, 0
	e.flat = len(p.shape.Names()) > 0 && onlyRecords(b)
}

// Column computes the expression for every row of b. Rows for which it fails are null in
// the result and listed with their errors, in order. The result may point into b's text; it
// is valid until b's rows change and e is used again.
func (p *Program) Column(b *value.Batch, e *Evaluator) (*value.Column, []value.RowError) {
	e.begin(p, b)
	e.col, e.rows = &e.own, false
	switch {
	case p.root.isField && e.flat:
		e.col = b.Column(p.root.field)
	case p.digits != "" && e.flat:
		e.numeral(p.digits)
	case p.root.isIt && b.Form() == value.FormValues && !hasErrors(b):
		e.rows = true
		e.own.Set(b.Values())
	case p.root.isIt && b.IsText():
		e.vals = b.AppendTexts(e.vals[:0])
		e.own.Set(e.vals)
	default:
		e.compute()
	}
	return e.col, e.bad
}

// ByColumns reports whether the expression reads nothing of records but their fields, so that columns
// in place of these give the same.
func (p *Program) ByColumns() bool { return !p.whole }

// numeral computes an expression that is nothing but a whole number; see compiler.numeral.
func (e *Evaluator) numeral(digits string) {
	switch all, some := e.b.HasField(digits); {
	case all:
		e.col = e.b.Column(digits)
	case some:
		e.compute()
	default:
		e.vals = grown(e.vals, e.b.Len())
		for i := range e.vals {
			e.vals[i] = e.p.root.v
		}
		e.own.Set(e.vals)
	}
}

func (e *Evaluator) compute() {
	e.vals = grown(e.vals, e.b.Len())
	for i := range e.vals {
		it := e.row(i)
		v, err := e.p.evalRow(it, it, e.b, i)
		if err != nil {
			e.bad = append(e.bad, value.RowError{Row: i, Err: err})
		}
		e.vals[i] = v
	}
	e.own.Set(e.vals)
}

// Choose keeps those rows of the last result of Column whose numbers are given. The batch's
// Choose was called with them before.
func (e *Evaluator) Choose(rows []int32) {
	switch {
	case e.col != &e.own: // the batch has chosen
	case e.rows:
		e.own.Set(e.b.Values())
	default:
		e.own.Choose(rows)
	}
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
func (e *Evaluator) row(i int) value.Value {
	if !e.ready {
		e.prepare()
	}
	if e.its != nil {
		return e.its[i]
	}
	for k, vals := range e.fields {
		e.record.Set(k, vals[i])
	}
	return e.record.Value()
}

func (e *Evaluator) prepare() {
	e.ready = true
	switch {
	case e.b.Form() == value.FormValues:
		e.its = e.b.Values()
	case e.b.Form() == value.FormRecords && !e.p.whole && e.flat:
		e.its = nil
		e.record.Shape(e.p.shape)
		e.fields = e.fields[:0]
		for _, name := range e.p.shape.Names() {
			e.fields = append(e.fields, e.b.Column(name).Values)
		}
	default:
		e.its = make([]value.Value, 0, e.b.Len())
		for v := range e.b.All() {
			e.its = append(e.its, v)
		}
	}
}

// Select returns the numbers of the rows of b for which the expression is true, or, when
// want is false, false or null. Rows for which it fails are listed with their errors, in
// order. The result is valid until e is used again.
func (p *Program) Select(b *value.Batch, want bool, e *Evaluator) ([]int32, []value.RowError) {
	e.begin(p, b)
	all := e.list(b.Len())
	for i := range all {
		all[i] = int32(i)
	}
	chosen := e.test(p.root, all)
	value.SortRowErrors(e.bad)
	if !want {
		chosen = e.without(all, chosen, 0)
	}
	return chosen, e.bad
}

// list returns memory for n row numbers, that no other list of this batch uses.
func (e *Evaluator) list(n int) []int32 {
	if e.used == len(e.lists) {
		e.lists = append(e.lists, nil)
	}
	l := grown(e.lists[e.used], n)
	e.lists[e.used] = l
	e.used++
	return l
}

// test returns those of rows for which o is true; those for which it fails go to e.bad.
func (e *Evaluator) test(o operand, rows []int32) []int32 {
	if o.choose != nil && e.flat {
		return o.choose(e, rows)
	}
	return e.each(o, rows)
}

// each is test for any expression, one row after the other.
func (e *Evaluator) each(o operand, rows []int32) []int32 {
	out := e.list(len(rows))[:0]
	f := e.p.frame()
	defer e.p.release(f)
	test := testOf(o)
	for _, i := range rows {
		it := e.row(int(i))
		var ok bool
		var err error
		if it.Kind() == value.KindError {
			err = it.AsError()
		} else {
			if e.p.asks {
				f.row.from, f.row.batch, f.row.i = it, e.b, int(i)
			}
			ok, err = test(it, f)
		}
		switch {
		case err != nil:
			e.bad = append(e.bad, value.RowError{Row: int(i), Err: err})
		case ok:
			out = append(out, i)
		}
	}
	return out
}

// without returns rows without those in out, a part of them, and without those for which
// errors from the given one on were found.
func (e *Evaluator) without(rows, out []int32, errors int) []int32 {
	rest := e.list(len(rows))[:0]
	bad := e.bad[errors:]
	value.SortRowErrors(bad)
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
func (e *Evaluator) union(a, b []int32) []int32 {
	all := e.list(len(a) + len(b))[:0]
	for len(a) > 0 && len(b) > 0 {
		if a[0] < b[0] {
			all, a = append(all, a[0]), a[1:]
		} else {
			all, b = append(all, b[0]), b[1:]
		}
	}
	return append(append(all, a...), b...)
}
