package value

import "encoding/binary"

// AppendRow appends row i of r as it came. It returns false, and dst as it was, when the row
// is one that Append must encode as a value: it was made of another, or there are too many shapes.
func (p *Packer) AppendRow(dst []byte, r *Records, i int) (_ []byte, ok bool) {
	row := &r.Rows[i]
	if row.Made {
		return dst, false
	}
	shape := uint64(0)
	if row.Shape != nil {
		if shape, ok = p.Shape(row.Shape); !ok {
			return dst, false
		}
		shape++
	}
	dst = binary.AppendUvarint(dst, p.codec(r.Codec))
	dst = binary.AppendUvarint(dst, shape)
	return appendBytes(dst, r.Text[row.Off:row.Off+row.Len]), true
}

// AppendRowFrom appends a row that AppendRow of another Packer has encoded as src. It returns
// false, and dst as it was, when p has too many shapes.
func (p *Packer) AppendRowFrom(dst []byte, from *Packer, src []byte) (_ []byte, ok bool) {
	s := source{rest: src, packer: from}
	codec, shape := from.codecs[s.uvarint()], s.uvarint()
	if shape > 0 {
		if shape, ok = p.Shape(from.shapes[shape-1]); !ok {
			return dst, false
		}
		shape++
	}
	dst = binary.AppendUvarint(dst, p.codec(codec))
	dst = binary.AppendUvarint(dst, shape)
	return append(dst, s.rest...), true
}

// NewRecords returns an empty FormRecords batch, to be filled by AddRow with text that block
// has room for. It takes over the caller's hold on block.
func NewRecords(block *Block) *Batch {
	b := NewRaw(block, block.buf[:0], nil)
	b.form = FormRecords
	return b
}

// AddRow adds the row that AppendRow has encoded as src to b, which NewRecords has made. It
// returns false when the row is of another codec than those in b or finds no room.
func (p *Packer) AddRow(b *Batch, src []byte) bool {
	s := source{rest: src, packer: p}
	codec, shape := p.codecs[s.uvarint()], s.uvarint()
	raw := s.bytes()
	r := &b.records
	if len(r.Rows) > 0 && r.Codec != codec || len(b.data)+len(raw) >= cap(b.data) {
		return false
	}
	row := Row{Off: uint32(len(b.data)), Len: uint32(len(raw))}
	if shape > 0 {
		row.Shape = p.shapes[shape-1]
	}
	b.data = append(append(b.data, raw...), '\n')
	r.Text, r.Codec, r.unparsed = b.data, codec, true
	r.Rows = append(r.Rows, row)
	return true
}

// RowLen returns how many bytes of text the row has that AppendRow has encoded as src.
func RowLen(src []byte) int {
	s := source{rest: src}
	s.uvarint()
	s.uvarint()
	return s.count()
}

// ReadRow returns the row that AppendRow has encoded as src as a value with memory of
// its own.
func (p *Packer) ReadRow(src []byte) Value {
	block := NewBlock(make([]byte, RowLen(src)+1))
	b := NewRecords(block)
	defer b.Release()
	if !p.AddRow(b, src) {
		return Null
	}
	return b.records.Value(0)
}
