package aggregate

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"hash/crc32"
	"slices"
	"sync"

	"mtpipe/value"
)

// Groups gives rows with equal keys the same number. A key is one value or several, which
// are equal when their value.AppendKeyOf is. It remembers where each group came first.
type Groups struct {
	width  int // values of a key
	table  Table
	shown  []int32       // of each group: where its values are in vals, or asText, asString
	vals   []value.Value // the values of keys that the table does not hold as they are
	firsts []int64       // of each group: the place of its first row
	seq    int64         // of the last rows
	fresh  int64         // groups that are new at that place
	merged bool          // the order of groups is not that of their first rows
	key    []byte
	memory int64
}

// The values of a group whose key is one text: the table has it.
const (
	asText   = -1
	asString = -2
)

const (
	tagText   = 't' // as AppendKey writes it
	tagParts  = 0
	freshBits = 28 // of the place of a first row: which new group of its batch it is
)

// NewGroups returns groups without rows, whose keys have width values.
func NewGroups(width int) *Groups { return &Groups{width: width} }

// Anew returns groups without rows that go on where g stands in the input.
func (g *Groups) Anew() *Groups { return &Groups{width: g.width, seq: g.seq, fresh: g.fresh} }

// Len returns how many groups there are.
func (g *Groups) Len() int { return len(g.firsts) }

// Bytes returns about how much memory g takes.
func (g *Groups) Bytes() int64 { return g.table.Bytes() + int64(cap(g.firsts))*12 + g.memory }

// Find returns the group of each row, in the memory of groups. Cols has the n values of the
// rows' keys, a column for each part. Seq is the place of the rows in the whole input and
// never falls.
func (g *Groups) Find(cols []*value.Column, n int, seq int64, groups []int32) []int32 {
	groups = grown(groups, n)[:n]
	g.at(seq)
	if g.width != 1 {
		for i := range groups {
			groups[i] = g.findParts(cols, i)
		}
		return groups
	}
	keys := cols[0].Values
	for i := range keys {
		v := &keys[i]
		switch v.Kind() {
		case value.KindText:
			if v.IsNull() {
				g.key = v.AppendKey(g.key[:0])
				groups[i] = g.findOther(g.key[1:], uint32(g.key[0]), *v)
				continue
			}
			groups[i] = g.find(v.Bytes(), tagText, asText)
		case value.KindString:
			groups[i] = g.find(v.Bytes(), tagText, asString)
		default:
			g.key = v.AppendKey(g.key[:0])
			groups[i] = g.findOther(g.key[1:], uint32(g.key[0]), *v)
		}
	}
	return groups
}

// FindLines does what Find does with the lines of data as keys.
func (g *Groups) FindLines(data []byte, seq int64, groups []int32) []int32 {
	g.at(seq)
	groups = groups[:0]
	for len(data) > 0 {
		n := bytes.IndexByte(data, '\n')
		next := n + 1
		if n < 0 {
			n, next = len(data), len(data)
		}
		groups = append(groups, g.find(data[:n], tagText, asText))
		data = data[next:]
	}
	return groups
}

// FindSpans does what Find does with spans of data as keys.
func (g *Groups) FindSpans(data []byte, spans []value.Span, seq int64, groups []int32) []int32 {
	groups = grown(groups, len(spans))[:len(spans)]
	g.at(seq)
	for i, s := range spans {
		groups[i] = g.find(data[s.Off:s.Off+s.Len], tagText, asText)
	}
	return groups
}

func (g *Groups) at(seq int64) {
	if seq != g.seq {
		g.seq, g.fresh = seq, 0
	}
}

func (g *Groups) find(key []byte, tag uint32, shown int32) int32 {
	i := g.table.Find(key, tag)
	if i == len(g.firsts) {
		g.add(shown)
	}
	return int32(i)
}

func (g *Groups) add(shown int32) {
	g.firsts = append(g.firsts, g.seq<<freshBits|g.fresh)
	g.shown = append(g.shown, shown)
	g.fresh++
}

// findOther finds a key of one value that is no text.
func (g *Groups) findOther(key []byte, tag uint32, v value.Value) int32 {
	i := g.table.Find(key, tag)
	if i == len(g.firsts) {
		g.add(int32(len(g.vals)))
		g.keep(v)
	}
	return int32(i)
}

func (g *Groups) keep(v value.Value) {
	v = v.Clone()
	g.vals = append(g.vals, v)
	g.memory += valueSize*5/4 + v.Memory()
}

