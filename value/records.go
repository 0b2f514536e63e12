package value

import (
	"sync"
	"unsafe"
)

// Codec knows the text that the records of a batch stand in. Any goroutine may use it.
type Codec interface {
	// Parse finds the fields of r's rows and what is wrong with them; before that the rows, if
	// there are none. Rows that are there hold whole records, with a newline behind each.
	Parse(r *Records)
	// Decode returns the value of a field that is FieldEncoded.
	Decode(text []byte) Value
	// Name returns the name of the format, such as csv.
	Name() string
}

// FieldKind says what the bytes of a field are.
type FieldKind uint32

// The kinds of fields.
const (
	FieldText    FieldKind = iota // untyped text as it stands there
	FieldString                   // text that is text, as it stands there
	FieldNumber                   // a JSON number
	FieldNull                     // nothing
	FieldTrue                     // the bool
	FieldFalse                    // the bool
	FieldEncoded                  // anything that the codec has to decode
	FieldMade                     // a value that was computed: number Off of Records.Made
)

// Field is one field of a record: Len bytes from Off in the batch's text.
type Field struct {
	Off, Len uint32
	Kind     FieldKind
}

// Row is one record: Len bytes from Off in the batch's text, as they came. Its fields begin
// with number First, one for each name of the shape. Without a shape the row is no record
// but one value, field First.
type Row struct {
	Shape    *Shape
	Off, Len uint32
	First    uint32
	Made     bool // it has other fields than the record that stands there, of which it was made
}

// Records is the content of a FormRecords batch.
type Records struct {
	Text   []byte
	Rows   []Row
	Fields []Field
	Made   []Value    // what fields that are FieldMade are
	Bad    []RowError // in the order of the rows
	Codec  Codec

	spare     []Field // memory for the next Fields
	spareRows []Row   // and for the next Rows
	unparsed  bool    // the rows' fields were not looked for yet
}

// NewRaw returns a batch of text that holds whole records, which Parse will find. It takes
// over the caller's hold on block, of which data is part.
func NewRaw(block *Block, data []byte, codec Codec) *Batch {
	b := recordBatches.get()
	b.form, b.block, b.data = FormRaw, block, data
	b.records.Codec = codec
	return b
}

// Pending is text that is to be read by whoever wants its rows. One of its methods is
// called, once.
type Pending interface {
	// Fetch reads the text; nil when there are no rows in it.
	Fetch() (*Batch, error)
	// Drop says that nobody wants it.
	Drop()
}

// PlainLines is implemented by a Pending whose rows are lines in which nothing can be wrong, so that
// those which nobody wants need not be read.
type PlainLines interface{ PlainLines() bool }

// PendingLines reports whether b's text is not read yet, and need not be unless somebody wants its
// rows.
func (b *Batch) PendingLines() bool {
	p, ok := b.pending.(PlainLines)
	return ok && p.PlainLines()
}

// NewPending returns a FormRaw batch of text that is not read yet.
func NewPending(p Pending) *Batch {
	b := batches.Get().(*Batch)
	b.form, b.pending = FormRaw, p
	return b
}

// Pending reports whether b's text is not read yet: only Fetch and Release are to be called.
func (b *Batch) Pending() bool { return b.pending != nil }

// Fetch reads the text of a batch that NewPending has made, and returns the batch of its
// rows, nil when there are none; with an error, of those before it. Any other batch it returns as it is. The batch itself is
// released.
func (b *Batch) Fetch() (*Batch, error) {
	p := b.pending
	if p == nil {
		return b, nil
	}
	b.pending = nil
	b.Release()
	return p.Fetch()
}

// recordBatches are released batches with the memory of many fields. They go from the
// reactor that releases them to that of the reader, which a sync.Pool does badly.
var recordBatches batchStack

type batchStack struct {
	mu   sync.Mutex
	free []*Batch
}

const (
	spareRecordBatches = 32
	mostSpareFields    = 1 << 17 // of a batch that is kept
)

func (s *batchStack) get() *Batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.free)
	if n == 0 {
		return new(Batch)
	}
	b := s.free[n-1]
	s.free = s.free[:n-1]
	return b
}

