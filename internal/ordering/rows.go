// Package ordering holds many values in memory and puts them in order: by the bytes of
// their text, by value.Compare, or by the rules of Unix sort's options. Sorting is stable.
//
// Untyped text, the most frequent kind, is copied into large chunks without an allocation
// for each row, and sorted by a few of its bytes at a time, which stand beside each other
// in memory. Nothing here may be used by several goroutines at once.
package ordering

import (
	"bytes"
	"encoding/binary"
	"iter"
	"math/rand/v2"
	"slices"

	"mtpipe/value"
)

// Rows holds values in an order. It is text as long as only untyped text was added; the
// first value of another kind makes it values. The zero Rows is empty.
type Rows struct {
	refs  []ref
	text  chunks
	lines bool // the rows are text, and none of them holds a newline
	other bool // the rows are vals
	vals  []value.Value
	keys  []value.Value // what to compare, width of them a row; empty when it is the row
	width int
}

// ref is one row: where it is, and the beginning of what it is compared by, so encoded that
// a smaller prefix means that the row sorts before. The highest bit of at says that rows
// which have it and the same prefix are equal.
type ref struct{ prefix, at uint64 }

const (
	decided = 1 << 63     // the highest bit of at
	place   = decided - 1 // the others
)

// Len returns the number of rows.
func (r *Rows) Len() int { return len(r.refs) }

// AddBatch adds the rows of b.
func (r *Rows) AddBatch(b *value.Batch) {
	if b.Form() == value.FormValues {
		for _, v := range b.Values() {
			r.Add(v)
		}
		return
	}
	for _, row := range b.Rows() {
		r.addText(row)
	}
}

// addRef adds a row that is at a place.
func (r *Rows) addRef(at uint64) {
	if len(r.refs) == cap(r.refs) {
		r.refs = slices.Grow(r.refs, max(batchLength, len(r.refs)))
	}
	r.refs = append(r.refs, ref{at: at})
}

// Add adds a copy of v, to be compared by keys, of which every row has as many, or by
// itself when there are none.
func (r *Rows) Add(v value.Value, keys ...value.Value) {
	if v.Kind() == value.KindText && len(keys) == 0 {
		r.addText(v.Bytes())
		return
	}
	r.becomeValues()
	r.width = len(keys)
	for _, k := range keys {
		r.keys = append(r.keys, k.Clone())
	}
	r.addValue(v.Clone())
}

func (r *Rows) addText(row []byte) {
	if r.other {
		r.addValue(value.Text(bytes.Clone(row)))
		return
	}
	r.lines = (r.lines || len(r.refs) == 0) && bytes.IndexByte(row, '\n') < 0
	r.addRef(r.text.add(row))
}

func (r *Rows) addValue(v value.Value) {
	r.addRef(uint64(len(r.vals)))
	r.vals = append(r.vals, v)
}

func (r *Rows) becomeValues() {
	if r.other {
		return
	}
	r.other = true
	for i := range r.refs {
		r.vals = append(r.vals, value.Text(r.text.at(r.refs[i].at)))
		r.refs[i].at = uint64(i)
	}
}

// row returns the row at e as a value.
func (r *Rows) row(e ref) value.Value {
	if r.other {
		return r.vals[e.at&place]
	}
	return value.Text(r.text.at(e.at & place))
}

// Reverse turns the order round.
func (r *Rows) Reverse() { slices.Reverse(r.refs) }

// Shuffle puts the rows in an order that random chooses, all orders being equally likely.
func (r *Rows) Shuffle(random *rand.Rand) {
	random.Shuffle(len(r.refs), func(i, k int) { r.refs[i], r.refs[k] = r.refs[k], r.refs[i] })
}

const (
	blockSize   = 128 << 10 // text in a batch
	batchLength = 1024      // values in a batch
)

// Batches iterates over the rows in batches, whose owner is the loop.
func (r *Rows) Batches() iter.Seq[*value.Batch] {
	if r.lines && !r.other {
		return r.lineBatches
	}
	return func(yield func(*value.Batch) bool) {
		for rows := range slices.Chunk(r.refs, batchLength) {
			b := value.NewValues(len(rows))
			for _, e := range rows {
				b.Add(r.row(e))
			}
			if !yield(b) {
				return
			}
		}
	}
}

func (r *Rows) lineBatches(yield func(*value.Batch) bool) {
	pool := value.NewBlockPool(blockSize)
	for refs := r.refs; len(refs) > 0; {
		block := pool.Get()
		if first := len(r.text.at(refs[0].at&place)) + 1; first > blockSize {
			block.Release()
			block = value.NewBlock(make([]byte, first))
		}
		buf, taken := r.fill(block.Bytes()[:0], refs)
		refs = refs[taken:]
		if !yield(value.NewLines(block, buf)) {
			return
		}
	}
}

// ahead is how many rows are looked up before they are copied: they are anywhere in memory,
// and the processor waits for several at once.
const ahead = 32

// fill appends as many rows to buf as it has room for and returns how many they were.
func (r *Rows) fill(buf []byte, refs []ref) (_ []byte, taken int) {
	var texts [ahead][]byte
	for taken < len(refs) {
		n := min(ahead, len(refs)-taken)
		for i, e := range refs[taken : taken+n] {
			texts[i] = r.text.at(e.at & place)
		}
		for _, text := range texts[:n] {
			if len(buf)+len(text) >= cap(buf) {
				return buf, taken
			}
			buf = append(append(buf, text...), '\n')
			taken++
		}
	}
	return buf, taken
}

// chunks holds texts one behind the other, each behind its length.
type chunks struct {
	list [][]byte // of chunkSize bytes, or of one text that is larger
	used int      // in the last one
}

const (
	chunkBits = 20
	chunkSize = 1 << chunkBits
	lengthLen = 4
)

// add copies text and returns its place.
func (c *chunks) add(text []byte) (at uint64) {
	need := lengthLen + len(text)
	if len(c.list) == 0 || c.used+need > len(c.list[len(c.list)-1]) {
		size := max(need, chunkSize)
		c.list = append(c.list, make([]byte, size))
		c.used = 0
	}
	last := len(c.list) - 1
	chunk := c.list[last]
	at = uint64(last)<<chunkBits | uint64(c.used)
	binary.LittleEndian.PutUint32(chunk[c.used:], uint32(len(text)))
	copy(chunk[c.used+lengthLen:], text)
	c.used += need
	return at
}

// at returns the text at a place.
func (c *chunks) at(at uint64) []byte {
	chunk := c.list[at>>chunkBits][at&(chunkSize-1):]
	n := lengthLen + int(binary.LittleEndian.Uint32(chunk))
	return chunk[lengthLen:n:n]
}
