package pipeline

import (
	"fmt"
	"slices"
	"sync"

	"mtpipe/internal/expression"
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

// OnErrorNames returns the names of the choices.
func OnErrorNames() []string { return slices.Clone(onErrorNames) }

// String returns the name of the choice.
func (o OnError) String() string { return onErrorNames[o] }

// ParseOnError returns the choice of that name.
func ParseOnError(name string) (OnError, error) {
	if i := slices.Index(onErrorNames, name); i >= 0 {
		return OnError(i), nil
	}
	return Fail, fmt.Errorf("must be fail, skip or keep, not %s", shortQuote(name))
}

// skips counts the records that were left out, by stage. Any goroutine.
type skips struct {
	mu   sync.Mutex
	list []*skipped
}

type skipped struct {
	stage *Bound
	n     int64
	first error
}

func (s *skips) add(stage *Bound, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.list, func(k *skipped) bool { return k.stage.Call == stage.Call })
	if i < 0 {
		i = len(s.list)
		s.list = append(s.list, &skipped{stage: stage, first: err})
	}
	s.list[i].n++
}

// tell returns a line for each stage that left records out.
func (s *skips) tell() []string {
	slices.SortStableFunc(s.list, func(a, b *skipped) int { return a.stage.Call.Pos.Offset - b.stage.Call.Pos.Offset })
	var lines []string
	for _, k := range s.list {
		lines = append(lines, fmt.Sprintf("mtpipe: %s: %d skipped; one of them: %s\n", k.stage.name, k.n, message(k.first)))
	}
	return lines
}

// RejectValue does what --on-error says with the value v, which the stage has just read
// with In or Next: err is what is wrong with it. It returns the error that ends the stage,
// or nil when the stage goes on with the next value.
func (j *Job) RejectValue(v value.Value, err error) error {
	if j.run.settings.OnError == Keep && v.Kind() == value.KindError {
		j.Put(v)
		return nil
	}
	return j.reject(j.Bad(v, err))
}

// Reject does what --on-error says with row i of b, as RejectValue does.
func (j *Job) Reject(b *value.Batch, i int, err error) error {
	if b.Form() == value.FormValues {
		if v := b.Values()[i]; j.run.settings.OnError == Keep && v.Kind() == value.KindError {
			j.Put(v)
			return nil
		}
	}
	return j.reject(j.badRow(b, i, err))
}

func (j *Job) reject(err error) error {
	switch j.run.settings.OnError {
	case Skip:
		j.run.skips.add(j.bound, err)
		return nil
	case Keep:
		j.Put(value.Error(err))
		return nil
	}
	return err
}

// badRow returns err as an error about row i of b.
func (j *Job) badRow(b *value.Batch, i int, err error) error {
	switch b.Form() {
	case value.FormValues:
		return &DataError{Piece: b.Values()[i].Quote(), Err: err}
	case value.FormLines:
		for s := range b.Rows() {
			if i == 0 {
				return j.BadRow(b, s, err)
			}
			i--
		}
	}
	return j.BadRow(b, b.Row(i), err)
}

// Columns computes exprs for the rows of b, a column each. Rows for which one of them fails
// are rejected and leave b, so that the columns and b stay alike; when the error ends the
// stage, b keeps the rows before it. The values may point into b's text, and are valid until
// b is released or Columns is called again.
func (j *Job) Columns(b *value.Batch, exprs ...Expr) ([][]value.Value, error) {
	for len(j.columns) < len(exprs) {
		j.columns = append(j.columns, expression.Column{})
	}
	j.cols = j.cols[:0]
	var bad []expression.RowError
	for i, e := range exprs {
		p := e.Program
		if p == nil {
			p = expression.Self
		}
		vals, failed := p.Column(b, &j.columns[i])
		j.cols = append(j.cols, vals)
		bad = append(bad, failed...)
	}
	if len(bad) == 0 {
		return j.cols, nil
	}
	slices.SortStableFunc(bad, func(x, y expression.RowError) int { return x.Row - y.Row })
	keep := make([]bool, b.Len())
	for i := range keep {
		keep[i] = true
	}
	var end error
	for i, e := range bad {
		if i > 0 && bad[i-1].Row == e.Row {
			continue
		}
		keep[e.Row] = false
		if end = j.Reject(b, e.Row, e.Err); end != nil {
			clear(keep[e.Row:])
			break
		}
	}
	own := make([]bool, len(j.cols)) // columns of b itself are narrowed with it
	for i, e := range exprs {
		own[i] = e.Program != nil && !j.columns[i].Borrowed
	}
	for i, vals := range j.cols {
		if own[i] {
			j.cols[i] = narrowed(vals, keep)
		}
	}
	b.Keep(keep)
	for i, e := range exprs {
		if !own[i] {
			p := e.Program
			if p == nil {
				p = expression.Self
			}
			j.cols[i], _ = p.Column(b, &j.columns[i])
		}
	}
	return j.cols, end
}

func narrowed(vals []value.Value, keep []bool) []value.Value {
	n := 0
	for i, v := range vals {
		if keep[i] {
			vals[n] = v
			n++
		}
	}
	return vals[:n]
}
