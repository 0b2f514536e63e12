package value

import "bytes"

// Cursor reads a batch one value at a time. The zero Cursor is at the end of nothing.
type Cursor struct {
	vals []Value // the rows of a FormValues batch that are left
	b    *Batch  // a batch of another form
	i    int     // the next span
	off  int     // the next line
}

// NewCursor returns a cursor before the first row of b. The values it gives are safe to keep.
func NewCursor(b *Batch) Cursor {
	if b.form == FormValues {
		return Cursor{vals: b.vals}
	}
	b.block.Pin()
	return Cursor{b: b}
}

// Next returns the next row, and false behind the last.
func (c *Cursor) Next() (Value, bool) {
	if len(c.vals) > 0 {
		v := c.vals[0]
		c.vals = c.vals[1:]
		return v, true
	}
	if c.b == nil {
		return Null, false
	}
	return c.nextText()
}

func (c *Cursor) nextText() (Value, bool) {
	b := c.b
	var start, end int
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
	v := Text(b.data[start:end:end])
	if end == len(b.data) && b.Unterminated() {
		v = v.AsUnterminated()
	}
	return v, true
}

// Rest returns the rows that were not read as a batch, or nil when there are none: the
// batch itself, shortened. The cursor is at its end afterwards.
func (c *Cursor) Rest(b *Batch) *Batch {
	switch {
	case b.form == FormValues:
		b.Skip(len(b.vals) - len(c.vals))
	case b.form == FormSpans:
		b.Skip(c.i)
	default:
		b.data, b.count = b.data[min(c.off, len(b.data)):], -1
	}
	*c = Cursor{}
	return b
}