// put keeps b unless there are enough, and reports whether it did.
func (s *batchStack) put(b *Batch) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.free) == spareRecordBatches {
		return false
	}
	s.free = append(s.free, b)
	return true
}

// Parse finds the records of a FormRaw batch, which becomes FormRecords. It returns what is
// wrong with some of them.
func (b *Batch) Parse() []RowError {
	b.form = FormRecords
	b.records.Text = b.data
	b.records.Codec.Parse(&b.records)
	return b.records.Bad
}

// fields makes sure that the fields of the rows were found.
func (r *Records) fields() {
	if r.unparsed {
		r.unparsed = false
		r.Codec.Parse(r)
	}
}

// Records returns the content of a FormRecords batch, valid until Release.
func (b *Batch) Records() *Records { return &b.records }

// value returns a field's value, which points into the text.
func (r *Records) value(f *Field) Value {
	switch f.Kind {
	case FieldText:
		if f.Len == 0 {
			return EmptyField
		}
		return Text(r.Text[f.Off : f.Off+f.Len : f.Off+f.Len])
	case FieldString:
		v := Text(r.Text[f.Off : f.Off+f.Len : f.Off+f.Len])
		v.k = KindString
		return v
	case FieldNumber:
		v := Text(r.Text[f.Off : f.Off+f.Len : f.Off+f.Len])
		v.k = KindNumber
		return v
	case FieldNull:
		return Null
	case FieldTrue:
		return Bool(true)
	case FieldFalse:
		return Bool(false)
	case FieldMade:
		return r.Made[f.Off]
	}
	return r.Codec.Decode(r.Text[f.Off : f.Off+f.Len])
}

// Value returns row i as a value that points into the text: a record, or what stands there
// instead of one. The batch's block is to be pinned by who keeps it.
func (r *Records) Value(i int) Value {
	r.fields()
	row := &r.Rows[i]
	if row.Shape == nil {
		return r.value(&r.Fields[row.First])
	}
	rec := new(Record)
	r.fill(rec, row, make([]Value, len(row.Shape.names)))
	return Rec(rec)
}

// fill makes rec of a row; it keeps vals.
func (r *Records) fill(rec *Record, row *Row, vals []Value) {
	fields := r.Fields[row.First:][:len(vals)]
	for i := range fields {
		vals[i] = r.value(&fields[i])
	}
	*rec = Record{shape: row.Shape, vals: vals}
	if end := row.Off + row.Len; !row.Made {
		rec.raw, rec.codec = r.Text[row.Off:end:end], r.Codec
	}
}

// Field returns field k of row i, which is a record, as a value that points into the text.
func (r *Records) Field(i, k int) Value {
	r.fields()
	return r.value(&r.Fields[int(r.Rows[i].First)+k])
}

// FieldsOf returns the fields of row i.
func (r *Records) FieldsOf(i int) []Field {
	r.fields()
	row := &r.Rows[i]
	return r.Fields[row.First:][:row.width()]
}

// recordSlab is how many records are made with one allocation.
const recordSlab = 32

// each calls yield with the rows as values, several of which share an allocation.
func (r *Records) each(yield func(Value) bool) {
	r.fields()
	var recs []Record
	var vals []Value
	for i := range r.Rows {
		row := &r.Rows[i]
		if row.Shape == nil {
			if !yield(r.value(&r.Fields[row.First])) {
				return
			}
			continue
		}
		n := len(row.Shape.names)
		if len(recs) == 0 {
			recs = make([]Record, min(recordSlab, len(r.Rows)-i))
		}
		if len(vals) < n {
			vals = make([]Value, n*len(recs))
		}
		r.fill(&recs[0], row, vals[:n:n])
		rec := Rec(&recs[0])
		recs, vals = recs[1:], vals[n:]
		if !yield(rec) {
			return
		}
	}
}

// ToValues turns a batch of another form into FormValues; the values are safe to keep.
func (b *Batch) ToValues() {
	if b.form == FormValues {
		return
	}
	vals := b.vals[:0]
	for v := range b.All() {
		vals = append(vals, v)
	}
	b.block.Release()
	b.records.release()
	b.form, b.block, b.data, b.vals, b.spans, b.columns = FormValues, nil, nil, vals, b.spans[:0], b.columns[:0]
}

