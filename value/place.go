package value

import (
	"bytes"
	"unsafe"
)

// PlaceOf returns where the row at off in the text of a FormLines or FormSpans batch comes
// from: the block's origin, unknown for rows that are not InText, and how many newlines stand before the row in the block.
func (b *Batch) PlaceOf(off int) (o Origin, newlines int) {
	if b.unplaced {
		return Origin{}, 0
	}
	before := cap(b.block.buf) - cap(b.data) + off
	return b.block.origin, b.block.newlines(before)
}

// Origin returns where the first line of b comes from, for a block with as many lines.
func (b *Batch) Origin() Origin {
	o, newlines := b.PlaceOf(0)
	switch {
	case b.block.marks != nil:
		return Origin{}
	case !o.Known():
	case o.Line > 0:
		o.Line += int64(newlines)
	default: // the bytes before b need not be those of the file
		o.After += int64(newlines)
	}
	return o
}

// Place remembers how many newlines stand before a place in a block; the zero Place knows of
// none.
type Place struct {
	block            *Block
	origin           Origin
	before, newlines int
}

// PlaceFrom is PlaceOf for one row after the other: only what stands between p, which it
// moves, and the row is looked at.
func (b *Batch) PlaceFrom(p *Place, off int) (o Origin, newlines int) {
	if b.unplaced {
		return Origin{}, 0
	}
	if b.block.marks != nil {
		return b.PlaceOf(off)
	}
	before := cap(b.block.buf) - cap(b.data) + off
	if p.block != b.block || p.origin != b.block.origin || p.before > before {
		*p = Place{block: b.block, origin: b.block.origin}
	}
	p.newlines += bytes.Count(b.block.buf[p.before:before], newline)
	p.before = before
	return p.origin, p.newlines
}

// OffsetOf returns where in the text of b, which is FormLines or FormSpans, the text v stands, and
// whether it does: it is one of the rows, or a part of one.
func (b *Batch) OffsetOf(v Value) (off int, ok bool) {
	if !v.IsText() || len(b.data) == 0 {
		return 0, false
	}
	n := len(v.Bytes())
	at, first := uintptr(v.p), uintptr(unsafe.Pointer(&b.data[0]))
	if at < first || at-first+uintptr(n) > uintptr(len(b.data)) {
		return 0, false
	}
	if n == 0 && at == first && b.data[0] != '\n' {
		return 0, false // an empty part of what ends the text points to its beginning
	}
	return int(at - first), true
}

// ColumnOf returns the byte of its line, from 1, at which the place off in b's text stands.
func (b *Batch) ColumnOf(off int) int {
	before := b.block.buf[:cap(b.block.buf)-cap(b.data)+off]
	if n := bytes.LastIndexByte(before, '\n'); n >= 0 {
		return len(before) - n
	}
	return int(b.block.origin.Before) + len(before) + 1
}
