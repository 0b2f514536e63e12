// Package each is the one way to write a stage that does something with each value by
// itself. Such a stage is one declaration: what it says of itself, a function that is made
// from its arguments once for each run and works on one value, and beside it, where speed
// asks for it, one that works on a whole batch.
//
//	Text    makes a text of each text
//	Pieces  cuts pieces out of each text
//	Record  makes values of each record
//	Value   makes values of each value
//	Choose  passes values on or leaves them out
//	Number  takes in the number that each value is, or that an expression gives for it
//
// What becomes of a value that is wrong stands here: one that is not a text, a record or a
// number, or for which the function fails, ends the stage with its place, is left out, or is
// put as an error, as --on-error says.
//
// Values that come one by one are read so, and what is not read when the reader of the stage
// has enough is left for who reads next. A stage with a quick way takes batches as a whole.
package each

import (
	"fmt"
	"iter"

	"mtpipe/pipeline"
	"mtpipe/value"
)

// Batch does with a batch, in whatever form it came, what a stage does with its values, and
// reports whether it did: a batch that it leaves is worked on a value at a time.
type Batch func(j *pipeline.Job, b *value.Batch) (done bool, err error)

// body is what a stage does.
type body[A any] func(j *pipeline.Job, a *A) error

// trait returns the trait of a stage, which looks at each value by itself unless it is said to
// remember something.
func trait(doc pipeline.Doc) pipeline.Trait {
	if doc.Trait&pipeline.Ordered != 0 {
		return doc.Trait
	}
	return doc.Trait | pipeline.PerValue
}

// define declares a stage. Plain does the same a value at a time; nil if do does.
func define[A any](doc pipeline.Doc, do, plain body[A]) *pipeline.Stage {
	doc.Trait = trait(doc)
	s := pipeline.Define(doc, do)
	if plain != nil {
		s.WithPlain(func(j *pipeline.Job, a any) error { return plain(j, a.(*A)) })
	}
	return s
}

// quick declares a stage that does with batches what it does with values.
func quick[A any](doc pipeline.Doc, reject rejecting, start func(j *pipeline.Job, a *A) (Batch, worker)) *pipeline.Stage {
	run := func(quick bool) body[A] {
		return func(j *pipeline.Job, a *A) error {
			batch, do := start(j, a)
			if !quick {
				batch = nil
			}
			return byBatch(j, batch, (*value.Batch).All, do, reject)
		}
	}
	return define(doc, run(true), run(false))
}

// rejecting does what --on-error says with row i of b, which is v.
type rejecting func(j *pipeline.Job, b *value.Batch, i int, v value.Value, err error) error

// asRead tells of a row as it stands in the text.
func asRead(j *pipeline.Job, b *value.Batch, i int, _ value.Value, err error) error {
	return j.Reject(b, i, err)
}

// asValue tells of a row as the value that it is.
func asValue(j *pipeline.Job, b *value.Batch, i int, v value.Value, err error) error {
	return j.RejectShown(b, i, v, err)
}

// worker does what a stage does with a value, and reports whether that is passed on.
type worker func(v value.Value) (pass bool, err error)

// byValue calls do for each value of the input.
func byValue(j *pipeline.Job, do worker) error {
	for v, err := range j.In() {
		if err != nil {
			return err
		}
		pass, err := do(v)
		if err != nil {
			if err := j.RejectValue(v, err); err != nil {
				return err
			}
		} else if pass {
			j.Put(v)
		}
	}
	return nil
}

// byBatch gives each batch to quick, if there is one, and the rows of those that it leaves to
// do.
func byBatch(j *pipeline.Job, quick Batch, rows func(b *value.Batch) iter.Seq[value.Value], do worker, reject rejecting) error {
	for b, err := range j.AnyBatches() {
		if err != nil {
			return err
		}
		if quick != nil {
			done, err := quick(j, b)
			if err != nil {
				return err
			}
			if done {
				continue
			}
		}
		i := 0
		for v := range rows(b) {
			j.AtRow(i)
			pass, err := do(v)
			if err != nil {
				if err := reject(j, b, i, v, err); err != nil {
					return err
				}
			} else if pass {
				j.Put(v)
			}
			i++
		}
	}
	return nil
}

