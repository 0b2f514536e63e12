// Package ordering puts many values in order: by the bytes of their text, by value.Compare,
// or by the rules of Unix sort's options. Sorting is stable.
//
// Rows stand as bytes in memory that the garbage collector does not know, text as it came,
// and are sorted by a few of their bytes at a time, which stand beside each other. When all
// are in memory, they are dealt out to buckets that goroutines sort one behind the other and
// make batches of. What has no room is sorted and written to a temporary file as a run; then
// the runs are merged.
// A Sorter is for one goroutine at a time.
package ordering

import (
	"errors"
	"math"
	"slices"

	"mtpipe/internal/spill"
	"mtpipe/value"
)

// Options say what a Sorter is to do.
type Options struct {
	Keys   []Key // at least one
	Keyed  bool  // rows come with keys, as many as Keys; otherwise the row itself is the one key
	Unique bool  // of rows that are equal in the order and have the same value.AppendKey only the first stays
	Last   bool  // rows without keys that are equal in the order are compared by all bytes of their text
	First  int   // only so many rows stay, the first ones in order; 0 for all
	Budget int64 // bytes to keep in memory, about; 0 when there is no limit
	Dir    string
}

// Sorter takes in rows and gives them back in order. Each row has a place in the whole input,
// by which equal rows are ordered, so that parts of an input that were given to several
// sorters come out as if one had had them all.
type Sorter struct {
	o      Options
	tables *tables
	valued bool // Plain means ByValue: not all rows are text

	arena   *arena // that is being filled
	spare   []*arena
	runs    []*run
	held    int // bytes of the arenas of runs
	limit   int // of held and the arena together
	reserve int // bytes for reading and writing runs
	file    *spill.File
	files   []*spill.File

	sequence int64  // of the batch that was added last
	next     uint64 // place of the next row
	keys     []byte // memory for encoding
	body     []byte
	pruneAt  int
	bounds   []bound
	parts    int  // sorters that were merged into this one
	complete bool // no more rows will come, so that it is known what Plain means
}

const (
	largestArena  = 64 << 20
	smallestArena = 1 << 10
	largestBuffer = 256 << 10
	mostReserve   = 16 << 20
	leastReserve  = 8 << 20 // or a quarter of the memory
	rowBits       = 24      // of a place, that count the rows of a batch
)

// NewSorter returns a Sorter without rows.
func NewSorter(o Options) *Sorter {
	s := &Sorter{o: o, tables: &tables{}, sequence: -1, parts: 1}
	s.limit, s.reserve = math.MaxInt, mostReserve
	if o.First > 0 {
		s.pruneAt = max(pruneLeast, 4*o.First)
	}
	if o.Budget > 0 {
		s.reserve = int(min(max(o.Budget/8, min(o.Budget/4, leastReserve)), mostReserve))
		s.limit = int(o.Budget) - 2*s.reserve // as much again is for batches on their way in and out
	}
	return s
}

// order returns how rows are compared.
func (s *Sorter) order() order {
	o := order{keys: s.o.Keys, last: s.o.Last && s.o.Keys[0].Mode > ByValue && !s.o.Keyed && !s.o.Unique}
	if s.o.Keyed {
		o.width = len(o.keys)
	}
	if o.keys[0].Mode == Plain && s.valued && !s.o.Keyed {
		o.keys = []Key{{ByValue, o.keys[0].Descending}}
	}
	return o
}

// at sets the place of the next row: row i of the batch seq.
func (s *Sorter) at(seq int64) {
	if seq != s.sequence {
		s.sequence, s.next = seq, uint64(seq)<<rowBits
	}
}

// AddBatch adds the rows of b, which are their own keys. Seq never falls.
func (s *Sorter) AddBatch(b *value.Batch, seq int64) error { return s.AddKeyed(b, nil, seq) }

