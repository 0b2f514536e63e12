package value

import "bytes"

// PlaceOf returns where the row at off in the text of a FormLines or FormSpans batch comes
// from: the block's origin and how many newlines stand before the row in the block.
func (b *Batch) PlaceOf(off int) (o Origin, newlines int) {
	before := cap(b.block.buf) - cap(b.data) + off
	return b.block.origin, bytes.Count(b.block.buf[:before], newline)
}

// ColumnOf returns the byte of its line, from 1, at which the place off in b's text stands.
func (b *Batch) ColumnOf(off int) int {
	before := b.block.buf[:cap(b.block.buf)-cap(b.data)+off]
	if n := bytes.LastIndexByte(before, '\n'); n >= 0 {
		return len(before) - n
	}
	return int(b.block.origin.Before) + len(before) + 1
}