// Ways declares a stage that is no other of this package, whose body works by the batch where that is quick; not
// where a test wants to see the plain way.
func Ways[A any](doc pipeline.Doc, body func(j *pipeline.Job, a *A, quick bool) error) *pipeline.Stage {
	s := pipeline.Define(doc, func(j *pipeline.Job, a *A) error { return body(j, a, true) })
	return s.WithPlain(func(j *pipeline.Job, a any) error { return body(j, a.(*A), false) })
}

// Records gives each batch of a stage's input that has nothing but records in a text to batch, if that is quick,
// which reports how many of the rows, from the first on, it has done; and each of the others to do, which
// returns an error for one that is wrong, as is one that is no record.
func Records(j *pipeline.Job, quick bool, batch func(b *value.Batch) (rows int), do func(r *value.Record) error) error {
	for b, err := range j.AnyBatches() {
		if err != nil {
			return err
		}
		done, i := 0, 0
		if quick && b.Form() == value.FormRecords && !b.Lossy() && b.Records().OnlyRecords() {
			rows := b.Len()
			if done = batch(b); done == rows {
				continue
			}
		}
		for v := range b.All() {
			if i++; i <= done {
				continue
			}
			if v.Kind() != value.KindRecord {
				err = NotRecord(v)
			} else {
				err = do(v.AsRecord())
			}
			if err != nil {
				if err := j.RejectShown(b, i-1, v, err); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// kept iterates over the rows of b as values that are safe to keep.
func kept(b *value.Batch) iter.Seq[value.Value] {
	if b.Form() == value.FormRecords {
		b.ToValues()
	}
	return b.All()
}

// lent iterates over the rows of b as values that are forgotten before the next batch.
func lent(b *value.Batch) iter.Seq[value.Value] {
	if b.Form() == value.FormRecords {
		b.ToValues()
	}
	return b.Look()
}

// Growing cuts the first batches of a stream into parts of 1, 2, 4 … rows, so that a reader
// who wants few gets them early.
type Growing struct{ rows int }

const manyRows = 1 << 12 // from which on batches are taken as they come

// Cut calls do for the parts of b, which it takes over, as do does its parts.
func (g *Growing) Cut(b *value.Batch, do func(part *value.Batch) error) error {
	b.Own()
	for g.rows = max(g.rows, 1); g.rows < manyRows && b.Len() > g.rows; g.rows *= 2 {
		part := b.Share()
		part.Truncate(g.rows)
		b.Skip(g.rows)
		if err := do(part); err != nil {
			b.Release()
			return err
		}
	}
	return do(b)
}

// Value declares a stage that makes values of each value.
type Value[A any] struct {
	pipeline.Doc
	Do    func(a *A) func(put func(value.Value), v value.Value) error
	Batch func(a *A) Batch // the same, quicker; may be nil
	Fresh bool             // what Do puts shares no memory with what it was given

	// Both is Do and Batch of a stage that remembers something; may be nil.
	Both func(a *A) (do func(put func(value.Value), v value.Value) error, batch Batch)
}

// Writing declares a stage that writes each value as text. The type of its arguments is known
// only as the program runs: Usual is as for pipeline.DefineAs.
type Writing struct {
	pipeline.Doc
	Usual any
	Do    func(a any) Writer
}

// Writer makes texts of values.
type Writer interface {
	// Write puts what is made of v, which shares no memory with it.
	Write(put func(value.Value), v value.Value) error
	// End puts what belongs after the last value, when the records that might have come have
	// these names; nil when they are not known.
	End(put func(value.Value), names []string)
}

// Stage returns the stage.
func (d Writing) Stage() *pipeline.Stage {
	d.Doc.Trait = trait(d.Doc)
	return pipeline.DefineAs(d.Doc, d.Usual, func(j *pipeline.Job, a any) error {
		w := d.Do(a)
		err := byBatch(j, nil, lent, func(v value.Value) (bool, error) { return false, w.Write(j.Put, v) }, asRead)
		if err == nil && d.Doc.Trait&pipeline.AsksNames != 0 {
			w.End(j.Put, j.Names())
		}
		return err
	})
}

// Stage returns the stage.
func (d Value[A]) Stage() *pipeline.Stage {
	values := func(j *pipeline.Job, change func(put func(value.Value), v value.Value) error) worker {
		put := j.Put
		return func(v value.Value) (bool, error) { return false, change(put, v) }
	}
	do := func(j *pipeline.Job, a *A) worker { return values(j, d.Do(a)) }
	switch {
	case d.Both != nil:
		return quick(d.Doc, asValue, func(j *pipeline.Job, a *A) (Batch, worker) {
			change, batch := d.Both(a)
			return batch, values(j, change)
		})
	case d.Batch != nil:
		return quick(d.Doc, asRead, func(j *pipeline.Job, a *A) (Batch, worker) { return d.Batch(a), do(j, a) })
	case d.Fresh:
		return define(d.Doc, func(j *pipeline.Job, a *A) error { return byBatch(j, nil, lent, do(j, a), asRead) }, nil)
	}
	return define(d.Doc, func(j *pipeline.Job, a *A) error { return byValue(j, do(j, a)) }, nil)
}

// Record declares a stage that makes values of each record. Anything else is wrong.
type Record[A any] struct {
	pipeline.Doc
	Do    func(a *A) func(put func(value.Value), r *value.Record) error
	Batch func(a *A) Batch // the same, quicker; may be nil

	// Both is Do and Batch of a stage that remembers something; may be nil.
	Both func(a *A) (do func(put func(value.Value), r *value.Record) error, batch Batch)
}

// Stage returns the stage.
func (d Record[A]) Stage() *pipeline.Stage {
	records := func(j *pipeline.Job, change func(put func(value.Value), r *value.Record) error) worker {
		put := j.Put
		return func(v value.Value) (bool, error) {
			if v.Kind() != value.KindRecord {
				return false, NotRecord(v)
			}
			return false, change(put, v.AsRecord())
		}
	}
	do := func(j *pipeline.Job, a *A) worker { return records(j, d.Do(a)) }
	switch {
	case d.Both != nil:
		return quick(d.Doc, asValue, func(j *pipeline.Job, a *A) (Batch, worker) {
			change, batch := d.Both(a)
			return batch, records(j, change)
		})
	case d.Batch != nil:
		return quick(d.Doc, asValue, func(j *pipeline.Job, a *A) (Batch, worker) { return d.Batch(a), do(j, a) })
	}
	return define(d.Doc, func(j *pipeline.Job, a *A) error { return byValue(j, do(j, a)) }, nil)
}

// NotRecord returns the error about a value that has no fields.
func NotRecord(v value.Value) error {
	return fmt.Errorf("%s is not a record and has no fields", v.Kind())
}

// Choose declares a stage that passes values on or leaves them out.
type Choose[A any] struct {
	pipeline.Doc
	Keep   func(a *A) func(v value.Value) (bool, error)
	Parts  func(a *A) Finder                 // what is put of the text of each value instead; may be nil or give nil
	Batch  func(a *A) Batch                  // the same, quicker; may be nil
	Source func(j *pipeline.Job, a *A) error // what it does when its arguments make a source of it
}

// Stage returns the stage.
func (d Choose[A]) Stage() *pipeline.Stage {
	do := func(j *pipeline.Job, a *A) worker {
		if d.Parts != nil {
			if find := d.Parts(a); find != nil {
				return (&cutter{j: j, find: find, untyped: true, printed: true}).value
			}
		}
		return d.Keep(a)
	}
	if d.Batch != nil {
		return quick(d.Doc, asRead, func(j *pipeline.Job, a *A) (Batch, worker) { return d.Batch(a), do(j, a) })
	}
	return define(d.Doc, func(j *pipeline.Job, a *A) error {
		if s, ok := any(a).(pipeline.Sourcer); ok && s.IsSource() {
			return d.Source(j, a)
		}
		return byValue(j, do(j, a))
	}, nil)
}
