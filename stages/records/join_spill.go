package records

import (
	"encoding/binary"
	"hash/maphash"
	"io"
	"math"

	"mtpipe/internal/ordering"
	"mtpipe/internal/spill"
	"mtpipe/pipeline"
	"mtpipe/value"
)

// joinSpill is both sides of a join in files, divided by the hash of their keys. One
// partition after the other is joined, and what comes out is sorted by the places of the
// records that it is made of.
type joinSpill struct {
	left, right *spill.Partitions
	lefts       uint64 // records of the input
	seed        maphash.Seed
	packer      value.Packer
	sorter      *ordering.Sorter
	budget      int64
	row         []byte
	buffers     [2][]byte
}

func newJoinSpill(budget int64) (*joinSpill, error) {
	s := &joinSpill{budget: budget, seed: maphash.MakeSeed()}
	size := max(1<<10, min(budget/32, 256<<10))
	s.buffers = [2][]byte{make([]byte, size), make([]byte, size)}
	var err error
	if s.right, err = spill.NewPartitions("", budget/8); err != nil {
		return nil, err
	}
	if s.left, err = spill.NewPartitions("", budget/8); err != nil {
		s.right.Close()
		return nil, err
	}
	return s, nil
}

func (s *joinSpill) close() {
	if s == nil {
		return
	}
	s.left.Close()
	s.right.Close()
	if s.sorter != nil {
		s.sorter.Close()
	}
}

// joinRow is a record in a partition.
type joinRow struct {
	number uint64 // its place on its side
	key    []byte // nil when it is equal to none
	record []byte // encoded
	asRow  bool   // as it stood in its text
}

const (
	joinHead  = 13 // bytes before the key: the place, what there is, the key's length
	withKey   = 1  // in what there is: a key
	joinAsRow = 2  // and the record as it stood in its text
)

// begin makes s.row of a row's place and key.
func (s *joinSpill) begin(number uint64, key []byte) {
	s.row = binary.LittleEndian.AppendUint64(s.row[:0], number)
	if key == nil {
		s.row = append(s.row, 0)
	} else {
		s.row = append(s.row, withKey)
	}
	s.row = binary.LittleEndian.AppendUint32(s.row, uint32(len(key)))
	s.row = append(s.row, key...)
}

func (s *joinSpill) addRight(number uint64, key []byte, v value.Value) error {
	s.begin(number, key)
	s.row = s.packer.Append(s.row, v)
	return s.right.Add(maphash.Bytes(s.seed, key), s.row)
}

// addLeft adds the record v, which is row i of b. When it is to come back as it stood in its text,
// messages about it are those about a record that was in no file.
func (s *joinSpill) addLeft(key []byte, v value.Value, b *value.Batch, i int, asRow bool) error {
	s.lefts++
	s.begin(s.lefts, key)
	if asRow = asRow && b.Form() == value.FormRecords; asRow {
		if s.row, asRow = s.packer.AppendRow(s.row, b.Records(), i); asRow {
			s.row[8] |= joinAsRow
		}
	}
	if !asRow {
		s.row = s.packer.Append(s.row, v)
	}
	return s.left.Add(maphash.Bytes(s.seed, key), s.row)
}

// next reads a row, which is valid until the next call; io.EOF at the end.
func (s *joinSpill) next(r *spill.Reader) (joinRow, error) {
	row, err := r.Next()
	if err != nil {
		return joinRow{}, err
	}
	n := joinHead + binary.LittleEndian.Uint32(row[9:])
	e := joinRow{number: binary.LittleEndian.Uint64(row), record: row[n:], asRow: row[8]&joinAsRow != 0}
	if row[8]&withKey != 0 {
		e.key = row[joinHead:n]
	}
	return e, nil
}

// finish joins the partitions and puts the result.
func (s *joinSpill) finish(j *pipeline.Job, r *joiner) error {
	if err := s.left.Finish(); err != nil {
		return err
	}
	if err := s.right.Finish(); err != nil {
		return err
	}
	s.sorter = ordering.NewSorter(ordering.Options{Keys: []ordering.Key{{Mode: ordering.ByValue}, {Mode: ordering.ByValue}},
		Keyed: true, Budget: s.budget / 4})
	for i := range spill.NumPartitions {
		if err := s.joinPart(j, r, i); err != nil {
			return err
		}
	}
	if err := s.sorter.Finish(); err != nil {
		return err
	}
	for b, err := range s.sorter.Batches(j.Blocking) {
		if err != nil {
			return err
		}
		j.PutBatch(b)
	}
	return nil
}

// joinPart joins a partition: with as many records of FILE at a time as fit into memory, it
// reads all of the input's.
func (s *joinSpill) joinPart(j *pipeline.Job, r *joiner, i int) error {
	matched := make([]bool, s.left.Len(i))
	right := s.right.Reader(i, s.buffers[0])
	for more := true; more; {
		table := newJoinTable(s.budget / 4)
		var numbers []uint64
		for !table.full() {
			e, err := s.next(right)
			if err == io.EOF {
				more = false
				break
			}
			if err != nil {
				return err
			}
			v, _, err := s.packer.Read(e.record)
			if err != nil {
				return err
			}
			table.add(e.key, v)
			numbers = append(numbers, e.number)
		}
		err := s.eachLeft(j, i, func(k int, e joinRow) error {
			for n := table.first(e.key); n >= 0; n = table.next[n] {
				matched[k], table.matched[n] = true, true
				if r.args.Anti {
					return nil
				}
				if err := s.put(r.pair, e, table.rows[n], numbers[n]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if r.args.Right {
			for n, v := range table.rows {
				if table.matched[n] {
					continue
				}
				if err := s.sorter.Add(r.alone(v), 0, value.Int(math.MaxInt64), value.Int(int64(numbers[n]))); err != nil {
					return err
				}
			}
		}
	}
	if !r.args.Left && !r.args.Anti {
		return nil
	}
	return s.eachLeft(j, i, func(k int, e joinRow) error {
		switch {
		case matched[k]:
			return nil
		case r.args.Anti:
			return s.putAlone(e)
		}
		return s.put(r.pair, e, value.Null, 0)
	})
}

// putAlone sorts a record of the input as it came behind the rest.
func (s *joinSpill) putAlone(e joinRow) error {
	if e.asRow {
		return s.sorter.AddRow(&s.packer, e.record, 0, value.Int(int64(e.number)), value.Int(0))
	}
	return s.put(func(left, _ value.Value) value.Value { return left }, e, value.Null, 0)
}

// put sorts what pair makes of a record of the input and one of FILE behind the rest.
func (s *joinSpill) put(pair func(left, right value.Value) value.Value, e joinRow, right value.Value, number uint64) error {
	left, _, err := s.packer.Read(e.record)
	if err != nil {
		return err
	}
	return s.sorter.Add(pair(left, right), 0, value.Int(int64(e.number)), value.Int(int64(number)))
}

// eachLeft calls fn for the records of the input in a partition.
func (s *joinSpill) eachLeft(j *pipeline.Job, i int, fn func(k int, e joinRow) error) error {
	defer j.Yield()
	reader := s.left.Reader(i, s.buffers[1])
	for k := 0; ; k++ {
		e, err := s.next(reader)
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = fn(k, e)
		}
		if err != nil {
			return err
		}
	}
}
