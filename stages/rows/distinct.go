package rows

import (
	"encoding/binary"
	"io"

	"mtpipe/internal/ordering"
	"mtpipe/internal/spill"
	"mtpipe/pipeline"
	"mtpipe/stages/each"
	"mtpipe/value"
)

func distinctStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "distinct",
		Safe:  true,
		Short: "Passes on the first of equal values",
		Trait: pipeline.Ordered | pipeline.Retains | pipeline.Passes,
		Long: `Duplicates are left out: each value is passed on at once when none that is equal came
before it, so nothing needs to be sorted, lines or records. With expressions, values are equal when all these are. Keeps in
memory what makes values equal, once each. When that does not fit into --max-memory,
values that are new from there on go to temporary files, in the directory TMPDIR, and
come at the end of the input, still in the order in which they were first seen.`,
	}, distinct)
}

type distinctArgs struct {
	By []pipeline.Expr `arg:"expr..." variable:"names" help:"what makes values equal; without it, the value itself"`
}

func distinct(j *pipeline.Job, a *distinctArgs) error {
	d := &distinction{seen: spill.NewSet(j.Budget() / 2), budget: j.Budget()}
	defer d.close()
	if d.by = a.By; len(d.by) == 0 {
		d.by = make([]pipeline.Expr, 1) // the value itself
	}
	var g each.Growing
	for b, err := range j.AnyBatches() {
		if err != nil {
			return err
		}
		b.Own()
		pass := func(part *value.Batch) error { return d.pass(j, part) }
		if err := g.Cut(b, func(part *value.Batch) error { return j.InPlace(part, pass, d.by...) }); err != nil {
			return err
		}
	}
	return d.finish(j)
}

// distinction tells values that are new from those that are not.
type distinction struct {
	by     []pipeline.Expr
	seen   *spill.Set
	rest   *spill.Partitions // of values that are not among those seen, when these are too many
	sorter *ordering.Sorter  // of what is new in rest
	packer value.Packer
	budget int64
	number uint64 // of values in rest
	keep   []int32
	key    []byte
	row    []byte
	text   []value.Value
}

// pass puts the rows of b that are new.
func (d *distinction) pass(j *pipeline.Job, b *value.Batch) error {
	cols, failed := j.Columns(b, d.by...)
	n := b.Len()
	if err := d.choose(cols, b, n); err != nil {
		return err
	}
	b.Choose(d.keep)
	if b.Len() == 0 {
		b.Release()
	} else {
		j.PutBatch(b)
	}
	return failed
}

// choose sets keep for the rows that are new, and writes those away of which it does not
// know.
func (d *distinction) choose(cols []*value.Column, b *value.Batch, n int) error {
	d.keep, d.text = d.keep[:0], d.text[:0]
	for i := range n {
		d.key = value.AppendKeyOf(d.key[:0], cols, i)
		hash := d.seen.Hash(d.key)
		was, is := d.seen.Add(d.key, hash)
		if is {
			if !was {
				d.keep = append(d.keep, int32(i))
			}
			continue
		}
		if err := d.putAway(hash, b, i); err != nil {
			return err
		}
	}
	return nil
}

// rowOf returns row i of b as a value, which is valid as long as the batch. Text is what
// d.text holds, which is made when it is empty.
func (d *distinction) rowOf(b *value.Batch, i int) value.Value {
	switch b.Form() {
	case value.FormValues:
		return b.Values()[i]
	case value.FormRecords:
		return b.Records().Value(i)
	}
	if len(d.text) == 0 {
		d.text = b.AppendTexts(d.text[:0])
	}
	return d.text[i]
}

// asRow is set in the number of a row that stands in its file as it stood in its text, so that
// messages about it are those about a row that was in no file.
const asRow = 1 << 63

// putAway writes row i of b, whose key is d.key, to a file.
func (d *distinction) putAway(hash uint64, b *value.Batch, i int) error {
	if d.rest == nil {
		var err error
		if d.rest, err = spill.NewPartitions("", d.budget/8); err != nil {
			return err
		}
	}
	d.row = binary.LittleEndian.AppendUint64(d.row[:0], d.number)
	d.row = binary.LittleEndian.AppendUint32(d.row, uint32(len(d.key)))
	d.row = append(d.row, d.key...)
	d.number++
	if b.Form() == value.FormRecords {
		var ok bool
		if d.row, ok = d.packer.AppendRow(d.row, b.Records(), i); ok {
			d.row[7] |= asRow >> 56
			return d.rest.Add(hash, d.row)
		}
	}
	d.row = d.packer.Append(d.row, d.rowOf(b, i))
	return d.rest.Add(hash, d.row)
}

// finish puts what is new among the values that were written away.
func (d *distinction) finish(j *pipeline.Job) error {
	if d.rest == nil {
		return nil
	}
	d.seen.Clear()
	if err := d.rest.Finish(); err != nil {
		return err
	}
	d.sorter = ordering.NewSorter(ordering.Options{Keys: []ordering.Key{{Mode: ordering.ByValue}}, Keyed: true, Budget: d.budget / 4})
	buffer := make([]byte, max(1<<10, min(d.budget/16, 256<<10)))
	for i := range spill.NumPartitions {
		if err := d.finishPart(d.rest.Reader(i, buffer)); err != nil {
			return err
		}
		j.Yield()
	}
	d.seen.Clear()
	if err := d.sorter.Finish(); err != nil {
		return err
	}
	for b, err := range d.sorter.Batches(j.Blocking) {
		if err != nil {
			return err
		}
		j.PutBatch(b)
	}
	return nil
}

// finishPart sorts what is new in a partition behind the rest. When there is no memory for
// all of its keys, those that are left wait in a file for another turn.
func (d *distinction) finishPart(r *spill.Reader) error {
	var read, later *spill.File // what r reads, when it is no part of d.rest, and what is left for the next turn
	defer func() { _, _ = read.Close(), later.Close() }()
	for r != nil {
		d.seen.Clear()
		var w *spill.Writer
		for {
			row, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
			n := 12 + binary.LittleEndian.Uint32(row[8:])
			key := row[12:n]
			was, is := d.seen.Add(key, d.seen.Hash(key))
			if is {
				if !was {
					if err := d.sort(binary.LittleEndian.Uint64(row), row[n:]); err != nil {
						return err
					}
				}
				continue
			}
			if later == nil {
				if later, err = spill.Create(""); err != nil {
					return err
				}
				w = spill.NewWriter(later, make([]byte, 0, 64<<10))
			}
			if err := w.Add(row); err != nil {
				return err
			}
		}
		_ = read.Close()
		if read, later = later, nil; read == nil {
			return nil
		}
		s, err := w.Finish()
		if err != nil {
			return err
		}
		r = spill.NewReader(read, s, make([]byte, 64<<10))
	}
	return nil
}

// sort sorts a row with a number behind the rest.
func (d *distinction) sort(number uint64, row []byte) error {
	place := value.Int(int64(number &^ asRow))
	if number&asRow != 0 {
		return d.sorter.AddRow(&d.packer, row, 0, place)
	}
	v, _, err := d.packer.Read(row)
	if err != nil {
		return err
	}
	return d.sorter.Add(v, 0, place)
}

func (d *distinction) close() {
	d.seen.Clear()
	d.rest.Close()
	if d.sorter != nil {
		d.sorter.Close()
	}
}
