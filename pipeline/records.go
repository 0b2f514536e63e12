package pipeline

import (
	"cmp"
	"iter"

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

// DefineReaderAs is DefineReader for arguments as DefineAs has them.
func DefineReaderAs(doc Doc, usual any, read func(j *Job, a any) error) *Stage {
	s := DefineAs(doc, usual, read)
	s.records = true
	return s
}

// expand returns the stages with readers of records divided into their two parts.
func expand(stages []*planned) []*planned {
	var list []*planned
	for i, s := range stages {
		list = append(list, s)
		if s.Stage != nil && s.Stage.records && !s.parses && (s.source || s.Stage.Trait&Textual == 0) && !(i+1 < len(stages) && s.leavesUnread(stages[i+1])) {
			list = append(list, parser(s.boundStage))
		}
	}
	return list
}

// leavesUnread reports whether the reader s leaves the finding of its records, which are lines, to next.
func (s *planned) leavesUnread(next *planned) bool {
	return s.Stage.Role == ReadsPlain && next.Stage != nil && next.Stage.Trait&Unread != 0
}

// UnreadBatches is AnyBatches for a stage with the trait Unread: text may come as batches that are
// PendingLines, of which it fetches those whose rows it wants.
func (j *Job) UnreadBatches() iter.Seq2[*value.Batch, error] {
	return func(yield func(*value.Batch, error) bool) {
		for b, err := range j.AnyBatches() {
			if err == nil && b.Pending() && !b.PendingLines() {
				b.Own()
				if b, err = b.Fetch(); b == nil && err == nil {
					continue
				}
			}
			if b != nil && !yield(b, nil) || err != nil && !yield(nil, err) {
				return
			}
		}
	}
}

// parseRecords is the body of the part of a reader that finds records.
func parseRecords(j *Job) error {
	for b, err := range j.AnyBatches() {
		if err != nil {
			return err
		}
		if b.Pending() {
			b.Own()
			b, err = b.Fetch()
		}
		if b != nil {
			err = cmp.Or(j.parseBatch(b), err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// parseBatch puts the records in b.
func (j *Job) parseBatch(b *value.Batch) error {
	if b.Form() != value.FormRaw {
		j.PutBatch(b)
		return nil
	}
	bad := b.Parse()
	b.Own()
	if len(bad) > 0 {
		return j.putGood(b, bad)
	}
	j.PutSome(b)
	return nil
}

// putGood puts the rows of b, which it takes over, that are not bad, and does what --on-error
// says with the others.
func (j *Job) putGood(b *value.Batch, bad []value.RowError) error {
	good := make([]int32, 0, b.Len())
	next := 0
	for _, e := range bad {
		good = appendRows(good, next, e.Row)
		next = e.Row + 1
	}
	good = appendRows(good, next, b.Len())
	return j.putBut(b, good, bad, func(e value.RowError) error { return j.badAt(b, b.Row(e.Row), e.Off, e.Err) })
}
