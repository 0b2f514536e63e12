package value

import "bytes"

// Part returns a batch of the rows of b from from, counting from 0, up to but not to, without
// losses. It shares the memory of b.
func (b *Batch) Part(from, to int) *Batch {
	c := b.Share()
	c.losses = Losses{}
	c.Truncate(to)
	c.Skip(from)
	return c
}

const sparse = 4 // a batch whose rows are less than this part of its block is copied to be kept

// Compact returns b, which the caller owns, in memory of its own when it would keep a much
// larger block alive. Values stay as they are, and where a row stood is still known.
func (b *Batch) Compact() *Batch {
	if b.form == FormValues {
		return b
	}
	b.records.fields()
	size := 0
	for _, row := range b.Rows() {
		size += len(row) + 1
	}
	if size >= len(b.block.Bytes())/sparse {
		return b
	}
	if b.form == FormLines { // they stand together
		block := NewBlock(bytes.Clone(b.data))
		block.SetOrigin(b.Origin())
		out := NewLines(block, block.buf)
		out.losses = b.losses
		b.Release()
		return out
	}
	return b.gathered(size)
}

// gathered returns the spans or records of b, which it releases, in a block of their own that has room for
// size bytes.
func (b *Batch) gathered(size int) *Batch {
	block := NewBlock(make([]byte, 0, size))
	block.origin = b.block.origin
	out := b.Share()
	out.block.Release()
	var place Place
	for i := range out.Len() {
		row := b.Row(i)
		_, newlines := b.PlaceFrom(&place, int(row.Off))
		at := len(block.buf)
		if from := cap(b.block.buf) - cap(b.data) + int(row.Off); i == 0 && from > 0 {
			block.origin.Before = 0
		}
		block.marks = append(block.marks, mark{at, newlines})
		block.buf = append(append(block.buf, b.data[row.Off:row.Off+row.Len]...), '\n')
		out.moveRow(i, at)
	}
	if b.Unterminated() && len(block.buf) > 0 && int(b.Row(b.Len()-1).Off+b.Row(b.Len()-1).Len) == len(b.data) {
		block.buf = block.buf[:len(block.buf)-1]
	}
	for i, v := range out.records.Made {
		out.records.Made[i] = v.Clone()
	}
	out.block, out.data, out.records.Text = block, block.buf, block.buf
	b.Release()
	return out
}

// moveRow says that the text of row i stands somewhere else.
func (b *Batch) moveRow(i, to int) {
	if b.form == FormSpans {
		b.spans[i].Off = uint32(to)
		return
	}
	r := &b.records
	row := &r.Rows[i]
	for k := range row.width() {
		if f := &r.Fields[int(row.First)+k]; f.Kind != FieldMade {
			f.Off += uint32(to) - row.Off
		}
	}
	row.Off = uint32(to)
}

// Kept returns b, which the caller owns, so that it can be kept for long: it keeps no more
// than its rows alive.
func (b *Batch) Kept() *Batch {
	if b.form != FormValues {
		return b.Compact()
	}
	for i, v := range b.vals {
		b.vals[i] = v.Clone()
	}
	return b
}
