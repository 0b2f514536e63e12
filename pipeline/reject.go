package pipeline

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sync"

	"mtpipe/internal/expression"
	"mtpipe/microthread"
	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

// OnError says what becomes of a run when one record is wrong.
type OnError uint8

// What to do with a record that is wrong.
const (
	Fail OnError = iota // end the run with the error
	Skip                // leave the record out, and say at the end how many were
	Keep                // pass the error on as a value in its place
)

var onErrorNames = []string{"fail", "skip", "keep"}

// String returns the name of the choice.
func (o OnError) String() string { return onErrorNames[o] }

// ParseOnError returns the choice of that name.
func ParseOnError(name string) (OnError, error) {
	if i := slices.Index(onErrorNames, name); i >= 0 {
		return OnError(i), nil
	}
	return Fail, fmt.Errorf("must be fail, skip or keep, not %s", syntax.Quote(name))
}

// skips counts the records that were left out, by stage. Any goroutine.
type skips struct {
	mu   sync.Mutex
	list []*skipped
}

type skipped struct {
	stage *planned
	n     int64
	first error
}

// add counts a record; err, which may have to look for its line, is called for the first one.
func (s *skips) add(stage *planned, err func() error) { s.addMany(stage, 1, err) }

func (s *skips) addMany(stage *planned, n int64, err func() error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.list, func(k *skipped) bool { return k.stage.Call == stage.Call })
	if i < 0 {
		i = len(s.list)
		s.list = append(s.list, &skipped{stage: stage, first: err()})
	}
	s.list[i].n += n
}

// take adds the records that others have counted.
func (s *skips) take(others *skips) {
	others.mu.Lock()
	defer others.mu.Unlock()
	for _, k := range others.list {
		s.addMany(k.stage, k.n, func() error { return k.first })
	}
}

// tell returns a line for each stage that left records out.
func (s *skips) tell() []string {
	slices.SortStableFunc(s.list, func(a, b *skipped) int {
		x, y := a.stage.Call.Pos, b.stage.Call.Pos
		return cmp.Or(x.Offset-y.Offset, x.Line-y.Line) // the reader that feeds the pipeline has no place
	})
	var lines []string
	for _, k := range s.list {
		line := fmt.Sprintf("mtpipe: %s: %d skipped", k.stage.name, k.n)
		if k.first != nil {
			line += "; one of them: " + message(k.first)
		}
		lines = append(lines, line+"\n")
	}
	return lines
}

// OnError returns what a record that is wrong does.
func (j *Job) OnError() OnError { return j.run.onError }

// TellRejected does what --on-error skip or keep says with err, which names its value: it is
// told at once and counted, or put.
func (j *Job) TellRejected(err error) {
	if j.run.onError == Keep {
		j.Put(value.Error(err))
		return
	}
	j.Warn("%s", err)
	j.run.skips.add(j.stage, func() error { return nil })
}

// KeepsErrors reports whether errors of records go on as values.
func (j *Job) KeepsErrors() bool { return j.run.onError == Keep }

// RejectValue does what --on-error says with the value v, which the stage has just read
// with In or Next: err is what is wrong with it. It returns the error that ends the stage,
// or nil when the stage goes on with the next value.
func (j *Job) RejectValue(v value.Value, err error) error {
	if j.run.onError == Keep && v.Kind() == value.KindError {
		j.Put(v)
		return nil
	}
	return j.reject(func() error { return j.Bad(v, err) })
}

// Reject does what --on-error says with row i of b, as RejectValue does.
func (j *Job) Reject(b *value.Batch, i int, err error) error {
	if j.run.onError == Keep {
		j.Put(keptError(b, i, func() error { return j.badRow(b, i, err) }))
		return nil
	}
	return j.reject(func() error { return j.badRow(b, i, err) })
}

func (j *Job) reject(err func() error) error {
	switch j.run.onError {
	case Skip:
		j.run.skips.add(j.stage, err)
		return nil
	case Keep:
		j.Put(value.Error(err()))
		return nil
	}
	return err()
}

// rejectWritten does what --on-error says with row i of b, which the stage cannot write.
func (j *Job) rejectWritten(b *value.Batch, i int, err error) error {
	if j.run.onError == Fail {
		return err
	}
	return j.Reject(b, i, err)
}

