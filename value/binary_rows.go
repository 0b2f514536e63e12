package value

import (
	"encoding/binary"
	"slices"
)

// fieldKindBits is how many bits a FieldKind takes up.
const fieldKindBits = 3

// AppendRow appends row i of r as it came, with the places of its fields. It returns false,
// and dst as it was, when the row is one that Append must encode as a value.
func (p *Packer) AppendRow(dst []byte, r *Records, i int) (_ []byte, ok bool) {
	row := &r.Rows[i]
	start := len(dst)
	shape, fields := uint64(0), 1
	if row.Shape != nil {
		if shape, ok = p.Shape(row.Shape); !ok {
			return dst, false
		}
		shape++
		fields = len(row.Shape.names)
	}
	dst = binary.AppendUvarint(dst, p.codec(r.Codec))
	dst = binary.AppendUvarint(dst, shape)
	dst = appendBytes(dst, r.Text[row.Off:row.Off+row.Len])
	for _, f := range r.Fields[row.First:][:fields] {
		off := f.Off - row.Off
		if f.Len == 0 {
			off = 0
		}
		if uint64(off)+uint64(f.Len) > uint64(row.Len) {
			return dst[:start], false
		}
		dst = binary.AppendUvarint(dst, uint64(off)<<fieldKindBits|uint64(f.Kind))
		dst = binary.AppendUvarint(dst, uint64(f.Len))
	}
	return dst, true
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
	row := Row{Off: uint32(len(b.data)), Len: uint32(len(raw)), First: uint32(len(r.Fields))}
	fields := 1
	if shape > 0 {
		row.Shape = p.shapes[shape-1]
		fields = len(row.Shape.names)
	}
	b.data = append(append(b.data, raw...), '\n')
	r.Text, r.Codec = b.data, codec
	r.Rows = append(r.Rows, row)
	r.Fields = slices.Grow(r.Fields, fields)
	for range fields {
		place, n := s.uvarint(), s.uvarint()
		r.Fields = append(r.Fields, Field{Off: row.Off + uint32(place>>fieldKindBits), Len: uint32(n), Kind: FieldKind(place & (1<<fieldKindBits - 1))})
	}
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
