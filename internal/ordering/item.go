package ordering

import (
	"encoding/binary"

	"mtpipe/value"
)

// tables are what the rows of one Sorter refer to.
type tables struct {
	packer  value.Packer
	foreign []value.Value // that cannot be encoded; they stay in memory
}

// item is a row as it stands in an arena or a file, without its length.
type item struct {
	row    []byte
	tables *tables
}

// placeInInput returns the number by which rows that are equal are ordered.
func (x item) placeInInput() uint64 {
	return binary.LittleEndian.Uint64(x.row) &^ (3 << kindShift)
}

func (x item) kind() uint64 { return binary.LittleEndian.Uint64(x.row) >> kindShift }

// append appends the encoding of v to dst and returns its kind.
func (t *tables) append(dst []byte, v value.Value) ([]byte, uint64) {
	switch {
	case v.Kind() == value.KindText && !v.IsNull(): // an empty field is more than its text
		return append(dst, v.Bytes()...), kindText
	case isForeign(v):
		t.foreign = append(t.foreign, v.Clone())
		return binary.AppendUvarint(dst, uint64(len(t.foreign)-1)), kindForeign
	}
	return t.packer.Append(dst, v), kindValue
}

// isForeign reports whether there is an error or a Go value in v.
func isForeign(v value.Value) bool {
	switch v.Kind() {
	case value.KindError, value.KindAny:
		return true
	case value.KindList:
		for _, e := range v.AsList() {
			if isForeign(e) {
				return true
			}
		}
	case value.KindRecord:
		for i := range v.AsRecord().Len() {
			if isForeign(v.AsRecord().At(i)) {
				return true
			}
		}
	}
	return false
}

// key returns key number i, which shares x's memory.
func (x item) key(i int) value.Value {
	rest := x.row[headLen:]
	for ; ; i-- {
		v, n, _ := x.tables.packer.Read(rest)
		if i == 0 {
			return v
		}
		rest = rest[n:]
	}
}

// body returns what stands behind the keys, of which there are width.
func (x item) body(width int) []byte {
	rest := x.row[headLen:]
	for range width {
		_, n, _ := x.tables.packer.Read(rest)
		rest = rest[n:]
	}
	return rest
}

// value returns the row itself, which may share x's memory.
func (x item) value(width int) value.Value { return x.valueOf(x.body(width)) }

// valueOf returns the row itself, which stands in body and may share its memory.
func (x item) valueOf(body []byte) value.Value {
	switch x.kind() {
	case kindText:
		return value.Text(body)
	case kindRecord:
		return x.tables.packer.ReadRow(body)
	case kindForeign:
		i, _ := binary.Uvarint(body)
		return x.tables.foreign[i]
	}
	v, _, _ := x.tables.packer.Read(body)
	return v
}
