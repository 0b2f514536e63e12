package pipeline

import (
	"mtpipe/value"
)

// DefineReader declares a stage that reads records: read puts blocks of text that hold whole
// records (value.NewRaw); finding the records and their fields in them is work that copies
// on several reactors do. Arguments are declared as for Define.
func DefineReader[A any](doc Doc, read func(j *Job, a *A) error) *Stage {
	s := Define(doc, read)
	s.records = true
	return s
}

// parser returns the part of a reader of records that finds them.
func (b *Bound) parser() *Bound {
	p := *b
	p.parses = true
	return &p
}

// expand returns the stages with readers of records divided into their two parts.
func expand(stages []*Bound) []*Bound {
	var list []*Bound
	for _, s := range stages {
		list = append(list, s)
		if s.Stage != nil && s.Stage.records && !s.parses {
			list = append(list, s.parser())
		}
	}
	return list
}

// parseRecords is the body of the part of a reader that finds records.
func parseRecords(j *Job) error {
	for b, err := range j.AnyBatches() {
		if err != nil {
			return err
		}
		if b.Form() != value.FormRaw {
			j.PutBatch(b)
			continue
		}
		bad := b.Parse()
		if len(bad) > 0 {
			if err := j.putGood(b, bad); err != nil {
				return err
			}
			continue
		}
		if b.Len() > 0 {
			j.PutBatch(b)
		}
	}
	return nil
}

// putGood puts the rows of b that are not bad, and does what --on-error says with the others.
func (j *Job) putGood(b *value.Batch, bad []value.BadRow) error {
	rest := b.Share()
	defer rest.Release()
	done := 0 // rows of b that were dealt with
	for _, e := range bad {
		j.putRows(rest, done, e.Row)
		if err := j.reject(j.badAt(b, b.Row(e.Row), e.Off, e.Err)); err != nil {
			return err
		}
		done = e.Row + 1
	}
	j.putRows(rest, done, b.Len())
	return nil
}

// putRows puts the rows from up to and without to.
func (j *Job) putRows(b *value.Batch, from, to int) {
	if from == to {
		return
	}
	part := b.Share()
	part.Truncate(to)
	part.Skip(from)
	j.PutBatch(part)
}