// rejectOutput returns what does so for the output of the run, whose thread is t: there is no
// place that an error which is kept could go to.
func (r *run) rejectOutput(t *microthread.Thread) rejecting {
	call := &syntax.Call{Pos: syntax.Pos{Offset: math.MaxInt}} // after all stages
	j := &Job{Thread: t, run: r, stage: &planned{boundStage: &boundStage{Call: call, name: "output"}}, in: t.Stdin()}
	return func(b *value.Batch, i int, err error) error {
		if r.onError == Fail {
			return err
		}
		r.skips.add(j.stage, func() error {
			if b.Form() == value.FormValues && b.Values()[i].Kind() == value.KindError {
				return err
			}
			return j.badRow(b, i, err)
		})
		return nil
	}
}

// putBut puts those rows of b, which it takes over, that are good, and does what --on-error
// says with the others, in order. Tell looks for the place of an error, while the batch is as
// it was.
func (j *Job) putBut(b *value.Batch, good []int32, bad []value.RowError, tell func(e value.RowError) error) error {
	switch j.run.onError {
	case Skip:
		for _, e := range bad {
			j.run.skips.add(j.stage, func() error { return tell(e) })
		}
		b.Choose(good)
		j.PutSome(b)
		return nil
	case Keep:
		defer b.Release()
		for _, e := range bad {
			n, _ := slices.BinarySearch(good, int32(e.Row))
			j.putPart(b, good[:n])
			j.Put(keptError(b, e.Row, func() error { return tell(e) }))
			good = good[n:]
		}
		j.putPart(b, good)
		return nil
	}
	err := tell(bad[0])
	n, _ := slices.BinarySearch(good, int32(bad[0].Row))
	b.Choose(good[:n])
	j.PutSome(b)
	return err
}

// putPart puts some of the rows of b.
func (j *Job) putPart(b *value.Batch, rows []int32) {
	if len(rows) > 0 {
		j.PutBatch(b.Pick(rows))
	}
}

// keptError returns what is put in the place of row i of b, which err is about: the row, if it
// is an error itself.
func keptError(b *value.Batch, i int, err func() error) value.Value {
	if b.Form() == value.FormValues && b.Values()[i].Kind() == value.KindError {
		return b.Values()[i]
	}
	return value.Error(err())
}

// badRow returns err as an error about row i of b.
func (j *Job) badRow(b *value.Batch, i int, err error) error {
	switch b.Form() {
	case value.FormValues:
		return &DataError{Piece: b.Values()[i].Quote(), Err: err, Value: b.Values()[i]}
	case value.FormLines:
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
	j.columns = j.columns[:0]
	var bad []value.RowError
	for i, e := range exprs {
		col, failed := e.program().Column(b, j.evaluator(i))
		j.columns = append(j.columns, col)
		bad = append(bad, failed...)
	}
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
		if end = j.Reject(b, e.Row, e.Err); end != nil {
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

// PutSome puts b, unless it has no rows.
func (j *Job) PutSome(b *value.Batch) {
	switch {
	case b.Len() == 0:
	case b.Form() == value.FormValues && b.Len() < fewValues:
		b.Own()
		for _, v := range b.Values() {
			j.Put(v)
		}
	default:
		j.PutBatch(b)
		return
	}
	b.Release()
}

// PutColumn puts the value of e for each row of b. Rows for which e fails are rejected.
func (j *Job) PutColumn(b *value.Batch, e Expr) error {
	col, bad := e.program().Column(b, j.evaluator(0))
	vals := col.Values
	out := value.NewValues(len(vals))
	var end error
	done := 0
	for _, row := range bad {
		for _, v := range vals[done:row.Row] {
			out.Add(v)
		}
		done = row.Row + 1
		if j.run.onError == Keep {
			out.Add(keptError(b, row.Row, func() error { return j.badRow(b, row.Row, row.Err) }))
		} else if end = j.Reject(b, row.Row, row.Err); end != nil {
			done = len(vals)
			break
		}
	}
	for _, v := range vals[done:] {
		out.Add(v)
	}
	b.Detach(out.Values())
	j.PutSome(out)
	return end
}
