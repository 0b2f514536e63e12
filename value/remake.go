package value

import "slices"

// Remake makes a batch of records into one of others, of which there may be more or fewer. It may be
// used again. Until Done, the batch is as it was.
type Remake struct {
	b      *Batch
	rows   []Row
	fields []Field
	made   int // values that the batch had before
}

// mostRemade is how many fields a batch is made into: more would take much memory at once.
const mostRemade = 1 << 20

// Start begins with the records of b, which is FormRecords and has no losses.
func (m *Remake) Start(b *Batch) {
	r := &b.records
	r.fields()
	*m = Remake{b: b, rows: r.spareRows[:0], fields: r.spare[:0], made: len(r.Made)}
}

// Value returns the field that is v, in as many records as it is put into.
func (m *Remake) Value(v Value) Field {
	r := &m.b.records
	r.Made = append(r.Made, v)
	return Field{Off: uint32(len(r.Made) - 1), Kind: FieldMade}
}

// Fields returns the fields of row i, which must not be changed.
func (m *Remake) Fields(i int) []Field {
	r := &m.b.records
	return r.Fields[r.Rows[i].First:][:len(r.Rows[i].Shape.names)]
}

// Row puts row i as it is.
func (m *Remake) Row(i int) {
	row := m.b.records.Rows[i]
	fields := m.Fields(i)
	row.First = uint32(len(m.fields))
	m.rows, m.fields = append(m.rows, row), append(m.fields, fields...)
}

// Record puts a record of a shape, made of row i: of the fields of it that have the numbers from, and
// then of last.
func (m *Remake) Record(shape *Shape, i int, from []int, last ...Field) {
	row := &m.b.records.Rows[i]
	m.rows = append(m.rows, Row{Shape: shape, Off: row.Off, Len: row.Len, First: uint32(len(m.fields)), Made: true})
	in := m.b.records.Fields[row.First:]
	out := slices.Grow(m.fields, len(from)+len(last))
	for _, k := range from {
		out = append(out, in[k])
	}
	m.fields = append(out, last...)
}

// TooLarge reports whether there is more than a batch should have: then Drop is to be called.
func (m *Remake) TooLarge() bool { return len(m.fields) > mostRemade }

// Drop leaves the batch as it was.
func (m *Remake) Drop() {
	r := &m.b.records
	clear(r.Made[m.made:])
	clear(m.rows)
	r.Made, r.spare, r.spareRows = r.Made[:m.made], m.fields, m.rows[:0]
}

// Done gives the batch, which is the caller's, the records that were put.
func (m *Remake) Done() {
	r := &m.b.records
	m.b.columns, m.b.unplaced = m.b.columns[:0], true
	clear(r.Rows)
	r.Rows, r.spareRows = m.rows, r.Rows[:0]
	r.Fields, r.spare = m.fields, r.Fields
}

// Replace makes v field k of row i of a batch of records, which is the caller's and is no longer InText.
func (b *Batch) Replace(i, k int, v Value) {
	r := &b.records
	row := &r.Rows[i]
	row.Made = true
	r.Fields[int(row.First)+k] = Field{Off: uint32(len(r.Made)), Kind: FieldMade}
	r.Made = append(r.Made, v)
}

// Unplace says that the rows of b, some of which are replaced, are no longer told by where they stand: it
// is no longer InText.
func (b *Batch) Unplace() {
	b.records.fields()
	b.columns, b.unplaced = b.columns[:0], true
}
