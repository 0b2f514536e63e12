package value

import (
	"bytes"
	"iter"
	"sync"
)

// Form says how a Batch holds its rows.
type Form uint8

const (
	FormValues  Form = iota // a slice of Values
	FormLines               // text as it was read: rows end with a newline, the last one perhaps not
	FormSpans               // rows are spans of text as it was read
	FormRaw                 // text that holds whole records, which nobody has looked for
	FormRecords             // rows are records in text as it was read; see Records
)

// Span is one row of a FormSpans batch: Len bytes from Off in the batch's text.
type Span struct{ Off, Len uint32 }

// Batch is the unit that moves through a pipe: rows in one of several forms. It has one
// owner at a time; putting it into a pipe hands it over. Release ends its use.
type Batch struct {
	form  Form
	block *Block
	data  []byte
	spans []Span
	vals  []Value
	count int // rows of a FormLines batch; -1 when not counted

	pending Pending // of a FormRaw batch that was not read yet
	records Records
	columns []*Column      // fields of all rows that somebody asked for
	places  map[string]int // of columns, by name, where they are many
	losses  Losses         // among the rows

	unplaced bool // where its rows stand in the text is not told; see InText

	lender Lender // whose it still is, or nil
}

// Lender lends its reader batches that it will use again.
type Lender interface {
	// Take makes the reader the owner of b, and reports whether that was what it has lent.
	Take(b *Batch) bool
}

// LendBy says that b still belongs to l; to nobody else if that is nil.
func (b *Batch) LendBy(l Lender) { b.lender = l }

// Own makes the caller the owner of b, which a pipe may have lent it: then it may be kept, put or
// changed.
func (b *Batch) Own() {
	if b.lender != nil {
		b.lender.Take(b)
	}
}

// batches keeps released batches, with their slices, for the next user.
var batches = sync.Pool{New: func() any { return new(Batch) }}

// NewValues returns an empty batch of values with room for capacity of them.
func NewValues(capacity int) *Batch {
	b := batches.Get().(*Batch)
	b.form = FormValues
	if cap(b.vals) < capacity {
		b.vals = make([]Value, 0, capacity)
	}
	return b
}

// NewLines returns the batch of the lines in data, which is part of block. It takes over
// the caller's hold on block.
func NewLines(block *Block, data []byte) *Batch {
	b := batches.Get().(*Batch)
	b.form, b.block, b.data, b.count = FormLines, block, data, -1
	return b
}

// NewSpans returns an empty batch of spans of from's text, which is FormLines or
// FormSpans. It holds the block on its own account.
func NewSpans(from *Batch) *Batch {
	b := batches.Get().(*Batch)
	b.form, b.block, b.data, b.unplaced = FormSpans, from.block, from.data, from.unplaced
	b.block.Retain()
	return b
}

// Release ends the owner's use of b and lets its block go.
func (b *Batch) Release() {
	if b.block != nil {
		b.block.Release()
	}
	if b.pending != nil {
		b.pending.Drop()
	}
	clear(b.vals)
	for _, c := range b.columns {
		clear(c.Values)
	}
	b.records.release()
	*b = Batch{spans: b.spans[:0], vals: b.vals[:0], records: b.records, columns: b.columns[:0]}
	if cap(b.records.Fields) > 0 && cap(b.records.Fields) <= mostSpareFields && recordBatches.put(b) {
		return
	}
	batches.Put(b)
}

// Share returns a second batch of the same rows, with an owner of its own.
func (b *Batch) Share() *Batch {
	c := batches.Get().(*Batch)
	c.form, c.block, c.data, c.count, c.losses, c.unplaced = b.form, b.block, b.data, b.count, b.losses, b.unplaced
	c.spans = append(c.spans, b.spans...)
	c.vals = append(c.vals, b.vals...)
	b.records.copyTo(&c.records)
	if c.block != nil {
		c.block.Retain()
	}
	return c
}

// Form returns how b holds its rows.
func (b *Batch) Form() Form { return b.form }

// Data returns the text that the rows stand in; it is valid until Release and
// must not be changed.
func (b *Batch) Data() []byte { return b.data }

// Block returns the block that holds the text, or nil.
func (b *Batch) Block() *Block { return b.block }

// Spans returns the rows of a FormSpans batch, valid until Release.
func (b *Batch) Spans() []Span { return b.spans }

// Values returns the rows of a FormValues batch, valid until Release.
func (b *Batch) Values() []Value { return b.vals }

// Slots returns the rows of a FormValues batch with all the room behind them, for a
// writer that fills it in place and then calls SetLen.
func (b *Batch) Slots() []Value { return b.vals[:cap(b.vals)] }

// SetLen sets the number of rows of a FormValues batch filled through Slots.
func (b *Batch) SetLen(n int) { b.vals, b.columns = b.vals[:n], b.columns[:0] }

// Add appends a row to a FormValues batch.
func (b *Batch) Add(v Value) { b.vals, b.columns = append(b.vals, v), b.columns[:0] }

// AddSpan appends a row to a FormSpans batch.
func (b *Batch) AddSpan(off, n int) { b.spans = append(b.spans, Span{uint32(off), uint32(n)}) }