// AddKeyed adds the rows of b with their keys, columns of them. Seq is the place of the
// batch that they came from in the whole input; it never falls.
func (s *Sorter) AddKeyed(b *value.Batch, columns []*value.Column, seq int64) error {
	s.at(seq)
	keys := make([]value.Value, len(columns))
	pick := func(i int) {
		for k, c := range columns {
			keys[k] = c.Values[i]
		}
	}
	switch b.Form() {
	case value.FormValues:
		for i, v := range b.Values() {
			pick(i)
			if err := s.add(v, keys); err != nil {
				return err
			}
		}
	case value.FormRecords:
		r := b.Records()
		for i := range r.Rows {
			pick(i)
			if err := s.addRecord(r, i, keys); err != nil {
				return err
			}
		}
	default:
		i := 0
		whole := b.Form() == value.FormLines
		for _, row := range b.Rows() {
			pick(i)
			i++
			if err := s.addText(row, keys, whole || isLine(row)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Add adds a copy of v, with keys or, when there are none, as a key itself.
func (s *Sorter) Add(v value.Value, seq int64, keys ...value.Value) error {
	s.at(seq)
	return s.add(v, keys)
}

// AddRow adds a row that AppendRow of a packer has encoded. It comes back as it stood in the text.
func (s *Sorter) AddRow(packer *value.Packer, row []byte, seq int64, keys ...value.Value) error {
	s.at(seq)
	s.encode(keys)
	body, ok := s.tables.packer.AppendRowFrom(s.body[:0], packer, row)
	s.body = body
	if !ok {
		return s.add(packer.ReadRow(row), keys)
	}
	return s.put(kindRecord, s.body, facts{})
}

func (s *Sorter) add(v value.Value, keys []value.Value) error {
	if v.Kind() == value.KindText && !v.IsNull() {
		return s.addText(v.Bytes(), keys, isLine(v.Bytes()))
	}
	s.encode(keys)
	var kind uint64
	s.body, kind = s.tables.append(s.body[:0], v)
	return s.put(kind, s.body, facts{isText: v.IsText()})
}

// addText adds untyped text; line says that there is no newline in it.
func (s *Sorter) addText(row []byte, keys []value.Value, line bool) error {
	s.encode(keys)
	return s.put(kindText, row, facts{raw: len(keys) == 0, isText: true, lines: line})
}

func (s *Sorter) addRecord(r *value.Records, i int, keys []value.Value) error {
	s.encode(keys)
	body, ok := s.tables.packer.AppendRow(s.body[:0], r, i)
	s.body = body
	if !ok || r.Rows[i].Shape == nil {
		return s.add(r.Value(i), keys)
	}
	return s.put(kindRecord, s.body, facts{})
}

// encode makes s.keys of a row's keys.
func (s *Sorter) encode(keys []value.Value) {
	s.keys = s.keys[:0]
	for i, k := range keys {
		k = textFor(s.o.Keys[i].Mode, k)
		if s.o.Keys[i].Mode == ByValue {
			if n, ok := k.Numeric(); ok && (!s.o.Unique || s.sameKey(n, k)) { // is equal, and need not be read again
				k = n
			}
		}
		s.keys = s.tables.packer.Append(s.keys, k)
	}
}

// sameKey reports whether two values have the same key.
func (s *Sorter) sameKey(a, b value.Value) bool {
	s.body = a.AppendKey(s.body[:0])
	n := len(s.body)
	s.body = b.AppendKey(s.body)
	return string(s.body[:n]) == string(s.body[n:])
}

// put adds a row whose keys are encoded.
func (s *Sorter) put(kind uint64, body []byte, f facts) error {
	size := len(s.keys) + len(body)
	if s.arena == nil || !s.arena.fits(size) || s.pruneAt > 0 && s.arena.rows >= s.pruneAt {
		if err := s.makeRoom(size); err != nil {
			return err
		}
	}
	if !f.isText {
		s.becomeValued()
	}
	a := s.arena
	at := a.used
	a.add(kind<<kindShift|s.next, s.keys, body)
	s.next++
	if len(s.bounds) > 0 && s.beyond(uint64(at), f) {
		a.used, a.rows = at, a.rows-1
		return nil
	}
	a.facts = a.facts.and(f)
	a.count(uint64(at), s.next-1, body)
	return nil
}

// becomeValued makes Plain mean ByValue from here on.
func (s *Sorter) becomeValued() {
	if s.valued {
		return
	}
	s.valued = true
	if len(s.bounds) > 1 {
		s.bounds = s.bounds[1:]
	}
}

// makeRoom makes room in the arena for a row of size bytes.
func (s *Sorter) makeRoom(size int) error {
	if int64(size) > largest {
		return errors.New("a row of more than 4 GB cannot be sorted")
	}
	if s.arena != nil {
		s.prune()
		if s.arena.fits(size) && s.arena.used < len(s.arena.mem)/2 {
			return nil
		}
		s.putAway()
	}
	next := min(max(min(s.limit, largestArena), smallestArena), largestArena)
	if s.held > 0 && s.held+next > s.limit {
		if err := s.spill(); err != nil {
			return err
		}
	}
	i := slices.IndexFunc(s.spare, func(a *arena) bool { return a.fits(size) })
	if i >= 0 {
		s.arena = s.spare[i]
		s.spare = slices.Delete(s.spare, i, i+1)
		return nil
	}
	s.arena = newArena(max(next, needs(1, size)))
	return nil
}

// putAway makes a run of the arena, whose rows are not sorted yet.
func (s *Sorter) putAway() {
	a := s.arena
	s.arena = nil
	if a == nil {
		return
	}
	if a.rows == 0 {
		s.spare = append(s.spare, a)
		return
	}
	s.held += len(a.mem)
	s.runs = append(s.runs, &run{facts: a.facts, tables: s.tables, arena: a, rows: a.rows})
}

// Finish sorts what was added when there are runs in files; otherwise that is left to Batches,
// which does it for the rows of all sorters at once. No more rows may be added.
func (s *Sorter) Finish() error {
	if s.arena != nil {
		s.prune()
	}
	s.putAway()
	for _, a := range s.spare {
		a.free()
	}
	s.spare = nil
	if !s.inFiles() {
		return nil
	}
	return s.reduce(s.ways())
}

// Merge takes over what the sorter p holds. Both are finished; p is not used afterwards, but
// for Close.
func (s *Sorter) Merge(p *Sorter) {
	s.runs = append(s.runs, p.runs...)
	s.files = append(append(s.files, p.files...), p.file)
	s.held += p.held
	s.limit = max(s.limit, s.limit+p.limit) // without a limit, the sum overflows
	s.reserve += p.reserve
	s.parts += p.parts
	s.valued = s.valued || p.valued
	p.runs, p.files, p.file = nil, nil, nil
}

// Close lets go of all memory and files. Nobody may use batches' iterators any more; the
// batches themselves may live on.
func (s *Sorter) Close() {
	for _, r := range s.runs {
		r.free()
	}
	for _, a := range append(s.spare, s.arena) {
		if a != nil {
			a.free()
		}
	}
	for _, f := range append(s.files, s.file) {
		_ = f.Close()
	}
	s.runs, s.spare, s.arena, s.files, s.file = nil, nil, nil, nil, nil
}