// Pick returns a second batch, with an owner of its own, of the rows of b whose numbers, which
// ascend, are given. The work is that for these rows only, but lines become spans, in b too.
func (b *Batch) Pick(rows []int32) *Batch {
	b.ToSpans()
	b.records.fields()
	c := batches.Get().(*Batch)
	c.form, c.block, c.data = b.form, b.block, b.data
	if c.block != nil {
		c.block.Retain()
	}
	c.records.Text, c.records.Codec, c.unplaced = b.records.Text, b.records.Codec, b.unplaced
	for _, i := range rows {
		switch b.form {
		case FormValues:
			c.vals = append(c.vals, b.vals[i])
		case FormSpans:
			c.spans = append(c.spans, b.spans[i])
		case FormRecords:
			row := b.records.Rows[i]
			fields := b.records.Fields[row.First:][:row.width()]
			row.First = uint32(len(c.records.Fields))
			for _, f := range fields {
				if f.Kind == FieldMade {
					c.records.Made = append(c.records.Made, b.records.Made[f.Off])
					f.Off = uint32(len(c.records.Made) - 1)
				}
				c.records.Fields = append(c.records.Fields, f)
			}
			c.records.Rows = append(c.records.Rows, row)
		}
	}
	return c
}

// width returns the number of the row's fields.
func (r *Row) width() int {
	if r.Shape == nil {
		return 1
	}
	return len(r.Shape.names)
}

// OnlyRecords reports whether every row of a FormRecords batch is a record.
func (r *Records) OnlyRecords() bool {
	for i := range r.Rows {
		if r.Rows[i].Shape == nil {
			return false
		}
	}
	return true
}

// Detach makes values that may point into b's text safe to keep: their text is copied when it
// is little, so that the block can be used again, and the block is pinned otherwise.
func (b *Batch) Detach(vals []Value) {
	if b.block == nil {
		return
	}
	start := uintptr(unsafe.Pointer(unsafe.SliceData(b.block.buf)))
	size := uintptr(len(b.block.buf))
	total := 0
	for i := range vals {
		v := &vals[i]
		switch {
		case v.isSpelled() && uintptr(v.p)-start < size:
			total += int(v.n & lengthBits)
		case v.k == KindList || v.k == KindRecord:
			total = len(b.block.buf) // what they hold may point there as well
		}
	}
	if total > len(b.block.buf)/2 {
		b.block.Pin()
		return
	}
	arena := make([]byte, 0, total)
	for i := range vals {
		if v := &vals[i]; v.isSpelled() && uintptr(v.p)-start < size {
			n := len(arena)
			arena = append(arena, v.Bytes()...)
			v.p = unsafe.Pointer(unsafe.SliceData(arena[n:]))
		}
	}
}

// InText reports whether the rows of b are those of its text: that they are told by where they stand
// there.
func (b *Batch) InText() bool { return b.form != FormValues && !b.unplaced }

// ValueAt returns row i as a value, which may point into the text.
func (b *Batch) ValueAt(i int) Value {
	switch b.form {
	case FormValues:
		return b.vals[i]
	case FormRecords:
		return b.records.Value(i)
	case FormLines:
		for _, row := range b.Rows() {
			if i--; i < 0 {
				return Text(row)
			}
		}
	}
	s := b.spans[i]
	return Text(b.data[s.Off : s.Off+s.Len])
}

// Row returns where row i of a FormRecords or FormSpans batch stands in its text.
func (b *Batch) Row(i int) Span {
	if b.form == FormRecords {
		r := &b.records.Rows[i]
		return Span{r.Off, r.Len}
	}
	return b.spans[i]
}

// release forgets the content and keeps the memory.
func (r *Records) release() {
	clear(r.Rows)
	clear(r.Made)
	*r = Records{Rows: r.Rows[:0], Fields: r.Fields[:0], Made: r.Made[:0], Bad: r.Bad[:0], spare: r.spare[:0], spareRows: r.spareRows[:0]}
}

func (r *Records) copyTo(c *Records) {
	c.Text, c.Codec, c.unparsed = r.Text, r.Codec, r.unparsed
	c.Rows = append(c.Rows, r.Rows...)
	c.Fields = append(c.Fields, r.Fields...)
	c.Made = append(c.Made, r.Made...)
}