// Len returns the number of rows; that of a FormRaw batch is 1.
func (b *Batch) Len() int {
	switch b.form {
	case FormValues:
		return len(b.vals)
	case FormSpans:
		return len(b.spans)
	case FormRecords:
		return len(b.records.Rows)
	case FormRaw:
		return 1
	}
	if b.count < 0 {
		b.count = bytes.Count(b.data, newline)
		if b.Unterminated() {
			b.count++
		}
	}
	return b.count
}

var newline = []byte{'\n'}

// Unterminated reports whether b's text ends without a newline: its last line was the
// last of its input.
func (b *Batch) Unterminated() bool {
	n := len(b.data)
	return n > 0 && b.data[n-1] != '\n'
}

// IsText reports whether the rows are lines or spans of text.
func (b *Batch) IsText() bool { return b.form == FormLines || b.form == FormSpans }

// Rows iterates over the rows of a batch of text: where each stands in it, and its bytes
// without the newline, valid until Release. Those of records are as they came.
func (b *Batch) Rows() iter.Seq2[Span, []byte] {
	if b.form == FormRecords {
		return func(yield func(Span, []byte) bool) {
			for _, r := range b.records.Rows {
				if !yield(Span{r.Off, r.Len}, b.data[r.Off:r.Off+r.Len]) {
					return
				}
			}
		}
	}
	if b.form == FormSpans {
		return func(yield func(Span, []byte) bool) {
			for _, s := range b.spans {
				if !yield(s, b.data[s.Off:s.Off+s.Len]) {
					return
				}
			}
		}
	}
	return func(yield func(Span, []byte) bool) {
		data := b.data
		for off := 0; off < len(data); {
			n := bytes.IndexByte(data[off:], '\n')
			next := off + n + 1
			if n < 0 {
				n, next = len(data)-off, len(data)
			}
			if !yield(Span{uint32(off), uint32(n)}, data[off:off+n]) {
				return
			}
			off = next
		}
	}
}

// AppendTexts appends the rows of a batch of text to vals. They point into the text and are valid
// until Release.
func (b *Batch) AppendTexts(vals []Value) []Value {
	if b.form == FormSpans {
		open := b.Unterminated()
		for _, s := range b.spans {
			v := Text(b.data[s.Off : s.Off+s.Len])
			if open && int(s.Off+s.Len) == len(b.data) {
				v = v.AsUnterminated()
			}
			vals = append(vals, v)
		}
		return vals
	}
	for rest := b.data; len(rest) > 0; {
		n := bytes.IndexByte(rest, '\n')
		if n < 0 {
			return append(vals, Text(rest).AsUnterminated())
		}
		vals = append(vals, Text(rest[:n]))
		rest = rest[n+1:]
	}
	return vals
}

// All iterates over the rows as values, which are safe to keep: reading them pins the
// block that they point into.
func (b *Batch) All() iter.Seq[Value] {
	if b.block != nil {
		b.block.Pin()
	}
	return b.Look()
}

// Look is All for values that are forgotten before the batch is released.
func (b *Batch) Look() iter.Seq[Value] {
	if b.form == FormValues {
		return func(yield func(Value) bool) {
			for _, v := range b.vals {
				if !yield(v) {
					return
				}
			}
		}
	}
	if b.form == FormRecords {
		return b.records.each
	}
	return func(yield func(Value) bool) {
		open := b.Unterminated()
		for s, row := range b.Rows() {
			v := Text(row)
			if open && int(s.Off+s.Len) == len(b.data) {
				v = v.AsUnterminated()
			}
			if !yield(v) {
				return
			}
		}
	}
}

// Skip drops the first n rows; n is at most Len.
func (b *Batch) Skip(n int) {
	b.columns = b.columns[:0]
	switch b.form {
	case FormValues:
		rest := copy(b.vals, b.vals[n:])
		clear(b.vals[rest:])
		b.vals = b.vals[:rest]
	case FormSpans:
		b.spans = b.spans[:copy(b.spans, b.spans[n:])]
	case FormRecords:
		b.records.Rows = b.records.Rows[:copy(b.records.Rows, b.records.Rows[n:])]
	default:
		b.data = b.data[offsetOfLine(b.data, n):]
		b.count = -1
	}
}

// Truncate keeps the first n rows; n is at most Len.
func (b *Batch) Truncate(n int) {
	b.columns = b.columns[:0]
	switch b.form {
	case FormValues:
		clear(b.vals[n:])
		b.vals = b.vals[:n]
	case FormSpans:
		b.spans = b.spans[:n]
	case FormRecords:
		b.records.Rows = b.records.Rows[:n]
	default:
		b.data = b.data[:offsetOfLine(b.data, n)]
		b.count = -1
	}
}

// offsetOfLine returns where line n (from 0) begins, or len(data).
func offsetOfLine(data []byte, n int) int {
	off := 0
	for ; n > 0; n-- {
		i := bytes.IndexByte(data[off:], '\n')
		if i < 0 {
			return len(data)
		}
		off += i + 1
	}
	return off
}