// findParts finds the key that the values of row i are.
func (g *Groups) findParts(cols []*value.Column, i int) int32 {
	g.key = value.AppendKeyOf(g.key[:0], cols, i)
	n := g.table.Find(g.key, tagParts)
	if n == len(g.firsts) {
		g.add(int32(len(g.vals)))
		for _, col := range cols {
			g.keep(col.Values[i].Terminated())
		}
	}
	return int32(n)
}

// Key appends the values of the key of a group to dst.
func (g *Groups) Key(i int, dst []value.Value) []value.Value {
	at := g.shown[i]
	if at >= 0 {
		return append(dst, g.vals[at:][:g.width]...)
	}
	key, _ := g.table.Key(i)
	if at == asString {
		return append(dst, value.String(value.Text(key).Str()))
	}
	return append(dst, value.Text(key))
}

// Order returns the groups in the order in which they came first.
func (g *Groups) Order() []int32 {
	order := make([]int32, g.Len())
	for i := range order {
		order[i] = int32(i)
	}
	if g.merged {
		slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(g.firsts[a], g.firsts[b]) })
	}
	return order
}

// First returns the place of the first row of a group: groups that came later have larger
// ones.
func (g *Groups) First(i int) int64 { return g.firsts[i] }

// Merge takes in the groups of o, whose rows had other places, and returns what their
// numbers are here.
func (g *Groups) Merge(o *Groups) (to []int32) {
	g.merged = true
	to = make([]int32, o.Len())
	for i := range to {
		key, tag := o.table.Key(i)
		var parts []value.Value
		if at := o.shown[i]; at >= 0 {
			parts = o.vals[at:][:o.width]
		}
		to[i] = g.take(key, tag, o.shown[i], o.firsts[i], parts)
	}
	return to
}

// take takes in a group that came first at a place.
func (g *Groups) take(key []byte, tag uint32, shown int32, first int64, parts []value.Value) int32 {
	i := g.table.Find(key, tag)
	switch {
	case i == len(g.firsts):
		if shown >= 0 {
			shown = int32(len(g.vals))
		}
		g.firsts, g.shown = append(g.firsts, first), append(g.shown, shown)
		for _, v := range parts {
			g.vals = append(g.vals, v)
			g.memory += valueSize*5/4 + v.Memory()
		}
	case first < g.firsts[i]:
		g.firsts[i] = first
		if shown < 0 {
			g.shown[i] = shown
			break
		}
		g.shown[i] = int32(len(g.vals))
		g.vals = append(g.vals, parts...)
	}
	return int32(i)
}

// Hash returns a hash of the key of a group that is the same in all Groups of the process.
func (g *Groups) Hash(i int) uint32 { return g.table.Hash(i) }

// AppendTo appends an encoding of a group.
func (g *Groups) AppendTo(dst []byte, i int) []byte {
	key, tag := g.table.Key(i)
	shown := g.shown[i]
	dst = binary.AppendVarint(dst, g.firsts[i])
	dst = append(dst, byte(tag), byte(min(shown, 0)))
	dst = append(binary.AppendUvarint(dst, uint64(len(key))), key...)
	if shown >= 0 {
		dst = value.AppendBinary(dst, value.List(g.vals[shown:][:g.width]))
	}
	return dst
}

// ReadFrom takes in a group that AppendTo has written, and returns its number here and what
// stands behind it.
func (g *Groups) ReadFrom(src []byte) (group int, rest []byte, err error) {
	g.merged = true
	first, n := binary.Varint(src)
	if n <= 0 || len(src) < n+2 {
		return 0, nil, errEncoding
	}
	tag, shown := uint32(src[n]), int32(int8(src[n+1]))
	src = src[n+2:]
	size, n := binary.Uvarint(src)
	if n <= 0 || size > uint64(len(src)-n) {
		return 0, nil, errEncoding
	}
	key := src[n : n+int(size)]
	src = src[n+int(size):]
	var parts []value.Value
	if shown >= 0 {
		v, n, err := value.ReadBinary(src)
		if err != nil {
			return 0, nil, err
		}
		parts, src = v.Clone().AsList(), src[n:]
	}
	return int(g.take(key, tag, shown, first, parts)), src, nil
}

var castagnoli = sync.OnceValue(func() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) })

// PortableHash returns a hash of the key of a group that AppendTo has written, which is the same in all processes.
func PortableHash(group []byte) (uint32, error) {
	_, n := binary.Varint(group)
	if n <= 0 || len(group) < n+2 {
		return 0, errEncoding
	}
	tag, rest := uint32(group[n]), group[n+2:]
	size, n := binary.Uvarint(rest)
	if n <= 0 || size > uint64(len(rest)-n) {
		return 0, errEncoding
	}
	return crc32.Update(tag, castagnoli(), rest[n:n+int(size)]), nil
}
