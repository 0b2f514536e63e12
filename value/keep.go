package value

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
// larger block alive. Values stay as they are.
func (b *Batch) Compact() *Batch {
	if b.form == FormValues {
		return b
	}
	size := 0
	for _, row := range b.Rows() {
		size += len(row)
	}
	if size >= len(b.block.Bytes())/sparse {
		return b
	}
	out := NewValues(b.Len())
	if b.form == FormRecords {
		for v := range b.All() {
			out.Add(v.Clone())
		}
		b.Release()
		return out
	}
	buf := make([]byte, 0, size)
	for s, row := range b.Rows() {
		at := len(buf)
		buf = append(buf, row...)
		v := Text(buf[at:])
		if b.Unterminated() && int(s.Off+s.Len) == len(b.data) {
			v = v.AsUnterminated()
		}
		out.Add(v)
	}
	b.Release()
	return out
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
