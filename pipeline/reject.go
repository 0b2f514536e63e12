package pipeline

import (
	"math"
	"slices"

	"mtpipe/internal/expression"
	"mtpipe/microthread"
	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

// RejectValue does what --on-error says with the value v, which the stage has just read
// with In or Next: err is what is wrong with it. It returns the error that ends the stage,
// or nil when the stage goes on with the next value.
func (j *Job) RejectValue(v value.Value, err error) error {
	if v.Kind() == value.KindError && j.KeepsErrors() {
		j.Put(v)
		return nil
	}
	return j.reject(func() error { return j.Bad(v, err) })
}

// Reject does what --on-error says with row i of b, as RejectValue does.
func (j *Job) Reject(b *value.Batch, i int, err error) error {
	return j.rejectTold(b, i, func() error { return j.badRow(b, i, err) })
}

// RejectShown is Reject where the message shows row i as the value that it is, v.
func (j *Job) RejectShown(b *value.Batch, i int, v value.Value, err error) error {
	return j.rejectTold(b, i, func() error {
		told := j.badRow(b, i, err)
		if e, ok := told.(*DataError); ok && b.Form() == value.FormRecords {
			e.Piece = v.Quote()
		}
		return told
	})
}

// rejectTold is Reject where tell makes the error.
func (j *Job) rejectTold(b *value.Batch, i int, tell func() error) error {
	if j.KeepsErrors() {
		v, end := j.keptError(b, i, tell)
		j.Put(v)
		return end
	}
	return j.reject(tell)
}

func (j *Job) reject(err func() error) error {
	switch j.policy() {
	case Fail:
		return err()
	case Keep:
		v, end := j.kept(err())
		j.Put(v)
		return end
	}
	return j.leaveOut(err)
}

// rejectOutput returns what does so for the output of the run, whose thread is t: there is no
// place that an error which is kept could go to.
func (r *run) rejectOutput(t *microthread.Thread) rejecting {
	call := &syntax.Call{Pos: syntax.Pos{Offset: math.MaxInt}} // after all stages
	j := &Job{Thread: t, run: r, stage: &planned{boundStage: &boundStage{Call: call, name: "output", file: r.file}}, in: t.Stdin()}
	return func(b *value.Batch, i int, err error) error {
		tell := func() error {
			if b.Form() == value.FormValues && b.Values()[i].Kind() == value.KindError {
				return err
			}
			return j.badRow(b, i, err)
		}
		if r.onError == Fail {
			return tell()
		}
		return j.leaveOut(tell)
	}
}

// putBut puts those rows of b, which it takes over, that are good, and does what --on-error
// says with the others, in order. Tell looks for the place of an error, while the batch is as
// it was.
func (j *Job) putBut(b *value.Batch, good []int32, bad []value.RowError, tell func(e value.RowError) error) error {
	if j.policy() != Fail {
		return j.putAround(b, good, bad, tell)
	}
	end := tell(bad[0])
	n, _ := slices.BinarySearch(good, int32(bad[0].Row))
	b.Choose(good[:n])
	j.PutSome(b)
	return end
}

// putAround is putBut where each error has its place among the rows.
func (j *Job) putAround(b *value.Batch, good []int32, bad []value.RowError, tell func(e value.RowError) error) error {
	defer b.Release()
	if j.losesInBatches() {
		return j.putLossy(b, good, bad, tell)
	}
	for _, e := range bad {
		n, _ := slices.BinarySearch(good, int32(e.Row))
		j.putPart(b, good[:n])
		good = good[n:]
		if err := j.rejectRow(b, e, func() error { return tell(e) }); err != nil {
			return err
		}
	}
	j.putPart(b, good)
	return nil
}

// putLossy puts the good rows of b with word of the others among them.
func (j *Job) putLossy(b *value.Batch, good []int32, bad []value.RowError, tell func(e value.RowError) error) (end error) {
	out := b.Pick(good)
	for _, e := range bad {
		n, _ := slices.BinarySearch(good, int32(e.Row))
		if end = j.leaveOutOf(out, n, func() error { return tell(e) }); end != nil {
			out.Truncate(n)
			break
		}
	}
	j.PutSome(out)
	return end
}

// rejectRow does what --on-error says, unless that is to fail, with a row of b.
func (j *Job) rejectRow(b *value.Batch, e value.RowError, tell func() error) error {
	if !j.KeepsErrors() {
		return j.leaveOut(tell)
	}
	v, end := j.keptError(b, e.Row, tell)
	j.Put(v)
	return end
}

// putPart puts some of the rows of b.
func (j *Job) putPart(b *value.Batch, rows []int32) {
	if len(rows) > 0 {
		j.PutBatch(b.Pick(rows))
	}
}

// keptError returns what is put in the place of row i of b, which err is about: the row, if it
// is an error itself. The error ends the stage.
func (j *Job) keptError(b *value.Batch, i int, err func() error) (value.Value, error) {
	if b.Form() == value.FormValues && b.Values()[i].Kind() == value.KindError {
		return b.Values()[i], nil
	}
	return j.kept(err())
}

// badRow returns err as an error about row i of b.
func (j *Job) badRow(b *value.Batch, i int, err error) error {
	switch {
	case !b.InText():
		if b.Form() != value.FormValues {
			b.Block().Pin() // err may hold a part of the row
		}
		v := b.ValueAt(i)
		return &DataError{Piece: v.Quote(), Err: err, Value: v}
	case b.Form() == value.FormLines:
		for s := range b.Rows() {
			if i == 0 {
				return j.BadRow(b, s, err)
			}
			i--
		}
	}
	bad := j.BadRow(b, b.Row(i), err)
	if e, ok := bad.(*DataError); ok && b.Form() == value.FormRecords {
		e.Value = b.Records().Value(i)
	}
	return bad
}

// Columns computes exprs for the rows of b, a column each. Rows for which one of them fails
// are rejected and leave b, so that the columns and b stay alike; when the error ends the
// stage, b keeps the rows before it. The values may point into b's text, and are valid until
// b is released or Columns is called again.
func (j *Job) Columns(b *value.Batch, exprs ...Expr) ([]*value.Column, error) {
	return j.CheckedColumns(b, func([]*value.Column, []value.RowError) []value.RowError { return nil }, exprs...)
}

// CheckedColumns is Columns where rows that check complains of are rejected as well, all of them
// in their order. Check is given the rows that are wrong already, too.
func (j *Job) CheckedColumns(b *value.Batch, check func(cols []*value.Column, bad []value.RowError) []value.RowError, exprs ...Expr) ([]*value.Column, error) {
	j.columns = j.columns[:0]
	var bad []value.RowError
	for i, e := range exprs {
		col, failed := e.program().Column(b, j.evaluator(i))
		j.columns = append(j.columns, col)
		bad = append(bad, failed...)
	}
	bad = append(bad, check(j.columns, bad)...)
	if len(bad) == 0 {
		return j.columns, nil
	}
	value.SortRowErrors(bad)
	return j.columns, j.RejectRows(b, bad)
}

// evaluator returns what computes the column i.
func (j *Job) evaluator(i int) *expression.Evaluator {
	for len(j.evaluators) <= i {
		j.evaluators = append(j.evaluators, new(expression.Evaluator))
	}
	return j.evaluators[i]
}

// RejectRows does what --on-error says with rows of b, of which bad has the errors in order; the
// first of each row counts. They leave b, and the columns of it that Columns returned last, if
// it was called; when the error ends the stage, b keeps the rows before it.
func (j *Job) RejectRows(b *value.Batch, bad []value.RowError) error {
	return j.rejectRows(b, bad, func(e value.RowError) error { return j.badRow(b, e.Row, e.Err) })
}

// Parse finds the records of b, which is text, and does what --on-error says with what is none;
// see RejectRows.
func (j *Job) Parse(b *value.Batch) error {
	bad := b.Parse()
	if len(bad) == 0 {
		return nil
	}
	return j.rejectRows(b, bad, func(e value.RowError) error { return j.badAt(b, b.Row(e.Row), e.Off, e.Err) })
}

// rejectRows is RejectRows where tell makes the error of a row.
func (j *Job) rejectRows(b *value.Batch, bad []value.RowError, tell func(e value.RowError) error) error {
	if len(bad) > 1 {
		b.ToSpans() // of which each is found at once
	}
	var end error
	good := make([]int32, 0, b.Len())
	next := 0
	for _, e := range bad {
		if e.Row < next {
			continue
		}
		good = appendRows(good, next, e.Row)
		next = e.Row + 1
		if end = j.rejectTold(b, e.Row, func() error { return tell(e) }); end != nil {
			next = b.Len()
			break
		}
	}
	good = appendRows(good, next, b.Len())
	b.Choose(good)
	for i := range j.columns {
		j.evaluators[i].Choose(good)
	}
	return end
}

// appendRows appends the numbers of the rows from one up to another.
func appendRows(rows []int32, from, to int) []int32 {
	for ; from < to; from++ {
		rows = append(rows, int32(from))
	}
	return rows
}

// PutWhere puts the rows of b, which it takes over, for which e is true or, when want is
// false, is not. Rows for which e fails are rejected.
func (j *Job) PutWhere(b *value.Batch, e Predicate, want bool) error {
	chosen, bad := e.program().Select(b, want, j.evaluator(0))
	if len(bad) == 0 {
		b.Choose(chosen)
		j.PutSome(b)
		return nil
	}
	return j.putBut(b, chosen, bad, func(e value.RowError) error { return j.badRow(b, e.Row, e.Err) })
}

// fewValues are put one by one, so that the pipe does not hold them as a batch of their own.
const fewValues = 64

// PutSome puts b, unless it has neither rows nor losses.
func (j *Job) PutSome(b *value.Batch) {
	if b.Form() != value.FormValues || b.Len() >= fewValues {
		if b.Len() > 0 || b.Lossy() {
			j.PutBatch(b)
			return
		}
	} else if b.Len() > 0 || b.Lossy() {
		b.Own()
		j.putFew(b)
	}
	b.Release()
}

// putFew puts the rows of b one by one.
func (j *Job) putFew(b *value.Batch) {
	lost := b.TakeLosses()
	lose := func(row int) {
		if list := lost.Take(row); len(list) > 0 {
			_ = j.PassLosses(list) // an end of the wait ends the stage at its next put
		}
	}
	for i, v := range b.Values() {
		lose(i)
		j.Put(v)
	}
	lose(b.Len())
}

// PutColumn puts the value of e for each row of b. Rows for which e fails are rejected.
func (j *Job) PutColumn(b *value.Batch, e Expr) error {
	col, bad := e.program().Column(b, j.evaluator(0))
	vals := col.Values
	out := value.NewValues(len(vals))
	put := func() {
		b.Detach(out.Values())
		j.PutSome(out)
	}
	if len(bad) > 1 {
		b.ToSpans() // of which each is found at once
	}
	among := j.losesInBatches()
	done := 0
	for _, row := range bad {
		for _, v := range vals[done:row.Row] {
			out.Add(v)
		}
		done = row.Row + 1
		var end error
		tell := func() error { return j.badRow(b, row.Row, row.Err) }
		switch {
		case j.KeepsErrors():
			var v value.Value
			v, end = j.keptError(b, row.Row, tell)
			out.Add(v)
		case among:
			end = j.leaveOutOf(out, out.Len(), tell)
		case j.policy() == Fail:
			end = tell()
		default: // the error has its place behind the rows before
			put()
			out = value.NewValues(min(len(vals)-done, fewValues))
			end = j.leaveOut(tell)
		}
		if end != nil {
			put()
			return end
		}
	}
	for _, v := range vals[done:] {
		out.Add(v)
	}
	put()
	return nil
}
