package pipeline

import (
	"cmp"
	"maps"
	"slices"
	"sync/atomic"

	"mtpipe/value"
)

// loss is a record that a stage has left out. It is told, and counts, when the last who reads what
// the stage puts has come to its place, so that a mistake after all that a reader wanted is
// nobody's concern, however far the stages before it had run ahead; nor does --max-errors count it.
type loss struct {
	run   *run
	stage *planned
	err   error // as the stage has it; nil where nobody will see it
	each  bool  // it makes the run fail, and is told
	end   error // ends the run when it is the last that --max-errors allows
	told  atomic.Bool

	place error  // err with its place in the text, for what tells or writes each
	warn  func() // how it is told instead; may be nil
}

// lose sends word of a record that is left out down the stage's stdout. Each says that the
// record is told, and makes the run fail; warn, if it is not nil, is how it is told otherwise.
func (j *Job) lose(err func() error, each bool, warn func()) error {
	if l := j.loss(err, each, warn); l != nil {
		return cmp.Or(j.PassLosses([]value.Loss{l}), j.run.limit.reached())
	}
	return j.run.limit.reached()
}

// loss returns word of a record that is left out, for lose; nil when it was told at once.
func (j *Job) loss(err func() error, each bool, warn func()) value.Loss {
	l := &loss{run: j.run, stage: j.stage, each: each, warn: warn, end: j.run.limit.end(j)}
	if each || warn != nil || j.run.record.isSet() {
		l.err = err()
		l.place = j.Placed(l.err)
	} else if !j.lost && !j.run.skips.has(j.stage) {
		l.err = err() // which may have to look for its line
	}
	j.lost = true
	if s := j.stage.Stage; s != nil && s.Trait&Sink != 0 {
		_ = l.Tell() // the limit has the error
		return nil
	}
	return l
}

// Tell tells and counts the record, unless as many as --max-errors says were told: then it returns
// the error that ends the run. Any goroutine.
func (l *loss) Tell() error {
	if l.told.Swap(true) {
		return nil
	}
	r := l.run
	one, end := r.limit.count(l.end)
	if !one {
		return end
	}
	switch {
	case l.each:
		r.tell("error", l.place)
	case l.warn != nil:
		l.warn()
		l.err = nil
	}
	if l.place != nil {
		r.record.add(l.place)
	}
	r.skips.add(l.stage, l.each, l.err)
	return end
}

// InPlace calls do with b, or with parts of it one after another, so that what becomes of rows for
// which one of exprs fails has its place among what do puts: for a stage that rejects rows by
// Columns and puts something before it has read all. Do takes over what it is given, as InPlace
// does.
func (j *Job) InPlace(b *value.Batch, do func(part *value.Batch) error, exprs ...Expr) error {
	if j.policy() == Fail {
		return do(b)
	}
	bad := make(map[int]bool)
	for i, e := range exprs {
		_, failed := e.program().Column(b, j.evaluator(i))
		for _, f := range failed {
			bad[f.Row] = true
		}
	}
	part := func(from, to int) error {
		if from == to {
			return nil
		}
		return do(b.Part(from, to))
	}
	if len(bad) == 0 {
		return do(b)
	}
	defer b.Release()
	from := 0
	for _, row := range slices.Sorted(maps.Keys(bad)) {
		if err := cmp.Or(part(from, row), part(row, row+1)); err != nil {
			return err
		}
		from = row + 1
	}
	return part(from, b.Len())
}

// InPlaceLent is InPlace for a batch that the caller does not own, as those of the input; nor does
// do own what it is given.
func (j *Job) InPlaceLent(b *value.Batch, do func(part *value.Batch) error, exprs ...Expr) error {
	if j.policy() == Fail || len(exprs) == 0 {
		return do(b)
	}
	return j.InPlace(b.Share(), func(part *value.Batch) error {
		return lend(part, func() error { return do(part) })
	}, exprs...)
}
