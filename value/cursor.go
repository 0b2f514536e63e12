package value

import "bytes"

// Cursor reads a batch of text or records one value at a time.
type Cursor struct {
	b   *Batch
	i   int // the next span or record
	off int // the next line
	at  int // where the last row stands
}

// NewCursor returns a cursor before the first row of b, which holds text or records. The
// values it gives are safe to keep.
func NewCursor(b *Batch) Cursor {
	b.block.Pin()
	return Cursor{b: b}
}

// Next returns the next row, and false behind the last.
func (c *Cursor) Next() (Value, bool) {
	b := c.b
	var start, end int
	if b.form == FormRecords {
		return c.record()
	}
	if b.form == FormSpans {
		if c.i >= len(b.spans) {
			return Null, false
		}
		s := b.spans[c.i]
		c.i++
		start, end = int(s.Off), int(s.Off+s.Len)
	} else {
		if c.off >= len(b.data) {
			return Null, false
		}
		start = c.off
		n := bytes.IndexByte(b.data[start:], '\n')
		if n < 0 {
			n = len(b.data) - start
		}
		end = start + n
		c.off = end + 1
	}
	c.at = start
	v := Text(b.data[start:end:end])
	if end == len(b.data) && b.Unterminated() {
		v = v.AsUnterminated()
	}
	return v, true
}

func (c *Cursor) record() (Value, bool) {
	r := &c.b.records
	if c.i >= len(r.Rows) {
		return Null, false
	}
	v := r.Value(c.i)
	c.at = int(r.Rows[c.i].Off)
	c.i++
	return v, true
}

// More reports whether Next would give a row.
func (c *Cursor) More() bool {
	switch c.b.form {
	case FormRecords:
		return c.i < len(c.b.records.Rows)
	case FormSpans:
		return c.i < len(c.b.spans)
	}
	return c.off < len(c.b.data)
}

// Offset returns where the row that Next gave last stands in the batch's text.
func (c *Cursor) Offset() int { return c.at }

// Rest shortens the cursor's batch to the rows that were not read.
func (c *Cursor) Rest(b *Batch) {
	if b.form != FormLines {
		b.Skip(c.i)
		return
	}
	b.data, b.count = b.data[min(c.off, len(b.data)):], -1
}
